"""Bad members, formulas and parameters in sweep files: one clear error each, at its line."""

from __future__ import annotations

import re

import pytest

from twoqs.cli import main
from twoqs.model.limits import MOST_FORMULA

BASE = """\
name: two
seed: 3
trajectories: 256
model:
  members:
    a: {spin: 3}
    b: {spin: 6}
  parameters: {lam: 0.2, kappa: 0.1}
  hamiltonian: "lam*(a.x*b.x + a.y*b.y)"
  jumps:
    - {operator: a.minus + b.minus, rate: kappa}
    - {collapse: 0.1*a.z}
  initial: {a: up}
numerics: {times: [0, 1, 2], step: 0.05}
axes:
  lam: {sets: model.parameters.lam, values: [0.1, 0.2, 0.4]}
"""

H = '"lam*(a.x*b.x + a.y*b.y)"'
J = "{operator: a.minus + b.minus, rate: kappa}"
C = "{collapse: 0.1*a.z}"
MEMBERS = "  members:\n    a: {spin: 3}\n    b: {spin: 6}\n"
A = "{spin: 3}"
LAST = "kappa: 0.1}"
UP = "{a: up}"
SETS = "model.parameters.lam,"
AXIS = "lam: {sets: model.parameters.lam, values: [0.1, 0.2, 0.4]}"
TWO = "operators: [a.minus, b.minus], rate: kappa"

CASES = {
    # name: (what is replaced, by what, line, argument, what the message says)
    "not Hermitian": (H, '"lam*a.z + 1j*a.x"', 9, "hamiltonian", "Hermitian.* 1j*a.x"),
    "unknown member": (H, '"lam*atom.x"', 9, "hamiltonian", "name a member.* 'atom'"),
    "typo in a parameter": (H, '"lamm*a.x"', 9, "hamiltonian", "mean `lam`.* 'lamm'"),
    "unknown component": (H, '"lam*a.w"', 9, "hamiltonian", "x, y, z, plus or minus"),
    "cubic": (H, '"lam*a.x*b.x*a.z"', 9, "hamiltonian", "second order.*mean value"),
    "division by zero": (H, '"lam*a.x/0"', 9, "hamiltonian.divisor", "not be zero"),
    "bracket": (H, '"lam*(a.x"', 9, "hamiltonian", "matching brackets"),
    "no operator": (H, '"lam"', 9, "hamiltonian", "be an operator"),
    "a list": (H, "[1]", 9, "hamiltonian", "be text"),
    "a number": (H, "3", 9, "hamiltonian", "be text"),
    "empty": (H, '""', 9, "hamiltonian", "at least 1 character, but"),
    "too long": (H, f'"lam*a.x{" + a.x" * 9000}"', 9, "hamiltonian", f"at most {MOST_FORMULA}"),
    "a call": (H, '"lam*__import__(1)"', 9, "hamiltonian", "no brackets behind"),
    "sites of a spin": (H, '"lam*a[0].x"', 9, "hamiltonian", "single spin `a`"),
    "second order": (J, "{operator: a.minus*b.minus, rate: kappa}", 11, "jumps.0.operator",
                     "linear in the spins"),
    "no jump": (J, "{operator: 0*a.minus, rate: kappa}", 11, "jumps.0.operator", "not be zero"),
    "negative rate": (J, "{operator: a.minus, rate: -0.1}", 11, "jumps.0.rate", "negative.*-0.1"),
    "negative formula": (J, "{operator: a.minus, rate: -kappa}", 11, "jumps.0.rate", "negative"),
    "complex rate": (J, "{operator: a.minus, rate: 1j*kappa}", 11, "jumps.0.rate", "be real"),
    "rate of spins": (J, "{operator: a.minus, rate: a.x}", 11, "jumps.0.rate", "no operators"),
    "unknown in a rate": (J, "{operator: a.minus, rate: kapp}", 11, "jumps.0.rate", "`kappa`"),
    "no operator of a jump": (J, "{rate: kappa}", 11, "jumps.0", "exactly one of operator"),
    "two operators": (J, "{operator: a.x, collapse: a.z}", 11, "jumps.0", "exactly one of"),
    "unknown key": (J, "{operater: a.minus}", 11, "jumps.0.operater", "mean `operator`"),
    "a list for one": (J, "{operator: [a.minus]}", 11, "jumps.0.operator", "be text"),
    "rates of another shape": (J, f"{{{TWO}, rates: [[1, 2]]}}", 11, "jumps.0.rates",
                              "2 rows of 2"),
    "negative eigenvalue": (J, f"{{{TWO}, rates: [[1, 2], [2, 1]]}}", 11, "jumps.0.rates",
                            "no negative eigenvalue, but got -1"),
    "rates not Hermitian": (J, f"{{{TWO}, rates: [[1, 0.5j], [0.5j, 1]]}}", 11, "jumps.0.rates",
                            "be Hermitian"),
    "parameters in rates": (J, f"{{{TWO}, rates: [[kappa, 0], [0, 1]]}}", 11, "jumps.0.rates",
                            "numbers alone"),
    "one of several operators": (J, "{operators: [a.x, c.x], rates: [[1, 0], [0, 1]], rate: kappa}",
                                 11, "jumps.0.operators.1", "name a member"),
    "no matrix": (J, f"{{{TWO}}}", 11, "jumps.0", "`rates` together"),
    "a matrix for one": (J, "{operator: a.x, rates: [[1]]}", 11, "jumps.0", "`rates` together"),
    "collapse of second order": (C, "{collapse: a.z*a.z}", 12, "jumps.1.collapse", "linear"),
    "collapse with a rate": (C, "{collapse: a.z, rate: 2}", 12, "jumps.1", "no `rate` beside"),
    "unknown in collapse": (C, "{collapse: q.z}", 12, "jumps.1.collapse", "name a member"),
    "a jump as text": (C, "a.z", 12, "jumps.1", "be a mapping"),
    "unused": (LAST, "kappa: 0.1, mu: 3}", 8, "parameters.mu", "used in a formula"),
    "parameter as text": (LAST, "kappa: x}", 8, "parameters.kappa", "be a number"),
    "parameter nan": (LAST, "kappa: .nan}", 8, "parameters.kappa", "be finite"),
    "parameter's name": (LAST, "kappa: 0.1, 1x: 2}", 8, "parameters.1x", "name that matches"),
    "parameter pi": (LAST, "kappa: 0.1, pi: 2}", 8, "parameters", "words of expressions.*'pi'"),
    "one name for two": (LAST, "kappa: 0.1, a: 2}", 8, "parameters", "no member has.*'a'"),
    "spin of no length": (A, "{spin: 0.3}", 6, "members.a.spin", "multiple of 0.5"),
    "no spin": (A, "{}", 6, "members.a", "exactly one of spin, ensemble, mode"),
    "member as a number": (A, "3", 6, "members.a", "be a mapping"),
    "key of a member": (A, "{spin: 3, sites: 4}", 6, "members.a.sites", "no such key"),
    "ring of two": (A, "{spin: 3, lattice: {chain: {n: 2}}}", 6, "members.a.lattice.chain",
                    "at least 3"),
    "loop": (A, "{spin: 3, lattice: {edges: {edges: [[0, 0]]}}}", 6, "members.a.lattice.edges",
             "two different sites"),
    "word as a member": (MEMBERS, MEMBERS + "    each: {spin: 3}\n", 5, "members", "'each'"),
    "name of a member": (MEMBERS, MEMBERS + "    a-b: {spin: 3}\n", 8, "members.a-b", "name that"),
    "empty members": (MEMBERS, "  members: {}\n", 5, "members", "at least 1"),
    "no members": (MEMBERS, "", 4, "members", "missing"),
    "spin for members": (MEMBERS, "  spin: 3\n", 4, "members", "missing"),
    "spin and members": (MEMBERS, MEMBERS + "  spin: 3\n", 8, "spin", "be left out"),
    "lattice and members": (MEMBERS, MEMBERS + "  lattice: {chain: {n: 4}}\n", 8, "lattice",
                            "be left out"),
    "keywords for several": (MEMBERS, MEMBERS + "  decay: 1.0\n", 8, "decay", "several members"),
    "state of nobody": (UP, "{c: up}", 13, "initial", "name members.*`a`, `b`.*'c'"),
    "no state": (UP, "{a: north}", 13, "initial.a", "be `down`, `up`, `mixed`"),
    "angle": (UP, "{a: {coherent: {theta: 4}}}", 13, "initial.a.coherent.theta", "at most 3.14"),
    "angles": (UP, "{a: {coherent: {theta: [1, 2]}}}", 13, "initial.a.coherent.theta", "hold 1 n"),
    "angles of all": (UP, "{coherent: {theta: [1, 2, 3]}}", 13, "initial.coherent.theta", "2 num"),
    "states as a list": (UP, "[up, down]", 13, "initial", "be `down`, `up`"),
    "unknown parameter": (SETS, "model.parameters.lan,", 16, "axes.lam.sets",
                          "mean `model.parameters.lam`"),
    "axis over nobody": (SETS, "model.members.c.spin,", 16, "axes.lam.sets", "be a path"),
    "axis over a key": (SETS, "model.members.a.spins,", 16, "axes.lam.sets", "members.a.spin`"),
    "axis over a jump": (SETS, "model.jumps.0.rate,", 16, "axes.lam.sets", "by `parameters` in"),
    "one of two paths": ("model.parameters.lam,", "[model.parameters.lam, model.parameters.kapp],",
                         16, "axes.lam.sets.1", "mean `model.parameters.kappa`"),
    "negative on an axis": (AXIS, "kap: {sets: model.parameters.kappa, values: [0.1, -0.2]}", 11,
                            "jumps.0.rate", "negative.* (at kap=-0.2)"),
    "length on an axis": (AXIS, "s: {sets: model.members.a.spin, values: [1, 1.3]}", 16,
                          "members.a.spin", "multiple of 0.5, but got 1.3 (at s=1.3)"),
    "name of a dimension": ("  lam: {sets", "  member: {sets", 16, "axes.member", "of the results"),
    "case": (AXIS, "c: {cases: {one: {model.parameters.mu: 3}, two: {}}}", 16, "axes.c.cases.one",
             "be a path"),
    "size": ("axes:", "sizes: {small: {model.parameters.mu: 3}}\naxes:", 15, "sizes.small",
             "mean `model.parameters.lam`"),
    "pda": ("numerics: {", "numerics: {scheme: pda, ", 9, "hamiltonian", "left out for the scheme"),
    "euler-maruyama": ("numerics: {", "numerics: {scheme: euler-maruyama, ", 9, "hamiltonian",
                       "left out for the scheme"),
    "P": ("numerics: {", "numerics: {representation: P, ", 14, "numerics.representation", '"W"'),
    "step": ("step: 0.05", "step: 5", 14, "numerics.step", "fastest rate"),
    "correlation": ("step: 0.05", "observables: [correlation]", 14, "numerics.observables",
                    "correlation"),
    "target": ("trajectories: 256", "trajectories: 256\ntarget_se: {xi: 0.1}", 4, "target_se",
               "'xi'"),
}  # fmt: skip
OF_FILE = ("axes", "numerics", "sizes", "target_se")


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch, tmp_path):
    def refuse(*arguments):
        raise AssertionError("a cluster was started")

    monkeypatch.setattr("twoqs.execution.run.engine_for", refuse)
    monkeypatch.chdir(tmp_path)


def errors(tmp_path, capsys, text, command="plan"):
    (tmp_path / "bad.yaml").write_text(text)
    assert main([command, "bad.yaml"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.splitlines()


@pytest.mark.parametrize("case", CASES)
def test_one_clear_error(case, tmp_path, capsys):
    old, new, line, argument, says = CASES[case]
    assert old in BASE
    (told,) = errors(tmp_path, capsys, BASE.replace(old, new, 1), "run")
    path = argument if argument.split(".")[0] in OF_FILE else f"model.{argument}"
    assert told.startswith(f"twoqs: bad.yaml:{line}: Argument `{path}` must "), told
    words = re.escape(says).replace(re.escape(".*"), ".*")  # all other signs are meant as such
    assert re.search(words, told), told


def test_all_errors_of_formulas_at_once(tmp_path, capsys):
    text = BASE.replace(H, '"lam*1j*a.x"').replace(C, "{collapse: q.z}")
    text = text.replace(J, "{operator: a.minus*b.minus, rate: kappa}")
    first, *told = errors(tmp_path, capsys, text)
    assert first == "twoqs: bad.yaml has 3 errors:"
    assert [line.split(" must ")[0] for line in told] == [
        "bad.yaml:9: Argument `model.hamiltonian`",
        "bad.yaml:11: Argument `model.jumps.0.operator`",
        "bad.yaml:12: Argument `model.jumps.1.collapse`",
    ]
    assert all("(at lam=0.1 and 2 other points)" in line for line in told)


def test_all_errors_of_types_at_once(tmp_path, capsys):
    text = BASE.replace(A, "{spin: 0.3}").replace(LAST, "kappa: x}").replace(H, "3")
    text = text.replace(UP, "{a: north}").replace(C, "{colapse: a.z}")
    first, *told = errors(tmp_path, capsys, text)
    assert first == "twoqs: bad.yaml has 5 errors:"
    assert [int(line.split(":")[1]) for line in told] == [6, 8, 9, 12, 13]


def test_names_are_checked_before_formulas(tmp_path, capsys):
    text = BASE.replace(LAST, "kappa: 0.1, pi: 2, b: 3}")
    first, *told = errors(tmp_path, capsys, text)
    assert first == "twoqs: bad.yaml has 2 errors:"
    assert [name in "".join(told) for name in ("'pi'", "'b'")] == [True, True]


def test_the_good_file_is_good(tmp_path, capsys):
    """Negative control."""
    (tmp_path / "good.yaml").write_text(BASE)
    assert main(["plan", "good.yaml"]) == 0
    assert "3 = lam[3]" in capsys.readouterr().out


def test_sizes_and_cases_set_parameters_and_members(tmp_path, capsys):
    sizes = "{small: {model.parameters.lam: 3, model.members.a.spin: 1, model.initial.a: down}}"
    cases = "{one: {model.initial.b.coherent.theta: 0.3}, two: {model.initial.a: down}}"
    text = BASE.replace("axes:", f"sizes: {sizes}\naxes:\n  state: {{cases: {cases}}}")
    (tmp_path / "good.yaml").write_text(text)
    for size in ([], ["--size", "small"]):
        assert main(["plan", "good.yaml", *size]) == 0
    assert "6 = state[2] x lam[3]" in capsys.readouterr().out
