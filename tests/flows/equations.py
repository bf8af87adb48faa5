"""Drift and diffusion of Bloch vectors: from the definition of a model, and from its flows."""

from __future__ import annotations

import numpy as np

from twoqs.flows.common import CommonTurn
from twoqs.flows.friction import Arc
from twoqs.flows.generators import (
    Bonds,
    Channel,
    Field,
    Generators,
    LocalJump,
    MemberJump,
    Onsite,
    Square,
)
from twoqs.flows.mode import ways_of
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.turn import field, weighted_sum
from twoqs.model.kinds import ENSEMBLE, MODE, SPIN


def defined(generators: Generators, s: np.ndarray, values: np.ndarray):
    """Drift (site, 3) and diffusion (3 site, 3 site) at s of shape (site, 3) by the formula

    ds_i = [dH/ds_i dt + 2G (B a_i - A b_i) dt + sqrt(2G) (a_i dW_2 - b_i dW_1)] x s_i,

    with s_j/m_j for s_j in A, B and what it does to itself, to spins that it shares a bath with, or
    from S = 8 on; s_j itself in the rest of dH/ds_i, and in all of that of modes, where the product
    with s_i is that with (x, y, -1/2) in the bracket of x and y; without the drift that noise has
    in Ito's calculus.
    """
    n, modes = len(s), generators.modes
    divided = s / generators.weights[:, None]
    short, sharing = (generators.spins < 8)[:, None], share_a_bath(generators)
    speed, columns = np.zeros((n, 3)), []
    for piece in generators.fields:
        speed += values[piece.parameter] * piece.vectors
    for piece in generators.bonds:
        for (i, j), tensor in zip(piece.pairs, piece.tensors, strict=True):
            on_i, on_j = (
                s if modes[site] else np.where(short & ~sharing[i, j], s, divided)
                for site in (i, j)
            )
            speed[i] += values[piece.parameter] * tensor @ on_i[j]
            speed[j] += values[piece.parameter] * tensor.T @ on_j[i]
    for piece in generators.onsite:
        speed += values[piece.parameter] * 2 * np.einsum("iab,ib->ia", piece.tensors, divided)
    for piece in generators.squares:
        form = values[piece.parameter] * 2 * piece.strength * piece.form
        members = np.any(piece.form != 0, axis=1) & ~modes
        apart = not np.any(sharing[np.ix_(members, members)])
        acting = np.where(short & apart, s, divided)
        sums = np.where(modes, np.sum(piece.form * s), np.sum(piece.form * acting))
        sums += np.where(modes, 0, np.sum(piece.form * (divided - acting), axis=1))
        speed += form * sums[:, None]
    for rate, forms in jump_forms(generators, values):
        a, b = forms.real, forms.imag
        speed += 2 * rate * (np.sum(b * divided) * a - np.sum(a * divided) * b)
        columns += [np.sqrt(2 * rate) * bracket(part, s, modes).ravel() for part in (a, b)]
    noise = np.array(columns).reshape(-1, 3 * n)
    return bracket(speed, s, modes), noise.T @ noise


def share_a_bath(generators: Generators) -> np.ndarray:
    """Pairs of different sites with one jump operator that is not Hermitian, shape (site, site)."""
    found = np.zeros((generators.n_sites,) * 2, bool)
    for channel in generators.channels:
        forms = channel.forms
        if abs(np.sum(forms * forms)) < (1 - 1e-9) * np.sum(np.abs(forms) ** 2):
            found[np.ix_(channel.sites, channel.sites)] = True
    np.fill_diagonal(found, False)
    return found


def bracket(h: np.ndarray, s: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """h x s of each site, shape (site, 3); of modes as translations and turns."""
    x, y = s[:, 0], s[:, 1]
    of_modes = [-h[:, 1] / 2 - h[:, 2] * y, h[:, 0] / 2 + h[:, 2] * x, h[:, 0] * y - h[:, 1] * x]
    return np.where(modes[:, None], np.stack(of_modes, axis=1), np.cross(h, s))


def jump_forms(generators: Generators, values: np.ndarray):
    """Rate, and forms of shape (site, 3), of every jump operator."""
    n = generators.n_sites
    for jump in generators.local:
        for site, rate in enumerate(jump.rates):
            forms = np.zeros((n, 3), complex)
            forms[site] = jump.form
            yield rate * values[jump.parameter], forms
    for channel in generators.channels:
        forms = np.zeros((n, 3), complex)
        forms[channel.sites] = channel.forms
        yield channel.rate * values[channel.parameter], forms


def of_flows(plan, s: np.ndarray, values: np.ndarray):
    """The same from the flows of a plan."""
    drift, columns = np.zeros_like(s), []
    for flow in plan.flows:
        state = s[flow.sites].T[:, :, None]
        if isinstance(flow, Relaxation):
            columns += _relaxed(flow, s, values, drift)
            continue
        way = np.where(
            flow.translated[:, None], ways_of(flow.axes), np.cross(flow.axes, s[flow.sites])
        )
        way[flow.translated, 2] = 2 * np.sum(way * s[flow.sites], axis=1)[flow.translated]
        pull = np.zeros(len(flow.sites))
        if flow.drags:
            arc = Arc.of(weighted_sum(flow.drags, values), flow.axes, state, flow.translated)
            pull = (arc.constant + arc.turn_cosine)[:, 0]
        if isinstance(flow, CommonTurn):
            way = way * flow.ratios[:, None]
            drift[flow.sites] += pull.sum() * way
            column = np.zeros_like(s)
            column[flow.sites] = np.sqrt(2 * weighted_sum(flow.noises, values)) * way
            columns.append(column.ravel())
            continue
        drift[flow.sites] += (pull + field(flow, state, values)[:, 0])[:, None] * way
        for row in flow.noisy if flow.noises else ():
            column = np.zeros_like(s)
            column[flow.sites[row]] = np.sqrt(2 * weighted_sum(flow.noises, values)[row]) * way[row]
            columns.append(column.ravel())
    noise = np.array(columns).reshape(-1, s.size)
    return drift, noise.T @ noise


def _relaxed(flow: Relaxation, s: np.ndarray, values: np.ndarray, drift: np.ndarray):
    """Adds the drift of modes; columns of their noise."""
    assert np.all(flow.modes)
    columns = []
    for site, kind in zip(flow.sites, flow.classes, strict=True):
        rates = weighted_sum(flow.parts, values)[kind]
        moved = rates[:2, 1:3] @ s[site, :2]
        xx, xy, yy = rates[[3, 4, 6], 0]
        tangent = np.concatenate([np.eye(2), 2 * s[site, None, :2]])  # of n = x^2 + y^2 - 1/2
        drift[site] += tangent @ moved
        # No roots, which singular covariances may lack to rounding.
        sizes, vectors = np.linalg.eigh([[xx, xy], [xy, yy]])
        for size, vector in zip(sizes, vectors.T, strict=True):
            column = np.zeros_like(s)
            column[site] = np.sqrt(max(size, 0.0)) * tangent @ vector
            columns.append(column.ravel())
    return columns


def random_generators(rng: np.random.Generator, sites: int | None = None) -> Generators:
    """A model with some pieces of every kind, special and general ones, on up to five sites."""
    n = sites or int(rng.integers(1, 6))
    spins = rng.integers(2, 20, n) / 2
    # 1/(2S) keeps all rates of order one.
    scale = 1 / (2 * spins.max())

    def column() -> int:
        return int(rng.integers(0, 3))

    def vectors(*shape: int) -> np.ndarray:
        """General ones, or along x, y or z."""
        if rng.random() < 0.5:
            return rng.normal(size=(*shape, 3))
        return np.eye(3)[rng.integers(0, 3, shape)] * rng.normal(size=(*shape, 1))

    def tensor() -> np.ndarray:
        general = rng.normal(size=(3, 3))
        kinds = (np.diag(rng.normal(size=3)), general, general + general.T, general - general.T)
        return scale * kinds[rng.integers(0, 4)]

    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.7]
    symmetric = [t + t.T for t in (tensor() for _ in range(n))]
    lower, raise_ = np.array([1, -1j, 0]), np.array([1, 1j, 0])
    forms = [lower, raise_, vectors() * np.exp(0.3j), vectors() + 1j * vectors()]
    chosen = [forms[k] for k in rng.permutation(4)[: rng.integers(0, 4)]]
    members = np.sort(rng.permutation(n)[: rng.integers(1, n + 1)])
    phases = np.exp(1j * rng.uniform(0, 6, len(members)))[:, None]
    lowering = lower * np.ones((len(members), 1))
    common = [
        lowering,
        lowering.conj(),
        lower * phases,
        vectors(len(members)) + 1j * vectors(len(members)),
    ]
    return Generators(
        spins,
        fields=[Field(vectors(n), column()) for _ in range(rng.integers(0, 3))],
        bonds=[
            Bonds(pairs, [tensor() for _ in pairs], column()) for _ in range(rng.integers(0, 3))
        ],
        onsite=[Onsite(symmetric, column())] * int(rng.integers(0, 2)),
        squares=[Square(scale * rng.normal(), vectors(n), column())] * int(rng.integers(0, 2)),
        local=[LocalJump(f, scale * rng.integers(0, 3, n), column()) for f in chosen],
        channels=[
            Channel(members, common[k], scale * rng.random(), column())
            for k in rng.permutation(4)[: rng.integers(0, 4)]
        ],
    )


def with_modes(rng: np.random.Generator, ensembles: bool = False) -> Generators:
    """A random model some of whose sites are modes, or ensembles with jumps of their members."""
    n = int(rng.integers(2, 6))
    kinds = rng.permutation(np.resize([MODE, SPIN, ENSEMBLE if ensembles else MODE], n))
    modes, in_plane = kinds == MODE, rng.random(n) < 0.6

    def pure(forms: np.ndarray, sites: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Forms of modes either in the plane or along n."""
        plane = np.where(in_plane[sites, None], [1, 1, 0], [0, 0, 1])
        return np.where(modes[sites, None], forms * plane, forms)

    def forms(count: int) -> np.ndarray:
        return rng.normal(size=(count, 3)) + 1j * rng.normal(size=(count, 3))

    def column() -> int:
        return int(rng.integers(0, 3))

    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    tensors = 0.2 * rng.normal(size=(n, 3, 3))
    tensors += tensors.transpose(0, 2, 1)
    tensors[modes, :2, 2] = tensors[modes, 2, :2] = 0.0
    members = np.sort(rng.permutation(n)[: rng.integers(1, n + 1)])
    in_the_plane, along = forms(1)[0] * [1, 1, 0], forms(1)[0] * [0, 0, 1]
    return Generators(
        np.where(modes, 0, rng.integers(2, 20, n) / 2),
        fields=[Field(rng.normal(size=(n, 3)), column()) for _ in range(2)],
        bonds=[Bonds(pairs, 0.2 * rng.normal(size=(len(pairs), 3, 3)), column())],
        onsite=[Onsite(tensors, column())],
        squares=[Square(0.1, pure(rng.normal(size=(n, 3))), column())],
        local=[
            LocalJump(form, 0.1 * rng.integers(0, 3, n), column()) for form in (in_the_plane, along)
        ],
        channels=[
            Channel(members, pure(forms(len(members)), members), 0.1 * rng.random(), column())
        ],
        kinds=kinds,
        members=[
            MemberJump(forms(1)[0], np.where(kinds == ENSEMBLE, 0.2 * rng.random(n), 0), column())
        ]
        * ensembles,
    )


def turned(generators: Generators, r: np.ndarray) -> Generators:
    """The model with every site's vectors turned by the matrix of that site, r (site, 3, 3)."""
    of_sites = "iab,ib->ia"
    return Generators(
        generators.spins,
        fields=[Field(np.einsum(of_sites, r, f.vectors), f.parameter) for f in generators.fields],
        bonds=[
            Bonds(
                b.pairs,
                [r[i] @ t @ r[j].T for (i, j), t in zip(b.pairs, b.tensors, strict=True)],
                b.parameter,
            )
            for b in generators.bonds
        ],
        onsite=[
            Onsite([(m + m.T) / 2 for m in r @ o.tensors @ r.transpose(0, 2, 1)], o.parameter)
            for o in generators.onsite
        ],
        squares=[
            Square(q.strength, np.einsum(of_sites, r, q.form), q.parameter)
            for q in generators.squares
        ],
        local=[
            LocalJump(r[site] @ jump.form, jump.rates * (np.arange(len(r)) == site), jump.parameter)
            for jump in generators.local
            for site in range(len(r))
        ],
        channels=[
            Channel(c.sites, np.einsum(of_sites, r[c.sites], c.forms), c.rate, c.parameter)
            for c in generators.channels
        ],
    )


def random_turn(rng):
    q, upper = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(upper))
    return q * np.linalg.det(q)
