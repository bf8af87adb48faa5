"""Every bad sweep gets one clear message that names the key, exit code 2, and no cluster."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from sweeps import small, write_spec

from twoqs.cli import main
from twoqs.model.limits import MOST_FILE_BYTES

BASE = """\
name: bad
seed: 1
trajectories: 100
model:
  spin: 10
  decay: 1.0
numerics:
  times: [0, 1]
"""

AXES = BASE + "axes:\n"

CASES = {
    # name: (file, what the message must say)
    "unknown key": (BASE + "colour: red\n", ["bad.yaml:9", "`colour`"]),
    "typo": (BASE.replace("decay", "dekay"), ["bad.yaml:6", "`model.dekay`", "`decay`"]),
    "negative rate": (BASE.replace("1.0", "-1.0"), ["bad.yaml:6", "`model.decay`", "-1.0"]),
    "spin": (BASE.replace("spin: 10", "spin: 0.3"), ["bad.yaml:5", "`model.spin`", "0.3"]),
    "nan": (BASE.replace("1.0", ".nan"), ["bad.yaml:6", "`model.decay`", "finite"]),
    "inf": (BASE.replace("1.0", ".inf"), ["bad.yaml:6", "`model.decay`", "finite"]),
    "text for a number": (BASE.replace("1.0", '"1.0"'), ["`model.decay`", "'1.0'"]),
    "truth for a number": (BASE.replace("1.0", "true"), ["`model.decay`", "True"]),
    "number for an integer": (BASE.replace("100", "1.5e0"), ["`trajectories`", "integer"]),
    "no trajectories": (BASE.replace("100", "0"), ["bad.yaml:3", "`trajectories`", "0"]),
    "missing key": (BASE.replace("seed: 1\n", ""), ["`seed`", "missing"]),
    "negative seed": (BASE.replace("seed: 1", "seed: -1"), ["`seed`", "-1"]),
    "name with a path": (BASE.replace("name: bad", "name: ../bad"), ["`name`", "../bad"]),
    "long name": (BASE.replace("name: bad", "name: " + "b" * 101), ["`name`", "100 characters"]),
    "times and average": (BASE + "  average: [1, 2]\n", ["`numerics.times`", "`average`"]),
    "no times": (BASE.replace("times: [0, 1]", "samples: 3"), ["`numerics.times`"]),
    "times that fall": (BASE.replace("[0, 1]", "[1, 0]"), ["`numerics.times`", "increase"]),
    "P with conserving": (
        BASE + "  representation: P\n",
        ["bad.yaml:9", "`numerics.representation`", "conserving"],
    ),
    "Q with interactions": (
        BASE.replace("decay", "twist: [1, 0, 0]\n  decay") + "  scheme: pda\n  representation: Q\n",
        ["`numerics.representation`", "interaction-diffusion"],
    ),
    "step too large": (BASE + "  step: 3\n", ["bad.yaml:9", "`numerics.step`", "fastest rate"]),
    "unknown scheme": (BASE + "  scheme: heun\n", ["`numerics.scheme`", "'heun'"]),
    "correlation of one spin": (
        BASE + "  observables: [correlation]\n",
        ["`numerics.observables`", "correlation"],
    ),
    "ring of two": (
        BASE.replace("decay", "lattice: {chain: {n: 2}}\n  decay"),
        ["bad.yaml:6", "`model.lattice.chain`", "at least 3"],
    ),
    "two lattices": (
        BASE.replace("decay", "lattice: {chain: {n: 4}, all_to_all: {n: 4}}\n  decay"),
        ["`model.lattice`", "exactly one"],
    ),
    "huge lattice": (
        BASE.replace("decay", "lattice: {chain: {n: 1000000000000}}\n  decay"),
        ["`model.lattice.chain.n`", "1000000"],
    ),
    "huge site number": (
        BASE.replace("decay", "lattice: {edges: {edges: [[0, 1000000000000]]}}\n  decay"),
        ["bad.yaml:6", "`model.lattice.edges.edges`", "from 0 to 999999"],
    ),
    "huge weight": (
        BASE.replace("decay", f"lattice: {{edges: {{edges: [[0, 1, 1{'0' * 400}]]}}}}\n  decay"),
        ["bad.yaml:6", "`model.lattice.edges.edges`", "finite"],
    ),
    "short vector": (
        BASE.replace("decay", "field: [1, 0]\n  decay"),
        ["bad.yaml:6", "`model.field` must be a list of three, [x, y, z], but got [1, 0]."],
    ),
    "coupling of one spin": (
        BASE.replace("decay", "coupling: [1, 0, 0]\n  decay"),
        ["bad.yaml:6", "`model.coupling`", "bonds"],
    ),
    "values per site": (
        BASE.replace("decay", "field: [[1, 2], 0, 0]\n  decay"),
        ["bad.yaml:6", "`model.field.x`"],
    ),
    "bond with itself": (
        BASE.replace("decay", "lattice: {edges: {edges: [[0, 0]]}}\n  decay"),
        ["bad.yaml:6", "`model.lattice.edges.edges`", "two different sites"],
    ),
    "unknown path of an axis": (
        AXES + "  J: {sets: model.coupling.q, values: [1]}\n",
        ["bad.yaml:10", "`axes.J.sets`", "model.coupling."],
    ),
    "unknown path of a case": (
        AXES + "  case:\n    cases:\n      a: {numerics.stp: 0.1}\n",
        ["bad.yaml:12", "numerics.stp", "`numerics.step`"],
    ),
    "empty grid": (AXES + "  J: {sets: model.decay, values: []}\n", ["`axes.J`", "empty"]),
    "no cases": (AXES + "  J: {cases: {}}\n", ["`axes.J`", "empty"]),
    "value twice": (
        AXES + "  J: {sets: model.decay, values: [1, 2, {linspace: [0, 2, 3]}]}\n",
        ["bad.yaml:10", "`axes.J.values`", "once"],
    ),
    "bad value on an axis": (
        AXES + "  J: {sets: model.decay, values: [1, -2, 3]}\n",
        ["bad.yaml:10", "`model.decay`", "at J=-2"],
    ),
    "axis named like a result": (AXES + "  sz: {sets: model.decay, values: [1]}\n", ["`axes.sz`"]),
    "axes that set the same": (
        AXES + "  J: {sets: model.decay, values: [1]}\n  K: {cases: {a: {model.decay: 2}}}\n",
        ["bad.yaml:11", "`axes.K`", "'J'"],
    ),
    "grid explosion": (
        AXES
        + "  J: {sets: model.decay, values: {linspace: [0, 1, 100000]}}\n"
        + "  K: {sets: model.gain, values: {linspace: [0, 1, 100000]}}\n",
        ["`axes`", "10000000000"],
    ),
    "endless range": (
        AXES + "  J: {sets: model.decay, values: {linspace: [0, 1, 1000000000]}}\n",
        ["`axes.J.values.linspace`", "1000000"],
    ),
    "range without end": (
        AXES + "  J: {sets: model.decay, values: {logspace: [0, 999, 5]}}\n",
        ["`axes.J.values` must hold finite values: 10^999 is too large, but got {'logspace'"],
    ),
    "huge value": (
        AXES + f"  J: {{sets: model.decay, factor: 0.5, values: [1{'0' * 400}]}}\n",
        ["`axes.J.values`", "finite"],
    ),
    "no factor": (
        AXES + "  J: {sets: model.decay, factor: 0, values: [1, 2]}\n",
        ["bad.yaml:10", "`axes.J.factor` must not be 0"],
    ),
    "fraction for an integer on an axis": (
        BASE.replace("decay", "lattice: {chain: {n: 4}}\n  decay")
        + "axes:\n  n: {sets: model.lattice.chain.n, values: [8, 10.5]}\n",
        ["bad.yaml:11", "`model.lattice.chain.n`", "10.5", "at n=10.5)"],
    ),
    "points with other times": (
        AXES + "  case: {cases: {a: {}, b: {numerics.times: [0, 2]}}}\n",
        ["dimension `time`", "case=a", "case=b"],
    ),
    "points with other distances": (
        BASE.replace("decay", "lattice: {chain: {n: 4}}\n  decay")
        + "  observables: [correlation]\n"
        + "axes:\n  n: {sets: model.lattice.chain.n, values: [4, 6]}\n",
        ["dimension `distance`", "n=4", "n=6"],
    ),
    "bad size": (
        BASE + "sizes:\n  preview:\n    numerics.tims: [0, 2]\n",
        ["bad.yaml:11", "`sizes.preview`", "`numerics.times`"],
    ),
    "bad value in a size": (
        BASE + "sizes:\n  preview:\n    trajectories: 0\n",
        ["bad.yaml:11", "size 'preview'", "`trajectories`"],
    ),
    "duplicate key": (BASE + "seed: 2\n", ["bad.yaml:9", "`seed`", "line 2"]),
    "python object": (
        BASE.replace("seed: 1", "seed: !!python/object/apply:os.system ['true']"),
        ["bad.yaml:2", "`seed`", "python/object"],
    ),
    "key that is no text": (BASE + "1: 2\n", ["bad.yaml:9", "text as keys"]),
    "broken YAML": (BASE + "axes: [1,\n", ["Not valid YAML", "bad.yaml:"]),
    "two documents": (BASE + "---\n" + BASE, ["Not valid YAML"]),
    "no mapping": ("- 1\n", ["mapping"]),
    "empty file": ("", ["mapping"]),
    "alias of itself": ("a: &a [*a]\n", ["nested too deeply"]),
    "deep nesting": ("[" * 5000, ["nested too deeply"]),
    "aliases of aliases": (
        "a: &a [x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 8)}]\n" for a, b in pairwise("abcdefghi")),
        ["values or is nested too deeply"],
    ),
    "huge file": ("# " + "x" * MOST_FILE_BYTES, ["bytes"]),
}


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a cluster was started")

    monkeypatch.setattr("twoqs.execution.run.engine_for", refuse)


@pytest.mark.parametrize("name", CASES)
def test_bad_sweep(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, expected = CASES[name]
    file, store = tmp_path / "bad.yaml", tmp_path / "store"
    file.write_text(text, encoding="utf-8")
    assert main(["run", str(file), "--store", str(store)]) == 2
    output = capsys.readouterr()
    for part in expected:
        assert part in output.err
    assert output.err.count("\n") == 1, "one error, one line"
    assert output.out == ""
    assert not store.exists()


def test_the_base_of_the_bad_ones_is_good(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(BASE, encoding="utf-8")
    assert main(["plan", str(file)]) == 0


def test_all_errors_come_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = BASE.replace("spin: 10", "spin: 0.3").replace("decay: 1.0", "dekay: 1.0")
    text = text.replace("[0, 1]", "[1, 0]") + "seed: 3\ncolour: red\n"
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    assert main(["plan", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert "5 errors" in lines[0]
    keys = ["model.spin", "model.dekay", "numerics.times", "seed", "colour"]
    for line, key, number in zip(lines[1:], keys, (5, 6, 8, 9, 10), strict=True):
        assert f"bad.yaml:{number}: Argument `{key}`" in line


def test_alike_errors_of_many_points_count_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    text = AXES + "  J: {sets: model.field.x, values: {linspace: [0, 100, 101]}}\n"
    file.write_text(text.replace("times:", "step: 0.2\n  times:"), encoding="utf-8")
    assert main(["plan", str(file)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "97 other points" in error


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_unknown_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_spec(tmp_path / "s.yaml", small(sizes={"preview": {"trajectories": 64}}))
    assert main(["run", str(file), "--size", "previw"]) == 2
    assert "`preview`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 8}, "seed was 7 and is 8"),
        ({"model__spin": 11}, "model.spin was 10.0 and is 11.0"),
        ({"model__field": [0.5, 1, 0]}, "model.field.y was 0.0 and is 1.0"),
        ({"numerics__times": [0, 1, 2, 3]}, "numerics.times"),
        ({"axes__omega__sets": "model.field.z"}, "axes.omega.sets"),
        ({"axes__omega__factor": 2}, "axes.omega.factor was 1.0 and is 2.0"),
        ({"axes__case__cases": {"pda": {}, "conserving": {}}}, "axes.case.cases.pda"),
        ({"axes": {}}, "axes.omega was removed"),
    ],
)
def test_store_of_another_sweep(
    change: dict[str, object],
    named: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = tmp_path / "store"
    first = write_spec(tmp_path / "first.yaml", small())
    other = write_spec(tmp_path / "other.yaml", small(**change))
    monkeypatch.setattr("twoqs.execution.run.compute", lambda *arguments: (0, []))
    assert main(["run", str(first), "--store", str(store)]) == 0
    before = (store / "sweep.json").read_bytes()
    capsys.readouterr()
    for command in ("plan", "run"):
        assert main([command, str(other), "--store", str(store)]) == 2
        error = capsys.readouterr().err
        assert named in error
        assert error.count("\n") == 1
    assert (store / "sweep.json").read_bytes() == before


def test_folder_that_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_spec(tmp_path / "s.yaml", small())
    assert main(["run", str(file), "--store", str(tmp_path)]) == 2
    assert "is no store" in capsys.readouterr().err
    assert main(["run", str(file), "--store", str(file)]) == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "show", "verify"])
def test_no_store(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
