"""Samples of spins 1/2 against their density matrices: all first and second moments at t = 0."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs import Model, chain, coherent, dicke, mixed, mixture, thermal
from twoqs.kernels.moments import GROUP
from twoqs.methods import corners
from twoqs.methods.corners import sample_corners
from twoqs.theory.operators import initial_density, space_of

STATES = {
    "up": "up", "down": "down", "tilted": coherent(1.1, 0.4), "level": dicke(-0.5, 2.0, -1.0),
    "warm": thermal(1.3, 0.7, -2.0), "pumped": thermal(-0.4), "hot": thermal(0.0),
    "mixed": mixed(), "mixture": mixture([(0.3, dicke(0.5, 1.5)), (0.2, "up"), (0.5, mixed())]),
}  # fmt: skip

TRAJECTORIES = 64 * 200


def exact(state):
    """<S^a> and <{S^a, S^b}>/2 of one spin: a vector and a matrix."""
    model = Model(spin=0.5, initial=state)
    rho, (operators,) = initial_density(model), space_of(model).components
    s = [operator.full() for operator in operators]
    products = [[np.vdot((a @ b + b @ a) / 2, rho).real for b in s] for a in s]
    return np.array([np.vdot(a, rho).real for a in s]), np.array(products)


def worst(vectors, state):
    """Largest deviation over its standard error, from groups; 1e-12 is rounding."""
    means, products = exact(state)
    found = [*vectors, *(a * b for a in vectors for b in vectors)]
    groups = np.reshape(found, (len(found), -1, GROUP)).mean(axis=-1)
    error = groups.std(axis=1, ddof=1) / math.sqrt(groups.shape[1])
    off = np.abs(groups.mean(axis=1) - [*means, *products.ravel()])
    return float(np.max(off / (error + 1e-12)))


@pytest.mark.parametrize("name", STATES)
def test_first_and_second_moments(name):
    model = Model(spin=0.5, lattice=chain(2, periodic=False), initial=STATES[name])
    vectors = sample_corners(model, np.random.default_rng(1), TRAJECTORIES)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=0), math.sqrt(0.75), rtol=1e-12)
    assert max(worst(vectors[:, site], STATES[name]) for site in (0, 1)) < 4  # 216 comparisons
    if name != "mixture":  # which is drawn for both together
        means = vectors.mean(axis=2)
        joint = np.einsum("ail,bil->abi", vectors[:, :1], vectors[:, 1:])[:, :, 0]
        off = joint / TRAJECTORIES - np.outer(means[:, 0], means[:, 1])
        assert np.abs(off).max() < 4 * 0.25 / math.sqrt(TRAJECTORIES)


def test_components_across_a_direction_that_are_too_long_are_seen(monkeypatch):
    """Negative control: the sphere's Gaussian is such a start, off by 4 % of S and more."""
    model = Model(spin=0.5, initial="up")
    plain = corners._either
    monkeypatch.setattr(corners, "_either", lambda size, rng: 1.04 * plain(size, rng))
    vectors = sample_corners(model, np.random.default_rng(1), TRAJECTORIES)
    assert worst(vectors[:, 0], "up") > 100


def test_sites_have_their_own_directions():
    angles = coherent([0.3, 2.0], [1.0, -0.5])
    model = Model(spin=0.5, lattice=chain(2, periodic=False), initial=angles)
    vectors = sample_corners(model, np.random.default_rng(2), 64)
    for site, (theta, phi) in enumerate(((0.3, 1.0), (2.0, -0.5))):
        n = [math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta)]
        np.testing.assert_allclose(n @ vectors[:, site], 0.5, rtol=1e-12)


def test_trajectories_go_on_from_where_others_ended():
    start = np.sqrt(0.25) * np.ones((3, 128, 1))
    model = Model(spin=0.5, initial=twoqs.samples(start))
    found = sample_corners(model, np.random.default_rng(1), 64, 64)
    np.testing.assert_array_equal(found, np.full((3, 1, 64), 0.5))
