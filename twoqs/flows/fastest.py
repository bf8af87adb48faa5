"""How fast the sites of a model move at most, and whether that is for short pulses alone."""

from __future__ import annotations

import math

import numpy as np

from twoqs.flows.generators import Channel, Generators, LocalJump
from twoqs.flows.jumps import drives_of
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.flows.reach import Reach, reach_of, sizes_at_ends
from twoqs.flows.relaxing import relaxations_of
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.model import Model

TALL = 4.0
"""How many times faster than usual the fastest rate is, if that is worth a word."""

INSTANTS = 256
"""Times of a run at which pulses are looked at, for what is usual."""


def fastest_turn(
    generators: Generators, peaks: Floats | None = None, amplitudes: Floats | None = None
) -> float:
    """Upper bound of the rate at which a site moves: by fields, friction, noise or relaxation.

    With all partners at their full length S; modes, whose amplitude has no bound, at the estimate
    of `twoqs.flows.reach`. The fastest of all at any site, as those that do one of them at their
    full rate do little of the others. What translates a mode counts by the rate of the exchange
    with its partner, not by its size.

    Args:
        peaks: largest size of each parameter's values, shape (parameter,); 1 if left out.
        amplitudes: initial |alpha| of modes, shape (site,); 0 if left out.
    """
    most = np.ones(generators.parameters) if peaks is None else np.abs(peaks)
    reach = reach_of(generators, most, amplitudes)
    friction, noise = np.zeros((2, generators.n_sites))
    jumps: list[LocalJump | Channel] = [*generators.local, *generators.channels]
    for jump in jumps:
        _add_jump(jump, reach, float(most[jump.parameter]), friction, noise)
    fields = _fields(generators, most, reach)
    return float(
        max(
            fields.max(),
            friction.max(),
            noise.max(),
            reach.rates.max(),
            _relaxing(generators, most),
        )
    )


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


def _fields(generators: Generators, most: Floats, reach: Reach) -> Floats:
    """Of the Hamiltonian, shape (site,)."""
    size, shape, turned = reach.size, reach.shape, reach.turned
    weighted_sum = np.zeros(len(size))
    vectors = np.zeros((generators.parameters, len(size), 3))
    for field in generators.fields:
        vectors[field.parameter] += field.vectors
    weighted_sum += most @ np.linalg.norm(vectors * turned, axis=2)
    for bonds in generators.bonds:
        i, j = bonds.pairs.T
        at_i, at_j = sizes_at_ends(bonds.tensors, i, j, turned, shape)
        np.add.at(weighted_sum, i, most[bonds.parameter] * at_i * size[j])
        np.add.at(weighted_sum, j, most[bonds.parameter] * at_j * size[i])
    for onsite in generators.onsite:
        # S^2 is constant: only differences of eigenvalues turn a spin.
        spread = np.ptp(np.linalg.eigvalsh(onsite.tensors), axis=1)
        spread = np.where(generators.modes, np.abs(onsite.tensors[:, 2, 2]), spread)
        weighted_sum += most[onsite.parameter] * 2 * size * spread
    for square in generators.squares:
        acting = np.linalg.norm(square.form * shape, axis=1) @ size
        sizes = np.linalg.norm(square.form * turned, axis=1)
        weighted_sum += most[square.parameter] * 2 * abs(square.strength) * sizes * acting
    return weighted_sum


def _add_jump(
    jump: LocalJump | Channel, reach: Reach, most: float, friction: Floats, noise: Floats
) -> None:
    """Add those of a jump operator."""
    if isinstance(jump, Channel):
        rate, forms, sites = most * jump.rate, jump.forms, jump.sites
        friction[sites] += rate * _pulled(forms, reach.of(sites))
        noise[sites] += rate * np.sum(np.abs(forms) ** 2, axis=1) * reach.share(forms, sites)
        return
    # Modes relax by what pulls them, and do not turn.
    forms, spins = jump.form[None, :], np.where(reach.turned[:, 0] > 0, reach.size, 0.0)
    friction += most * jump.rates * _pulled(forms, Reach.of_spins(np.ones(1)))[0] * spins
    every = np.arange(len(spins))
    shares = reach.share(np.tile(forms, (len(spins), 1)), every)
    noise += most * jump.rates * np.sum(np.abs(forms) ** 2) * shares


def _pulled(forms: Complexes, reach: Reach) -> Floats:
    """Largest |2 B a_i - 2 A b_i| of each member, shape (member,), by two bounds.

    A and B are at most the sums of |a_j| S_j and |b_j| S_j, and (A, B) of the largest singular
    values of (a_j, b_j) times S_j, with which (B, -A) is multiplied again.
    """
    drives = drives_of(forms)
    if len(drives) < 2:
        return np.zeros(len(forms))
    acting = [np.linalg.norm(drive.form * reach.shape, axis=1) @ reach.size for drive in drives]
    a, b = (np.linalg.norm(drive.form * reach.turned, axis=1) for drive in drives)
    apart = 2 * (a * acting[1] + b * acting[0])
    both = np.stack([drive.form for drive in drives], axis=1)
    norms = np.linalg.norm(both * reach.shape[:, None, :], ord=2, axis=(1, 2))
    sizes = np.linalg.norm(both * reach.turned[:, None, :], ord=2, axis=(1, 2))
    return np.minimum(apart, 2 * sizes * (norms @ reach.size))


def _relaxing(generators: Generators, most: Floats) -> float:
    """Of modes and of members by their jump operators."""
    largest = 0.0
    for flow in relaxations_of(generators):
        rates = sum(most[column] * part[:, :3, 1:] for column, part in flow.parts)
        largest = max(largest, float(np.linalg.norm(rates, ord=2, axis=(1, 2)).max()))
    return largest
