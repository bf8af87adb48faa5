"""Closed forms and rate equations of ensembles against Dicke states."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.theory import evolve, steady_state
from twoqs.theory.populations import (
    no_populations,
    populations_at_rest,
    populations_in_time,
)
from twoqs.theory.single_members import (
    no_single_members,
    single_members_at_rest,
    single_members_in_time,
)

TIMES = [0.0, 0.3, 1.1]
CLOSE = {"rtol": 0, "atol": 1e-9}
"""Of exponentials."""
E = tq.Ensemble(7, name="e")


def with_jumps(energy, *jumps: tuple, ensemble=E, **given) -> tq.Model:
    each = [tq.jump(tq.each(operator), rate) for operator, rate in jumps]
    return tq.Model(members=(ensemble,), hamiltonian=energy, jumps=each, **given)


def test_independent_members() -> None:
    """Fields and jump operators in all directions."""
    model = with_jumps(
        0.6 * E.x + 0.3 * E.z, (E.minus, 0.2), (E.x - 0.4j * E.z, 0.3),
        initial=tq.coherent(0.8, 0.5),
    )  # fmt: skip
    exact = evolve(model, TIMES)
    xr.testing.assert_allclose(single_members_in_time(model, TIMES), exact, **CLOSE)
    xr.testing.assert_allclose(single_members_at_rest(model), steady_state(model), **CLOSE)
    other = with_jumps(0.6 * E.x + 0.3 * E.z, (E.minus, 0.2), (E.x, 0.3), initial=model.initial)
    assert abs(single_members_in_time(other, TIMES) - exact).sz.max() > 0.01  # negative control


def test_decay_of_many_members_is_binomial() -> None:
    many = tq.Ensemble(2_000_000, name="e")
    found = single_members_in_time(with_jumps(None, (many.minus, 0.5), ensemble=many, initial="up"),
                                   [0.7])  # fmt: skip
    left = np.exp(-2 * 0.5 * 0.7)
    assert float(found.sz[0]) == pytest.approx(2e6 * (left - 0.5), rel=1e-12)
    assert float(found.var_sz[0]) == pytest.approx(2e6 * left * (1 - left), rel=1e-9)


@pytest.mark.parametrize("members", [1, 2, 7])
def test_twisting_with_baths_of_members(members) -> None:
    e = tq.Ensemble(members, name="e")
    model = with_jumps(
        0.15 * e.z * e.z + 0.4 * e.z, (e.minus, 0.1), (e.plus, 0.05), (e.z, 0.07), ensemble=e,
        initial=tq.coherent(1.2, 0.3),
    )  # fmt: skip
    exact = evolve(model, TIMES)
    xr.testing.assert_allclose(single_members_in_time(model, TIMES), exact, **CLOSE)
    xr.testing.assert_allclose(single_members_at_rest(model), steady_state(model), **CLOSE)
    if members == 7:  # negative control
        weaker = with_jumps(0.15 * e.z * e.z + 0.4 * e.z, (e.minus, 0.12), ensemble=e,
                            initial=tq.coherent(1.2, 0.3))  # fmt: skip
        assert abs(single_members_in_time(weaker, TIMES) - exact).var_sy.max() > 0.01


def test_what_has_no_closed_form_is_refused() -> None:
    twisted = with_jumps(0.1 * E.x * E.x, (E.minus, 0.1))
    together = tq.Model(jumps=[tq.jump(E.minus, 0.1)])
    for model, part in (
        (twisted, "twisting along z"), (together, "of single members"),
        (with_jumps(E.z, (E.minus, 0.1), initial=tq.mixed()), "starts from coherent"),
        (tq.Model(spin=3, decay=1.0), "is for one ensemble"),
    ):  # fmt: skip
        assert part in no_single_members(model, False)
        with pytest.raises(ArgumentError, match="`model` must have a closed form, which"):
            single_members_in_time(model, TIMES)
    assert "unique" in no_single_members(with_jumps(E.z, (E.z, 0.1)), True)


def test_populations_obey_a_rate_equation() -> None:
    model = tq.Model(
        hamiltonian=0.3 * E.z + 0.1 * E.z * E.z,
        jumps=[tq.jump(E.minus, 0.2), tq.jump(tq.each(E.plus), 0.4), tq.jump(tq.each(E.z), 0.3),
               tq.jump(tq.each(E.minus), 0.1)],
        initial=tq.dicke(1.5),
    )  # fmt: skip
    xr.testing.assert_allclose(populations_in_time(model, TIMES), evolve(model, TIMES), **CLOSE)
    xr.testing.assert_allclose(populations_at_rest(model), steady_state(model), **CLOSE)
    for other, part in (
        (with_jumps(E.x, (E.minus, 0.1)), "nothing couples"),
        (with_jumps(E.z, (E.x, 0.1)), "nothing couples"),
        (with_jumps(E.z, (E.minus, 0.1), initial=tq.coherent(1.0)), "nothing couples"),
        (with_jumps(None, (tq.Ensemble(400, "e").minus, 0.1), ensemble=tq.Ensemble(400, "e")),
         "at most 25000 populations"),
    ):  # fmt: skip
        assert part in no_populations(other)
        with pytest.raises(ArgumentError, match="must have a rate equation, which"):
            populations_at_rest(other)


def test_the_steady_state_of_a_large_ensemble() -> None:
    """A superradiant laser of 100: the balance of what all members gain and lose.

    d<J^z>/dt = 2 w (N/2 - <J^z>) - 2 G <J^+ J^->, and the total of J^+ J^- is J^2 - (J^z)^2 + J^z.
    """
    e = tq.Ensemble(100, name="e")
    found = populations_at_rest(
        tq.Model(jumps=[tq.jump(e.minus, 0.05), tq.jump(tq.each(e.plus), 1.5)])
    )
    light = float(found.var_sx + found.var_sy + found.sz)
    assert 1.5 * (50 - float(found.sz)) == pytest.approx(0.05 * light, rel=1e-9)
    assert light > 10 * (50 + float(found.sz))  # far more than members that emit one by one
