"""Functions of averages: known identities, errors by the jackknife, and after the fact."""

from __future__ import annotations

import numpy as np
import pytest
from sweeps import small, sweep

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.methods.numerics import Numerics, point_id, resolve
from twoqs.sweep import Sweep

MODEL = twoqs.Model(10, twist=(5, 0, 0), decay=0.1)


def simulated(derived, **more):
    return twoqs.simulate(MODEL, times=[0, 0.1], trajectories=512, derived=derived, seed=1, **more)


def test_the_length_of_a_spin_is_known() -> None:
    """<S^2> = S(S+1): exact for vectors of fixed length, so its error is rounding."""
    squares = " + ".join(f"var_s{a} + s{a}**2" for a in "xyz")
    ds = simulated({"whole": squares, "half": "whole/2"})
    assert np.allclose(ds.whole, 110, rtol=1e-12)
    assert np.allclose(ds.half, 55, rtol=1e-12)
    assert float(ds.whole_se.max()) < 1e-9


def test_errors_are_those_of_the_jackknife() -> None:
    """A formula for what has a variable of its own has its value and error, too."""
    ds = simulated({"ratio": "var_sx/(spin/2)", "square": "sz**2"})
    assert np.allclose(ds.ratio, ds.var_sx / 5, rtol=1e-12)
    assert np.allclose(ds.ratio_se, ds.var_sx_se / 5, rtol=1e-9)
    # To first order in the error, of one part in some hundred here.
    assert np.allclose(ds.square_se, 2 * abs(ds.sz) * ds.sz_se, rtol=0.02)
    # Negative control: the square of the estimate is biased by its variance, the jackknife is not.
    assert np.all(ds.sz**2 - ds.square > 0.5 * ds.sz_se**2)


def test_dimensions_are_joined() -> None:
    a, b = twoqs.Spin(4, name="a"), twoqs.Spin(3, name="b")
    model = twoqs.Model(hamiltonian=0.1 * a.x * b.x + a.z, initial="up")
    asked = {"tot": {"total": True}}
    derived = {"share": "sz/tot_sz", "more": "spin*tot_sz + sz*0"}
    ds = twoqs.simulate(
        model, times=[0, 1], trajectories=64, observables=asked, derived=derived, seed=1
    )
    assert ds.share.dims == ("time", "member")
    assert np.allclose(ds.share, ds.sz / ds.tot_sz, rtol=1e-2)
    assert ds.more.dims == ("time", "member")


def test_it_is_no_part_of_the_identity() -> None:
    plain = resolve(MODEL, Numerics(times=(0.0, 1.0)))
    with_it = resolve(MODEL, Numerics(times=(0.0, 1.0), derived=(("a", "sz/spin"),)))
    assert point_id(MODEL, plain) == point_id(MODEL, with_it)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("derived") / "s"
    carry_out(sweep(), path, Workers(0), quiet=True)
    return path


def test_after_the_fact_it_is_what_a_run_gives(store, tmp_path) -> None:
    formula = "sz/spin + var_sx"
    carry_out(Sweep.from_dict(small(numerics__derived={"q": formula})), tmp_path / "s", Workers(0),
        quiet=True)  # fmt: skip
    before = twoqs.open(tmp_path / "s")
    later = twoqs.open(store).twoqs.derive(q=formula)
    for name in ("q", "q_se"):
        assert np.array_equal(later[name], before[name])
        assert later[name].dims == before[name].dims
    dim = before.q.dims[0]
    part = twoqs.open(store).isel({dim: 1}).twoqs.derive(q=formula)
    assert np.array_equal(part.q, before.q.isel({dim: 1}))


def test_a_store_goes_on_with_new_formulas(store) -> None:
    """They change no record: nothing is computed again but the merged dataset."""
    carry_out(
        Sweep.from_dict(small(numerics__derived={"q": "sz/spin"})), store, Workers(0), quiet=True
    )
    assert "q" in twoqs.open(store)


def test_show_takes_formulas(store, capsys) -> None:
    assert main(["show", str(store), "--expr", "sz/spin", "--expr", "k=sz*2"]) == 0
    printed = capsys.readouterr().out
    assert "sz_spin" in printed
    assert " k " in printed
    assert main(["show", str(store), "--expr", "szz/spin"]) == 2
    assert "did you mean `sz`" in capsys.readouterr().err


BAD = {
    "szz": "did you mean `sz`",
    "sz**": "be a formula",
    "sz@2": "at character 3",
    "exp(sz, 1)": "give `exp` 1",
    "squeezing_optimum": "name variables",
    "sz.real": "be a formula of variables",
    "[1, 2]": "be a formula of variables",
    "(" * 150 + "sz" + ")" * 150 + "**" * 40: "derived.a",
    "True": "be a formula of variables",
    "-" * 400 + "sz": "nested",
    "sz if sz else sx": "be a formula",
    "lambda: sz": "derived.a",
    "open(sz)": "be a formula of variables",
    "": "be a formula",
    "sz[0]": "be a formula of variables",
    "sz and sx": "be a formula of variables",
}


@pytest.mark.parametrize("formula", BAD, ids=range(len(BAD)))
def test_bad_formulas_are_told_in_one_line(formula: str) -> None:
    with pytest.raises(ArgumentError, match="derived") as caught:
        simulated({"a": formula})
    assert BAD[formula] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("derived", [{"sz": "sx"}, {"a_se": "sx"}, ["sz"], {"a": 3}, {"1": "sz"}])
def test_bad_names_too(derived) -> None:
    with pytest.raises(ArgumentError, match="derived"):
        simulated(derived)


def test_a_result_without_a_store_says_what_to_do() -> None:
    with pytest.raises(ArgumentError, match="takes `derived=` itself"):
        simulated({"a": "sz"}).twoqs.derive(b="sz")
