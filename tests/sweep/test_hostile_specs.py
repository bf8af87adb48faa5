"""Sweep files that mean harm end with one error, in bounded time and memory, and touch nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from forked import forked
from hostile_specs import BOMBS, FILES
from sweeps import small, write_spec

from twoqs.cli import main

MOST_BYTES = 2 * 10**9
"""Address space of a run: an idle one takes a fourth of it."""

MOST_SECONDS = 120
"""A hang is a failure; the slowest of these takes some seconds."""


def refused(arguments: list[str], folder: Path, code: int = 2) -> str:
    """The one line in which a command refuses, as a process of its own with little memory."""
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    done = forked(main, arguments, folder, MOST_BYTES, MOST_SECONDS)
    assert done.code == code, done.error[-2000:]
    assert done.output == ""
    assert "Traceback" not in done.error
    assert len(done.error) < 20_000
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before
    return done.error


def check(error: str, expected: str) -> None:
    """Hold an error against what it must say; one error takes one line, and paints nothing."""
    assert expected in error
    assert "errors:\n" in error or error.count("\n") == 1
    assert error.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused(
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content, expected = FILES[name]
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "bad.yaml").write_bytes(content)
    monkeypatch.chdir(folder)
    assert main(["run", "bad.yaml", "--workers", "0"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    check(output.err, expected)
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*")] == [
        Path("work"),
        Path("work/bad.yaml"),
    ]


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name: str, tmp_path: Path) -> None:
    content, expected = BOMBS[name]
    (tmp_path / "bad.yaml").write_bytes(content)
    check(refused(["run", "bad.yaml", "--workers", "0"], tmp_path), expected)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.mkdir()


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**9)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_pipe, "Cannot read the file: it is a pipe or a device."),
        (_endless, "Cannot read the file: it is a pipe or a device."),
        (_folder, "Cannot read the file: Is a directory."),
        (_huge, "The file must have at most 4000000 bytes, but has 1000000000."),
        (_loop, "Cannot read the file: Too many levels of symbolic links."),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [["plan", "bad.yaml"], ["predict", "bad.yaml", "--output", "x.nc"]],
    ids=["plan", "predict"],
)
def test_what_is_no_file_is_refused(
    make: Callable[[Path], None], expected: str, arguments: list[str], tmp_path: Path
) -> None:
    make(tmp_path / "bad.yaml")
    assert refused(arguments, tmp_path) == f"twoqs: bad.yaml: {expected}\n"


def test_claims_are_read_with_the_same_care(tmp_path: Path) -> None:
    _endless(tmp_path / "claims.yaml")
    error = refused(["validate", "store", "--claims", "claims.yaml"], tmp_path)
    assert error == "twoqs: claims.yaml: Cannot read the file: it is a pipe or a device.\n"


def test_a_link_does_not_lead_out_of_the_results(tmp_path: Path) -> None:
    write_spec(tmp_path / "small.yaml", small())
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "small").symlink_to("../elsewhere")
    for command_ in ("plan", "run"):
        error = refused([command_, "small.yaml"], tmp_path)
        assert "results/small is a link to" in error
        assert "give it as the store" in error


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--store", ""], "`store` must be the path of a file or folder"),
        (["--store", "a" * 5000], "File name too long"),
        (["--workers", "99999999999"], "`workers` must be at most 4096"),
        (["--digest", "."], "`digest` must be a file"),
    ],
)
def test_hostile_options_are_refused(options: list[str], expected: str, tmp_path: Path) -> None:
    write_spec(tmp_path / "small.yaml", small())
    assert expected in refused(["run", "small.yaml", *options], tmp_path)


def test_the_limit_of_memory_is_no_hindrance(tmp_path: Path) -> None:
    """Negative control: what is refused above is not refused for want of memory."""
    write_spec(tmp_path / "small.yaml", small(axes__omega__values=[0.5]))
    done = forked(main, ["plan", "small.yaml"], tmp_path, MOST_BYTES, MOST_SECONDS)
    assert (done.code, done.error) == (0, "")
    eaten = forked(bytearray, MOST_BYTES, tmp_path, MOST_BYTES, MOST_SECONDS)
    assert eaten.code == 1
    assert "MemoryError" in eaten.error
