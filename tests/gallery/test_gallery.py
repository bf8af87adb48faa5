"""The gallery: its items fit their sweeps and claims, and its closed forms are exact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import ROOT

import twoqs
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.gallery.claims import Published, read_published
from twoqs.gallery.items import kerr, phases, twisting, untwist, xyz
from twoqs.gallery.numbers import Compared
from twoqs.gallery.show import ITEMS, item_of
from twoqs.sweep import Sweep
from twoqs.theory import linear, mean_field, steady_state

FOLDER = ROOT / "config" / "gallery"
CLAIMS = FOLDER / "claims.yaml"
SMALL = {"trajectories": 64, "axes.q.values": [0, 32]}


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_has_sweeps_claims_and_a_page(name: str) -> None:
    files = sorted(FOLDER.glob(f"{name}.yaml")) + sorted(FOLDER.glob(f"{name}-*.yaml"))
    names = tuple(Sweep.from_file(file).name for file in files)
    assert item_of(name).SWEEPS == names == tuple(f"gallery-{file.stem}" for file in files)
    assert all(Sweep.from_file(file, "preview").points for file in files)
    assert name in read_published(CLAIMS)
    page = (ROOT / "docs" / "gallery" / f"{name}.md").read_text()
    assert "{{numbers}}" in page
    assert all(f"config/gallery/{file.name}" in page for file in files)


def test_all_claims_are_about_items() -> None:
    assert set(read_published(CLAIMS)) == set(ITEMS)


@pytest.mark.parametrize("gamma", [0.0, 0.05])
def test_twisting_with_decay_has_a_closed_form(gamma: float) -> None:
    atoms = twoqs.Ensemble(12, "atoms")
    jumps = [twoqs.jump(twoqs.each(atoms.minus), rate=gamma)] if gamma else []
    start = {"atoms": twoqs.coherent(np.pi / 2)}
    model = twoqs.Model(hamiltonian=atoms.z**2 / 12, jumps=jumps, initial=start)
    times = [0.5, 1.0, 3.0]
    exact = twoqs.exact(model, times=times).squeezing.values
    ours = twisting.closed_form(np.array(times), gamma, 12)
    assert np.allclose(exact, ours, rtol=1e-6), "rounding of QuTiP's integrator"


def test_untwisting_has_a_closed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untwist, "SPIN_LENGTH", 10)
    spin = twoqs.Spin(10, "a")
    sign = twoqs.Parameter("sign", twoqs.piecewise([0, 1], [1, -1]))
    model = twoqs.Model(
        hamiltonian=3 * sign / 20 * spin.z**2,
        events=[twoqs.turn(1, spin, "y", 1e-4)],
        initial={"a": twoqs.coherent(np.pi / 2)},
    )
    exact = float(twoqs.exact(model, times=[0, 1, 2]).sy[-1]) / (10 * 1e-4)
    # Beyond the linear order in the turn, and QuTiP's integrator at 1e-8 of S over the turn.
    assert exact == pytest.approx(float(untwist.magnification(np.array([3.0]))[0]), rel=1e-3)


def test_spin_waves_of_a_square_have_a_closed_form() -> None:
    model = twoqs.Model(spin=100, lattice=twoqs.square(8, 8), coupling=(0.6, -0.3, 0), decay=1.0)
    general = linear.Fluctuations.about(model).steady().sz.item() + 100
    ours = float(phases.excitations(np.array(0.6), np.array(-0.3)))
    # The general theory has 1/S of the next order in it.
    assert ours == pytest.approx(general, rel=0.01)


def test_a_driven_mode_with_a_kerr_term_has_a_closed_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kerr, "DETUNING", 1.0)
    c, drive = twoqs.Mode("c"), 1.2 * 0.5**-0.5
    h = -c.n + 0.25 * (c.n**2 - c.n) + 1j * drive * (c.adag - c.a)
    model = twoqs.Model(hamiltonian=h, jumps=[twoqs.jump(c.a)])
    rest = steady_state(model, photons=25)
    rho = kerr.by_closed_form(0.5, 1.2)
    assert kerr.mean_quanta(rho) == pytest.approx(rest.n.item(), abs=1e-6), "populations of the cut"
    q = np.linspace(-8, 8, 161)
    heights = kerr.quadrature_density(rho, q) * 0.1
    mean = 2**0.5 * rest.a_re.item()
    assert heights.sum() == pytest.approx(1.0, abs=1e-6)
    assert heights @ q == pytest.approx(mean, abs=1e-5)
    assert heights @ q**2 - mean**2 == pytest.approx(rest.var_q.item(), abs=1e-5)


def test_the_order_of_mean_field_is_at_rest() -> None:
    """An ensemble all to all has the equations of single spins in the field of four neighbours."""
    count, J_y = 10**6, 1.1
    a = twoqs.Ensemble(count, "a")
    energy = 8 / count * (xyz.FIXED_X * a.x**2 + J_y * a.y**2 + xyz.FIXED_Z * a.z**2)
    model = twoqs.Model(hamiltonian=energy, jumps=[twoqs.jump(twoqs.each(a.minus), rate=0.5)])
    stable = [point for point in mean_field.fixed_points(model, starts=4) if point.stable]
    ours = float(xyz.order_of_mean_field(np.array(J_y)))
    assert stable
    for point in stable:
        assert np.sum((2 * point.spins[0, :2] / count) ** 2) == pytest.approx(ours, rel=1e-6)


def test_claims_hold_within_three_errors_and_a_limit() -> None:
    claim = Published(says="", published=1.0, within=0.1, because="", source="")
    assert claim.holds(Compared(1.39, 0.1))
    assert not claim.holds(Compared(1.41, 0.1))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("gallery") / "store"
    sweep = Sweep.from_file(FOLDER / "untwist.yaml", changes=SMALL)
    carry_out(sweep, path, Workers(0), quiet=True)
    return path


def command(name: str, stores: list[Path], claims: Path, folder: Path) -> list[str]:
    files = ["--claims", claims, "--csv", folder / "a.csv", "--output", folder / "a.png"]
    return ["gallery", name, *map(str, [*stores, *files])]


def test_the_command_draws_and_judges(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """64 trajectories agree within their errors; with another number published they do not."""
    assert main(command("untwist", [store], CLAIMS, tmp_path)) == 0
    assert "largest: agrees" in capsys.readouterr().out
    assert (tmp_path / "a.png").stat().st_size > 10_000
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CLAIMS.read_text().replace("published: 19.18", "published: 29.18"))
    assert main(command("untwist", [store], wrong, tmp_path)) == 1
    assert "largest: differs" in capsys.readouterr().out


def test_what_cannot_be_drawn_is_refused(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few.yaml"
    claim: dict[str, Any] = {"says": "a", "published": 1.0, "within": 0.1, "because": "b"}
    few.write_text(f"untwist: {{largest: {claim | {'source': 'c'}}}}")
    bad = tmp_path / "bad.yaml"
    bad.write_text(f"untwist: {{largest: {claim}}}")
    cases = [
        (command("nowhere", [store], CLAIMS, tmp_path), "`name` must be one of"),
        (command("untwist", [store, store], CLAIMS, tmp_path), "`stores` must be 1"),
        (command("untwist", [store], few, tmp_path), "`claims` must be about largest, deviation"),
        (command("untwist", [store], bad, tmp_path), "untwist.largest.source"),
        (command("untwist", [tmp_path], CLAIMS, tmp_path), "is no sweep"),
    ]
    for words, message in cases:
        assert main(words) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()
