"""Requests that make no sense: one line each that names the observable and what is wanted."""

from __future__ import annotations

import pytest

import twoqs
from twoqs import Mode, Model, Sites, Spin, jump
from twoqs.sweep import Sweep
from twoqs.sweep.problems import SpecError

A, C = Spin(3, "a"), Mode("c")
S = Sites(Spin(2), twoqs.chain(4), name="s")
MODEL = Model(
    hamiltonian=A.x + C.n + 0.1 * S.x,
    jumps=[
        jump(C.a, 0.5, label="out"), jump(A.minus, 0.1, label="fall"),
        jump(twoqs.each(S.minus), 0.1, label="sites"), jump(C.adag, 0.1),
    ],
)  # fmt: skip

SPIN = Model(3, field=(1, 0, 0), decay=0.1)

NO_NAME = "be a name such as"

WINDOW = {"average": (0, 4), "samples": 41}

CASES = {
    # what is wrong: (observables, what the message says)
    "a kind that there is not": ({"b": {"spectra": "out"}}, "did you mean `spectrum`"),
    "no kind": ({"b": {"resolution": 1}}, "be a formula, or a mapping with one of expectation"),
    "two kinds": ({"b": {"flux": "out", "field": "out"}}, "a mapping with one of"),
    "a number": ({"b": 3}, "be a formula, or a mapping"),
    "an option that it has not": (
        {"b": {"spectrum": "out", "resolutoin": 1}}, "did you mean `resolution`",
    ),
    "a label that there is not": ({"b": {"flux": "uot"}}, "did you mean `out`"),
    "a label of what is tapped": ({"b": {"spectrum": "falls"}}, "did you mean `fall`"),
    "a label that is no text": ({"b": {"field": 3}}, "be the label of a jump"),
    "three labels": ({"b": {"spectrum": ("out", "fall", "sites")}}, "or two of them"),
    "two labels for a noise": ({"b": {"homodyne": ("out", "fall")}}, "be the label of a jump"),
    "jumps with unlike channels": (
        {"b": {"spectrum": ("out", "sites")}}, "two jumps with as many channels",
    ),
    "coincidences of many": ({"b": {"coincidence": "sites"}}, "a jump with one operator"),
    "a finer resolution than the window": (
        {"b": {"spectrum": "out", "resolution": 0.1}}, "resolution from 1.57 to 7.85",
    ),
    "a coarser one than its bins": ({"b": {"spectrum": "out", "resolution": 100.0}}, "from 1.5"),
    "a resolution of nothing": ({"b": {"homodyne": "out", "resolution": 0}}, "be positive"),
    "no such resolution": (
        {"b": {"spectrum": "out", "resolution": float("nan")}}, "resolution` must be",
    ),
    "as many frequencies as that": (
        {"b": {"spectrum": "out", "resolution": 1e-9}}, "from 1.57",
    ),
    "another window": ({"b": {"spectrum": "out", "window": "hamming"}}, "be one of hann, none"),
    "an angle in words": ({"b": {"homodyne": "out", "angle": "x"}}, 'be a number, or "best"'),
    "an infinite angle": ({"b": {"homodyne": "out", "angle": float("inf")}}, "be finite"),
    "lags beyond the window": ({"b": {"g2": "out", "until": 10}}, "be from 0.1 .a bin. to 3.9"),
    "lags below a bin": ({"b": {"g1": "out", "until": 0.01}}, "be from 0.1 .a bin."),
    "members that there are not": ({"b": {"total": ["atoms"]}}, "there is"),
    "modes in a total": ({"b": {"total": ["c"]}}, "spins or ensembles"),
    "no members": ({"b": {"total": []}}, "be true, or a list of groups"),
    "a formula with another name": ({"b": "d.x"}, "name a member .* at character 1"),
    "too many factors": ({"b": "a.x**4*a.y"}, "at most 4 factors of one member"),
    "a formula that ends early": ({"b": "a.x*("}, "matching brackets|be a formula"),
    "division by zero": ({"b": "a.x/0"}, "not be zero.* at character 7"),
    "ten to the ninth bins": (
        {"b": {"histogram": "a.x", "bins": 10**9, "range": (-3, 3)}}, "bins",
    ),
    "division by an operator": ({"b": "a.x/a.z"}, "divide by numbers and parameters alone"),
    "a name of results": ({"sz": "a.z"}, "names that no result has"),
    "a name of errors": ({"b_se": "a.z"}, "variables that no result has"),
    "a variable of results": ({"a": "c.a"}, "variables that no result has"),
    "a variable of another": (
        {"b": {"spectrum": "out"}, "b_coherent": "a.z"}, "variables that no result has",
    ),
    "a dimension of another": (
        {"b": {"spectrum": "out"}, "b_omega": "a.z"}, "variables that no result has",
    ),
    "a name that is none": ({"b c": "a.z"}, NO_NAME),
}  # fmt: skip


def message(model: Model, **asked: object) -> str:
    with pytest.raises(twoqs.ArgumentError) as caught:
        twoqs.simulate(model, trajectories=64, **asked)
    return str(caught.value)


@pytest.mark.parametrize("what", CASES)
def test_one_line_names_the_observable(what: str) -> None:
    observables, wanted = CASES[what]
    told = message(MODEL, observables=observables, **WINDOW)
    assert "\n" not in told
    assert len(told) < 400
    assert told.startswith("Argument `observables"), told
    of_names = wanted in (NO_NAME, "names that no result has")
    assert of_names or f"`observables.{list(observables)[-1]}" in told, told
    with pytest.raises(twoqs.ArgumentError, match=wanted):
        raise twoqs.ArgumentError(told)


def test_all_of_them_are_told_together() -> None:
    fine = {"fine": "a.x"}
    for wrong in (
        {"b": {"pairs": [0, 500]}, "c": {"two_times": "a.x", "lags": 1000}},
        {"b": {"power": "a.x", "segments": 0}, "c": {"sphere": "a", "l_max": 1000}},
        {"b": "a.x*(", "c": "a.z +"},
    ):
        lines = message(MODEL, observables=wrong | fine, **WINDOW).splitlines()
        assert [line.split("`")[1][:13] for line in lines] == ["observables.b", "observables.c"]


OF_SITES_AND_TIMES = {
    # a request, and what the message says
    "bins that fall": ({"histogram": "a.x", "bins": [3, -3, 10]}, "edges or more that increase"),
    "no bounds": ({"histogram": "c.a*c.adag"}, "no bounds of their own"),
    "three formulas": ({"histogram": ["a.x", "a.y", "a.z"]}, "be a formula, or two"),
    "a probability of two": ({"histogram": "a.x", "quantiles": [2]}, "between 0 and 1"),
    "values that are not real": ({"histogram": "a.minus"}, "its own conjugate"),
    "a sphere of a mode": ({"sphere": "c"}, "a spin, an ensemble or a lattice"),
    "harmonics without end": ({"sphere": "a", "l_max": 1000}, "at most 64"),
    "a map without bins": ({"wigner": "c"}, "have `bins`"),
    "trajectories of a window": ({"trajectories": 3}, "go with `times`"),
    "squares at two times": ({"two_times": "a.x**2"}, "be linear in components"),
    "lags that there are not": ({"two_times": "a.x", "lags": 1000}, "up to 40"),
    "segments without samples": ({"power": "a.x", "segments": 1000}, "8 samples a segment"),
    "waves of two lattices": ({"dynamic_structure": True}, "one lattice of spins"),
    "waves without a lattice": ({"structure": "a"}, "be on a lattice of cells"),
    "waves in the plane of a chain": ({"structure": "s", "q": [[0, 1]]}, "wave vectors of 1"),
    "one formula for a response": ({"response": "a.x"}, "two formulas, A and B"),
    "sites that there are not": ({"pairs": [0, 500]}, "numbers of sites"),
    "another axis": ({"pairs": True, "components": ["xw"]}, "pairs of axes"),
    "another distance": ({"correlations": "s", "by": "miles"}, "displacement or distance"),
}


@pytest.mark.parametrize("what", OF_SITES_AND_TIMES)
def test_requests_of_sites_and_times(what: str) -> None:
    request, wanted = OF_SITES_AND_TIMES[what]
    told = message(MODEL, observables={"b": request}, **WINDOW)
    assert told.startswith("Argument `observables.b")
    assert "\n" not in told
    assert wanted in told


OTHERWISE = {
    "times for what needs a window": (
        {"times": [0, 1]}, {"b": {"spectrum": "decay"}}, "go with `average`",
    ),
    "times for lags": ({"times": [0, 1]}, {"b": {"g2": "decay"}}, "go with `average`"),
    "a window of few bins": (
        {"average": (0, 4), "samples": 9}, {"b": {"spectrum": "decay"}}, "at least 16 bins",
    ),
    "a field at time 0 alone": ({"times": [0]}, {"b": {"field": "decay"}}, "over a time"),
    "a field of the paper's scheme": (
        {"times": [0, 1], "scheme": "pda"}, {"b": {"field": "decay"}},
        'scheme. must be "conserving" for what leaves',
    ),
    "an order that this scheme has not": (
        {"times": [0, 1], "scheme": "pda"}, {"b": "spin.x**3"}, "at most two components",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERWISE)
def test_settings_that_do_not_go_with_it(what: str) -> None:
    settings, observables, wanted = OTHERWISE[what]
    told = message(SPIN, observables=observables, **settings)
    assert "\n" not in told
    with pytest.raises(twoqs.ArgumentError, match=wanted):
        raise twoqs.ArgumentError(told)


@pytest.mark.parametrize(
    ("observables", "wanted"),
    [
        ({"b": {"fluks": "decay"}}, "did you mean `flux`"),
        ({"b": {"flux": "dcay"}}, "did you mean `decay`"),
        ({"b": {"spectrum": "decay", "resolution": 1e-9}}, "a resolution from"),
        ({"b": "spin.x**5"}, "whole number from 1 to 4"),
        ({"b": ["a"]}, "be a formula, or a mapping"),
    ],
)
def test_files_say_the_same(observables: dict[str, object], wanted: str) -> None:
    spec = {
        "name": "bad", "seed": 1, "trajectories": 64, "axes": {},
        "model": {"spin": 3, "field": [1, 0, 0], "decay": 1.0},
        "numerics": {"average": [0, 4], "samples": 41, "observables": observables},
    }  # fmt: skip
    with pytest.raises(SpecError, match=wanted) as caught:
        Sweep.from_dict(spec)
    assert "observables.b" in str(caught.value)
