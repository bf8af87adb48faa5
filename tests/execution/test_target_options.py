"""Targets of standard errors on the command line and in sweep files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from sweeps import merged_bytes, small, sweep, write_spec
from test_target import TARGET

from twoqs.cli import main
from twoqs.look.open import open as open_sweep
from twoqs.sweep import SpecError, Sweep


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small sweep without a target as a file, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return write_spec(tmp_path / "small.yaml", small())


def test_the_budget_ends_with_1_and_names_the_points(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", str(spec), "--workers", "0", "--digest", "digest.json"]
    target = ["--target-se", f"sz={TARGET}", "--max-trajectories"]
    for _ in range(2):
        assert main([*arguments, *target, "1300"]) == 1
        error = capsys.readouterr().err
        assert error.count("twoqs: target missed: ") == 2
        assert "omega=1.5, case=pda: 1." in error
        assert "times the target after 1280 trajectories" in error
        assert not Path("digest.json").exists()
    assert "Nothing to do" in error
    data = open_sweep("results/small").load()
    assert data.trajectories.values[1].tolist() == [1280, 1280]
    assert (data.trajectories.values[0] < 1280).all()
    assert main(["status", "results/small"]) == 0
    output = capsys.readouterr().out
    assert "met at 2 of 4 points, missed at 2 whose budget is spent" in output
    assert "missed   omega=1.5, case=conserving: " in output
    assert main(["verify", "results/small"]) == 0
    assert main([*arguments, *target, "99999"]) == 0
    assert Path("digest.json").exists()
    assert "met at 4 of 4 points\n" in _output(["status", "results/small"], capsys)


def test_a_target_that_nothing_meets_can_be_read(spec: Path) -> None:
    """Its ratio is near the end of all floats, its square beyond."""
    options = ["--target-se", "sz=1e-300", "--max-trajectories", "1024"]
    assert main(["run", str(spec), "--workers", "0", "--quiet", *options]) == 1
    assert main(["status", "results/small"]) == 0
    assert open_sweep("results/small").trajectories.values.tolist() == [[1024, 1024]] * 2


def _output(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_plan_tells_what_is_known(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["plan", str(spec), "--target-se", f"sz={TARGET}", "--max-trajectories", "5120"]
    output = _output(arguments, capsys)
    assert "batches       8, of which 0 are done" in output
    assert "sz_se <= 0.06: met at 0 of 4 points, 4 under way; more may follow, up to 80" in output
    assert not Path("results").exists()
    assert main(["run", *arguments[1:], "--workers", "0", "--quiet"]) == 0
    output = _output(arguments, capsys)
    assert output.endswith("met at 4 of 4 points\n")


def test_options_and_file_say_the_same(spec: Path) -> None:
    by_file = write_spec(spec.with_name("b.yaml"), small(target_se={"sz": TARGET}))
    options = ["--workers", "0", "--quiet"]
    assert main(["run", str(spec), "--store", "a", "--target-se", f"sz={TARGET}", *options]) == 0
    assert main(["run", str(by_file), "--store", "b", *options]) == 0
    assert merged_bytes(Path("a")) == merged_bytes(Path("b"))
    assert json.loads(open_sweep("a").attrs["sweep"])["target_se"] == {"sz": TARGET}
    # An option replaces the target of the same name, and leaves the others of the file.
    both = Sweep.from_file(by_file, changes={"target_se.sz": 1.0, "target_se.sx": 2.0})
    assert both.target_se == {"sz": 1.0, "sx": 2.0}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"target_se": {"s_z": 0.1}},
            r"`target_se` must name results .* 's_z' \(did you mean `sz`",
        ),
        ({"target_se": {"xi": 0.1}}, r"`target_se` must name results .* 'xi'"),
        ({"target_se": {"diverged": 0.1}}, "standard error, but got 'diverged'"),
        ({"target_se": {"sz": 0.0}}, r"`target_se\.sz` must .*greater than 0"),
        ({"target_se": {"sz": -1.0}}, r"`target_se\.sz`"),
        ({"target_se": {"sz": "1e-3"}}, r"`target_se\.sz` must be a number, but got '1e-3'"),
        ({"target_se": {"sz": math.inf}}, r"`target_se\.sz` must be finite"),
        ({"target_se": {}}, "`target_se` must hold at least 1"),
        ({"target_se": 0.1}, "`target_se` must be a mapping"),
        ({"max_trajectories": 9999}, "`max_trajectories` must go with `target_se` only"),
        ({"target_se": {"sz": 0.1}, "max_trajectories": 300}, "be at least `trajectories`, 512"),
        ({"target_se": {"sz": 0.1}, "max_trajectories": 1e-4}, "`max_trajectories` must be an int"),
    ],
)
def test_bad_targets(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SpecError, match=named):
        sweep(**changes)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--target-se", "sz"], "`target-se` must have the form VAR=ERROR"),
        (["--target-se", "=1"], "`target-se` must have the form VAR=ERROR"),
        (["--target-se", "sz=x"], "`target-se` must give a positive number, but got 'x'"),
        (["--target-se", "sz=0"], "`target-se` must give a positive number"),
        (["--target-se", "sz=inf"], "`target-se` must give a positive number"),
        (["--target-se", "sz=1", "--target-se", "sz=2"], "`target-se` must name sz once"),
        (["--target-se", "s.z=1"], "`target-se` must have the form VAR=ERROR"),
        (["--target-se", "zs=1"], "small.yaml: Argument `target_se` must name results"),
        (["--max-trajectories", "900"], "small.yaml: Argument `max_trajectories` must go with"),
    ],
)
def test_bad_options_leave_no_store(
    options: list[str], named: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("plan", "run"):
        assert main([name, str(spec), *options]) == 2
        assert named in capsys.readouterr().err
    assert list(spec.parent.iterdir()) == [spec]
