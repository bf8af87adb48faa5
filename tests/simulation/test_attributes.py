"""What the attributes of a result say: enough to repeat its run, in words of a sweep."""

from __future__ import annotations

import warnings
from datetime import datetime

import numpy as np
import pytest
import xarray as xr
from batches import CHAIN
from sweeps import sweep

import twoqs
from twoqs.measure.results import finalize
from twoqs.methods.numerics import point_id
from twoqs.simulation.batch import batch_trajectories, run_batch
from twoqs.simulation.canonical import model_text, numerics_text
from twoqs.simulation.provenance import provenance
from twoqs.sweep.settings import build

TILTED = twoqs.coherent([0.3, 1.1, 2.0], 0.4)
WEIGHTED = twoqs.from_edges([(2, 0, 0.5), (0, 1, 1.5)], n_sites=3)


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (twoqs.Model(spin=6, decay=1 / 3, initial="up"), {"times": [0.0, 0.1]}),
        (
            twoqs.Model(
                spin=3.5, lattice=WEIGHTED, coupling=(0.1, [0.2, 0.3], 0), decay=[0.1, 0.2, 0.3],
                field=(0, 0, [1, 2, 3]), gain=0.1, dephasing=0.7, initial=TILTED,
            ),
            {"average": (0.0, 0.1), "observables": ["sites"], "scheme": "pda"},
        ),
        (
            twoqs.Model(spin=4, lattice=twoqs.square(3, 4), coupling=(1, 0, 0.5), decay=1.0),
            {"times": [0.2], "observables": ["correlation", "sites"], "precision": "single"},
        ),
        (
            twoqs.Model(spin=4, lattice=twoqs.chain(3, periodic=False), twist=(1, 0, 0)),
            {
                "times": [0.1], "scheme": "euler-maruyama", "representation": "Q",
                "neglect": "interaction-diffusion", "step": 0.01,
            },
        ),
        (twoqs.Model(spin=4, lattice=twoqs.cubic(3, 3, 3), decay=1.0), {"times": [0.1]}),
        (twoqs.Model(spin=4, lattice=twoqs.all_to_all(4), coupling=(1, 0, 0)), {"times": [0.1]}),
    ],
)  # fmt: skip
def test_the_attributes_allow_to_repeat_the_run(model, settings):
    """In another place, with nothing but them, to the bit."""
    result = twoqs.simulate(model, trajectories=64, seed=2**40 + 1, **settings)
    again, numerics = build(result.attrs["model"], result.attrs["numerics"])
    assert again == model
    assert point_id(again, numerics) == result.attrs["point_id"]
    count = int(result.trajectories) // batch_trajectories(again, numerics)
    seed = int(result.attrs["seed"])
    rows = [run_batch(again, numerics, seed, batch) for batch in range(count)]
    for name, variable in finalize(again, numerics, np.concatenate(rows)).data_vars.items():
        np.testing.assert_array_equal(variable, result[name], err_msg=name)


def test_the_text_of_a_model_is_that_of_a_sweep():
    content = sweep()
    for point in content.points:
        assert model_text(point.model) == point.settings[0]
        assert build(model_text(point.model), numerics_text(point.numerics)) == (
            point.model, point.numerics,
        )  # fmt: skip


def test_attributes_are_those_of_a_sweep_and_go_into_netcdf(tmp_path):
    result = twoqs.simulate(
        twoqs.Model(spin=5, decay=1.0), times=[0.1], trajectories=64, seed=2**40
    )
    for key, value in provenance("One spin, S = 5", "computed by twoqs.simulate").items():
        assert key in result.attrs
        if key != "history":
            assert result.attrs[key] == value
    assert set(provenance("", "")) >= {"Conventions", "source", "code", "commit", "versions", "cpu"}
    assert result.attrs["seed"] == str(2**40)  # netCDF-3 has no integer for it
    assert twoqs.simulate(CHAIN, times=[0.1], trajectories=64, seed=3).attrs["seed"] == 3
    assert datetime.fromisoformat(result.attrs["history"].split()[0]).tzinfo is not None
    with warnings.catch_warnings():
        # netCDF-3 has integers of 32 bits alone, and xarray says so for each variable
        warnings.simplefilter("ignore", UserWarning)
        result.to_netcdf(tmp_path / "one.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "one.nc", engine="scipy") as read:
        assert read.attrs == result.attrs
