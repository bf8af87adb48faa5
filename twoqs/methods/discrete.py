"""Spins 1/2 one by one: discrete samples, and decay and pump as jumps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import ArgumentError
from twoqs.flows.lowered import timetable_of
from twoqs.flows.plan import Plan, plan_of
from twoqs.kernels.machine_program import Memory, Program
from twoqs.methods import machine
from twoqs.methods.corners import sample_corners
from twoqs.methods.draws import StepDraws, draws_of_plan
from twoqs.methods.half import check_half, half_generators
from twoqs.methods.method import Correspondence, Kernels, Method
from twoqs.model.arrays import Floats
from twoqs.model.labels import Taps
from twoqs.model.model import Model

DISCRETE_ERRORS = (0.1, 0.06)
"""What `Discrete.short_spin_error` returns."""


@dataclass(frozen=True)
class Discrete(Method):
    """Spins 1/2 by the discrete truncated Wigner approximation, with jumps.

    One spin with fields, decay, gain and dephasing is exact, and so is its state at the start;
    couplings are approximate. It is what runs for spins 1/2 if no scheme is named, as far as it
    carries the model. docs/method.md says how it works.

    Attributes:
        step: longest time step, in the inverse unit of the model's rates; 0.05 over the fastest
            of them if left out.
        ordering: "W", which cannot be chosen.

    Examples:
        >>> atom = twoqs.Model(spin=0.5, field=(1.0, 0, 0), decay=0.5)
        >>> ds = twoqs.simulate(atom, times=[0, 1], trajectories=1024, method=twoqs.Discrete())
        >>> off = ds.sz - twoqs.exact(atom, times=[0, 1]).sz
        >>> bool((abs(off) < 4 * ds.sz_se + 1e-3).all())
        True
    """

    ordering: str = field(default="W", init=False, repr=False)

    name: ClassVar[str] = "discrete"
    calculus: ClassVar[str] = "Stratonovich"
    weak_order: ClassVar[int] = 2
    orderings: ClassVar[tuple[str, ...]] = ("W",)
    keeps_length: ClassVar[bool] = True
    any_model: ClassVar[bool] = True
    any_state: ClassVar[bool] = True
    exact_alone: ClassVar[bool] = True
    default_step: ClassVar[float] = 0.05
    largest_step: ClassVar[float] = 0.5
    nanoseconds: ClassVar[float] = machine.NANOSECONDS
    kernels: ClassVar[Kernels] = machine.KERNELS

    @classmethod
    def of(cls, ordering: str, step: float | None) -> Self:
        """With this step; any other ordering than "W" is refused."""
        if ordering != "W":
            raise ArgumentError(
                f'Argument `representation` must be "W" for the scheme "{cls.name}", but got '
                f"{ordering!r}: its samples are those of symmetric order."
            )
        return cls(step)

    def check(self, model: Model, precision: str, neglect: str | None) -> None:
        """Refuse what spins 1/2 by corners and jumps cannot do."""
        super().check(model, precision, neglect)
        check_half(model, f'the scheme "{self.name}"')

    @classmethod
    def build_structure(cls, model: Model) -> Plan:
        """The flows of a step."""
        return plan_of(half_generators(model))

    @classmethod
    def build_constants(cls, structure: Plan, model: Model, step: float) -> Program:
        """See `twoqs.methods.machine.program`."""
        return machine.program(structure, step, tuple(timetable_of(model).peaks.tolist()))

    def sample(self, model: Model, rng: np.random.Generator, lanes: int, first: int) -> Floats:
        """See `sample_corners`."""
        return sample_corners(model, rng, lanes, first)

    def new_memory(self, structure: Plan, state: NDArray[Any]) -> Memory:
        """Memory of the machine."""
        return machine.new_memory(structure, state)

    def draws(self, structure: Plan) -> StepDraws | None:
        """Draws of a plan; none where spins jump."""
        return draws_of_plan(structure)

    def nanoseconds_of(self, model: Model, taps: Taps = ()) -> float:
        """By the flows of the step."""
        structure = self.structure(model, taps)
        assert isinstance(structure, Plan)
        return machine.cost(structure)

    def correspondence(self, spins: Floats, mean_length: Floats) -> Correspondence:
        """Means and products of different spins are averages; those of one spin are known.

        (S^a)^2 = 1/4 and {S^a, S^b} = 0 for a spin 1/2. Averages of s^a s^b would be off, as fields
        of neighbours turn a trajectory from corner to corner of no cube that the state knows.
        """
        return Correspondence(np.ones_like(spins), np.full_like(mean_length, 0.25), product=0.0)

    def tensor_weights(self, spin: float) -> tuple[float, ...]:
        """Products of one spin 1/2 are numbers and components: there are no tensors beyond."""
        return (1.0, 1.0, 0.0, 0.0, 0.0)

    def length_spread(self, spin: float) -> float:
        """Zero: all lengths are sampled as sqrt(3)/2."""
        return 0.0

    def short_spin_error(self, spin: float) -> tuple[float, float] | None:
        """Errors of coupled spins, from DISCRETE_ERRORS."""
        return DISCRETE_ERRORS
