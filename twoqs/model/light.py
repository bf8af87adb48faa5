"""Decay and exchange of emitters that share the light of a waveguide, or of free space."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence, number
from twoqs.model.arrays import Floats
from twoqs.model.emitters import Light
from twoqs.model.power_law import checked_points


def waveguide(positions: Any, gamma: Any, k: float) -> Light:
    """Rates and exchange of spins along a waveguide that carries light both ways.

    G_ij = gamma cos(k |x_i - x_j|) is the matrix of `jump`, and Omega_ij = gamma sin(k |x_i - x_j|)
    the exchange, H = sum_ij Omega_ij S^+_i S^-_j over all i and j.

    With a rate for each direction, gamma = (left, right), light that runs towards larger x sees
    other spins than light that runs towards smaller ones (a chiral waveguide):

        G_ij     = right e^(-ik(x_i - x_j)) + left e^(ik(x_i - x_j))
        Omega_ij = -i sign(x_i - x_j) [right e^(ik(x_i - x_j)) - left e^(-ik(x_i - x_j))]

    which is the above where both are gamma/2, and a cascade where one is 0.

    The dissipator of `jump` has a factor 2. With that of the literature, Gamma_ij (S^-_i rho S^+_j
    - {S^+_j S^-_i, rho}/2), the same equation has Gamma_ij = 2 G_ij = Gamma cos(k |x_i - x_j|) and
    the exchange Gamma/2 sin(k |x_i - x_j|) (Chang et al., New J. Phys. 14, 063003 (2012); Lalumiere
    et al., Phys. Rev. A 88, 043806 (2013)): Gamma = 2 gamma. Retardation is neglected.

    Args:
        positions: x_i, one number for each spin.
        gamma: the rate of one spin alone, as in `jump(S^-, rate=gamma)`; both directions together,
            or a pair (left, right).
        k: the wave number, in the inverse unit of the positions.

    Returns:
        G and Omega, each of shape (site, site), in the unit of `gamma`.

    Raises:
        ArgumentError: for positions that are no list of numbers, or two that are one.

    Examples:
        >>> light = twoqs.waveguide([0, 1, 2], gamma=0.05, k=1)
        >>> q = twoqs.Sites(twoqs.Spin(50), twoqs.all_to_all(3), "q")
        >>> model = twoqs.Model(hamiltonian=light.hamiltonian(q), jumps=[light.jump(q)])
        >>> bool(np.allclose(light.rates[0], 0.05 * np.cos([0, 1, 2])))
        True
    """
    places = checked_points("positions", positions)
    require(places.shape[1] == 1, "positions", "hold one number for each spin", positions)
    apart = places - places.T
    if not is_sequence(gamma):
        phase, rate = number("k", k) * np.abs(apart), _positive("gamma", gamma)
        return Light(rate * np.cos(phase), rate * np.sin(phase))
    left, right = _two_rates(gamma)
    turn = np.exp(1j * number("k", k) * apart)
    exchange = -1j * np.sign(apart) * (right * turn - left * turn.conj())
    return Light(right * turn.conj() + left * turn, exchange)


def dipoles(positions: Any, direction: Any, k: float, gamma: float) -> Light:
    """Rates and exchange of spins in free space, whose dipoles all have one direction.

    Of the light's Green function G(r) (each dipole's field at the others), with r the distance in
    units of 1/k, c^2 = |d.n|^2 for the direction d of the dipoles and n that of the distance:

        G_ij     = 3/2 gamma [ (1 - c^2) sin r/r + (1 - 3 c^2) (cos r/r^2 - sin r/r^3)]
        Omega_ij = 3/2 gamma [-(1 - c^2) cos r/r + (1 - 3 c^2) (sin r/r^2 + cos r/r^3)]

    G_ii = gamma, Omega_ii = 0. Near by, Omega_ij is the energy of static dipoles, which is positive
    side by side. Both are used as those of `waveguide`.

    In the literature's convention (Lehmberg, Phys. Rev. A 2, 883 (1970); Asenjo-Garcia et al.,
    Phys. Rev. X 7, 031024 (2017)) Gamma_ij = 2 G_ij, Gamma_0 = 2 gamma, and J_ij = Omega_ij.

    Args:
        positions: one for each spin, shape (site, dimension), in up to three dimensions; further
            coordinates are 0.
        direction: x, y and z of the dipoles, of any length; complex for circular ones.
        k: the wave number, 2 pi over the wave length, in the inverse unit of the positions.
        gamma: the rate of one spin alone, as in `jump(S^-, rate=gamma)`.

    Returns:
        G and Omega, each of shape (site, site), in the unit of `gamma`.

    Raises:
        ArgumentError: for anything else, and for two positions that are one.

    Examples:
        >>> chain = twoqs.chain(3).positions * 0.2
        >>> light = twoqs.dipoles(chain, direction=(0, 0, 1), k=2 * np.pi, gamma=0.05)
        >>> light.rates.shape, bool(light.exchange[0, 1] > 0)
        ((3, 3), True)
    """
    places = checked_points("positions", positions)
    unit, wave, rate = _direction(direction), _positive("k", k), _positive("gamma", gamma)
    # One component of all differences after the other: they would take three matrices together.
    squared, along = np.zeros((2, len(places), len(places)), dtype=np.complex128)
    for component, d in zip(places.T, unit[: places.shape[1]], strict=True):
        apart = component[:, None] - component
        squared = squared + apart**2
        along = along + d * apart
    distance = np.sqrt(squared.real)
    np.fill_diagonal(distance, 1.0)
    require(bool(np.all(distance > 0)), "positions", "be further apart", positions)
    cosine = (np.abs(along) / distance) ** 2
    decay, exchange = _green(wave * distance, cosine)
    np.fill_diagonal(decay, 1.0)
    np.fill_diagonal(exchange, 0.0)
    require(bool(np.all(np.isfinite(exchange))), "positions", "be further apart", positions)
    return Light(rate * decay, rate * exchange)


def _green(r: Floats, cosine: Floats) -> tuple[Floats, Floats]:
    """G and Omega of pairs, in units of gamma, for c^2 and distances in units of 1/k."""
    # Importing SciPy takes a while, and most models need none of it.
    from scipy.special import spherical_jn

    across, static = 1.5 * (1 - cosine), 1.5 * (1 - 3 * cosine)
    # sin r/r and (sin r/r^2 - cos r/r)/r as Bessel functions: the latter's terms cancel near by.
    decay: Floats = across * spherical_jn(0, r) - static * spherical_jn(1, r) / r
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        exchange: Floats = static * (np.sin(r) / r**2 + np.cos(r) / r**3) - across * np.cos(r) / r
    return decay, exchange


def _positive(name: str, value: Any) -> float:
    found = number(name, value)
    require(found > 0, name, "be positive", value)
    return found


def _two_rates(gamma: Any) -> tuple[float, float]:
    wanted = "be a positive number, or a pair (left, right) of which one at least is"
    require(len(gamma) == 2, "gamma", wanted, gamma)
    left, right = (number("gamma", one) for one in gamma)
    require(min(left, right) >= 0 and max(left, right) > 0, "gamma", wanted, gamma)
    return left, right


def _direction(direction: Any) -> np.ndarray[Any, np.dtype[np.complex128]]:
    """A direction of length 1."""
    wanted = "be three numbers that are not all zero"
    require(is_sequence(direction), "direction", wanted, direction)
    try:
        vector = np.array(direction)
    except ValueError:  # nested, and not even
        raise ArgumentError.of("direction", wanted, direction) from None
    fits = vector.shape == (3,) and vector.dtype.kind in "iufc" and bool(np.any(vector))
    require(fits and bool(np.all(np.isfinite(vector))), "direction", wanted, direction)
    unit = vector.astype(np.complex128) / np.max(np.abs(vector))
    return unit / np.linalg.norm(unit)
