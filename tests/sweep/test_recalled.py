"""Points of large sweeps are made once; whatever happens to the file, they are the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sweeps import small

from twoqs.sweep import Sweep, loader, point, points, recalled
from twoqs.sweep.point import Point
from twoqs.sweep.problems import SpecError


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of files, for sweeps of four points and more."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(loader, "LARGE_GRID", 4)
    return tmp_path / "twoqs" / "points"


def made(monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]) -> tuple[list[Point], int]:
    """The points of a sweep, and how many of their models were built for it."""
    built: list[str] = []

    @cache
    def build(*settings: str) -> Any:
        built.append(settings[0])
        return point.build(*settings)

    with monkeypatch.context() as patch:
        patch.setattr(points, "built", build)
        patch.setattr(point, "built", build)
        found = Sweep.from_dict(content)
    return list(found.points), len(built)


CONTENTS = {
    "keywords": small(),
    "together": small(
        axes__omega={
            "zip": {
                "w": {"sets": "model.field.x", "values": [0.5, 1.5]},
                "g": {"sets": "model.decay", "values": [1, 2]},
            }
        }
    ),
    "a window to be found": small(numerics={"average": "auto", "scheme": "conserving"}),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_points_are_recalled_as_they_were_made(
    name: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, count = made(monkeypatch, CONTENTS[name])
    assert count == len(first)
    again, count = made(monkeypatch, CONTENTS[name])
    assert (again, count) == (first, 0)
    for one, other in zip(first, again, strict=True):
        assert (one.model.digest, one.numerics) == (other.model.digest, other.numerics)
    # As a store has it: with all that was left out.
    written = Sweep.from_dict(CONTENTS[name]).spec
    assert made(monkeypatch, written) == (first, 0)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "folder"])
def test_a_damaged_file_is_made_anew(
    damage: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = made(monkeypatch, small())
    for path in files.iterdir():
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()
        if damage == "folder":
            path.mkdir()
        else:
            path.write_bytes({"flip": bytes(content), "cut": content[:40]}.get(damage, b""))
    again, count = made(monkeypatch, small())
    assert (again, count) == (first, 4)
    assert made(monkeypatch, small())[1] == (4 if damage == "folder" else 0)


def test_other_settings_code_and_libraries_are_other_files(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(monkeypatch, small())
    for changed in (small(model__decay=2.0), small(axes__omega__values=[0.5, 1.25])):
        assert made(monkeypatch, changed)[1] == 4
    monkeypatch.setattr(recalled, "identity", lambda: {"code": "other"})
    assert made(monkeypatch, small())[1] == 4


def test_sweeps_with_problems_are_not_kept_and_few_files_are(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with pytest.raises(SpecError, match="decay"):
            Sweep.from_dict(small(axes__omega={"sets": "model.decay", "values": [1.0, -1.0]}))
    assert not files.exists()
    monkeypatch.setattr(recalled, "MOST_FILES", 3)
    for decay in (1.0, 2.0, 3.0):
        made(monkeypatch, small(model__decay=decay))
    assert len(list(files.iterdir())) == 3
    assert made(monkeypatch, small(model__decay=3.0))[1] == 0


def test_where_nothing_can_be_written_points_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(loader, "LARGE_GRID", 4)
    assert made(monkeypatch, small())[1] == made(monkeypatch, small())[1] == 4
