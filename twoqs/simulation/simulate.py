"""Simulate one model in this process."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.kernels.compile.cache import compilation_told
from twoqs.measure import Observable
from twoqs.measure.accuracy import AccuracyWarning, accuracy_note
from twoqs.measure.derived import checked_derived
from twoqs.measure.results import finalize
from twoqs.measure.rows import ROWS_OF_RESULT, ResultRows
from twoqs.methods import Method, default_for, method_of
from twoqs.methods.causes import budget_settings
from twoqs.methods.numerics import Numerics, point_id, resolve
from twoqs.model.arguments import flag, integer, names, number, numbers
from twoqs.model.arrays import Floats
from twoqs.model.limits import (
    MOST_RECORD_BYTES,
    MOST_SEED,
    MOST_TIMES,
    MOST_TRAJECTORIES,
    MOST_WORKERS,
)
from twoqs.model.model import Model
from twoqs.model.samples import END_STATE
from twoqs.simulation.asked import asked_of, window_of
from twoqs.simulation.batch import batch_trajectories
from twoqs.simulation.batches import Batches, batch_count
from twoqs.simulation.canonical import model_text, numerics_text
from twoqs.simulation.provenance import provenance
from twoqs.simulation.starts import models_of, over_starts, starts_note
from twoqs.simulation.title import title
from twoqs.simulation.unrelaxed import NotStationaryWarning, stationarity_note
from twoqs.simulation.validity import UnphysicalWarning, warning
from twoqs.simulation.window import AUTO, is_auto, relaxed_window


def simulate(
    model: Model,
    *,
    times: Sequence[float] | None = None,
    average: tuple[float, float] | str | None = None,
    trajectories: int = 1024,
    method: Method | None = None,
    scheme: str | None = None,
    representation: str = "W",
    step: float | None = None,
    samples: int | None = None,
    observables: Iterable[Any] | Mapping[str, Any] = (),
    derived: Mapping[str, str] | None = None,
    neglect: str | None = None,
    precision: str = "double",
    seed: int = 0,
    end_states: bool = False,
    keep: int = 0,
    budget: Iterable[str] | None = None,
    starts: Any = None,
    workers: int = 1,
) -> xr.Dataset:
    """Expectation values of a model with standard errors, computed here and now.

    If kernels must be compiled first, a line on standard error says so.

    Args:
        model: what is simulated. Times are in the inverse unit of its rates.
        times: increasing times from 0 on at which to measure, or
        average: (start, end) of a window to average over, for steady states; "auto" for one that
            begins when the model has relaxed, and is as long as what comes before it. It takes
            a run of 256 trajectories or more to find; `numerics` in the attributes has it.
        trajectories: rounded up to whole batches (of 64 to some thousand, by the size of the
            model); the result says how many there were.
        method: how to integrate: `twoqs.Conserving()` (recommended, and what is taken if nothing
            is given), `twoqs.Discrete()` (for spins 1/2, for which it is taken if it can do what
            the model has), `twoqs.PDA(ordering="W")` or `twoqs.EulerMaruyama(ordering="W")`, each
            with `step` if wanted. The next three arguments say the same by names, as files do:
        scheme: "conserving", "discrete", "pda" or "euler-maruyama".
        representation: "W", or "P" or "Q" with the last two schemes.
        step: longest time step; 0.05 over the model's fastest rate if left out.
        samples: number of samples in the window, at most 10^6; if left out one every 20 steps, but
            51 at least (or one every step).
        observables: "correlation" (on chains, square and cubic lattices) and "sites" in addition
            to the moments; and others by names, `{"total": {"total": True}}`, that
            docs/observables.md lists.
        derived: functions of variables by names, `{"binder": "1 - m4/(3*m2**2)"}`.
        neglect: "interaction-diffusion" to use P or Q with interactions all the same.
        precision: "single" for trajectories in 32-bit numbers; sums are in double precision.
        seed: of all random numbers; equal arguments give equal results, and others, even if they
            only measure something else, independent ones.
        end_states: whether the result holds the Bloch vectors of all trajectories at the end, from
            which another run can go on: `Model(..., initial=samples(result))`.
        keep: how many trajectories to return as they are, at all times, as `path_sx` and so on over
            `path_trajectory`; the same as `observables={"path": {"trajectories": keep}}`.
        budget: errors that are estimated beside those of sampling: "drift", of windows, `sz_drift`;
            "step", the bias of the time step, `sz_step` with its error `sz_step_se`, from every
            eighth block of 64 trajectories, which runs at twice the step, too (docs/trust.md).
            If left out both, the second from every 32nd block, the 16th first.
        starts: names of initial states to begin with in turn, "down", "up", "x", "y" and "random"
            (the directions of the last are uniform), or a mapping of names and states: the result
            is over `start`, with R-hat of each value, `sz_rhat`. What no window tells, a state that
            is not left in its time, shows as values that depend on the start.
        workers: threads that run batches side by side; the result is the same for any number.
            Sweeps have processes instead (`twoqs.run`).

    Returns:
        Dataset over `time`, or without it for an average. Each estimate has its standard error
        beside it, `sz_se` for `sz`; the attributes tell meaning and units (hbar, hbar^2).

        * `sx sy sz`, `var_sx var_sy var_sz`, `cov_sxsy cov_sxsz cov_sysz`: means over the spins of
          the moments of each, of an ensemble those of J; `spin_length`, `spin_length_std`. All
          over `member` if there are several spins or ensembles.
        * `squeezing`, and over times `squeezing_optimum`, `squeezing_optimum_time`: of models with
          a single spin or ensemble.
        * `n a_re a_im`, `var_q var_p cov_qp`, `var_n`, `g2` of modes; over `mode` if there are
          several. The quadratures are q = (a + a^+)/sqrt(2), p = (a - a^+)/(i sqrt(2)).
        * `correlation` = Re <S^+_n S^-_{n+s}> (not connected), `correlation_xx`, `_yy`, `_zz` and
          `correlation_normalised` over `distance` s, along the first side of the lattice; for
          averages on chains `xi`, `xi_amplitude`, `xi_status`, `xi_p_value`, `xi_chi2_dof`.
        * `sx_site sy_site sz_site` over `site`, `n_site a_re_site a_im_site` over `mode_site`.
        * `trajectories`; `diverged`, the number of them that are left out; `clipped_fraction`.

        Other attributes say where it came from, as those of a sweep: `source`, `history`, `code`,
        `commit`, `versions`, `cpu`, `platform`, and `model`, `numerics` (the settings as sweep
        files have them) and `seed` (as text beyond 32 bits, which netCDF has not): what the run
        can be repeated with.

    Warns:
        AccuracyWarning: if results are off by some per cent or more, as spins are short, ensembles
            small, or Kerr and dispersive terms of modes strong.
        NotStationaryWarning: if a window begins before values have relaxed: it says when to begin.
        UnphysicalWarning: if values belong to no state of the spins (`twoqs.unphysical`), as those
            of "pda" at late times.

    Raises:
        ArgumentError: naming the argument that cannot be used.

    Examples:
        >>> model = twoqs.Model(spin=1000, decay=1.0, initial="up")
        >>> ds = twoqs.simulate(model, times=[0, 1, 2], trajectories=256, seed=1)
        >>> off = ds.sz - twoqs.theory.decay_sz(1000, 1.0, ds.time)
        >>> bool((abs(off) < 4 * ds.sz_se).all())
        True
    """
    given = dict(locals())
    require(isinstance(model, Model), "model", "be a twoqs.Model", model)
    if starts is not None:
        return _from_starts(given)
    trajectories = integer("trajectories", trajectories, 1, MOST_TRAJECTORIES)
    seed = integer("seed", seed, 0, MOST_SEED)
    settings, own = settings_from(given)
    if is_auto(average):
        settings = replace(settings, average=relaxed_window(model, settings, seed))
    numerics = resolve(model, settings)
    batches = batch_count(model, numerics, trajectories)
    ends = _room_for_ends(model, numerics, batches) if flag("end_states", end_states) else None
    note = accuracy_note(model, numerics)
    if note is not None:
        warnings.warn(note, AccuracyWarning, stacklevel=2)
    workers = integer("workers", workers, 1, MOST_WORKERS)
    result = _run(model, numerics, own, ends, Batches(seed, batches, workers))
    result = result if ends is None else result.assign({END_STATE: _end_state(ends)})
    result.attrs |= _attributes(model, numerics, seed)
    for text, category in _faults(result, numerics, model):
        warnings.warn(text, category, stacklevel=2)
    return result


def _from_starts(given: dict[str, Any]) -> xr.Dataset:
    """The result over starts of a call of `simulate` with these arguments."""
    models = models_of(given.pop("model"), given.pop("starts"))
    wanted = "go with one start, or with a window that is given"
    require(not is_auto(given["average"]), "average", wanted, AUTO)
    wanted = "be false where there are several starts"
    require(not given["end_states"], "end_states", wanted, given["end_states"])
    data = over_starts({name: simulate(model, **given) for name, model in models.items()})
    note = starts_note(data)
    if note is not None:
        warnings.warn(note, NotStationaryWarning, stacklevel=3)
    return data


def settings_from(given: dict[str, Any]) -> tuple[Numerics, list[Observable]]:
    """Settings, not yet resolved, and observables of the user's, of arguments of `simulate`."""
    model, step, times = given["model"], given["step"], given["times"]
    average, samples = given["average"], given["samples"]
    chosen = _chosen(model, given["method"], given["scheme"], given["representation"], step)
    keep = integer("keep", given["keep"], 0)
    extra, own, requests = asked_of(given["observables"], model, keep)
    settings = Numerics(
        scheme=chosen.name,
        representation=chosen.ordering,
        step=None if chosen.step is None else number("step", chosen.step),
        times=None if times is None else numbers("times", times, most=MOST_TIMES),
        average=None if average is None or is_auto(average) else window_of(average),
        samples=None if samples is None else integer("samples", samples, 1),
        observables=extra,
        neglect=given["neglect"],
        precision=given["precision"],
        requests=requests,
        derived=checked_derived(given["derived"]),
        **budget_settings(None if given["budget"] is None else names("budget", given["budget"])),
    )
    return settings, own


def _chosen(
    model: Model,
    method: Method | None,
    scheme: str | None,
    representation: str,
    step: float | None,
) -> Method:
    """The method, however it was given."""
    if method is None:
        return method_of(default_for(model) if scheme is None else scheme, representation, step)
    require(isinstance(method, Method), "method", "be one such as twoqs.Conserving()", method)
    wanted = "be left out where scheme, representation or step is given"
    alone = scheme is None and representation == "W" and step is None
    require(alone, "method", wanted, method)
    return method


def _run(
    model: Model,
    numerics: Numerics,
    own: Sequence[Observable],
    ends: list[Floats] | None,
    batches: Batches,
) -> xr.Dataset:
    """The dataset of some batches, and with it their sums, of which replicas are made."""
    kept: list[Floats] = []
    with compilation_told(lambda line: print(line, file=sys.stderr, flush=True)):
        records = batches.run(model, numerics, ends, kept)
    rows = ResultRows(model, numerics, np.concatenate(records), own)
    result = finalize(*rows, np.concatenate(kept) if kept else None)
    result.encoding[ROWS_OF_RESULT] = rows
    return result


def _room_for_ends(model: Model, numerics: Numerics, batches: int) -> list[Floats]:
    """A list for end states; refuses those that memory does not hold, or that are no vectors."""
    wanted = "be false for a scheme without Bloch vectors of fixed length"
    require(numerics.method.keeps_length, "end_states", wanted, numerics.scheme)
    size = 24 * model.n_sites * batches * batch_trajectories(model, numerics)
    wanted = f"hold at most {MOST_RECORD_BYTES / 1e9:g} GB"
    require(size <= MOST_RECORD_BYTES, "end_states", wanted, f"{size / 1e9:.3g} GB")
    return []


def _end_state(ends: list[Floats]) -> xr.DataArray:
    vectors = np.concatenate(ends, axis=2).transpose(0, 2, 1)
    about = {"long_name": "Bloch vectors at the end, before the weight of means", "units": "hbar"}
    dims = ("component", "trajectory", "site")
    return xr.DataArray(vectors, {"component": list("xyz")}, dims, attrs=about)


def _attributes(model: Model, numerics: Numerics, seed: int) -> dict[str, Any]:
    """Where a result comes from, and what it can be repeated with."""
    return provenance(title(model), "computed by twoqs.simulate") | {
        "model": model_text(model),
        "numerics": numerics_text(numerics),
        "scheme": numerics.scheme,
        "representation": numerics.representation,
        "step": numerics.step,
        "seed": seed if seed < 2**31 else str(seed),
        "point_id": point_id(model, numerics),
    }


def _faults(
    result: xr.Dataset, numerics: Numerics, model: Model
) -> Iterator[tuple[str, type[Warning]]]:
    """Warnings about a result."""
    wrong = warning(result, numerics.method, model)
    if wrong is not None:
        yield wrong, UnphysicalWarning
    if numerics.average is not None:
        early = stationarity_note(result, numerics.average, numerics.method.keeps_length)
        if early is not None:
            yield early, NotStationaryWarning
    share = float(result.variables["diverged"].values.max())
    if share > 0:
        told = " and ".join(f"`{n}`" for n in ("diverged", "spin_length_std") if n in result)
        text = (
            f"{share:.3g} of the trajectories diverged and are left out of the averages; "
            f"see {told} in the result."
        )
        yield text, RuntimeWarning
