"""Truncated Wigner simulation of large open quantum spins, as distributed parameter sweeps."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twoqs.errors import ArgumentError, ClusterError, StoreError, TwoqsError
    from twoqs.look.open import open  # noqa: A004 - `twoqs.open`, as in xarray and zarr
    from twoqs.look.unphysical import unphysical
    from twoqs.measure.accuracy import AccuracyWarning
    from twoqs.methods import PDA, Conserving, EulerMaruyama
    from twoqs.model.lattice import Lattice, all_to_all, chain, cubic, from_edges, single, square
    from twoqs.model.model import InitialState, Model, coherent
    from twoqs.simulation.simulate import simulate
    from twoqs.simulation.validity import UnphysicalWarning

__version__ = "0.1.0"

# Loaded when first asked for: numba, SciPy and xarray take over a second, in which the command line
# could neither answer `--version` nor end cleanly on Ctrl-C.
_HOMES = {
    "errors": ("ArgumentError", "ClusterError", "StoreError", "TwoqsError"),
    "look.open": ("open",),
    "look.unphysical": ("unphysical",),
    "measure.accuracy": ("AccuracyWarning",),
    "methods": ("PDA", "Conserving", "EulerMaruyama"),
    "model.lattice": ("Lattice", "all_to_all", "chain", "cubic", "from_edges", "single", "square"),
    "model.model": ("InitialState", "Model", "coherent"),
    "simulation.simulate": ("simulate",),
    "simulation.validity": ("UnphysicalWarning",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "PDA",
    "AccuracyWarning",
    "ArgumentError",
    "ClusterError",
    "Conserving",
    "EulerMaruyama",
    "InitialState",
    "Lattice",
    "Model",
    "StoreError",
    "TwoqsError",
    "UnphysicalWarning",
    "all_to_all",
    "chain",
    "coherent",
    "cubic",
    "from_edges",
    "open",
    "simulate",
    "single",
    "square",
    "unphysical",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'twoqs' has no attribute {name!r}")
    value = getattr(import_module(f"twoqs.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    # What is public; what this module needs itself, and rooms that something has imported, are not.
    return sorted(["__doc__", "__version__", *__all__])
