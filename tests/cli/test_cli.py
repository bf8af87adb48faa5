"""The command line: what it prints, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from sweeps import command, sweep

from twoqs.cli import main
from twoqs.kernels.compile.cache import COMPILING
from twoqs.store import BatchWriter
from twoqs.store.lock import StoreLock
from twoqs.store.store import RECEIPTS

ROOT = Path(__file__).parents[2]


def test_plan_starts_and_writes_nothing(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(spec)]) == 0
    output = capsys.readouterr().out
    assert "4 = omega[2] x case[2]" in output
    assert "trajectories  2048\n" in output
    assert "batches       8, of which 0 are done" in output
    assert list(spec.parent.iterdir()) == [spec]


def test_plan_says_what_is_done_and_rounded(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(spec), "--workers", "0", "--size", "preview", "--quiet"]) == 0
    assert main(["plan", str(spec), "--size", "preview"]) == 0
    output = capsys.readouterr().out
    assert "results/small-preview" in output
    assert "batches       4, of which 4 are done" in output
    assert "Whole batches make 256 trajectories of the 100 asked for" in output


def test_run_writes_where_the_sweep_says(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", str(spec), "--workers", "0", "--digest", "digests/small.json"]
    assert main(arguments) == 0
    assert "8 batches computed" in capsys.readouterr().err
    content = json.loads(Path("digests/small.json").read_text(encoding="utf-8"))
    assert content["store"] == "../results/small"
    assert main([*arguments, "--size", "paper"]) == 0
    assert "Nothing to do" in capsys.readouterr().err
    assert main(["verify", "results/small"]) == 0
    assert main(["status", "results/small"]) == 0
    assert "8 of 8 done" in capsys.readouterr().out


def test_quiet_is_quiet(spec: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(spec), "--workers", "0", "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")


def test_module_and_workers(spec: Path) -> None:
    done = subprocess.run(
        command("run", spec, "--store", spec.parent / "s", "--workers", "1"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.endswith(COMPILING)]
    assert len(lines) == 3, "quiet libraries"
    assert "Lengths of spins drift apart" in lines[0]
    assert lines[2].split(" ", 1)[1] == "8 batches computed."


def test_what_a_run_says_as_json(spec: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object a line, errors included; what is done has the keys of `status --json`."""
    monkeypatch.setattr("twoqs.execution.progress.LOG_SECONDS", 0.0)
    words = ["run", str(spec), "--workers", "0", "--log-json"]
    assert main([*words, "--set", "axes.omega.values=[0.5]"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    said = [one for one in said if one["event"] != "compile"]
    assert list(dict.fromkeys(one["event"] for one in said)) == ["start", "progress", "computed"]
    done = [one["batches"]["done"] for one in said]
    assert (done[0], done[-1]) == (0, 4)
    assert done == sorted(done)
    assert main(["status", "results/small", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert {key: state[key] for key in ("points", "batches")} == {
        key: said[-1][key] for key in ("points", "batches")
    }
    assert main([*words, "--set", "seed=2"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    error = json.loads(line)
    assert (error["event"], error["message"][:9]) == ("error", "The store")


def test_batches_that_are_given_up_end_with_1(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise FloatingPointError("poison")

    monkeypatch.setattr("twoqs.simulation.batch.run_batch", fail)
    assert main(["run", str(spec), "--workers", "0"]) == 1
    error = capsys.readouterr().err
    assert error.count("twoqs: given up: batch") == 8
    assert "at omega=0.5, case=pda: FloatingPointError: poison" in error
    assert main(["status", "results/small"]) == 0
    assert "missing  2 of 2 batches at omega=0.5, case=pda" in capsys.readouterr().out
    assert main(["verify", "results/small"]) == 1
    capsys.readouterr()
    assert main(["show", "results/small"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["at time = 2", "0 of 4 points are finished"]
    assert [line.split()[-4:] for line in lines[3:]] == [["-", "-", "-", "0"]] * 4


def test_a_second_writer_ends_with_1(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with BatchWriter(Path("results/small"), sweep()):
        assert main(["run", str(spec), "--workers", "0"]) == 1
        error = capsys.readouterr().err
        assert "is being written by process" in error
        assert error.count("\n") == 1
        assert main(["status", "results/small"]) == 0
        assert "writer   process" in capsys.readouterr().out


def test_interrupts_end_with_130(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("twoqs.simulation.batch.run_batch", interrupt)
    assert main(["run", str(spec), "--workers", "0"]) == 130
    assert "finished batches are kept" in capsys.readouterr().err


def test_output_that_cannot_be_written_is_one_line(spec: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("the system has no device that is always full")
    with full.open("w") as output:
        ended = subprocess.run(
            command("plan", spec), stdout=output, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("twoqs: Cannot write the output (")
    assert ended.stderr.count("\n") == 1


def test_a_digest_that_could_not_be_written_costs_no_run(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (spec.parent / "file").touch()
    for path in ("file/digest.json", "."):
        assert main(["run", str(spec), "--workers", "0", "--digest", path]) == 2
        assert "`digest` must " in capsys.readouterr().err
    assert not (spec.parent / "results").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run"],
        ["run", "x.yaml", "--workers", "-1"],
        ["run", "x.yaml", "--workers", "two"],
        ["show", "x", "--colour"],
    ],
)
def test_bad_options_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("twoqs ")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--tls-ca", "x"], "`tls`"),
        (["--scheduler", "here"], "`scheduler`"),
        (["--scheduler", "tls://127.0.0.1:8786", "--tls-ca", "none"], "`tls-ca` must be a file"),
    ],
)
def test_bad_addresses_leave_no_store(
    options: list[str], named: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(spec), *options]) == 2
    assert named in capsys.readouterr().err
    assert list(spec.parent.iterdir()) == [spec]


@pytest.mark.parametrize("command", ["show", "validate", "verify"])
def test_a_damaged_merged_dataset_is_one_line(
    command: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(spec), "--workers", "0"]) == 0
    (Path("results/small/merged.zarr/sz/c/0/0/0")).write_bytes(b"")
    capsys.readouterr()
    assert main([command, "results/small"]) == 1
    output = capsys.readouterr()
    assert "un the sweep again" in output.out + output.err
    assert output.err.count("\n") == (command != "verify")


def test_unknown_options_come_with_those_of_their_command(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "drive.yaml", "--workrs", "2"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("usage: twoqs run ")
    assert "unrecognized arguments: --workrs 2" in said


def test_a_folder_of_stores_is_no_store_but_its_stores_are_named(serial, capsys) -> None:
    assert main(["status", str(serial.parent)]) == 2
    assert "these in it have one: serial." in capsys.readouterr().err


def test_verify_says_that_a_run_is_under_way(serial, capsys) -> None:
    (serial / RECEIPTS).write_text("")
    assert main(["verify", str(serial)]) == 1
    assert "Run the sweep again" in capsys.readouterr().out
    lock = StoreLock(serial / "lock")
    try:
        assert main(["verify", str(serial)]) == 1
        said = capsys.readouterr().out
        assert f"A run is writing it now (process {os.getpid()} on" in said
        assert "Run the sweep again" not in said
    finally:
        lock.release()
