"""The squeezing parameter: known states, invariance under rotation, exact one-axis twisting."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from twoqs.measure.fits import squeezing
from twoqs.model.model import Model
from twoqs.model.states import coherent
from twoqs.theory import evolve

NAMES = ["sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz"]


def moments(mean: np.ndarray, covariance: np.ndarray) -> list[np.ndarray]:
    pick = covariance[..., [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    return [*np.moveaxis(mean, -1, 0), *np.moveaxis(pick, -1, 0)]


@pytest.mark.parametrize("theta", [0.0, 0.7, 2.5, np.pi])
def test_coherent_states_are_not_squeezed(theta: float) -> None:
    state = evolve(Model(spin=6, initial=coherent(theta, 0.8)), [0.0])
    assert squeezing(6, *(state[k] for k in NAMES)) == pytest.approx([1.0], abs=1e-12)  # rounding


def test_invariant_under_rotations() -> None:
    rng = np.random.default_rng(2)
    turn = Rotation.random(200, random_state=7).as_matrix()
    factor = rng.standard_normal((200, 3, 3))
    covariance = factor @ np.swapaxes(factor, 1, 2)
    mean = np.array([0.0, 0.0, -8.0])
    along_z = squeezing(9, *moments(np.broadcast_to(mean, (200, 3)), covariance))
    transverse = np.linalg.eigvalsh(covariance[:, :2, :2])[:, 0]
    assert along_z == pytest.approx(2 * 9 * transverse / 64, rel=1e-9)  # rounding, conditioning
    turned = squeezing(9, *moments(turn @ mean, turn @ covariance @ np.swapaxes(turn, 1, 2)))
    assert turned == pytest.approx(along_z, rel=1e-7)  # rounding over the smaller eigenvalue
    # negative control: the smallest eigenvalue in space is not perpendicular to the mean
    anywhere = 2 * 9 * np.linalg.eigvalsh(covariance)[:, 0] / 64
    assert np.mean(anywhere < 0.9 * along_z) > 0.5


def test_shapes_and_extremes() -> None:
    covariance = np.diag([2.0, 3.0, 4.0])
    assert squeezing(4, *moments(np.zeros(3), covariance)).shape == ()
    assert squeezing(4, *moments(np.zeros(3), covariance)) == np.inf
    assert np.isnan(squeezing(4, *moments(np.zeros(3), 0 * covariance)))
    assert squeezing(4, *moments(np.array([0, 0, 5e-324]), covariance)) == np.inf
    large = squeezing(1e200, *moments(np.array([0, 1e200, 0]), 1e200 * covariance))
    assert large == pytest.approx(4.0)
    grid = squeezing(4, *(np.full((2, 3), x) for x in (0, 0, -4, 1, 2, 0, 0, 0, 0)))
    assert grid == pytest.approx(np.full((2, 3), 0.5))
    assert np.isnan(squeezing(4, *moments(np.array([0, np.nan, 1.0]), covariance)))


def test_one_axis_twisting_with_decay() -> None:
    model = Model(spin=10, twist=(1.0, 0.0, 0.0), decay=0.125)
    state = evolve(model, [1.0, 2.0, 3.0, 4.0])
    measured = squeezing(10, *(state[k] for k in NAMES))
    expected = [0.4700, 0.3525, 0.3685, 0.4593]  # QuTiP, to the digits given
    assert measured == pytest.approx(expected, abs=5.1e-5)
    doubled = evolve(Model(spin=10, twist=(1.0, 0.0, 0.0), decay=0.25), [4.0])  # negative control
    assert squeezing(10, *(doubled[k] for k in NAMES)) != pytest.approx(expected[3:], abs=1e-2)
