"""Moments and correlations of a density matrix, as a simulation estimates them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import qutip
import scipy.sparse as sp
from numpy.typing import NDArray

from twoqs.model.model import Model
from twoqs.theory.operators import AXES

SECOND_MOMENTS = (("x", "x"), ("y", "y"), ("z", "z"), ("x", "y"), ("x", "z"), ("y", "z"))


class Observables:
    """Expectation values of the spin moments, all by one sparse product."""

    def __init__(self, model: Model, spins: list[dict[str, qutip.Qobj]]) -> None:
        self.n_sites = len(spins)
        self.distances = np.array(model.lattice.distances, dtype=np.int64)
        operators = [site[axis] for axis in AXES for site in spins]
        ends = np.cumsum([member.n_sites for member in model.members])
        self._members = [
            slice(end - m.n_sites, end) for m, end in zip(model.members, ends, strict=True)
        ]
        for a, b in SECOND_MOMENTS:
            for own in (spins[member] for member in self._members):
                operators.append(sum(s[a] @ s[b] + s[b] @ s[a] for s in own) / (2 * len(own)))
        for axis in AXES:
            for distance in self.distances:
                pairs = list(_displaced(model, int(distance)))
                total = sum(spins[i][axis] @ spins[j][axis] for i, j in pairs)
                operators.append(total / len(pairs))
        # tr(rho O) = sum_ij O_ji rho_ij: one row for each transposed operator.
        rows = [op.data_as("csr_matrix").T.reshape(1, -1) for op in operators]
        self._rows = sp.csr_matrix(sp.vstack(rows))

    def __call__(self, rho: NDArray[np.complex128]) -> dict[str, NDArray[np.float64]]:
        """Arrays of shape () or (member,), or, for the correlations, (distance,)."""
        values = (self._rows @ rho.ravel()).real
        means = values[: 3 * self.n_sites].reshape(3, self.n_sites)
        count = len(self._members)
        second, correlations = np.split(values[3 * self.n_sites :], [count * len(SECOND_MOMENTS)])
        record = {f"s{axis}": self._averages(means[k]) for k, axis in enumerate(AXES)}
        for (a, b), value in zip(SECOND_MOMENTS, second.reshape(-1, count), strict=True):
            name = f"var_s{a}" if a == b else f"cov_s{a}s{b}"
            product = means[AXES.index(a)] * means[AXES.index(b)]
            record[name] = (value if count > 1 else value[0]) - self._averages(product)
        if len(self.distances):
            xx, yy, zz = correlations.reshape(3, -1)
            record |= {"correlation_xx": xx, "correlation_yy": yy, "correlation_zz": zz}
            # S^+ S^- = xx + yy + i (yx - xy): imaginary between sites, S^z on one site.
            record["correlation"] = xx + yy + np.where(self.distances == 0, record["sz"], 0.0)
        return record

    def _averages(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Over the sites of each member; one number if there is just one."""
        averages = np.array([values[member].mean() for member in self._members])
        return averages if len(averages) > 1 else averages[0]


def _displaced(model: Model, distance: int) -> Iterator[tuple[int, int]]:
    """Pairs of sites a `distance` apart along the first axis."""
    sites = np.arange(model.n_sites).reshape(model.lattice.shape)
    partner = np.roll(sites, -distance, axis=0)
    kept = None if model.lattice.periodic else model.lattice.shape[0] - distance
    return zip(sites[:kept].ravel().tolist(), partner[:kept].ravel().tolist(), strict=True)
