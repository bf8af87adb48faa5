"""Exact moments of ensembles, by PIQS or member by member, and the same of trajectories."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import scipy
from cases import MINUS, PLUS, X, Z
from exact_spins import OPTIONS, excess, trajectories
from qutip import mesolve, piqs

from twoqs.flows.generators import Field, Generators, LocalJump, MemberJump
from twoqs.flows.plan import plan_of
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.relaxing import member_bloch
from twoqs.model.kinds import ENSEMBLE

PAIRS = tuple(itertools.combinations_with_replacement(range(3), 2))


def model_of(n, drive=0.0, collective=0.0, decay=0.0, pump=0.0, dephasing=0.0, jumps=()):
    """A drive along x, collective decay, and jumps of members."""
    rates = [(MINUS, decay), (PLUS, pump), (Z, dephasing)]
    return Generators(
        [n / 2],
        kinds=[ENSEMBLE],
        fields=[Field([drive * X])],
        local=[LocalJump(MINUS, [collective])],
        members=[*(MemberJump(form, [rate]) for form, rate in rates), *jumps],
    )


def by_piqs(n, theta, times, drive=0.0, collective=0.0, decay=0.0, pump=0.0, dephasing=0.0):
    """Moments over N/2 and its square from a pole, shape (time, moment).

    The rates of PIQS are twice those of jump operators here.
    """
    j = [piqs.jspin(n, axis) for axis in "xyz"]
    model = piqs.Dicke(
        n, drive * j[0], emission=2 * decay, pumping=2 * pump, dephasing=2 * dephasing,
        collective_emission=2 * collective,
    )  # fmt: skip
    start = piqs.dicke(n, n / 2, round(math.cos(theta)) * n / 2)
    products = [(j[a] * j[b] + j[b] * j[a]) / 2 for a, b in PAIRS]
    observed = [*(one / (n / 2) for one in j), *(one / (n / 2) ** 2 for one in products)]
    options = {key: OPTIONS[key] for key in ("atol", "rtol", "nsteps")}
    result = mesolve(model.liouvillian(), start, times, e_ops=observed, options=options)
    return np.real(np.array(result.expect)).T


def single_members(jumps, n, mean, squares, time):
    """<J> and <{J_a, J_b}>/2 after the jumps of members alone, from those at the start."""
    matrix, vector = np.zeros((3, 3)), np.zeros(3)
    for jump in jumps:
        one = member_bloch(jump.form)
        matrix, vector = matrix + jump.rates[0] * one[0], vector + jump.rates[0] * one[1]
    whole = np.zeros((4, 4))
    whole[:3, :3], whole[:3, 3] = matrix, vector
    moved = scipy.linalg.expm(whole * time)
    turned, pushed = moved[:3, :3], moved[:3, 3]
    # s of a member becomes turned s + pushed; pairs of members are independent of one another.
    pairs = squares - n / 4 * np.eye(3)
    cross = (n - 1) * np.outer(turned @ mean, pushed)
    after = turned @ pairs @ turned.T + cross + cross.T + n * (n - 1) * np.outer(pushed, pushed)
    return turned @ mean + n * pushed, after + n / 4 * np.eye(3)


def by_members(jumps, n, theta, times):
    """Moments in the units of `by_piqs` of members without anything collective."""
    direction = np.array([math.sin(theta), 0.0, math.cos(theta)])
    squares = n / 4 * np.eye(3) + n * (n - 1) / 4 * np.outer(direction, direction)
    found = []
    for time in times:
        mean, products = single_members(jumps, n, n / 2 * direction, squares, time)
        found.append([*mean / (n / 2), *(products[pair] / (n / 2) ** 2 for pair in PAIRS)])
    return np.array(found)


def beyond(n, theta, times, expected, lanes, noise=1.0, cross=1.0, **rates):
    """Largest deviations beyond three standard errors of means and of second moments.

    Args:
        expected: exact moments; those of members alone if None.
        noise, cross: factors of the diffusion, and of the part of it that depends on the state.
    """
    generators = model_of(n, **rates)
    if expected is None:
        expected = by_members(rates["jumps"], n, theta, times)
    plan = plan_of(generators)
    flows = [_scaled(flow, noise, cross) for flow in plan.flows]
    plan = replace(plan, flows=tuple(flows))
    states = trajectories(generators, [theta], [0.0], times, lanes=lanes, plan=plan)
    return excess(generators, states, expected)


def _scaled(flow, noise, cross):
    if not isinstance(flow, Relaxation):
        return flow
    parts = tuple((column, part.copy()) for column, part in flow.parts)
    for _, part in parts:
        part[:, 3:] *= noise
        part[:, 3:, 1:] *= cross
    return replace(flow, parts=parts)
