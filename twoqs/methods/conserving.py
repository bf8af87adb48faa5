"""Bloch vectors of fixed length, on which decay is a boost towards a pole and a turn by noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import ArgumentError
from twoqs.flows.length import (
    mean_weight,
    of_each,
    partner_weight,
    spin_length,
    tensor_weights,
)
from twoqs.flows.lowered import generators_of, tapped_generators_of, timetable_of
from twoqs.flows.partners import act_undivided
from twoqs.flows.plan import Plan, plan_of
from twoqs.flows.rates import graph_of, rates_of
from twoqs.flows.sequence import IN_PLANE, NO_AXIS, conserving_stages, sequence_of
from twoqs.flows.site_taps import site_taps
from twoqs.kernels import conserving as compiled
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.conserving_taps import TapMemory
from twoqs.kernels.machine_program import Program
from twoqs.kernels.samples import conserving_samples, measure_vectors, tapped_samples
from twoqs.methods import machine
from twoqs.methods.draws import StepDraws, draws_of_plan, draws_of_sequence
from twoqs.methods.method import Correspondence, Kernels, Method, Structure
from twoqs.methods.sphere import sample_bloch
from twoqs.model.arrays import Floats
from twoqs.model.known import require_known
from twoqs.model.labels import Taps, unlabelled
from twoqs.model.model import Model
from twoqs.model.terms import VOCABULARY

BLOCH_VECTOR_ERRORS = {0.5: (0.36, 0.78), 1.0: (0.16, 0.22), 1.5: (0.013, 0.019)}
"""What `Conserving.short_spin_error` returns, by spin."""


TAPPED = Kernels(tapped_samples, measure_vectors)
"""Of keyword models with taps."""


def _undivided(model: Model) -> bool:
    """See `act_undivided`, at little cost for the many points of keyword models."""
    if model.general:
        return act_undivided(generators_of(model))
    coupled = model.lattice.n_edges > 0 and any(strength != 0.0 for strength in model.coupling)
    return coupled and partner_weight(model.spin) != mean_weight(model.spin)


@dataclass(frozen=True)
class Conserving(Method):
    """The Wigner function on the sphere; the length of every spin is constant to rounding.

    Second order in the step, right at long times: the method to use. docs/method.md derives it.

    Attributes:
        step: longest time step, in the inverse unit of the model's rates; 0.05 over the fastest
            of them if left out.
        ordering: "W", which cannot be chosen.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(2.0, 0, 0), decay=1.0)
        >>> method = twoqs.Conserving(step=0.02)
        >>> ds = twoqs.simulate(model, times=[0, 5], trajectories=64, method=method)
        >>> bool((ds.spin_length_std < 1e-9 * 100).all())
        True
    """

    ordering: str = field(default="W", init=False, repr=False)

    name: ClassVar[str] = "conserving"
    calculus: ClassVar[str] = "Stratonovich"
    weak_order: ClassVar[int] = 2
    orderings: ClassVar[tuple[str, ...]] = ("W",)
    keeps_length: ClassVar[bool] = True
    any_model: ClassVar[bool] = True
    any_state: ClassVar[bool] = True
    has_twins: ClassVar[bool] = True
    default_step: ClassVar[float] = 0.05
    largest_step: ClassVar[float] = 0.5
    nanoseconds: ClassVar[float] = 2.2
    kernels: ClassVar[Kernels] = Kernels(conserving_samples, measure_vectors)

    @classmethod
    def of(cls, ordering: str, step: float | None) -> Self:
        """With this step; any other ordering than "W" is refused."""
        if ordering != "W":
            raise ArgumentError(
                f'Argument `representation` must be "W" for the scheme "{cls.name}", but got '
                f"{ordering!r}: only the Wigner diffusion matrix of the decay is positive with "
                "its cross term."
            )
        return cls(step)

    @classmethod
    def build_structure(cls, model: Model) -> Structure | Plan:
        """With what is of second order in s divided by the weights of means and of partners."""
        if machine.may_run(model):
            plan = plan_of(generators_of(model))
            if model.general or machine.has_blocks(plan):
                return plan
        weight = mean_weight(model.spin)
        graph = graph_of(model, weight, partner_weight(model.spin))
        rates = rates_of(model, weight)
        visits = conserving_stages(graph, rates, spin_length(model.spin))
        return Structure(graph, rates, sequence_of(graph, visits))

    @classmethod
    def build_tapped(cls, model: Model, taps: Taps) -> Structure | Plan:
        """By turns of sites where each channel has one of its own, else by the machine."""
        if not model.general:
            require_known(model, VOCABULARY, "a simulation")
        generators = tapped_generators_of(model, taps)
        structure = cls.build_structure(unlabelled(model))
        if isinstance(structure, Structure):
            of_sites = site_taps(generators.taps, structure.rates, mean_weight(model.spin))
            if of_sites is not None:
                return structure._replace(taps=of_sites)
        return plan_of(generators)

    @classmethod
    def build_constants(
        cls, structure: Structure | Plan, model: Model, step: float
    ) -> compiled.ConservingConstants | Program:
        """See `conserving_constants` of the kernel, and `twoqs.methods.machine.program`."""
        if isinstance(structure, Plan):
            return machine.program(structure, step, tuple(timetable_of(model).peaks.tolist()))
        graph, rates, sequence, taps = structure
        length = spin_length(model.spin)
        return compiled.conserving_constants(graph, rates, sequence, length, step, taps)

    def sample(self, model: Model, rng: np.random.Generator, lanes: int, first: int) -> Floats:
        """See `sample_bloch`."""
        return sample_bloch(model, rng, lanes, first)

    def kernels_for(self, structure: Structure | Plan) -> Kernels:
        """The machine's kernels for its models."""
        if isinstance(structure, Plan):
            return machine.KERNELS
        return self.kernels if structure.taps is None else TAPPED

    def new_memory(self, structure: Structure | Plan, state: NDArray[Any]) -> Any:
        """Memory of the machine, or of taps; else none, as the state holds the spins themselves."""
        if isinstance(structure, Plan):
            return machine.new_memory(structure, state)
        taps = structure.taps
        return None if taps is None else TapMemory(aligned((taps.channels, 2, LANES), state.dtype))

    def draws(self, structure: Structure | Plan) -> StepDraws | None:
        """One piece for each turn with noise."""
        if isinstance(structure, Plan):
            return draws_of_plan(structure)
        rates, axes = structure.rates, structure.sequence.axes[:-1, None]
        noises = np.where(np.isin(axes, IN_PLANE), rates.decay + rates.gain, rates.dephasing)
        drawn = (axes < NO_AXIS) & (noises > 0)
        return draws_of_sequence(structure.sequence, drawn[:, :, None].astype(np.int64))

    def variant(self, model: Model, taps: Taps = ()) -> tuple[str, ...]:
        """Where couplings are in blocks, short spins act on others by s_j, or fields are kept.

        Couplings were taken one by one, all spins acted by s_j/m_j, and the machine kept all
        fields, of which spectra had pieces of any length.
        """
        structure = self.structure(model) if machine.may_run(model) else None
        blocks = isinstance(structure, Plan) and machine.has_blocks(structure)
        named = {"blocks": blocks, "undivided": _undivided(model), "fields": bool(taps)}
        return tuple(name for name, here in named.items() if here)

    def nanoseconds_of(self, model: Model, taps: Taps = ()) -> float:
        """By the flows of the step, if it is one of the machine."""
        structure = self.structure(model, taps) if taps or machine.may_run(model) else None
        return (
            machine.cost(structure)
            if isinstance(structure, Plan)
            else super().nanoseconds_of(model)
        )

    def correspondence(self, spins: Floats, mean_length: Floats) -> Correspondence:
        """From that of functions on the sphere.

        It weights means and traceless squares differently, by 1 + O(1/S^2) (Varilly and
        Gracia-Bondia, 1989); with weight one for squares, which then need no offset, that of the
        mean is about 1 + 1/(8 S^2). It matters: variances are differences of squares of size S^2,
        and without it that of S^z in a polarised state would be 1/4 too large.
        """
        return Correspondence(of_each(mean_weight, spins), np.zeros_like(mean_length))

    def tensor_weights(self, spin: float) -> tuple[float, ...]:
        """Weights of the sphere, see `twoqs.flows.length.tensor_weights`."""
        return tensor_weights(spin)

    def length_spread(self, spin: float) -> float:
        """Zero: all lengths are sampled as sqrt(S (S + 1))."""
        return 0.0

    def short_spin_error(self, spin: float) -> tuple[float, float] | None:
        """From BLOCH_VECTOR_ERRORS."""
        return BLOCH_VECTOR_ERRORS[spin]
