"""Tables of deviations, and the figures drawn from the same datasets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import twoqs
from twoqs.exact import driven_steady_state
from twoqs.figures import draw
from twoqs.run import Workers, run
from twoqs.sweep import Sweep
from twoqs.validation import deviations, reference_for, summary, write_table

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
    "trajectories": 256,
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
def stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    for content in (DRIVEN, CHAIN):
        sweep = Sweep.from_dict(content)
        run(sweep, folder / sweep.name, Workers(count=0), quiet=True)
    return folder


def test_driven_spin_is_held_against_the_closed_form(stores):
    table = deviations(twoqs.open(stores / "driven"))
    assert set(table.kind) == {"closed form"}
    assert len(table) == 2 * 2 * 9  # drives, cases, moments
    row = table[(table.Omega == 0.6) & (table.case == "conserving") & (table.variable == "sy")]
    assert row.reference.item() == driven_steady_state(20, 0.6, 1.0)["sy"]
    assert row.z.item() == pytest.approx(
        (row.value - row.reference).item() / row.standard_error.item()
    )
    assert row.deviation.item() == pytest.approx((row.value - row.reference).item() / 20)
    # The scheme's own bias at S = 20 is a few per mille of S and S^2.
    good = table[(table.case == "conserving") & (table.z.abs() > 4)]
    assert good.deviation.abs().max() < 0.01 or good.empty


def test_a_wrong_result_shows(stores):
    """Negative control: values of one drive against the prediction for another."""
    result = twoqs.open(stores / "driven").load()
    swapped = result.assign(sy=result.sy.isel(Omega=[1, 0]).assign_coords(Omega=result.Omega))
    table = deviations(swapped)
    assert table[table.variable == "sy"].z.abs().min() > 10


def test_ring_is_held_against_spin_waves_where_they_hold(stores):
    table = deviations(twoqs.open(stores / "chain"))
    assert set(table.kind) == {"Holstein-Primakoff"}
    assert set(table.J_y) == {-0.4, -0.2}  # at -0.8 the polarised state is unstable
    own = table[(table.case == "conserving") & table.variable.isin(["sz", "var_sx", "var_sy"])]
    assert own.z.abs().max() < 4.5  # 6 comparisons, and 1/S corrections of half an error


def test_models_without_prediction_have_no_row(stores):
    numerics = twoqs.numerics.Numerics(average=(0.0, 1.0), samples=2)
    for change in ({"gain": 0.1}, {"dephasing": 0.1}, {"twist": (1, 0, 0)}, {"field": (0, 1, 0)}):
        assert reference_for(twoqs.Model(spin=4, **({"decay": 1.0} | change)), numerics) is None
    in_time = twoqs.numerics.Numerics(times=(1.0,))
    assert reference_for(twoqs.Model(spin=4, decay=1.0), in_time) is None
    assert reference_for(twoqs.Model(spin=4, decay=1.0), numerics) is not None


def test_table_and_summary(stores, tmp_path):
    table = deviations(twoqs.open(stores / "driven"))
    write_table(table, tmp_path / "new" / "table.csv")
    again = pd.read_csv(tmp_path / "new" / "table.csv")
    np.testing.assert_allclose(again.value, table.value, rtol=1e-7)
    text = summary(table)
    assert "conserving" in text
    assert "largest_z" in text
    assert "no prediction" in summary(table[:0])


@pytest.mark.parametrize(("name", "store"), [("fig4", "driven"), ("fig7", "chain")])
def test_figures_are_drawn_and_reproducible(stores, tmp_path, name, store):
    for folder in ("a", "b"):
        outputs = [tmp_path / folder / f"{name}.{ending}" for ending in ("pdf", "png")]
        draw(name, stores / store, outputs)
        assert outputs[0].read_bytes().startswith(b"%PDF")
        assert outputs[1].read_bytes().startswith(b"\x89PNG")
    for ending in ("pdf", "png"):
        first, second = (tmp_path / f / f"{name}.{ending}" for f in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()


def test_unknown_figures_are_refused(tmp_path):
    with pytest.raises(twoqs.ArgumentError, match="`name` must be one of fig4, fig7"):
        draw("fig99", tmp_path, [])
