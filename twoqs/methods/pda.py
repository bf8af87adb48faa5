"""The paper's equations on spinors, the positive diffusion approximation, in second order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.rates import graph_of, rates_of
from twoqs.flows.sequence import pda_stages, sequence_of
from twoqs.kernels import pda as compiled
from twoqs.kernels.channel import PIECES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.samples import measure_spinors, pda_samples
from twoqs.methods.draws import StepDraws, draws_of_sequence
from twoqs.methods.method import Kernels, Structure
from twoqs.methods.spinors import Spinors
from twoqs.model.model import Model


@dataclass(frozen=True)
class PDA(Spinors):
    """The positive diffusion approximation of the paper (eqs. 22-28), integrated accurately.

    It reproduces the paper. Spin lengths drift apart in it, so that it holds for a limited time.

    Attributes:
        step: longest time step, in the inverse unit of the model's rates; 0.05 over the fastest
            of them if left out.
        ordering: "P", "W" or "Q".

    Examples:
        >>> model, method = twoqs.Model(spin=100, decay=1.0), twoqs.PDA(ordering="Q", step=0.01)
        >>> ds = twoqs.simulate(model, times=[0, 1], trajectories=64, method=method)
        >>> ds.attrs["scheme"], ds.attrs["representation"]
        ('pda', 'Q')
    """

    name: ClassVar[str] = "pda"
    calculus: ClassVar[str] = "Ito"
    weak_order: ClassVar[int] = 2
    default_step: ClassVar[float] = 0.05
    largest_step: ClassVar[float] = 0.5
    nanoseconds: ClassVar[float] = 6.5
    kernels: ClassVar[Kernels] = Kernels(pda_samples, measure_spinors)

    @classmethod
    def build_structure(cls, model: Model) -> Structure:
        """See `twoqs.flows.sequence.pda_stages`."""
        graph, rates = graph_of(model), rates_of(model)
        return Structure(graph, rates, sequence_of(graph, pda_stages(graph, rates)))

    @classmethod
    def build_constants(
        cls, structure: Structure, model: Model, step: float
    ) -> compiled.PDAConstants:
        """See `twoqs.kernels.pda.pda_constants`."""
        return compiled.pda_constants(structure.graph, structure.rates, structure.sequence, step)

    def new_memory(self, structure: Structure, state: NDArray[Any]) -> NDArray[Any]:
        """Two components of the spins: that which a stage finds, and that which it leaves."""
        return aligned((2, *state.shape[1:]), state.dtype)

    def draws(self, structure: Structure) -> StepDraws | None:
        """One piece for dephasing, and those of decay, gain, and decay again if there is both."""
        rates, sequence = structure.rates, structure.sequence
        both = np.any(rates.decay) and np.any(rates.gain)
        channels = [rates.decay, rates.gain, rates.decay * both]
        noises = np.stack([rates.dephasing, *channels], axis=1) > 0
        about_z, dissipates = sequence.axes[:-1] == 2, sequence.dissipates[:-1] > 0
        drawn = np.stack([about_z, *[dissipates] * len(channels)], axis=1)[:, None] & noises
        return draws_of_sequence(sequence, drawn * np.array([1, *[PIECES] * len(channels)]))
