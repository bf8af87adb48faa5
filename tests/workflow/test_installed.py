"""The package without its checkout: as a wheel, made of what the container is made of."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from sweeps import small, write_spec

import twoqs

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = re.sub(r"\\\n", " ", (ROOT / "Containerfile").read_text(encoding="utf-8")).splitlines()
BUILD = "from setuptools.build_meta import build_wheel; build_wheel('dist')"


def told(word: str) -> list[str]:
    """What the lines of the container's recipe that begin with a word say."""
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def copied() -> list[str]:
    """Files and folders of the checkout that the container takes."""
    return [source for line in told("COPY") for source in line.split()[:-1]]


def pinned() -> dict[str, tuple[str, int]]:
    """Of each package of the lock file its version, and how many hashes it has."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"^([\w.-]+)==(\S+)(.*)$", text, re.MULTILINE)
    return {name: (version, rest.count("--hash=sha256:")) for name, version, rest in found}


def test_the_container_has_the_locked_packages_and_ends_in_twoqs() -> None:
    (base,) = told("FROM")
    version = base.removeprefix("python:").removesuffix("-slim")
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(version)
    assert version == PROJECT["tool"]["mypy"]["python_version"]
    first, second, _ = told("RUN")
    assert first.startswith(
        "pip install --no-cache-dir --require-hashes -r /build/requirements.lock"
    )
    assert "--no-deps --no-build-isolation /build" in second
    lock = pinned()
    assert len(lock) > 100
    assert all(hashes for _, hashes in lock.values())
    needed = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    for requirement in map(Requirement, needed):
        version, _ = lock[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    (entry,) = told("ENTRYPOINT")
    assert entry == f'["{next(iter(PROJECT["project"]["scripts"]))}"]'


def test_the_container_runs_as_no_administrator() -> None:
    (user,) = told("USER")
    assert int(user.split(":")[0]) > 0
    words = [line.split()[0] for line in LINES if line]
    assert words[words.index("USER") :] == ["USER", "WORKDIR", "ENTRYPOINT"]


def test_what_the_container_takes_is_all_that_is_sent_for_it() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == set(copied())
    assert all((ROOT / name).exists() for name in copied())
    for secret in (".git", ".venv", "results", "tests"):
        assert not any(fnmatch.fnmatch(secret, rule[1:]) for rule in rules if rule[0] == "!")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with a wheel of these files in place of this checkout."""
    folder = tmp_path_factory.mktemp("installed")
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=lambda *_: ["__pycache__"])
        else:
            shutil.copy(ROOT / name, folder)
    subprocess.run([sys.executable, "-c", BUILD], cwd=folder, capture_output=True, check=True)
    (wheel,) = folder.glob("dist/*.whl")
    words = ["pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    target = ["--target", str(folder / "there"), str(wheel)]
    subprocess.run([sys.executable, "-m", *words, *target], capture_output=True, check=True)
    # Machine code of these kernels, to compile which takes most of a minute.
    for file in (ROOT / "twoqs" / "kernels" / "__pycache__").glob("*.nb?"):
        place = folder / "there" / "twoqs" / "kernels" / "__pycache__"
        place.mkdir(exist_ok=True)
        shutil.copy(file, place)
    programs = [str(folder / "there" / "bin"), str(Path(sys.executable).parent)]
    path = os.pathsep.join([*programs, os.environ["PATH"]])
    return os.environ | {"PATH": path, "PYTHONPATH": str(folder / "there")}


def test_a_workflow_from_the_wheel_alone(installed: dict[str, str], tmp_path: Path) -> None:
    """In an empty folder whose name needs quotes; from there a picture and a report.

    `verification` has a checkout, and Python, in such a folder.
    """

    def run(*words: str, folder: Path) -> None:
        done = subprocess.run(
            words, cwd=folder, env=installed, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    place = tmp_path / "a b'c"
    place.mkdir()
    run("twoqs", "workflow", "demo", folder=place)
    axes = {"spin": {"sets": "model.spin", "values": [4, 6]}}
    write_spec(place / "demo" / "config" / "sweeps" / "driven_spin.yaml",
               small(name="driven_spin", trajectories=256, axes=axes))  # fmt: skip
    made = ["results/figures/driven_spin.png", "results/report.html"]
    run("snakemake", "--cores", "1", *made, folder=place / "demo")
    results = place / "demo" / "results"
    assert twoqs.open(results / "driven_spin").attrs["commit"] == "unknown", "made by a checkout"
    assert (results / "figures" / "driven_spin.png").read_bytes().startswith(b"\x89PNG")
    assert "driven_spin" in (results / "report.html").read_text(encoding="utf-8")
