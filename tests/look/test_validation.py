"""Tables of deviations from predictions, and what they say."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import twoqs
from twoqs.execution.predict import predictions
from twoqs.execution.run import Workers, carry_out
from twoqs.look.validation import deviations, summary, write_table
from twoqs.sweep import Sweep
from twoqs.theory import driven_steady_state

DRIVEN = {
    "name": "driven",
    "description": "small",
    "seed": 1,
    "trajectories": 256,
    "model": {"spin": 20, "decay": 1.0},
    "numerics": {"average": [40, 60], "samples": 21},
    "axes": {
        "Omega": {"sets": "model.field.x", "values": [0.3, 0.6], "units": "Gamma"},
        # Not in alphabetical order: cases must be found by name, not by place.
        "case": {
            "cases": {
                "pda-W": {"numerics.scheme": "pda"},
                "conserving": {"numerics.scheme": "conserving"},
            }
        },
    },
}

CHAIN = {
    "name": "chain",
    "description": "small",
    "seed": 1,
    "trajectories": 1024,  # 64 groups: errors known to 9 %
    "model": {"spin": 500, "lattice": {"chain": {"n": 12}}, "coupling": [0.5, 0, 0], "decay": 1.0},
    "numerics": {"average": [20, 40], "samples": 21, "observables": ["correlation"]},
    "axes": {
        "J_y": {"sets": "model.coupling.y", "factor": 4, "values": [-0.8, -0.4, -0.2]},
        "case": {
            "cases": {
                "pda": {"numerics.scheme": "pda"},
                "conserving": {"numerics.scheme": "conserving"},
            }
        },
    },
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Merged dataset and predictions of each sweep."""
    folder = tmp_path_factory.mktemp("stores")
    found = {}
    for content in (DRIVEN, CHAIN):
        sweep = Sweep.from_dict(content)
        carry_out(sweep, folder / sweep.name, Workers(count=0), quiet=True)
        found[sweep.name] = twoqs.open(folder / sweep.name).load(), predictions(sweep)
    return found


def test_driven_spin_is_held_against_the_closed_form(results):
    table = deviations(*results["driven"])
    assert set(table.method) == {"closed form"}
    assert len(table) == 2 * 2 * 10  # drives, cases, moments and squeezing
    row = table[(table.Omega == 0.6) & (table.case == "conserving") & (table.variable == "sy")]
    assert row.reference.item() == driven_steady_state(20, 0.6, 1.0)["sy"]
    assert row.z.item() == pytest.approx(
        (row.value - row.reference).item() / row.standard_error.item()
    )
    assert row.deviation.item() == pytest.approx((row.value - row.reference).item() / 20)
    assert (row.spin.item(), row.scheme.item(), row.representation.item()) == (
        20,
        "conserving",
        "W",
    )
    # The scheme's own bias at S = 20 is a few per mille of S and S^2.
    good = table[
        (table.case == "conserving") & (table.z.abs() > 4) & (table.variable != "squeezing")
    ]
    assert good.deviation.abs().max() < 0.01 or good.empty


def test_every_point_meets_its_own_settings(results):
    """Cases stand in another order in the description than in the dataset."""
    table = deviations(*results["driven"])
    assert set(zip(table.case, table.scheme, strict=True)) == {
        ("pda-W", "pda"), ("conserving", "conserving"),
    }  # fmt: skip


def test_a_wrong_result_shows(results):
    """Negative control: values of one drive against the prediction for another."""
    result, predicted = results["driven"]
    swapped = result.assign(sy=result.sy.isel(Omega=[1, 0]).assign_coords(Omega=result.Omega))
    table = deviations(swapped, predicted)
    assert table[table.variable == "sy"].z.abs().min() > 10


def test_a_result_that_is_not_finite_shows(results):
    result, predicted = results["driven"]
    broken = result.copy(deep=True)
    broken["sz"][0, 0] = np.nan
    table = deviations(broken, predicted)
    assert np.isinf(table[table.variable == "sz"].deviation).sum() == 1


def test_points_that_are_not_finished_have_no_row(results):
    result, predicted = results["driven"]
    partial = result.copy(deep=True)
    partial["trajectories"][0, 0] = 0
    assert len(deviations(partial, predicted)) == 2 * 2 * 10 - 10


def test_predictions_of_another_sweep_are_refused(results):
    result, predicted = results["driven"]
    other = DRIVEN | {"model": {"spin": 20, "decay": 0.9}}
    for wrong in (predictions(Sweep.from_dict(other)), predicted.drop_attrs()):
        with pytest.raises(twoqs.ArgumentError, match="`predicted`"):
            deviations(result, wrong)


def test_ring_is_held_against_spin_waves_where_they_hold(results):
    table = deviations(*results["chain"])
    assert set(table.method) == {"Holstein-Primakoff"}
    assert set(table.J_y) == {-0.4, -0.2}  # at -0.8 the polarised state is unstable
    own = table[(table.case == "conserving") & table.variable.isin(["sz", "var_sx", "var_sy"])]
    assert own.z.abs().max() < 4.5  # 6 comparisons, and 1/S corrections of an error
    assert set(table[table.variable == "correlation_normalised"].distance) == set(range(7))


def test_an_axis_may_be_called_spin():
    sweep = Sweep.from_dict(
        DRIVEN | {"axes": {"spin": {"sets": "model.spin", "values": [4, 8]}}, "name": "spins"}
    )
    predicted = predictions(sweep)
    errors = {f"{name}_se": predicted[name] * 0 + 0.5 for name in predicted if name != "method"}
    made = predicted.drop_vars("method").assign(errors | {"sz": predicted.sz + 0.5})
    made["trajectories"] = ("spin", [64, 64])
    made.attrs["sweep"] = json.dumps(sweep.spec)
    table = deviations(made, predicted)
    rows = table[table.variable == "sz"]
    assert rows.deviation.tolist() == pytest.approx([0.5 / 4, 0.5 / 8])
    assert rows.z.tolist() == pytest.approx([1, 1])


def test_table_and_summary(results, tmp_path):
    table = deviations(*results["driven"])
    write_table(table, tmp_path / "new" / "table.csv")
    again = pd.read_csv(tmp_path / "new" / "table.csv")
    for column in ("value", "standard_error", "reference", "scale", "z", "deviation"):
        np.testing.assert_array_equal(again[column], table[column])
    found = summary(table)
    assert len(found) == 2 * 10
    row = found[(found.scheme == "conserving") & (found.variable == "sy")].iloc[0]
    own = table[(table.scheme == "conserving") & (table.variable == "sy")]
    assert row["values"] == 2
    assert row.largest_z == own.z.abs().max()
    assert row.rms_percent == pytest.approx(100 * np.sqrt((own.deviation**2).mean()))
    assert row.median_se_percent == pytest.approx(100 * np.median(own.standard_error) / 20)
