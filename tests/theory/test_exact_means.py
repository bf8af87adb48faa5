"""Exact results of what is measured at one time, against matrices written by hand."""

from __future__ import annotations

import numpy as np
import pytest
import qutip

import twoqs
from twoqs.errors import ArgumentError
from twoqs.theory import evolve, steady_state

A, B, C = twoqs.Spin(1.5, "a"), twoqs.Spin(1, "b"), twoqs.Mode("c")
PAIR = twoqs.Model(
    hamiltonian=0.7 * A.x * B.x + 0.3 * A.z + 0.8 * A.x,
    jumps=[twoqs.jump(A.minus + 0.5j * B.minus, 0.2, label="out")],
    initial="up",
)
TIMES = [0.0, 0.4, 1.1]
DRIVEN = twoqs.Model(hamiltonian=1.2 * (C.a + C.adag), jumps=[twoqs.jump(C.a, 0.5, label="out")])


def states(times):
    """Density matrices of `PAIR` by QuTiP, and its operators."""
    (a, b), one = ([qutip.jmat(s, k) for k in "xyz"] for s in (1.5, 1)), qutip.qeye
    ax, ay, az = (qutip.tensor(k, one(3)) for k in a)
    bx, by, bz = (qutip.tensor(one(4), k) for k in b)
    c = ax - 1j * ay + 0.5j * (bx - 1j * by)
    up = qutip.tensor(qutip.basis(4, 0), qutip.basis(3, 0))
    energy, options = 0.7 * ax * bx + 0.3 * az + 0.8 * ax, {"rtol": 1e-10, "atol": 1e-12}
    found = qutip.mesolve(energy, up, times, [np.sqrt(0.4) * c], options=options).states
    return found, (ax, ay, az), (bx, by, bz), c


def test_formulas_are_products_in_their_order() -> None:
    formulas = {
        "order": "a.x*a.y*a.x*b.z", "other": "a.x*a.x*a.y*b.z", "even": "sym(a.z*a.z*a.x)",
    }  # fmt: skip
    found = twoqs.exact(PAIR, times=TIMES, observables=formulas)
    rhos, (ax, ay, az), (_, _, bz), _ = states(TIMES)
    order = qutip.expect(ax * ay * ax * bz, rhos)
    other = qutip.expect(ax * ax * ay * bz, rhos)
    even = qutip.expect((az * az * ax + az * ax * az + ax * az * az) / 3, rhos)
    assert np.allclose(found.order, order, atol=1e-8)  # QuTiP's tolerance
    assert np.allclose(found.other_re + 1j * found.other_im, other, atol=1e-8)
    assert np.allclose(found.even, even, atol=1e-8)
    # Negative control: the order matters.
    assert np.max(np.abs(found.other_re + 1j * found.other_im - order)) > 0.1


def test_emission_and_total_spin() -> None:
    asked = {
        "flux": {"flux": "out"}, "pairs": {"coincidence": "out"},
        "tot": {"total": [["a", "b"], "b"]},
    }  # fmt: skip
    found = twoqs.exact(PAIR, times=TIMES, observables=asked, derived={"ratio": "flux/tot_sz"})
    rhos, a, b, c = states(TIMES)
    flux = 0.4 * qutip.expect(c.dag() * c, rhos)
    assert np.allclose(found.flux, flux, atol=1e-8)
    pairs = qutip.expect(c.dag() * c.dag() * c * c, rhos)
    assert np.allclose(found.pairs, pairs / (flux / 0.4) ** 2, atol=1e-7)
    x, z = a[0] + b[0], a[2] + b[2]
    mean_x, mean_z = qutip.expect(x, rhos), qutip.expect(z, rhos)
    assert np.allclose(found.tot_sz[:, 0], mean_z, atol=1e-8)
    assert np.allclose(found.tot_sz[:, 1], qutip.expect(b[2], rhos), atol=1e-8)
    both = qutip.expect((x * z + z * x) / 2, rhos) - mean_x * mean_z
    assert np.allclose(found.tot_cov_sxsz[:, 0], both, atol=1e-7)
    assert np.allclose(found.ratio.sel(tot_group="a+b"), flux / mean_z, atol=1e-7)


def test_mean_output_is_an_average_since_the_time_before() -> None:
    found = twoqs.exact(PAIR, times=TIMES, observables={"out": {"field": "out"}})
    fine = np.linspace(0, 1.1, 1101)
    rhos, *_, c = states(fine)
    means = np.sqrt(0.4) * qutip.expect(c, rhos)
    assert np.isnan(found.out_re[0])
    for k, (start, end) in enumerate(((0, 400), (400, 1100)), start=1):
        mean = np.trapezoid(means[start : end + 1]) / (end - start)
        value = complex(found.out_re[k], found.out_im[k])
        assert value == pytest.approx(mean, abs=1e-6)  # of the trapezoidal rule


def test_mean_output_of_a_jump_whose_rate_is_pulsed() -> None:
    rate = twoqs.Parameter("rate", twoqs.ramp(0, 1, before=0.1, after=0.4))
    model = twoqs.Model(
        hamiltonian=C.a + C.adag, jumps=[twoqs.jump(C.a, rate, label="out")],
    )  # fmt: skip
    found = twoqs.exact(model, times=[1.0], observables={"out": {"field": "out"}})
    fine = np.linspace(0, 1, 2001)
    a_im = evolve(model, fine).a_im.values
    mean = np.trapezoid(np.sqrt(2 * (0.1 + 0.3 * fine)) * a_im, fine)
    assert float(found.out_im[0]) == pytest.approx(mean, abs=1e-6)


def test_modes_are_exact_up_to_the_last_level() -> None:
    """A coherent state: normally ordered products are powers of its amplitude."""
    alpha = -2.4j
    formulas = {"normal": "c.adag**2*c.a**2", "anti": "c.a**2*c.adag**2", "odd": "c.n*c.a"}
    found = twoqs.exact(DRIVEN, average=(10, 20), observables=formulas)
    n = abs(alpha) ** 2
    # The cut leaves a population of 1e-6 beyond it.
    assert float(found.normal) == pytest.approx(n**2, rel=1e-4)
    assert float(found.anti) == pytest.approx(n**2 + 4 * n + 2, rel=1e-4)
    assert complex(found.odd_re, found.odd_im) == pytest.approx(n * alpha, rel=1e-4)


def test_sums_over_sites_and_bonds() -> None:
    spins = twoqs.Sites(twoqs.Spin(0.5), twoqs.chain(3), "s")
    model = twoqs.Model(
        hamiltonian=twoqs.bonds(spins.x, spins.x) + 0.5 * spins.z,
        jumps=[twoqs.jump(twoqs.each(spins.minus), 0.3, label="out")],
    )
    asked = {
        "pairs": "bonds(s.x, s.x)", "first": "s[0].x*s[1].x", "flux": {"flux": "out"},
        "square": "s.z**2",
    }  # fmt: skip
    found = twoqs.exact(model, average=(10, 20), observables=["sites", asked])
    assert found.sz_site.dims == ("site",)
    assert float(found.sz_site.mean()) == pytest.approx(float(found.sz))
    assert float(found.pairs) == pytest.approx(3 * float(found.first))
    assert float(found.flux) == pytest.approx(0.6 * 3 * (0.5 + float(found.sz)))
    assert float(found.square) > 0.7


def test_the_form_is_that_of_a_simulation() -> None:
    asked = ["sites", {"e": "a.x*b.x", "tot": {"total": ["a", "b"]}, "out": {"field": "out"}}]
    settings = {"times": [0, 0.5], "observables": asked, "derived": {"twice": "2*e"}}
    found = twoqs.exact(PAIR, **settings)
    with pytest.warns(twoqs.AccuracyWarning):
        other = twoqs.simulate(PAIR, trajectories=64, **settings)
    assert {*found.data_vars} <= {*other.data_vars}
    missing = {n for n in other.data_vars if f"{n}_se" in other} - {*found.data_vars}
    assert missing == {"spin_length", "spin_length_std"}
    for name, variable in found.variables.items():
        assert variable.dims == other[name].dims, name
        assert variable.dtype == other[name].dtype, name
        for key in ("long_name", "units"):
            assert variable.attrs[key] == other[name].attrs[key], name


def test_without_requests_it_is_evolve_and_steady_state() -> None:
    rest, moving = steady_state(DRIVEN), evolve(DRIVEN, [0, 1])
    for found, other in ((twoqs.exact(DRIVEN, average=(0, 1)), rest),
                         (twoqs.exact(DRIVEN, times=[0, 1]), moving)):  # fmt: skip
        assert all(
            np.array_equal(found[name], other[name], equal_nan=True) for name in other.data_vars
        )


def test_what_has_no_exact_result_is_left_out() -> None:
    own = twoqs.Observable("own", "own", "1", 0, lambda averages: averages["sz"])
    with pytest.warns(RuntimeWarning, match="no exact result for `own`"):
        found = twoqs.exact(twoqs.Model(2, decay=1), times=[0, 1], observables=[own])
    assert found.left_out == "own"
    assert "own" not in found


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"times": [0, 1], "average": (0, 1)}, "one and only one"),
        ({"times": [0, 1], "observables": {"s": {"spectrum": "out"}}}, "a window of equal bins"),
        ({"times": [0, 1], "observables": {"s": {"flux": "uot"}}}, "name labels of jumps"),
        ({"times": [0, 1], "limit": 3}, "at most 3 dimensions"),
        ({"times": [0, 1], "derived": {"r": "sz/nothing"}}, "name variables of the result"),
    ],
)
def test_arguments_that_cannot_be_used(settings, text) -> None:
    with pytest.raises(ArgumentError, match=text):
        twoqs.exact(PAIR, **settings)
