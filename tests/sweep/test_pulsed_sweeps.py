"""Sweep files with pulses and events: axes over their numbers, and what is refused."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from sweeps import merged_bytes

import twoqs as tq
from twoqs.execution.run import Workers, carry_out
from twoqs.sweep import Sweep
from twoqs.sweep.problems import SpecError
from twoqs.theory import evolve

SPEC = {
    "name": "echo",
    "seed": 1,
    "trajectories": 1024,
    "model": {
        "members": {"a": {"spin": 10}, "s": {"spin": 2, "lattice": {"chain": {"n": 3}}}},
        "parameters": {
            "tau": 1.0,
            "omega": {"gauss": {"center": 0.5, "width": 0.2, "height": 3.0}},
            "delta": 0.4,
            "g": {"piecewise": {"times": [0, 0.7], "values": [0.1, 0.02]}},
        },
        "hamiltonian": "omega*a.x + delta*a.z + 0.1*a.z*s.z",
        "jumps": [{"operator": "a.minus", "rate": "g"}, {"operator": "each(s.minus)", "rate": 0.1}],
        "events": [
            {"turn": {"time": "tau", "members": ["a", "s[1]"], "axis": "x", "angle": "pi/3"}},
            {"change": {"time": "2*tau", "parameter": "delta", "value": 0.1}},
        ],
    },
    "numerics": {"times": [0, 1, 2.5]},
    "axes": {
        "tau": {"sets": "model.parameters.tau", "values": [0.8, 1.0]},
        "height": {"sets": "model.parameters.omega.gauss.height", "values": [2, 3]},
    },
}


def changed(**changes) -> dict:
    """SPEC with other values at dotted paths, whose dots are written as two underscores."""
    spec = copy.deepcopy(SPEC)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = spec
        for key in parents:
            inner = inner[int(key) if key.isdigit() else key]
        inner[int(last) if last.isdigit() else last] = value
        if path == "model__parameters__omega":
            del spec["axes"]["height"]
    return spec


def test_files_and_python_say_the_same():
    point = Sweep.from_dict(SPEC).points[3]
    a, s = tq.Spin(10, "a"), tq.Sites(tq.Spin(2), tq.chain(3), "s")
    omega = tq.Parameter("omega", tq.gauss(0.5, 0.2, 3.0))
    delta = tq.Parameter("delta", 0.4)
    model = tq.Model(
        hamiltonian=omega * a.x + delta * a.z + 0.1 * a.z * s.z,
        jumps=[
            tq.jump(a.minus, tq.Parameter("g", tq.piecewise([0, 0.7], [0.1, 0.02]))),
            tq.jump(tq.each(s.minus), 0.1),
        ],
        events=[
            tq.turn(1.0, [a, s[1]], "x", np.pi / 3),
            tq.change(2.0, delta, 0.1),
        ],
    )
    assert model.digest == point.model.digest


KEYWORDS = {
    "name": "words", "seed": 1, "trajectories": 256,
    "model": {
        "spin": 20,
        "field": [{"gauss": {"center": 1, "width": 0.3}}, 0, 0.2],
        "decay": {"ramp": {"start": 0, "stop": 2, "before": 0, "after": 1}},
        "events": [{"turn": {"time": 1, "axis": "x", "angle": "pi/2"}}],
    },
    "numerics": {"times": [0, 1, 3]},
    "axes": {"after": {"sets": "model.decay.ramp.after", "values": [0.5, 1]}},
}  # fmt: skip


def test_keywords_take_pulses_and_events_in_files():
    later = Sweep.from_dict(KEYWORDS).points[1].model
    model = tq.Model(
        spin=20, field=(tq.gauss(1, 0.3), 0, 0.2), decay=tq.ramp(0, 2, 0, 1),
        events=[tq.turn(1, None, "x", np.pi / 2)],
    )  # fmt: skip
    assert later.digest == model.digest
    named = copy.deepcopy(KEYWORDS)
    named["model"]["events"][0]["turn"]["members"] = ["a"]
    with pytest.raises(SpecError, match="be left out where the model has no `members` with names"):
        Sweep.from_dict(named)
    wrong = copy.deepcopy(KEYWORDS)
    wrong["model"]["field"][0]["gauss"]["width"] = -1
    wrong["model"]["decay"] = {"cosine": {"amplitude": 1}}
    with pytest.raises(SpecError) as caught:
        Sweep.from_dict(wrong)
    assert "model.field.0.gauss.width" in str(caught.value)
    assert "model.decay.cosine.frequency" in str(caught.value)


def test_periodic_turns_have_a_range_of_times():
    spec = changed(model__events__0__turn__time={"linspace": [0.5, 2.5, 5]})
    del spec["axes"]["tau"]
    (turn,) = Sweep.from_dict(spec).points[0].model.turns
    assert [time.value().real for time in turn.times] == [0.5, 1.0, 1.5, 2.0, 2.5]


def test_a_member_may_be_called_samples():
    spec = changed(model__initial={"samples": "up"})
    spec["model"]["members"]["samples"] = {"spin": 1}
    spec["model"]["hamiltonian"] += " + samples.x"
    assert Sweep.from_dict(spec).points[0].model.initial.theta[-1] == 0.0


def test_axes_go_over_numbers_of_pulses_and_times_of_events():
    points = Sweep.from_dict(SPEC).points
    assert len({point.model.digest for point in points}) == 4
    heights = [max(p.value.height for p in _gauss(point.model)) for point in points]
    assert heights == [2, 3, 2, 3]
    times = [point.model.turns[0].times[0].value().real for point in points]
    assert times == [0.8, 0.8, 1.0, 1.0]


def axis(sets: str, *values: float) -> dict:
    return {"q": {"sets": sets, "values": list(values)}}


WORDS = {
    "spin": 20, "lattice": {"chain": {"n": 3}}, "decay": [1, 2, 3],
    "field": [{"gauss": {"center": 1, "width": 0.3}}, 0, [0.2, 0.1, 0.3]],
    "initial": {"coherent": {"theta": [0.1, 0.2, 0.3]}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("model.decay.1", 0.5, ("decay", 1)),
        ("model.field.z.2", 0.5, ("field", 2, 2)),
        ("model.field.x.gauss.height", 0.5, ("field", 0, "gauss", "height")),
        ("model.initial.coherent.theta.0", 0.5, ("initial", "coherent", "theta", 0)),
    ],
)
def test_axes_set_entries_of_lists(path, value, key):
    """The point is that of the list with the entry in it."""
    spec = {"name": "words", "seed": 1, "trajectories": 64, "numerics": {"times": [1]}}
    point = Sweep.from_dict(spec | {"model": WORDS, "axes": axis(path, value, 0.9)}).points[0]
    other = copy.deepcopy(WORDS)
    *parents, last = key
    inner = other
    for part in parents:
        inner = inner[part]
    inner[last] = value
    (own,) = Sweep.from_dict(spec | {"model": other}).points
    assert point.point_id == own.point_id
    size = {"one": {path: value}}
    (sized,) = Sweep.from_dict(spec | {"model": WORDS, "sizes": size}, "one").points
    assert sized.point_id == own.point_id


def test_axes_set_entries_of_pulses():
    path = "model.parameters.g.piecewise.values.1"
    points = Sweep.from_dict(changed(axes=axis(path, 0.3, 0.4))).points
    rates = [one.model.operators.parameters["g"].value.values for one in points]
    assert rates == [(0.1, 0.3), (0.1, 0.4)]
    ends = changed(numerics={"average": [2, 3]}, axes=axis("numerics.average.1", 4, 5))
    assert [one.numerics.average for one in Sweep.from_dict(ends).points] == [(2, 4), (2, 5)]


VALUES = "model.parameters.g.piecewise.values"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"{VALUES}.2", f"(its entries are `{VALUES}.0` to `{VALUES}.1`)"),
        (f"{VALUES}.01", f"(its entries are `{VALUES}.0` to `{VALUES}.1`)"),
        (f"{VALUES}[1]", f"(did you mean `{VALUES}.1`?)"),
        ("model.field.0", "(did you mean `model.field.z`?)"),
        ("model.tau", "(did you mean `model.parameters.tau`?)"),
        ("model.events.0.turn.angle", "(what formulas hold is set by `parameters` in them"),
        ("model.parameters.g.gauss.height", "parameters.g` must hold exactly one of gauss, ramp"),
        ("numerics.times.2", "must share the dimension `time` of their results, but the one at"),
    ],
)
def test_wrong_paths_are_told(path, message):
    with pytest.raises(SpecError) as caught:
        Sweep.from_dict(changed(axes=axis(path, 3, 4)))
    assert message in str(caught.value)


def _gauss(model):
    found = model.operators.parameters.values()
    return [one for one in found if isinstance(one.value, type(tq.gauss(0, 1)))]


def test_a_sweep_runs_and_agrees_with_the_master_equation(tmp_path):
    """To 0.02 of S, what the method is off by; the chain is of short spins, so it alone is left."""
    sweep = Sweep.from_dict(changed(model__members={"a": {"spin": 10}, "s": {"spin": 2}},
        model__jumps=[{"operator": "a.minus", "rate": "g"}, {"operator": "s.minus", "rate": 0.1}],
        model__events__0__turn__members=["a", "s"]))  # fmt: skip
    carry_out(sweep, tmp_path / "one", Workers(0), quiet=True)
    data = tq.open(tmp_path / "one")
    for point in sweep.points:
        exact = evolve(point.model, point.numerics.times)
        found = data.isel(dict(zip(("tau", "height"), point.index, strict=True)))
        off = abs(found.sz - exact.sz) - 3 * found.sz_se
        assert float((off / [10, 2]).max()) < 0.02
    carry_out(sweep, tmp_path / "two", Workers(2, threads=True), quiet=True)
    assert merged_bytes(tmp_path / "two") == merged_bytes(tmp_path / "one")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__parameters__omega": {"gaus": {}}}, "did you mean"),
        ({"model__parameters__omega": {"gauss": {"center": 1}}}, "width"),
        ({"model__parameters__omega__gauss__width": 0}, "be greater than 0"),
        ({"model__parameters__omega__gauss__breadth": 1}, "breadth"),
        ({"model__parameters__omega": {"gauss": {"center": 1, "width": 1}, "ramp": {}}}, "ramp"),
        (
            {"model__parameters__omega": {"gauss": {"center": 1}, "ramp": {}}},
            "parameters.omega` must hold exactly one of gauss, ramp, cosine",
        ),
        ({"model__parameters__omega": "gauss"}, "omega` must be a number or a pulse (a mapping"),
        (
            {"model__parameters__omega": {"piecewise": {"times": [1, 2], "values": [1, 2]}}},
            "begin at 0 (the pulse has no value before)",
        ),
        (
            {"model__parameters__omega": {"sampled": {"times": [0, 1], "values": [1, 2]}}},
            "known until the end of the run at 2.5",
        ),
        (
            {"model__parameters__omega": {"ramp": {
                "start": 2, "stop": 1, "before": 0, "after": 1}}},
            "be later than its start at 2",
        ),
        ({"model__parameters__g": {"cosine": {"amplitude": 1, "frequency": 1}}}, "negative at any"),
        ({"model__events__0__turn__time": 4}, "have times within the run, which ends at 2.5"),
        (
            {"model__events__1__change__time": "3*tau"},
            "have times within the run, which ends at 2.5, but got 3.0 (at tau=1, height=2",
        ),
        ({"model__events__0__turn__time": -1}, "be from 0 on"),
        ({"model__events__0__turn__time": "tua"}, "did you mean `tau`?"),
        ({"model__events__0__turn__axis": "n"}, "be x, y, z or a list of three numbers, but got"),
        ({"model__events__0__turn__axis": [1, 0]}, "be x, y, z or a list of three numbers"),
        ({"model__events__0__turn__angle": [1, 2]}, "be a number or a formula, but got [1, 2]"),
        ({"model__events__0__turn__angle": "omega"}, "angle` must have one value (`omega` is a"),
        ({"model__events__0__turn__members": "a"}, "be a list of members, or of sites such as"),
        ({"model__events__0__turn__members": []}, "hold at least 1 value, but got []"),
        ({"model__events__0__turn__members": ["s", "s[1]"]}, "name each spin once, but got 's, s"),
        ({"model__events__1__change__parameter": "a.b"}, "be the name of a parameter"),
        ({"model__initial": "samples"}, "(`samples` of a result are for `simulate` in Python)"),
        ({"model__initial": {"samples": "x.nc"}}, "initial` must be a state of a file (`samples`"),
        ({"model__initial": {"a": {"samples": "x"}}}, "initial` must be a state of a file"),
        ({"model__events__0__turn__axis": [0, 0, 0]}, "have a direction"),
        ({"model__events__0__turn__angle": "a.x"}, "no operators"),
        ({"model__events__0__turn__members": ["b"]}, "name members, or sites such as `s[3]`"),
        ({"model__events__0__turn__members": ["a[0]"]}, "no [...] behind the spin `a`"),
        ({"model__events__0__turn__members": ["s[7]"]}, "name a site from `s[0]` to `s[2]`"),
        ({"model__events__0": {"kick": {}}}, "kick"),
        ({"model__events__1__change__parameter": "lam"}, "change parameters of H, jump"),
        ({"model__events__1__change__parameter": "omega"}, "leave `omega` alone, a pulse"),
        ({"axes__height__sets": "model.parameters.omega.gauss.hight"}, "did you mean"),
        ({"numerics__scheme": "pda"}, "have neither pulses nor events for the scheme 'pda'"),
    ],
)  # fmt: skip
def test_bad_pulses_and_events_are_told(changes, message):
    with pytest.raises(SpecError) as caught:
        Sweep.from_dict(changed(**changes))
    assert message in str(caught.value)
