"""Points that are estimated together have the values that each has by itself, to the bit."""

import numpy as np
import pytest

import twoqs
from twoqs.measure.records import RecordLayout
from twoqs.measure.results import estimated, estimated_together
from twoqs.measure.together import in_common
from twoqs.methods.causes import CAUSES
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.batch import run_batch

MODE = twoqs.Mode("c")


def driven(omega: float) -> twoqs.Model:
    return twoqs.Model(spin=100, field=(omega, 0, 0), decay=1.0)


def chain(coupling: float) -> twoqs.Model:
    lattice = twoqs.chain(6)
    return twoqs.Model(spin=500, lattice=lattice, coupling=(0.5, coupling, 0), decay=1.0)


def laser(gain: float) -> twoqs.Model:
    """No mean depends on its phase, unless it is driven, too."""
    return twoqs.Model(spin=100, field=(0.2 * (gain > 0.6), 0, 0), gain=gain, decay=1.0)


def photons(drive: float) -> twoqs.Model:
    hamiltonian = drive * (MODE.a + MODE.adag) + 0.1 * MODE.adag * MODE.a
    return twoqs.Model(hamiltonian=hamiltonian, jumps=[twoqs.jump(MODE.a, rate=0.5)])


WINDOW = {"average": (2.0, 4.0), "budget": CAUSES}
CURVE = {"times": (0.0, 0.5, 1.0), "budget": CAUSES}
CASES = {
    "window": (driven, (0.2, 0.5, 1.5), WINDOW),
    "window without budget": (driven, (0.2, 1.5), {"average": (2.0, 4.0)}),
    "curve, with an optimum": (driven, (0.2, 0.5, 1.5), CURVE),
    "free phase": (laser, (0.2, 0.5, 0.9), WINDOW),
    "chain": (chain, (-0.4, -1.8), WINDOW),
    "correlations of a chain": (chain, (-0.4, -1.8), CURVE | {"observables": ("correlation",)}),
    "fits": (chain, (-0.4, -1.8),
             {"average": (2.0, 4.0), "budget": ("step",), "observables": ("correlation",)}),
    "mode": (photons, (0.3, 0.6), WINDOW),
}  # fmt: skip


def records(model: twoqs.Model, numerics: Numerics, seed: int) -> np.ndarray:
    """Of the 1024 trajectories of one batch, whose last block has a twin."""
    rows = [run_batch(model, numerics, seed, batch) for batch in range(4)]
    return np.concatenate(rows)


def run(case: str):
    make, values, settings = CASES[case]
    models = [make(value) for value in values]
    numerics = [resolve(model, Numerics(**settings)) for model in models]
    pairs = zip(models, numerics, strict=True)
    return models, numerics, [records(*pair, seed) for seed, pair in enumerate(pairs)]


@pytest.mark.parametrize("case", CASES)
def test_values_are_equal_to_the_bit(case: str) -> None:
    models, numerics, rows = run(case)
    layout = RecordLayout.of(models[0], numerics[0])
    each = zip(models, numerics, rows, strict=True)
    assert len({in_common(model, settings, layout, some) for model, settings, some in each}) == 1
    assert in_common(models[0], numerics[0], layout, rows[0]) is not None
    together = estimated_together(models, numerics[0], np.stack(rows))
    for i, one in enumerate(zip(models, numerics, rows, strict=True)):
        alone = estimated(*one)
        assert list(together.variables) == list(alone.variables)
        for name, variable in alone.variables.items():
            other = together.variables[name]
            assert (other.dims, str(other.attributes)) == (variable.dims, str(variable.attributes))
            np.testing.assert_array_equal(other.values[i], variable.values, err_msg=name)


def test_what_differs_in_more_than_numbers_of_terms_goes_apart() -> None:
    settings = {"average": (2.0, 4.0)}
    model = driven(0.5)
    numerics = resolve(model, Numerics(**settings))
    layout = RecordLayout.of(model, numerics)
    rows = np.ones((4, layout.length))
    layout.split(rows)["diverged"][...] = 0.0
    alike = in_common(model, numerics, layout, rows)
    assert alike == in_common(driven(0.7), numerics, layout, rows)
    longer = twoqs.Model(spin=200, field=(0.5, 0, 0), decay=1.0)
    assert alike != in_common(longer, numerics, layout, rows)
    assert alike != in_common(model, numerics, layout, rows[:3])
    assert alike != in_common(model, resolve(model, Numerics(average=(2.0, 5.0))), layout, rows)
    layout.split(rows)["diverged"][0] = 1.0
    assert in_common(model, numerics, layout, rows) is None
