"""Limits in which ensembles and modes are other models: collective spins, bad cavities, classes."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from deviations import MEANS, SECOND, apart

import twoqs
from twoqs import Ensemble, Mode, Model, Spin, classes, each, jump

pytestmark = pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")

MOST = 4.5
"""Standard errors: the largest of some 100 values that are equal is beyond it once in 1000 runs."""


def run(model: Model, times: list[float], seed: int, trajectories: int = 2**15) -> xr.Dataset:
    return twoqs.simulate(model, times=times, trajectories=trajectories, seed=seed)


def collective(member: Spin | Ensemble, *others: twoqs.model.language.Jump) -> Model:
    """Driven, twisted, and with a bath in common."""
    energy = 0.8 * member.x + 0.02 * member.z**2
    return Model(hamiltonian=energy, jumps=[jump(member.minus, 0.05), *others])


def test_without_processes_of_members_an_ensemble_is_a_spin() -> None:
    """Of the length N/2, to errors; decay of single members is seen."""
    times, atoms = np.linspace(0.5, 8, 8).tolist(), Ensemble(24, "m")
    spin = run(collective(Spin(12, "m")), times, seed=1)
    same = run(collective(atoms), times, seed=2)
    other = run(collective(atoms, jump(each(atoms.minus), 0.05)), times, seed=3)
    found, control = (apart(spin, one, (*MEANS, *SECOND)) for one in (same, other))
    print(f"\nan ensemble is a spin: {found:.1f} standard errors; with decay: {control:.1f}")
    assert found < MOST
    assert control > 2 * MOST


S, RATE = 10, 0.05
BURST = [1.0, 2.0, 3.0, 4.0]


def cavity(loss: float, rate: float = RATE) -> Model:
    """g (a S^+ + a^+ S^-), g^2/loss = rate: a = -i g S^-/loss follows a fast cavity's spin."""
    s, light = Spin(S, "s"), Mode("light")
    energy = (rate * loss) ** 0.5 * (light.a * s.plus + light.adag * s.minus)
    return Model(hamiltonian=energy, jumps=[jump(light.a, loss)], initial={"s": "up"})


def off_eliminated(loss: float, rate: float = RATE) -> float:
    """Largest difference of <S^z>/S from that of the decay with the rate 0.05."""
    s = Spin(S, "s")
    eliminated = run(Model(jumps=[jump(s.minus, RATE)], initial="up"), BURST, 4, 2**16)
    found = run(cavity(loss, rate), BURST, 5, 2**16)
    return float(abs(found.sz - eliminated.sz).max()) / S


def test_a_fast_cavity_is_decay() -> None:
    """The deviation falls as 1/loss; with a rate 10 % too large it stays."""
    losses = np.array([8.0, 16.0, 32.0])
    found = [off_eliminated(loss) for loss in losses]
    slope = np.polyfit(np.log(losses), np.log(found), 1)[0]
    wrong = off_eliminated(128.0, 1.1 * RATE)
    print("\nfast cavity, <S^z>/S off by", *(f"{value:.4f}" for value in found), end="; ")
    print(f"slope {slope:.2f}; rate 10 % more, loss 128: {wrong:.4f}")
    assert -1.3 < slope < -0.7  # the next order is 1/loss^2, errors are 0.002
    assert wrong > 0.04


def divided(values: list[float]) -> Model:
    """Forty members in four classes, with a bath in common and pumps of their own."""
    parts = classes(values, 4, size=40)
    together = sum((part.minus for part, _ in parts[1:]), parts[0][0].minus)
    energy = sum((value * part.z for part, value in parts[1:]), parts[0][1] * parts[0][0].z)
    pumps = [jump(each(part.plus), 1.0) for part, _ in parts]
    return Model(hamiltonian=energy, jumps=[jump(together, 0.1), *pumps])


def of_all(found: xr.Dataset) -> xr.Dataset:
    """<J> of all classes together; members of a class are correlated with all others' noise."""
    errors = {f"{name}_se": found[f"{name}_se"].sum("member") for name in MEANS}
    return xr.Dataset({name: found[name].sum("member") for name in MEANS} | errors)


def test_classes_of_equal_members_are_one_ensemble() -> None:
    """Means of the sum, and moments of one class; frequencies that differ are seen."""
    times, atoms = [0.5, 1.0, 2.0, 4.0], Ensemble(40, "atoms")
    one = run(
        Model(
            hamiltonian=0.5 * atoms.z,
            jumps=[jump(atoms.minus, 0.1), jump(each(atoms.plus), 1.0)],
        ),
        times,
        seed=6,
    )
    equal, spread = (
        run(divided(values), times, seed=7) for values in ([0.5] * 4, [-2.5, -0.5, 1.5, 3.5])
    )
    found, control = (apart(one, of_all(two), MEANS) for two in (equal, spread))
    size = abs(of_all(equal).sz - one.sz).max().item() / 20
    print(f"\nclasses: <J^z> off by {size:.4f} N/2; {found:.1f} standard errors, ", end="")
    print(f"frequencies that differ {control:.1f}")
    assert found < MOST
    assert control > 2 * MOST
