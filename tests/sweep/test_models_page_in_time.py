"""The page on models, its pulses and events: each row in Python and in YAML, and by hand."""

# The fixtures are those of the page.
# ruff: noqa: F811

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import qutip
from page_rows import from_yaml, used
from pages import page, table
from test_models_page import members, names  # noqa: F401

import twoqs
from twoqs.sweep import Sweep
from twoqs.theory import evolve

PAGE = page("models.md")
T = np.linspace(0, 4, 81)

PULSES = {
    "Gaussian": lambda t: 0.1 + 0.9 * np.exp(-((t - 2) ** 2) / (2 * 0.5**2)),
    "ramp": lambda t: np.select([t < 1, t < 3], [0.2, 0.2 + 0.3 * (t - 1)], 0.8),
    "oscillation": lambda t: 0.4 + 0.3 * np.cos(4 * t + 0.5),
    "constant pieces": lambda t: np.where(t < 1.5, 0.2, 0.6),
    "samples": lambda t: np.where(t < 2, 0.35 * t, 0.7 - 0.3 * (t - 2)),
}
"""The formula of each row."""

EVENTS = {
    # row: what a state sees: (time, spins, axis, angle) of each turn
    "turn of a spin": [(1.0, "a", (1, 0, 0), math.pi)],
    "turn of all spins": [(1.0, "ab", (math.sqrt(0.5), 0, math.sqrt(0.5)), 0.4)],
    "turn of some": None,  # of a lattice, which is too large for matrices by hand
    "repeated turn": [(t, "a", (0, 0, 1), 0.3) for t in (1.0, 2.0, 3.0)],
    "turn by parameters": [(2.0, "a", (1, 0, 0), 0.2)],
    "change of a parameter": [],
}


def test_every_row_is_held_against_something() -> None:
    assert [row[0] for row in table(PAGE, "Pulses")] == list(PULSES)
    assert [row[0] for row in table(PAGE, "Events")] == list(EVENTS)


@pytest.mark.parametrize("row", table(PAGE, "Pulses"), ids=lambda row: row[0])
def test_pulses(row: list[str], names: dict[str, Any], tmp_path: Path) -> None:
    name, _, python, yaml = row
    pulse = eval(python, names)
    np.testing.assert_allclose(pulse.at(T), PULSES[name](T), atol=1e-14)  # rounding
    a = names["a"]
    model = twoqs.Model(hamiltonian=twoqs.Parameter("f", pulse) * a.x)
    spec = f"members: {{a: {{spin: 1}}}}, parameters: {{f: {yaml}}}, hamiltonian: f*a.x"
    text = f"model: {{{spec}}}\n"
    assert from_yaml(tmp_path, text).digest == model.digest
    # A spin that is turned about x by the area below the pulse.
    area = np.concatenate([[0], np.cumsum(PULSES[name](T[1:] - 0.025) * 0.05)])
    exact = evolve(model, T)
    np.testing.assert_allclose(exact.sz, -np.cos(area), atol=1e-3)  # of sums for integrals


@pytest.mark.parametrize("row", table(PAGE, "Events"), ids=lambda row: row[0])
def test_events(
    row: list[str],
    names: dict[str, Any],
    members: dict[str, Any],
    tmp_path: Path,
) -> None:
    name, _, python, yaml = row
    H = "Omega*a.x + J*a.z*b.z" + " + g*s.z" * ("s[" in python)
    model = eval(f"Model(hamiltonian={H}, events={python})", names)
    text = f"{H} {yaml}"
    lines = [
        f"  {part}: {used(text, members[part])}".replace("False", "false")
        for part in ("members", "parameters")
    ]
    content = "\n".join(["model:", *lines, f"  hamiltonian: {H}", f"  events: {yaml}\n"])
    assert from_yaml_until(tmp_path, content, 4).digest == model.digest
    if EVENTS[name] is not None:
        by_hand = turned(EVENTS[name], later=0.7 if name.startswith("change") else 0.3)
        found = evolve(model, [0.5, 4.0])
        np.testing.assert_allclose(found.sz.isel(time=1), by_hand, atol=1e-8)


def from_yaml_until(tmp_path: Path, model: str, end: float) -> twoqs.Model:
    head = f"name: row\nseed: 1\ntrajectories: 64\nnumerics: {{times: [0, {end}]}}\naxes: {{}}\n"
    (tmp_path / "row.yaml").write_text(head + model)
    return Sweep.from_file(tmp_path / "row.yaml").points[0].model


def turned(turns: list[tuple[float, str, Any, float]], later: float) -> list[float]:
    """<S^z> of spins 1 and 3/2 at t = 4, by matrix exponentials between the turns."""
    lengths = {"a": 1.0, "b": 1.5}
    spin = {
        n: [qutip.expand_operator(qutip.jmat(L, axis), [3, 4], i) for axis in "xyz"]
        for i, (n, L) in enumerate(lengths.items())
    }
    state = qutip.tensor(qutip.basis(3, 2), qutip.basis(4, 3))
    now = 0.0
    stops = sorted([*turns, (2.0, "", (), 0.0), (4.0, "", (), 0.0)], key=lambda one: one[0])
    for time, spins, axis, angle in stops:
        omega = 0.3 if now < 2 else later
        H = omega * spin["a"][0] + 0.2 * spin["a"][2] * spin["b"][2]
        state = (-1j * (time - now) * H).expm() * state
        for n in spins:
            total = sum(x * part for x, part in zip(axis, spin[n], strict=True))
            state = (-1j * angle * total).expm() * state
        now = time
    return [qutip.expect(spin[n][2], state) for n in "ab"]
