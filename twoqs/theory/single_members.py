"""Closed forms of ensembles whose members have baths of their own, for any number of them.

Without anything collective, members stay independent of one another: each obeys its Bloch equation
d<s>/dt = A <s> + b, and the moments of J = sum_k s_k are those of independent members.

With H = chi (J^z)^2 + h J^z, decay (gamma), pump (w) and dephasing (g) of members, the populations
of a member obey their rate equation, while those of the others only turn the phase of a coherence
(M. Foss-Feig et al., PRA 87, 042101 (2013)). With q coherences |up><down| of other members, the
vector (p_up, p_down) of a member is multiplied by exp(M_q t),

    M_q = ((-2 gamma - i chi q, 2 w), (2 gamma, -2 w + i chi q)),

of which F_q is the sum and G_q half the difference. With T = gamma + w + g and s the initial
<s^->, <s^-> = s e^(-(T + i h) t) F_1^(N-1), <s_1^- s_2^z> = s e^(-(T + i h) t) G_1 F_1^(N-2),
<s_1^- s_2^-> = s^2 e^(-2 (T + i h) t) F_2^(N-2), <s_1^+ s_2^-> = |s|^2 e^(-2 T t).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy.linalg import expm

from twoqs.errors import TwoqsError, require
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.flows.relaxing import member_bloch
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.kinds import ENSEMBLE
from twoqs.model.known import require_known
from twoqs.model.model import Model
from twoqs.model.states import InitialState
from twoqs.theory.operators import KNOWN_TERMS
from twoqs.theory.times import checked_times

AXIAL = 1e-12
"""Forms of jump operators, relative to their size, that are s^-, s^+ or s^z."""


@dataclass(frozen=True, eq=False)
class _Members:
    """An ensemble.

    Attributes:
        count: N.
        start: initial <s> of a member, shape (3,).
        field: h, shape (3,).
        twist: K of H = J^T K J, shape (3, 3).
        forms, rates: of the jump operators of members, shapes (jump, 3) and (jump,).
    """

    count: int
    start: Floats
    field: Floats
    twist: Floats
    forms: Complexes
    rates: Floats

    @classmethod
    def of(cls, model: Model) -> _Members:
        """The equations of a model that `no_single_members` has no objection to."""
        generators = generators_of(model)
        assert isinstance(model.initial, InitialState)
        theta, phi = (float(np.ravel(a)[0]) for a in (model.initial.theta, model.initial.phi))
        start = np.array([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
        return cls(
            round(2 * model.spin),
            start / 2,
            sum((piece.vectors[0] for piece in generators.fields), np.zeros(3)),
            sum((piece.tensors[0] for piece in generators.onsite), np.zeros((3, 3))),
            np.array([jump.form for jump in generators.members]).reshape(-1, 3),
            np.array([jump.rates[0] for jump in generators.members]),
        )

    @property
    def axial(self) -> bool:
        """Whether H is of J^z alone, and all jump operators are s^-, s^+ or s^z."""
        twist = self.twist.copy()
        twist[2, 2] = 0.0
        lowering, raising = self._parts
        parts = np.abs(np.stack([lowering, raising, self.forms[:, 2]]))
        one_each = np.sort(parts, axis=0)[:2] <= AXIAL * np.max(parts, axis=0, initial=0.0)
        return not np.any(twist) and not np.any(self.field[:2]) and bool(np.all(one_each))

    @property
    def _parts(self) -> tuple[Complexes, Complexes]:
        x, y, _ = self.forms.T
        return (x + 1j * y) / 2, (x - 1j * y) / 2

    @property
    def bloch(self) -> tuple[Floats, Floats]:
        """A and b, without the twist."""
        x, y, z = self.field
        matrix = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        shift = np.zeros(3)
        for form, rate in zip(self.forms, self.rates, strict=True):
            own, constant = member_bloch(form)
            matrix, shift = matrix + rate * own, shift + rate * constant
        return matrix, shift

    def independent(self, s: Floats) -> dict[str, Floats]:
        """Moments of J for members in one state, `s` of shape (..., 3)."""
        n = self.count
        found = {f"s{a}": n * s[..., k] for k, a in enumerate("xyz")}
        found |= {f"var_s{a}": n * (0.25 - s[..., k] ** 2) for k, a in enumerate("xyz")}
        pairs = ((0, 1), (0, 2), (1, 2))
        return found | {f"cov_s{'xyz'[a]}s{'xyz'[b]}": -n * s[..., a] * s[..., b] for a, b in pairs}


def single_members_in_time(model: Model, times: ArrayLike) -> xr.Dataset:
    """Exact moments of an ensemble without jump operators of all members together.

    Args:
        model: of one ensemble of any number of members, from a coherent state; H is linear, or
            made of J^z and its square, if jump operators are s^-, s^+ and s^z of members.
        times: array of shape (time,), not negative, ascending, in the inverse unit of the rates.

    Returns:
        Dataset over `time` with `sx sy sz`, `var_*` and `cov_*`.

    Raises:
        ArgumentError: for any other model.

    Examples:
        >>> e = twoqs.Ensemble(1000)
        >>> model = twoqs.Model(jumps=[twoqs.jump(twoqs.each(e.minus), 0.5)], initial="up")
        >>> found = twoqs.theory.single_members_in_time(model, [0, 1])
        >>> bool(np.allclose(found.sz, 1000 * np.exp(-found.time) - 500))
        True
    """
    given, members = checked_times(times), _checked(model)
    if np.any(members.twist):
        found = _twisted(members, given)
    else:
        matrix, shift = members.bloch
        affine = np.zeros((4, 4))
        affine[:3, :3], affine[:3, 3] = matrix, shift
        moved = expm(given[:, None, None] * affine)
        found = members.independent(moved[:, :3, :3] @ members.start + moved[:, :3, 3])
    variables = {name: ("time", value) for name, value in found.items()}
    return xr.Dataset(variables, {"time": given}, {"method": "single members"})


def single_members_at_rest(model: Model) -> xr.Dataset:
    """Means of single members in the steady state.

    Raises:
        ArgumentError: for any other model.
        TwoqsError: if members have more than one steady state.

    Examples:
        >>> e = twoqs.Ensemble(50)
        >>> jumps = [twoqs.jump(twoqs.each(e.minus), 0.5), twoqs.jump(twoqs.each(e.plus), 1.5)]
        >>> round(twoqs.theory.single_members_at_rest(twoqs.Model(jumps=jumps)).sz.item(), 6)
        12.5
    """
    members = _checked(model)
    matrix, shift = members.bloch
    if np.linalg.cond(matrix) > 1 / AXIAL:
        raise TwoqsError("The members have more than one steady state.")
    rest = np.asarray(np.linalg.solve(matrix, -shift))  # a twist turns what is zero
    return xr.Dataset(members.independent(rest)).assign_attrs(method="single members")


def no_single_members(model: Model, steady: bool) -> str:
    """Why there is no closed form, as a clause; empty if there is."""
    if len(model.members) > 1 or model.members[0].kind != ENSEMBLE:
        return "is for one ensemble"
    if not timetable_of(model).empty:
        return "is for models without pulses and events"
    generators = generators_of(model)
    if generators.local or generators.channels or generators.squares:
        return "is for jump operators of single members"
    if not isinstance(model.initial, InitialState):
        return "starts from coherent states"
    members = _Members.of(model)
    if np.any(members.twist) and not members.axial:
        return "has twisting along z alone, beside s^-, s^+ and s^z of members"
    unique = not steady or np.linalg.cond(members.bloch[0]) <= 1 / AXIAL
    return "" if unique else "needs a steady state that is unique"


def _checked(model: Model) -> _Members:
    require_known(model, KNOWN_TERMS, "the closed form of single members")
    obstacle = no_single_members(model, steady=False)
    require(not obstacle, "model", f"have a closed form, which {obstacle}", model)
    return _Members.of(model)


def _twisted(members: _Members, t: Floats) -> dict[str, Floats]:
    """Moments with twisting along z."""
    n, chi, z = members.count, float(members.twist[2, 2]), float(members.start[2])
    lowering, raising = members._parts
    decay, pump, dephasing = (
        float(np.sum(members.rates * np.abs(part) ** 2))
        for part in (lowering, raising, members.forms[:, 2])
    )
    populations = np.array([0.5 + z, 0.5 - z])

    def moved(q: int) -> tuple[Complexes, Complexes]:
        """F_q and G_q."""
        matrix = np.array([[-2 * decay - 1j * chi * q, 2 * pump], [2 * decay, 0]], dtype=complex)
        matrix[1, 1] = -2 * pump + 1j * chi * q
        up, down = (expm(t[:, None, None] * matrix) @ populations).T
        return up + down, (up - down) / 2

    (one, half), (two, _), (_, sz) = moved(1), moved(2), moved(0)
    start = members.start[0] - 1j * members.start[1]
    factor = start * np.exp(-(decay + pump + dephasing + 1j * members.field[2]) * t)
    minus = factor * one ** (n - 1)
    both = factor**2 * two ** max(n - 2, 0)
    apart, with_z = np.abs(factor) ** 2, factor * half * one ** max(n - 2, 0)
    s = np.stack([minus.real, -minus.imag, sz.real], axis=-1)
    products = {
        "xx": (both.real + apart) / 2, "yy": (apart - both.real) / 2, "zz": sz.real**2,
        "xy": -both.imag / 2, "xz": with_z.real, "yz": -with_z.imag,
    }  # fmt: skip
    found = members.independent(s)
    for pair, product in products.items():
        a, b = ("xyz".index(letter) for letter in pair)
        name = f"var_s{pair[0]}" if a == b else f"cov_s{pair[0]}s{pair[1]}"
        found[name] = found[name] + n * (n - 1) * (product - s[:, a] * s[:, b])
    return found
