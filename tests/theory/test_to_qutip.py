"""`Model.to_qutip` against matrices made by hand, and the solvers against a dense exponential."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys

import numpy as np
import pytest
import qutip
import scipy.linalg

import twoqs
from twoqs.theory import evolve, steady_state

AXES = "xyz"
SPIN = 1.0
PAIR = twoqs.Model(
    spin=SPIN,
    lattice=twoqs.from_edges([(0, 1, -0.5)]),
    field=((0.3, -0.2), (0.7, 0.1), (0.4, -0.1)),
    coupling=(1.0, 0.8, -0.6),
    twist=((0.9, 0.2), (0.1, -0.3), (0.3, 0.5)),
    decay=(0.5, 1.0),
    gain=(0.1, 0.3),
    dephasing=(0.2, 0.4),
    initial=twoqs.coherent([0.4, 2.0], [0.5, -1.0]),
)
"""Two spins with every term, and values of their own."""


def ladder(spin: float) -> np.ndarray:
    """S^- in the basis m = S, S-1, ..., -S."""
    m = spin - np.arange(2 * spin)
    return np.diag(np.sqrt(spin * (spin + 1) - m * (m - 1)), -1)


def local(spin: float) -> dict[str, np.ndarray]:
    lower = ladder(spin)
    return {
        "x": (lower + lower.T) / 2,
        "y": 1j * (lower - lower.T) / 2,
        "z": np.diag(spin - np.arange(2 * spin + 1)),
        "-": lower,
        "+": lower.T,
    }


def by_hand(model: twoqs.Model) -> tuple[np.ndarray, list[np.ndarray]]:
    """H and sqrt(2 rate) c of two spins, term by term."""
    one, two_s = np.eye(round(2 * model.spin) + 1), 2 * model.spin
    first = {name: np.kron(op, one) for name, op in local(model.spin).items()}
    second = {name: np.kron(one, op) for name, op in local(model.spin).items()}
    energy = 0.0
    for a, axis in enumerate(AXES):
        for i, s in enumerate((first, second)):
            energy = energy + model.field[a][i] * s[axis]
            energy = energy + model.twist[a][i] / two_s * s[axis] @ s[axis]
        energy = energy - 0.5 * model.coupling[a] / two_s * first[axis] @ second[axis]
    jumps = []
    for i, s in enumerate((first, second)):
        jumps.append(math.sqrt(2 * model.decay[i] / two_s) * s["-"])
        jumps.append(math.sqrt(2 * model.gain[i] / two_s) * s["+"])
        jumps.append(math.sqrt(2 * model.dephasing[i]) * s["z"])
    return energy, jumps


def liouvillian(energy: np.ndarray, jumps: list[np.ndarray]) -> np.ndarray:
    """L on density matrices whose rows stand behind one another, shape (d^2, d^2)."""
    one = np.eye(len(energy))
    total = -1j * (np.kron(energy, one) - np.kron(one, energy.T))
    for c in jumps:
        loss = c.conj().T @ c / 2
        total = total + np.kron(c, c.conj()) - np.kron(loss, one) - np.kron(one, loss.T)
    return total


def start_of(model: twoqs.Model, theta: list[float], phi: list[float]) -> np.ndarray:
    """Coherent states turned down from m = S: about y by theta, then about z by phi."""
    s, psi = local(model.spin), np.ones(1)
    for polar, azimuth in zip(theta, phi, strict=True):
        up = np.eye(round(2 * model.spin) + 1)[0]
        turn = scipy.linalg.expm(-1j * azimuth * s["z"]) @ scipy.linalg.expm(-1j * polar * s["y"])
        psi = np.kron(psi, turn @ up)
    return np.outer(psi, psi.conj())


def by_site(c_ops: list) -> list:
    """Collapse operators of two sites, which come jump by jump, in the order of `by_hand`."""
    return [c_ops[2 * k + site] for site in range(2) for k in range(len(c_ops) // 2)]


def test_every_term_of_two_spins() -> None:
    energy, jumps = by_hand(PAIR)
    H, c_ops = PAIR.to_qutip()
    assert H.dims == [[3, 3], [3, 3]]
    assert H.isherm
    np.testing.assert_allclose(H.full(), energy, atol=1e-14)
    assert len(c_ops) == len(jumps)
    for mine, expected in zip(by_site(c_ops), jumps, strict=True):
        np.testing.assert_allclose(mine.full(), expected, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *((f"{vector}.{a}", ("H", a)) for vector in ("field", "twist", "coupling") for a in AXES),
        *((name, ("c_ops", k)) for k, name in enumerate(("decay", "gain", "dephasing"))),
    ],
)
def test_the_comparison_sees_each_term(name, change) -> None:
    """Negative control: a value of the second site, or the bond, that is another."""
    vector, _, axis = name.partition(".")
    value = getattr(PAIR, vector)
    if axis:
        k = AXES.index(axis)
        other = value[k] * 2 if vector == "coupling" else (value[k][0], value[k][1] + 0.1)
        changed = (*value[:k], other, *value[k + 1 :])
    else:
        changed = (value[0], value[1] + 0.1)
    H, c_ops = dataclasses.replace(PAIR, **{vector: changed}).to_qutip()
    energy, jumps = by_hand(PAIR)
    if change[0] == "H":
        assert np.abs(H.full() - energy).max() > 0.01
    else:
        off = [np.abs(a.full() - b).max() for a, b in zip(by_site(c_ops), jumps, strict=True)]
        assert off[3 + change[1]] > 0.01
        assert max(off[: 3 + change[1]] + off[4 + change[1] :]) < 1e-14


def moments(rho: np.ndarray, spin: float, n: int) -> tuple[float, float]:
    """<S^z> and <(S^x)^2> as means over sites."""
    size, s = round(2 * spin) + 1, local(spin)
    means = []
    for op in (s["z"], s["x"] @ s["x"]):
        whole = [
            np.kron(np.kron(np.eye(size**i), op), np.eye(size ** (n - 1 - i))) for i in range(n)
        ]
        means.append(np.mean([np.trace(rho @ o).real for o in whole]))
    return means[0], means[1]


def test_solvers_of_two_spins_equal_a_dense_exponential() -> None:
    L = liouvillian(*by_hand(PAIR))
    start = start_of(PAIR, [0.4, 2.0], [0.5, -1.0])
    times = [0.0, 0.7, 0.7, 60.0]
    found = evolve(PAIR, times)
    for k, time in enumerate(times):
        rho = (scipy.linalg.expm(L * time) @ start.ravel()).reshape(9, 9)
        sz, _ = moments(rho, SPIN, 2)
        assert found.sz.values[k] == pytest.approx(sz, abs=1e-8)  # dephasing: fourth order
    assert float(steady_state(PAIR).sz) == pytest.approx(found.sz.values[-1], abs=1e-8)
    assert abs(found.sz.values[0] - found.sz.values[-1]) > 0.1  # negative control


@pytest.mark.parametrize(
    ("terms", "bound"),
    [
        # tolerance of the integration, times S^2
        ({"decay": 0.8, "gain": 0.1, "twist": (0.5, 0, 0.2)}, 1e-9),
        # coherences that die at rates from 50 to 5000 beside others of about one
        ({"decay": 0.8, "field": (1.5, 0, 0), "dephasing": 50.0}, 1e-8),
        ({"field": (1.5, 0, 0), "twist": (0.5, 0, 0.2)}, 1e-9),  # nothing is lost
    ],
)
def test_one_spin_in_time_equals_a_dense_exponential(terms, bound) -> None:
    model = twoqs.Model(spin=5, initial=twoqs.coherent(1.0, 0.4), **terms)
    H, c_ops = model.to_qutip()
    L = liouvillian(H.full(), [c.full() for c in c_ops])
    start = start_of(model, [1.0], [0.4])
    times = [0.5, 2.0]
    found = evolve(model, times)
    for k, time in enumerate(times):
        rho = (scipy.linalg.expm(L * time) @ start.ravel()).reshape(11, 11)
        sz, sxx = moments(rho, 5, 1)
        assert found.sz.values[k] == pytest.approx(sz, abs=bound)
        assert float((found.var_sx + found.sx**2)[k]) == pytest.approx(sxx, abs=bound)
    weaker = evolve(dataclasses.replace(model, field=(1.4, 0, 0)), times)
    assert np.abs(weaker.sz - found.sz).max() > 100 * bound  # negative control


def test_a_steady_state_that_is_not_unique_belongs_to_the_start() -> None:
    """Without a field, dephasing keeps the populations of the initial state."""
    for theta in (0.4, 1.3):
        model = twoqs.Model(spin=2, dephasing=1.0, initial=twoqs.coherent(theta))
        found = steady_state(model)
        assert float(found.sz) == pytest.approx(2 * math.cos(theta), abs=1e-8)  # its tolerance
        assert float(found.sx) == pytest.approx(0.0, abs=1e-8)
    barely = steady_state(dataclasses.replace(model, decay=1e-20))
    assert float(barely.sz) == pytest.approx(2 * math.cos(1.3), abs=1e-8)


def test_qutip_solves_what_it_is_given() -> None:
    """The factor 2 of the dissipator: one spin 1/2 decays as exp(-2 Gamma t)."""
    H, c_ops = twoqs.Model(spin=0.5, decay=0.7).to_qutip()
    times = np.linspace(0, 2, 5)
    sz = qutip.mesolve(H, qutip.basis(2, 0), times, c_ops, e_ops=[qutip.jmat(0.5, "z")]).expect[0]
    # twice the raw rate Gamma/(2S); QuTiP's own tolerance
    assert sz == pytest.approx(np.exp(-2 * 0.7 * times) - 0.5, abs=1e-5)


@dataclasses.dataclass(frozen=True)
class Squeezed(twoqs.Model):
    """A model with a term that has no operator."""

    squeezed: float = 0.0


def test_what_has_no_matrices_is_refused() -> None:
    ring = twoqs.Model(spin=0.5, lattice=twoqs.chain(11), decay=1.0)
    with pytest.raises(twoqs.ArgumentError, match=r"at most 1024 dimensions \(it has 2\^11; "):
        ring.to_qutip()
    assert ring.to_qutip(limit=2048)[0].shape == (2048, 2048)
    with pytest.raises(twoqs.ArgumentError, match="`limit` must be an integer of at least 1"):
        ring.to_qutip(limit=0)
    with pytest.raises(twoqs.ArgumentError, match="`squeezed` must be left out"):
        Squeezed(spin=1, squeezed=0.3).to_qutip()


def test_a_model_alone_loads_no_qutip() -> None:
    program = "import sys, twoqs; twoqs.Model(spin=1); print('qutip' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
