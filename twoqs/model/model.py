"""The physical model: spins, Hamiltonian, dissipation and initial state; no numerics."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar

from twoqs.errors import require
from twoqs.model.arguments import set_attributes
from twoqs.model.arrays import Floats, Ints
from twoqs.model.compose import (
    Members,
    Operators,
    alike,
    beyond_words,
    content,
    lattice_of,
    member_for,
    members_given,
    name_of,
    of_sites,
    of_words,
    operators_given,
)
from twoqs.model.describe import Described
from twoqs.model.happenings import with_changes
from twoqs.model.initial import Initial, initial_state, same_at_all_sites
from twoqs.model.language.events import Event, TurnEvent, checked_events, last_change
from twoqs.model.language.jumps import AnyJump
from twoqs.model.language.members import Member
from twoqs.model.language.operators import Operator
from twoqs.model.lattice import Lattice, single
from twoqs.model.limits import MOST_STATES
from twoqs.model.states import SpinState
from twoqs.model.strengths import checked_words, operators_with, taken_out
from twoqs.model.terms import KEYWORDS, VOCABULARY, Dissipator, Term, Unknown, terms_of
from twoqs.model.values import ZERO, Value, Vector
from twoqs.model.words import keywords, operators_for, words_for

ONE_SPIN = single()

OF_MEMBERS: Any = None
"""A spin that is not given: that of the members."""

GENERAL = ("hamiltonian", "jumps", "members", "events")
"""Fields of models that keywords cannot say."""


@dataclass(frozen=True)
class Model(Described):
    """An open system of collective spins S in rescaled parameters (hbar = 1).

    The master equation is (paper eq. 1)

        d rho/dt = -i [H, rho] + sum_c rate_c (2 c rho c^+ - c^+ c rho - rho c^+ c).

    Mind the dissipator: most other texts, and QuTiP, use half of it; a collapse operator there is
    sqrt(2 rate) c. The Hamiltonian is

        H = sum_i h_i.S_i + sum_<ij>,a w_ij J^a_ij/(2S) S^a_i S^a_j + sum_i,a g^a_i/(2S) (S^a_i)^2

    with each bond <ij> once. Decay (c = S^-) and gain (c = S^+) act at each site with the rates
    Gamma/(2S); dephasing (c = S^z) with Gamma_phi, not rescaled.

    All rates and couplings are in one unit of your choice, times in its inverse. Parameters may be
    one number or one for each site (`coupling`: for each bond, in the order of `lattice.edges`).

    Attributes:
        spin: S, a multiple of 1/2; of several members the largest. The methods are made for large
            S; docs/accuracy.md says how far off they are below S = 5.
        lattice: the sites and bonds.
        field: (h_x, h_y, h_z), H = h.S; a drive Omega S_x is (Omega, 0, 0). Each component is one
            number or has one for each site: ([0.1, 0.2], 0, 0) for two sites.
        coupling: (J_x, J_y, J_z), rescaled by 1/(2S) (paper eq. 34).
        twist: (g_x, g_y, g_z), one-axis twisting g/(2S) (S^a)^2 (paper eq. 30).
        decay: Gamma, rescaled by 1/(2S) (paper eq. 21).
        gain: the same for the jump operator S^+.
        dephasing: Gamma_phi, not rescaled (paper eq. 24).
        initial: "down", "up", `coherent(theta, phi)`, or one of `dicke`, `thermal`, `mixed`,
            `squeezed`, `mixture`; for several members one for all, or a mapping by their names.
        hamiltonian: more of H, or all of it, as an operator: `0.3*a.x + lam*a.z*b.z`.
        jumps: more jump operators: `jump(a.minus + b.minus, rate=0.1)`, `collapse(...)`.
        members: the spins, ensembles and modes that operators act on, in the order of results; by
            their names if left out. Keywords are for models of one `Spin`, or a lattice of them;
            operators are literal, without 1/(2S).
        events: what happens at an instant: `turn(2.5, a, "x", math.pi)`, `change(4, "lam", 0.2)`.

    Strengths and parameters may be pulses: `gauss`, `ramp`, `cosine`, `piecewise`, `sampled`.
    What keywords can say becomes keywords, however it was given: equal models are equal.

    Raises:
        ArgumentError: naming the argument, for any value that makes no physical sense.

    Examples:
        >>> print(twoqs.Model(spin=1000, field=(0.9, 0, 0), decay=1.0))
        spin: S = 1000, initially down
        H = 0.9*spin.x
        jump: spin.minus   with rate 0.0005
        >>> a, b = twoqs.Spin(1000, "a"), twoqs.Spin(500, "b")
        >>> bath = twoqs.jump(a.minus + b.minus, rate=0.001)
        >>> twoqs.Model(hamiltonian=0.9 * a.x, jumps=[bath]).spins
        array([1000.,  500.])
    """

    spin: float = OF_MEMBERS
    lattice: Lattice = ONE_SPIN
    field: Vector = ZERO
    coupling: Vector = ZERO
    twist: Vector = ZERO
    decay: Value = 0.0
    gain: Value = 0.0
    dephasing: Value = 0.0
    initial: Initial | str | Mapping[str, SpinState | str] = "down"
    hamiltonian: Operator | None = None
    jumps: tuple[AnyJump, ...] = ()
    members: Members = ()
    events: tuple[Event, ...] = ()

    last_change: ClassVar[float] = 0.0  # time that runs must reach for changes; no part of it
    called: ClassVar[str] = ""  # the only member of a model of keywords; no part of it either
    given: ClassVar[Mapping[str, Any]] = {}  # its fields as given, with all parameters; nor this

    def __post_init__(self) -> None:
        set_attributes(self, given={one.name: getattr(self, one.name) for one in fields(self)})
        operators = operators_given(self.hamiltonian, self.jumps)
        events = checked_events(self.events)
        members = members_given(self.members, operators, events)
        if self.spin is not OF_MEMBERS and of_words(members) and not members[0].name:
            members = ()  # that of a model of keywords, of which spin or lattice may be replaced
        if members:
            self._agree(members)
        else:
            members = (self._only_member(),)
        set_attributes(self, members=members, spin=max(member.spin for member in members))
        words, strengths = taken_out({name: getattr(self, name) for name in KEYWORDS})
        set_attributes(self, **checked_words(words, strengths, self.lattice, beyond_words(members)))
        set_attributes(self, initial=initial_state(self.initial, members))
        operators = operators.joined(operators_with(members[0], strengths))
        operators, turns = with_changes(operators, events, members)
        set_attributes(self, events=turns, last_change=last_change(events))
        self._combine(operators if operators.none else operators.checked(members))

    def _only_member(self) -> Member:
        require(self.spin is not OF_MEMBERS, "spin", "be given (or `members`)", self.spin)
        require(isinstance(self.lattice, Lattice), "lattice", "be a Lattice", self.lattice)
        return member_for(self.spin, self.lattice)

    def _agree(self, members: Members) -> None:
        """Take the lattice of the members; spin and lattice may be given beside, if they agree."""
        spin, lattice = max(member.spin for member in members), lattice_of(members)
        agrees = self.spin is OF_MEMBERS or self.spin == spin
        require(agrees, "spin", f"be left out, or that of the members ({spin:g})", self.spin)
        agrees = self.lattice is ONE_SPIN or self.lattice == lattice
        require(agrees, "lattice", "be left out, or that of the members", self.lattice)
        set_attributes(self, lattice=lattice)

    def _combine(self, operators: Operators) -> None:
        """Make words of operators, or else operators of words."""
        alone = of_words(self.members)
        if operators.none and not self.events:
            if alone and (name := self.members[0].name):
                set_attributes(self, called=name, members=(member_for(self.spin, self.lattice),))
            set_attributes(self, hamiltonian=None, jumps=())
            return
        if alone:
            (member,) = self.members
            words = Operators(*operators_for(member, self._word_terms()))
            operators = words.joined(operators).checked(self.members)
            strengths = (
                None if self.events else words_for(member, *operators.in_numbers([name_of(member)]))
            )
            if strengths is not None:
                set_attributes(self, **keywords(strengths))
                self._combine(Operators(None, ()))
                return
            set_attributes(self, **keywords(dict.fromkeys(VOCABULARY, 0.0)))
        set_attributes(self, hamiltonian=operators.hamiltonian, jumps=operators.jumps)

    @property
    def n_sites(self) -> int:
        """Number of spins, those of all members."""
        return self.lattice.n_sites

    @cached_property
    def spins(self) -> Floats:
        """S of every spin, N/2 of an ensemble, 0 of a mode, shape (site,)."""
        return of_sites(self.members, "spin")

    @cached_property
    def kinds(self) -> Ints:
        """What each site is, shape (site,); see `twoqs.model.kinds`."""
        return of_sites(self.members, "kind")

    @property
    def operators(self) -> Operators:
        """H and all jump operators, those of keywords as well."""
        if self.general:
            return Operators(self.hamiltonian, self.jumps)
        energy, jumps = operators_for(self.members[0], self._word_terms())
        return Operators(energy if energy.terms else None, jumps)

    @property
    def turns(self) -> tuple[TurnEvent, ...]:
        """The events; changes of parameters have become pulses."""
        return tuple(event for event in self.events if isinstance(event, TurnEvent))

    @property
    def general(self) -> bool:
        """Whether keywords cannot say all of it."""
        operators = self.hamiltonian is not None or bool(self.jumps)
        return operators or not of_words(self.members) or bool(self.events)

    def _word_terms(self) -> list[Term | Dissipator]:
        return [*self.energy_terms, *self.dissipators]

    @property
    def terms(self) -> dict[str, Term | Dissipator | Unknown]:
        """Every term that the model has, by its label (`field.x`, `decay`).

        All fields are terms but those of NO_TERMS, in a subclass too; what is zero everywhere is
        absent. Whatever computes something of a model goes by this list, and refuses a term that
        it does not know (`require_known`).
        """
        return terms_of(self)

    @property
    def energy_terms(self) -> list[Term]:
        """The terms of H that keywords stand for."""
        return [term for term in self.terms.values() if isinstance(term, Term)]

    @property
    def dissipators(self) -> list[Dissipator]:
        """The jump operators that keywords stand for."""
        return [term for term in self.terms.values() if isinstance(term, Dissipator)]

    @property
    def interacting(self) -> bool:
        """Whether H has terms of second order in the spins."""
        energy = self.hamiltonian
        general = energy is not None and not energy.is_linear
        return general or any(term.is_interaction for term in self.energy_terms)

    @cached_property
    def homogeneous(self) -> bool:
        """Whether the sites of each member are equivalent, so that averages lose nothing."""
        assert isinstance(self.initial, Initial)
        if not same_at_all_sites(self.initial, self.members):
            return False
        if self.general:
            return alike(self.members, self.operators, self.turns)
        uniform = all(isinstance(term.strength, float) for term in self.terms.values())
        return self.lattice.uniform and uniform

    @cached_property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the content, equal for equal models, in any process."""
        parts = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name not in GENERAL]
        text = repr((self.lattice.digest, [part for part in parts if part[0] != "lattice"]))
        if self.general:
            text += repr(content(self.members, self.operators, self.turns))
        return hashlib.sha256(text.encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.digest)  # made once; fields of formulas take longer than short runs

    def to_qutip(
        self, limit: int = MOST_STATES, photons: int | Mapping[str, int] | None = None
    ) -> tuple[Any, list[Any]]:
        """The Hamiltonian and the collapse operators as QuTiP's `Qobj`, for `qutip.mesolve` etc.

        They act on the tensor product of the sites, site 0 first; spins start at m = +S and modes
        at the vacuum, as QuTiP's. An ensemble is a spin N/2; if its members have processes of their
        own, it has the states |j, m> in the order of `qutip.piqs`, and three collapse operators
        stand for one of all members. They are sqrt(2 rate) c, with the factor 2 of the dissipator
        here. What pulses multiply is a `QobjEvo`; turns are not in these operators.

        Args:
            limit: largest dimension of the Hilbert space that is accepted: the product of 2S + 1,
                `photons` + 1, and about (N/2 + 1)^2 for an ensemble with processes of its members.
            photons: largest number of quanta of each mode, or a mapping by names; what the initial
                state needs, at least 10, if left out. The last level shows whether they are enough.

        Raises:
            ArgumentError: if it is larger, or a term has no operator there.

        Examples:
            >>> energy, jumps = twoqs.Model(spin=1, field=(0.9, 0, 0), decay=1.0).to_qutip()
            >>> energy.shape, len(jumps)
            ((3, 3), 1)
            >>> round((jumps[0].dag() * jumps[0]).tr(), 12)
            4.0
        """
        # By name: nothing that imports models depends on theory.
        return import_module("twoqs.theory").to_qutip(self, limit, photons)
