"""A model as stages: every piece divided into terms, every term given to a stage."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.axes import AXIS_VECTORS
from twoqs.flows.channels import local_jumps_of
from twoqs.flows.generators import Bonds, Generators, LocalJump, Onsite, Square
from twoqs.flows.jumps import drives_of, is_circular
from twoqs.flows.partners import square_weights
from twoqs.flows.products import Way, rank_one_terms, squares_of_site
from twoqs.flows.pure import all_bonds, all_squares, pure_vectors
from twoqs.flows.redraw import without_halves
from twoqs.flows.relaxing import without_modes
from twoqs.flows.stages import FREE, TooDearError, TurnStages
from twoqs.flows.turn import Turn
from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.kinds import HALF

SEPARATE = 0.5
"""Least component of an axis across others for a field to be divided among them."""

DENSE = 24
"""Products of different components at a site, from which on few stages have to cover them: as many
as four neighbours make."""

REST = 1e-12
"""What a field may leave, relative to its size, when it is divided among axes."""


def turns_of(generators: Generators) -> list[Turn]:
    """The stages of all but common baths; tensors are divided in the way that costs least."""
    others = ~np.eye(3, dtype=np.bool_)
    bonds = all_bonds(generators)
    diagonal = not any(np.any(one.tensors[:, others]) for one in bonds)
    ways: tuple[Way, ...] = ("elements",) if diagonal else ("elements", "parts", "values")
    best = _stages(generators, bonds, ways[0], math.inf)
    for way in ways[1:]:
        with suppress(TooDearError):
            other = _stages(generators, bonds, way, best.cost)
            best = min(best, other, key=lambda stages: stages.cost)
    return [stage.finished(best.table, generators) for stage in best.all]


def _stages(generators: Generators, bonds: list[Bonds], way: Way, most: float) -> TurnStages:
    """What leaves no choice comes first: bonds and squares; fields fit in almost anywhere."""
    stages, modes = TurnStages(generators.n_sites, most), generators.modes
    for one in bonds:
        _assign_bonds(stages, one, way)
    for square in all_squares(generators):
        _assign_square(stages, square, generators)
    for onsite in generators.onsite:
        _assign_onsite(stages, onsite, modes)
    for jump in local_jumps_of(generators):
        turning = without_halves(without_modes(jump, modes), generators.kinds)
        _assign_jump(stages, turning, generators.weights)
    vectors: dict[int, Floats] = {}
    for field in generators.fields:
        vectors[field.parameter] = vectors.get(field.parameter, 0.0) + field.vectors
    for column, sums in vectors.items():
        for part in pure_vectors(sums, modes):
            _assign_field(stages, column, part)
    return stages


def _assign_bonds(stages: TurnStages, bonds: Bonds, way: Way) -> None:
    """Terms with the same axis at both ends first, all about one axis at once if there are some."""
    terms = rank_one_terms(bonds.tensors, way)
    if not len(terms.bond):
        return
    ends = bonds.pairs[terms.bond]
    at_i, size_i = stages.table.numbers(terms.u)
    at_j, size_j = stages.table.numbers(terms.v)
    values, same = terms.sigma * size_i * size_j, at_i == at_j
    numbers, counts = np.unique(at_i[same], return_counts=True)
    same &= np.isin(at_i, numbers[counts > 1])
    for axis in numbers[counts > 1].tolist():
        chosen = np.flatnonzero(same & (at_i == axis))
        sites = np.unique(ends[chosen])
        stage = stages.together(sites, np.full_like(sites, axis))
        stage.add_bonds(bonds.parameter, ends[chosen], values[chosen])
    mixed = np.flatnonzero(~same)
    axes = np.stack([at_i[mixed], at_j[mixed]], axis=1)
    dense = len(mixed) > DENSE * stages.sites and bool(np.all(axes < AXIS_VECTORS))
    place = stages.covering if dense else stages.pairs
    for stage, some in place(ends[mixed], axes):
        chosen = mixed[some]
        stage.add_bonds(bonds.parameter, ends[chosen], values[chosen])


def _assign_square(stages: TurnStages, square: Square, generators: Generators) -> None:
    """All sites of it in one stage, where the sum is constant.

    A spin is among its own partners there, but acts on itself over m; the square of a spin 1/2 is a
    number, which turns nothing. What is too much or too little is an entry of the site with itself.
    """
    sites = np.flatnonzero(np.any(square.form != 0, axis=1))
    if not sites.size or square.strength == 0:
        return
    axes, sizes = stages.table.numbers(square.form[sites])
    form = np.zeros(len(square.form))
    form[sites] = sizes
    stage = stages.together(sites, axes)
    weights = square_weights(generators, square)
    stage.squares.append((square.parameter, 2 * square.strength, form, form / weights))
    # Such entries are over m already.
    rests = (generators.kinds != HALF) - generators.weights / weights
    own = sites[rests[sites] != 0]
    if own.size:
        values = 2 * square.strength * form[own] ** 2 * rests[own]
        stage.add_onsite(square.parameter, own, values)


def _assign_jump(stages: TurnStages, jump: LocalJump, weights: Floats) -> None:
    """Assign both flows of a jump operator, each to a stage about its axis."""
    sites, form = np.flatnonzero(jump.rates), jump.form[None, :]
    for drive in drives_of(form, _axis_in_plane(stages, sites, form)):
        axis, size = stages.table.numbers(drive.form)
        for stage, chosen in stages.each(sites, np.full_like(sites, axis[0])):
            there = sites[chosen]
            rates = jump.rates[there]
            drags = np.outer(size * rates / weights[there], drive.drag)
            stage.add_jump(jump.parameter, there, drags, rates * size**2)


def _axis_in_plane(stages: TurnStages, sites: Ints, form: Complexes) -> Floats | None:
    """An axis that all sites have in a stage, and that S^-, or its like, may have, too."""
    if not sites.size or not is_circular(form):
        return None
    for stage in stages.all:
        numbers = np.unique(stage.axis[sites])
        if len(numbers) == 1 and numbers[0] != FREE:
            axis = stages.table.axes(numbers)
            # a and b are as long as one another, and every axis in their plane is possible.
            if np.isclose(abs(np.sum(form * axis)), np.linalg.norm(form) / math.sqrt(2)):
                return axis
    return None


def _assign_onsite(stages: TurnStages, onsite: Onsite, modes: NDArray[np.bool_]) -> None:
    """Squares about up to three axes of each site, one after the other."""
    terms = squares_of_site(onsite.tensors, modes)
    if not len(terms.bond):
        return
    axes, _ = stages.table.numbers(terms.u)
    # Terms are in the order of their sites: those that follow another one of their site.
    rank = np.arange(len(axes)) - np.searchsorted(terms.bond, terms.bond)
    for number in range(3):
        of_rank = np.flatnonzero(rank == number)
        for stage, chosen in stages.each(terms.bond[of_rank], axes[of_rank]):
            picked = of_rank[chosen]
            sites = terms.bond[picked]
            stage.add_onsite(onsite.parameter, sites, 2 * terms.sigma[picked])


def _assign_field(stages: TurnStages, column: int, vectors: Floats) -> None:
    """Components along axes that are there; what is left gets a stage about its own direction."""
    left = vectors.copy()
    sizes: Floats = np.linalg.norm(left, axis=1)
    used = np.flatnonzero(sizes)
    if not used.size:
        return
    there = np.array([stage.axis for stage in stages.all], dtype=np.int64).reshape(-1, len(left))
    patterns, of_site = np.unique(there[:, used].T, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        sites = used[of_site == number]
        chosen, axes = _independent(stages, pattern)
        if not chosen:
            continue
        parts = left[sites] @ np.linalg.pinv(axes)
        left[sites] -= parts @ axes
        parts[np.abs(parts) < REST * sizes[sites, None]] = 0.0
        for place, part in zip(chosen, parts.T, strict=True):
            stages.all[place].add_field(column, sites, part)
    rest = np.flatnonzero(np.linalg.norm(left, axis=1) > REST * sizes)
    if rest.size:
        about, along = stages.table.numbers(left[rest])
        for stage, picked in stages.each(rest, about):
            stage.add_field(column, rest[picked], along[picked])


def _independent(stages: TurnStages, pattern: Ints) -> tuple[list[int], Floats]:
    """Stages, by number, whose axes at a site differ enough, and these axes, shape (axis, 3)."""
    chosen: list[int] = []
    axes = np.zeros((0, 3))
    for place in np.flatnonzero(pattern != FREE).tolist():
        axis = stages.table.axes(pattern[place : place + 1])
        across = axis - axis @ np.linalg.pinv(axes) @ axes if chosen else axis
        if np.linalg.norm(across) >= SEPARATE:
            chosen.append(place)
            axes = np.concatenate([axes, axis])
    return chosen, axes
