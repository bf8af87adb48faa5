"""Fixed points of mean-field theory: closed forms, stability, and what goes to none."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs import TwoqsError, chain, coherent
from twoqs.errors import ArgumentError
from twoqs.theory import mean_field
from twoqs.theory.mean_field.rest import NotAtRestError, resting_point


def driven(omega: float, spin: float = 100, **more) -> twoqs.Model:
    return twoqs.Model(spin=spin, field=(omega, 0, 0), decay=1.0, **more)


def test_fixed_points_of_the_driven_spin():
    """s = S (0, w, -+sqrt(1 - w^2)), w = Omega/Gamma; both rates are -+Gamma sqrt(1 - w^2)."""
    stable, unstable = mean_field.fixed_points(driven(0.6))
    np.testing.assert_allclose(stable.spins, [[0, 60, -80]], atol=1e-7)
    np.testing.assert_allclose(unstable.spins, [[0, 60, 80]], atol=1e-7)
    np.testing.assert_allclose(stable.eigenvalues, [-0.8, -0.8], atol=1e-7)
    np.testing.assert_allclose(unstable.eigenvalues, [0.8, 0.8], atol=1e-7)
    assert (stable.stable, unstable.stable) == (True, False)
    np.testing.assert_allclose(resting_point(driven(0.6)).spins, stable.spins, atol=1e-6)


def test_above_threshold_the_driven_spin_is_neutral():
    """Orbits about s = S (+-sqrt(1 - 1/w^2), 1/w, 0) at the frequency sqrt(Omega^2 - Gamma^2)."""
    points = mean_field.fixed_points(driven(2.0))
    assert len(points) == 2
    for point in points:
        np.testing.assert_allclose(np.abs(point.spins), [[50 * 3**0.5, 50, 0]], atol=1e-6)
        np.testing.assert_allclose(np.abs(point.eigenvalues.imag), 3**0.5, atol=1e-8)
        assert not point.stable


def test_fixed_points_with_a_period_of_two_sites():
    """An antiferromagnetic Ising ring with decay has Neel states, in either order."""
    ring = twoqs.Model(spin=100, lattice=chain(6), coupling=(-0.5, -0.5, 3.0), field=(0, 0, 0.4),
                       twist=(0.3, 0, 0), decay=0.01)  # fmt: skip
    points = mean_field.fixed_points(ring)
    profiles = {tuple(np.sign(np.round(p.spins[:, 2])).astype(int).tolist()) for p in points}
    assert (-1, 1, -1, 1, -1, 1) in profiles
    assert (1, -1, 1, -1, 1, -1) in profiles
    assert all(p.eigenvalues.shape == (12,) for p in points)
    # each is there once
    flat = np.array([p.spins.ravel() for p in points])
    distances = np.abs(flat[:, None] - flat[None]).max(axis=-1) + np.eye(len(flat))
    assert distances.min() > 1e-3


def test_fixed_points_are_the_same_from_other_seeds():
    model = twoqs.Model(spin=50, field=(0.3, 0, 0.2), twist=(0, 0, 2.5), decay=1.0)
    one, other = (mean_field.fixed_points(model, starts=24, seed=seed) for seed in (0, 1))
    assert len(one) == len(other) >= 2
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a.spins, b.spins, atol=1e-5)


NOT_AT_REST = {
    "comes to no fixed point within 1000": driven(2.0),
    "goes to a fixed point that is unstable": twoqs.Model(spin=9, decay=1.0, initial="up"),
    "neither stable nor unstable": twoqs.Model(spin=9, dephasing=1.0, initial=coherent(1.0)),
    "starts from coherent or squeezed states": driven(0.5, initial=twoqs.mixed()),
    "is solved for at most 200 sites": twoqs.Model(
        spin=9, lattice=chain(201, periodic=False), coupling=(1, 0, 0), decay=1.0
    ),
}


@pytest.mark.parametrize("clause", NOT_AT_REST)
def test_what_comes_to_no_stable_rest_is_told(clause):
    with pytest.raises(NotAtRestError, match=clause) as caught:
        resting_point(NOT_AT_REST[clause])
    assert "\n" not in str(caught.value)
    assert clause in caught.value.clause


def test_uniform_stability_is_not_enough():
    """A ring that is stable for what is uniform, and unstable for what alternates."""
    near = coherent(math.pi - 0.1, 0.3)
    ring = twoqs.Model(spin=100, lattice=chain(8), coupling=(-1, 1, 0), twist=(1, 0, 0),
                       decay=1.0, initial=near)  # fmt: skip
    lonely = twoqs.Model(spin=100, twist=(0, 1, 0), decay=1.0, initial=near)
    assert resting_point(lonely).stable  # the same for one site
    with pytest.raises(NotAtRestError, match="unstable"):
        resting_point(ring)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("`initial` must be coherent or squeezed", lambda: mean_field.trajectory(
            driven(0.3, initial=twoqs.dicke(0)), [1.0])),
        ("`times` must be an ascending", lambda: mean_field.trajectory(driven(0.3), [1.0, 0.5])),
        ("`tolerance` must lie", lambda: mean_field.trajectory(driven(0.3), [1.0], tolerance=0)),
        ("`starts` must", lambda: mean_field.fixed_points(driven(0.3), starts=-1)),
        ("`model` must have at most 200 sites", lambda: mean_field.fixed_points(
            twoqs.Model(spin=9, lattice=chain(201, periodic=False), coupling=(1, 0, 0)))),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(message, call):
    with pytest.raises(ArgumentError, match=message):
        call()
    assert issubclass(ArgumentError, TwoqsError)
