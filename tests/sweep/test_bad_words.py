"""Bad sums, sites, displacements, lengths and lattices in sweep files: one clear error each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twoqs.cli import main

BASE = """\
name: cells
seed: 3
trajectories: 64
model:
  members:
    a: {spin: 3, lattice: {chain: {n: 4}}}
    b: {spin: 2, lattice: {chain: {n: 4}}}
    c: {spin: 6}
  parameters: {J: 0.2, g: 0.1}
  hamiltonian: J*bonds(a.x, b.x, displacement=0)
  jumps: [{operator: each(a.minus), rate: g}]
  light: {waveguide: {emitters: [b], gamma: 0.1, k: 1}}
  initial: {a: up}
numerics: {times: [0, 1], step: 0.01}
axes:
  way:
    zip:
      J: {sets: model.parameters.J, values: [0.1, 0.2]}
      g: {sets: model.parameters.g, values: [0.2, 0.1]}
"""

H = "J*bonds(a.x, b.x, displacement=0)"
J = "each(a.minus)"
K = "k: 1}"

FORMULAS = {
    "bonds of spins": ("J*bonds(c.x, c.x)", "bonds", "be an operator of one `Sites`"),
    "bonds of two members": ("J*bonds(a.x, b.x)", "bonds", "or have a `displacement` .0 within"),
    "bonds of a product": ("J*bonds(a.x*a.y, a.x)", "bonds", "take a sum of `x y z plus minus`"),
    "bonds of a sum": ("J*bonds(a.x + b.x, a.x)", "bonds", "be an operator of one `Sites`"),
    "bonds of one": ("J*bonds(a.x)", "", "give `bonds` two operators, and perhaps values"),
    "values of other bonds": ("J*bonds(a.x, a.x, [1, 2])", "values", "hold 4 numbers, one for"),
    "values in a tuple": ("J*bonds(a.x, a.x, (1, 2))", "", "be a formula of names, numbers"),
    "values twice": ("J*each(a.x, 1, values=2)", "", "give `each` values once"),
    "no displacement": ("J*bonds(a.x, a.x, displacement=0)", "displacement", "be zero .*`each`"),
    "twice round": ("J*bonds(a.x, a.x, displacement=2)", "displacement", "not be half of the way"),
    "fraction of a cell": ("J*bonds(a.x, b.x, displacement=0.5)", "", "whole numbers for `displac"),
    "two axes for one": ("J*bonds(a.x, b.x, displacement=[1, 1])", "displacement", "one whole"),
    "too far": ("J*bonds(a.x, b.x, displacement=7)", "displacement", "be at most 4, but got 7"),
    "typo in a word": ("J*bonds(a.x, b.x, displacment=1)", "", "mean `displacement`"),
    "directed as well": ("J*bonds(a.x, b.x, displacement=1, directed=True)", "directed", "left"),
    "directed by a number": ("J*bonds(a.x, a.y, directed=1)", "", "True or False for `directed`"),
    "a site too far": ("J*a[4].x", "site", "be at most 3, but got 4"),
    "a site by name": ("J*a[b].x", "", "have the number of a site"),
    "a slice of sites": ("J*a[0:2].x", "", "use names, numbers"),
    "all sites by brackets": ("J*a[].x", "", "be a formula of names, numbers"),
    "each of a spin": ("J*each(c.x)", "each", "be an operator of one `Sites`, such as `each(s.x)`"),
    "each of each": ("J*each(each(a.x))", "each", "take forms of the `x y z plus minus` of all"),
    "total of a square": ("J*total(a.x**2)", "total", "take a sum of `x y z plus minus` of all"),
    "three factors": ("J*a.x*b.x*c.x", "", "second order .* (replace a factor by a number"),
    "a cube": ("J*c.x**3", "", "of at most second order in the spins, but got (c.x)**3"),
    "a root of a spin": ("J*c.x**0.5", "exponent", "be 1 or 2 for an operator"),
    "spins below a line": ("J/c.x", "", "divide by numbers and parameters alone"),
    "spins in an exponent": ("J**c.x", "", "a number without parameters in an exponent"),
    "a constant": ("J*c.x + 1", "", "leave constants out; they act on nothing"),
    "a sine of a parameter": ("sin(J)*c.x", "", "a number without parameters in `sin`"),
    "one over a sum": ("c.x/(J + 1)", "divisor", "make a sum of parameters a parameter of its own"),
    "no number": ("J*1e999*c.x", "number", "be finite, but got inf"),
    "a comparison": ("J*c.x == 3", "", "be a formula of names, numbers"),
    "a power sign": ("J*c.x^2", "", "use `**` for powers"),
    "a condition": ("J*c.x if c else 0", "", "be a formula of names, numbers"),
    "a parameter's component": ("J.x", "", "name a member"),
    "a member alone": ("J*c", "", "have a component (`c.x`, say)"),
    "a function alone": ("J*each", "", "have brackets behind `each`"),
    "code": ("J*c.x.__class__", "", "name a member, or one site of it"),
    "text": ("J*'c.x'", "", "use names, numbers"),
}  # fmt: skip
"""H, and what of it the message names and says."""

OTHERS = {
    "a bath of two members by site": (J, "each(a.minus + b.minus)", 11,
                                      "model.jumps.0.operator.each", "operator of one `Sites`"),
    "a bath of both kinds": (J, "each(a.minus) + c.minus", 11, "model.jumps.0.operator",
                             "all within `each(...)` or not at all"),
    "an axis over a formula": ("sets: model.parameters.J", "sets: model.hamiltonian.J", 18,
                               "axes.way.zip.J.sets", "by `parameters` in them"),
    "another length of values": ("values: [0.1, 0.2]", "values: [0.1]", 19,
                                 "axes.way.zip.g.values", "as many values as those of 'J', 1"),
    "an emitter of nobody": ("[b]", "[d]", 12, "model.light.waveguide.emitters", "name members"),
    "an emitter twice": ("[b]", "[b, b]", 12, "model.light.waveguide.positions", "be given, unl"),
    "a wave number of spins": (K, "k: c.x}", 12, "model.light.waveguide.k", "have no operators"),
    "no wave number": (", k: 1}", "}", 12, "model.light.waveguide.k", "be given, but is missing"),
    "a lattice of one kind twice": ("{chain: {n: 4}}}\n    b", "{chain: {n: 4}, square: {nx: 3, "
                                    "ny: 3}}}\n    b", 6, "model.members.a.lattice",
                                    "hold exactly one of chain"),
    "cells of other lattices": ("{chain: {n: 4}}}\n    c", "{chain: {n: 5}}}\n    c", 10,
                                "model.hamiltonian.bonds", "on a lattice of equal cells"),
    "cells of several sites": ("{chain: {n: 4}}}\n    b: {spin: 2, lattice: {chain: {n: 4}}}",
                               "{kagome: {nx: 2, ny: 2}}}\n    b: {spin: 2, lattice: {kagome: "
                               "{nx: 2, ny: 2}}}", 10, "model.hamiltonian.bonds",
                               "sites of a cell members"),
}  # fmt: skip
"""What is replaced, by what; the line, the path and the words of the error."""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    Path("bad.yaml").write_text(text, encoding="utf-8")
    assert main(["plan", "bad.yaml"]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    return error.splitlines()


def check(line: str, start: str, says: str) -> None:
    assert line.startswith(f"twoqs: bad.yaml:{start}` must "), line
    words = re.escape(says).replace(re.escape(".*"), ".*").replace(re.escape(".0"), ".0")
    assert re.search(words.replace(r"\(0", "(0"), line), line
    assert len(line) < 500


@pytest.mark.parametrize("name", FORMULAS)
def test_one_clear_error_of_a_formula(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    formula, part, says = FORMULAS[name]
    quoted = '"' + formula + '"'
    (line,) = told(BASE.replace(H, quoted, 1), capsys)
    path = f"model.hamiltonian.{part}" if part else "model.hamiltonian"
    check(line, f"10: Argument `{path}", says)


@pytest.mark.parametrize("name", OTHERS)
def test_one_clear_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, number, path, says = OTHERS[name]
    assert old in BASE
    (line,) = told(BASE.replace(old, new, 1), capsys)
    check(line, f"{number}: Argument `{path}", says)


def test_all_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    text = BASE.replace(H, "J*bonds(a.x, b.x)").replace(J, "each(c.minus)")
    first, *others = told(text, capsys)
    assert first == "twoqs: bad.yaml has 2 errors:"
    assert [line.split(":")[1] for line in others] == ["10", "11"]
    text = BASE.replace("values: [0.1, 0.2]", "values: [0.1]").replace("[b]", "b")
    first, *others = told(text.replace("spin: 6", "spin: 6.1"), capsys)
    assert first == "twoqs: bad.yaml has 2 errors:"
    assert [line.split(":")[1] for line in others] == ["8", "12"]


def test_the_good_file_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    """Negative control."""
    Path("good.yaml").write_text(BASE, encoding="utf-8")
    assert main(["plan", "good.yaml"]) == 0
    assert "2 = way[2]" in capsys.readouterr().out
    assert len(FORMULAS) + len(OTHERS) > 50
