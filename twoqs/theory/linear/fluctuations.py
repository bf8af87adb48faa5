"""Linear fluctuations about a fixed point (Holstein and Primakoff), and along a trajectory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from twoqs.errors import TwoqsError, require
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.model import Model
from twoqs.theory.linear.gaussian import Gaussian, Symbols
from twoqs.theory.linear.moments import Moments
from twoqs.theory.mean_field.fixed_points import FixedPoint, equations_of, fixed_point
from twoqs.theory.mean_field.rest import resting_point
from twoqs.theory.mean_field.tangent import tangent
from twoqs.theory.mean_field.translations import translations_of
from twoqs.theory.means import inner_coordinates, mean_variables

MOST_DENSE = 200
"""Sites without translations for which there is one covariance matrix of all of them."""


@dataclass(frozen=True, eq=False)
class Fluctuations:
    """Gaussian fluctuations about a fixed point, separated into momenta.

    In the planes across the spins, d(delta)/dt = A delta + noise of the covariance D dt. These are
    the quadratures of Holstein and Primakoff's bosons times sqrt(S_i), S^- = sqrt(2S) a at a pole,
    in the symmetric order, where a vacuum has the covariance S/2. Of modes they are deviations of
    Re a and -Im a, with 1/4 in the vacuum, and of ensembles whose members have processes of their
    own all three components.

    Attributes:
        model: what fluctuates.
        point: what it fluctuates about.
        momenta: q, in radians per cell along each axis of the lattice, shape (momentum, axis); a
            single one where no translations leave model and fixed point alone.
        drift: A(q), shape (momentum, 2 basis, 2 basis): two axes for each site of a cell, row
            k basis + i for axis k of site i; the third axes of ensembles come last.
        diffusion: D(q), of the same shape.

    Examples:
        >>> model = twoqs.Model(spin=1000, field=(0.6, 0, 0), decay=1.0)
        >>> waves = twoqs.theory.linear.Fluctuations.about(model)
        >>> waves.stable, waves.damping.round(6)
        (True, array([[0.8, 0.8]]))
    """

    model: Model
    point: FixedPoint
    momenta: Floats
    drift: Symbols
    diffusion: Symbols
    _gaussian: Gaussian
    _spins: Floats  # of a cell, shape (3, basis)

    @classmethod
    def about(cls, model: Model, point: FixedPoint | ArrayLike | None = None) -> Fluctuations:
        """Fluctuations about a fixed point.

        Args:
            model: of any terms.
            point: one of `fixed_points`, or its spins, shape (site, 3); if left out, the stable
                one that the initial state goes to.

        Raises:
            ArgumentError: if the point is none of this model, or for a term that nobody knows.
            TwoqsError: if the initial state goes to no stable fixed point.

        Examples:
            >>> xy, ring = (0.5, -1.6, 0.0), twoqs.chain(100)
            >>> chain = twoqs.Model(spin=5000, lattice=ring, coupling=xy, decay=1.0)
            >>> twoqs.theory.linear.Fluctuations.about(chain).damping.shape
            (100, 2)
        """
        point = resting_point(model) if point is None else _checked(model, point)
        precession = equations_of(model).at()
        s = point.spins.T
        cells = translations_of(model, precession, s)
        gaussian = Gaussian.of(precession, cells)
        own = s[:, cells.home]
        spanning, dual = tangent(gaussian.cell, own)
        return cls(
            model,
            point,
            cells.momenta,
            dual.T @ gaussian.jacobian(own) @ spanning,
            dual.T @ gaussian.diffusion(own) @ dual,
            gaussian,
            own,
        )

    @cached_property
    def eigenvalues(self) -> Complexes:
        """Of A(q), shape (momentum, 2 basis); damping is minus the real part."""
        return np.asarray(np.linalg.eigvals(self.drift), dtype=complex)

    @property
    def frequencies(self) -> Floats:
        """At which deviations oscillate, shape (momentum, 2 basis), in pairs of both signs."""
        return np.asarray(self.eigenvalues.imag)

    @property
    def damping(self) -> Floats:
        """Rates at which deviations decay, of the same order as `frequencies`."""
        return -self.eigenvalues.real

    @property
    def stable(self) -> bool:
        """Whether all deviations decay."""
        return self.point.stable

    @property
    def next_order(self) -> float:
        """How small the next order in 1/S is beside what is kept, in the steady state.

        The largest of the variance over S^2, the shift of the mean over S, and the share of the
        variances that noise would damp (which drops out to this order).

        Raises:
            TwoqsError: if the fixed point is not stable.
        """
        covariance, mean, lost = self._at_rest
        return self._gaussian.next_order(self._spins, mean, covariance, lost)

    @cached_property
    def _at_rest(self) -> tuple[Symbols, Floats, Symbols]:
        if not self.stable:
            raise TwoqsError(
                "Linear theory has no steady state about a fixed point that is not stable: the "
                f"fastest deviation grows at the rate {self.point.eigenvalues[0].real:.3g}."
            )
        return self._gaussian.at_rest(self._spins)

    def steady(self, *, correlations: bool = True) -> xr.Dataset:
        """Moments and correlations of the steady state.

        Means have their correction of relative order 1/S, which is exact to that order, and all
        else is to leading order.

        Args:
            correlations: whether those over distances are wanted.

        Returns:
            Dataset with `sx sy sz`, `var_*` and `cov_*` (means over the sites of each member, each
            about its own mean) and, on chains and grids, over `distance` `correlation_xx/yy/zz` =
            <S^a_n S^a_n+s>, `correlation` = Re <S^+_n S^-_n+s> and `correlation_normalised`; in
            units of hbar and hbar^2. Of modes `n a_re a_im`, `var_q var_p cov_qp` and `var_n`,
            beside which there are no correlations. The attribute `next_order` is that of the class.

        Raises:
            TwoqsError: if the fixed point is not stable.

        Examples:
            >>> model = twoqs.Model(spin=1000, field=(0.6, 0, 0), decay=1.0)
            >>> found = twoqs.theory.linear.Fluctuations.about(model).steady()
            >>> print(round(found.sz.item(), 2), round(twoqs.theory.driven_spin(model)["sz"], 2))
            -799.98 -799.98
        """
        covariance, mean, _ = self._at_rest
        moments = Moments(self.model, self._gaussian, self._spins, mean, covariance)
        variables = mean_variables(self.model, self._gaussian.cells, self._spins + mean)
        variables |= moments.second(correlations)
        coordinates = inner_coordinates(self.model, variables)
        if "correlation" in variables:
            coordinates["distance"] = np.array(self.model.lattice.distances)
        attributes = {"method": "Holstein-Primakoff", "next_order": self.next_order}
        return xr.Dataset(variables, coordinates, attributes)

    def covariance(self) -> xr.DataArray:
        """Symmetrised covariances <S^a_i S^b_j> - <S^a_i><S^b_j> of all spins, steady state.

        Modes have the components x = Re a, y = -Im a and z = n.

        Returns:
            Array over `site`, `axis`, `other_site`, `other_axis`, in units of hbar^2, to leading
            order.

        Raises:
            ArgumentError: for more than 200 sites.
            TwoqsError: if the fixed point is not stable.

        Examples:
            >>> model = twoqs.Model(spin=1000, decay=1.0)
            >>> found = twoqs.theory.linear.Fluctuations.about(model).covariance()
            >>> found.sel(site=0, other_site=0).values.round(6) + 0.0
            array([[500.,   0.,   0.],
                   [  0., 500.,   0.],
                   [  0.,   0.,   0.]])
        """
        n = self.model.n_sites
        require(n <= MOST_DENSE, "model", f"have at most {MOST_DENSE} sites for this", n)
        values = self._gaussian.between(self._at_rest[0])
        dims = ("site", "axis", "other_site", "other_axis")
        axes = list("xyz")
        return xr.DataArray(values, {"axis": axes, "other_axis": axes}, dims)


def _checked(model: Model, point: FixedPoint | ArrayLike) -> FixedPoint:
    """A fixed point of a model, with its Jacobian."""
    precession = equations_of(model).at()
    given = np.asarray(point.spins if isinstance(point, FixedPoint) else point, dtype=float)
    wanted = f"be a fixed point of this model, shape ({model.n_sites}, 3)"
    require(given.shape == (model.n_sites, 3), "point", wanted, given.tolist())
    s = given.T
    still = np.max(np.abs(precession.rate(s)) / precession.scales) <= 1e-8 * precession.fastest()
    lengths, modes = np.linalg.norm(s, axis=0), precession.modes
    fits = np.isclose(lengths, precession.spins, rtol=1e-8)
    fits[precession.free] = (lengths <= precession.spins * (1 + 1e-8))[precession.free]
    quanta = np.sum(s[:2, modes] ** 2, axis=0)
    fits[modes] = np.isclose(s[2, modes], quanta, rtol=1e-8, atol=1e-12)
    require(bool(still and np.all(fits)), "point", wanted, given.tolist())
    return fixed_point(model, precession, s)
