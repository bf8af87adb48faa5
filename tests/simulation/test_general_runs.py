"""Models that keywords cannot say, run and held against the master equation.

Tolerances are the bias of the method, in units of S and S^2, as it was measured; to each come
three standard errors.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr
from general import BATH, TIMES, A, B, S, run

import twoqs
from twoqs import Model, Sites, Spin, bonds, chain, coherent, each, jump
from twoqs.look.per_spin import over_spin
from twoqs.look.unphysical import spins, unphysical, unphysical_reasons
from twoqs.measure.accuracy import accuracy_note
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.batch import batch_trajectories
from twoqs.simulation.canonical import model_text
from twoqs.sweep.settings import build_model
from twoqs.theory import evolve

MOMENTS = {"sx": 1, "sy": 1, "sz": 1, "var_sx": 2, "var_sy": 2, "var_sz": 2, "cov_sxsy": 2}


def excess(model: Model, found: xr.Dataset, exact: xr.Dataset) -> float:
    """Largest deviation beyond three standard errors, in units of S and S^2."""
    sizes = spins(found)
    off = [
        (abs(found[name] - exact[name]) - 3 * found[f"{name}_se"]) / sizes**power
        for name, power in MOMENTS.items()
    ]
    return max(float(one.max()) for one in off)


# --- Against the master equation ------------------------------------------------------------------

TEN, C, D, E, F = Spin(10, "a"), Spin(6, "a"), Spin(6, "b"), Spin(4, "a"), Spin(4, "b")
CASES = {
    # name: (model, times, tolerance)
    "mixed jump": (
        Model(jumps=[jump(np.cos(0.4) * TEN.minus + np.sin(0.4) * TEN.plus, 0.05)], initial="up"),
        [0, 1, 2, 4, 8],
        0.01,
    ),
    "common bath": (BATH, [0, 2, 8, 16], 0.03),  # its dark state at the end
    "cascade": (
        Model(
            hamiltonian=0.4 * (C.x + D.x) + 1j / 12 * (C.plus * D.minus - C.minus * D.plus),
            jumps=[jump(C.minus + D.minus, 1 / 12)],
        ),
        [0, 1, 2, 4],
        0.03,
    ),
    "Dzyaloshinskii-Moriya": (
        Model(
            hamiltonian=0.1 * (E.x * F.y - E.y * F.x) + 0.3 * E.x,
            jumps=[jump(E.minus, 1 / 8), jump(F.minus, 1 / 8)],
            initial={"a": "up", "b": coherent(1.0, 0.5)},
        ),
        [0, 1, 2, 4],
        0.02,
    ),
    "chain": (
        Model(
            hamiltonian=0.2 * bonds(S.x, S.y, directed=True) + 0.1 * bonds(S.z, S.z),
            jumps=[jump(each(S.minus), 0.25)],
            initial="up",
        ),
        [0, 0.5, 1, 2],
        0.03,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_against_the_master_equation(case):
    model, times, tolerance = CASES[case]
    found = run(model, times=times, trajectories=4096, observables=["sites"])
    assert excess(model, found, evolve(model, times)) < tolerance
    if len(model.members) == model.n_sites > 1:
        assert not found.sz_site.isnull().any()
        np.testing.assert_allclose(found.sz_site.values, found.sz.values, rtol=1e-12)


@pytest.mark.parametrize(
    ("case", "spoilt"),
    [
        ("common bath", {"jumps": [jump(A.minus, 0.1), jump(B.minus, 0.1)]}),
        ("mixed jump", {"jumps": [jump(TEN.minus, 0.05)]}),
        ("Dzyaloshinskii-Moriya", {"hamiltonian": 0.1 * (E.x * F.y + E.y * F.x) + 0.3 * E.x}),
    ],
)
def test_what_is_slightly_wrong_is_seen(case, spoilt):
    """Negative control: two baths for one, a part of a jump left out, a sign of the coupling."""
    model, times, tolerance = CASES[case]
    kept = {"hamiltonian": model.hamiltonian, "jumps": model.jumps} | spoilt
    other = Model(members=model.members, initial=model.initial, **kept)
    found = run(other, times=times, trajectories=1024)
    assert excess(model, found, evolve(model, times)) > 2 * tolerance


def test_the_first_of_a_cascade_feels_nothing_of_the_second():
    model, times, tolerance = CASES["cascade"]
    alone = Model(hamiltonian=0.4 * C.x, jumps=[jump(C.minus, 1 / 12)])
    found = run(model, times=times, trajectories=4096).sel(member="a")
    exact = evolve(alone, times)
    assert np.all(abs(found.sy - exact.sy) < tolerance * 6 + 3 * found.sy_se)


def test_correlations_of_a_chain():
    model, times, _ = CASES["chain"]
    found = run(model, times=times, trajectories=4096, observables=["sites", "correlation"])
    exact = evolve(model, times)
    for name in ("correlation", "correlation_xx", "correlation_yy", "correlation_zz"):
        off = abs(found[name] - exact[name]) - 3 * found[f"{name}_se"]
        assert float(off.max()) < 0.03 * 2**2
    assert found.sz_site.sizes == {"time": 4, "site": 3}
    np.testing.assert_allclose(found.sz_site.mean("site"), found.sz, rtol=1e-12)


def test_sites_and_a_spin():
    pair, c = Sites(Spin(2), chain(2, periodic=False), "s"), Spin(2.5, "c")
    model = Model(
        hamiltonian=0.1 * (pair.x * c.x + pair.y * c.y) + 0.3 * c.x,
        jumps=[jump(each(pair.minus), 0.25)],
        initial={"s": "up"},
        members=[pair, c],
    )
    found = run(model, trajectories=4096, observables=["sites"])
    assert found.sizes == {"time": 3, "member": 2, "site": 3}
    assert excess(model, found, evolve(model, TIMES)) < 0.03
    np.testing.assert_allclose(found.sz_site[:, :2].mean("site"), found.sz.sel(member="s"))
    shares = over_spin(found, ["sz", "sz_site", "var_sx"])
    np.testing.assert_array_equal(shares.sz_site[:, 2], found.sz_site[:, 2] / 2.5)
    np.testing.assert_array_equal(shares.sz_site[:, 0], found.sz_site[:, 0] / 2)
    np.testing.assert_array_equal(
        shares.var_sx.sel(member="c"), found.var_sx.sel(member="c") / 2.5**2
    )


def test_uncoupled_members_are_two_runs():
    both = Model(jumps=[jump(A.minus, 0.1), jump(B.minus + 0.3 * B.z, 0.05)], initial="up")
    found = run(both, trajectories=2048)
    for member in (A, B):
        jumps = [one for one in both.jumps if member.name in one.operator.members]
        alone = run(Model(jumps=jumps, initial="up"), trajectories=2048, seed=2)
        one = found.sel(member=member.name)
        for name in ("sz", "var_sx", "var_sz"):
            noise = np.hypot(one[f"{name}_se"], alone[f"{name}_se"])
            # 27 comparisons: four standard errors of the difference.
            assert np.all(abs(one[name] - alone[name]) <= 4 * noise + 1e-12)


# --- Runs -----------------------------------------------------------------------------------------


def test_single_precision_is_as_good():
    model, times, tolerance = CASES["common bath"]
    # Errors of the step are not looked at; they take a kernel of their own.
    found = run(model, times=times, trajectories=4096, precision="single", budget=())
    assert excess(model, found, evolve(model, times)) < tolerance


def test_seeds():
    one, same, other = run(), run(), run(seed=2)
    xr.testing.assert_equal(one, same)
    assert not one.sz[1:].equals(other.sz[1:])


def test_trajectories_are_whole_batches_and_the_first_stay():
    per_batch = batch_trajectories(BATH, resolve(BATH, Numerics(times=(0.0, 1.0, 2.0))))
    one, more = run(trajectories=1), run(trajectories=per_batch + 1)
    assert int(one.trajectories) == per_batch
    assert int(more.trajectories) == 2 * per_batch
    xr.testing.assert_equal(one, run(trajectories=per_batch))


def test_windows_have_no_time():
    found = run(times=None, average=(1, 3), observables=["sites"])
    assert found.sizes == {"member": 2, "site": 2}
    assert found.sz.dims == ("member",)


def test_what_a_result_says():
    found = run()
    assert build_model(found.attrs["model"]).digest == BATH.digest
    listed = Model(jumps=BATH.jumps, members=[B, A])
    assert build_model(model_text(listed)) == listed, "members stay in their order"
    assert found.attrs["title"] == "2 spins, S = 3, 6"
    assert found.member.values.tolist() == ["a", "b"]
    assert "squeezing" not in found
    assert found.diverged.dims == ("time",)
    single = run(CASES["mixed jump"][0])
    assert "member" not in single.dims
    assert "squeezing" in single


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scheme": "pda"}, "`hamiltonian` must be left out for the scheme 'pda'"),
        ({"scheme": "pda", "representation": "P"}, "`hamiltonian` must be left out for the scheme"),
        ({"scheme": "pda", "representation": "Q"}, "`hamiltonian` must be left out for the scheme"),
        ({"scheme": "euler-maruyama", "step": 1e-3}, "left out for the scheme 'euler-maruyama'"),
        ({"representation": "P"}, '`representation` must be "W"'),
        ({"step": 5}, r"`step` must be at most .* the fastest rate of this model is"),
        ({"observables": ["correlation"]}, '`observables` must not name "correlation"'),
    ],
)
def test_what_is_refused(settings, message):
    model = Model(hamiltonian=0.2 * A.x * B.x, jumps=[jump(A.minus + B.minus, 0.1)])
    with pytest.raises(twoqs.ArgumentError, match=message):
        run(model, **settings)


def test_methods_without_general_models_refuse_each_kind():
    for model, what in {
        BATH: "jumps",
        Model(members=[A, B]): "members",
        Model(hamiltonian=bonds(S.x, S.y)): "hamiltonian",
    }.items():
        with pytest.raises(twoqs.ArgumentError, match=f"`{what}` must be left out for the scheme"):
            run(model, method=twoqs.PDA())


# --- Short spins, and values of no state ----------------------------------------------------------


def kinds(short: Spin) -> dict[str, Model]:
    big = Spin(10, "big")
    return {
        "field": Model(hamiltonian=big.x + short.x),
        "Hermitian bath": Model(jumps=[jump(1j * big.x + 1j * short.z)]),
        "jump of another": Model(members=[big, short], jumps=[jump(big.minus)]),
        "twist of another": Model(members=[big, short], hamiltonian=big.x**2),
        "jump": Model(members=[big, short], jumps=[jump(short.minus)]),
        "mixed jump": Model(members=[short], jumps=[jump(short.minus + short.z)]),
        "tensor": Model(members=[short], hamiltonian=short.x * short.y + short.y * short.x),
        "bath": Model(jumps=[jump(big.minus + short.minus)]),
        "coupling": Model(hamiltonian=0.1 * big.x * short.y),
    }


ERR = {0.5: ("jump", "mixed jump", "tensor", "bath", "coupling"), 1: ("tensor", "bath", "coupling"),
       1.5: ("bath", "coupling"), 2: ()}  # fmt: skip


@pytest.mark.parametrize("spin", ERR)
def test_each_member_is_looked_at(spin):
    for name, model in kinds(Spin(spin, "short")).items():
        said = accuracy_note(model, resolve(model, Numerics(times=(0.0, 0.1))))  # before folds
        assert (said is not None) == (name in ERR[spin]), name
        if said is not None:
            assert f"Spins of length {spin:g} " in said
            assert ("(of `short`)" in said) == (len(model.members) > 1)


def test_a_run_warns():
    with pytest.warns(twoqs.AccuracyWarning, match=r"length 1 \(of `short`\) are too short"):
        run(kinds(Spin(1, "short"))["bath"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(kinds(Spin(2, "short"))["bath"])


def test_each_member_has_its_own_length():
    found = run(trajectories=512)
    assert not unphysical(found).any()
    assert spins(found).values.tolist() == [3, 6]
    assert float(spins(found.sel(member="b"))) == 6
    spoilt = found.assign(sz=found.sz + 3 * np.sign(found.sz))
    wrong = unphysical(spoilt)
    assert wrong.dims == ("time", "member")
    assert wrong.sel(time=0).all()
    # Longer than 3 but not than 6: only one of them is too long.
    longer = found.assign(sz=xr.full_like(found.sz, 5.0), sz_se=xr.full_like(found.sz, 0.01))
    assert unphysical_reasons(longer).isel(time=0).values.tolist() == [2, 0]
    assert unphysical(longer.sel(member="b")).sum() == 0
    assert unphysical(longer.sel(member="a")).all()
    with pytest.raises(twoqs.ArgumentError, match="`data` must have the coordinate `member`"):
        unphysical(found.isel(member=0, drop=True))
