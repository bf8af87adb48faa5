"""A small model as matrices: its Liouvillian, its initial state and the observables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import qutip
import scipy.sparse as sp
from numpy.typing import NDArray

from twoqs.errors import require
from twoqs.exact.decay import coherent_populations
from twoqs.model import InitialState, Model, Value, require_known

Matrix = NDArray[np.complex128]
AXES = "xyz"
TERMS = (
    *(f"{vector}.{axis}" for vector in ("field", "coupling", "twist") for axis in AXES),
    *("decay", "gain", "dephasing"),
)
"""Terms of a model that the matrices here hold."""
PAIRS = (("x", "x"), ("y", "y"), ("z", "z"), ("x", "y"), ("x", "z"), ("y", "z"))


@dataclass(frozen=True)
class Liouvillian:
    """d rho/dt = L(rho) for Hermitian rho, by sparse products with the dense matrix rho.

    Attributes:
        effective: -i H - sum_c rate_c c^+ c without dephasing, a sparse matrix of shape (d, d).
        jumps: sqrt(2 rate_c) c of decay and gain, sparse matrices of shape (d, d).
        damping: rate of each element of rho from dephasing, which is diagonal, shape (d, d), or
            None without dephasing.
        radius: an upper bound of the moduli of the eigenvalues of L without dephasing.
    """

    effective: sp.csr_matrix
    jumps: list[sp.csr_matrix] = field(repr=False)
    damping: NDArray[np.float64] | None = field(repr=False)
    radius: float

    def rest(self, rho: Matrix) -> Matrix:
        """L(rho) without dephasing, for Hermitian `rho` only: half of the products are adjoints.

        The result is Hermitian to the bit; a remainder from rounding would grow exponentially.
        """
        half = self.effective @ rho
        for jump in self.jumps:
            half += 0.5 * (jump @ np.ascontiguousarray((jump @ rho).conj().T))
        return np.asarray(half + half.conj().T)

    def __call__(self, rho: Matrix) -> Matrix:
        """L(rho), shape (d, d), for Hermitian `rho` only."""
        return self.rest(rho) if self.damping is None else self.rest(rho) - self.damping * rho

    @property
    def whole_radius(self) -> float:
        """An upper bound of the moduli of the eigenvalues of L."""
        return self.radius + (0.0 if self.damping is None else float(self.damping.max()))


def spin_operators(model: Model, limit: int) -> list[dict[str, sp.csr_matrix]]:
    """S^x, S^y, S^z of each site on the whole Hilbert space, keyed "x", "y", "z".

    Raises:
        ArgumentError: if the dimension (2S+1)^n exceeds `limit`.
    """
    size, n = round(2 * model.spin) + 1, model.n_sites
    wanted = f"have a Hilbert space of at most {limit} dimensions (it has {size}^{n})"
    require(n * math.log(size) <= math.log(limit) + 1e-9, "model", wanted, model)
    local = {axis: qutip.jmat(model.spin, axis).data_as("csr_matrix") for axis in AXES}
    return [
        {
            axis: sp.csr_matrix(sp.kron(sp.kron(sp.eye(size**i), op), sp.eye(size ** (n - 1 - i))))
            for axis, op in local.items()
        }
        for i in range(n)
    ]


def hamiltonian(model: Model, spins: list[dict[str, sp.csr_matrix]]) -> sp.csr_matrix:
    """H of the model, a sparse matrix of shape (d, d) (paper eqs. 29, 30 and 34)."""
    total = 0.0 * spins[0]["z"]
    scale = 1 / (2 * model.spin)
    for k, axis in enumerate(AXES):
        for i, site in enumerate(spins):
            total = total + at(model.field[k], i) * site[axis]
            total = total + scale * at(model.twist[k], i) * (site[axis] @ site[axis])
        for bond, (i, j) in enumerate(model.lattice.edges.tolist()):
            strength = scale * at(model.coupling[k], bond) * float(model.lattice.weights[bond])
            if strength != 0.0:
                total = total + strength * (spins[i][axis] @ spins[j][axis])
    return sp.csr_matrix(total)


def liouvillian(model: Model, spins: list[dict[str, sp.csr_matrix]]) -> Liouvillian:
    """L of the master equation (paper eq. 1); here the jump operators are sqrt(2 rate) c.

    Raises:
        ArgumentError: naming a term of the model that it does not know.
    """
    require_known(model, TERMS, "the master equation")
    energy = hamiltonian(model, spins)
    size = energy.shape[0]
    jumps = []
    damping = np.zeros((size, size))
    for i, site in enumerate(spins):
        lower = site["x"] - 1j * site["y"]
        raise_ = site["x"] + 1j * site["y"]
        scale = 1 / (2 * model.spin)
        rates = at(model.decay, i) * scale, at(model.gain, i) * scale
        for rate, c in zip(rates, (lower, raise_), strict=True):
            if rate > 0:
                jumps.append(sp.csr_matrix(math.sqrt(2 * rate) * c))
        m = site["z"].diagonal().real
        damping += at(model.dephasing, i) * (m[:, None] - m) ** 2
    loss = sum((c.conj().T @ c for c in jumps), 0.0 * energy)  # diagonal for these jumps
    levels = np.linalg.eigvalsh(energy.toarray())
    # In the trace norm the commutator is bounded by the spread of H, and the jumps and the
    # anticommutator by the largest total rate each.
    radius = float(levels[-1] - levels[0] + 2 * loss.diagonal().real.max())
    effective = sp.csr_matrix(-1j * energy - loss / 2)
    return Liouvillian(effective, jumps, damping if damping.any() else None, radius)


def initial_density(model: Model) -> Matrix:
    """The product of spin coherent states as a density matrix, shape (d, d)."""
    assert isinstance(model.initial, InitialState)
    psi = np.ones(1, dtype=complex)
    excited = np.arange(round(2 * model.spin) + 1)
    for i in range(model.n_sites):
        theta, phi = at(model.initial.theta, i), at(model.initial.phi, i)
        site = np.sqrt(coherent_populations(model.spin, theta)) * np.exp(-1j * phi * excited)
        psi = np.kron(psi, site[::-1])  # QuTiP's basis starts at m = +S
    return np.outer(psi, psi.conj())


class Observables:
    """Expectation values of the spin moments, all by one sparse product."""

    def __init__(self, model: Model, spins: list[dict[str, sp.csr_matrix]]) -> None:
        self.n_sites = len(spins)
        self.distances = np.array(model.lattice.distances, dtype=np.int64)
        operators = [site[axis] for axis in AXES for site in spins]
        for a, b in PAIRS:
            operators.append(sum(s[a] @ s[b] + s[b] @ s[a] for s in spins) / (2 * len(spins)))
        for axis in AXES:
            for distance in self.distances:
                pairs = list(_displaced(model, int(distance)))
                total = sum(spins[i][axis] @ spins[j][axis] for i, j in pairs)
                operators.append(total / len(pairs))
        # tr(rho O) = sum_ij O_ji rho_ij: one row for each transposed operator.
        rows = [sp.csr_matrix(op).T.reshape(1, -1) for op in operators]
        self._rows = sp.csr_matrix(sp.vstack(rows))

    def __call__(self, rho: Matrix) -> dict[str, NDArray[np.float64]]:
        """Arrays of shape () or, for the correlations, (distance,)."""
        values = (self._rows @ rho.ravel()).real
        means = values[: 3 * self.n_sites].reshape(3, self.n_sites)
        second, correlations = np.split(values[3 * self.n_sites :], [len(PAIRS)])
        record = {f"s{axis}": means[k].mean() for k, axis in enumerate(AXES)}
        for (a, b), value in zip(PAIRS, second, strict=True):
            name = f"var_s{a}" if a == b else f"cov_s{a}s{b}"
            record[name] = value - np.mean(means[AXES.index(a)] * means[AXES.index(b)])
        if len(self.distances):
            xx, yy, zz = correlations.reshape(3, -1)
            record |= {"correlation_xx": xx, "correlation_yy": yy, "correlation_zz": zz}
            # S^+ S^- = xx + yy + i (yx - xy): imaginary between sites, S^z on one site.
            record["correlation"] = xx + yy + np.where(self.distances == 0, record["sz"], 0.0)
        return record


def at(value: Value, index: int) -> float:
    """The entry of a site or bond of a parameter that may be one number for all."""
    return value[index] if isinstance(value, tuple) else value


def _displaced(model: Model, distance: int) -> Iterator[tuple[int, int]]:
    """Pairs of sites a `distance` apart along the first axis."""
    sites = np.arange(model.n_sites).reshape(model.lattice.shape)
    partner = np.roll(sites, -distance, axis=0)
    if not model.lattice.periodic:
        keep = slice(0, model.lattice.shape[0] - distance)
        sites, partner = sites[keep], partner[keep]
    return zip(sites.ravel().tolist(), partner.ravel().tolist(), strict=True)
