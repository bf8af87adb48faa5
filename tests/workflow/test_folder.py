"""`twoqs workflow FOLDER`: a folder that is ready, where there was nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from forked import forked, planned

from twoqs.cli import main
from twoqs.workflow.folder import TEMPLATE, make_folder
from twoqs.workflow.settings import DEFAULTS

ROOT = Path(__file__).parents[2]


def test_a_new_folder_plans_its_sweep(tmp_path: Path) -> None:
    folder = tmp_path / "own sweeps"
    folder.mkdir()  # an empty one will do
    assert main(["workflow", str(folder)]) == 0
    done = forked(planned, ["--cores", "2"], folder)
    text = done.output + done.error
    assert done.code == 0, text
    for rule in ("sweep", "predictions", "picture", "validation", "report", "all"):
        assert re.search(rf"^{rule} +1$", text, re.MULTILINE), rule
    assert "results/figures/driven_spin.png" in text
    assert "--claims" not in text


def test_the_configuration_of_a_new_folder_names_all_keys() -> None:
    text = (TEMPLATE / "config" / "config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+):", text, re.MULTILINE) == list(
        dict.fromkeys(key for key in DEFAULTS)
    )


def test_a_new_folder_has_the_profile_of_this_project() -> None:
    profile = Path("profiles", "default", "config.yaml")
    assert (TEMPLATE / profile).read_bytes() == (ROOT / profile).read_bytes()


@pytest.mark.parametrize("kind", ["with a file", "of hidden files", "file", "below a file"])
def test_what_is_there_is_left_alone(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "f"
    if kind == "file":
        folder.write_text("mine")
    elif kind == "below a file":
        (tmp_path / "x").write_text("mine")
        folder = tmp_path / "x" / "f"
    else:
        folder.mkdir()
        (folder / ("Snakefile" if kind == "with a file" else ".hidden")).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert main(["workflow", str(folder)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("twoqs: Argument `folder` must be a")
    assert said.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
    assert [path.read_text() for path in before if path.is_file()] == ["mine"]


def test_a_module_of_another_workflow_has_its_prefix(tmp_path: Path) -> None:
    """On a path with a space: results have the prefix, the user's sweep file has none."""
    folder = tmp_path / "a b"
    made = make_folder(tmp_path / "made")
    shutil.copytree(made / "config" / "sweeps", folder / "my sweeps")
    (folder / "Snakefile").write_text(
        "from twoqs.workflow import SNAKEFILE\n"
        "module spins:\n"
        "    snakefile: SNAKEFILE\n"
        "    config: {'sweeps': ['driven_spin'], 'sweeps_folder': 'my sweeps', 'size': 'preview'}\n"
        "    prefix: 'spins'\n"
        "use rule * from spins as spins_*\n"
        "module paper:\n"
        f"    snakefile: {str(ROOT / 'Snakefile')!r}\n"
        "    config: {'figures': ['fig1']}\n"
        "    prefix: 'paper'\n"
        "use rule * from paper as paper_*\n"
        "rule everything:\n"
        "    default_target: True\n"
        "    input: rules.spins_all.input, rules.paper_all.input\n"
    )
    done = forked(planned, ["--cores", "2", "-p"], folder)
    text = done.output + done.error
    assert done.code == 0, text
    run, paper = (re.search(rf"twoqs run .*{name}.*", text) for name in ("driven_spin", "fig1"))
    assert run is not None
    assert paper is not None
    assert "run 'my sweeps/driven_spin.yaml' --size preview" in run[0]
    assert "--store spins/results/driven_spin-preview " in run[0]
    assert "--digest spins/results/digests/driven_spin-preview.json" in run[0]
    assert str(ROOT / "config" / "sweeps" / "fig1.yaml") in paper[0]
    assert "--store paper/results/fig1 " in paper[0]
    assert "--cache spins/results/predictions/cache" in text
    commands = "\n".join(re.findall(r"twoqs (?:run|predict|plot|validate|figure|report) .*", text))
    assert not re.search(r"(?<!spins/)(?<!paper/)results/", commands)
