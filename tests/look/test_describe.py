"""`twoqs describe`: what a sweep file says, as formulas with numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twoqs import (
    Model,
    Parameter,
    Sites,
    Spin,
    bonds,
    chain,
    coherent,
    dicke,
    each,
    jump,
    mixed,
    mixture,
    squeezed,
    thermal,
)
from twoqs.cli import main
from twoqs.model.language import read_operator
from twoqs.sweep import Sweep

FORMULAS = """\
name: two
description: two spins on one bath
seed: 3
trajectories: 256
model:
  members:
    a: {spin: 3}
    b: {spin: 6}
  parameters: {lam: 0.2, kappa: 0.1}
  hamiltonian: "lam*(a.x*b.x + a.y*b.y) - 0.5*a.z"
  jumps:
    - {operator: a.minus + b.minus, rate: 2*kappa}
    - {operator: lam*b.z}
    - {operators: [a.minus, b.minus], rates: [[1, 0.5j], [-0.5j, 1]], rate: kappa}
  initial: {a: up}
numerics: {times: {linspace: [0, 2, 9]}, step: 0.01, observables: [sites]}
axes:
  lam: {sets: [model.parameters.lam, model.parameters.kappa], factor: 2, values: [0.1, 0.2, 0.4],
        units: Gamma}
  start: {cases: {up: {}, down: {model.initial.a: down}}}
sizes:
  small: {trajectories: 64}
"""

KEYWORDS = """\
name: ring
seed: 1
trajectories: 64
model: {spin: 4, lattice: {chain: {n: 5}}, field: [0.5, 0, 0], coupling: [0, 1, 0], decay: 2,
        dephasing: 0.5, initial: {coherent: {theta: 1, phi: [0, 0, 0, 0, 1]}}}
numerics: {average: [1, 2], samples: 11, scheme: pda, precision: single}
axes: {J: {sets: model.coupling.y, values: [1, 2]}}
"""

TYPED = """\
name: typed
seed: 1
trajectories: 64
model:
  members: {s: {spin: 3, lattice: {chain: {n: 4}}}}
  parameters: {J: 0.2}
  hamiltonian: J*bonds(s.x, s.x)
numerics: {times: [1]}
axes: {}
"""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("two", FORMULAS), ("ring", KEYWORDS), ("typed", TYPED)):
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """The lines that the command prints, with single spaces."""
    assert main(["describe", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    return [re.sub(r" +", " ", line) for line in lines]


def test_formulas_and_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "two.yaml", "--at", "lam=0.4", "--size", "small") == [
        "sweep two-small: two spins on one bath",
        "member a: S = 3, initially up",
        "member b: S = 6, initially down",
        "equation d rho/dt = -i [H, rho] + sum of rate (2 c rho c^+ - c^+ c rho - rho c^+ c), "
        "hbar = 1",
        "H -0.5*a.z + lam*a.x*b.x + lam*a.y*b.y",
        " = -0.5*a.z + 0.8*a.x*b.x + 0.8*a.y*b.y",
        "jump a.minus + b.minus with rate 2*kappa = 1.6",
        "jump lam*b.z",
        " = 0.8*b.z",
        "jump [a.minus, b.minus] with rates [[1, 0.5j], [-0.5j, 1]] times kappa = 0.8",
        " (a matrix G: sum_ij G_ij (2 c_i rho c_j^+ - c_j^+ c_i rho - rho c_j^+ c_i))",
        "parameters kappa = 0.8, lam = 0.8",
        "method conserving, W, 200 steps of at most 0.01",
        "times 0 to 2, 9 values",
        "observables moments, sites",
        "trajectories 256",
        "point 4 of 6, at lam=0.4, start=up",
        "axis lam = 0.1, 0.2, 0.4 Gamma, sets 2 times this to model.parameters.lam, "
        "model.parameters.kappa",
        "axis start = up, down",
    ]


def test_keywords_show_the_numbers_of_h(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "ring.yaml", "--point", "1")
    assert lines[1].startswith("member sites: S = 4 on Lattice(chain 5, periodic, 5 bonds)")
    assert lines[1].endswith("initially coherent(1, [0, 0, 0, 0, 1])")
    assert lines[3:7] == [
        "H 0.5*each(sites.x) + 0.25*bonds(sites.y, sites.y)",  # 2/(2S)
        "jump each(sites.minus) with rate 0.25",
        "jump each(sites.z) with rate 0.5",
        " (coupling, decay: with the factor 1/(2S) of keywords)",
    ]
    assert lines[7].startswith("method pda, W, single precision, ")
    assert "average from 1 to 2 over 11 samples" in lines


def test_names_are_those_that_were_typed(capsys: pytest.CaptureFixture[str]) -> None:
    """The model of one member became keywords, which have neither its name nor parameters."""
    lines = told(capsys, "typed.yaml")
    assert lines[1].startswith("member s: S = 3 on ")
    assert lines[3:6] == ["H J*bonds(s.x, s.x)", " = 0.2*bonds(s.x, s.x)", "parameters J = 0.2"]
    assert not any("1/(2S)" in line for line in lines)
    assert "point 0 of 1" in lines


def test_what_is_printed_is_what_is_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    sweep = Sweep.from_file("two.yaml")
    for number, point in enumerate(sweep.points):
        lines = told(capsys, "two.yaml", "--point", str(number))
        (numbers,) = (line[3:] for line in lines if line.startswith(" = -0.5"))
        members = {member.name: member for member in point.model.members}
        printed = read_operator(numbers, {str(name): m for name, m in members.items()})
        assert printed == point.model.operators.in_numbers().hamiltonian


def test_latex(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "two.yaml", "--latex", "--point", "4"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("\\begin{aligned}\n\\dot\\rho &= -\\mathrm{i}\\,[H, \\rho] + \\sum_n")
    assert r"c_{1} &= S^{-}_{a} + S^{-}_{b},\quad \mathrm{rate}_{1} = 2\,\kappa" in text
    assert r"G = \begin{pmatrix} 1 & 0.5\,\mathrm{i} \\ -0.5\,\mathrm{i} & 1" in text
    assert "\\lambda &= 0.8\n" in text
    for pair in ("{}", "()", "[]"):
        assert text.count(pair[0]) == text.count(pair[1])
    commands = set(re.findall(r"\\([a-zA-Z]+)", text))
    assert commands <= {
        "begin", "end", "dot", "rho", "mathrm", "mathcal", "sum", "left", "right", "dagger",
        "lambda", "kappa", "quad",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["two.yaml", "--point", "6"], "`point` must be at most 5, but got 6"),
        (["two.yaml", "--point", "1", "--at", "lam=1"], "`at` must be left out beside `point`"),
        (["two.yaml", "--at", "lam=3"], "`at` must give a number from 0.1 to 0.4 for `lam`"),
        (["two.yaml", "--at", "start=north"], "`at` must name one of up, down for `start`"),
        (["two.yaml", "--at", "J=1"], "`at` must name a dimension (lam, start), but got 'J'"),
        (["two.yaml", "--size", "large"], "`size` must be a size of this sweep"),
        (["none.yaml"], "none.yaml: Cannot read the file"),
    ],
)
def test_bad_options_end_with_2(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["describe", *options]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert says in error
    assert error.count("\n") == 1


def test_a_bad_file_says_all_that_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text(FORMULAS.replace("a.x*b.x", "c.x*b.x").replace("*b.z", "*b.w"))
    assert main(["describe", "bad.yaml"]) == 2
    first, *others = capsys.readouterr().err.splitlines()
    assert first == "twoqs: bad.yaml has 2 errors:"
    assert [line.split(" must ")[0] for line in others] == [
        "bad.yaml:10: Argument `model.hamiltonian`",
        "bad.yaml:13: Argument `model.jumps.1.operator`",
    ]


A, S = Spin(20, "a"), Sites(Spin(2), chain(3), "s")


@pytest.mark.parametrize(
    ("initial", "text"),
    [
        ("down", "down"),
        ({"a": "up"}, "up"),
        (coherent([1, 0, 0, 0], 0.5), "coherent(1, 0.5)"),
        ({"a": dicke(3)}, "dicke(m=3, theta=0, phi=0)"),
        ({"a": thermal(0.5, 1, 2)}, "thermal(beta=0.5, theta=1, phi=2)"),
        ({"a": mixed()}, "mixed"),
        ({"a": squeezed(1, 2, (0.5, 2.5))},
         "squeezed(theta=1, phi=2, variances=[0.5, 2.5], angle=0)"),
        (mixture([(0.5, "up"), (0.5, coherent(1, 2))]),
         "mixture([(0.5, up), (0.5, coherent(1, 2))])"),
        ({"a": mixture([(0.25, "up"), (0.75, "down")], each=True)},
         "mixture([(0.25, up), (0.75, down)])"),  # of one spin, which draws alone anyway
    ],
)  # fmt: skip
def test_initial_states_are_shown_as_typed(initial: object, text: str) -> None:
    model = Model(hamiltonian=A.x * S.x, members=[A, S], initial=initial)  # type: ignore[arg-type]
    assert str(model).splitlines()[0] == f"a: S = 20, initially {text}"


def test_notebooks_show_models_as_latex() -> None:
    g = Parameter("gamma_1", 0.1)
    model = Model(
        hamiltonian=1e-8 * bonds(S.x, S.x) + g * A.z,
        jumps=[jump(each(S.minus), g * (g + 1)), jump(A.z, 1e-9)],
    )
    text = model._repr_latex_()
    assert text.startswith("$\\displaystyle \\begin{aligned}\n")
    assert text.endswith("\\end{aligned}$")
    assert r"c_{1} &= S^{-}_{s,i}\ \text{at each site } i,\quad \mathrm{rate}_{1} = " in text
    assert r"\gamma_{\mathrm{1}}^{2} + \gamma_{\mathrm{1}}" in text
    assert r"\mathrm{rate}_{2} = 1 \times 10^{-9}" in text
    assert r"S_{s} &= 2\quad (N = 3)" in text
    lonely = Model(3)._repr_latex_()
    assert r"\dot\rho &= 0" in lonely
    assert "S &= 3" in lonely


def test_large_matrices_of_rates_are_not_written_out() -> None:
    q = Sites(Spin(1), chain(9), "q")
    rates = [[float(i == j) for j in range(9)] for i in range(9)]
    model = Model(jumps=[jump([one.minus for one in q], 0.3, rates=rates)])
    line = str(model).splitlines()[-1]
    assert line.endswith("q[2].minus, ...]   with rates a 9x9 matrix times 0.3")
    assert len(model._repr_latex_()) < 1000
