"""Ensembles for members that differ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import twoqs
from twoqs.errors import ArgumentError


def spread(distribution, n):
    """Mean and standard deviation over the members of all classes."""
    found = twoqs.classes(distribution, n, size=10**6)
    weights = np.array([ensemble.size for ensemble, _ in found]) / 10**6
    values = np.array([value for _, value in found])
    mean = weights @ values
    return mean, np.sqrt(weights @ values**2 - mean**2)


def test_classes_have_the_moments_of_the_distribution():
    means, widths = zip(*(spread(stats.uniform(1, 2), n) for n in (4, 8)), strict=True)
    assert np.allclose(means, 2.0, rtol=1e-5)
    exact = 2 / np.sqrt(12)
    errors = exact - np.array(widths)
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)  # as 1/n^2
    assert spread(stats.norm(0, 0.3), 100)[1] == pytest.approx(0.3, rel=0.01)


def test_members_are_shared_out():
    found = twoqs.classes([3.0, 1.0, 2.0], 3, size=10, name="atom")
    assert [ensemble.name for ensemble, _ in found] == ["atom0", "atom1", "atom2"]
    assert sum(ensemble.size for ensemble, _ in found) == 10
    assert [value for _, value in found] == pytest.approx([1.0, 2.0, 3.0], abs=0.15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((stats.norm(0, 1), 0, 100), "`n` must be an integer of at least 1"),
        ((stats.norm(0, 1), 8, 7), "`size` must be an integer of at least 8 .at least one member"),
        (("norm", 8, 100), "`distribution` must be a distribution of scipy.stats"),
        ((stats.norm(0, np.inf), 8, 100), "`distribution`"),
        (([], 8, 100), "`distribution` must hold at least one value"),
        ((stats.norm(0, 1), 8, 100, "a b"), "`name` must be a name"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        twoqs.classes(*arguments)
