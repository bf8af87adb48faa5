"""How fast the spins of a model turn at most, and whether that is for short pulses alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.generators import Channel, Generators, LocalJump
from twoqs.flows.jumps import drives_of
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

TALL = 4.0
"""How many times faster than usual the fastest rate is, if that is worth a word."""

INSTANTS = 256
"""Times of a run at which pulses are looked at, for what is usual."""


def fastest_turn(generators: Generators, peaks: Floats | None = None) -> float:
    """Upper bound of the rate at which a spin turns: by fields, by friction, or by noise.

    With all partners at their full length S. The fastest of the three at any site, as spins that do
    one of them at their full rate do little of the others.

    Args:
        peaks: largest size of each parameter's values, shape (parameter,); 1 if left out.
    """
    most = np.ones(generators.parameters) if peaks is None else np.abs(peaks)
    friction, noise = np.zeros((2, generators.n_sites))
    jumps: list[LocalJump | Channel] = [*generators.local, *generators.channels]
    for jump in jumps:
        _add_jump(jump, generators.spins, float(most[jump.parameter]), friction, noise)
    return float(max(_fields(generators, most).max(), friction.max(), noise.max()))


def peak_note(model: Model, end: float) -> str:
    """What sets the fastest rate of a model, if that is a pulse at its largest; else nothing.

    Args:
        end: of the run, in which a pulse has its median.
    """
    if not model.general or timetable_of(model).constant:
        return ""
    generators, timetable = generators_of(model), timetable_of(model)
    largest = timetable.peaks
    times = end * (np.arange(INSTANTS) + 0.5) / INSTANTS
    medians = np.minimum(np.median(np.abs(timetable.values(times)), axis=0), largest)
    turn, usual = fastest_turn(generators, largest), fastest_turn(generators, medians)
    if timetable.rate > TALL * usual and timetable.rate >= turn:
        return f"that of a pulse which changes within {1 / timetable.rate:.3g}"
    usual = max(usual, timetable.rate)
    if turn <= TALL * usual:
        return ""
    # The pulse without whose peak spins would turn the slowest.
    columns = np.arange(1, len(largest))
    without = [
        fastest_turn(generators, np.where(np.arange(len(largest)) == one, medians, largest))
        for one in columns
    ]
    name = timetable.keys[int(columns[np.argmin(without)])]
    return f"that of `{name!r}` at its largest; with the medians of pulses it is {usual:.4g}"


def step_note(model: Model, end: float, step: float, default: float) -> str:
    """A clause on the default step of a run, if a pulse sets it in a short part of it.

    Args:
        end: of the run.
        step: of the run.
        default: the step by default, times the fastest rate.
    """
    note = peak_note(model, end)
    if not note:
        return ""
    timetable = timetable_of(model)
    rate = max(fastest_turn(generators_of(model), timetable.peaks), timetable.rate)
    if not math.isclose(step * rate, default):
        return ""
    return f"{default:g} over the fastest rate, {rate:.4g} ({note})"


def _fields(generators: Generators, most: Floats) -> Floats:
    """Of the Hamiltonian, shape (site,)."""
    spins = generators.spins
    weighted_sum = np.zeros(len(spins))
    vectors = np.zeros((generators.parameters, len(spins), 3))
    for field in generators.fields:
        vectors[field.parameter] += field.vectors
    weighted_sum += most @ np.linalg.norm(vectors, axis=2)
    for bonds in generators.bonds:
        sizes = most[bonds.parameter] * np.linalg.norm(bonds.tensors, ord=2, axis=(1, 2))
        i, j = bonds.pairs.T
        np.add.at(weighted_sum, i, sizes * spins[j])
        np.add.at(weighted_sum, j, sizes * spins[i])
    for onsite in generators.onsite:
        # S^2 is constant: only differences of eigenvalues turn a spin.
        values = np.linalg.eigvalsh(onsite.tensors)
        weighted_sum += most[onsite.parameter] * 2 * spins * np.ptp(values, axis=1)
    for square in generators.squares:
        sizes = np.linalg.norm(square.form, axis=1)
        weighted_sum += most[square.parameter] * 2 * abs(square.strength) * sizes * (sizes @ spins)
    return weighted_sum


def _add_jump(
    jump: LocalJump | Channel, spins: Floats, most: float, friction: Floats, noise: Floats
) -> None:
    """Add those of a jump operator."""
    if isinstance(jump, Channel):
        rate, forms, sites = most * jump.rate, jump.forms, jump.sites
        pulled = _pulled(forms, spins[sites])
        friction[sites] += rate * pulled
        noise[sites] += rate * np.sum(np.abs(forms) ** 2, axis=1)
        return
    forms = jump.form[None, :]
    friction += most * jump.rates * _pulled(forms, np.ones(1))[0] * spins
    noise += most * jump.rates * np.sum(np.abs(forms) ** 2)


def _pulled(forms: NDArray[np.complex128], spins: Floats) -> Floats:
    """Largest |2 B a_i - 2 A b_i| of each member, shape (member,), by two bounds.

    A and B are at most the sums of |a_j| S_j and |b_j| S_j, and (A, B) of the largest singular
    values of (a_j, b_j) times S_j, with which (B, -A) is multiplied again.
    """
    drives = drives_of(forms)
    if len(drives) < 2:
        return np.zeros(len(forms))
    a, b = (np.linalg.norm(drive.form, axis=1) for drive in drives)
    apart = 2 * (a * (b @ spins) + b * (a @ spins))
    both = np.stack([drive.form for drive in drives], axis=1)
    sizes = np.linalg.norm(both, ord=2, axis=(1, 2))
    return np.minimum(apart, 2 * sizes * (sizes @ spins))
