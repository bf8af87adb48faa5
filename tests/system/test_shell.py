"""Commands that the product prints or documents can be typed as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from sweeps import receipts, small, write_spec

from twoqs.cli import main
from twoqs.cli.parser import parser_of_all
from twoqs.store import read_spec
from twoqs.sweep import Sweep
from twoqs.text import command_line

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def typed(line: str) -> int:
    """Run what stands behind the last `: ` of a line, as a shell would take it apart."""
    program, *words = shlex.split(line[line.index(": twoqs ") + 2 :])
    assert program == "twoqs"
    return main([*words, "--quiet", "--workers=0"])


@pytest.mark.parametrize("target", [[], ["--target-se", "sz=5", "--max-trajectories", "4096"]])
@pytest.mark.parametrize("own_store", [[], ["--store", "-o'w n"]])
def test_what_refine_prints_goes_on_in_the_same_store(
    target: list[str],
    own_store: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "it's a b"
    folder.mkdir()
    monkeypatch.chdir(folder)
    write_spec(folder / "co arse.yaml", small(sizes={"preview": {"trajectories": 100}}))
    store = [f"--store={name}" for name in own_store[1:]]
    options = ["co arse.yaml", "--size", "preview", *store, "--axis", "omega", "--points", "1"]
    assert main(["refine", *options]) == 2
    # Nothing is there yet: the error says how to make it.
    assert typed(capsys.readouterr().err) == 0
    if target:
        rest = ["--size=preview", *store, *target, "--quiet", "--workers=0"]
        assert main(["run", "co arse.yaml", *rest]) == 0
    kept = Path(own_store[1]) if own_store else Path("results/small-preview")
    before = receipts(kept)
    assert main(["refine", *options, "--output", "./-fi'ner.yaml"]) == 0
    assert typed(capsys.readouterr().err.splitlines()[-1]) == 0
    assert receipts(kept)[: len(before)] == before
    sweep = Sweep.from_dict(read_spec(kept))
    assert len(sweep.points) == 6
    assert sweep.target_se == ({"sz": 5.0} if target else {})
    assert sweep.max_trajectories == (4096 if target else None)
    # Two new points beside four, and no other batch of those.
    assert len(receipts(kept)) == 3 * len(before) // 2
    assert len(list(folder.rglob("sweep.json"))) == 1, "one store"


def test_a_sweep_that_has_grown_says_what_to_type(
    serial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = write_spec(tmp_path / "m ore.yaml", small(axes__omega__values=[0.5, 1.0, 1.5]))
    options = ["--store", str(serial), "--axis", "omega", "--points", "3"]
    assert main(["refine", str(spec), *options]) == 1
    error = capsys.readouterr().err
    assert "run the sweep first" in error
    assert typed(error) == 0
    assert main(["refine", str(spec), *options]) == 0


def test_paths_are_never_options_or_homes() -> None:
    words = shlex.split(command_line("run", Path("-x.yaml"), "--store", Path("~me/a b'c")))
    assert words == ["twoqs", "run", "./-x.yaml", "--store", "./~me/a b'c"]


def documented() -> list[str]:
    """Every line of the documents that is a command."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    return re.findall(r"^(?: {4})?twoqs (.+?)(?: +#.*)?$", text.replace("\n\n", "\n"), re.MULTILINE)


def test_documented_commands_have_options_that_exist() -> None:
    found = [words for words in map(shlex.split, documented()) if words[0].islower()]
    commands = {"plan", "run", "refine", "show", "plot", "export", "validate", "verify"}
    lines = [words for words in found if words[0] in commands | {"status", "predict"}]
    assert {words[0] for words in lines} >= commands
    for words in lines:
        parser_of_all().parse_args(words)
    with pytest.raises(SystemExit):
        parser_of_all().parse_args(["run", "sweep.yaml", "--sise", "preview"])
