"""How many points theory says something about, and why nothing about the others."""

from __future__ import annotations

import pandas as pd
import pytest
from sweeps import small, sweep, write_spec

import twoqs
from twoqs.cli import main
from twoqs.execution.predict import coverage, method_for, predictions, why_not
from twoqs.execution.predict.coverage import STALE
from twoqs.execution.run import Workers, carry_out
from twoqs.look.validation import comparison, deviations
from twoqs.look.validation.coverage import UNFINISHED, UNRESOLVED
from twoqs.methods.numerics import Numerics, resolve

TIMES = Numerics(times=(0.0, 1.0))
LONG = Numerics(times=(1e4,))
WINDOW = Numerics(average=(5.0, 10.0), samples=3)
CHAIN = {"lattice": twoqs.chain(6), "coupling": (2, -2, 0)}


@pytest.mark.parametrize(
    ("model", "numerics", "named"),
    [
        # one reason for each theory of such measurements
        (
            {"spin": 400, "field": (1, 0, 0), "initial": twoqs.mixed()}, TIMES,
            ["at most 256 states", "cover field.x", "from coherent or squeezed states"],
        ),
        (
            {"spin": 100, "field": (2, 0, 0)}, LONG,
            ["at most 40000 of its shortest", "field.x", "at most 2000 of its shortest"],
        ),
        (
            {"spin": 10, "lattice": twoqs.chain(3)}, TIMES,
            ["256 states", "for a single spin", "spins that are long"],
        ),
        (
            {"spin": 400, "decay": 0.0, "initial": twoqs.dicke(3)}, TIMES,
            ["at most 256 states", "rate equation starts from coherent", "mean field starts from"],
        ),
        (
            {"spin": 500, "twist": (0, 0, 1), "field": (2, 0, 0)}, WINDOW,
            ["closed form does not cover twist.z", "comes to no fixed point", "128 states"],
        ),
        (
            {"spin": 500, "twist": (0, 0, 1), "dephasing": 1.0}, WINDOW,
            ["closed form does not cover twist.z", "noise that is weak", "128 states"],
        ),
        ({"spin": 500, **CHAIN}, WINDOW, ["stable polarised state", "128 states"]),
        (
            {"spin": 500, "lattice": twoqs.square(4, 4), "coupling": (2, -2, 0)}, WINDOW,
            ["closed form does not cover coupling.x", "fixed point that is unstable", "128 states"],
        ),
        ({"spin": 2, "decay": 0.0}, WINDOW, ["needs decay, gain or dephasing"]),
        # and none where there is a theory
        ({"spin": 500, "field": (1, 0, 0)}, WINDOW, None),
        ({"spin": 500}, TIMES, None),
        ({"spin": 4, "twist": (0, 0, 1)}, TIMES, None),
        ({"spin": 500, "lattice": twoqs.chain(6), "coupling": (0.5, -0.8, 0)}, WINDOW, None),
        ({"spin": 500, "lattice": twoqs.square(3, 3), "coupling": (1, 0, 0)}, WINDOW, None),
        ({"spin": 400, "field": (1, 0, 0)}, TIMES, None),
    ],
)  # fmt: skip
def test_there_is_a_reason_where_there_is_no_theory(model, numerics, named):
    model = twoqs.Model(**({"decay": 1.0} | model))
    numerics = resolve(model, numerics)
    reason = why_not(model, numerics)
    assert (reason is None) == (method_for(model, numerics) is not None) == (named is None)
    for words in named or []:
        assert words in reason
    if reason is not None:
        assert reason.count("; ") == 2, "each theory has its reason"


SPINS = [4, 400, 500, 3000]
MIXED = {
    "axes": {
        "S": {"sets": "model.spin", "values": SPINS},
        "start": {"cases": {"down": {}, "mixed": {"model.initial": "mixed"}}},
    },
    "model": {"spin": 4, "decay": 1.0},
    "trajectories": 64,
}
"""Eight points: two have the master, two the rate equation, one mean field, three nothing."""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    carry_out(sweep(**MIXED), folder / "s", Workers(0), quiet=True)
    write_spec(folder / "mixed.yaml", small(**MIXED))
    return folder


BOTH = "master equation is solved in Hilbert spaces of at most 256 states"
LAST = "mean field starts from coherent or squeezed states"
EXPECTED = [
    f"  {count} not: no theory of values in time: {BOTH}; rate equation {why}; {LAST}."
    for count, why in ((2, "starts from coherent states"), (1, "is for spins up to 2000"))
]


def test_validate_and_predict_say_how_many_and_why(mixed, tmp_path, capsys):
    assert main(["validate", str(mixed / "s")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == ["8 points, 5 of them compared with theory:", *EXPECTED]
    arguments = [str(mixed / "mixed.yaml"), "--output", str(tmp_path / "p.nc"), "--workers=0"]
    assert main(["predict", *arguments]) == 0
    errors = capsys.readouterr().err.splitlines()
    assert errors[-3:] == ["8 points, 5 of them with a prediction:", *EXPECTED]
    assert main(["predict", *arguments, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_all_and_none():
    every, none = sweep(), sweep(model__spin=400, model__initial="mixed", axes={})
    assert coverage(every, predictions(every)).lines("x") == ["4 points, all of them x."]
    found = coverage(none, predictions(none))
    assert (found.points, found.covered) == (1, 0)
    assert found.lines("x")[0] == "1 point, none of them x:"
    assert list(found.reasons.values()) == [1]


def test_points_with_a_prediction_may_be_unfinished_or_unresolved(mixed):
    result = twoqs.open(mixed / "s").load()
    predicted = predictions(sweep(**MIXED))
    table = deviations(result, predicted)
    assert comparison(result, predicted, table).covered == 5
    partial = result.copy(deep=True)
    partial["trajectories"].loc[{"S": 4, "start": "mixed"}] = 0
    assert comparison(partial, predicted, deviations(partial, predicted)).reasons[UNFINISHED] == 1
    lost = table[(table.S != 400) | (table.start != "down")]
    assert comparison(result, predicted, lost).reasons[UNRESOLVED] == 1
    stale = predicted.copy(deep=True)
    stale["method"].loc[{"S": 4}] = -1
    assert coverage(sweep(**MIXED), stale).reasons[STALE] == 2


def test_a_sweep_of_one_point(tmp_path):
    one = sweep(axes={}, trajectories=64)
    carry_out(one, tmp_path / "s", Workers(0), quiet=True)
    result, predicted = twoqs.open(tmp_path / "s").load(), predictions(one)
    table = deviations(result, predicted)
    assert comparison(result, predicted, table).covered == 1
    assert comparison(result, predicted, table[:0]).covered == 0


def test_the_table_of_all_figures_counts_points(tmp_path):
    """A figure without any reference is no figure without a word."""
    from matplotlib.figure import Figure

    from twoqs.execution.predict import write_netcdf
    from twoqs.paper.report import write_report

    claims = "{}: [{{name: c, says: it, variables: [sz], percent: 100, errors: 0}}]\n"
    stores = []
    for name, spin in (("one", 400), ("two", 4)):
        own = sweep(
            **MIXED
            | {
                "name": name,
                "axes": {},
                "model": {"spin": spin, "initial": "mixed", "decay": 1.0},
            }
        )
        stores.append(tmp_path / name)
        carry_out(own, stores[-1], Workers(0), quiet=True)
        write_netcdf(predictions(own), tmp_path / f"{name}.nc")
        Figure(figsize=(1, 1)).savefig(tmp_path / f"{name}.png")
    (tmp_path / "claims.yaml").write_text("".join(claims.format(name) for name in ("one", "two")))
    page, csv = tmp_path / "report.html", tmp_path / "validation.csv"
    write_report(stores, tmp_path / "claims.yaml", tmp_path, tmp_path, page, csv)
    table = pd.read_csv(csv)
    counts = table.groupby("figure")[["points", "points_compared"]].first()
    assert counts.loc["one"].tolist() == [1, 0]
    assert counts.loc["two"].tolist() == [1, 1]
    assert table[table.figure == "one"].largest_z.isna().all()
    text = page.read_text(encoding="utf-8")
    assert "1 point, none of them compared with theory:" in text
    assert "rate equation starts from coherent states" in text
