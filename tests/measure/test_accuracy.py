"""Warnings for spins that are too short: where, and that the size they name is true."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from sweeps import small

import twoqs
from twoqs.cli import main
from twoqs.measure.accuracy import (
    DRIFTS,
    ENSEMBLE_ERRORS,
    ON_BONDS,
    ON_SITE,
    QUANTA_ERRORS,
    accuracy_note,
)
from twoqs.methods import METHODS, method_of
from twoqs.methods.numerics import Numerics, resolve
from twoqs.theory import evolve

ROOT = Path(__file__).parents[2]
PAIR = {"lattice": twoqs.chain(2, periodic=False), "coupling": (1.0, -3.0, 0.0), "decay": 1.0}


def simulated(settings=None, **terms):
    model = twoqs.Model(**terms)
    return twoqs.simulate(
        model, **({"times": [0.1], "trajectories": 64, "seed": 1} | (settings or {}))
    )


@pytest.mark.parametrize(
    "terms",
    [
        {"spin": 0.5, "decay": 1.0},
        {"spin": 0.5, "gain": 1.0, "dephasing": 1.0},
        {"spin": 0.5, "twist": (0, 0, 1.0)},
        {"spin": 1, "twist": (1.0, 0, 0)},
        PAIR | {"spin": 0.5},
        PAIR | {"spin": 1},
        PAIR | {"spin": 1.5},
    ],
)
@pytest.mark.parametrize(
    "settings",
    [{"scheme": "conserving"}, {"scheme": "pda"}, {"scheme": "euler-maruyama", "step": 0.005}],
)
def test_a_run_with_accuracy_note_warns_and_names_the_size(terms, settings):
    scheme = settings["scheme"]
    mean, square = method_of(scheme).short_spin_error(terms["spin"])
    size = re.escape(f"means are off by up to {mean:g} S and variances by up to {square:g} S^2")
    with pytest.warns(twoqs.AccuracyWarning, match=f"length {terms['spin']:g} .*{size}") as seen:
        simulated(settings, **terms)
    about = [entry for entry in seen if entry.category is twoqs.AccuracyWarning]
    assert len(about) == 1
    assert issubclass(twoqs.AccuracyWarning, UserWarning)


@pytest.mark.parametrize("spin", [1, 1.5])
def test_longer_spins_are_told_without_a_scheme(spin):
    mean, square = twoqs.Conserving().short_spin_error(spin)
    size = re.escape(f"up to {mean:g} S and variances by up to {square:g} S^2")
    with pytest.warns(twoqs.AccuracyWarning, match=f"scheme 'conserving' .*{size}"):
        simulated(**PAIR | {"spin": spin})


def test_couplings_of_spins_half_are_told():
    """By the scheme that is taken for them; one of them alone is exact."""
    said = "Couplings of spins 1/2 are approximate: in comparisons of the scheme 'discrete' in W"
    with pytest.warns(twoqs.AccuracyWarning, match=f"{said} .* up to 0.1 S and .* up to 0.06 S"):
        simulated(**PAIR | {"spin": 0.5})


def test_what_grows_without_bound_is_said_so():
    settings = {"scheme": "pda", "representation": "Q"}
    with pytest.warns(twoqs.AccuracyWarning, match="grow without bound"):
        simulated(settings, spin=0.5, decay=1.0)


@pytest.mark.parametrize(
    "terms",
    [
        {"spin": 0.5, "field": (1.0, 0, 0.5), "dephasing": 0.3},  # all is exact, here and below
        {"spin": 0.5, "decay": 1.0, "gain": 0.5, "lattice": twoqs.chain(3)},
        {"spin": 1, "decay": 1.0, "field": (1.3, 0, 0)},
        {"spin": 1.5, "twist": (1.0, 0, 0), "decay": 1.0},
        {"spin": 1, "decay": 1.0, "lattice": twoqs.chain(3)},  # no couplings
        PAIR | {"spin": 2},
        {"spin": 1000, "decay": 1.0},
    ],
)
def test_others_do_not_warn(terms):
    """Warnings are errors here."""
    simulated(**terms)


def test_a_model_alone_does_not_warn():
    twoqs.Model(spin=0.5, decay=1.0)


@pytest.mark.parametrize(
    "terms",
    [
        # Errors are those of 16384 trajectories, at most 0.008 S.
        {"spin": 0.5, "decay": 1.0, "initial": "up"},
        {"spin": 1, "twist": (1.0, 0, 0), "decay": 0.5},
    ],
)
def test_the_size_is_that_of_the_error(terms):
    """The measured deviation is most of the warning's, which is the largest over some models."""
    times = [0.5, 1.0, 1.5, 3.0, 6.0]
    settings = {"times": times, "trajectories": 16384, "scheme": "conserving"}
    with pytest.warns(twoqs.AccuracyWarning):
        found = simulated(settings, **terms)
    off = np.abs(found.sz - evolve(twoqs.Model(**terms), times).sz).max() / terms["spin"]
    measured, _ = twoqs.Conserving().short_spin_error(terms["spin"])
    assert measured / 3 < float(off) < measured * 1.2


def test_plan_and_run_say_it_once(tmp_path, capsys):

    content = small(model__spin=0.5, numerics__scheme="conserving")
    path = tmp_path / "short.yaml"
    path.write_text(json.dumps(content))
    for command in (["plan"], ["run", "--workers", "0"]):
        assert main([command[0], str(path), "--store", str(tmp_path / "s"), *command[1:]]) == 0
        said = capsys.readouterr()
        assert said.err.count("Warning: Spins of length 0.5 are too short") == 2  # two schemes
        assert said.err.count("and likewise at 1 other point.") == 2
        assert "Warning" not in said.out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["plan", str(ROOT / "config" / "sweeps" / "fig2.yaml")]) == 0
    assert "Warning" not in capsys.readouterr().err


def test_the_accuracy_page_has_the_sizes():
    page = (ROOT / "docs" / "accuracy.md").read_text().partition("## Small spins")[2]
    methods = [method_of(name, o) for name, kind in METHODS.items() for o in kind.orderings]
    pairs = [method.short_spin_error(spin) for method in methods for spin in (0.5, 1.0, 1.5)]
    for number in {number for pair in pairs if pair for number in pair}:
        assert re.search(rf"(?<![\d.]){re.escape(f'{number:g}')}(?!\d)", page), number
    ensembles = page.partition("### Few members")[2]
    rows = [
        [f"{mean:g}, {square:g}" for mean, square in s.values()] for s in ENSEMBLE_ERRORS.values()
    ]
    for row in [*rows, [f"{quanta} %" for quanta in QUANTA_ERRORS.values()]]:
        assert f"| {' | '.join(row)} |" in ensembles


# --- Ensembles and modes --------------------------------------------------------------------------


def told(*members, **terms) -> str | None:
    model = twoqs.Model(members=members, **terms)
    return accuracy_note(model, resolve(model, Numerics(times=(0.0, 1.0))))


@pytest.mark.parametrize("size", [1, 2, 5, 7])
@pytest.mark.parametrize("kind", ENSEMBLE_ERRORS)
def test_small_ensembles_are_told_with_their_errors(size, kind):
    atoms, mode = twoqs.Ensemble(size, "atoms"), twoqs.Mode("light")
    coupling = 0.1 * (mode.a + mode.adag) * atoms.x
    energy = {DRIFTS: None, ON_SITE: 0.1 * atoms.x**2, ON_BONDS: coupling}[kind]
    jumps = [twoqs.jump(twoqs.each(atoms.minus), 0.1), twoqs.jump(atoms.minus, 0.1)]
    members = [atoms, mode] if kind == ON_BONDS else [atoms]
    said = told(*members, hamiltonian=energy, jumps=jumps)
    sizes = ENSEMBLE_ERRORS[kind]
    measured = max(n for n in sizes if n <= max(size, 2))
    mean, square = sizes[measured]
    how = "more than" if size == 1 else "up to"
    assert f"Ensembles of {size} members" in said
    assert f"off by {how} {mean:g} N/2 and second moments by {how} {square:g} (N/2)^2" in said
    assert (f", n of modes by {how} {QUANTA_ERRORS[measured]} %" in said) == (kind == ON_BONDS)


def test_ensembles_that_are_large_enough_or_have_nothing_in_common_are_not_told_of():
    atoms, few, light = twoqs.Ensemble(8, "atoms"), twoqs.Ensemble(2, "few"), twoqs.Mode("light")
    own = [twoqs.jump(twoqs.each(atoms.minus), 0.1), twoqs.jump(atoms.minus, 0.1)]
    assert told(atoms, jumps=own) is None
    assert told(atoms, hamiltonian=atoms.x**2, jumps=own).startswith("Ensembles of 8 members")
    # A collective spin S = 1, as long as nothing else acts.
    assert told(atoms, few, light, hamiltonian=few.x**2, jumps=own).startswith(
        "Spins of length 1 (of `few`)"
    )
    own.append(twoqs.jump(twoqs.each(few.z), 0.1))
    assert told(atoms, few, hamiltonian=few.x**2, jumps=own).startswith(
        "Ensembles of 2 members (of `few`)"
    )
    assert told(atoms, few, hamiltonian=few.x, jumps=own) is None


@pytest.mark.parametrize("size", [2, 3])
def test_small_ensembles_with_nothing_in_common_are_exact(size):
    atoms, times = twoqs.Ensemble(size, "atoms"), [0.5, 2.0, 4.0]
    jumps = [twoqs.jump(twoqs.each(atoms.minus), 0.3), twoqs.jump(twoqs.each(atoms.z), 0.2)]
    model = twoqs.Model(hamiltonian=0.7 * atoms.x, jumps=jumps)
    found = twoqs.simulate(model, times=times, trajectories=2**14, seed=5)
    expected = evolve(model, times)
    for name in ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz"):
        off = np.abs(found[name] - expected[name])
        assert np.all(off < 4 * found[f"{name}_se"] + 1e-9), name  # as the largest of 36 values


def test_modes_are_no_accuracy_note():
    light, spin = twoqs.Mode("light"), twoqs.Spin(5, "spin")
    assert told(light, hamiltonian=0.1 * light.n * light.n) is None
    coupled = 0.1 * light.n * spin.z
    assert told(light, spin, hamiltonian=coupled, jumps=[twoqs.jump(light.a, 1.0)]) is None
