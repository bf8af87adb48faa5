"""Models of spins 1/2, one by one: what of them can be sampled by corners and jumps."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.flows.channels import local_jumps_of
from twoqs.flows.generators import Bonds, Generators, Square
from twoqs.flows.jumps import drives_of
from twoqs.flows.lowered import generators_of
from twoqs.flows.redraw import is_ladder
from twoqs.model.arrays import Complexes
from twoqs.model.kinds import HALF, SPIN
from twoqs.model.known import require_known
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.model.terms import VOCABULARY

FEWEST_ALIKE = 8
"""Spins from which on a sum over all of them costs less than pairs."""

ELSE = "leave the scheme out to run it as a short collective spin"
"""What to do with a model that is refused."""


def is_half(model: Model) -> bool:
    """Whether all spins are spins 1/2."""
    return bool(np.all(model.spins == 0.5))


@lru_cache(maxsize=8)
def half_generators(model: Model) -> Generators:
    """The terms of a model that `check_half` lets pass.

    Squares of a single spin are numbers, and left out. So couplings of all pairs that are alike
    are squares of sums over all spins, which cost less.
    """
    generators = generators_of(model)
    kinds = np.full(generators.n_sites, HALF)
    squares, bonds = list(generators.squares), []
    for one in generators.bonds:
        if are_alike(one, generators.n_sites):
            squares += _squares(one, generators.n_sites)
        else:
            bonds.append(one)
    return replace(generators, kinds=kinds, onsite=(), bonds=tuple(bonds), squares=tuple(squares))


def are_alike(bonds: Bonds, sites: int) -> bool:
    """Whether they are of all pairs, with one and the same symmetric tensor."""
    if sites < FEWEST_ALIKE or len(bonds.pairs) < sites * (sites - 1) // 2:
        return False
    tensor = bonds.tensors[0]
    return bool(np.all(bonds.tensors == tensor) and np.array_equal(tensor, tensor.T))


def _squares(bonds: Bonds, sites: int) -> list[Square]:
    """sum_(i<j) S_i^T J S_j = sum_q g_q (u_q.sum_i S_i)^2 but for a number."""
    strengths, vectors = np.linalg.eigh(bonds.tensors[0])
    return [
        Square(0.5 * strength, np.tile(vector, (sites, 1)), bonds.parameter)
        for strength, vector in zip(strengths.tolist(), vectors.T, strict=True)
        if strength != 0
    ]


@lru_cache(maxsize=64)
def carries(model: Model, name: str) -> bool:
    """Whether the method of this name is the one for a model, and can do all of it.

    Samples go on by the method that made them; where that is unknown, by "conserving".
    """
    if not is_half(model):
        return False
    if isinstance(model.initial, Samples) and model.initial.scheme != name:
        return False
    try:
        check_half(model, name)
    except ArgumentError:
        return False
    return True


def check_half(model: Model, who: str) -> None:
    """Refuse what spins 1/2 by corners and jumps cannot do.

    Args:
        who: the method, for messages.

    Raises:
        ArgumentError: naming the argument, with what to do instead.
    """
    beyond = next((one for one in model.members if one.kind != SPIN), None)
    wanted = f"be spins 1/2 for {who} (leave the scheme out for modes and ensembles)"
    require(beyond is None, "members", wanted, beyond)
    name, spins = ("spin" if len(model.members) == 1 else "members"), set(model.spins.tolist())
    wanted = f"be 1/2 at each site for {who} (leave the scheme out for others)"
    require(is_half(model), name, wanted, model.spin if len(spins) == 1 else sorted(spins))
    if not model.general:
        require_known(model, VOCABULARY, who)
    generators = generators_of(model)
    _check_squares(model, generators, who)
    for channel in generators.channels:
        members = int(np.count_nonzero(np.any(channel.forms != 0, axis=1)))
        alone = channel.rate == 0 or members < 2
        wanted = f"act on one spin each for {who} ({ELSE})"
        require(alone, "jumps", wanted, f"one that acts on {members}")
    for jump in local_jumps_of(generators):
        jumps = np.any(jump.rates > 0) and not is_ladder(jump.form)
        if jumps and len(drives_of(jump.form[None])) > 1:
            wanted = f"be S^-, S^+ or Hermitian at a spin 1/2 for {who} ({ELSE})"
            raise ArgumentError.of("jumps", wanted, written(jump.form))


def _check_squares(model: Model, generators: Generators, who: str) -> None:
    """Refuse products of one spin, which are numbers; squares of sums of spins may hold some."""
    paired = np.zeros(generators.n_sites, dtype=np.bool_)
    if model.general:
        for bonds in generators.bonds:
            paired[bonds.pairs.ravel()] = True
    for onsite in generators.onsite:
        alone = np.any(onsite.tensors, axis=(1, 2)) & ~paired
        wanted = f"have no products of one spin for {who}: they are numbers for S = 1/2"
        place = int(np.argmax(alone))
        name = "hamiltonian" if model.general else "twist"
        given = f"one at the site {place} (leave it out: it does nothing)"
        require(not np.any(alone), name, wanted, given)


def written(form: Complexes) -> str:
    """A form as a jump operator: `0.921 S^- + 0.389 S^+`."""
    x, y, z = form.tolist()
    parts = {"S^-": (x + 1j * y) / 2, "S^+": (x - 1j * y) / 2, "S^z": z}
    terms = [f"{_number(value)} {name}" for name, value in parts.items() if abs(value) > 1e-12]
    return " + ".join(terms)


def _number(value: complex) -> str:
    return f"{value.real:.3g}" if value.imag == 0 else f"({value:.3g})"
