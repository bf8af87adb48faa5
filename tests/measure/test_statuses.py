"""Every status says what happened and what to do, with one text wherever it is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from sweeps import sweep

import twoqs
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.measure.fits import correlation_length, optimum
from twoqs.measure.statuses import MEANINGS, MISSING
from twoqs.simulation import batch

DOCS = Path(__file__).parents[2] / "docs"
CHAIN = twoqs.Model(
    spin=1000, lattice=twoqs.chain(12), coupling=(0.5, -1.6, 0), decay=1.0, initial="down"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores of a chain with too few trajectories, and of a spin past the validity of pda."""
    folder = tmp_path_factory.mktemp("stores")
    chain = {"spin": 1000, "lattice": {"chain": {"n": 12}}, "coupling": [0.5, 0, 0], "decay": 1.0}
    axes = {"J_y": {"sets": "model.coupling.y", "values": [-1.6, -0.8]}}
    numerics = {"average": [1, 2], "observables": ["correlation"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "TARGET_SECONDS", 1e-9)  # one block of 64 trajectories a batch
        few = sweep(model=chain, axes=axes, numerics=numerics, trajectories=64)
        carry_out(few, folder / "few", Workers(0), quiet=True)
    model = {"spin": 4, "field": [2.0, 0, 0], "decay": 1.0}
    late = sweep(model=model, trajectories=256, numerics={"times": [0, 1, 40]})
    carry_out(late, folder / "late", Workers(0), quiet=True)
    return folder


def test_texts_are_complete():
    known = {
        "xi_status": correlation_length.XI_STATUSES,
        "squeezing_optimum_status": optimum.OPTIMUM_STATUSES,
    }
    for flag, statuses in known.items():
        assert [*MEANINGS[flag]] == [*statuses, MISSING]
    for flag, words in MEANINGS.items():
        for word, (happened, todo) in words.items():
            assert happened, (flag, word)
            assert bool(todo) == (word not in ("resolved", "relaxed")), (flag, word)


def markdown(flag):
    """Lines of a table for the documentation."""
    yield f"| `{flag}` | what happened | what to do |"
    yield "|---|---|---|"
    for word, (happened, todo) in MEANINGS[flag].items():
        yield f"| `{word}` | {happened} | {todo} |"


@pytest.mark.parametrize("flag", MEANINGS)
def test_the_documentation_has_them(flag):
    pages = (DOCS / name for name in ("query.md", "trust.md"))
    assert any("\n".join(markdown(flag)) in page.read_text(encoding="utf-8") for page in pages)


def test_too_few_groups_is_not_called_noise():
    """Old codes keep their meaning: the new word comes last."""
    assert correlation_length.XI_STATUSES[:4] == (
        "resolved", "noise", "finite-size", "not-exponential",
    )  # fmt: skip
    data = twoqs.simulate(CHAIN, average=(1, 3), trajectories=256, observables=["correlation"])
    assert "too-few-groups: fewer than 12 groups" in data.xi_status.attrs["comment"]
    assert "take 192 trajectories or more" in data.xi_status.attrs["comment"]
    assert data.xi.attrs["ancillary_variables"] == "xi_se xi_drift xi_status trajectories"


def test_correlations_that_are_not_finite_are_not_called_noise():
    s, c = np.arange(5), np.full(5, 0.5)
    blocks = np.full((20, 5), np.nan)
    fit = correlation_length.fit_correlation_length(s, c, blocks, n_sites=8)
    assert fit.status == "not-finite"


def test_show_prints_the_word_beside_a_missing_value(folder, capsys):
    assert main(["show", str(folder / "few"), "--var", "xi"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1:] for line in lines[1:3]] == [["-", "(too-few-groups)", "64"]] * 2
    assert lines[3:] == ["", f"too-few-groups  {MEANINGS['xi_status']['too-few-groups']}"]
    assert "take 192 trajectories" in lines[4]


def test_show_marks_what_is_unphysical(folder, capsys):
    assert main(["show", str(folder / "late"), "--var", "sz", "--var", "spin_length_std"]) == 0
    rows = capsys.readouterr().out.splitlines()
    marked = {tuple(row.split()[:2]): "!" in row for row in rows[2:6]}
    assert marked == {
        (omega, case): case == "pda" for omega in ("0.5", "1.5") for case in ("pda", "conserving")
    }
    assert [row.count("!") for row in rows[2:6]] == [1, 0, 1, 0], "not the spread itself"
    assert len({len(row) for row in rows[1:6]}) == 1
    assert rows[6] == ""
    assert rows[7].startswith("!  no state of a spin S: spin lengths have drifted apart")
    assert "'conserving'" in rows[7]
    assert main(["show", str(folder / "late"), "--at", "time=1"]) == 0
    assert "!" not in capsys.readouterr().out


def test_status_counts_what_is_unphysical(folder, capsys):
    assert main(["status", str(folder / "late")]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("invalid")]
    assert lines[0].startswith("invalid  2 of 4 points (2 of 12 times): no state of a spin S")
    assert lines[1:] == [
        f"invalid  omega={omega}, case=pda from time 40 on" for omega in (0.5, 1.5)
    ]


def test_status_counts_values_of_each_status(folder, capsys):
    """Of means and variances, 3 times at 4 points; those of pda at the last one are invalid."""
    assert main(["status", str(folder / "late")]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("values")]
    assert lines == ["values   sx, sy, sz, var_sx, var_sy, var_sz: 10 ok, 2 unphysical"]
    assert main(["status", str(folder / "few")]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("values")]
    assert lines == [
        "values   sx, sy, var_sy: 2 few-groups",
        "values   sz, var_sx, var_sz: 1 not-stationary, 1 few-groups",
    ]


def test_status_as_json_says_all_of_it(folder, capsys):
    """The keys are those of the documentation."""
    assert main(["status", "--json", str(folder / "late")]) == 0
    found = json.loads(capsys.readouterr().out)
    page = (DOCS / "query.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page[page.index("`--json`") :], re.MULTILINE) == [*found]
    assert found["points"] == {"finished": 4, "total": 4}
    assert found["merged"] is True
    assert found["missing"] == found["early"] == found["missed"] == []
    assert found["values"]["var_sz"] == {"ok": 10, "unphysical": 2}
    (invalid,) = found["invalid"]
    assert (invalid["of"], invalid["times"]) == ("spins", {"invalid": 2, "total": 12})
    points = [f"omega={omega}, case=pda" for omega in (0.5, 1.5)]
    assert invalid["points"] == [{"point": point, "since": 40.0} for point in points]
    assert main(["status", "--json", str(folder / "few")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"]["sy"] == {"few-groups": 2}
    (early,) = found["early"]
    assert (early["point"], early["keeps_length"]) == ("J_y=-1.6", True)
    assert 1 < early["relaxation_time"] < 20  # of linear theory: 1/(1 - sqrt(0.5*1.6)) = 9.5


def test_plot_crosses_out_what_is_unphysical(folder):
    from twoqs.look.open import read_variables
    from twoqs.look.plot.quick import quick_figure

    data = read_variables(folder / "late", ["sz"])
    figure = quick_figure(data, data, "sz", "time", ["omega", "case"])
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [[40.0]] * 2
    heights = [line.get_ydata().item() for line in crosses]
    assert heights == data.sz.sel(case="pda", time=40).values.tolist()
    assert "Crossed out" in figure._supxlabel.get_text()
    early = data.isel(time=1)
    figure = quick_figure(data, early, "sz", "omega", ["case"])
    assert not [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert "Crossed out" not in figure._supxlabel.get_text()
