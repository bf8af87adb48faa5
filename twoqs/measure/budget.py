"""What a value may be off by, cause by cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from twoqs.model.arrays import Floats


class Budget(NamedTuple):
    """Errors of a value, each of its shape; None for a cause that nothing was asked about.

    Attributes:
        sampling: standard error from the number of trajectories.
        step: bias of the time step, with its sign.
        step_sampling: standard error of that bias.
        drift: what a window of time may be off the steady state.
        model: bias of the truncation, at this length of the spins.
        model_sampling: what that bias may be off by.
    """

    sampling: Floats
    step: Floats | None = None
    step_sampling: Floats | None = None
    drift: Floats | None = None
    model: Floats | None = None
    model_sampling: Floats | None = None

    def at(self, index: Any) -> Budget:
        """The errors of a part of the values."""
        return self.each(lambda error: error[index])

    def each(self, change: Callable[[Floats], Floats]) -> Budget:
        """The errors that are known, each changed in the same way."""
        parts: list[Any] = [None if error is None else change(error) for error in self]
        return Budget(*parts)
