"""Spins 1/2 one by one: what is exact, what is refused, and when the method is taken by itself."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import twoqs
from twoqs import Model, Sites, Spin, coherent, jump, mixed, mixture
from twoqs.flows.generators import Bonds
from twoqs.methods import default_for, half
from twoqs.methods.discrete import Discrete
from twoqs.methods.half import are_alike
from twoqs.theory import evolve

TIMES = (0.3, 0.9, 2.0, 4.0)

TRAJECTORIES = 16384
"""Standard errors are 0.5/sqrt(16384) = 0.004 at most, 0.008 of S."""

MOMENTS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")


def excess(model, trajectories=TRAJECTORIES, **settings):
    """Largest deviation of all moments from the master equation beyond 3.5 standard errors.

    36 comparisons; steps of 0.05 over the fastest rate leave 1e-4.
    """
    found = twoqs.simulate(model, times=TIMES, trajectories=trajectories, seed=3, **settings)
    assert found.scheme == "discrete"
    exact = evolve(model, TIMES)
    off = [np.abs(found[n] - exact[n]) - 3.5 * found[f"{n}_se"] for n in MOMENTS]
    return float(np.max(off))


ALONE = {
    "decay": {"decay": 1.0, "initial": "up"},
    "decay from a tilted state": {"decay": 1.0, "initial": coherent(1.1, 0.4)},
    "pump": {"gain": 0.8, "initial": coherent(2.0, -1.0)},
    "dephasing": {"dephasing": 0.7, "initial": coherent(1.2, 0.5)},
    "all three": {"decay": 0.5, "gain": 0.3, "dephasing": 0.4, "initial": coherent(0.7, 2.0)},
    "driven": {"field": (1.3, 0, 0.4), "decay": 1.0},
    "mixed": {"field": (0, 0.7, 0), "decay": 0.5, "initial": mixed()},
    "mixture": {"decay": 0.5, "initial": mixture([(0.7, "up"), (0.3, coherent(1.5, 0.0))])},
}


@pytest.mark.parametrize("name", ALONE)
def test_one_spin_is_exact(name):
    assert excess(Model(spin=0.5, **ALONE[name])) < 2e-3


def test_one_spin_is_not_exact_on_the_sphere():
    """Negative control: what is taken for longer spins, whose averages are seen to be off."""
    model = Model(spin=0.5, **ALONE["decay"])
    with pytest.warns(twoqs.AccuracyWarning):
        found = twoqs.simulate(model, times=TIMES, trajectories=4096, scheme="conserving")
    assert np.abs(found.sz - evolve(model, TIMES).sz).max() > 0.05


def test_pulses_and_turns():
    a = Spin(0.5, name="a")
    rate = twoqs.Parameter("rate", twoqs.gauss(center=1.0, width=0.4, height=0.9))
    drive = twoqs.Parameter("drive", twoqs.cosine(0.8, 2.0))
    model = Model(
        hamiltonian=drive * a.x,
        jumps=[jump(a.minus, rate=rate), jump(0.5 * a.plus, rate=0.4), jump(a.y, rate=0.1)],
        initial=coherent(0.6, 0.3),
        events=[twoqs.turn(0.9, a, "y", 1.2)],
    )
    assert excess(model) < 2e-3


def test_single_precision():
    assert excess(Model(spin=0.5, **ALONE["driven"]), precision="single") < 2e-3


@pytest.fixture
def couplings_told():
    """That couplings are approximate is the warning of `test_accuracy`."""
    with pytest.warns(twoqs.AccuracyWarning, match="spins 1/2"):
        yield


@pytest.mark.usefixtures("couplings_told")
def test_an_ising_quench_is_exact():
    """<S^x_i> = 1/2 prod_j cos(J_ij t/2) for any couplings along z, from all spins along x."""
    edges = [(0, 1, 1.0), (1, 2, -0.6), (0, 2, 0.8), (2, 3, 1.5), (3, 4, 0.4)]
    model = Model(
        spin=0.5, lattice=twoqs.from_edges(edges), coupling=(0, 0, 1.0),
        initial=coherent(math.pi / 2),
    )  # fmt: skip
    found = twoqs.simulate(
        model, times=TIMES, trajectories=TRAJECTORIES, observables=["sites"], seed=2
    )
    expected = np.full((len(TIMES), 5), 0.5)
    for i, j, strength in edges:
        for site in (i, j):
            expected[:, site] *= np.cos(strength * np.array(TIMES) / 2)
    off = np.abs(found.sx_site - expected) / found.sx_site_se
    assert off.max() < 4  # 20 comparisons
    assert np.abs(found.sz_site).max() < 4 * found.sz_site_se.max()


@pytest.mark.usefixtures("couplings_told")
def test_products_of_one_spin_are_known():
    """At distance 0 <S^+ S^-> = 1/2 + <S^z>, whatever trajectories do; variances add up."""
    model = Model(spin=0.5, lattice=twoqs.chain(4), coupling=(0.9, 1.7, 1.0), decay=0.5)
    found = twoqs.simulate(
        model, times=TIMES, trajectories=256, observables=["correlation"], seed=2
    )
    np.testing.assert_allclose(found.correlation[:, 0], 0.5 + found.sz, rtol=1e-12)
    np.testing.assert_allclose(found.correlation_xx[:, 0], 0.25, rtol=1e-12)
    alone = twoqs.simulate(
        Model(spin=0.5, decay=1.0, field=(1, 0, 0)), times=TIMES, trajectories=256
    )
    # The jackknife takes out what noise adds to the square of a mean.
    np.testing.assert_allclose(alone.var_sy, 0.25 - alone.sy**2 + alone.sy_se**2, rtol=1e-9)


def test_a_run_goes_on_with_its_own_method():
    model = Model(spin=0.5, decay=1.0, initial="up")
    first = twoqs.simulate(model, times=[0.4], trajectories=4096, end_states=True)
    later = Model(spin=0.5, decay=1.0, initial=twoqs.samples(first))
    assert default_for(later) == "discrete"
    found = twoqs.simulate(later, times=[0.5], trajectories=4096, seed=2)
    exact = evolve(model, [0.9]).sz
    assert abs(found.sz[0] - exact[0]) < 4 * found.sz_se[0]
    with pytest.raises(twoqs.ArgumentError, match='samples of a run with the scheme "conserving"'):
        twoqs.simulate(later, times=[0.5], scheme="conserving")
    corners = np.full((3, 256, 1), 0.5)
    corners[:2, ::2], corners[0] = -0.5, np.roll(corners[0], 64)
    own = Model(spin=0.5, initial=twoqs.samples(corners))
    assert default_for(own) == "conserving"
    assert twoqs.simulate(own, times=[1.0], trajectories=64, method=Discrete()).sz[0] == 0.5


# --- What is taken by itself, and what is refused ---------------------------------------------


A, B = Spin(0.5, name="a"), Spin(0.5, name="b")
MANY = Sites(Spin(0.5), twoqs.chain(6), "s")

REFUSED = {
    "a longer spin": (
        Model(spin=1, decay=1.0),
        'Argument `spin` must be 1/2 at each site for the scheme "discrete" (leave the scheme out '
        "for others), but got 1.0.",
    ),
    "one longer spin": (
        Model(hamiltonian=A.z * Spin(2, name="c").z), "`members` must be 1/2 at each site",
    ),
    "twisting": (
        Model(spin=0.5, twist=(1.0, 0, 0)),
        'Argument `twist` must have no products of one spin for the scheme "discrete": they are',
    ),
    "twisting by a formula": (
        Model(hamiltonian=A.x * A.x + 0.3 * B.z), "`hamiltonian` must have no products of one spin",
    ),
    "a common bath": (
        Model(jumps=[jump(A.minus + B.minus, rate=0.1)]),
        'Argument `jumps` must act on one spin each for the scheme "discrete" (leave the scheme '
        "out to run it as a short collective spin), but got 'one that acts on 2'.",
    ),
    "a squeezing jump": (
        Model(jumps=[jump(A.minus + 0.4 * A.plus, rate=0.1)]),
        "must be S^-, S^+ or Hermitian at a spin 1/2 for the scheme \"discrete\" (leave the scheme "
        "out to run it as a short collective spin), but got '1 S^- + 0.4 S^+'.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_cannot_do_is_refused(name):
    model, said = REFUSED[name]
    with pytest.raises(twoqs.ArgumentError, match=re.escape(said)) as caught:
        twoqs.simulate(model, times=[1.0], scheme="discrete")
    assert "\n" not in str(caught.value)
    assert default_for(model) == "conserving"


def test_settings_that_it_does_not_have():
    model = Model(spin=0.5, decay=1.0)
    with pytest.raises(twoqs.ArgumentError, match='`representation` must be "W" for the scheme'):
        twoqs.simulate(model, times=[1.0], representation="P")


@pytest.mark.parametrize(
    "model",
    [
        Model(spin=0.5),
        Model(spin=0.5, lattice=twoqs.square(3, 3), coupling=(1, 2, 3), decay=0.1, dephasing=0.2),
        Model(hamiltonian=A.x * B.y - B.x * A.y, jumps=[jump(A.x, rate=0.1)]),
        Model(hamiltonian=0.1 * MANY.z * MANY.z, jumps=[jump(twoqs.each(MANY.plus), rate=0.1)]),
        Model(hamiltonian=(A.z + B.z) * (A.z + B.z)),
        Model(jumps=[jump((1 + 2j) * A.minus, rate=0.1), jump(1j * B.z, rate=0.2)]),
    ],
)
def test_what_it_can_do_is_its_own(model):
    assert default_for(model) == "discrete"
    assert default_for(Model(spin=1.5, decay=1.0)) == "conserving"


def test_all_pairs_are_one_sum():
    """The same fields, for a cost that grows with the number of spins and not of pairs."""
    n, tensor = 9, np.array([[0.4, 0.1, 0], [0.1, -0.3, 0], [0, 0, 0.0]])
    pairs = np.argwhere(np.triu(np.ones((n, n)), 1))
    bonds = Bonds(pairs, np.tile(tensor, (len(pairs), 1, 1)))
    assert are_alike(bonds, n)
    assert not are_alike(Bonds(pairs[:-1], bonds.tensors[:-1]), n)
    assert not are_alike(Bonds(pairs, bonds.tensors + 0.1 * (pairs[:, :1, None] == 3)), n)
    squares = half._squares(bonds, n)
    assert len(squares) == 2
    s = np.random.default_rng(1).normal(size=(n, 3))
    by_pairs = (s.sum(axis=0) - s) @ tensor
    by_sums = np.zeros((n, 3))
    for square in squares:
        form = square.form
        by_sums += 2 * square.strength * (np.sum(form * s) - np.sum(form * s, 1)[:, None]) * form
    np.testing.assert_allclose(by_sums, by_pairs, atol=1e-14)
    model = Model(spin=0.5, lattice=twoqs.all_to_all(n), coupling=(0.5, 0.5, 0.2))
    generators = half.half_generators(model)
    assert (len(generators.bonds), len(generators.squares)) == (0, 3)


def test_squares_of_sums_leave_each_spin_to_others():
    """(sum S^z)^2 is twice the sum over pairs, and a number."""
    several = Sites(Spin(0.5), twoqs.all_to_all(8), "s")
    square = Model(hamiltonian=0.5 * several.z * several.z, initial=coherent(1.2, 0.3))
    pairs = Model(
        spin=0.5, lattice=twoqs.all_to_all(8), coupling=(0, 0, 1.0), initial=coherent(1.2, 0.3)
    )
    with pytest.warns(twoqs.AccuracyWarning):
        one, other = (
            twoqs.simulate(model, times=TIMES, trajectories=1024, step=0.1)
            for model in (square, pairs)
        )
    error = np.hypot(one.sx_se, other.sx_se)
    assert (np.abs(one.sx - other.sx) < 4 * error).all()
    # Otherwise each spin would turn by its own component, too.
    assert float(np.abs(one.sz - 0.5 * math.cos(1.2)).max()) < 1e-12
