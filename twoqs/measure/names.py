"""How results name the errors of a variable; here, and only here."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable

ERRORS = {
    "sampling": "standard error",
    "step": "bias of the time step",
    "step_sampling": "standard error of the bias of the time step",
    "drift": "size of what the window has not relaxed",
    "model": "bias of the truncation",
    "model_sampling": "error of the bias of the truncation",
}
"""What an error is called, by its cause in a `Budget`."""

COMMENTS = {
    "drift": "an estimate; NaN where nothing tells, and the status is that of the window then"
}
"""What is to be known of some of them."""

REPLICA = "replica"
"""Dimension over estimates with some trajectories left out."""

MODEL_ERROR = "model_error"
"""The largest error of the truncation of all variables of a point, in %."""

SCALE_POWER = "scale_power"
"""Attribute of `<name>_model`: the power of S that is large for it; none if its own size tells."""

STARTS_DIM = "start"
"""Dimension over initial states of one and the same model."""

_ENDINGS = {
    "sampling": "_se", "step": "_step", "step_sampling": "_step_se", "drift": "_drift",
    "model": "_model", "model_sampling": "_model_se",
}  # fmt: skip
BIASES = ("step", "step_sampling", "drift", "model", "model_sampling")
"""Causes beside that of sampling that values may be off by."""


def error_name(name: Hashable, cause: str = "sampling") -> str:
    """The variable that holds an error of another: `sz_se` of `sz` is its standard error."""
    return f"{name}{_ENDINGS[cause]}"


def errors_of(name: Hashable, known: Container[Hashable]) -> list[str]:
    """The variables among those known that hold errors of another, that of sampling first."""
    return [error for cause in ERRORS if (error := error_name(name, cause)) in known]


def is_error(name: Hashable) -> bool:
    """Whether a variable is an error of another."""
    return str(name).endswith(tuple(_ENDINGS.values()))


def without_errors(names: Iterable[Hashable]) -> list[str]:
    """Names of those variables that are no errors of others."""
    return [str(name) for name in names if not is_error(name)]
