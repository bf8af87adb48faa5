"""The paper's equations on spinors by the paper's own scheme, for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels import euler_maruyama as compiled
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.samples import euler_maruyama_samples, measure_spinors
from twoqs.methods.method import Kernels, Structure
from twoqs.methods.pda import PDA
from twoqs.methods.spinors import Spinors
from twoqs.model.model import Model


@dataclass(frozen=True)
class EulerMaruyama(Spinors):
    """The positive diffusion approximation of the paper by the Euler-Maruyama method.

    Attributes:
        step: longest time step, in the inverse unit of the model's rates; 0.001 over the fastest
            of them if left out.
        ordering: "P", "W" or "Q".

    Examples:
        >>> model = twoqs.Model(spin=100, field=(2.0, 0, 0), decay=1.0)
        >>> method = twoqs.EulerMaruyama(ordering="W", step=0.01)
        >>> ds = twoqs.simulate(model, times=[0, 1], trajectories=64, method=method)
        >>> ds.attrs["scheme"]
        'euler-maruyama'
    """

    name: ClassVar[str] = "euler-maruyama"
    calculus: ClassVar[str] = "Ito"
    weak_order: ClassVar[int] = 1
    precisions: ClassVar[tuple[str, ...]] = ("double",)
    default_step: ClassVar[float] = 0.001
    largest_step: ClassVar[float] = 0.1
    nanoseconds: ClassVar[float] = 80.0
    kernels: ClassVar[Kernels] = Kernels(euler_maruyama_samples, measure_spinors)

    @classmethod
    def build_structure(cls, model: Model) -> Structure:
        """The structure of `pda`, whose equations it shares; it visits sites in plain order."""
        return PDA.build_structure(model)

    @classmethod
    def build_constants(
        cls, structure: Structure, model: Model, step: float
    ) -> compiled.EulerMaruyamaConstants:
        """Raw rates, as its kernel takes them."""
        graph, rates, *_ = structure
        no_kick = np.zeros((2, model.n_sites))
        return compiled.EulerMaruyamaConstants(graph, rates, step, no_kick)

    def new_memory(self, structure: Structure, state: NDArray[Any]) -> NDArray[Any]:
        """All three components of the spins."""
        return aligned((3, *state.shape[1:]), state.dtype)
