"""How far a run is, in logs, and spans of time for people."""

from __future__ import annotations

import json
import math
import sys
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta

import pytest

from twoqs.execution import progress
from twoqs.execution.log import JsonLines, Log
from twoqs.execution.progress import Progress, duration


def test_a_log_gets_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.0)
    shown = Progress(10, Log())
    shown.add(4)
    shown.close()
    told, text = capsys.readouterr().err.split(" ", 1)
    assert text.startswith("4 of 10 batches, ")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(told)) < timedelta(minutes=1)
    silent = Progress(10, Log(quiet=True))
    silent.add(4)
    assert capsys.readouterr().err == ""


def test_lines_of_others_become_objects(capsys: pytest.CaptureFixture[str]) -> None:
    with redirect_stderr(JsonLines(sys.stderr)):
        Log(as_json=True).say("{mine}", "start")
        for part in ("Warning: ", "not encrypted\n\n", "and so on\n"):
            sys.stderr.write(part)
    lines = map(json.loads, capsys.readouterr().err.splitlines())
    assert [(one["event"], one["message"]) for one in lines] == [
        ("start", "{mine}"),
        ("warning", "Warning: not encrypted"),
        ("warning", "and so on"),
    ]


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
