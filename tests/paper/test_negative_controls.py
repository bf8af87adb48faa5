"""Mistakes that physicists make, put in on purpose: the validation must fail for each of them.

Mistakes in a scheme are put into one line of its NumPy reference, which equals the kernel
(test_kernels.py); their sweeps run on the references. Without a mistake the same claims hold.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import xarray as xr
from numba import njit

import twoqs
from twoqs.execution.predict import PredictionCache, predictions
from twoqs.execution.run import Workers, carry_out
from twoqs.flows import conserving, euler_maruyama, pda
from twoqs.flows.length import spin_length
from twoqs.flows.random import ReferenceStream
from twoqs.kernels import samples
from twoqs.look.validation import check, deviations, read_claims
from twoqs.methods import PDA, Conserving
from twoqs.methods.method import Correspondence
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import Segment
from twoqs.sweep import Sweep

CLAIMS = read_claims(Path(__file__).parents[2] / "config" / "claims.yaml")

DECAY = {
    "name": "fig1", "seed": 5, "trajectories": 2048,
    "model": {"spin": 100, "decay": 1.0, "initial": "up"},
    "numerics": {"times": [1, 2, 3, 4, 5]},
}  # fmt: skip

PAPER_DECAY = DECAY | {"numerics": DECAY["numerics"] | {"scheme": "pda"}}

DEPHASING = {
    "name": "fig2", "seed": 5, "trajectories": 1024,
    "model": {"spin": 10, "dephasing": 1.0, "initial": {"coherent": {"theta": 1.5707963267948966}}},
    "numerics": {"times": [0.5, 1.0], "scheme": "euler-maruyama", "step": 0.002},
}  # fmt: skip

TWIST = {
    "name": "fig5", "seed": 5, "trajectories": 2048,
    "model": {"spin": 100, "twist": [1, 0, 0], "decay": 0.125, "initial": "down"},
    "numerics": {"times": {"linspace": [0, 4, 33]}},
}  # fmt: skip

CHAIN = {
    "name": "fig7", "seed": 5, "trajectories": 512,
    "model": {
        "spin": 500, "lattice": {"chain": {"n": 6}}, "coupling": [0.5, -1.2, 0], "decay": 1.0,
    },
    "numerics": {"average": [20, 40], "samples": 21, "observables": ["correlation"]},
}  # fmt: skip


def advance(block: TrajectoryBlock, steps: int, step: float) -> None:
    """`TrajectoryBlock.advance` by the references."""
    lanes, method = block.trajectories, block.method
    stream = ReferenceStream(lanes.stream.state)
    (graph, rates, *_), state = lanes.structure, lanes.state
    if isinstance(method, Conserving):
        length = spin_length(lanes.model.spin)
        state[:] = conserving.advance_conserving(state, graph, rates, length, steps, step, stream)
    else:
        is_pda = isinstance(method, PDA)
        reference = pda.advance_pda if is_pda else euler_maruyama.advance_euler_maruyama
        state[:] = reference(state, graph, rates, method.k, steps, step, stream)[0]
    lanes.stream.state[:] = stream.words


@njit
def add_sample(bloch, finite, sums, clipped, rows, saved):
    samples.add_sample(bloch, finite, sums, clipped, rows, saved)


def sample(block, segment: Segment, count: int, sums, rows, saved: int, history=None) -> None:
    """`TrajectoryBlock.sample`, likewise."""
    for number in range(count):
        advance(block, segment.steps, segment.step)
        block.measure()
        stored = saved + number if saved >= 0 else saved
        add_sample(block.bloch, block.finite, sums, block.trajectories.clipped, rows, stored)


Theory = Callable[[dict], xr.Dataset]


@pytest.fixture(scope="module")
def theory(tmp_path_factory: pytest.TempPathFactory) -> Theory:
    """The predictions for a sweep, made once; to be asked for before any mistake is put in."""
    cache = PredictionCache(tmp_path_factory.mktemp("theory"))
    return lambda spec: predictions(Sweep.from_dict(spec), cache)


def verdicts(
    spec: dict, predicted: xr.Dataset, folder: Path, by_reference: bool = True
) -> dict[str, bool]:
    """Which of its figure's claims a sweep bears out; claims that it is not about are left out."""
    sweep = Sweep.from_dict(spec)
    measured = sample if by_reference else TrajectoryBlock.sample
    with mock.patch.object(TrajectoryBlock, "sample", measured):
        carry_out(sweep, folder / "store", Workers(0), quiet=True)
    table = deviations(twoqs.open(folder / "store"), predicted)
    found = check(table, CLAIMS[spec["name"]])
    return {verdict.claim.name: verdict.holds for verdict in found if verdict.values}


def halved(exponent, cosine):
    return 0.5 * AMPLITUDE(exponent, cosine)


def doubled(graph, axis, spins):
    return 2 * FIELD(graph, axis, spins)


def without_ito_term(psi, rate, step, stream):
    return DEPHASE(psi, rate, step, stream) + rate * step / 4 * psi


def without_ordering(method, spins, length):
    return Correspondence(np.ones_like(spins), np.zeros_like(length))


AMPLITUDE = conserving.amplitude
FIELD = conserving.local_field
DEPHASE = euler_maruyama.dephase

MISTAKES = {
    "noise-halved": (DECAY, conserving, "amplitude", halved, "conserving"),
    "drift-doubled": (TWIST, conserving, "local_field", doubled, "conserving-long-spin"),
    "ito-term-dropped": (DEPHASING, euler_maruyama, "dephase", without_ito_term, "exact"),
    "ordering-off": (CHAIN, Conserving, "correspondence", without_ordering, "conserving-means"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_validation_fails(name, theory, tmp_path):
    spec, module, attribute, wrong, claim = MISTAKES[name]
    predicted = theory(spec)
    with mock.patch.object(module, attribute, wrong):
        found = verdicts(spec, predicted, tmp_path, module is not Conserving)
    assert found[claim] is False


@pytest.mark.parametrize("name", MISTAKES)
def test_without_the_mistake_it_holds(name, theory, tmp_path):
    spec, module, *_, claim = MISTAKES[name]
    found = verdicts(spec, theory(spec), tmp_path, module is not Conserving)
    assert found[claim] is True


def test_the_drift_of_the_misprinted_decay_fails(theory, tmp_path):
    """Eqs. 22 and 23 with half of their drift, as when D[c] is read with the other factor."""
    damp, pump = pda.damp, pda.pump
    predicted = theory(PAPER_DECAY)

    def half(flow):
        def slower(psi, mode, driver, rate, *others):
            flow(psi, mode, driver, rate / 2, *others)

        return slower

    with mock.patch.object(pda, "damp", half(damp)), mock.patch.object(pda, "pump", half(pump)):
        assert verdicts(PAPER_DECAY, predicted, tmp_path / "wrong")["pda-long-spin"] is False
    assert verdicts(PAPER_DECAY, predicted, tmp_path / "right")["pda-long-spin"] is True
