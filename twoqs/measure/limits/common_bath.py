"""Dark states of few short spins on one bath, and cascades with strong drives.

Amplitudes that cancel in c = sum w_i S_i^- leave states that the bath cannot see, which a finite
number of quanta shapes. Means off, times S: 0.34 to 0.42 for spins at x and -x, S = 3, 5, 8; 0.1
to 0.15 at x and y; 0.05 to 0.1 for up and down; 0.15 to 0.45 with a drive.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.lowered import generators_of
from twoqs.measure.limits.classical import Motion, jumps_of, motion_of, start_of, whose
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

LEAST_BATH_ERROR = 0.03
"""In units of S, of what is told."""

EXCITED, CANCELLED, DRIVEN = 0.08, 0.4, 0.25
"""Errors times S: from above the dark state, of amplitudes that cancel, and with a drive."""

AT_REST = 0.9
"""Cosine from the dark state below, from which on spins are in it."""

STRONG_DRIVE = 0.55
"""Of the friction S f of one spin: drives from which on dark states matter."""

MOST_ON_BATH = 4
"""Spins on one bath; more were not compared."""

LEAST_SHARE = 0.8
"""Share of the bath in the noise of its spins: what else acts on them empties dark states."""


def common_bath_note(model: Model, numerics: Numerics) -> str | None:
    """The sentence about the spins that share a bath; None without any."""
    motion, start = motion_of(model), start_of(model)
    if motion is None or start is None:
        return None
    for rate, forms in jumps_of(generators_of(model)):
        sites = np.flatnonzero(np.any(forms, axis=1) & ~motion.modes)
        if not 2 <= len(sites) <= MOST_ON_BATH or rate * numerics.end == 0:
            continue
        error = _error(motion, start, sites, rate, forms[sites])
        if error > LEAST_BATH_ERROR:
            enough = np.ceil(float(model.spins[sites].min()) * error / LEAST_BATH_ERROR)
            return (
                f"{whose(model, sites)} share a bath, whose dark states few quanta shape: means "
                f"were off by about {error:.2g} S in comparisons of such spins with the master "
                f"equation, and the error falls as 1/S. Spins of S = {enough:g} are right to "
                f"{LEAST_BATH_ERROR:.0%}; for shorter ones take the master equation "
                "(docs/accuracy.md)."
            )
    return None


def _error(
    motion: Motion,
    start: Floats,
    sites: NDArray[np.intp],
    rate: float,
    forms: NDArray[np.complex128],
) -> float:
    """Of means, in units of S; 0 where the bath only dephases, or is not alone."""
    spins = motion.spins[sites]
    axes = np.cross(forms.real, forms.imag)
    friction = 2 * rate * np.linalg.norm(axes, axis=1)
    own = 2 * rate * np.sum(np.abs(forms) ** 2, axis=1)
    noise = np.trace(motion.noise.reshape(-1, 3, len(motion.spins), 3)[sites, :, sites], 0, 1, 2)
    if np.any(friction == 0) or np.any(own < LEAST_SHARE * noise):
        return 0.0
    amplitudes = np.einsum("ia,ia->i", forms, start[sites])
    total = float(np.abs(amplitudes).sum())
    bright = total > 0.3 * float(spins @ np.abs(forms).max(axis=1))
    cancelled = 1 - abs(amplitudes.sum()) / total if bright else 0.0
    down = axes / np.linalg.norm(axes, axis=1)[:, None]
    excited = np.any(np.sum(start[sites] * down, axis=1) < AT_REST * spins)
    across = np.cross(motion.field.reshape(-1, 3)[sites], down)
    drive = np.linalg.norm(across, axis=1) > STRONG_DRIVE * friction * spins
    return float(
        max(EXCITED * bool(excited), CANCELLED * cancelled, DRIVEN * bool(drive.any()))
        / spins.min()
    )
