"""What is measured of modes, at time 0 against operators, and over which members it is."""

from __future__ import annotations

import numpy as np
import pytest
import qutip
import xarray as xr

import twoqs
from twoqs import Ensemble, Mode, Model, Observable, Sites, Spin, chain, each, gaussian, jump
from twoqs.measure import OF_MODES, error_name

A, B, C, D = (Mode(name) for name in "abcd")
STATES = {
    "a": gaussian(0.8 - 0.5j),
    "b": gaussian(n=0.7),
    "c": gaussian(0.6 + 0.4j, n=0.2, r=0.4, angle=1.0),
    "d": gaussian(r=0.5),
}
LEVELS = 60
"""Photon numbers of the matrices: the last one has a population below 1e-10 in these states."""

NAMES = ("n", "a_re", "a_im", "var_q", "var_p", "cov_qp", "var_n", "g2")


@pytest.fixture(scope="module")
def start() -> xr.Dataset:
    """Four modes at time 0."""
    model = Model(hamiltonian=A.n + B.n + C.n + D.n, initial=STATES)
    return twoqs.simulate(model, times=[0], trajectories=8192, seed=3).isel(time=0)


def exact(state) -> dict[str, float]:
    """Of D(alpha) S(xi) rho_n, with QuTiP's q and p."""
    a, q, p = qutip.destroy(LEVELS), qutip.position(LEVELS), qutip.momentum(LEVELS)
    shift = qutip.displace(LEVELS, state.alpha) * qutip.squeeze(
        LEVELS, state.r * np.exp(1j * state.angle)
    )
    rho = shift * qutip.thermal_dm(LEVELS, state.n) * shift.dag()
    assert rho[LEVELS - 1, LEVELS - 1].real < 1e-10

    def mean(operator):
        return qutip.expect(operator, rho).real

    n = a.dag() * a
    amplitude = qutip.expect(a, rho)
    return {
        "n": mean(n),
        "a_re": amplitude.real,
        "a_im": amplitude.imag,
        "var_q": mean(q * q) - mean(q) ** 2,
        "var_p": mean(p * p) - mean(p) ** 2,
        "cov_qp": mean(q * p + p * q) / 2 - mean(q) * mean(p),
        "var_n": mean(n * n) - mean(n) ** 2,
        "g2": mean(a.dag() * a.dag() * a * a) / mean(n) ** 2,
    }


@pytest.mark.parametrize("mode", STATES)
def test_moments_of_states_are_those_of_operators(start, mode):
    """Samples are those of the Wigner function: nothing but noise is between them.

    Four standard errors, for 32 of them are compared.
    """
    found, wanted = start.sel(mode=mode), exact(STATES[mode])
    for name in NAMES:
        off = abs(float(found[name]) - wanted[name])
        assert off < 4 * float(found[error_name(name)]) + 1e-3, name


@pytest.mark.parametrize("name", ["n", "var_n", "g2"])
def test_without_the_order_of_operators_they_would_be_wrong(start, name):
    """Negative control: averages of |alpha|^2 and its powers as they are, of the thermal state."""
    error, wanted = float(start[error_name(name)].sel(mode="b")), exact(STATES["b"])[name]
    square = exact(STATES["b"])["n"] + 0.5  # |alpha|^2 is exponential: E|alpha|^4 = 2 square^2
    plain = {"n": square, "var_n": square**2, "g2": 2.0 * square**2 / (square - 0.5) ** 2}[name]
    assert abs(plain - wanted) > 6 * error + 1e-3


def test_the_error_of_g2_is_that_of_other_seeds():
    """The only ratio: its standard error against the spread of 32 runs."""
    model = Model(hamiltonian=A.n, initial={"a": gaussian(n=2.0)})
    runs = [twoqs.simulate(model, times=[0], trajectories=512, seed=s) for s in range(32)]
    values, errors = (np.array([float(run[name][0]) for run in runs]) for name in ("g2", "g2_se"))
    # The spread of 32 values is known to 13 %, three times that.
    assert abs(values.std(ddof=1) / np.sqrt((errors**2).mean()) - 1) < 0.4
    assert abs(values.mean() - 2.0) < 3 * values.std(ddof=1) / np.sqrt(32) + 0.01


def test_g2_has_no_value_without_quanta():
    found = twoqs.simulate(Model(hamiltonian=A.n), times=[0], trajectories=512, seed=2)
    assert np.isnan(found.g2).all()
    assert np.isnan(found.g2_se).all()
    assert abs(float(found.n[0])) < 4 * float(found.n_se[0])


# --- Dimensions -----------------------------------------------------------------------------------

ATOMS, SPIN = Ensemble(20, "e"), Spin(5, "s")


def measured(model: Model, observables=()) -> xr.Dataset:
    return twoqs.simulate(model, times=[0], trajectories=64, observables=observables)


def test_one_spin_and_one_mode_have_no_dimension():
    found = measured(Model(hamiltonian=SPIN.z + A.n))
    assert set(found.dims) == {"time"}
    assert {"sz", "n", "squeezing", "squeezing_optimum_status"} <= set(found.data_vars)
    assert found.attrs["title"] == "One spin, S = 5; one mode"


def test_each_family_has_its_own_dimension():
    found = measured(Model(hamiltonian=ATOMS.z + SPIN.z + A.n + B.n))
    assert found.sz.dims == found.spin_length.dims == ("time", "member")
    assert found.n.dims == found.g2.dims == found.n_se.dims == ("time", "mode")
    assert found.member.values.tolist() == ["e", "s"]
    assert found["mode"].values.tolist() == ["a", "b"]
    assert "squeezing" not in found
    assert found.attrs["title"] == "One spin, S = 5; one ensemble, N = 20; 2 modes"


def test_an_ensemble_beside_modes_has_a_squeezing():
    found = measured(Model(hamiltonian=ATOMS.z + A.n + B.n))
    assert found.squeezing.dims == found.sz.dims == ("time",)
    assert found.n.dims == ("time", "mode")
    # Of a coherent state; the noise of 64 trajectories is 0.25, three times that.
    assert float(found.squeezing[0]) == pytest.approx(1.0, abs=0.75)


def test_modes_alone_have_no_variables_of_spins():
    found = measured(Model(hamiltonian=A.n), observables=["sites"])
    names = {name for name in map(str, found.data_vars) if not name.endswith("_se")}
    assert names == OF_MODES | {"diverged", "clipped_fraction", "trajectories"}
    assert found.attrs["title"] == "One mode"


def test_models_of_spins_have_no_variables_of_modes():
    found = measured(Model(spin=5, decay=1.0), observables=["sites"])
    assert not OF_MODES & {*map(str, found.data_vars)}


def test_sites_of_spins_and_of_modes():
    """Sites keep their numbers in the model."""
    spins, modes = Sites(Spin(4), chain(3), "s"), Sites(Mode(), chain(3), "m")
    state = {"m": gaussian(1.0), "s": "up"}
    model = Model(hamiltonian=spins.z + 0.3 * modes[1].n, members=[modes, spins], initial=state)
    found = measured(model, ["sites"])
    assert found.sz_site.dims == ("time", "site")
    assert found.n_site.dims == found.a_im_site.dims == ("time", "mode_site")
    assert found.site.values.tolist() == [3, 4, 5]
    assert found.mode_site.values.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.n, found.n_site.mean("mode_site"), rtol=1e-12)
    np.testing.assert_allclose(found.sz, found.sz_site.mean("site"), rtol=1e-12)
    together = measured(model)  # sites differ, so that they are summed one by one here as well
    assert together.n.dims == together.sz.dims == ("time",)
    with pytest.raises(twoqs.ArgumentError, match='`observables` must not name "correlation"'):
        measured(Model(hamiltonian=modes.n), ["correlation"])


# --- Observables of the user's --------------------------------------------------------------------


def excitations(averages):
    return averages["n"] + averages["sz"]


def test_quanta_that_are_exchanged_are_conserved():
    """n + s^z is constant along every trajectory; S^z has the weight 1 + 1/(8 S^2) of means, so
    that half a percent of what is exchanged is missing.
    """
    model = Model(hamiltonian=0.3 * (A.a * SPIN.plus + A.adag * SPIN.minus), initial={"s": "up"})
    own = Observable("excitations", "n + S^z", "1", None, excitations)
    found = twoqs.simulate(model, times=[0, 2], trajectories=512, observables=[own], step=0.005)
    assert float(found.n[1]) > 2  # or nothing was exchanged
    change = abs(float(found.excitations.diff("time")[0]))
    assert change < 0.01 * float(found.n[1])
    # The error knows that both parts belong together.
    assert float(found.excitations_se[1]) < 0.5 * float(found.n_se[1])


def test_observables_over_modes():
    def square(averages):
        return averages["n"] ** 2

    def of_one(averages):
        return averages.of("b")["zz"][..., 0] - averages.of("e")["z"][..., 0]

    mine = Observable("n_square", "<n>^2", "1", None, square, over="mode")
    other = Observable("mixed_one", "a text", "1", None, of_one)
    model = Model(hamiltonian=ATOMS.z + A.n + B.n, initial={"a": gaussian(1.0)})
    found = measured(model, [mine, other])
    assert found.n_square.dims == ("time", "mode")
    np.testing.assert_allclose(found.n_square, found.n**2, rtol=0.3)  # but for its bias
    assert found.mixed_one.dims == ("time",)
    assert float(found.mixed_one[0]) == pytest.approx(10.25, abs=0.5)  # 1/4 + N/2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"over": "site"}, "`over` must be one of member, mode"),
        ({"over": "mode", "dims": ("site",)}, r"`dims` must be \(\) or \('mode_site',\)"),
        ({"over": "mode", "dims": ("mode_site",)}, '`observables` must name "sites" too'),
        ({"name": "g2"}, "`name` must be none of the names of results"),
        ({"name": "mode"}, "`name` must be none of the names of results"),
        (
            {"finish": lambda averages: averages.of("x")},
            r"`name` must be that of a member \(a, s\)",
        ),
    ],
)
def test_observables_that_are_refused(changes, message):
    given = {"name": "mine", "text": "t", "units": "1", "power": None, "finish": excitations}
    with pytest.raises(twoqs.ArgumentError, match=message):
        measured(Model(hamiltonian=SPIN.z + A.n), [Observable(**given | changes)])


def test_names_of_modes_are_free_without_modes():
    mine = Observable("g2", "a text", "1", None, lambda averages: averages["sz"])
    assert "g2" in measured(Model(spin=5, decay=1.0), [mine])


# --- Ensembles ------------------------------------------------------------------------------------


def test_an_ensemble_of_independent_members():
    """J of N = 20 with decay: exact, but for the step (second order, 0.01)."""
    model = Model(jumps=[jump(each(ATOMS.minus), 0.25)], initial="up")
    found = twoqs.simulate(model, times=[0, 1, 2], trajectories=2048, seed=1)
    up = np.exp(-0.5 * found.time)
    off = abs(found.sz - 20 * (up - 0.5)) - 3 * found.sz_se
    assert float(off.max()) < 0.01
    assert float((abs(found.var_sz - 20 * up * (1 - up)) - 3 * found.var_sz_se).max()) < 0.05
    # |J| is that of N/2 at first, and shrinks: E|J|^2 = 3/4 N + N (N-1) (1/2 - up)^2.
    assert float(found.spin_length[0]) == pytest.approx(np.sqrt(110), rel=1e-3)
    assert float(found.spin_length[2]) < 6
    assert found.clipped_fraction.attrs["long_name"].endswith("outside the Bloch ball, |J| > N/2")
    spins = twoqs.simulate(Model(spin=10, decay=1.0), times=[0], trajectories=64)
    assert "ensembles" not in spins.clipped_fraction.attrs["long_name"]
