"""What cannot be done ends with one line that names the argument, and leaves nothing behind."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from sweeps import mtimes

from twoqs.cli import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("export STORE", "`file` must be given, or a --crate: one of both, but got None"),
        ("export STORE a.nc --crate c", "`file` must be given, or a --crate: one of both, but got"),
        ("export STORE a.nc --license MIT", "`license` must go with a --crate, but got 'MIT'"),
        ("export STORE --crate c --var sz", "`crate` must go without --var and --per-spin"),
        ("export STORE --crate c --per-spin", "`crate` must go without --var and --per-spin"),
        ("export STORE --crate here", "`crate` must be a file (.zip) or a folder that does not"),
        ("export STORE --crate here --force", "`crate` must be a file (.zip) or a folder that"),
        ("export STORE --crate old.zip", "does not exist yet; --force replaces a file"),
        ("export STORE --crate c --license 'a b'", "`license` must be a name of SPDX, such as"),
        ("export STORE a.csv --per-spin --var squeezing", "`per_spin` must go with variables in"),
        ("export here c.nc", "There is no sweep in here"),
        ("export here --crate c", "There is no sweep in here"),
        ("show STORE --early --var nothing", "`var` must be a variable ("),
        ("show STORE --at omega=1 --at omega=2", "`at` must choose one value of each dimension"),
        ("plot STORE --y-log --at time=0", "`y_log` must go with positive values, but got 'sz'"),
        ("plot STORE --y-log --x time --y omega --at case=pda", "go with curves, not with a map"),
        ("plot STORE --x nothing", "`x` must be a dimension of `sz` (omega, case, time)"),
        ("plan SPEC --set numerics.times=[0,pi/0]", "`numerics.times.1` must be a number, but got"),
        ("plan SPEC --set trajectories=pi", "`trajectories` must be an integer, but got 'pi'"),
        ("plan SPEC --set model.spin=pi", "`model.spin` must be"),
        ("plan SPEC --set nothing=1", "`nothing` must be left out: there is no such key"),
        ("plan SPEC --set sizes.paper={}", "`sizes.paper` must have another name"),
        ("run SPEC --workers 0 --store here", "The folder here holds files, but is no store"),
    ],
)
def test_one_line_names_it(
    words: str, told: str, spec: Path, undisturbed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`spec` is in the working directory, where there are a folder with a file, and an archive."""
    (spec.parent / "here").mkdir()
    for name in ("here/mine", "old.zip"):
        (spec.parent / name).write_text("mine")
    before = mtimes(spec.parent)
    places = {"STORE": str(undisturbed), "SPEC": str(spec)}
    assert main([places.get(word, word) for word in shlex.split(words)]) == 2
    output, error = capsys.readouterr()
    assert output == ""
    assert error.startswith("twoqs: ")
    assert told in error
    assert error.count("\n") == 1
    assert mtimes(spec.parent) == before


def test_a_crate_of_what_is_not_finished(serial: Path, tmp_path: Path, capsys) -> None:
    """Neither a file nor a part of one is left; a damaged dataset is told likewise."""
    words = ["export", str(serial), "--crate", str(tmp_path / "c.zip")]
    (serial / "merged.zarr" / "sz" / "c" / "0" / "0" / "0").write_bytes(b"")
    assert main(words) == 1
    assert "is damaged. Run the sweep again" in capsys.readouterr().err
    receipts = (serial / "receipts.jsonl").read_bytes().splitlines(keepends=True)
    (serial / "receipts.jsonl").write_bytes(b"".join(receipts[:-1]))
    assert main(words) == 1
    assert "is not finished: 7 of 8 batches are done" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["serial"]


def test_errors_are_json_where_all_is(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, told in (
        (["--set", "seed=x"], "`seed` must be an integer"),
        (["--digest", "."], "`digest` must be a file"),
    ):
        assert main(["run", str(spec), "--log-json", "--workers", "0", *options]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        content = json.loads(line)
        assert (content["event"], told in content["message"]) == ("error", True)


@pytest.mark.parametrize("words", [["completion"], ["completion", "tcsh"]])
def test_shells_that_are_not_known(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "SHELL" in capsys.readouterr().err.splitlines()[-1]
