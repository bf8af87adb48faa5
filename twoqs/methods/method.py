"""What every method is: a phase space with its equations, and a scheme that integrates them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import ArgumentError, require, shown
from twoqs.flows.lowered import channels_of, timetable_of
from twoqs.flows.plan import Plan
from twoqs.flows.rates import Graph, Rates
from twoqs.flows.sequence import Sequence
from twoqs.flows.site_taps import SiteTaps
from twoqs.kernels.pipeline import Work
from twoqs.methods.draws import StepDraws
from twoqs.model.arrays import Floats
from twoqs.model.known import require_known
from twoqs.model.labels import Taps
from twoqs.model.limits import MOST_SPIN_IN_SINGLE
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.model.states import InitialState
from twoqs.model.terms import VOCABULARY

ORDERINGS = {"P": +1, "W": 0, "Q": -1}
"""Normal, symmetric (Wigner) and antinormal order of operators, and the paper's k (eq. 4)."""

INTERACTION_DIFFUSION = "interaction-diffusion"
"""What P and Q lose of an interaction, and a run may accept to lose."""


class Structure(NamedTuple):
    """What of a model is constant: fields and couplings, rates, and the order of a step."""

    graph: Graph
    rates: Rates
    sequence: Sequence
    taps: SiteTaps | None = None


class Correspondence(NamedTuple):
    """<S^a> = mean * average(s^a), <{S^a, S^b}>/2 = product * average(s^a s^b) + offset * delta_ab.

    Of components a, b of one spin.
    """

    mean: Floats  # of the shape of the spins
    offset: Floats  # of that of the mean lengths
    product: float = 1.0


class Trajectories(NamedTuple):
    """What of a block of trajectories its kernels work on."""

    model: Model
    structure: Structure | Plan
    state: Floats  # (component, site, lane)
    memory: Any  # what else they need, see `Method.new_memory`
    stream: Any  # `random.Stream`, of coarse twins `paired.PairedStream`
    scratch: Floats  # (12, lane)
    clipped: Floats  # (2, lane)
    taps: Taps = ()


class Kernels(NamedTuple):
    """The compiled functions of a method."""

    samples: Any  # takes samples, some steps before each
    measure: Any  # fills Bloch vectors, lengths, and which trajectories are finite


@dataclass(frozen=True)
class Method(ABC):
    """A phase space, its equations, and the scheme that integrates them.

    Attributes:
        step: longest time step, in the inverse unit of the model's rates; chosen by them if left
            out.
        ordering: "P", "W" or "Q".

    Each class states of itself:

    Attributes:
        name: in files and results.
        calculus: in which its stochastic equations are to be read.
        weak_order: power of the step with which the error of averages falls.
        orderings: those that it can have.
        precisions: of the numbers of its trajectories.
        keeps_length: whether every spin keeps its length.
        any_model: whether it takes models of several members, and formulas.
        any_state: whether it takes initial states that are not coherent.
        exact_alone: whether spins 1/2 that are not coupled are exact.
        has_twins: whether the same noise keeps trajectories together that a small turn parts.
        default_step: step times fastest rate if none is given; the docs have its bias.
        largest_step: step times fastest rate above which it does not resolve the dynamics.
        nanoseconds: rough cost of a step of one site of one trajectory. The size of a batch rests
            on it: another number changes the results of every seed.
        kernels: its compiled functions.
    """

    step: float | None = None
    ordering: str = "W"

    name: ClassVar[str]
    calculus: ClassVar[str]
    weak_order: ClassVar[int]
    orderings: ClassVar[tuple[str, ...]] = tuple(ORDERINGS)
    precisions: ClassVar[tuple[str, ...]] = ("double", "single")
    keeps_length: ClassVar[bool] = False
    any_model: ClassVar[bool] = False
    any_state: ClassVar[bool] = False
    exact_alone: ClassVar[bool] = False
    has_twins: ClassVar[bool] = False
    default_step: ClassVar[float]
    largest_step: ClassVar[float]
    nanoseconds: ClassVar[float]
    kernels: ClassVar[Kernels]

    @classmethod
    def of(cls, ordering: str, step: float | None) -> Self:
        """The method with these settings.

        Raises:
            ArgumentError: if it cannot have this ordering.
        """
        return cls(step, ordering)

    @property
    def k(self) -> int:
        """The paper's parameter of the ordering: +1, 0 or -1 (eq. 4)."""
        return ORDERINGS[self.ordering]

    def check(self, model: Model, precision: str, neglect: str | None) -> None:
        """Refuse what the method cannot do.

        Raises:
            ArgumentError: naming the setting, with the reason.
        """
        if not self.any_model:
            timetable = timetable_of(model)
            instead = "leave the scheme out for all else"
            wanted = f"have neither pulses nor events for the scheme {self.name!r} ({instead})"
            require(timetable.empty, "model", wanted, timetable.example)
            require_known(model, VOCABULARY, f"the scheme {self.name!r}", instead)
        if not self.any_state and not isinstance(model.initial, InitialState):
            raise ArgumentError(
                'Argument `initial` must be "down", "up" or coherent(theta, phi) for the scheme '
                f'"{self.name}", but got {shown(model.initial)}: its spinors are sampled as one '
                "full mode and one empty mode, which only coherent states have."
            )
        made_by = model.initial.scheme if isinstance(model.initial, Samples) else None
        if made_by not in (None, self.name):
            wanted = f'be samples of a run with the scheme "{self.name}", as this run has'
            raise ArgumentError.of("initial", wanted, f"those of {made_by}")
        if precision not in self.precisions:
            known = " or ".join(f'"{name}"' for name in self.precisions)
            require(False, "precision", f'be {known} for the scheme "{self.name}"', precision)
        if precision == "single":
            wanted = f'be "double" for spins above {MOST_SPIN_IN_SINGLE}'
            require(model.spin <= MOST_SPIN_IN_SINGLE, "precision", wanted, precision)
        if self.ordering != "W" and model.interacting and neglect != INTERACTION_DIFFUSION:
            raise ArgumentError(
                'Argument `representation` must be "W" for a model with couplings or a twist, but '
                f"got {self.ordering!r}: in P and Q the interaction has second-order derivatives "
                "that the positive diffusion approximation drops, so that squeezing and "
                "correlations come out wrong. "
                f'To see it fail, pass neglect="{INTERACTION_DIFFUSION}".'
            )

    def structure(self, model: Model, taps: Taps = ()) -> Structure | Plan:
        """What of a model is constant, as the kernels of the method need it.

        Args:
            taps: labels of jumps whose output field is kept.

        Raises:
            ArgumentError: for labels of no jump, jumps without a field.
        """
        return structure_of(type(self), model, taps)

    def channels(self, model: Model, taps: Taps) -> list[tuple[str, int | None]]:
        """The label of each field that is kept, and the number of its site if the jump is `each`.

        In the order of labels: one of a jump, of `each` one a site, of a matrix of rates one an
        eigenvector, by rising rates.

        Raises:
            ArgumentError: as `structure`.
        """
        self.structure(model, taps)
        return channels_of(model, taps)

    def constants(self, model: Model, step: float, taps: Taps = ()) -> Any:
        """What is constant while the step is, as its kernels need it."""
        return constants_of(type(self), model, step, taps)

    @classmethod
    @abstractmethod
    def build_structure(cls, model: Model) -> Structure | Plan:
        """See `structure`."""

    @classmethod
    def build_tapped(cls, model: Model, taps: Taps) -> Structure | Plan:
        """The structure with taps, see `structure`."""
        wanted = 'be "conserving" for what leaves through a jump, whose noise is that of the field'
        raise ArgumentError.of("scheme", wanted, cls.name)

    @classmethod
    @abstractmethod
    def build_constants(cls, structure: Any, model: Model, step: float) -> Any:
        """See `constants`."""

    @abstractmethod
    def sample(self, model: Model, rng: np.random.Generator, lanes: int, first: int) -> Floats:
        """Initial state of trajectories from number `first` on, shape (component, site, lane)."""

    def kernels_for(self, structure: Structure | Plan) -> Kernels:
        """The compiled functions for a model of this structure."""
        return self.kernels

    def new_memory(self, structure: Any, state: NDArray[Any]) -> Any:
        """What the kernels keep beside the state of a block of trajectories, if anything."""
        return None

    def draws(self, structure: Any) -> StepDraws | None:
        """The random pieces of a step that make those of a run at twice the step; None if none."""
        return None

    def variant(self, model: Model, taps: Taps = ()) -> tuple[str, ...]:
        """What tells numbers of a seed from those that the method gave for this model before."""
        return ()

    def nanoseconds_of(self, model: Model, taps: Taps = ()) -> float:
        """Rough cost of a step of all sites of one trajectory."""
        bonds = model.lattice.n_edges / model.n_sites
        return self.nanoseconds * (0.6 + 0.4 * max(1.0, bonds)) * model.n_sites

    def work(self, lanes: Trajectories, step: float, midpoints: Floats | None = None) -> Work:
        """What the kernels work on in such steps; with pulses, `midpoints` are their middles."""
        constants = self.constants(lanes.model, step, lanes.taps)
        if midpoints is not None:  # such models are run by the machine alone
            constants = constants._replace(values=timetable_of(lanes.model).values(midpoints))
            lanes.memory.clock[0] = 0
        return Work(
            tuple(lanes.state), constants, lanes.memory,
            self.k, lanes.stream, lanes.scratch, lanes.clipped,
        )  # fmt: skip

    @abstractmethod
    def correspondence(self, spins: Floats, mean_length: Floats) -> Correspondence:
        """How averages over phase space give operator expectation values at one site.

        A product of spins at different sites has the weight of each mean, and no offset.

        Args:
            spins: S, shape (site,).
            mean_length: average of the spin length, shape (..., site).
        """

    def tensor_weights(self, spin: float) -> tuple[float, ...]:
        """How averages give products of more than two components of one spin.

        The operator of a traceless tensor of rank l (a symmetrised product without what is left of
        S^2) is w_l times that of the vector.

        Returns w_l for l = 0 to 4; nothing if `correspondence` is all that is known.
        """
        return ()

    @abstractmethod
    def length_spread(self, spin: float) -> float:
        """Standard deviation of the spin length in a coherent state, as it is sampled."""

    @abstractmethod
    def short_spin_error(self, spin: float) -> tuple[float, float] | None:
        """Largest deviations that were measured with S = 1/2, 1 and 3/2.

        Returns:
            Of means in units of S and of variances in S^2; None if they grow without bound.
        """


# Blocks of one model follow one another, and setting up takes longer than a short run of one spin.
@lru_cache(maxsize=4)
def structure_of(kind: type[Method], model: Model, taps: Taps) -> Structure | Plan:
    """See `Method.structure`."""
    return kind.build_tapped(model, taps) if taps else kind.build_structure(model)


@lru_cache(maxsize=16)
def constants_of(kind: type[Method], model: Model, step: float, taps: Taps) -> Any:
    """See `Method.constants`."""
    return kind.build_constants(structure_of(kind, model, taps), model, step)
