"""Methods: each a phase space with its equations, and the scheme that integrates them."""

from __future__ import annotations

from twoqs.errors import require
from twoqs.methods.conserving import Conserving
from twoqs.methods.discrete import Discrete
from twoqs.methods.euler_maruyama import EulerMaruyama
from twoqs.methods.half import carries
from twoqs.methods.method import INTERACTION_DIFFUSION, ORDERINGS, Method
from twoqs.methods.pda import PDA
from twoqs.model.model import Model

METHODS: dict[str, type[Method]] = {
    method.name: method for method in (Conserving, Discrete, PDA, EulerMaruyama)
}
"""Every method by its name in files, the one to use first."""

PRECISIONS = ("double", "single")
"""Of the numbers of trajectories; not every method has both."""


def default_for(model: Model) -> str:
    """The name of the method that is taken for a model if none is named.

    "discrete" for spins 1/2, as far as it can; "conserving" for all others.
    """
    return Discrete.name if carries(model, Discrete.name) else Conserving.name


def method_of(name: str, ordering: str = "W", step: float | None = None) -> Method:
    """The method that files and results name so.

    Args:
        name: of METHODS.
        ordering: of ORDERINGS.
        step: longest time step; chosen by the model's rates if left out.

    Raises:
        ArgumentError: for an unknown name, or an ordering that the method cannot have; it names
            `scheme` or `representation`, as files call the two.
    """
    known = isinstance(name, str) and name in METHODS
    require(known, "scheme", f"be one of {', '.join(METHODS)}", name)
    known = isinstance(ordering, str) and ordering in ORDERINGS
    require(known, "representation", 'be "P", "W" or "Q"', ordering)
    return METHODS[name].of(ordering, step)


__all__ = [
    "INTERACTION_DIFFUSION",
    "METHODS",
    "ORDERINGS",
    "PDA",
    "PRECISIONS",
    "Conserving",
    "Discrete",
    "EulerMaruyama",
    "Method",
    "default_for",
    "method_of",
]
