"""`twoqs.exact`: what `simulate` estimates, by the master equation."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xarray as xr

from twoqs.errors import require
from twoqs.measure import asked
from twoqs.measure.derived import checked_derived
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.arguments import integer, number, numbers
from twoqs.model.limits import MOST_STATES, MOST_TIMES
from twoqs.model.model import Model
from twoqs.simulation.asked import asked_of, window_of
from twoqs.theory.exact.kinds import without_theory
from twoqs.theory.exact.solve import solve
from twoqs.theory.photons import Photons


def exact(
    model: Model,
    *,
    times: Sequence[float] | None = None,
    average: tuple[float, float] | None = None,
    observables: Iterable[Any] | Mapping[str, Any] = (),
    derived: Mapping[str, str] | None = None,
    samples: int | None = None,
    step: float | None = None,
    limit: int = MOST_STATES,
    photons: Photons = None,
) -> xr.Dataset:
    """What `simulate` estimates, without errors: QuTiP solves the master equation of a small model.

    Names, dimensions, coordinates and attributes are those of `simulate` with equal arguments, so
    that `exact(...)` can be taken from `simulate(...)` variable by variable.

    Formulas are matrices, products in the order in which they are written. Spectra and correlations
    in time follow from the regression theorem, with bins, window and resolution of the simulation.

    Args:
        model: whose Hilbert space has at most `limit` dimensions.
        times: at which to measure, from the initial state on, or
        average: (start, end) of a window. Exact values are those of the steady state (if it is not
            unique, of that which belongs to the initial state), wherever the window begins; its
            length and its bins matter to spectra and correlations in time alone.
        observables, derived: as those of `simulate`. What has no exact result is left out, with a
            warning, and named in the attribute `left_out`.
        samples, step: which bins the window has, as those of `simulate`.
        limit: largest dimension that is accepted; time and memory grow as its square at least.
        photons: largest numbers of quanta of modes to begin with, one for all or by names; more are
            kept where their last level is populated, as the attribute `photons` says.

    Returns:
        Dataset over `time`, or without it for an average; means over the sites of members, as from
        `simulate`, without errors, spin lengths and fits.

    Raises:
        ArgumentError: naming the argument that cannot be used; if the model is too large, or has
            no steady state.
        TwoqsError: if it is not found, or a mode needs more quanta than fit.

    Examples:
        >>> model = twoqs.Model(spin=10, decay=1.0, initial="up")
        >>> same = {"times": [0, 1], "observables": {"heights": "spin.z**2"}}
        >>> twoqs.exact(model, **same).heights.values.round(3)
        array([100.   ,  44.381])
        >>> off = twoqs.simulate(model, trajectories=1024, **same) - twoqs.exact(model, **same)
        >>> bool((abs(off.heights) < 0.02 * 10**2).all())
        True
    """
    require(isinstance(model, Model), "model", "be a twoqs.Model", model)
    extra, own, requests = asked_of(observables, model)
    settings = Numerics(
        step=None if step is None else number("step", step),
        times=None if times is None else numbers("times", times, most=MOST_TIMES),
        average=None if average is None else window_of(average),
        samples=None if samples is None else integer("samples", samples, 1),
        observables=extra,
        requests=requests,
        derived=checked_derived(derived),
    )
    numerics = resolve(model, settings)
    known = asked(model, numerics)
    data = solve(model, numerics, integer("limit", limit, 1), photons)
    missing = [*(one.name for one in own), *without_theory(model, numerics)]
    missing += [name for name, _ in numerics.derived if name not in data]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        warnings.warn(f"There is no exact result for {listed}.", RuntimeWarning, stacklevel=2)
        data.attrs["left_out"] = " ".join(missing)
    return data.drop_vars(name for name in data.data_vars if name not in known)
