"""Methods as objects: what they state of themselves, their names, and who may compare those."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import twoqs
from twoqs.methods import METHODS, PRECISIONS, method_of

ROOT = Path(twoqs.__file__).parent
MODEL = twoqs.Model(spin=10, field=(0.5, 0, 0), decay=1.0)
HALF = twoqs.Model(spin=0.5, field=(0.5, 0, 0), decay=1.0)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("ordering", ["P", "W", "Q"])
def test_a_name_and_an_object_give_the_same_bits(name: str, ordering: str) -> None:
    kind = METHODS[name]
    if ordering not in kind.orderings:
        with pytest.raises(twoqs.ArgumentError, match=f'must be "W" .* but got {ordering!r}'):
            method_of(name, ordering)
        return
    method = method_of(name, ordering, 0.05)
    assert (method.name, method.ordering, method.step) == (name, ordering, 0.05)
    settings = {"times": [0.5, 1.0], "trajectories": 64, "seed": 3}
    model = HALF if name == "discrete" else MODEL
    one = twoqs.simulate(model, method=method, **settings)
    other = twoqs.simulate(model, scheme=name, representation=ordering, step=0.05, **settings)
    assert one.drop_attrs().identical(other.drop_attrs())
    for key in ("scheme", "representation", "step", "numerics", "point_id"):
        assert one.attrs[key] == other.attrs[key], key


def test_methods_are_values() -> None:
    assert twoqs.PDA(ordering="Q") == method_of("pda", "Q")
    assert twoqs.Conserving(step=0.1) != twoqs.Conserving()
    assert repr(twoqs.Conserving(step=0.1)) == "Conserving(step=0.1)"
    with pytest.raises(TypeError, match="ordering"):
        twoqs.Conserving(ordering="P")


@pytest.mark.parametrize("kind", METHODS.values())
def test_what_a_method_states_of_itself(kind) -> None:
    assert kind.calculus in ("Ito", "Stratonovich")
    assert kind.weak_order in (1, 2)  # held against measured slopes in test_weak_order
    assert set(kind.precisions) <= set(PRECISIONS)
    assert 0 < kind.default_step < kind.largest_step
    length = kind().length_spread(10)
    assert (length == 0) == kind.keeps_length
    mean, offset, product = kind().correspondence(np.full(3, 10.0), np.full(3, 10.5))
    assert product in (0.0, 1.0)
    assert mean == pytest.approx(1, abs=0.01)
    assert offset.shape == (3,)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"method": "pda"}, "`method` must be one such as twoqs.Conserving(), but got 'pda'"),
        ({"method": twoqs.PDA}, "`method` must be one such as"),
        (
            {"method": twoqs.PDA(), "step": 0.01},
            "`method` must be left out where scheme, representation or step is given",
        ),
        ({"method": twoqs.PDA(ordering="X")}, '`representation` must be "P", "W" or "Q"'),
        ({"method": twoqs.PDA(step=9.0)}, "`step` must be at most 0.5 for the scheme 'pda'"),
        (
            {"scheme": "milstein"},
            "`scheme` must be one of conserving, discrete, pda, euler-maruyama",
        ),
        ({"scheme": "euler-maruyama", "precision": "single"}, '`precision` must be "double" for'),
    ],
)
def test_bad_methods_are_refused(given: dict, said: str) -> None:
    with pytest.raises(twoqs.ArgumentError, match=re.escape(said)):
        twoqs.simulate(MODEL, times=[1.0], **given)


NAMES = "|".join(METHODS)
COMPARISON = re.compile(
    rf"""(==|!=|\bin\b)\s*[(\[{{]?\s*["']({NAMES})["']|["']({NAMES})["']\s*(==|!=|\bin\b|:)"""
)
"""A comparison with a method's name, or a table by such names."""


def compared(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if COMPARISON.search(line)]


def test_nobody_else_compares_names_of_methods() -> None:
    """But styles of figures, which are by the names of cases in sweep files."""
    by_name = ("methods", "figures", "plot")
    files = [path for path in ROOT.rglob("*.py") if path.parent.name not in by_name]
    assert len(files) > 100
    assert {str(path): lines for path in files if (lines := compared(path))} == {}


@pytest.mark.parametrize(
    "line",
    ['if scheme == "pda":', 'x = 1 if n.scheme in ("conserving",) else 2', 'COST = {"pda": 1.0}'],
)
def test_the_search_finds_comparisons(tmp_path: Path, line: str) -> None:
    file = tmp_path / "x.py"
    file.write_text(line)
    assert compared(file) == [line]
