"""Functions of the user's as observables: what they see, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError

CHAIN = twoqs.Model(10, lattice=twoqs.chain(4), coupling=(0.4, 0, 0), decay=1.0)
RUN = {"average": (1, 2), "samples": 11, "trajectories": 128, "seed": 1}


def middle(vectors):
    """s^z of the second site."""
    return vectors["sites"][2, 1]


def test_it_sees_the_vectors_that_moments_are_made_of() -> None:
    asked = {
        "one": twoqs.measured(middle),
        "all": twoqs.measured(lambda v: v["sites"][2], 4),
        "formula": "sites[1].z",
        "sites": True,
    }
    ds = twoqs.simulate(CHAIN, **RUN, observables=asked)
    weight = float(ds["formula"] / ds["one"])  # that of means, about 1 + 1/(8 S^2)
    assert weight == pytest.approx(1.00125, abs=1e-4)
    assert np.allclose(ds["all"] * weight, ds.sz_site, rtol=1e-9)
    assert np.allclose(ds.one_se * weight, ds.formula_se, rtol=1e-9)
    assert ds["all"].dims == ("all_0",)


def test_runs_are_known_by_what_the_function_says() -> None:
    def of(factor: float):
        return twoqs.measured(lambda v: factor * v["sites"][2, 0])

    one, same, other = of(1.0), of(1.0), of(2.0)
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (lambda: twoqs.measured(3), "be a function"),
        (lambda: twoqs.measured(middle, 10**9), "hold at most"),
        (lambda: twoqs.measured(middle, -1), "at least 1"),
        (lambda: twoqs.measured(middle, 2), "return real numbers of shape"),
        (lambda: twoqs.measured(lambda v: 1j * v["sites"][0, 0]), "return real numbers"),
        (lambda: {"measure": "abc"}, "files hold no functions"),
    ],
)
def test_what_is_no_such_function_is_told_in_one_line(request_, told: str) -> None:
    with pytest.raises(ArgumentError, match=told) as caught:
        twoqs.simulate(CHAIN, **RUN, observables={"q": request_()})
    assert "\n" not in str(caught.value)
