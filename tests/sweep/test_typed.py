"""Sweeps that are made in Python: their points, their files, and what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError
from twoqs.simulation.canonical import model_text
from twoqs.sweep import Sweep

LAM, KAPPA = twoqs.Parameter("lam", 0.2), twoqs.Parameter("kappa", 0.5)
GAMMA = twoqs.Parameter("gamma", 1.0)
ATOMS, CAVITY = twoqs.Ensemble(200, name="atoms"), twoqs.Mode(name="cavity")
DICKE = twoqs.Model(
    hamiltonian=CAVITY.n + ATOMS.z + LAM * (CAVITY.a + CAVITY.adag) * ATOMS.x,
    jumps=[twoqs.jump(CAVITY.a, rate=KAPPA)],
)


def pulsed(decay: Any) -> twoqs.Model:
    """A chain of keywords, one of them a pulse."""
    return twoqs.Model(
        20,
        twoqs.chain(3, periodic=False),
        field=(twoqs.gauss(1.0, 2.0, 0.5), 0, [0.1, 0.2, 0.3]),
        coupling=(0.5, -1.0, 0),
        decay=decay,
        initial=twoqs.coherent(0.3, 0.1),
    )


KICKED = twoqs.Model(
    hamiltonian=LAM * ATOMS.z * ATOMS.z,
    members=[ATOMS],
    events=[twoqs.turn(1.0, ATOMS, "x", math.pi / 2), twoqs.change(0.5, "lam", 0.1)],
)
OF_ONE = twoqs.Model(10, decay=1, field=(1, 0, 0))


def heights(vectors: Mapping[str, np.ndarray]) -> np.ndarray:
    """A function of one's own, which no file can hold."""
    return vectors["spin"][2, 0]


SWEEPS = {
    "modes": Sweep(
        DICKE,
        {"lam": np.linspace(0, 1, 5), "kappa": [0.5, 1]},
        times=[0, 1, 2],
        trajectories=128,
        observables={"energy": CAVITY.n + ATOMS.z, "q": "cavity.a*atoms.x"},
        derived={"half": "energy/2"},
        keep=2,
    ),
    "pulses": Sweep(
        pulsed(GAMMA), {"gamma": [0.5, 1]}, times=[0, 4], observables=["sites"], seed=3
    ),
    "events": Sweep(KICKED, {"lam": [0.001, 0.002]}, times=[0, 2], name="kicked"),
    "files": Sweep(
        OF_ONE,
        {"omega": {"sets": "model.field.x", "values": np.array([1.0, 2.0]), "units": "Gamma"}},
        average=(10, 20),
        method=twoqs.PDA(ordering="Q", step=0.02),
        target_se={"sz": 0.1},
        sizes={"preview": {"trajectories": 64}},
    ),
    "no axes": Sweep(OF_ONE, times=[0, 1], starts=["down", "x"]),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_written_and_read_it_is_equal(name: str, tmp_path: Path) -> None:
    sweep = SWEEPS[name]
    text = sweep.to_yaml(tmp_path / "sweep.yaml")
    read = Sweep.from_file(tmp_path / "sweep.yaml")
    assert read == sweep
    assert [one.point_id for one in read.points] == [one.point_id for one in sweep.points]
    assert read.to_yaml() == text


def test_points_are_the_model_with_other_values() -> None:
    """An axis of a parameter gives what one would make by hand."""
    sweep = SWEEPS["modes"]
    by_hand = twoqs.Model(
        hamiltonian=CAVITY.n + ATOMS.z + 0.25 * (CAVITY.a + CAVITY.adag) * ATOMS.x,
        jumps=[twoqs.jump(CAVITY.a, rate=1.0)],
    )
    assert sweep.shape == (5, 2)
    assert model_text(sweep.points[3].model) == model_text(by_hand)
    for decay, point in zip((0.5, 1.0), SWEEPS["pulses"].points, strict=True):
        assert model_text(point.model) == model_text(pulsed(decay))
    assert [one.model.field[0] for one in SWEEPS["files"].points] == [1.0, 2.0]


def test_sweeps_differ_by_what_they_say() -> None:
    assert SWEEPS["modes"] != SWEEPS["events"]
    assert Sweep(OF_ONE, times=[0, 1]) != Sweep(OF_ONE, times=[0, 2])
    assert SWEEPS["modes"] != "modes"


@pytest.mark.parametrize(
    ("arguments", "settings", "text"),
    [
        ((1,), {}, "`model` must be a twoqs.Model, but got 1"),
        ((OF_ONE, 3), {}, "`axes` must be a mapping of names to values, but got 3"),
        (
            (OF_ONE, {"lam": [1]}),
            {},
            "`axes` must be called by a parameter or a keyword of one num",
        ),
        ((OF_ONE, {"decay": 3}), {}, "`axes.decay` must be a list of numbers, or a mapping"),
        ((OF_ONE, {"decay": [-3]}), {}, "decay"),
        (
            (twoqs.Model(spin=5, lattice=twoqs.chain(3), decay=[0.5, 1.0, 0.0]), {"decay": [0, 1]}),
            {},
            '`axes.decay` must be a mapping with "sets", as `decay` is a list of numbers',
        ),
        ((OF_ONE,), {"timez": [1]}, "timez"),
        ((OF_ONE,), {"average": None}, "average"),
        ((OF_ONE,), {"name": "a b"}, "name"),
        ((OF_ONE,), {"method": 3}, "`method` must be one such as twoqs.Conserving()"),
        ((OF_ONE,), {"method": twoqs.Conserving(), "step": 0.1}, None),
        (
            (OF_ONE,),
            {"method": twoqs.Conserving(step=0.1), "step": 0.1},
            "`method` must be left out",
        ),
        ((OF_ONE,), {"observables": {"own": twoqs.measured(heights)}}, "files hold no functions"),
    ],
)
def test_what_makes_no_sweep_is_told(
    arguments: tuple[Any, ...], settings: dict[str, Any], text: str | None
) -> None:
    settings = {"times": [0, 1]} | settings
    if "average" in settings:
        del settings["times"]
    if text is None:
        assert Sweep(*arguments, **settings).points
        return
    with pytest.raises(ArgumentError, match=text.replace("(", r"\(").replace(")", r"\)")):
        Sweep(*arguments, **settings)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="`path` must be a file that can be written"):
        SWEEPS["modes"].to_yaml(tmp_path)
