"""A jump operator as two canonical flows.

With c = A + iB, A = sum_j a_j.s_j and B = sum_j b_j.s_j, the Wigner equation of the dissipator with
the rate G is, to leading order in 1/S and in the sense of Stratonovich,

    ds_j = [2G (B a_j - A b_j) dt + sqrt(2G) (a_j dW_2 - b_j dW_1)] x s_j:

the flows of A and B as if they were Hamiltonians, over the angles 2G B dt + sqrt(2G) dW_2 and
-2G A dt - sqrt(2G) dW_1. Jump operators with equal A, such as c and c^+ of a thermal bath, have one
flow with the sum of their friction and that of their noise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twoqs.flows.axes import NEGLIGIBLE
from twoqs.model.arrays import Complexes, Floats


class Drive(NamedTuple):
    """One of the two flows for G = 1: `form` is that which turns the spins.

    Spins turn about form_j by |form_j| phi, phi' = sum_j drag_j.s_j, noise of variance 2 dt.
    """

    form: Floats  # (row, 3)
    drag: Floats  # (row, 3)


def is_circular(forms: Complexes) -> bool:
    """Whether any phase of c makes b as small as any other: S^-, for one."""
    return bool(abs(np.sum(forms * forms)) <= NEGLIGIBLE * np.sum(np.abs(forms) ** 2))


def drives_of(forms: Complexes, towards: Floats | None = None) -> list[Drive]:
    """The flows of c = sum_j f_j.S_j for f of shape (row, 3); one for Hermitian c, none for 0.

    Args:
        towards: what the form of the first flow is to be along, if the phase of c is free,
            shape (row, 3); a component of it otherwise.
    """
    a, b = _quadratures(forms, towards)
    drives = [Drive(a, 2 * b), Drive(b, -2 * a)]
    return [drive for drive in drives if np.any(drive.form)]


def fields_of(forms: Complexes) -> list[tuple[Drive, complex]]:
    """The two flows of c, forms that are 0 included, and what multiplies their share of its field.

    See `twoqs.flows.tap`; the phase that c has in the flows is taken back.
    """
    a, b = _quadratures(forms, None)
    back = np.conj(_phase(forms, None))
    return [(Drive(a, 2 * b), 1j * back), (Drive(b, -2 * a), -back)]


def _quadratures(forms: Complexes, towards: Floats | None) -> tuple[Floats, Floats]:
    """a and b of c times its phase, without what is rounding."""
    turned, least = forms * _phase(forms, towards), NEGLIGIBLE * np.linalg.norm(forms)
    parts = turned.real.copy(), turned.imag.copy()
    for part in parts:
        part[np.abs(part) < least] = 0.0
    return parts


def _phase(forms: Complexes, towards: Floats | None) -> complex:
    """A phase of c, which changes nothing but the field, such that b is smallest.

    Then a.b = 0, and a Hermitian operator times any phase has b = 0. Where any phase is as good, as
    for S^-, a component of f becomes real: the axes of the flows are x, y or z if they can be.
    """
    if not np.any(forms):
        return 1.0
    if not is_circular(forms):
        return complex(np.exp(-0.5j * np.angle(np.sum(forms * forms))))
    if towards is not None:
        return complex(np.exp(-1j * np.angle(np.sum(forms * towards))))
    # Of nearly equal components the first one, whatever rounding says.
    sizes = np.abs(forms.ravel())
    largest = forms.ravel()[np.flatnonzero(sizes > (1 - 1e-9) * sizes.max())[0]]
    return complex(largest.conj() / abs(largest))
