"""The physical model: spins, Hamiltonian, dissipation and initial state; no numerics."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence, number, numbers
from twoqs.model.lattice import Lattice, single
from twoqs.model.limits import MOST_SPIN, MOST_STATES
from twoqs.model.terms import VOCABULARY, Jump, Term, Unknown, Value

Vector: TypeAlias = tuple[Value, Value, Value]
"""The x, y and z components of a `Value`."""


ONE_SPIN = single()

ZERO: Vector = (0.0, 0.0, 0.0)

NO_TERMS = ("spin", "lattice", "initial")
"""Fields of a model that say what the spins are and where they start; the others are terms."""


@dataclass(frozen=True)
class InitialState:
    """Product of spin coherent states, <S_i> = S (sin theta cos phi, sin theta sin phi, cos theta).

    Angles in radians, uniform or one for each site.
    """

    theta: Value
    phi: Value = 0.0


def coherent(theta: float | Sequence[float], phi: float | Sequence[float] = 0.0) -> InitialState:
    """Spin coherent state that points along (theta, phi), in radians (paper eqs. 19-20).

    Args:
        theta: polar angle in [0, pi] from +z, one for all sites or one for each.
        phi: azimuth from +x towards +y, likewise.

    Raises:
        ArgumentError: if an angle is not finite or theta lies outside [0, pi].
    """
    angles = [
        numbers(name, value) if is_sequence(value) else number(name, value)
        for name, value in (("theta", theta), ("phi", phi))
    ]
    for angle in _each(angles[0]):
        require(0.0 <= angle <= math.pi, "theta", "lie in [0, pi]", angle)
    return InitialState(*angles)


@dataclass(frozen=True)
class Model:
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
        spin: S, a multiple of 1/2. The methods are made for large S; docs/accuracy.md says how far
            off they are below S = 5.
        lattice: the sites and bonds.
        field: (h_x, h_y, h_z), H = h.S; a drive Omega S_x is (Omega, 0, 0). Each component is one
            number or has one for each site: ([0.1, 0.2], 0, 0) for two sites.
        coupling: (J_x, J_y, J_z), rescaled by 1/(2S) (paper eq. 34).
        twist: (g_x, g_y, g_z), one-axis twisting g/(2S) (S^a)^2 (paper eq. 30).
        decay: Gamma, rescaled by 1/(2S) (paper eq. 21).
        gain: the same for the jump operator S^+.
        dephasing: Gamma_phi, not rescaled (paper eq. 24).
        initial: "down", "up" or `coherent(theta, phi)`.

    Raises:
        ArgumentError: naming the argument, for any value that makes no physical sense.
    """

    spin: float
    lattice: Lattice = ONE_SPIN
    field: Vector = ZERO
    coupling: Vector = ZERO
    twist: Vector = ZERO
    decay: Value = 0.0
    gain: Value = 0.0
    dephasing: Value = 0.0
    initial: InitialState | str = "down"

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "spin", _spin(self.spin))
        require(isinstance(self.lattice, Lattice), "lattice", "be a Lattice", self.lattice)
        sites, bonds = self.lattice.n_sites, self.lattice.n_edges
        set_(self, "field", _vector("field", self.field, sites))
        set_(self, "twist", _vector("twist", self.twist, sites))
        set_(self, "coupling", _vector("coupling", self.coupling, bonds))
        for name in ("decay", "gain", "dephasing"):
            value = _value(name, getattr(self, name), sites)
            require(min(_each(value)) >= 0, name, "not be negative", getattr(self, name))
            set_(self, name, value)
        if any(v != 0.0 for v in self.coupling):
            require(bonds > 0, "coupling", "be zero on a lattice without bonds", self.coupling)
        set_(self, "initial", _initial(self.initial, sites))

    @property
    def n_sites(self) -> int:
        """Number of spins."""
        return self.lattice.n_sites

    @property
    def spins(self) -> NDArray[np.float64]:
        """S of every spin, shape (site,)."""
        return np.full(self.n_sites, self.spin)

    @property
    def terms(self) -> dict[str, Term | Jump | Unknown]:
        """Every term that the model has, by its label (`field.x`, `decay`).

        All fields are terms but those of NO_TERMS, in a subclass too; what is zero everywhere is
        absent. Whatever computes something of a model goes by this list, and refuses a term that
        it does not know (`require_known`).
        """
        present = {label: value for label, value in self._parts() if _present(value)}
        return {
            label: VOCABULARY[label].term(label, value, self.spin)
            if label in VOCABULARY
            else Unknown(label, value)
            for label, value in present.items()
        }

    @property
    def hamiltonian(self) -> list[Term]:
        """The terms of H."""
        return [term for term in self.terms.values() if isinstance(term, Term)]

    @property
    def jumps(self) -> list[Jump]:
        """The jump operators."""
        return [term for term in self.terms.values() if isinstance(term, Jump)]

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """What the fields hold, by name, vectors by their components."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in NO_TERMS:
                continue
            if field.default == ZERO:
                yield from ((f"{field.name}.{a}", v) for a, v in zip("xyz", value, strict=True))
            else:
                yield field.name, value

    @property
    def interacting(self) -> bool:
        """Whether H has terms of second order in the spins."""
        return any(term.is_interaction for term in self.hamiltonian)

    @property
    def homogeneous(self) -> bool:
        """Whether all sites are equivalent, so that averages over sites lose nothing."""
        weights = self.lattice.weights
        assert isinstance(self.initial, InitialState)
        strengths = [term.strength for term in self.terms.values()]
        values = [*strengths, self.initial.theta, self.initial.phi]
        uniform = all(isinstance(value, float) for value in values)
        return self.lattice.transitive and uniform and bool(np.all(weights == weights[:1]))

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the content: equal models have equal digests, in any process."""
        parts = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name != "lattice"]
        text = repr((self.lattice.digest, parts))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_qutip(self, limit: int = MOST_STATES) -> tuple[Any, list[Any]]:
        """The Hamiltonian and the collapse operators as QuTiP's `Qobj`, for `qutip.mesolve` etc.

        They act on the tensor product of the spins, site 0 first; the basis of each starts at
        m = +S, as QuTiP's. The collapse operators are sqrt(2 rate) c, with the factor 2 of the
        dissipator here; terms that are zero are left out.

        Args:
            limit: largest dimension (2S+1)^n of the Hilbert space that is accepted.

        Raises:
            ArgumentError: if it is larger, or the model has a term that has no operator there.
        """
        # By name, for nothing that imports models depends on theory.
        pair: tuple[Any, list[Any]] = import_module("twoqs.theory").to_qutip(self, limit)
        return pair


def per_site(value: Value, count: int) -> np.ndarray:
    """A `Value` as an array of shape (count,)."""
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (count,))


def _present(value: Any) -> bool:
    """Whether there is anything that is not zero."""
    return any(map(_present, value)) if is_sequence(value) else bool(value)


def require_known(model: Model, known: Collection[str], who: str) -> None:
    """Refuse a model that has a term beyond the `known` ones.

    Args:
        who: what does not know it, for the message.

    Raises:
        ArgumentError: naming the term.
    """
    for label, term in model.terms.items():
        wanted = f"be left out for {who}, which covers {', '.join(known)} alone"
        require(label in known, label, wanted, term.strength)


def _value(name: str, value: Any, count: int) -> Value:
    """A float, or a tuple of `count` floats; equal entries collapse to one float."""
    if not is_sequence(value):
        return number(name, value)
    wanted = f"be one number or hold {count} numbers"
    require(len(value) == count, name, wanted, value)
    require(count > 0, name, "not be empty", value)
    return _collapse(numbers(name, value))


def _vector(name: str, value: Any, count: int) -> Vector:
    ok = is_sequence(value) and len(value) == 3
    require(ok, name, "have three components (x, y, z)", value)
    x, y, z = (_value(f"{name}.{axis}", v, count) for axis, v in zip("xyz", value, strict=True))
    return x, y, z


def _spin(value: Any) -> float:
    spin = number("spin", value)
    require(spin > 0 and (2 * spin).is_integer(), "spin", "be a positive multiple of 1/2", value)
    require(spin <= MOST_SPIN, "spin", f"be at most {MOST_SPIN}", value)
    return spin


def _initial(value: Any, sites: int) -> InitialState:
    if isinstance(value, InitialState):
        angles = coherent(value.theta, value.phi)
        for name in ("theta", "phi"):
            given = getattr(angles, name)
            fits = not isinstance(given, tuple) or len(given) == sites
            require(fits, f"initial.{name}", f"be one number or hold {sites} numbers", given)
        return InitialState(_collapse(angles.theta), _collapse(angles.phi))
    if isinstance(value, str) and value in ("down", "up"):
        return InitialState(math.pi if value == "down" else 0.0)
    raise ArgumentError.of("initial", 'be "down", "up" or coherent(theta, phi)', value)


def _collapse(value: Value) -> Value:
    """One number instead of equal ones."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value


def _each(value: Value) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,)
