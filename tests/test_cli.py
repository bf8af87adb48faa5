"""The command line: what it prints, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import math
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from sweeps import command, small, sweep, write_spec

from twoqs import progress
from twoqs.access import open as open_sweep
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.kernels.cache import COMPILING
from twoqs.progress import Progress, duration
from twoqs.run import Workers, run
from twoqs.store import BatchWriter
from twoqs.table import estimate, table

ROOT = Path(__file__).parent.parent


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small sweep as a file, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    sizes = {"preview": {"trajectories": 100}}
    return write_spec(tmp_path / "small.yaml", small(sizes=sizes))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished store, to read only."""
    path = tmp_path_factory.mktemp("store") / "s"
    run(sweep(), path, Workers(0), quiet=True)
    return path


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
        command("run", spec, "--store", spec.parent / "s", "--workers", "2"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line != COMPILING]
    assert len(lines) == 2, "quiet libraries"
    assert lines[1] == "8 batches computed."


def test_batches_that_are_given_up_end_with_1(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise FloatingPointError("poison")

    monkeypatch.setattr("twoqs.batch.run_batch", fail)
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

    monkeypatch.setattr("twoqs.batch.run_batch", interrupt)
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
    run(many, tmp_path / "s", Workers(0), quiet=True)
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
    assert estimate(value, error) == text


def test_a_log_gets_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.0)
    shown = Progress(10, quiet=False)
    shown.add(4)
    shown.close()
    assert capsys.readouterr().err.startswith("4 of 10 batches, ")
    silent = Progress(10, quiet=True)
    silent.add(4)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.5, "0.5 s"),
        (89, "89 s"),
        (600, "10 min"),
        (7500, "2 h 05 min"),
        (math.inf, "unknown time"),
    ],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
