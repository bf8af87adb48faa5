"""Observables of the user's: values, standard errors, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from general import run

import twoqs
from twoqs import Observable


def own(finish, name="mine", dims=()):
    return Observable(name, "a text", "hbar", 1, finish, dims)


def test_an_observable_and_its_error():
    """The difference of two members, whose errors are correlated: the jackknife has that."""

    def difference(averages):
        sz = averages["sz"]
        return np.stack([sz[..., 0] - sz[..., 1], sz[..., 0] + sz[..., 1]], axis=-1)

    linear = own(lambda averages: 2 * averages["sz"] + 1, "linear")
    found = run(trajectories=1024, observables=[own(difference), linear])
    np.testing.assert_allclose(found.linear, 2 * found.sz + 1, rtol=1e-12)
    np.testing.assert_allclose(found.linear_se, 2 * found.sz_se, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        found.mine[:, 0], found.sz.sel(member="a") - found.sz.sel(member="b"), rtol=1e-12
    )
    # For any correlation: var(x - y) + var(x + y) = 2 var x + 2 var y.
    squares = (found.mine_se**2).sum("member")
    np.testing.assert_allclose(squares, 2 * (found.sz_se**2).sum("member"), rtol=1e-9)
    assert found.mine.attrs["units"] == "hbar"


def test_an_error_is_that_of_other_seeds():
    """The standard error of a ratio, against the spread of 32 runs."""
    ratio = own(lambda averages: averages["sz"] / averages["var_sx"], "ratio")
    runs = [run(times=[1], seed=seed, observables=[ratio]) for seed in range(32)]
    values = np.array([one.ratio.values for one in runs])
    errors = np.array([one.ratio_se.values for one in runs])
    spread, told = values.std(0, ddof=1), np.sqrt((errors**2).mean(0))
    # The spread of 32 values is known to 13 %; errors of two groups are rough, their mean is not.
    assert np.all(abs(spread / told - 1) < 0.45)


@pytest.mark.parametrize(
    ("observable", "message"),
    [
        (own(lambda a: a.raw["z"][..., 0]), r"`mine` must make numbers of shape \(any, time, mem"),
        (own(lambda a: 3.0), "`mine` must make numbers of shape .*'an array of shape"),
        (own(lambda a: a["sz"] * 1j), "`mine` must make real numbers"),
        (own(lambda a: "x"), "`mine` must make real numbers"),
        (own(lambda a: a["nothing"]), "`averages` must be asked for one of .* 'nothing'"),
        (own(lambda a: a["mine"]), "`mine` must be made without itself"),
        (own(lambda a: a["sz"], "sz"), "`name` must be none of the names of results"),
        (own(lambda a: a["sz"], "diverged"), "`name` must be none of the names of results"),
        (own(lambda a: a["sz"], "trajectories"), "`name` must be none of the names of results"),
        (own(lambda a: a["sz"], "time"), "`name` must be none of the names of results"),
        (own(lambda a: a["sz"], "member"), "`name` must be none of the names of results"),
        (own(lambda a: a["sz"], "my_se"), "`name` must not end as those of standard errors"),
        (own(lambda a: a["sz"], "a b"), "`name` must be an identifier"),
        (own(None), "`finish` must be a function"),
        (own(lambda a: a["sz"], dims=("member",)), r"`dims` must be \(\) or \('site',\)"),
        (own(lambda a: a.spins["z"], dims=("site",)), '`observables` must name "sites" too'),
    ],
)
def test_observables_that_are_refused(observable, message):
    with pytest.raises(twoqs.ArgumentError, match=message):
        run(observables=[observable])


def test_observables_at_sites():
    at_sites = own(lambda averages: averages.spins["z"], dims=("site",))
    found = run(observables=["sites", at_sites])
    xr.testing.assert_equal(found.mine.drop_attrs(), found.sz_site.drop_attrs().rename("mine"))
    with pytest.raises(twoqs.ArgumentError, match="`name` must be none of the names"):
        run(observables=["sites", at_sites, at_sites])
