"""The table of a sweep in the terminal: `show`."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from sweeps import sweep

from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import open as open_sweep
from twoqs.look.table import table, with_error


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished store, to read only."""
    path = tmp_path_factory.mktemp("store") / "s"
    carry_out(sweep(), path, Workers(0), quiet=True)
    return path


def test_show_is_a_table(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(store)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "at time = 2"
    assert lines[1].split() == ["omega", "case", "sx", "sy", "sz", "trajectories"]
    assert len(lines) == 2 + 4
    assert len({len(line) for line in lines[1:]}) == 1
    assert lines[2].count("±") == 3


def test_show_chooses(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--var", "var_sz", "--var", "diverged", "--at", "time=0.9", "--at", "case=pda"]
    assert main(["show", str(store), *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "at time = 1, case = pda"
    assert lines[1].split() == ["omega", "var_sz", "diverged", "trajectories"]
    assert len(lines) == 2 + 2


def test_show_of_an_unfinished_sweep(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(spec), "--workers", "0", "--quiet"]) == 0
    assert main(["show", "results/small"]) == 0
    finished = capsys.readouterr().out.splitlines()
    receipts = Path("results/small/receipts.jsonl")
    receipts.write_bytes(b"".join(receipts.read_bytes().splitlines(keepends=True)[:5]))
    assert main(["show", "results/small"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["at time = 2", "2 of 4 points are finished"]
    rows = [line.split() for line in lines[3:]]
    assert [row[2:] for row in rows if row[-1] == "0"] == [["-", "-", "-", "0"]] * 2
    assert [row for row in rows if row[-1] != "0"] == [line.split() for line in finished[2:4]]
    assert main(["show", "results/small", "--early"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (early,) = (line for line in lines[3:7] if line.endswith(" 256"))
    assert early.count(" * ") == early.count("±") == 3
    assert sum(" * " in line for line in lines[3:7]) == 1
    assert lines[-1].startswith("*  early: of the batches that are done by now")


def test_show_tells_how_right_a_variable_is(store: Path) -> None:
    data = open_sweep(store)
    data["sx"].attrs["comment"] = "of spins along their means"
    assert table(data, ["sx"]).endswith("sx  of spins along their means")
    assert "along" not in table(data, ["sz"])


def test_tables_that_are_too_wide_are_cut_between_columns(store: Path) -> None:
    data = open_sweep(store)
    names = ["sx", "sy", "sz", "var_sx", "var_sy", "var_sz"]
    whole = table(data, names).splitlines()
    for width in (60, 80, 1):
        text = table(data, names, width=width)
        first, *rest = text.split("\n\n")
        parts = [first.splitlines()[1:], *(part.splitlines() for part in rest)]
        assert len(parts) > 1
        for part in parts:
            assert [len(line) for line in part] == [len(part[0])] * (1 + 4)
            assert part[0].split()[:2] == ["omega", "case"]
            assert len(part[0]) <= width or len(part[0].split()) == 3, "one column at least"
        columns = [name for part in parts for name in part[0].split()[2:]]
        assert columns == [*names, "trajectories"] == whole[1].split()[2:]
        cells = [[line.split()[2:] for line in part[1:]] for part in parts]
        joined = [list(chain(*row)) for row in zip(*cells, strict=True)]
        assert joined == [line.split()[2:] for line in whole[2:]]
    assert table(data, names, width=200) == "\n".join(whole)


def test_show_of_many_dimensions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    axes = {
        name: {"sets": f"model.{path}", "values": [0.5, 1.5]}
        for name, path in {"x": "field.x", "y": "field.y", "g": "field.z", "decay": "decay"}.items()
    }
    model = {"spin": 10, "lattice": {"chain": {"n": 4}}, "decay": 1.0}
    numerics = {"average": [1, 2], "observables": ["correlation"]}
    many = sweep(axes=axes, model=model, numerics=numerics, trajectories=1)
    carry_out(many, tmp_path / "s", Workers(0), quiet=True)
    assert main(["show", str(tmp_path / "s"), "--var", "correlation"]) == 2
    assert "choose a value of `distance` for `correlation`" in capsys.readouterr().err
    options = ["--var", "correlation", "--var", "xi_status", "--at", "distance=1", "--at", "x=0.4"]
    assert main(["show", str(tmp_path / "s"), *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "at distance = 1, x = 0.5"
    assert lines[1].split() == ["y", "g", "decay", "correlation", "xi_status", "trajectories"]
    rows = lines[2 : lines.index("")]
    assert len(rows) == 8
    meanings = open_sweep(tmp_path / "s").xi_status.attrs["flag_meanings"].split()
    assert all(line.split()[-2] in meanings for line in rows), "words for flags"


def test_show_names_each_column_once(store: Path) -> None:
    data = open_sweep(store)
    lines = table(data, ["trajectories", "sz", "sz"]).splitlines()
    assert lines[1].split() == ["omega", "case", "sz", "trajectories"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--var", "sq"], "`var`"),
        (["--at", "time"], "DIM=VALUE"),
        (["--at", "time=x"], "a number for `time`"),
        (["--at", "time=nan"], "a number from 0 to 2"),
        (["--at", "time=99"], "a number from 0 to 2"),
        (["--at", "time=1", "--at", "time=2"], "one value of each dimension"),
        (["--at", "case=P"], "pda, conserving"),
        (["--at", "space=1"], "name a dimension"),
    ],
)
def test_show_refuses(
    options: list[str], named: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(store), *options]) == 2
    assert named in capsys.readouterr().err


def test_show_wants_a_choice_for_open_dimensions(store: Path) -> None:
    data = open_sweep(store)
    data["profile"] = data.sz.expand_dims(distance=3)
    with pytest.raises(ArgumentError, match="`distance`"):
        table(data, ["profile"])


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.23456, 0.012, "1.235 ± 0.012"),
        (-4321.9, 34.0, "-4322 ± 34"),
        (0.5, 0.0, "0.5"),
        (-8.8e-16, 0.0, "0 ± 0"),
        (float("nan"), float("nan"), "-"),
        (1e-20, 1e-22, "1e-20 ± 1e-22"),
        (0.0996, 0.0996, "0.100 ± 0.100"),
    ],
)
def test_values_have_the_digits_of_their_errors(value: float, error: float, text: str) -> None:
    assert with_error(value, error) == text
