"""Phase-space distributions as nodes with weights, exact for low orders, and states as matrices."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
import qutip

from twoqs.flows.length import concentration, height_spread, mean_weight, spin_length

AZIMUTHS = 2 * np.pi * (np.arange(5) + 0.3) / 5  # exact up to the fourth order
LETTERS = {"x": "x", "y": "y", "z": "z", "plus": "+", "minus": "-"}


class Nodes(NamedTuple):
    """Vectors (3, node) of one site and their weights (node,)."""

    vectors: np.ndarray
    weights: np.ndarray


def spin_operators(spin: float) -> dict[str, np.ndarray]:
    return {name: qutip.jmat(spin, letter).full() for name, letter in LETTERS.items()}


def coherent(spin: float, theta: float, phi: float) -> Nodes:
    """The distribution that coherent states are drawn from: three rings, Gauss's nodes for it."""
    cosines, weights = np.polynomial.legendre.leggauss(80)
    weights = weights * np.exp(concentration(spin) * (cosines - 1))
    powers = np.sqrt(weights)[:, None] * cosines[:, None] ** np.arange(3)
    orthogonal = np.linalg.qr(powers)[0]
    heights, vectors = np.linalg.eigh(orthogonal.T @ (cosines[:, None] * orthogonal))
    nodes = rings(spin_length(spin) * heights, spin, vectors[0] ** 2)
    return turned(nodes, theta, phi)


def mixed(spin: float) -> Nodes:
    cosines, weights = np.polynomial.legendre.leggauss(6)
    return rings(spin_length(spin) * cosines, spin, weights)


def dicke(spin: float, m: float) -> Nodes:
    centre, side = m / mean_weight(spin), height_spread(spin) * m
    return rings(np.array([centre - side, centre + side]), spin, np.ones(2))


def rings(heights: np.ndarray, spin: float, weights: np.ndarray) -> Nodes:
    length = spin_length(spin)
    across = np.sqrt(np.maximum(0.0, length**2 - heights**2))
    vectors = np.stack(
        [np.outer(across, np.cos(AZIMUTHS)), np.outer(across, np.sin(AZIMUTHS)),
         np.repeat(heights[:, None], 5, axis=1)]
    )  # fmt: skip
    flat = np.repeat(weights / weights.sum(), 5) / 5
    return Nodes(vectors.reshape(3, -1), flat)


def turned(nodes: Nodes, theta: float, phi: float) -> Nodes:
    c, s = math.cos(theta), math.sin(theta)
    about_y = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    c, s = math.cos(phi), math.sin(phi)
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return Nodes(about_z @ about_y @ nodes.vectors, nodes.weights)


def coherent_matrix(spin: float, theta: float, phi: float) -> np.ndarray:
    return qutip.ket2dm(qutip.spin_coherent(spin, theta, phi)).full()


def gaussian(alpha: complex, covariance: np.ndarray) -> Nodes:
    """A Gaussian Wigner function of (x, y), alpha = x - i y; exact up to order 13."""
    points, weights = np.polynomial.hermite_e.hermegauss(7)
    pairs = np.array(list(itertools.product(points, points))).T
    x, y = np.linalg.cholesky(covariance) @ pairs + np.array([[alpha.real], [-alpha.imag]])
    both = np.outer(weights, weights).ravel()
    return Nodes(np.stack([x, y, x**2 + y**2 - 0.5]), both / both.sum())


def joined(*sites: Nodes) -> tuple[np.ndarray, np.ndarray]:
    """Independent sites: vectors of shape (4, site, node), and weights."""
    numbers = np.meshgrid(*(np.arange(len(one.weights)) for one in sites), indexing="ij")
    flat = [number.ravel() for number in numbers]
    vectors = np.stack([one.vectors[:, i] for one, i in zip(sites, flat, strict=True)], axis=1)
    lengths = np.sqrt((vectors**2).sum(0, keepdims=True))
    weights = np.prod([one.weights[i] for one, i in zip(sites, flat, strict=True)], axis=0)
    return np.ascontiguousarray(np.concatenate([vectors, lengths])), weights


def average(symbol, *sites: Nodes) -> complex:
    bloch, weights = joined(*sites)
    return complex(symbol.values(bloch) @ weights)
