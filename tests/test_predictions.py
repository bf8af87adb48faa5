"""Which models have a prediction, what it holds, and that the cache gives back what was put in."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import signal
import subprocess
from contextlib import suppress

import numpy as np
import psutil
import pytest
import xarray as xr
from dask_processes import until
from sweeps import command, sweep

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError, StoreError
from twoqs.exact import decay_sz, driven_spin, driven_steady_state, evolve, steady_state
from twoqs.exact.decay import decaying_spin
from twoqs.holstein_primakoff import chain_prediction
from twoqs.numerics import Numerics, resolve
from twoqs.predictions import (
    METHODS,
    Cache,
    are_for,
    method_for,
    predict,
    predictions,
    read_predictions,
    write_netcdf,
)  # fmt: skip
from twoqs.predictions.catalogue import CATALOGUE
from twoqs.sweep import Sweep

TIMES = Numerics(times=(0.0, 0.5, 1.0))
WINDOW = Numerics(average=(5.0, 10.0), samples=3)
UNSTABLE = twoqs.Model(spin=500, lattice=twoqs.chain(6), coupling=(2, -2, 0), decay=1.0)
RING = twoqs.Model(
    spin=500, lattice=twoqs.chain(6), coupling=(0.5, -0.8, 0), decay=1.0
)  # fmt: skip


@pytest.mark.parametrize(
    ("model", "numerics", "method"),
    [
        (twoqs.Model(spin=10_000, field=(0.5, 0, 0), decay=1.0), WINDOW, "closed form"),
        (twoqs.Model(spin=10_000, field=(0.5, 0, 0), decay=1.0), TIMES, None),
        (twoqs.Model(spin=50, field=(0.5, 0, 0), decay=1.0), TIMES, "master equation"),
        (twoqs.Model(spin=50, field=(0, 0.5, 0), decay=1.0), WINDOW, "master equation"),
        (twoqs.Model(spin=500, field=(0, 0.5, 0), decay=1.0), WINDOW, None),
        (twoqs.Model(spin=50, field=(0, 0.5, 0)), WINDOW, None),  # nothing relaxes
        (twoqs.Model(spin=1000, decay=1.0, initial="up"), TIMES, "rate equation"),
        (twoqs.Model(spin=1000, decay=1.0, dephasing=0.1, initial="up"), TIMES, None),
        (twoqs.Model(spin=100, dephasing=1.0), TIMES, "master equation"),
        (RING, WINDOW, "Holstein-Primakoff"),
        (RING, TIMES, None),
        (UNSTABLE, WINDOW, None),
        (twoqs.Model(spin=1, lattice=twoqs.chain(4), coupling=(1, 0, 0)), TIMES, "master equation"),
        (twoqs.Model(spin=2, lattice=twoqs.chain(9), coupling=(1, 0, 0)), TIMES, None),
    ],
)  # fmt: skip
def test_the_method_fits_the_model(model, numerics, method):
    numerics = resolve(model, numerics)
    assert method_for(model, numerics) == method
    if method is None:
        assert predict(model, numerics) is None


@dataclasses.dataclass(frozen=True)
class Squeezed(twoqs.Model):
    """A model with a term that no theory knows, nor any integrator."""

    squeezed: float = 0.0


COVERED = [
    # (arguments, what is measured, theory, the same called directly)
    ({"field": (0.5, 0, 0)}, WINDOW, "closed form", driven_spin),
    ({"spin": 500}, TIMES, "rate equation", lambda model: decaying_spin(model, [0.5])),
    (
        {"spin": 500, "lattice": twoqs.chain(6), "coupling": (0.5, -0.8, 0)},
        WINDOW, "Holstein-Primakoff", chain_prediction,
    ),
    ({"gain": 0.5}, WINDOW, "master equation", steady_state),
    ({"gain": 0.5}, TIMES, "master equation", lambda model: evolve(model, [0.5])),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "when", "method", "theory"), COVERED)
def test_a_term_that_a_theory_does_not_know_has_no_reference(terms, when, method, theory):
    given = {"spin": 3, "decay": 1.0} | terms
    for strength in (0.0, 0.3):
        model = Squeezed(**given, squeezed=strength)
        numerics = resolve(model, when)
        if strength == 0.0:
            assert method_for(model, numerics) == method
            theory(model)
        else:
            assert method_for(model, numerics) is None
            assert predict(model, numerics) is None
            with pytest.raises(ArgumentError, match=r"`squeezed` must be left out for .* got 0.3"):
                theory(model)


@pytest.mark.parametrize("term", ["field.y", "twist.z", "gain", "dephasing", "coupling.z"])
@pytest.mark.parametrize("theory", [driven_spin, decaying_spin, chain_prediction])
def test_each_theory_refuses_every_term_that_it_does_not_list(theory, term):
    name, _, axis = term.partition(".")
    value = tuple(0.3 * (a == axis) for a in "xyz") if axis else 0.3
    ring = theory is chain_prediction
    if name == "coupling" and not ring:
        pytest.skip("a single spin has no bonds")
    model = twoqs.Model(
        spin=3, decay=1.0, lattice=twoqs.chain(4) if ring else twoqs.single(), **{name: value}
    )
    with pytest.raises(ArgumentError, match=f"`{term}` must be left out"):
        theory(model, [0.5]) if theory is decaying_spin else theory(model)


def test_every_theory_of_the_catalogue_is_tried_with_one_term_more():
    tried = {(when.average is not None, method) for _, when, method, _ in COVERED}
    assert tried == {(theory.steady, theory.method) for theory in CATALOGUE}
    assert {theory.method for theory in CATALOGUE} == set(METHODS)


def test_a_simulation_refuses_a_term_that_it_does_not_know():
    with pytest.raises(ArgumentError, match="`squeezed` must be left out for a simulation"):
        twoqs.simulate(Squeezed(spin=2, decay=1.0, squeezed=0.3), times=[1.0], trajectories=64)


def test_long_integrations_are_not_begun():
    model = twoqs.Model(spin=100, field=(2, 0, 0), decay=1.0)
    assert method_for(model, resolve(model, Numerics(times=(1e4,)))) is None


def test_values_are_those_of_the_reference():
    model = twoqs.Model(spin=6, field=(0.5, 0, 0), decay=1.0)
    in_time = predict(model, resolve(model, TIMES))
    xr.testing.assert_allclose(in_time.var_sz, evolve(model, [0, 0.5, 1.0]).var_sz)
    assert in_time.attrs["method"] == "master equation"
    window = predict(model, resolve(model, WINDOW))
    assert float(window.sy) == driven_steady_state(6, 0.5, 1.0)["sy"]
    gain = twoqs.Model(spin=3, decay=1.0, gain=0.5)
    assert float(predict(gain, resolve(gain, WINDOW)).sz) == float(steady_state(gain).sz)
    decay = twoqs.Model(spin=300, decay=1.0, initial="up")
    found = predict(decay, resolve(decay, TIMES))
    assert found.sz.values.tolist() == decay_sz(300, 1.0, [0, 0.5, 1.0]).tolist()


def test_squeezing_and_its_optimum_are_predicted():
    model = twoqs.Model(spin=10, twist=(1, 0, 0), decay=0.125)
    found = predict(model, resolve(model, Numerics(times=tuple(np.linspace(0, 6, 49).tolist()))))
    assert float(found.squeezing[0]) == pytest.approx(1.0)
    fine = predict(model, resolve(model, Numerics(times=tuple(np.linspace(2, 3, 401).tolist()))))
    assert float(found.squeezing_optimum) == pytest.approx(float(fine.squeezing.min()), rel=1e-5)
    # values known from an independent integration
    at = found.squeezing.interp(time=[1, 2, 3, 4])
    np.testing.assert_allclose(at, [0.4700, 0.3525, 0.3685, 0.4593], atol=6e-5)


def test_correlations_of_small_rings_are_predicted():
    model = twoqs.Model(spin=1, lattice=twoqs.chain(4), coupling=(1, 0.5, 0), decay=1.0)
    numerics = resolve(model, Numerics(times=(1.0,), observables=("correlation",)))
    found = predict(model, numerics)
    assert found.correlation.dims == ("time", "distance")
    assert "distance" not in predict(model, resolve(model, Numerics(times=(1.0,)))).dims


def test_the_grid_holds_each_points_prediction(tmp_path):
    content = sweep()
    cache = Cache(tmp_path / "cache")
    found = predictions(content, cache)
    assert found.sz.dims == ("omega", "case", "time")
    for point in content.points:
        own = predict(point.model, point.numerics)
        np.testing.assert_array_equal(found.sz.sel(point.coordinates), own.sz)
    assert METHODS[int(found.method[0, 0])] == "master equation"
    # two drives; cases share
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_points_without_a_prediction_are_nan():
    content = sweep(axes={"S": {"sets": "model.spin", "values": [4, 400]}})
    found = predictions(content)
    assert np.isfinite(found.sz.sel(S=4)).all()
    assert np.isnan(found.sz.sel(S=400)).all()
    assert found.method.values.tolist() == [METHODS.index("master equation"), -1]


def test_a_second_call_computes_nothing_and_more_processes_change_nothing(tmp_path, monkeypatch):
    content = sweep()
    first = predictions(content, Cache(tmp_path / "one"))
    xr.testing.assert_identical(first, predictions(content, Cache(tmp_path / "two"), workers=2))
    monkeypatch.setattr("twoqs.predictions.grid.predict", None)
    xr.testing.assert_identical(first, predictions(content, Cache(tmp_path / "one")))
    more = sweep(trajectories=4096)
    xr.testing.assert_identical(first, predictions(more, Cache(tmp_path / "one")))


def test_other_code_predicts_anew(tmp_path, monkeypatch):
    """What is kept is of the code that predicted it; a file of predictions is read all the same."""
    content, calls = sweep(), []
    first = predictions(content, Cache(tmp_path))
    monkeypatch.setattr("twoqs.predictions.cache.CODE", "another")
    counted = "twoqs.predictions.grid.predict"
    monkeypatch.setattr(counted, lambda *given: calls.append(given) or predict(*given))
    again = predictions(content, Cache(tmp_path))
    assert len(calls) == 2  # two drives; cases share
    xr.testing.assert_identical(first, again)
    assert are_for(first, content)
    assert not are_for(first, sweep(model__spin=12))


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "text"])
def test_a_damaged_file_counts_as_none(tmp_path, damage):
    cache = Cache(tmp_path)
    model = twoqs.Model(spin=4, decay=1.0)
    numerics = resolve(model, TIMES)
    key = cache.key(model, numerics)
    cache.put(key, predict(model, numerics))
    assert cache.get(key) is not None
    path = tmp_path / f"{key}.nc"
    content = bytearray(path.read_bytes())
    if damage == "truncate":
        content = content[: len(content) // 2]
    elif damage == "flip":
        place = content.index(np.array([predict(model, numerics).sz.values[1]], ">f8").tobytes())
        content[place + 3] ^= 1
    else:
        content = bytearray(b"" if damage == "empty" else b"not netCDF at all")
    path.write_bytes(bytes(content))
    assert cache.get(key) is None


def test_names_depend_on_what_is_predicted_alone():
    model = twoqs.Model(spin=4, field=(0.5, 0, 0), decay=1.0)
    base = resolve(model, TIMES)
    assert Cache.key(model, base) == Cache.key(
        model, resolve(model, Numerics("pda", times=TIMES.times))
    )
    others = (
        resolve(model, WINDOW),
        resolve(model, Numerics(times=(0.0, 0.5, 1.5))),
    )
    assert len({Cache.key(model, numerics) for numerics in (base, *others)}) == 3
    weaker = twoqs.Model(spin=4, field=(0.5, 0, 0), decay=0.5)
    assert Cache.key(weaker, base) != Cache.key(model, base)


def test_files_of_predictions(tmp_path):
    found = predictions(sweep())
    write_netcdf(found, tmp_path / "new" / "file.nc")
    again = read_predictions(tmp_path / "new" / "file.nc")
    xr.testing.assert_allclose(found, again)
    assert again.case.values.tolist() == ["pda", "conserving"]
    with pytest.raises(StoreError, match="There are no predictions in") as error:
        read_predictions(tmp_path / "none.nc")
    assert isinstance(error.value, ArgumentError)
    (tmp_path / "bad.nc").write_text("no")
    with pytest.raises(StoreError, match="damaged"):
        read_predictions(tmp_path / "bad.nc")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Cannot write"):
        write_netcdf(found, tmp_path / "file" / "x.nc")
    assert math.isfinite(float(again.sz[0, 0, 1]))


SLOW = {
    "name": "slow", "seed": 1, "trajectories": 64,
    "model": {"spin": 100, "field": [2, 0, 0], "decay": 1.0},
    "numerics": {"times": [0.1, 60.0]},
    "axes": {
        "case": {
            "cases": {
                "quick": {"model.spin": 200, "model.field.x": 0, "model.initial": "up"},
                **{f"S{spin}": {"model.spin": spin} for spin in (80, 90, 100)},
            },
        },
    },
}  # fmt: skip
"""One prediction at once, and then some of more than a minute: long spins come first."""


@pytest.fixture
def predicting(tmp_path):
    """A process that predicts, once its workers go on to what takes long."""
    (tmp_path / "slow.yaml").write_text(json.dumps(SLOW))
    arguments = command(
        "predict", "slow.yaml", "--workers", 2, "--output", "out.nc", "--cache", "cache"
    )
    process = subprocess.Popen(
        arguments, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        try:
            until(lambda: list(tmp_path.glob("cache/*.nc")), "the quick prediction")
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def workers_of(process):
    """Processes of its session that multiprocessing has started to work."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(one.pid) == process.pid and "spawn_main" in " ".join(one.cmdline()):
                found.append(one.pid)
    return found


def test_an_interrupt_ends_all_processes_at_once(predicting, tmp_path):
    assert len(workers_of(predicting)) == 2
    os.killpg(predicting.pid, signal.SIGINT)
    _, errors = predicting.communicate(timeout=60)
    assert predicting.returncode == 130
    assert "Traceback" not in errors
    until(lambda: not workers_of(predicting), "the end of the workers")
    assert not (tmp_path / "out.nc").exists()


def test_a_process_that_dies_is_told(predicting):
    os.kill(workers_of(predicting)[0], signal.SIGKILL)
    _, errors = predicting.communicate(timeout=60)
    assert predicting.returncode == 1
    assert "has died" in errors
    assert "Traceback" not in errors


def test_long_chains_of_long_spins_are_no_matter():
    """Their Hilbert space has more dimensions than a float can count."""
    ring = twoqs.Model(spin=5000, lattice=twoqs.chain(100), coupling=(0.5, -0.8, 0), decay=1.0)
    spec = {
        "name": "ring", "seed": 1, "trajectories": 64,
        "model": {
            "spin": 5000, "lattice": {"chain": {"n": 100}}, "coupling": [0.5, 0, 0], "decay": 1.0,
        },
        "numerics": {"average": [5, 10], "samples": 3},
        "axes": {"J": {"sets": "model.coupling.y", "values": [-0.8, -1.0, -9.0]}},
    }  # fmt: skip
    found = predictions(Sweep.from_dict(spec))
    assert float(found.sz[0]) == float(predict(ring, resolve(ring, WINDOW)).sz)
    assert np.isnan(found.sz[2])


def test_large_integers_on_an_axis(tmp_path):
    content = sweep(axes={"S": {"sets": "model.spin", "values": [4, 3_000_000_000]}})
    write_netcdf(predictions(content), tmp_path / "big.nc")
    assert read_predictions(tmp_path / "big.nc").S.values.tolist() == [4, 3e9]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--output", "file/out.nc"], "output"),
        (["--output", "folder"], "output"),
        (["--output", "out.nc", "--cache", "file"], "cache"),
        (["--output", "out.nc", "--cache", "file/cache"], "cache"),
    ],
)
def test_paths_that_cannot_be_written_are_refused_at_once(
    tmp_path, monkeypatch, capsys, arguments, name
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("twoqs.predictions.grid.predict", None)
    (tmp_path / "slow.yaml").write_text(json.dumps(SLOW))
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    assert main(["predict", "slow.yaml", *arguments]) == 2
    assert f"Argument `{name}` must" in capsys.readouterr().err
