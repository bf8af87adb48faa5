"""Sweep files with random damage: a sweep, or an error with its place; nothing else."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sweeps import SMALL

from twoqs.look.describe import described_sweep, point_of
from twoqs.sweep import SpecError, Sweep
from twoqs.sweep.paths import KNOWN
from twoqs.sweep.source import parse

BASE: dict[str, Any] = SMALL | {
    "description": "text",
    "model": SMALL["model"]
    | {
        "lattice": {"chain": {"n": 4}},
        "coupling": [0.5, [1, 2, 3, 4], 0],
        "initial": {"coherent": {"theta": [0, 1, 2, 3], "phi": 0.5}},
    },
    "numerics": {"times": {"linspace": [0, 1, 3]}, "scheme": "pda", "observables": ["sites"]},
    "axes": {
        "case": SMALL["axes"]["case"],
        "J": {"sets": ["model.decay"], "values": [{"linspace": [0, 1, 2]}]},
        "pair": {
            "zip": {
                "omega": SMALL["axes"]["omega"],
                "gain": {"sets": "model.gain", "values": [0, 0.1]},
            }
        },
    },
    "sizes": {"quick": {"trajectories": 64, "numerics.times": [0, 1]}},
}

MEMBERS: dict[str, Any] = {
    **{"name": "x", "seed": 1, "trajectories": 64, "numerics": {"times": [0, 1]}},
    "model": {
        "members": {
            "a": {"spin": 1, "lattice": {"chain": {"n": 3}}},
            "b": {"spin": 2, "lattice": {"chain": {"n": 3}}},
        },
        "parameters": {"J": 0.1, "g": 0.2},
        "hamiltonian": "J*bonds(a.x, b.x, displacement=1)",
        "jumps": [{"operator": "each(a.minus)", "rate": "g"}, {"collapse": "0.1*b.z"}],
        "light": {
            "waveguide": {
                "emitters": ["a"], "positions": [0, 1, 2], "k": "pi/2",
                "gamma": {"left": "g", "right": 0.1},
            },
            "dipoles": {"emitters": ["b"], "gamma": 0.1, "k": 1, "direction": [0, "1j", 1]},
        },
        "initial": {"a": "up"},
    },
    "axes": {
        "k": {"sets": "model.light.waveguide.k", "values": [1, 2]},
        "S": {"sets": "model.members.a.spin", "values": [1, 2]},
    },
}  # fmt: skip

KEYS = sorted({str(part) for path in KNOWN for part in path} | {"paper", "<list>", "[key]", "a.b"})

NUMBERS = st.one_of(
    st.integers(-3, 300),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from([-0.0, 5e-324, 1e308, -1e308, 10**400, 0.3, 2**63]),
)
SCALARS = st.one_of(
    NUMBERS,
    st.none(),
    st.booleans(),
    st.sampled_from(KEYS),
    st.sampled_from([".".join(map(str, path)) for path in KNOWN]),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn, base: dict[str, Any]) -> dict[str, Any]:
    """The base with values, keys or items replaced, added or taken away at one to three places."""
    spec: dict[str, Any] = json.loads(json.dumps(base))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = spec
        while True:
            keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
                continue
            action = draw(st.sampled_from(["replace", "remove", "add"]))
            if action == "remove":
                del place[key]
            elif action == "replace":
                place[key] = draw(VALUES)
            elif isinstance(place, dict):
                place[draw(st.sampled_from(KEYS))] = draw(VALUES)
            else:
                place.append(draw(VALUES))
            break
    return spec


def check(error: SpecError, name: str, text: str = "") -> None:
    """Every problem is one printable line in our words, with its line in a text that is given."""
    count = text.count("\n") + 1
    assert not text or all(0 < (problem.line or 0) <= count for problem in error.problems)
    lines = str(error).splitlines()
    assert len(lines) == max(1, len(error.problems) + (len(error.problems) > 1))
    for line, problem in zip(lines[-len(error.problems) :], error.problems, strict=True):
        place = name if problem.line is None else f"{name}:{problem.line}"
        assert line == f"{place}: {problem.text}"
        assert problem.text.isprintable()
        assert problem.text.endswith(".")
        assert len(problem.text) < 1000
        assert "must Input" not in problem.text
        assert "must Value" not in problem.text


@given(st.sampled_from([BASE, MEMBERS]).flatmap(damaged))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_a_damaged_specification_is_a_sweep_or_an_error(spec: dict[str, Any]) -> None:
    try:
        sweep = Sweep.from_dict(spec)
    except SpecError as error:
        check(error, "<sweep>")
    else:
        again = Sweep.from_dict(json.loads(json.dumps(sweep.spec)))
        assert [p.point_id for p in again.points] == [p.point_id for p in sweep.points]
        for latex in (False, True):
            assert described_sweep(sweep, point_of(sweep), latex)


@given(st.sampled_from([BASE, MEMBERS]).flatmap(damaged), st.sampled_from([None, 1, 2]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_damaged_file_is_a_sweep_or_an_error_with_its_line(
    spec: dict[str, Any], indent: int | None
) -> None:
    """JSON is YAML, all but for NaN and infinity, which are text then."""
    text = json.dumps(spec, indent=indent)
    try:
        Sweep.of(parse(text, "fuzz.yaml"))
    except SpecError as error:
        check(error, "fuzz.yaml", text)


@given(st.data())
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_a_file_with_other_characters_is_a_sweep_or_an_error(data: st.DataObject) -> None:
    text = json.dumps(BASE, indent=1)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 5)))
        new = data.draw(
            st.one_of(
                st.text(max_size=3),
                st.text("&*!|>%@`'\"{}[]:,-?#\t\n\r \0\ufeff\u2028", max_size=6),
                st.sampled_from(["<<: *a", "&a ", "*a", "!!python/x ", "---\n", "...\n", "? "]),
            )
        )
        text = text[:start] + new + text[end:]
    try:
        Sweep.of(parse(text, "fuzz.yaml"))
    except SpecError as error:
        check(error, "fuzz.yaml")
