"""Wild arguments from Python: one error that names them, or the right answer, never a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import twoqs
from twoqs import Model, all_to_all, chain, coherent, cubic, from_edges, simulate, square
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.states import InitialState
from twoqs.sweep import Sweep

pytestmark = pytest.mark.timeout(60)

INF, NAN = float("inf"), float("nan")
RING = chain(4)
ONE = Model(spin=2, decay=1.0)


class Mute:
    """Cannot even be written out."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


ITSELF: dict[str, Any] = {}
ITSELF["self"] = ITSELF


def run(model: Any = ONE, **changes: Any) -> xr.Dataset:
    return simulate(model, **({"times": [0.1], "trajectories": 64} | changes))


def window(**changes: Any) -> xr.Dataset:
    return run(times=None, **({"average": (0, 1)} | changes))


CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    # name: (call, how the error begins)
    "spin in a list": (lambda: Model(spin=[1]), "`spin` must be a number"),
    "spin in an array": (lambda: Model(spin=np.array([2.0])), "`spin` must be a number"),
    "complex spin": (lambda: Model(spin=np.complex128(2)), "`spin` must be a number"),
    "spin of nothing": (lambda: Model(spin=np.array(None)), "`spin` must be a number"),
    "spin that is true": (lambda: Model(spin=np.True_), "`spin` must be a number"),
    "spin that is time": (lambda: Model(spin=np.timedelta64(2, "s")), "`spin` must be a number"),
    "spin that is masked": (lambda: Model(spin=np.ma.masked), "`spin` must be a number"),
    "mute spin": (lambda: Model(spin=Mute()), "`spin` must be a number, but got <Mute instance"),
    "spin without end": (lambda: Model(spin=10**5000), "`spin` must be finite"),
    "spin beyond long doubles": (lambda: Model(spin=np.longdouble("1e4000")), "`spin` must be fin"),
    "spin beyond doubles": (lambda: Model(spin=1e300), "`spin` must be at most 1000000000000"),
    "spin beyond variances": (lambda: Model(spin=1e13), "`spin` must be at most 1000000000000"),
    "field of letters": (lambda: Model(spin=2, field="xyz"), "`field` must have three comp"),
    "field of keys": (lambda: Model(spin=2, field={0: 1, 1: 2, 2: 3}), "`field` must have three"),
    "field of another shape": (
        lambda: Model(spin=2, lattice=RING, field=np.zeros((4, 3))),
        "`field` must have three components (x, y, z), but got array([[0., 0., 0.], ",
    ),
    "field of sites of sites": (
        lambda: Model(spin=2, lattice=RING, field=np.zeros((3, 4, 1))),
        "`field.x` must be a number",
    ),
    "field with holes": (
        lambda: Model(spin=2, lattice=RING, field=np.ma.masked_all((3, 4))),
        "`field.x` must be a number, but got masked",
    ),
    "field of nothing": (lambda: Model(spin=2, field=([], 0, 0)), "`field.x` must be one number"),
    "complex field": (lambda: Model(spin=2, field=np.array([1j, 0, 0])), "`field.x` must be a num"),
    "decay of other sites": (
        lambda: Model(spin=2, lattice=RING, decay=np.ones(10**6)),
        "`decay` must be one number or hold 4 numbers, but got array([1., 1., 1., ",
    ),
    "one negative decay": (
        lambda: Model(spin=2, lattice=RING, decay=np.array([1, 1, -1, 1])),
        "`decay` must not be negative",
    ),
    "coupling of sites": (
        lambda: Model(spin=2, lattice=chain(4, False), coupling=([1, 2, 3, 4], 0, 0)),
        "`coupling.x` must be one number or hold 3 numbers",
    ),
    "coupling of nothing": (
        lambda: Model(spin=2, coupling=([], 0, 0)),
        "`coupling.x` must not be empty",
    ),
    "lattice that is a function": (lambda: Model(spin=2, lattice=chain), "`lattice` must be a La"),
    "state of letters": (lambda: Model(spin=2, initial=InitialState("x")), "`theta` must be a num"),
    "state of no angle": (lambda: Model(spin=2, initial=InitialState(NAN)), "`theta` must be fin"),
    "state beyond the sphere": (
        lambda: Model(spin=2, initial=InitialState(7.0)),
        "`theta` must lie in [0, pi]",
    ),
    "state of other sites": (
        lambda: Model(spin=2, lattice=RING, initial=InitialState([1.0, 2.0])),
        "`initial.theta` must be one number or hold 4 numbers",
    ),
    "angles of angles": (lambda: coherent([[1, 2]]), "`theta` must be a number"),
    "ring of two": (lambda: chain(np.array(2)), "`n` must be an integer of at least 3 with per"),
    "ring of time": (lambda: chain(np.timedelta64(5)), "`n` must be an integer"),
    "chain in a list": (lambda: chain([4]), "`n` must be an integer"),
    "chain of fractions": (lambda: chain(4.5), "`n` must be an integer"),
    "ring of one": (lambda: chain(4, periodic=1), "`periodic` must be true or false"),
    "square of nothing": (lambda: square(0, 3, False), "`nx` must be an integer of at least 1"),
    "square without end": (lambda: square(10**4, 10**4), "`nx` must make at most 1000000 sites"),
    "cube without end": (lambda: cubic(10**9, 10**9, 10**9), "`nx` must be at most 1000000"),
    "all of them": (lambda: all_to_all(10**9), "`n` must be at most 10000"),
    "bonds of a number": (lambda: from_edges(np.array(3)), "`edges` must be a list of bonds"),
    "bonds of letters": (lambda: from_edges("01"), "`edges` must be a list of bonds"),
    "bonds of three sites": (
        lambda: from_edges(np.zeros((2, 2, 2))),
        "`edges` must hold site numbers",
    ),
    "bond of four": (lambda: from_edges([(0, 1, 2, 3)]), "`edges` must hold pairs (i, j) or trip"),
    "bond to itself": (lambda: from_edges([(1, 1)]), "`edges` must join two different sites"),
    "bond twice": (lambda: from_edges([(0, 1), (1, 0)]), "`edges` must name each bond once, in"),
    "bond to nowhere": (lambda: from_edges([(0, NAN)]), "`edges` must hold site numbers"),
    "bond below zero": (lambda: from_edges([(-1, 0)]), "`edges` must hold site numbers"),
    "bond of truths": (lambda: from_edges([(False, True)]), "`edges` must hold site numbers"),
    "bond beyond the sites": (
        lambda: from_edges([(0, 5)], n_sites=3),
        "`n_sites` must be an integer of at least 6",
    ),
    "weight of nothing": (lambda: from_edges([(0, 1, NAN)]), "`edges` must be finite"),
    "weight without end": (lambda: from_edges([(0, 1, 10**400)]), "`edges` must be finite"),
    "weights of others": (lambda: from_edges([(0, 1)], [1, 2]), "`weights` must hold 1 numbers"),
    "weights twice": (lambda: from_edges([(0, 1, 1.0)], [1.0]), "`weights` must be left out"),
    "model that is a class": (lambda: run(Model), "`model` must be a twoqs.Model"),
    "rate without end": (
        lambda: run(
            Model(
                spin=2,
                lattice=from_edges([(0, 1, 1e308), (1, 2, 1e308)]),
                coupling=(1e300, 0, 0),
            )
        ),
        "`model` must have no rate above 1e+100",
    ),
    "times of times": (lambda: run(times=np.zeros((2, 2))), "`times` must be a number"),
    "times of clocks": (
        lambda: run(times=np.array([1, 2], "timedelta64[s]")),
        "`times` must be a number",
    ),
    "times that repeat": (lambda: run(times=[1, 1]), "`times` must increase"),
    "times without end": (lambda: run(times=[1e300]), "`times` must end at 5e+09 at most"),
    "times without number": (lambda: run(times=range(10**12)), "`times` must hold at most 1000000"),
    "times that are none": (lambda: run(times={1, 2}), "`times` must be a flat list of numbers"),
    "window without end": (lambda: window(average=(0, 1e18)), "`average` must end at 5e+09"),
    "window of nothing": (lambda: window(average=(NAN, 1)), "`average` must be finite"),
    "samples without end": (lambda: window(samples=10**12), "`samples` must be at most 1000000"),
    "one sample": (lambda: window(samples=1), "`samples` must be an integer of at least 2"),
    "trajectories without end": (
        lambda: run(trajectories=10**18),
        "`trajectories` must be at most 1000000000, but got 1000000000000000000",
    ),
    "trajectories beyond memory": (
        lambda: run(trajectories=10**9),
        "`trajectories` must make records of at most 2 GB in all",
    ),
    "records beyond memory": (
        lambda: run(
            Model(spin=2, lattice=chain(10**5), decay=1.0),
            times=np.linspace(0.1, 1, 10**4),
            observables=["sites"],
        ),
        "`times` must make records of at most 2 GB",
    ),
    "seed below zero": (lambda: run(seed=-1), "`seed` must be an integer of at least 0"),
    "seed without end": (lambda: run(seed=10**40), "`seed` must be at most 9223372036854775807"),
    "seed that is a generator": (lambda: run(seed=np.random.default_rng(1)), "`seed` must be an i"),
    "steps without end": (lambda: run(step=1e-300), "`step` must be at least"),
    "step that is a list": (lambda: run(step=np.array([0.1])), "`step` must be a number"),
    "neglect of an array": (lambda: run(neglect=np.array([1, 2])), "`neglect` must be left out or"),
    "precision of a list": (lambda: run(precision=["double"]), "`precision` must be one of"),
    "scheme of a list": (lambda: run(scheme=["pda"]), "`scheme` must be one of"),
    "file that is a number": (lambda: Sweep.from_file(3), "`file` must be the path of a file"),
    "file with NUL": (lambda: Sweep.from_file("a\0b"), "`file` must be the path of a file"),
    "size that is a number": (lambda: Sweep.from_dict({}, size=3), "`size` must be text"),
    "store that is none": (lambda: twoqs.open(None), "`path` must be the path of a file"),
    "store with NUL": (lambda: twoqs.open("a\0b"), "`path` must be the path of a file"),
}


@pytest.mark.parametrize("name", CALLS)
def test_wild_arguments_are_refused(name: str) -> None:
    call, beginning = CALLS[name]
    with pytest.raises(twoqs.ArgumentError) as refusal:
        call()
    message = str(refusal.value)
    assert message.startswith(f"Argument {beginning}")
    assert len(message) < 300
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (ITSELF, "nested too deeply"),
        (None, "must be a mapping, but got None"),
        ({1: 2}, "Argument `1` must have text as keys"),
        ({"name": Mute()}, "must be text, but got <Mute instance"),
        ({"name": np.array([Mute()])}, "must be text, but got [<Mute instance"),
    ],
)
def test_wild_sweeps_are_refused(content: Any, expected: str) -> None:
    with pytest.raises(twoqs.ArgumentError) as refusal:
        Sweep.from_dict(content)
    assert expected in str(refusal.value)


def test_labelled_arrays_are_as_good_as_plain_ones() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    plain = Model(spin=2, lattice=RING, decay=values)
    assert Model(spin=2, lattice=RING, decay=xr.DataArray(values)) == plain
    assert Model(spin=2, lattice=RING, decay=pd.Series(values, index=[5, 6, 7, 8])) == plain
    assert Model(spin=xr.DataArray(2.0), lattice=RING, decay=np.array(values)) == plain


def test_states_made_by_hand_are_those_of_coherent() -> None:
    by_hand = Model(spin=2, lattice=RING, initial=InitialState(np.full(4, 1.0), np.float64(0.5)))
    assert by_hand == Model(spin=2, lattice=RING, initial=coherent(1.0, 0.5))
    assert by_hand.digest == Model(spin=2, lattice=RING, initial=coherent(1, 0.5)).digest


def test_a_rate_that_hardly_is_one_does_nothing() -> None:
    """Its inverse overflows; any step is right."""
    model = Model(spin=2, decay=5e-324)
    assert np.isfinite(resolve(model, Numerics(times=(1.0,))).step)


def test_samples_of_long_windows_are_as_many_as_can_be_kept() -> None:
    assert resolve(ONE, Numerics(average=(0.0, 4e9))).samples == 10**6


def test_the_largest_spin_has_variances() -> None:
    """S/2 across the spin of a coherent state, a difference of squares of size S^2.

    Doubles resolve it to 1e-16 S^2 / (S/2) = 2e-7 at S = 1e9; the tolerance is five times the
    statistical error of 4096 trajectories, sqrt(2/4096) = 0.022.
    """
    found = run(Model(spin=1e9), trajectories=4096, seed=1)
    for name in ("var_sx", "var_sy"):
        assert float(found[name][0]) == pytest.approx(5e8, rel=0.11)


def test_no_evaluation_of_text_and_no_pickles_of_users() -> None:
    """Only compiled kernels, which carry a checksum and belong to their user, are pickled."""
    package = Path(twoqs.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "eval(" not in text
        assert "allow_pickle" not in text
        assert "yaml.load(" not in text
        if path != package / "kernels" / "compile" / "cache.py":
            assert "pickle" not in text
