"""The rows of the page on models, as matrices made by hand.

Each spin has its matrices from the textbook, sites are joined by `np.kron` in their order, and
jumps are collapse operators sqrt(2 rate) c, whose dissipator has no factor 2.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np


class Matrices(NamedTuple):
    """H, and sqrt(2 rate) c of each jump operator."""

    energy: Any = 0.0
    jumps: list[np.ndarray] = []  # noqa: RUF012 - never changed


class Components:
    """x y z plus minus of one spin, as matrices in the space of all."""

    def __init__(self, spin: float, before: int, after: int) -> None:
        m = spin - np.arange(round(2 * spin) + 1)
        lower = np.diag(np.sqrt(spin * (spin + 1) - m[:-1] * (m[:-1] - 1)), -1).astype(complex)
        for name, matrix in {
            "minus": lower, "plus": lower.T, "x": (lower + lower.T) / 2,
            "y": 0.5j * (lower - lower.T), "z": np.diag(m),
        }.items():  # fmt: skip
            setattr(self, name, np.kron(np.kron(np.eye(before), matrix), np.eye(after)))


def spins(*lengths: float) -> list[Any]:
    """The spins of a product, in order."""
    sizes = [round(2 * spin) + 1 for spin in lengths]
    return [
        Components(spin, math.prod(sizes[:i]), math.prod(sizes[i + 1 :]))
        for i, spin in enumerate(lengths)
    ]


def one_density(spin: float, populations: list[float], theta: float, phi: float) -> np.ndarray:
    """Populations of m = S..-S, turned from +z about y by theta, then about z by phi."""
    (one,) = spins(spin)
    values, vectors = np.linalg.eigh(one.y)
    about_y = vectors @ np.diag(np.exp(-1j * theta * values)) @ vectors.conj().T
    turn = np.exp(-1j * phi * np.diag(one.z))[:, None] * about_y
    return turn @ np.diag(np.array(populations) / sum(populations)) @ turn.conj().T


def pair(first: Any, second: Any) -> np.ndarray:
    """Of a spin 1 and a spin 3/2: populations and direction of each, or a direction if it is up."""
    one, other = (
        given if len(given) == 2 and isinstance(given[0], list) else ([1, 0, 0, 0][:size], given)
        for given, size in ((first, 3), (second, 4))
    )
    return np.kron(one_density(1, one[0], *one[1]), one_density(1.5, other[0], *other[1]))


A, TWO, B = spins(1), spins(1, 1.5), spins(1.5)
S, C, P = spins(1, 1, 1), spins(2), spins(0.5, 0.5, 0.5)
WITH_A = spins(1, 1, 1, 1)  # a, and then the sites of s
OMEGA, J, G, N = 0.3, 0.2, 0.1, 0.7
(a,), (c,) = A, C
a1, b1 = TWO
a2, s2 = WITH_A[0], WITH_A[1:]
BOTH = spins(1, 1, 1, 0.5, 0.5, 0.5)  # the sites of s, and then those of t
s3, t3 = BOTH[:3], BOTH[3:]
OPEN, RING = [(0, 1), (1, 2)], [(0, 1), (1, 2), (2, 0)]


def bond(sites: list[Any], pairs: list[tuple[int, int]], one: str, other: str) -> Any:
    return sum(getattr(sites[i], one) @ getattr(sites[j], other) for i, j in pairs)


def decay(rate: float, *operators: Any) -> list[np.ndarray]:
    """sqrt(2 rate) c of each."""
    return [math.sqrt(2 * rate) * operator for operator in operators]


KEYWORDS = {
    "field": Matrices(0.3 * c.x - 0.1 * c.z),
    "field by site": Matrices(S[0].x + 2 * S[1].x + 3 * S[2].x),
    "coupling": Matrices(0.3 * bond(S, RING, "x", "x") - 0.2 * bond(S, RING, "z", "z")),
    "twist": Matrices(0.2 * c.x @ c.x + 0.1 * c.z @ c.z),
    "decay": Matrices(0 * c.x, decay(0.1, c.minus)),
    "gain": Matrices(0 * c.x, decay(0.1, c.plus)),
    "dephasing": Matrices(0 * c.x, decay(0.3, c.z)),
    "decay of each spin": Matrices(0 * S[0].x, decay(0.2, *(one.minus for one in S))),
}

_axis = 0.6 * a.x + 0.8 * a.z
_sum = S[0].z + S[1].z + S[2].z
_both = a1.z + b1.z
ENERGIES = {
    name: Matrices(energy)
    for name, energy in {
        "drive": OMEGA * a.x,
        "drive with a phase": 0.2 * a.x - 0.4 * a.y,
        "field on one site": 0.3 * S[0].z,
        "field on all sites": 0.3 * _sum,
        "field by site": 0.1 * S[0].z + 0.2 * S[1].z + 0.3 * S[2].z,
        "one-axis twist": G * a.z @ a.z,
        "twist about any axis": G * _axis @ _axis,
        "two-axis twist": G * (a.x @ a.y + a.y @ a.x),
        "twist of each site": G * sum(one.z @ one.z for one in S),
        "twist of the sum": G * _sum @ _sum,
        "twist of two members": G * _both @ _both,
        "coupling of two spins": J * a1.z @ b1.z,
        "exchange": J * (a1.x @ b1.x + a1.y @ b1.y),
        "any tensor": J * a1.x @ b1.y - 0.1 * a1.z @ b1.x,
        "bonds of a lattice": J * bond(S, OPEN, "x", "x"),
        "bonds with values": 0.1 * S[0].z @ S[1].z - 0.2 * S[1].z @ S[2].z,
        "symmetric off-diagonal": J / 2 * (bond(S, OPEN, "x", "y") + bond(S, OPEN, "y", "x")),
        "Dzyaloshinskii-Moriya": J * (bond(S, OPEN, "x", "y") - bond(S, OPEN, "y", "x")),
        "power law": J * (bond(P, OPEN, "z", "z") + P[0].z @ P[2].z / 8),
        "neighbours once removed": J * S[0].x @ S[2].x,
        "two sites of a cell": J * sum(one.x @ other.y for one, other in zip(s3, t3, strict=True)),
        "a site and that of a neighbouring cell": J * (t3[0].x @ s3[1].y + t3[1].x @ s3[2].y),
        "two sites that share no bond": J * S[0].x @ S[2].x,
        "one spin and a lattice": J * a2.z @ sum(one.z for one in s2),
        "one spin and one site": J * a2.x @ s2[0].x,
        "one spin and a weighted sum": a2.z @ (0.1 * s2[0].z + 0.2 * s2[1].z + 0.3 * s2[2].z),
    }.items()
}

LATTICES = {
    "chain": (4, [(0, 1), (1, 2), (2, 3), (0, 3)]),
    "square": (6, [(0, 3), (1, 4), (2, 5), (0, 1), (1, 2), (3, 4), (4, 5)]),
    "cubic": (8, [
        (0, 4), (1, 5), (2, 6), (3, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 1), (2, 3), (4, 5),
        (6, 7),
    ]),
    "triangular": (9, [
        (0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (6, 7), (7, 8), (6, 8), (0, 3), (3, 6),
        (0, 6), (1, 4), (4, 7), (1, 7), (2, 5), (5, 8), (2, 8), (1, 3), (2, 4), (0, 5), (4, 6),
        (5, 7), (3, 8), (0, 7), (1, 8), (2, 6),
    ]),
    "honeycomb, two sites a cell": (8, [
        (0, 1), (2, 3), (4, 5), (6, 7), (0, 3), (1, 2), (4, 7), (5, 6), (0, 5), (1, 4), (2, 7),
        (3, 6),
    ]),
    "kagome, three sites a cell": (6, [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5)]),
    "all pairs": (4, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
    "any bonds, with weights": (3, [(0, 1), (1, 2, 0.5)]),
    "all pairs of a lattice, 1/r^alpha": (4, [
        (0, 1), (1, 2), (2, 3), (0, 3), (0, 2, 1 / 8), (1, 3, 1 / 8),
    ]),
    "those that are near": (4, [(0, 1), (2, 3), (0, 2), (1, 3)]),
    "any positions": (3, [(0, 1), (0, 2, 1 / 8), (1, 2, 5**-1.5)]),
}  # fmt: skip
"""Sites, and bonds (i, j) or (i, j, weight), read off a drawing."""


def heisenberg(count: int, pairs: list[Any]) -> Any:
    """sum w_ij (S^x_i S^x_j + S^z_i S^z_j / 2) of spins 1/2."""
    sites, energy = spins(*[0.5] * count), 0.0
    for i, j, *weight in pairs:
        one, other = sites[i], sites[j]
        energy = energy + (weight or [1])[0] * (one.x @ other.x + one.z @ other.z / 2)
    return energy


_lower = [one.minus for one in S]
# Eigenvalues of [[.2, .1i], [-.1i, .1]], by hand: (.3 +- sqrt(.05))/2, vectors (.1i, g - .2).
_modes = [
    (g, math.hypot(0.1, g - 0.2))
    for g in ((0.3 + math.sqrt(0.05)) / 2, (0.3 - math.sqrt(0.05)) / 2)
]
JUMPS = {
    name: Matrices(0 * jumps[0], jumps)
    for name, jumps in {
        "decay": decay(G, a.minus),
        "decay, as for QuTiP": [0.4 * a.minus],
        "gain": decay(G, a.plus),
        "dephasing about any axis": decay(G, _axis),
        "thermal bath": decay(0.17, a.minus) + decay(0.07, a.plus),
        "squeezed bath": decay(G, math.cos(0.4) * a.minus + math.sin(0.4) * a.plus),
        "decay that is seen in S^z": decay(G, a.minus + 0.6 * a.z),
        "common bath of two spins": decay(G, a1.minus + b1.minus),
        "common bath with a phase": decay(G, a1.minus + np.exp(0.7j) * b1.minus),
        "common bath of a lattice": decay(G, sum(_lower)),
        "the same with phases": decay(G, _lower[0] + 1j * _lower[1] - _lower[2]),
        "a bath for each site": decay(G, *_lower),
        "of different strengths": decay(G, *((i + 1) * one for i, one in enumerate(_lower))),
        "one site": decay(G, _lower[0]),
        "a lattice and a spin": decay(G, a2.minus + sum(one.minus for one in s2)),
        "matrix of rates": [
            math.sqrt(2 * g) * (0.1j * a1.minus + (g - 0.2) * b1.minus) / norm for g, norm in _modes
        ],
    }.items()
}

DOWN, UP, ALONG = (math.pi, 0.0), (0.0, 0.0), (1.0, 0.5)
_q = math.exp(-0.5)
_HOT = [_q, 1, 1 / _q], [_q**1.5, _q**0.5, _q**-0.5, _q**-1.5]
_EACH = (
    0.25 * one_density(s, p, *UP) + 0.75 * one_density(s, p, *DOWN)
    for s, p in ((1, [1, 0, 0]), (1.5, [1, 0, 0, 0]))
)
STATES = {
    "all down, which is what is taken if nothing is said": pair(DOWN, DOWN),
    "all along one direction": pair(ALONG, ALONG),
    "by member; those left out are down": pair(UP, DOWN),
    "a direction for each": pair(UP, ALONG),
    "Dicke state \\|S, m>, of one member": pair(([0, 1, 0], UP), DOWN),
    "the same along another axis": pair(DOWN, ([0, 1, 0, 0], ALONG)),
    "thermal, exp(-beta S^z)": pair((_HOT[0], UP), (_HOT[1], UP)),
    "thermal in a tilted field": pair((_HOT[0], ALONG), UP),
    "maximally mixed": np.eye(12) / 12,
    "mixture, one draw for all spins": 0.25 * pair(UP, UP) + 0.75 * pair(ALONG, ALONG),
    "mixture, a draw for each spin": np.kron(*_EACH),
}
