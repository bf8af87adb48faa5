"""The rows on modes and ensembles of the page on models, against matrices made by hand."""

from __future__ import annotations

import math
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import qutip
from page_rows import PAGE, from_yaml, members_of_page, names_of_page, with_members
from pages import table

import twoqs
from twoqs.theory import evolve

PHOTONS, LOW = 6, 4
"""Largest numbers of quanta of the matrices, and of those that their end leaves exact."""

J, G, N = 0.2, 0.1, 0.7
LOWER = np.diag(np.sqrt(np.arange(1, PHOTONS + 1)), 1)
SPIN = {
    1.0: {
        "x": qutip.jmat(1, "x").full(), "y": qutip.jmat(1, "y").full(),
        "z": qutip.jmat(1, "z").full(),
    }
}  # fmt: skip
for one in SPIN.values():
    one |= {"plus": one["x"] + 1j * one["y"], "minus": one["x"] - 1j * one["y"]}


def joined(*factors: np.ndarray) -> np.ndarray:
    return reduce(np.kron, factors)


def mode(letter: str) -> np.ndarray:
    return {"a": LOWER, "adag": LOWER.T, "n": LOWER.T @ LOWER}[letter]


ONE, EYE = np.eye(PHOTONS + 1), np.eye(3)
a, up, n = LOWER, LOWER.T, LOWER.T @ LOWER
S = SPIN[1.0]


def beside_spin(spin: str, letter: str) -> np.ndarray:
    """An operator of the spin a, which comes first, and one of the cavity."""
    return joined(S[spin], mode(letter))


def both(one: str, other: str) -> np.ndarray:
    """Operators of the cavity and of the phonon."""
    return joined(mode(one), mode(other))


ENERGIES = {
    "frequency": 0.3 * n,
    "drive of a mode": (0.1 + 0.2j) * up + (0.1 - 0.2j) * a,
    "two-photon drive": G / 2 * (a @ a + up @ up),
    "Kerr": G / 2 * (up @ up @ a @ a),
    "Dicke": J * (beside_spin("x", "a") + beside_spin("x", "adag")),
    "Tavis-Cummings": J * (beside_spin("plus", "a") + beside_spin("minus", "adag")),
    "anisotropic": J * (beside_spin("plus", "a") + beside_spin("minus", "adag"))
    + G * (beside_spin("minus", "a") + beside_spin("plus", "adag")),
    "dispersive": J * beside_spin("z", "n"),
    "beam splitter": J * (both("adag", "a") + both("a", "adag")),
    "two-mode squeezing": J * (both("a", "a") + both("adag", "adag")),
    "cross-Kerr": J * both("n", "n"),
    "radiation pressure": J * (both("n", "a") + both("n", "adag")),
}
IN_LATTICES = ("hopping in a lattice", "a spin in each cavity")
"""Whose Hilbert spaces are too large for many photons."""


def rate(value: float, operator: np.ndarray) -> np.ndarray:
    return math.sqrt(2 * value) * operator


JUMPS = {
    "loss": [rate(G, a)],
    "loss, as for QuTiP": [0.4 * a],
    "gain of a mode": [rate(G, up)],
    "thermal bath of a mode": [rate(G * (N + 1), a), rate(G * N, up)],
    "squeezed bath of a mode": [rate(G, a + 0.4 * up)],
    "dephasing of a mode": [rate(G, n)],
    "a mode and a spin on one bath": [
        rate(G, joined(EYE, a) + 0.5 * joined(S["minus"], ONE))
    ],
}  # fmt: skip
FEW = ("loss of each mode", "loss into one port")

ROWS = {title: table(PAGE, title) for title in (
    "Modes", "Jump operators of modes", "States of modes", "Ensembles",
)}  # fmt: skip


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return names_of_page()


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return members_of_page(tmp_path_factory.mktemp("page"))


def low(matrix: np.ndarray, sizes: list[int]) -> np.ndarray:
    """The part of a matrix with few quanta in all modes, which have PHOTONS + 1 levels."""
    kept = [np.arange(size if size <= 3 else LOW) for size in sizes]
    flat = np.ravel_multi_index(np.meshgrid(*kept, indexing="ij"), sizes).ravel()
    return matrix[np.ix_(flat, flat)]


def test_every_row_has_its_matrices_by_hand() -> None:
    assert [row[0] for row in ROWS["Modes"]] == [*ENERGIES, *IN_LATTICES]
    assert sorted(row[0] for row in ROWS["Jump operators of modes"]) == sorted([*JUMPS, *FEW])


@pytest.mark.parametrize("row", ROWS["Modes"], ids=lambda row: row[0])
def test_terms_of_the_hamiltonian(
    row: list[str], names: dict[str, Any], members: dict[str, Any], tmp_path: Path
) -> None:
    name, _, python, yaml = row
    model = eval(f"Model(hamiltonian={python})", names)
    assert with_members(tmp_path, members, "hamiltonian", yaml).digest == model.digest
    twoqs.Conserving().structure(model)
    if name in ENERGIES:
        found, _ = model.to_qutip(photons=PHOTONS)
        sizes = found.dims[0]
        off = low(found.full(), sizes) - low(ENERGIES[name], sizes)
        assert np.allclose(off, off[0, 0] * np.eye(len(off)), atol=1e-12)  # but for a constant
    else:
        found, _ = model.to_qutip(photons=1)
        assert np.allclose(found.full(), few_photons(name), atol=1e-12)


def few_photons(name: str) -> np.ndarray:
    """Rows on lattices, with at most one quantum in each of three modes."""
    lower = np.diag([1.0], 1)
    modes = [joined(np.eye(2**i), lower, np.eye(2 ** (2 - i))) for i in range(3)]
    if name == "hopping in a lattice":
        pairs = [modes[i].T @ modes[i + 1] for i in range(2)]
        return -J * sum(pair + pair.T for pair in pairs)
    spins = [joined(np.eye(3**i), S["plus"], np.eye(3 ** (2 - i))) for i in range(3)]
    terms = [joined(one, other) for one, other in zip(modes, spins, strict=True)]
    return J * sum(term + term.conj().T for term in terms)


@pytest.mark.parametrize("row", ROWS["Jump operators of modes"], ids=lambda row: row[0])
def test_jump_operators(
    row: list[str], names: dict[str, Any], members: dict[str, Any], tmp_path: Path
) -> None:
    name, _, python, yaml = row
    model = eval(f"Model(jumps={python})", names)
    assert with_members(tmp_path, members, "jumps", yaml).digest == model.digest
    twoqs.Conserving().structure(model)
    lower = np.diag([1.0], 1)
    modes = [joined(np.eye(2**i), lower, np.eye(2 ** (2 - i))) for i in range(3)]
    expected = JUMPS.get(name) or {
        "loss of each mode": [rate(G, one) for one in modes],
        "loss into one port": [rate(G, modes[0] + 1j * modes[1] - modes[2])],
    }[name]  # fmt: skip
    _, found = model.to_qutip(photons=1 if name in FEW else PHOTONS)
    sizes = found[0].dims[0]
    for one, other in zip(found, expected, strict=True):
        assert np.allclose(low(one.full(), sizes), low(other, sizes), atol=1e-12)


@pytest.mark.parametrize("row", ROWS["States of modes"], ids=lambda row: row[0])
def test_states(row: list[str], names: dict[str, Any], tmp_path: Path) -> None:
    name, python, yaml = row
    model = eval(f"Model(hamiltonian=cavity.n, initial={python})", names)
    text = "model: {members: {cavity: {mode: {}}}, hamiltonian: cavity.n, initial: %s}\n"
    assert from_yaml(tmp_path, text % yaml).digest == model.digest
    levels = 60
    rho = {
        "coherent state": qutip.coherent_dm(levels, 1.5 - 0.5j),
        "thermal state of a mode": qutip.thermal_dm(levels, 0.7),
        "squeezed vacuum": qutip.ket2dm(qutip.squeeze(levels, 0.5j) * qutip.basis(levels, 0)),
        "vacuum": qutip.fock_dm(levels, 0),
    }[name]
    lower = qutip.destroy(levels)
    q, p = (lower + lower.dag()) / 2**0.5, (lower - lower.dag()) / (1j * 2**0.5)
    ds = twoqs.simulate(model, times=[0], trajectories=4096, seed=1)
    for variable, operator in (("n", lower.dag() * lower), ("a_re", q / 2**0.5)):
        exact, error = qutip.expect(operator, rho), ds[f"{variable}_se"].item()
        assert ds[variable].item() == pytest.approx(exact, abs=4 * error + 1e-12)
    exact = qutip.variance(p, rho)
    assert ds.var_p.item() == pytest.approx(exact, abs=4 * ds.var_p_se.item())


S2 = {letter: qutip.jmat(0.5, letter).full() for letter in "xyz"}
S2 |= {"plus": S2["x"] + 1j * S2["y"], "minus": S2["x"] - 1j * S2["y"]}


def of_members(letter: str) -> list[np.ndarray]:
    """s_k of four members."""
    return [joined(np.eye(2**k), S2[letter], np.eye(2 ** (3 - k))) for k in range(4)]


MEMBERS = {
    "decay of each member": [rate(G, one) for one in of_members("minus")],
    "pump of each member": [rate(G, one) for one in of_members("plus")],
    "dephasing of each member": [rate(G, one) for one in of_members("z")],
    "about another axis": [rate(G, one) for one in of_members("x")],
    "collective decay": [rate(G, sum(of_members("minus")))],
    "both": [rate(G, one) for one in of_members("minus")]
    + [rate(0.2, sum(of_members("minus")))],
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS["Ensembles"], ids=lambda row: row[0])
def test_ensembles(
    row: list[str], names: dict[str, Any], members: dict[str, Any], tmp_path: Path
) -> None:
    """Moments in time by theory against the 16 states of four members, written out."""
    name, _, python, yaml = row
    start = twoqs.coherent(1.0, 0.5)
    model = eval(f"Model(jumps={python}, initial=start)", names | {"start": start})
    plain = eval(f"Model(jumps={python})", names)
    assert with_members(tmp_path, members, "jumps", yaml).digest == plain.digest
    twoqs.Conserving().structure(model)
    up = np.array([math.cos(0.5), math.sin(0.5) * np.exp(0.5j)])
    ket = qutip.Qobj(reduce(np.kron, [up] * 4).reshape(-1, 1))
    total = {axis: qutip.Qobj(sum(of_members(axis))) for axis in "xyz"}
    times = [0.0, 1.0, 3.0]
    wanted = [total["x"], total["z"], total["z"] ** 2]
    solved = qutip.mesolve(
        0 * total["z"], ket, times, [qutip.Qobj(c) for c in MEMBERS[name]], e_ops=wanted
    )
    exact = evolve(model, times)
    x, z, square = solved.expect
    np.testing.assert_allclose(exact.sx, x, atol=1e-5)
    np.testing.assert_allclose(exact.sz, z, atol=1e-5)
    np.testing.assert_allclose(exact.var_sz, square - z**2, atol=1e-5)
