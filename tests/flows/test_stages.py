"""Models as stages: as few rotations as there can be, and what they conserve."""

from __future__ import annotations

import numpy as np
import pytest
from cases import MINUS, PLUS, X, Y, Z
from exact_spins import stream_of
from scipy.spatial.transform import Rotation

from twoqs.flows.channels import common_turns_of
from twoqs.flows.cover import covering
from twoqs.flows.generators import (
    Bonds,
    Channel,
    Field,
    Generators,
    LocalJump,
    Onsite,
    Square,
)
from twoqs.flows.plan import plan_of
from twoqs.flows.products import rank_one_terms, squares_of_site
from twoqs.flows.step import advance

DM = np.array([[0, 1.0, 0], [-1, 0, 0], [0, 0, 0]])
TWO_AXES = np.array([[0, 1.0, 0], [1, 0, 0], [0, 0, 0]])
DECAY = LocalJump(MINUS, [0.1] * 6)


def ring(tensor, n=6, parameter=0):
    pairs = [(i, i + 1) for i in range(n - 1)] + [(0, n - 1)]
    # The last bond has its ends exchanged.
    tensors = [tensor] * (n - 1) + [np.array(tensor).T]
    return Bonds(pairs, tensors, parameter)


def stages(**pieces):
    return len(plan_of(Generators([5] * 6, **pieces)).flows)


@pytest.mark.parametrize(
    ("pieces", "count"),
    [
        ({}, 0),
        ({"fields": [Field([X + Y - Z] * 6)]}, 1),
        ({"fields": [Field([X] * 6), Field([Z] * 6)]}, 1),  # one sum, one axis
        ({"fields": [Field([X] * 6), Field([Z] * 6, 1)]}, 2),
        ({"fields": [Field([X] * 6), Field([X] * 6, 1)]}, 1),
        ({"local": [DECAY]}, 2),
        ({"local": [DECAY, LocalJump(PLUS, [0.2] * 6)]}, 2),
        ({"local": [LocalJump(np.exp(0.7j) * Z, [0.2] * 6)]}, 1),
        ({"local": [DECAY], "bonds": [ring(np.diag([1.0, 2.0, 0.0]))]}, 2),
        ({"local": [DECAY], "bonds": [ring(np.diag([1.0, 2.0, 0.0]))],
          "fields": [Field([X + Y] * 6)]}, 2),
        ({"local": [DECAY], "fields": [Field([X + Z] * 6)]}, 3),
        ({"local": [DECAY], "onsite": [Onsite([TWO_AXES] * 6)]}, 2),  # decay about x + y and x - y
        ({"local": [DECAY], "onsite": [Onsite([TWO_AXES[::-1, ::-1]] * 6)]}, 4),
        ({"local": [LocalJump(0 * X, [1] * 6), LocalJump(X, [0] * 6)],
          "channels": [Channel([0, 1], [X, X], 0), Channel([0, 1], [0 * X, 0 * X], 1)],
          "squares": [Square(0, [X] * 6), Square(1, [0 * X] * 6)],
          "fields": [Field([0 * X] * 6)], "bonds": [Bonds([], []), ring(0 * DM)],
          "onsite": [Onsite([np.eye(3)] * 6)]}, 0),
        ({"bonds": [ring(np.eye(3))], "onsite": [Onsite([np.diag([1.0, 2, 3])] * 6)]}, 3),
        ({"bonds": [ring(DM)]}, 2),  # x y and y x, which change places from site to site
        ({"bonds": [ring(np.ones((3, 3)))]}, 1),
        ({"bonds": [ring(np.diag([1.0, 1.0, 0.5]) + 0.3 * DM)]}, 5),
        ({"bonds": [ring(np.diag([1.0, 0, 0])), ring(np.diag([1.0, 0, 0]), parameter=1)]}, 1),
        ({"squares": [Square(0.1, [Z] * 6)], "bonds": [ring(np.diag([0, 0, 1.0]))]}, 1),
        ({"squares": [Square(0.1, [X] * 6), Square(0.2, [2 * X] * 5 + [0 * X])]}, 1),
        ({"squares": [Square(0.1, [X] * 6), Square(0.2, [Z] * 6)], "local": [DECAY]}, 3),
        ({"channels": [Channel(range(6), [MINUS] * 6, 0.1)]}, 2),
        ({"channels": [Channel(range(6), [X] * 6, 0.1)]}, 1),
        ({"channels": [Channel([2], [MINUS], 0.1)], "local": [DECAY]}, 2),
        ({"channels": [Channel([2, 4], [MINUS, 0 * MINUS], 0.1)], "local": [DECAY]}, 2),
        ({"channels": [Channel(range(6), [c] * 6, 0.1) for c in (MINUS, PLUS)]}, 2),
    ],
)  # fmt: skip
def test_number_of_stages(pieces, count):
    assert stages(**pieces) == count


def test_a_field_alone_is_exact():
    """About its own direction, at any angle of the series."""
    h = [[0.3, -0.5, 0.7], [0.0, 0.2, 0.1]]
    generators = Generators([2, 7], fields=[Field(h)])
    start = np.array([[1.0, 0, 0], [0.6, 0.8, 0]]) * generators.lengths[:, None]
    end = advance(start.T[:, :, None], plan_of(generators), np.ones((40, 1)), 0.1, stream_of(1, 1))
    for site in range(2):
        exact = Rotation.from_rotvec(4.0 * np.array(h[site])).apply(start[site])
        np.testing.assert_allclose(end[:, site, 0], exact, atol=1e-10)


@pytest.mark.parametrize(("way", "most"), [("values", 3), ("parts", 5), ("elements", 9)])
def test_terms_add_up_to_their_tensors(way, most):
    rng = np.random.default_rng(1)
    general = rng.normal(size=(40, 3, 3))
    general[::4] = np.einsum("bii->bi", general[::4])[:, None] * np.eye(3)
    general[1::4] += general[1::4].transpose(0, 2, 1)
    general[2::4] -= general[2::4].transpose(0, 2, 1)
    terms = rank_one_terms(general, way)
    sums = np.zeros_like(general)
    np.add.at(sums, terms.bond, terms.sigma[:, None, None] * terms.u[:, :, None] * terms.v[:, None])
    np.testing.assert_allclose(sums, general, atol=1e-13)
    assert np.bincount(terms.bond).max() == most


def test_all_pairs_of_many_spins_need_few_stages():
    """Of 12 random tensors: 66 pairs have 9 products each, which 22 stages hold."""
    pairs = [(i, j) for i in range(12) for j in range(i + 1, 12)]
    tensors = np.random.default_rng(1).normal(size=(66, 3, 3))
    plan = plan_of(Generators([5] * 12, bonds=[Bonds(pairs, tensors)]))
    assert len(plan.flows) <= 22
    entries = [matrix.nnz for flow in plan.flows for _, matrix in flow.couplings]
    assert sum(entries) == 2 * 9 * 66  # none twice, none lost


@pytest.mark.parametrize("sites", [2, 5, 40])
def test_a_covering_has_every_piece_once(sites):
    rng = np.random.default_rng(2)
    pairs = np.array([(i, j) for i in range(sites) for j in range(i + 1, sites)])
    ends = np.repeat(pairs, 9, axis=0)
    axes = np.tile([(a, b) for a in range(3) for b in range(3)], (len(pairs), 1))
    kept = rng.random(len(ends)) < 0.6
    ends, axes = ends[kept], axes[kept]
    times = np.zeros(len(ends))
    for stage, pieces in covering(sites, ends, axes):
        assert np.all(stage[ends[pieces]] == axes[pieces])
        times[pieces] += 1
    assert np.all(times == 1)


@pytest.mark.parametrize(
    ("tensor", "count"),
    [
        (np.diag([1.0, 2, 3]), 2),
        (np.diag([2.0, 2, 0]), 1),
        (np.eye(3), 0),
        (np.diag([0, 0, -1.0]), 1),
        (np.ones((3, 3)), 1),
        (np.ones((3, 3)) + np.eye(3), 1),
        (np.array([[0, 1.0, 0], [1, 0, 0], [0, 0, 0]]), 2),
    ],
)
def test_squares_of_a_site_leave_out_its_length(tensor, count):
    terms = squares_of_site(tensor[None], np.zeros(1, np.bool_))
    assert len(terms.bond) == count
    sums = np.einsum("t,ta,tb->ab", terms.sigma, terms.u, terms.v) - tensor
    np.testing.assert_allclose(sums, sums[0, 0] * np.eye(3), atol=1e-13)


def test_equal_flows_of_channels_are_one():
    """A thermal bath of two spins with phases: friction nets, noise adds, by the parameter."""
    forms = np.array([MINUS, np.exp(0.4j) * MINUS])
    cold, hot = Channel([0, 1], forms, 0.5), Channel([0, 1], forms.conj(), 0.2, 1)
    generators = Generators([5, 3], channels=[cold, hot])
    flows = common_turns_of(generators)
    assert len(flows) == 2
    for flow in flows:
        assert [(column, float(noise)) for column, noise in flow.noises] == [(0, 0.5), (1, 0.2)]
        (_, down), (_, up) = flow.drags
        np.testing.assert_allclose(down * 0.2, -up * 0.5, atol=1e-15)
