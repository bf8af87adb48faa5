"""Expectation values of expressions along a run: what is known, exact results, merging."""

from __future__ import annotations

import numpy as np
import pytest
import qutip
from sweeps import merged_bytes, small

import twoqs
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import SamplesOfCall
from twoqs.observe import read
from twoqs.observe.expectation import Expectation
from twoqs.sweep import Sweep
from twoqs.sweep.problems import SpecError


def test_what_is_known_otherwise() -> None:
    """Means, squares and products of members equal those of moments and of the total spin."""
    a, b = twoqs.Spin(10, name="a"), twoqs.Spin(7, name="b")
    lam = twoqs.Parameter("lam", -0.3)
    model = twoqs.Model(
        hamiltonian=lam * a.x * b.x + 0.2 * a.z, jumps=[twoqs.jump(a.minus, rate=0.02)]
    )
    asked = {
        "mean": "a.z", "square": "a.x**2", "scaled": "lam*b.y/2 + 1", "lower": "a.minus",
        "operator": lam * a.x * a.x, "both": "(a.x + b.x)**2", "tot": {"total": True},
    }  # fmt: skip
    ds = twoqs.simulate(model, times=[0, 1], trajectories=256, observables=asked, seed=1)
    at_a, at_b = ds.sel(member="a"), ds.sel(member="b")
    close = {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(ds["mean"], at_a.sz, **close)
    np.testing.assert_allclose(ds.mean_se, at_a.sz_se, **close)
    np.testing.assert_allclose(ds.scaled, 1 - 0.15 * at_b.sy, **close)
    np.testing.assert_allclose(ds.lower_re, at_a.sx, **close)
    np.testing.assert_allclose(ds.lower_im, -at_a.sy, **close)
    np.testing.assert_allclose(ds.operator, -0.3 * ds.square, **close)
    # Variances have their bias removed by the jackknife, the square of the error of the mean.
    np.testing.assert_allclose(ds.square, at_a.var_sx + at_a.sx**2 - at_a.sx_se**2, **close)
    np.testing.assert_allclose(ds.both, ds.tot_var_sx + ds.tot_sx**2 - ds.tot_sx_se**2, **close)
    assert ds.square.attrs["long_name"] == "<a.x ** 2>"


def test_products_of_sums_over_bonds() -> None:
    spin = 4
    chain = twoqs.Model(
        spin, lattice=twoqs.chain(2, periodic=False), coupling=(1.0, 0.4, 0), field=(0.6, 0, 0.4),
        decay=1.0,
    )  # fmt: skip
    energy = "(bonds(sites.x, sites.x) - 0.7*bonds(sites.z, sites.z) + 2*sites.z + 1)"
    asked = {
        "square": f"{energy}**2", "again": f"sym({energy}*{energy})", "own": "each(sites.x**2)**2",
        "other": f"sym(bonds(sites.y, sites.z)*{energy})",
    }  # fmt: skip
    settings = {"times": [0, 0.7], "observables": asked}
    ds = twoqs.simulate(chain, **settings, trajectories=1024, seed=1)
    exact = twoqs.exact(chain, **settings)
    assert np.allclose(ds.again, ds.square, rtol=1e-12)
    for name in ("square", "other"):
        # 3 standard errors, and at the later time 0.02 S^4 of the truncation.
        off = np.abs(ds[name] - exact[name]) - 3 * ds[f"{name}_se"]
        assert np.all(off <= [0, 0.02 * spin**4]), (name, off)
        assert "relative order" not in ds[name].long_name
    # Squares at one site are left in phase space: 1/4 of what S^2 is there.
    assert np.all(abs(ds.own - exact.own) - 3 * ds.own_se <= 8)
    assert "relative order 1/S^2" in ds.own.long_name
    assert abs(ds.other + exact.other)[1] > 0.5 * spin**2 + 3 * ds.other_se[1]


FORMULAS = {"third": "spin.z**2*spin.y", "pairs": "spin.plus**2*spin.minus**2"}


def test_a_driven_spin_against_the_master_equation() -> None:
    """S = 10: 0.02 of S^3 and S^4, of the truncation and 1/S^2, and 3 standard errors."""
    times = np.linspace(0, 4, 9)
    model = twoqs.Model(spin=10, field=(1.5, 0, 0), decay=1.0)
    found = twoqs.simulate(model, times=times, trajectories=1024, seed=2, observables=FORMULAS)
    energy, jumps = model.to_qutip()
    z, y, up = (qutip.jmat(10, axis) for axis in "zy+")
    exact = qutip.mesolve(
        energy,
        qutip.basis(21, 20) * qutip.basis(21, 20).dag(),
        times,
        jumps,
        e_ops=[z * z * y, up * up * up.dag() * up.dag(), y * z * z],
    ).expect
    third, error = found.third_re + 1j * found.third_im, 3 * found.third_re_se
    assert np.all(abs(third - exact[0]) < 0.02 * 10**3 + error)
    assert np.all(abs(found.pairs - exact[1]) < 0.02 * 10**4 + 3 * found.pairs_se)
    # Negative control: without what the commutators leave, of relative order 1/S.
    s = {axis: found[f"s{axis}"] for axis in "xyz"}
    plain = (s["x"] ** 2 + s["y"] ** 2 + found.var_sx + found.var_sy) ** 2
    assert np.any(abs(plain - exact[1]) > 0.02 * 10**4 + 3 * found.pairs_se)


def test_trajectories_that_are_lost_count_for_nothing() -> None:
    """A constant is a constant, whatever becomes of the trajectories."""
    model, request = twoqs.Model(spin=4), Expectation("one", "spin.z + 1")
    parts = {"re": np.zeros((4, 2))}
    numerics = Numerics(times=(0.0, 1.0), requests=(request,))
    accumulator = request.accumulator(model, numerics, parts)
    finite = np.ones(64)
    finite[[3, 17, 18]] = 0.0
    bloch, fields = np.zeros((4, 1, 64)), np.zeros((0, 2, 64))
    accumulator.add_all(SamplesOfCall(1, (1.0,), (1,), bloch[None], finite[None], fields[None]))
    np.testing.assert_array_equal(parts["re"], [[0, 15], [0, 14], [0, 16], [0, 16]])


def test_a_sweep_is_the_same_for_any_workers(tmp_path) -> None:
    """Of a scheme on spinors, too; of what it has no symbol of it says so at the line."""
    spec = small(numerics__observables={"sites": True, "square": "spin.z*spin.minus"})
    sweep = Sweep.from_dict(spec)
    carry_out(sweep, tmp_path / "a", Workers(0), quiet=True)
    carry_out(sweep, tmp_path / "b", Workers(2, threads=True), quiet=True)
    assert merged_bytes(tmp_path / "a") == merged_bytes(tmp_path / "b")
    assert np.isfinite(twoqs.open(tmp_path / "a").square_im_se).all()
    wanted = r"`numerics.observables.m.*` must have at most two components .* \"pda\""
    with pytest.raises(SpecError, match=wanted):
        Sweep.from_dict(small(numerics__observables={"m": "spin.z**3"}))


def test_a_function_of_expectation_values() -> None:
    """Binder's cumulant of S^x of a mixed spin: <x^4>/<x^2>^2 is (9 - 3/X)/5, X = S(S+1)."""
    ds = twoqs.simulate(
        twoqs.Model(5, initial=twoqs.mixed()), times=[0], trajectories=1024, seed=1,
        observables={"m2": "spin.x**2", "m4": "spin.x**4"},
        derived={"binder": "1 - m4/(3*m2**2)"},
    ).isel(time=0)  # fmt: skip
    exact = 1 - (9 - 3 / 30) / 5 / 3
    assert abs(ds.binder - exact) < 3 * ds.binder_se + 1e-9


def test_files_and_python_say_the_same() -> None:
    _, (one,) = read({"m": "a.x**3"})
    _, (other,) = read({"m": {"expectation": "a.x**3"}})
    assert one == other
    assert one.text == '{"m":{"expectation":"a.x**3"}}'


@pytest.mark.parametrize(
    ("observables", "told"),
    [
        ({"m": "spin.x**5"}, "`observables.m.exponent` must be a whole number from 1 to 4"),
        (
            {"m": "2*spn.x"},
            "(did you mean `spin`?) at character 5, but got 'spn', in '2 * spn.x'.",
        ),
        ({"m": "3"}, "`observables.m` must be an operator"),
        ({"m": {"expectation": 3}}, "`observables.m.expectation` must be a formula"),
        ({"m": {"expectation": "spin.x", "bins": 3}}, "have no `bins`"),
        ({"sz": "spin.x"}, "names that no result has"),
        ({"m": "spin.x*"}, "`observables.m` must be a formula"),
    ],
)
def test_bad_expectations_are_told_in_one_line(observables, told: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        twoqs.simulate(
            twoqs.Model(4, decay=1), times=[0, 1], trajectories=64, observables=observables
        )
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
