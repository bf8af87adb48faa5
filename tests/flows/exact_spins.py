"""Exact moments of a few spins and modes by QuTiP, and those of trajectories with their errors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import qutip
from one_block import take_steps
from start import coherent, machine_work, new_state, step_of

from twoqs.flows.generators import Generators
from twoqs.flows.plan import plan_of
from twoqs.flows.random import ReferenceStream
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.machine_program import new_scratch
from twoqs.kernels.random import new_stream
from twoqs.kernels.samples import machine_samples
from twoqs.methods.program import program_of

OPTIONS = {"matrix_form": True, "atol": 1e-9, "rtol": 1e-7, "nsteps": 10**6}

Functions = dict[int, Callable[[float], float]]
"""Parameters that depend on time, by their column."""


def spin_operators(generators: Generators, levels: int = 0) -> np.ndarray:
    """Operators S^x, S^y, S^z, or x, y, n of each site, an array of Qobj of shape (site, 3)."""
    spins, modes = generators.spins.tolist(), generators.modes.tolist()
    operators = np.empty((len(spins), 3), dtype=object)
    for site, axis in itertools.product(range(len(spins)), range(3)):
        factors = [
            qutip.qeye(levels if m else round(2 * s) + 1) for s, m in zip(spins, modes, strict=True)
        ]
        if modes[site]:
            a = qutip.destroy(levels)
            factors[site] = [(a + a.dag()) / 2, (a.dag() - a) / 2j, a.dag() * a][axis]
        else:
            factors[site] = qutip.jmat(spins[site], "xyz"[axis])
        operators[site, axis] = qutip.tensor(factors)
    return operators


def hamiltonian(generators: Generators, s: np.ndarray) -> dict[int, qutip.Qobj]:
    """H by column of the values."""
    terms: list[tuple[int, qutip.Qobj]] = []
    for field in generators.fields:
        terms.append((field.parameter, np.sum(field.vectors * s)))
    for bonds in generators.bonds:
        for (i, j), tensor in zip(bonds.pairs.tolist(), bonds.tensors, strict=True):
            products = itertools.product(range(3), range(3))
            terms += [(bonds.parameter, tensor[a, b] * s[i, a] * s[j, b]) for a, b in products]
    for onsite in generators.onsite:
        for site, tensor in enumerate(onsite.tensors):
            products = itertools.product(range(3), range(3))
            terms += [
                (onsite.parameter, tensor[a, b] * s[site, a] * s[site, b]) for a, b in products
            ]
    for square in generators.squares:
        terms.append((square.parameter, square.strength * np.sum(square.form * s) ** 2))
    sums = {0: 0 * s[0, 0]}
    for column, term in terms:
        sums[column] = sums.get(column, 0 * s[0, 0]) + term
    return sums


def collapses(generators: Generators, s: np.ndarray) -> list[tuple[int, qutip.Qobj]]:
    """Collapse operators sqrt(2 G) c, each with its column."""
    found = []
    for jump in generators.local:
        for site, rate in enumerate(jump.rates):
            if rate:
                found.append((jump.parameter, math.sqrt(2 * rate) * np.sum(jump.form * s[site])))
    for channel in generators.channels:
        c = np.sum(channel.forms * s[channel.sites])
        found.append((channel.parameter, math.sqrt(2 * channel.rate) * c))
    return found


def moments_of(spins: np.ndarray) -> list[tuple[tuple[int, int], ...]]:
    """All first and second moments, each a tuple of one or two (site, axis)."""
    components = list(itertools.product(range(len(spins)), range(3)))
    pairs = itertools.combinations_with_replacement(components, 2)
    return [*((one,) for one in components), *pairs]


def sizes_of(generators: Generators) -> np.ndarray:
    """Units of moments: S of spins, 1 of modes."""
    return np.where(generators.modes, 1.0, generators.spins)


def exact(
    generators, theta, phi, times, functions: Functions | None = None, levels: int = 0
) -> np.ndarray:
    """Symmetrised moments in units of S or S S', shape (time, moment).

    Args:
        theta: of modes their complex amplitude.
        levels: of modes.
    """
    s, units = spin_operators(generators, levels), sizes_of(generators)
    functions = functions or {}
    energy = hamiltonian(generators, s)
    h = [energy[0], *([q, _of_time(functions[c])] for c, q in energy.items() if c)]
    jumps = [
        [c, _of_time(lambda t, f=functions[k]: math.sqrt(f(t)))] if k else c
        for k, c in collapses(generators, s)
    ]
    start = qutip.tensor(
        [
            qutip.coherent(levels, a) if mode else qutip.spin_coherent(spin, a, b)
            for spin, mode, a, b in zip(generators.spins, generators.modes, theta, phi, strict=True)
        ]
    )
    observed = []
    for moment in moments_of(generators.spins):
        if len(moment) == 1:
            observed.append(s[moment[0]] / units[moment[0][0]])
        else:
            one, other = s[moment[0]], s[moment[1]]
            size = np.prod([units[site] for site, _ in moment])
            observed.append((one * other + other * one) / (2 * size))
    h = h[0] if len(h) == 1 else qutip.QobjEvo(h)
    # The longest step keeps the solver from leaping over pulses.
    options = OPTIONS | ({"max_step": 0.1} if functions else {})
    result = qutip.mesolve(h, start, times, jumps, e_ops=observed, options=options)
    return np.real(np.array(result.expect)).T


def _of_time(function: Callable[[float], float]) -> Callable[..., float]:
    return lambda t, **_: function(t)


def sampled(generators, state) -> tuple[np.ndarray, np.ndarray]:
    """The same from trajectories, and their standard errors: <S^a> = m E[s^a], shape (moment,)."""
    weights, units = generators.weights, sizes_of(generators)
    values, errors = [], []
    for moment in moments_of(generators.spins):
        sites = [site for site, _ in moment]
        products = np.prod([state[axis, site] for site, axis in moment], axis=0)
        # Second moments at one spin carry no m, at two spins the product of both.
        factor = 1.0 if len(moment) == 2 and sites[0] == sites[1] else np.prod(weights[sites])
        products = products * factor / np.prod(units[sites])
        if (
            len(moment) == 2
            and generators.modes[sites[0]]
            and moment[0] == moment[1] == (sites[0], 2)
        ):
            products = products - 0.25  # the symbol of n^2 is that of n squared, less 1/4
        values.append(products.mean())
        errors.append(products.std(ddof=1) / math.sqrt(products.size))
    return np.array(values), np.array(errors)


def stream_of(seed: int, lanes: int) -> ReferenceStream:
    words = np.random.SeedSequence(seed).generate_state(4 * lanes, np.uint64)
    return ReferenceStream(words.reshape(4, lanes))


def values_of(
    generators: Generators, functions: Functions | None, start: float, steps: int, step: float
) -> np.ndarray:
    """Of the parameters at the middle of the steps, shape (step, parameter)."""
    values = np.ones((steps, generators.parameters))
    middles = start + step * (np.arange(steps) + 0.5)
    for column, function in (functions or {}).items():
        values[:, column] = [function(t) for t in middles.tolist()]
    return values


def trajectories(
    generators, theta, phi, times, lanes=4096, seed=1, functions=None, slower=1.0, plan=None
):
    """States at the times, of shape (3, site, lane), by default steps times `slower`.

    Steps are taken by the small machine, which equals plain NumPy (test_small_machine.py).
    """
    plan, longest = plan or plan_of(generators), step_of(generators) * slower
    directions = np.array(theta), np.array(phi)
    blocks, now = [], 0.0
    for block in range(math.ceil(lanes / LANES)):
        words = np.random.SeedSequence(seed, spawn_key=(block,))
        rng = np.random.default_rng(words.spawn(1)[0])
        start = coherent(generators, *directions, rng, LANES)
        blocks.append((new_state(start), new_stream(words)))
    for time in times:
        steps = math.ceil((time - now) / longest - 1e-9)
        if steps:
            step = (time - now) / steps
            values = values_of(generators, functions, now, steps, step)
            program, now = program_of(plan, step, values), time
            scratch = new_scratch(program)
            for state, stream in blocks:
                clock = np.zeros(1, np.int64)
                take_steps(
                    machine_samples, machine_work(state, program, scratch, clock, stream), steps
                )
        yield np.concatenate([np.stack([s.x, s.y, s.z]) for s, _ in blocks], axis=2)


def excess(generators, states, expected) -> tuple[float, float]:
    """Largest deviation of means and of second moments beyond three standard errors."""
    first = 3 * len(generators.spins)
    beyond = []
    for state, row in zip(states, expected, strict=True):
        values, errors = sampled(generators, state)
        beyond.append(np.abs(values - row) - 3 * errors)
    largest = np.max(beyond, axis=0)
    return float(largest[:first].max()), float(largest[first:].max())
