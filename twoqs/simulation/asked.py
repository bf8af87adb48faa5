"""What `simulate` is asked to measure: words, observables of the user's, and requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from twoqs.errors import require, told_together
from twoqs.measure import Observable, taken
from twoqs.measure.members import has_modes
from twoqs.methods.request import Request
from twoqs.model.arguments import names, numbers
from twoqs.model.model import Model
from twoqs.observe import Names, checked_names, read
from twoqs.observe.trajectories import KEPT, SingleTrajectories


def asked_of(
    value: Any, model: Model, keep: int = 0
) -> tuple[tuple[str, ...], list[Observable], tuple[Request, ...]]:
    """Names, observables of the user's, and requests."""
    modes = has_modes(model)
    kept = (SingleTrajectories(KEPT, keep),) if keep else ()
    if isinstance(value, Mapping):
        extra, requests = read(value)
        return extra, [], _requests((*requests, *kept), model)
    listed = isinstance(value, Iterable) and not isinstance(value, str | bytes)
    given = list(value) if listed else []
    own = [one for one in given if isinstance(one, Observable)]
    for i, one in enumerate(own):
        one.check_own({*taken(modes), *(other.name for other in own[:i])})
    others = [one for one in given if isinstance(one, Mapping | Request)]
    named = [one for one in given if not isinstance(one, Observable | Mapping | Request)]
    extra = names("observables", named if listed else value)
    _, requests = read(others)
    wanted = 'name "sites" too, where one of them is an Observable over sites'
    at_sites = any(one.dims for one in own)
    require(not at_sites or "sites" in extra, "observables", wanted, extra)
    return extra, own, _requests((*requests, *kept), model)


def window_of(average: Any) -> tuple[float, float]:
    """The two ends of a window as numbers."""
    start, end = numbers("average", average, 2)
    return start, end


def _requests(requests: tuple[Request, ...], model: Model) -> tuple[Request, ...]:
    """Requests in the words of the model."""
    checked_names(requests, taken(has_modes(model)))
    names_of_model = Names.of(model)
    with told_together() as told:
        return tuple(told(names_of_model.resolved, one) for one in requests)
