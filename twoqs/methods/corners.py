"""Initial samples of spins 1/2: corners of a cube, as all components of a spin 1/2 are +-1/2."""

from __future__ import annotations

import numpy as np

from twoqs.methods.initial import stratified
from twoqs.methods.sphere import directed, drawn, spins_of, thermal_levels
from twoqs.model.arrays import Floats
from twoqs.model.initial import Initial, parts
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.model.states import AnyState, Dicke, InitialState, Mixed, Mixture, Squeezed, Thermal


def sample_corners(model: Model, rng: np.random.Generator, lanes: int, first: int = 0) -> Floats:
    """Initial vectors of spins 1/2, of length sqrt(3)/2.

    For a direction n the component along n is 1/2, and each of two across it +-1/2 with equal
    probability (Schachenmayer, Pikovski and Rey, PRX 5, 011022, 2015). All first and second
    moments are those of the state, with the weight 1.

    Args:
        first: number of the first of these trajectories.

    Returns:
        Array of shape (3, site, lane).
    """
    if isinstance(model.initial, Samples):
        return model.initial.vectors[:, :, first : first + lanes]
    assert isinstance(model.initial, Initial)
    vectors = [
        _vectors(state, spins_of(members), rng, lanes)
        for state, members in parts(model.initial, model.members)
    ]
    return np.concatenate(vectors, axis=1)


def _vectors(state: AnyState, spins: Floats, rng: np.random.Generator, lanes: int) -> Floats:
    """Samples of a state of these spins, shape (3, site, lane)."""
    size = (len(spins), lanes)
    match state:
        case InitialState():
            return directed(_along(np.full(size, 0.5), rng), state.theta, state.phi)
        case Dicke():
            return directed(_along(np.full(size, state.m), rng), state.theta, state.phi)
        case Thermal():
            levels = thermal_levels(state.beta, spins, rng, lanes)
            return directed(_along(levels, rng), state.theta, state.phi)
        case Mixed():
            return _along(_either(size, rng), rng)
        case Mixture():
            return drawn(_vectors, state, spins, rng, lanes)
        case Squeezed() | Samples() | ModeState():
            raise AssertionError(
                "the method refuses squeezed states and modes; samples are of all spins"
            )


def _along(height: Floats, rng: np.random.Generator) -> Floats:
    """Corners at these heights along z, +-1/2, shape (3, site, lane)."""
    return np.stack([_either(height.shape, rng), _either(height.shape, rng), height])


def _either(size: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """+-1/2 with equal probability."""
    sites, lanes = size
    return np.where(stratified(rng, (sites, lanes)) < 0.5, -0.5, 0.5)
