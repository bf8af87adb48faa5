"""States that spins may start from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import flag, is_sequence, number, numbers, set_attributes
from twoqs.model.mode_states import ModeState
from twoqs.model.samples import Samples
from twoqs.model.values import Value, entries


@dataclass(frozen=True)
class InitialState:
    """Product of spin coherent states, <S_i> = S (sin theta cos phi, sin theta sin phi, cos theta).

    Angles in radians, uniform or one for each site.

    Examples:
        >>> twoqs.coherent(0.5, 0.25)
        InitialState(theta=0.5, phi=0.25)
        >>> twoqs.Model(spin=10, decay=1.0, initial="up").initial
        InitialState(theta=0.0, phi=0.0)
    """

    theta: Value
    phi: Value = 0.0


@dataclass(frozen=True)
class Dicke:
    """|S, m> of S.n with n along (theta, phi), for each spin; see `dicke`."""

    m: float
    theta: float = 0.0
    phi: float = 0.0

    def __post_init__(self) -> None:
        set_attributes(self, m=number("m", self.m), **_axis(self.theta, self.phi))


@dataclass(frozen=True)
class Thermal:
    """exp(-beta S.n) over its trace with n along (theta, phi), for each spin; see `thermal`."""

    beta: float
    theta: float = 0.0
    phi: float = 0.0

    def __post_init__(self) -> None:
        set_attributes(self, beta=number("beta", self.beta), **_axis(self.theta, self.phi))


@dataclass(frozen=True)
class Mixed:
    """The unit matrix over 2S + 1, for each spin; see `mixed`."""


@dataclass(frozen=True)
class Squeezed:
    """A Gaussian around the coherent state of (theta, phi), for each spin; see `squeezed`."""

    theta: float
    phi: float
    variances: tuple[float, float]
    angle: float = 0.0

    def __post_init__(self) -> None:
        first, second = numbers("variances", self.variances, 2)
        require(min(first, second) > 0, "variances", "be positive", self.variances)
        # 1e-12: what the rounding of squares and roots, as in (1/x, x), may cost.
        wanted = "have a product of at least 1, the square of that of a coherent state"
        require(first * second >= 1 - 1e-12, "variances", wanted, self.variances)
        angle = number("angle", self.angle)
        set_attributes(self, variances=(first, second), angle=angle, **_axis(self.theta, self.phi))


@dataclass(frozen=True)
class Mixture:
    """States with their weights, drawn for all spins together or for each; see `mixture`."""

    states: tuple[tuple[float, PureState], ...]
    each: bool = False

    def __post_init__(self) -> None:
        wanted = "be a list of (weight, state)"
        require(is_sequence(self.states) and len(self.states) > 0, "states", wanted, self.states)
        pairs = []
        for pair in self.states:
            require(is_sequence(pair) and len(pair) == 2, "states", wanted, pair)
            weight = number("weight", pair[0])
            require(weight >= 0, "weight", "not be negative", weight)
            wanted = "hold no mixtures (multiply the weights) and no samples"
            require(not isinstance(pair[1], Mixture | Samples), "states", wanted, pair[1])
            pairs.append((weight, one_state("states", pair[1])))
        total = math.fsum(weight for weight, _ in pairs)
        require(abs(total - 1) < 1e-9, "states", "have weights that sum to 1", total)
        set_attributes(self, states=tuple(pairs), each=flag("each", self.each))


PureState: TypeAlias = InitialState | Dicke | Thermal | Mixed | Squeezed
"""What a mixture is made of."""

SpinState: TypeAlias = PureState | Mixture | Samples
"""What all spins, or those of a member, may start from."""

AnyState: TypeAlias = SpinState | ModeState
"""What a member may start from."""

KNOWN_STATES = '"down", "up" or a state such as coherent(theta, phi)'


def coherent(theta: float | Sequence[float], phi: float | Sequence[float] = 0.0) -> InitialState:
    """Spin coherent state that points along (theta, phi), in radians (paper eqs. 19-20).

    Args:
        theta: polar angle in [0, pi] from +z, one for all sites or one for each.
        phi: azimuth from +x towards +y, likewise.

    Raises:
        ArgumentError: if an angle is not finite or theta lies outside [0, pi].

    Examples:
        >>> x = twoqs.coherent(np.pi / 2)
        >>> ds = twoqs.exact(twoqs.Model(spin=10, decay=1.0, initial=x), times=[0])
        >>> round(ds.sx.item(), 6), round(ds.var_sz.item(), 6)
        (10.0, 5.0)
    """
    angles = [
        numbers(name, value) if is_sequence(value) else number(name, value)
        for name, value in (("theta", theta), ("phi", phi))
    ]
    for angle in entries(angles[0]):
        require(0.0 <= angle <= math.pi, "theta", "lie in [0, pi]", angle)
    return InitialState(*angles)


def dicke(m: float, theta: float = 0.0, phi: float = 0.0) -> Dicke:
    """Dicke state |S, m>: the eigenstate of S.n with the eigenvalue m, n along (theta, phi).

    It is sampled as a ring about n with uniform azimuth. Means and second moments are exact,
    <(S^x)^2> = (S(S+1) - m^2)/2 for n along z; higher ones are those of the ring, and what
    interferes (the fringes of its Wigner function) is lost.

    Args:
        m: one of -S, -S+1, ..., S for each spin that is to have the state.
        theta, phi: direction of n in radians, theta in [0, pi]; +z if left out.

    Raises:
        ArgumentError: if a number is not finite or theta lies outside [0, pi]; `Model` refuses an
            m that a spin does not have.

    Examples:
        >>> model = twoqs.Model(spin=10, decay=1.0, initial=twoqs.dicke(0))
        >>> ds = twoqs.exact(model, times=[0])
        >>> round(ds.sz.item(), 6), round(ds.var_sx.item(), 6)
        (0.0, 55.0)
    """
    return Dicke(m, theta, phi)


def thermal(beta: float, theta: float = 0.0, phi: float = 0.0) -> Thermal:
    """Thermal state exp(-beta S.n) over its trace, of each spin in a unit field n.

    With beta > 0 the spins point against n: `thermal(50)` is all but "down". Means and second
    moments are exact at any temperature.

    Args:
        beta: field over temperature; 0 is the maximally mixed state, and below it the spins point
            along n.
        theta, phi: direction of n in radians, theta in [0, pi]; +z if left out.

    Raises:
        ArgumentError: if a number is not finite or theta lies outside [0, pi].

    Examples:
        >>> model = twoqs.Model(spin=10, decay=1.0, initial=twoqs.thermal(0.5))
        >>> round(twoqs.exact(model, times=[0]).sz.item(), 3)
        -8.459
    """
    return Thermal(beta, theta, phi)


def mixed() -> Mixed:
    """Maximally mixed state of each spin: uniform on the sphere, <(S^a)^2> = S(S+1)/3 exactly.

    Examples:
        >>> model = twoqs.Model(spin=10, decay=1.0, initial=twoqs.mixed())
        >>> round(twoqs.exact(model, times=[0]).var_sz.item(), 6)
        36.666667
    """
    return Mixed()


def squeezed(
    theta: float, phi: float, variances: tuple[float, float], angle: float = 0.0
) -> Squeezed:
    """Squeezed Gaussian about the direction (theta, phi).

    The variances across the direction are exact but for 0.3 %, and so is the square along it,
    S(S+1) less the two; the mean follows from them. In theory the state is
    exp(-b (k S_1^2 - S_n)) over its trace, with b and k for these variances, S_n along the
    direction and S_1 across; its mean is the same to 0.002 S.

    Args:
        theta, phi: direction of the mean in radians, theta in [0, pi].
        variances: along two perpendicular axes across it, in units of S/2, that of a coherent
            state; their product is at least 1. (0.5, 2) is squeezed by 3 dB.
        angle: of the first of these axes, in radians from that of growing theta towards that of
            growing phi.

    Raises:
        ArgumentError: if a number is not finite, theta lies outside [0, pi], or the product of the
            variances is too small; `Model` refuses those that go round the sphere, above
            (S + 1)/5.

    Examples:
        >>> state = twoqs.squeezed(np.pi / 2, 0, variances=(0.5, 2))
        >>> model = twoqs.Model(spin=1000, decay=1.0, initial=state)
        >>> ds = twoqs.simulate(model, times=[0], trajectories=4096)
        >>> (ds.var_sz / 500).values.round(1), (ds.var_sy / 500).values.round(1)
        (array([0.5]), array([2.]))
    """
    return Squeezed(theta, phi, variances, angle)


def mixture(states: Sequence[tuple[float, PureState | str]], each: bool = False) -> Mixture:
    """Statistical mixture: the state of a trajectory is drawn by weight.

    Args:
        states: pairs (weight, state) with "down", "up" or states that are no mixtures; the weights
            sum to 1. A cat of two poles has the low moments of the half-half mixture for S >> 1.
        each: whether every spin draws on its own. Otherwise all that the state is given to (all
            spins, or those of a member) have one of the states together, and are correlated.

    Raises:
        ArgumentError: for anything else, or negative weights.

    Examples:
        >>> state = twoqs.mixture([(0.25, "up"), (0.75, "down")])
        >>> ds = twoqs.exact(twoqs.Model(spin=10, decay=1.0, initial=state), times=[0])
        >>> round(ds.sz.item(), 6), round(ds.var_sz.item(), 6)
        (-5.0, 75.0)
    """
    return Mixture(states, each)  # type: ignore[arg-type]  # which makes states of words


def one_state(name: str, value: Any) -> SpinState:
    """A state, or that of the words "down" and "up".

    Raises:
        ArgumentError: for anything else.
    """
    if isinstance(value, InitialState):
        return coherent(value.theta, value.phi)
    if isinstance(value, SpinState):
        return value
    if isinstance(value, str) and value in ("down", "up"):
        return InitialState(math.pi if value == "down" else 0.0)
    of_mode = " (vacuum and gaussian(...) are states of modes)" if _is_of_mode(value) else ""
    raise ArgumentError.of(name, f"be {KNOWN_STATES}{of_mode}", value)


def _is_of_mode(value: Any) -> bool:
    return isinstance(value, ModeState) or (isinstance(value, str) and value == "vacuum")


def _axis(theta: Any, phi: Any) -> dict[str, float]:
    polar = number("theta", theta)
    require(0.0 <= polar <= math.pi, "theta", "lie in [0, pi]", polar)
    return {"theta": polar, "phi": number("phi", phi)}
