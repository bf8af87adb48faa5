"""Truncated Wigner simulation of large open quantum spins, as distributed parameter sweeps."""

from twoqs.access import open  # noqa: A004 - `twoqs.open`, as in xarray and zarr
from twoqs.errors import ArgumentError, ClusterError, StoreError, TwoqsError
from twoqs.lattice import Lattice, all_to_all, chain, cubic, from_edges, single, square
from twoqs.model import InitialState, Model, coherent
from twoqs.simulate import simulate

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "ClusterError",
    "InitialState",
    "Lattice",
    "Model",
    "StoreError",
    "TwoqsError",
    "all_to_all",
    "chain",
    "coherent",
    "cubic",
    "from_edges",
    "open",
    "simulate",
    "single",
    "square",
]
