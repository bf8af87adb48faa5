"""The full text of errors: place in the file, dotted path, value, what is wanted, nearest key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sweeps import BASE

from twoqs.cli import main

KEPT: dict[str, Any] = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("spec_errors.yaml")
)

MADE = {
    # name: (file, error without the name of the file)
    "digits": (
        BASE.replace("seed: 1", f"seed: {'9' * 2000}"),
        "2: Argument `seed` must be an integer of at most 1000 digits, but got "
        "'999999999999999999999999999...9999999999999999999999999999'.",
    ),
    "hexadecimal digits": (
        BASE.replace("seed: 1", f"seed: 0x{'1' + '0' * 900}"),
        "2: Argument `seed` must be at most 9223372036854775807, but got "
        f"{str(16**900)[:28]}...{str(16**900)[-29:]}.",
    ),
    "times of an endless number": (
        BASE.replace("[0, 1]", f"{{linspace: [0, {'1' * 400}, 5]}}"),
        "5: Argument `numerics.times.linspace` must hold finite values, but got "
        f"[0, {'1' * 28}...{'1' * 22}....",
    ),
    "explosion of cases": (
        BASE + "axes:\n" + "".join(f"  a{i}: {{cases: {{a: {{}}, b: {{}}}}}}\n" for i in range(30)),
        "6: Argument `axes` must span at most 1000000 points, but got 1073741824.",
    ),
    "too many axes": (
        BASE + "axes:\n" + "".join(f"  a{i}: {{cases: {{a: {{}}}}}}\n" for i in range(33)),
        "6: Argument `axes` must hold at most 32 values, but got "
        "{'a0': {'cases': {'a': {}}}, 'a1': {'cases': {'a': {}}}, ....",
    ),
}

CASES = {name: (case["file"], case["errors"]) for name, case in KEPT.items()} | {
    name: (text, [error]) for name, (text, error) in MADE.items()
}


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a cluster was started")

    monkeypatch.setattr("twoqs.execution.run.engine_for", refuse)
    monkeypatch.chdir(tmp_path)


def errors(text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `twoqs run` says of a file, line by line; it must end with 2 and leave nothing."""
    Path("bad.yaml").write_text(text, encoding="utf-8")
    assert main(["run", "bad.yaml"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert [path.name for path in Path().iterdir()] == ["bad.yaml"]
    return output.err.removeprefix("twoqs: ").splitlines()


def test_the_base_of_those_that_are_made_is_good() -> None:
    Path("good.yaml").write_text(BASE, encoding="utf-8")
    assert main(["plan", "good.yaml"]) == 0


@pytest.mark.parametrize("name", CASES)
def test_the_error_in_full(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, expected = CASES[name]
    found = errors(text, capsys)
    if len(expected) > 1:
        assert found.pop(0) == f"bad.yaml has {len(expected)} errors:"
    assert found == [f"bad.yaml:{line}" for line in expected]


def test_more_errors_than_anybody_reads_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    text = BASE + "".join(f"colour{i}: red\n" for i in range(300))
    found = errors(text, capsys)
    assert found[0] == "bad.yaml has 300 errors:"
    assert found[-1] == "bad.yaml: 200 more errors are not shown."
    assert len(found) == 102
