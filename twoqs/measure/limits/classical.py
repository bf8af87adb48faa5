"""Classical spins and modes of a model that does not depend on time, without noise.

ds_i/dt = omega_i x g_i with omega = h + K s, of the Hamiltonian and of the friction of jump
operators. Spins have g = s; modes have s = (Re a, -Im a, n) and g = (x, y, -1/2), and n follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.generators import Generators
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.measure.members import names_of
from twoqs.model.arrays import Floats
from twoqs.model.initial import Initial, parts
from twoqs.model.kinds import MODE, SPIN
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.states import InitialState, Squeezed
from twoqs.model.values import per_site

MOST_FOLLOWED = 12
"""Followed at once, each beside its neighbours: more take seconds."""


MOST_PATH_STEPS = 400
"""Of the classical motion: 50 ms. What has no time to end is seen by then, or not told."""

RADIANS = 0.2
"""Of the fastest turn in a step."""

TINY = 1e-5
"""Of a standard deviation: what tells of tangents."""


class Motion(NamedTuple):
    """The equations; components of a site are one after the other.

    Attributes:
        spins: S, 0 of modes, shape (site,).
        modes: shape (site,).
        field: h, shape (3 site,).
        coupling: K of the Hamiltonian, shape (3 site, 3 site).
        friction: K of the jump operators, 2G (a b^T - b a^T) of a + i b.
        noise: N = 2G (a a^T + b b^T), likewise.
    """

    spins: Floats
    modes: NDArray[np.bool_]
    field: Floats
    coupling: Floats
    friction: Floats
    noise: Floats

    def rate(self, s: Floats) -> Floats:
        """ds/dt, of the shape of s, (3 site, neighbour)."""
        omega = self.field[:, None] + (self.coupling + self.friction) @ s
        g = s.reshape(-1, 3, s.shape[1])
        if np.any(self.modes):
            g = g.copy()
            g[self.modes, 2] = -0.5
        x, y, z = omega.reshape(g.shape).swapaxes(0, 1)
        u, v, w = g.swapaxes(0, 1)
        found = np.empty_like(g)
        found[:, 0], found[:, 1], found[:, 2] = y * w - z * v, z * u - x * w, x * v - y * u
        return found.reshape(s.shape)

    def step(self, s: Floats, h: float) -> Floats:
        """s after the time h, by the classical rule of Runge and Kutta."""
        a = self.rate(s)
        b = self.rate(s + h / 2 * a)
        c = self.rate(s + h / 2 * b)
        return np.asarray(s + h / 6 * (a + 2 * b + 2 * c + self.rate(s + h * c)))


@lru_cache(maxsize=8)
def motion_of(model: Model) -> Motion | None:
    """None for models that depend on time, have ensembles, or many sites."""
    known = np.all((model.kinds == SPIN) | (model.kinds == MODE)) and model.n_sites <= MOST_FOLLOWED
    return _motion(generators_of(model)) if known and timetable_of(model).empty else None


def _motion(generators: Generators) -> Motion:
    n = generators.n_sites
    field, coupling = np.zeros((n, 3)), np.zeros((n, 3, n, 3))
    for one in generators.fields:
        field += one.vectors
    for bonds in generators.bonds:
        for (i, j), tensor in zip(bonds.pairs.tolist(), bonds.tensors, strict=True):
            coupling[i, :, j] += tensor
            coupling[j, :, i] += tensor.T
    for onsite in generators.onsite:
        for i, tensor in enumerate(onsite.tensors):
            coupling[i, :, i] += 2 * tensor
    for square in generators.squares:
        coupling += 2 * square.strength * np.multiply.outer(square.form, square.form)
    friction, noise = np.zeros((2, 3 * n, 3 * n))
    for rate, forms in jumps_of(generators):
        a, b = forms.real.ravel(), forms.imag.ravel()
        friction += 2 * rate * (np.outer(a, b) - np.outer(b, a))
        noise += 2 * rate * (np.outer(a, a) + np.outer(b, b))
    matrix = coupling.reshape(3 * n, 3 * n)
    return Motion(generators.spins, generators.modes, field.ravel(), matrix, friction, noise)


class ClassicalPath(NamedTuple):
    """Classical motion of the mean and of its neighbours.

    Attributes:
        times: shape (time,).
        mean: shape (time, 3 site).
        growth: largest length of tangents so far, which began a standard deviation long, likewise
            over `time`.
        around: the mean's neighbours a standard deviation away, shape (time, neighbour, 3 site).
        stretched: derivative of the mean by ln(length) of all spins, shape (time, 3 site).
    """

    times: Floats
    mean: Floats
    growth: Floats
    around: Floats
    stretched: Floats


@lru_cache(maxsize=8)
def path_of(model: Model, end: float) -> ClassicalPath | None:
    """Until `end`, or as far as MOST_PATH_STEPS reach; None without a motion or a start."""
    motion, start = motion_of(model), start_of(model)
    if motion is None or start is None or end == 0:
        return None
    first = start.ravel()
    beside = tangents(start, motion.modes)
    longer = first * (1 + TINY * np.repeat(~motion.modes, 3))
    starts = np.stack(
        [first, longer, *(first + TINY * beside), *(first + beside), *(first - beside)], axis=1
    )
    lengths = np.linalg.norm(start, axis=1, keepdims=True)  # spins turn to any direction
    reach = np.broadcast_to(lengths, start.shape).ravel() + np.abs(beside).max(axis=0)
    fastest = np.abs(motion.field).max() + (np.abs(motion.coupling + motion.friction) @ reach).max()
    steps = int(min(max(20, np.ceil(end * fastest / RADIANS)), MOST_PATH_STEPS))
    h = min(end / steps, RADIANS / fastest) if fastest > 0 else end / steps
    found = np.empty((steps + 1, *starts.shape))
    found[0] = starts
    with np.errstate(all="ignore"):
        for step in range(steps):
            found[step + 1] = motion.step(found[step], h)
        mean, near = found[..., 0], 2 + len(beside)
        tangents_then = (found[..., 1:near] - found[..., :1]) / TINY
    growth = np.maximum.accumulate(np.linalg.norm(tangents_then[..., 1:], axis=1).max(axis=1))
    times = np.asarray(h * np.arange(steps + 1), float)
    around = found[..., near:].swapaxes(1, 2)
    return ClassicalPath(times, mean, growth, around, tangents_then[..., 0])


def jumps_of(generators: Generators) -> Iterator[tuple[float, NDArray[np.complex128]]]:
    """Rate and form of each jump operator, of shape (site, 3)."""
    for local in generators.local:
        for i in np.flatnonzero(local.rates):
            forms = np.zeros((generators.n_sites, 3), complex)
            forms[i] = local.form
            yield float(local.rates[i]), forms
    for channel in generators.channels:
        forms = np.zeros((generators.n_sites, 3), complex)
        forms[channel.sites] = channel.forms
        yield channel.rate, forms


@lru_cache(maxsize=8)
def start_of(model: Model) -> Floats | None:
    """S_i times directions, and amplitudes, shape (site, 3); None for states without these."""
    assert isinstance(model.initial, Initial)
    found = []
    for state, members in parts(model.initial, model.members):
        count = sum(member.n_sites for member in members)
        if isinstance(state, ModeState):
            x, y = state.mean
            found.append(np.tile([x, y, x**2 + y**2], (count, 1)))
        elif isinstance(state, InitialState | Squeezed):
            spins = np.array([member.spin for member in members for _ in range(member.n_sites)])
            theta, phi = per_site(state.theta, count), per_site(state.phi, count)
            sine = np.sin(theta)
            n = np.stack([sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)], axis=1)
            found.append(spins[:, None] * n)
        else:
            return None
    return np.concatenate(found)


def whose(model: Model, sites: NDArray[np.intp]) -> str:
    """The members of some sites, as a sentence has them."""
    if len(model.members) > 1:
        return names_of(model, sites)
    return "the spins" if model.n_sites > 1 else "the spin"


def tangents(s: Floats, modes: NDArray[np.bool_]) -> Floats:
    """Two directions at each site, shape (2 site, 3 site), a standard deviation of vacuum long.

    Across a spin sqrt(S/2), of a mode 1/2 of Re a and of Im a.
    """
    n = len(s)
    found = np.zeros((n, 2, n, 3))
    for i, vector in enumerate(s):
        if modes[i]:
            x, y, _ = vector
            found[i, :, i] = [[0.5, 0.0, x], [0.0, 0.5, y]]
        else:
            size = np.sqrt(np.linalg.norm(vector) / 2)
            found[i, :, i] = size * np.linalg.svd(vector[None])[2][1:]
    return found.reshape(2 * n, 3 * n)
