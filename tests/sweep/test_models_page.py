"""The page on models: each row in Python and in YAML is one model, and that of matrices by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
import qutip
import xarray as xr
from by_hand import (
    ENERGIES,
    JUMPS,
    KEYWORDS,
    LATTICES,
    STATES,
    Matrices,
    heisenberg,
)
from page_rows import PAGE, from_yaml, members_of_page, names_of_page, with_members
from pages import ROOT, blocks, follow, table

import twoqs
from twoqs.sweep import Sweep
from twoqs.theory import evolve, operators

EXAMPLES = (
    "squeezed", "waveguide", "cascade", "alternating", "chiral", "array", "echo", "laser",
    "open_dicke", "lattice", "crystal",
)  # fmt: skip
# One example is a lattice of spins 1/2, of which runs warn.
pytestmark = pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")
Followed: TypeAlias = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the first block of the page defines, and the members of its table of keywords."""
    ring = twoqs.Sites(twoqs.Spin(1), twoqs.chain(3))
    return names_of_page() | {"c": twoqs.Spin(2), "r": ring}


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same in YAML: `members` and `parameters`."""
    return members_of_page(tmp_path_factory.mktemp("page"))


def same_dynamics(model: twoqs.Model, expected: Matrices) -> bool:
    """Whether QuTiP's operators of a model do to a density matrix what those by hand do."""
    H, c_ops = model.to_qutip()
    rng = np.random.default_rng(1)
    state = rng.normal(size=H.shape) + 1j * rng.normal(size=H.shape)
    found = dissipated([c.full() for c in c_ops], state)
    return bool(
        np.allclose(H.full(), expected.energy, atol=1e-12)
        and np.allclose(found, dissipated(expected.jumps, state), rtol=1e-12, atol=1e-10)
    )


def dissipated(jumps: list[np.ndarray], rho: np.ndarray) -> np.ndarray:
    """c rho c^+ - (c^+ c rho + rho c^+ c)/2, summed; of any matrix."""
    total = np.zeros_like(rho)
    for c in jumps:
        loss = c.conj().T @ c / 2
        total = total + c @ rho @ c.conj().T - loss @ rho - rho @ loss
    return total


def test_every_row_has_its_matrices_by_hand() -> None:
    for title, rows in [
        ("Keywords", KEYWORDS), ("Terms of the Hamiltonian", ENERGIES),
        ("Lattices", LATTICES), ("Jump operators", JUMPS), ("Initial states", STATES),
    ]:  # fmt: skip
        assert [row[0] for row in table(PAGE, title)] == list(rows), title


@pytest.mark.parametrize("row", table(PAGE, "Keywords"), ids=lambda row: row[0])
def test_keywords(row: list[str], names: dict[str, Any], tmp_path: Path) -> None:
    name, _, python, yaml, operators = row
    model = eval(f"Model({python})", names)
    assert model == eval(f"Model({operators})", names)
    assert from_yaml(tmp_path, f"model: {yaml}\n").digest == model.digest
    assert not model.general
    assert same_dynamics(model, KEYWORDS[name])


@pytest.mark.parametrize("row", table(PAGE, "Terms of the Hamiltonian"), ids=lambda row: row[0])
def test_terms_of_the_hamiltonian(
    row: list[str], names: dict[str, Any], members: dict[str, Any], tmp_path: Path
) -> None:
    name, _, python, yaml = row
    model = eval(f"Model(hamiltonian={python})", names)
    assert with_members(tmp_path, members, "hamiltonian", yaml).digest == model.digest
    assert same_dynamics(model, ENERGIES[name])
    twoqs.Conserving().structure(model)  # refuses what it cannot do


@pytest.mark.parametrize("row", table(PAGE, "Lattices"), ids=lambda row: row[0])
def test_lattices(row: list[str], tmp_path: Path) -> None:
    name, neighbours, python, yaml = row
    lattice = eval(python, {word: getattr(twoqs, word) for word in twoqs.__all__})
    s = twoqs.Sites(twoqs.Spin(0.5), lattice, "s")
    model = twoqs.Model(hamiltonian=twoqs.bonds(s.x, s.x) + 0.5 * twoqs.bonds(s.z, s.z))
    formula = "bonds(s.x, s.x) + 0.5*bonds(s.z, s.z)"
    text = f"members: {{s: {{spin: 0.5, lattice: {yaml}}}}}, hamiltonian: {formula!r}"
    assert from_yaml(tmp_path, f"model: {{{text}}}\n").digest == model.digest
    assert np.allclose(model.to_qutip()[0].full(), heisenberg(*LATTICES[name]), atol=1e-12)
    if neighbours.isdigit() and lattice.periodic:
        assert set(np.bincount(lattice.edges.ravel())) == {int(neighbours)}


@pytest.mark.parametrize("row", table(PAGE, "Jump operators"), ids=lambda row: row[0])
def test_jump_operators(
    row: list[str], names: dict[str, Any], members: dict[str, Any], tmp_path: Path
) -> None:
    name, _, python, yaml = row
    model = eval(f"Model(jumps={python})", names)
    assert with_members(tmp_path, members, "jumps", yaml).digest == model.digest
    assert same_dynamics(model, JUMPS[name])
    twoqs.Conserving().structure(model)


@pytest.mark.parametrize("row", table(PAGE, "Initial states"), ids=lambda row: row[0])
def test_initial_states(row: list[str], names: dict[str, Any], tmp_path: Path) -> None:
    name, python, yaml = row
    model = eval(f"Model(hamiltonian=a.x*b.x, initial={python})", names)
    text = "model: {members: {a: {spin: 1}, b: {spin: 1.5}}, hamiltonian: a.x*b.x, initial: %s}\n"
    assert from_yaml(tmp_path, text % yaml).digest == model.digest
    np.testing.assert_allclose(operators.initial_density(model), STATES[name], atol=1e-12)


@pytest.mark.parametrize(
    ("expected", "wrong"),
    [
        (ENERGIES["Dzyaloshinskii-Moriya"], "hamiltonian=J*bonds(s.y, s.x, directed=True)"
         " - J*bonds(s.x, s.y, directed=True)"),
        (ENERGIES["symmetric off-diagonal"], "hamiltonian=J*bonds(s.x, s.y, directed=True)"),
        (JUMPS["decay"], "jumps=[collapse(a.minus*g)]"),
        (JUMPS["matrix of rates"],
         "jumps=[jump([a.minus, b.minus], rates=[[0.2, -0.1j], [0.1j, 0.1]])]"),
    ],
)  # fmt: skip
def test_the_comparison_can_fail(expected: Matrices, wrong: str, names: dict[str, Any]) -> None:
    """Negative control: bonds the other way round, one way alone, another rate, a conjugate."""
    assert not same_dynamics(eval(f"Model({wrong})", names), expected)


def code_of(name: str, language: str = "python") -> str:
    """The block of an example."""
    begins = re.compile(rf"^({name} = |# {name}\.yaml)", re.MULTILINE)
    (block,) = (
        content for kind, content, _ in blocks(PAGE) if kind == language and begins.search(content)
    )
    return block


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """The folder in which the page was followed, and the names of its Python."""
    folder = tmp_path_factory.mktemp("followed")
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        follow(PAGE, "models.md", space)
    return folder, space


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_the_same_in_both_languages(name: str, followed: Followed) -> None:
    folder, space = followed
    points = Sweep.from_file(folder / f"{name}.yaml").points
    assert space[name].digest in {point.model.digest for point in points}
    for language in ("python", "yaml"):
        assert len(code_of(name, language).splitlines()) < 20


def deviation(found: xr.Dataset, exact: xr.Dataset, model: twoqs.Model) -> float:
    """Largest deviation of means beyond three standard errors, in units of S."""
    spins = np.array([member.spin for member in model.members]).squeeze()
    return max(
        float(((np.abs(found[a] - exact[a]) - 3 * found[f"{a}_se"]) / spins).max())
        for a in ("sx", "sy", "sz")
    )


@pytest.mark.parametrize(
    ("name", "length", "times", "tolerance"),
    [
        ("squeezed", "20", [1, 4, 10], 0.012),  # as the page says
        ("echo", "20", [0.5, 1, 2], 0.01),  # as the page says
        ("cascade", "3", [1, 2, 4], 0.03),  # as the page says of S = 6, at a stronger drive
        ("waveguide", "1", [1, 2, 4], 0.03),  # S = 1 is short; QuTiP takes a minute for S = 2
    ],
)
def test_examples_are_near_exact_results(
    name: str, length: str, times: list[float], tolerance: float, followed: Followed
) -> None:
    space = dict(followed[1])
    exec(re.sub(r"Spin\([\d.]+", f"Spin({length}", code_of(name)), space)
    model = space[name]
    exact = evolve(model, times)
    found = twoqs.simulate(model, times=times, trajectories=4096, seed=2)
    assert deviation(found, exact, model) < tolerance
    assert deviation(found, exact.isel(time=0), model) > 3 * tolerance  # negative control


def test_the_example_of_the_readme_is_what_it_says() -> None:
    """Two spins that are long enough for their mean field to be near; QuTiP takes shorter ones."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code, pulsed = (content for _, content, _ in blocks(text) if "jumps=[bath]" in content)
    space: dict[str, Any] = {"twoqs": twoqs}
    exec(code + pulsed, space)
    assert len(space["pulsed"].turns) == 1
    exec(code, space)
    assert space["ds"].sz.dims == ("time", "member")
    assert str(space["pair"]).splitlines()[-1] == "jump: a.minus + 0.5j*b.minus   with rate 0.01"
    shorter = re.sub(r"Spin\((\d)0", r"Spin(\1", code)
    exec(shorter.replace("0.01", "0.1").replace("0.002", "0.02"), space)
    exact = evolve(space["pair"], [0, 2, 4])
    assert deviation(space["ds"], exact, space["pair"]) < 0.02  # as the page says of common baths


def test_the_first_spin_of_a_cascade_is_alone(followed: Followed) -> None:
    space = followed[1]
    alone = twoqs.Model(hamiltonian=0.3 * space["u"].x, jumps=[twoqs.jump(space["u"].minus, 0.2)])
    both = evolve(space["cascade"], [1, 4])
    for axis in "xyz":
        first = both[f"s{axis}"].sel(member="u")
        np.testing.assert_allclose(first, evolve(alone, [1, 4])[f"s{axis}"], atol=1e-8)


def test_a_waveguide_is_two_cascades(followed: Followed) -> None:
    """Half of its rate for each direction, with the phases of the way: d rho/dt is the same."""
    space = dict(followed[1])
    exec(code_of("waveguide").replace("Spin(3)", "Spin(0.5)"), space)
    H, c_ops = space["waveguide"].to_qutip()
    lower = [qutip.expand_operator(qutip.jmat(0.5, "-"), [2] * 4, i).full() for i in range(4)]
    energy, jumps = 0.0, []
    for sign in (1, -1):
        c = [np.exp(-1j * sign * i) * one for i, one in enumerate(lower)]
        jumps.append(np.sqrt(0.05) * sum(c))
        for late, early in [(i, j) for i in range(4) for j in range(4) if sign * (i - j) > 0]:
            term = -0.5j * 0.05 * c[late].conj().T @ c[early]
            energy = energy + term + term.conj().T
    rho = np.random.default_rng(1).normal(size=(16, 16)) + 0j
    np.testing.assert_allclose(H.full(), energy, atol=1e-12)
    found = dissipated([c.full() for c in c_ops], rho)
    np.testing.assert_allclose(found, dissipated(jumps, rho), atol=1e-12)
