"""Sweeps of one's own in the workflow of this checkout: asked for by name, or configured."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from forked import Ended, forked, planned
from sweeps import BASE, small, write_spec

from twoqs.errors import ArgumentError
from twoqs.workflow.names import check_sweeps, check_title
from twoqs.workflow.settings import DEFAULTS, settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory far from the checkout, with two sweeps in a folder of its own."""
    folder = tmp_path / "somewhere else"
    (folder / "my sweeps").mkdir(parents=True)
    for name in ("laser", "dicke"):
        write_spec(folder / "my sweeps" / f"{name}.yaml", small(name=name, description="It's me"))
    (folder / "mine.yaml").write_text("sweeps_folder: my sweeps\nfigures: [fig1]\n")
    return folder


def snakemake(folder: Path, *arguments: str) -> Ended:
    """A dry run of the checkout's workflow in `folder`."""
    place = ["-s", str(ROOT / "Snakefile"), "-d", str(folder), "--cores", "2"]
    return forked(planned, [*place, "--configfile", str(folder / "mine.yaml"), *arguments], folder)


def counts(done: Ended) -> dict[str, int]:
    """How often each rule is planned."""
    text = done.output + done.error
    assert done.code == 0, text
    return {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE)}


def test_by_name(folder: Path) -> None:
    done = snakemake(folder, "--", "results/figures/laser.png")
    assert counts(done) == {"sweep": 1, "picture": 1, "total": 2}
    assert "'my sweeps/laser.yaml'" in done.output + done.error
    done = snakemake(
        folder, "--", "results/validation/laser.csv", "results/digests/dicke-preview.json"
    )
    assert counts(done) == {"sweep": 2, "predictions": 1, "validation": 1, "total": 4}
    assert "--store results/dicke-preview " in done.output + done.error


def test_by_configuration(folder: Path) -> None:
    given = ["sweeps=[laser, dicke]", "size=preview", "variables={laser: sx}"]
    done = snakemake(folder, "-p", "--config", *given)
    found = counts(done)
    assert found["sweep"] == found["predictions"] == found["validation"] == 3
    assert (found["picture"], found["figure"], found["report"]) == (2, 1, 1)
    text = done.output + done.error
    stores = "results/fig1-preview results/laser-preview results/dicke-preview"
    claims = f"--claims={ROOT / 'config' / 'claims.yaml'}"  # in quotes where a path has a space
    assert f"twoqs report {stores} {claims} " in text.replace("'", "")
    assert "twoqs plot results/laser-preview --var=sx --output" in text
    assert re.search(r"twoqs plot results/dicke-preview +--output", text)


def test_a_file_that_is_not_there(folder: Path) -> None:
    done = snakemake(folder, "--", "results/figures/nothing.png")
    assert done.code != 0
    assert "my sweeps/nothing.yaml" in done.output + done.error


def test_a_bad_name_is_told_once_before_anything_is_planned(folder: Path) -> None:
    done = snakemake(folder, "--config", "sweeps=[fig1]")
    text = done.output + done.error
    assert done.code != 0
    assert text.count("Argument `sweeps` must name sweeps of your own") == 1
    assert "Building DAG" not in text


def test_a_sweep_is_called_as_its_file(folder: Path) -> None:
    (folder / "my sweeps" / "laser.yaml").rename(folder / "my sweeps" / "maser.yaml")
    done = snakemake(folder, "--config", "sweeps=[maser]")
    assert done.code != 0
    wanted = "my sweeps/maser.yaml: Argument `name` must be that of the file, maser, but got"
    assert wanted in done.output + done.error


def test_a_bad_sweep_is_left_to_the_command_that_reads_it(folder: Path) -> None:
    (folder / "my sweeps" / "bad.yaml").write_text(BASE + "nonsense: [\n")
    assert counts(snakemake(folder, "--", "results/figures/bad.png"))["picture"] == 1


RESERVED = {"fig1": ROOT / "config" / "sweeps" / "fig1.yaml"}


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["fig1"], "must name sweeps of your own: the paper's are made by `figures`"),
        (["lasr"], "there is no lasr.yaml (did you mean `laser`?)"),
        (["xyz"], "there is no xyz.yaml (there are: dicke, laser)"),
        (["a/b"], "names of letters, digits, - and _"),
        (["../laser"], "names of letters, digits, - and _"),
        (["laser-preview"], "do not end in -preview or -fine, but got 'laser-preview'"),
        ([""], "names of letters"),
    ],
)
def test_names_that_cannot_be_made(folder: Path, names: list[str], told: str) -> None:
    sweeps = str(folder / "my sweeps")
    check_sweeps(["laser", "dicke"], sweeps, "paper", RESERVED)
    with pytest.raises(ArgumentError, match=re.escape(told)) as caught:
        check_sweeps(["laser", *names], sweeps, "paper", RESERVED)
    assert "\n" not in str(caught.value)


def test_a_folder_with_a_sweep_called_as_the_papers(folder: Path) -> None:
    sweeps = folder / "my sweeps"
    write_spec(sweeps / "fig1.yaml", small(name="fig1"))
    with pytest.raises(ArgumentError, match="must hold no sweep that is called fig1"):
        check_sweeps([], str(sweeps), "paper", RESERVED)
    check_sweeps([], str(RESERVED["fig1"].parent), "paper", RESERVED)


def test_titles() -> None:
    for title in ("laser", None, 3):  # what is no text, the sweep's own check will tell
        check_title("x y/laser.yaml", title)
    with pytest.raises(ArgumentError, match=r"^x y/laser.yaml: Argument `name` must be that of"):
        check_title("x y/laser.yaml", "maser")


def test_defaults_of_the_configuration() -> None:
    assert settings({}) == DEFAULTS
    assert settings({"sweeps_folder": "~/s"})["sweeps_folder"] == str(Path.home() / "s")
    assert settings({"sweeps": ["a"]}, {"figures": ["fig1"]}) == DEFAULTS | {
        "sweeps": ["a"], "figures": ["fig1"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"sweep": []}, "`sweep` must be left out: there is no such key (did you mean `sweeps`?)"),
        ({"sweeps": "laser"}, "`sweeps` must be a list of names, each once, but got 'laser'"),
        ({"sweeps": ["a", "a"]}, "`sweeps` must be a list of names, each once"),
        ({"sweeps": [3]}, "`sweeps` must be a list of names"),
        ({"sweeps": None}, "`sweeps` must be a list of names, each once, but got None"),
        ({"sweeps_folder": ""}, "`sweeps_folder` must be the path of a folder"),
        ({"variables": ["n"]}, "`variables` must be a mapping of names of sweeps"),
        ({"variables": {"laser": "n; rm"}}, "`variables` must be a mapping of names of sweeps"),
        ({"size": "a b"}, "`size` must be the name of a size, but got 'a b'"),
        ({"size": True}, "`size` must be the name of a size"),
        ({"tls": None}, "`tls` must be text, but got None"),
        ({"scheduler": "tcp://host;id"}, "`scheduler` must be tcp://host:port or tls://host:port"),
        ({"scheduler": "http://host"}, "`scheduler` must be tcp://host:port or tls://host:port"),
        ({"figures": ["fig2"]}, "`figures` must be some of fig1, but got ['fig2']"),
        ({"figures": []}, "`figures` must be some of fig1, but got []"),
    ],
)
def test_bad_configurations(config: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(told)) as caught:
        settings(config, {"figures": ["fig1"]})
    assert "\n" not in str(caught.value)
