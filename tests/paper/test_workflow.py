"""The Snakemake workflow, its sweep files, and what stands in them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from forked import Ended, forked, planned

from twoqs.model.states import InitialState
from twoqs.paper.accuracy import STUDIES
from twoqs.paper.figures import FIGURES
from twoqs.sweep import Sweep

ROOT = Path(__file__).parents[2]
SWEEPS = ROOT / "config" / "sweeps"
SIZES = ["paper", "preview", "fine"]


def snakemake(folder: Path, *arguments: str) -> Ended:
    """A dry run of the workflow of this checkout with `folder` as its working directory."""
    for name in ("Snakefile", "workflow", "config"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    return forked(planned, list(arguments), folder)


@pytest.mark.parametrize("name", sorted(FIGURES))
@pytest.mark.parametrize("size", SIZES)
def test_every_figure_has_a_sweep_in_every_size(name, size):
    sweep = Sweep.from_file(SWEEPS / f"{name}.yaml", size)
    assert sweep.name == (name if size == "paper" else f"{name}-{size}")
    assert len(sweep.points) >= 8


def test_figure_4_is_the_papers_protocol():
    sweep = Sweep.from_file(SWEEPS / "fig4.yaml")
    for point in sweep.points:
        assert point.model.spin == 1000
        assert point.trajectories >= 2500
        if point.coordinates["case"] != "conserving":
            assert point.numerics.average == (40, 50)
    kinds = {(point.numerics.scheme, point.numerics.method.k) for point in sweep.points}
    assert kinds == {("pda", 1), ("pda", 0), ("pda", -1), ("conserving", 0)}


def test_figure_7_has_the_transition_at_minus_one_half():
    """The factor 4 between the figure's and the equations' couplings stands in the sweep file."""
    sweep = Sweep.from_file(SWEEPS / "fig7.yaml")
    values = sorted({float(point.coordinates["J_y"]) for point in sweep.points})
    assert len(values) >= 41
    assert (values[0], values[-1]) == (-1, 0)
    assert -0.49 in values
    assert -0.5 not in values
    for point in sweep.points:
        jx, jy, jz = point.model.coupling
        assert (jx, jz) == (4 / 8, 0)
        assert jy == pytest.approx(4 * float(point.coordinates["J_y"]))
        assert point.model.n_sites == 100
        assert point.model.spin == 5000
        assert point.trajectories >= 1000
        # Polarised where J_x J_y > -Gamma^2, Holstein-Primakoff theory.
        assert (jx * jy > -1) == (point.coordinates["J_y"] > -0.5)
    assert {point.numerics.scheme for point in sweep.points} == {"pda", "conserving"}


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_fine_has_ten_times_the_trajectories(name):
    paper, fine = (Sweep.from_file(SWEEPS / f"{name}.yaml", size) for size in ("paper", "fine"))
    for one, more in zip(paper.points, fine.points, strict=True):
        assert more.point_id == one.point_id  # batches of one serve the other
        assert more.requested == 10 * one.requested


@pytest.mark.parametrize("study", sorted(STUDIES))
@pytest.mark.parametrize("size", ["paper", "preview"])
def test_the_accuracy_study_has_its_sweeps(study, size):
    _, axis, _ = STUDIES[study]
    assert axis in Sweep.from_file(SWEEPS / f"{study}.yaml", size).dims


def test_figures_1_to_3_are_the_papers():
    for name, rate, initial in (("fig1", "decay", "up"), ("fig2", "dephasing", None)):
        for point in Sweep.from_file(SWEEPS / f"{name}.yaml").points:
            assert getattr(point.model, rate) == 1
            assert point.model.spin in (10, 100)
            assert point.coordinates["case"] == "conserving" or point.trajectories == 1024
            assert initial is None or point.model.initial == InitialState(0.0, 0.0)
    sweep = Sweep.from_file(SWEEPS / "fig3.yaml")
    assert {point.model.field for point in sweep.points} == {(2.0, 0.0, 0.0)}
    assert {point.numerics.method.k for point in sweep.points} == {1, 0, -1}


def test_figures_5_and_6_have_all_rates():
    sweep = Sweep.from_file(SWEEPS / "fig5.yaml")
    rates = {point.model.decay for point in sweep.points}
    assert len(rates) >= 12
    assert rates >= {0.0, 0.125, 0.25, 0.5}
    assert {(point.numerics.scheme, point.numerics.method.k) for point in sweep.points} == {
        ("pda", 0), ("pda", -1), ("conserving", 0),
    }  # fmt: skip
    sweep = Sweep.from_file(SWEEPS / "fig6.yaml")
    assert {point.model.dephasing for point in sweep.points} == {0.0, 0.25, 0.5, 1.0}
    for point in sweep.points:
        assert point.model.twist == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("size", SIZES)
def test_dry_run_plans_all_steps(tmp_path, size):
    done = snakemake(tmp_path, "--cores", "2", "--config", f"size={size}")
    assert done.code == 0, done.error
    counts = dict.fromkeys(("sweep", "predictions", "figure", "validation"), 7)
    for rule, count in (counts | {"report": 1, "all": 1}).items():
        assert re.search(rf"^{rule} +{count}$", done.output + done.error, re.MULTILINE)


def test_a_sweep_without_its_digest_is_run_again(tmp_path):
    """As after a failure, which Snakemake removes it for; what was made of it is still there."""
    endings = {"validation": [".csv"], "figures": [".pdf", ".png"]}
    made = [f"predictions/{name}.nc" for name in FIGURES]
    made += [f"digests/{name}.json" for name in FIGURES]
    made += [f"{kind}/{name}{end}" for kind in endings for name in FIGURES for end in endings[kind]]
    for number, name in enumerate([*made, "report.html", "validation.csv"]):
        file = tmp_path / "results" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        later = time.time() + number  # younger than its inputs
        os.utime(file, (later, later))
    assert "Nothing to be done" in (done := snakemake(tmp_path)).output + done.error
    (tmp_path / "results" / "digests" / "fig4.json").unlink()
    planned = (done := snakemake(tmp_path)).output + done.error
    assert "results/digests/fig4.json" in planned
    assert "results/figures/fig4.png" in planned


def test_the_accuracy_study_by_its_name(tmp_path):
    done = snakemake(tmp_path, "--cores", "2", "--", "accuracy")
    assert done.code == 0, done.error
    for rule, count in {"sweep": 4, "predictions": 4, "validation": 4, "accuracy": 1}.items():
        assert re.search(rf"^{rule} +{count}$", done.output + done.error, re.MULTILINE)


def test_one_figure_by_its_name(tmp_path):
    done = snakemake(tmp_path, "--cores", "2", "results/figures/fig7.pdf")
    text = done.output + done.error
    assert done.code == 0, text
    assert "config/sweeps/fig7.yaml" in text
    assert "fig4" not in text


@pytest.mark.parametrize("setting", ["size=papier", "figures=[fig99]", "cores=7"])
def test_bad_configuration_is_refused(tmp_path, setting):
    done = snakemake(tmp_path, "--cores", "2", "--config", setting)
    assert done.code != 0
    name = setting.split("=")[0]
    assert name in done.output + done.error


def test_preview_axes_lie_inside_the_full_ones():
    full, small = (Sweep.from_file(SWEEPS / "fig4.yaml", size) for size in ("paper", "preview"))
    drives = [np.array([p.coordinates["Omega"] for p in s.points], float) for s in (full, small)]
    assert drives[0].min() <= drives[1].min()
    assert drives[1].max() <= drives[0].max()


@pytest.mark.parametrize("setting", ["cluster", "tls"])
def test_files_of_the_configuration_may_have_any_name(tmp_path, setting):
    name = "my folder/it's"
    given = [f"{setting}={name}", *(["scheduler=tls://host:8786"] if setting == "tls" else [])]
    done = snakemake(tmp_path, "-p", "--cores", "2", "--config", *given)
    text = done.output + done.error
    assert done.code == 0, text
    (line, *_) = re.findall(r"(twoqs run .*?) 2>&1", text)
    words = shlex.split(line)
    if setting == "cluster":
        assert f"--cluster={name}" in words
    else:
        assert [word for word in words if word.startswith("--tls")] == [
            f"--tls-{end}={name}/{end}.pem" for end in ("ca", "cert", "key")
        ]


def test_make_counts_cores_where_there_is_no_nproc(tmp_path):
    """As on macOS: POSIX has getconf."""
    (tmp_path / "getconf").symlink_to(shutil.which("getconf"))
    done = subprocess.run(
        [shutil.which("make"), "--dry-run", "reproduce", "PYTHON=python"],
        cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.search(r"^snakemake --cores \d+ ", done.stdout, re.MULTILINE), done.stderr
