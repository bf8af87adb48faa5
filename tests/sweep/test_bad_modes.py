"""Modes, ensembles and spins 1/2 that make no sense: one clear error each, which says what to do.

First in Python, then as sweep files, where it names the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import twoqs as tq
from twoqs import Ensemble, Mode, Model, Sites, Spin, chain, each, gaussian, jump, turn
from twoqs.cli import main
from twoqs.errors import TwoqsError
from twoqs.theory import evolve, single_members_in_time

C, D, S, A = Mode("c"), Mode("d"), Spin(3, "s"), Ensemble(20, "a")
H = Sites(Spin(0.5), chain(4), "h")
LOSSY = Model(hamiltonian=C.n, jumps=[jump(C.a, 0.5)])
DRIVEN = Model(hamiltonian=2.0 * (C.a + C.adag), jumps=[jump(C.a, 0.5)])
EACH = Model(jumps=[jump(each(A.minus), 0.1)])


def run(model: Model, **settings: Any) -> None:
    tq.simulate(model, times=[0, 1], trajectories=64, seed=1, **settings)


PYTHON: dict[str, tuple[Callable[[], object], str]] = {
    "half a member": (lambda: Ensemble(20.5), "`size` must be an integer of at least 1.* 20.5"),
    "no members": (lambda: Ensemble(0), "`size` must be an integer of at least 1, but got 0"),
    "too many members": (lambda: Ensemble(2 * 10**13), "`size` must be at most 2000000000000,"),
    "a mode in P": (lambda: run(LOSSY, representation="P"), '`representation` must be "W"'),
    "a mode by pda": (lambda: run(LOSSY, scheme="pda"), "for the scheme 'pda'.*leave the scheme"),
    "a mode by discrete": (
        lambda: run(LOSSY, scheme="discrete"), "be spins 1/2 .*leave the scheme out for modes and",
    ),
    "members by discrete": (
        lambda: run(EACH, scheme="discrete"), "be spins 1/2 .*leave the scheme out for modes and",
    ),
    "members by euler-maruyama": (
        lambda: run(EACH, scheme="euler-maruyama"), "`jumps` must be left out .*leave the scheme",
    ),
    "members of a spin": (lambda: jump(each(S.minus)), "`each` must be .*or of one `Ensemble`;"),
    "members of a mode": (lambda: jump(each(C.a)), "`each` must be .*or of one `Ensemble`;"),
    "squares of members": (lambda: each(A.z**2), "single components of an ensemble .*products"),
    "members and all": (lambda: jump(each(A.minus) + A.minus), "make it two jumps"),
    "unlike members": (lambda: each(A.minus, [1] * 20), "`values` .* an ensemble are alike"),
    "ensembles in a lattice": (
        lambda: Sites(Ensemble(20), chain(3)), "make an Ensemble a member of its own",
    ),
    "words for a mode": (lambda: Model(members=[C], decay=1.0), "`decay` .* .use operators"),
    "words for an ensemble": (lambda: Model(members=[A], decay=1.0), "`decay` .* .use operators"),
    "occupation": (lambda: gaussian(n=-0.1), "`n` must not be negative .*thermal quanta"),
    "squeezing": (lambda: gaussian(r=-0.1), "`r` must not be negative .turn the `angle` by pi"),
    "amplitude": (lambda: gaussian(alpha=float("inf")), "`alpha` must be finite, but got inf"),
    "endless squeezing": (lambda: gaussian(r=60), "describe at most 1e.12 quanta"),
    "a bath below its vacuum": (lambda: jump(C.adag, -0.2), "`rate` must not be negative"),
    "a spin's state of a mode": (
        lambda: Model(members=[C], initial={"c": "up"}), '`initial.c` must be "vacuum" or gauss',
    ),
    "a mode's state of a spin": (
        lambda: Model(members=[S], initial={"s": tq.vacuum()}), "are states of modes",
    ),
    "half a Dicke state": (lambda: Model(members=[A], initial={"a": tq.dicke(11)}), "be one of -S"),
    "a mode about x": (
        lambda: Model(members=[C], events=[turn(1, C, "x", 1.0)]), "z, a phase .*short drive",
    ),
    "a and n": (lambda: Model(jumps=[jump(C.a + C.n)]), "either n or a .*make it two jumps"),
    "loss of two": (lambda: jump(C.a**2), "`operator` must be linear in the spins and modes"),
    "n a": (lambda: C.n * (C.a + C.adag), "second order .* n multiplied a or adag of the mode `c`"),
    "n^3": (lambda: C.n**3, "second order .*replace a factor by a number"),
    "not Hermitian": (lambda: Model(hamiltonian=C.a), "be Hermitian .this part is not"),
    "a twist of spins 1/2": (
        lambda: run(Model(hamiltonian=each(H.z**2)), scheme="discrete"),
        "numbers for S = 1/2, .*leave it out: it does nothing",
    ),
    "a bath of spins 1/2": (
        lambda: run(Model(jumps=[jump(H.minus)]), scheme="discrete"),
        "act on one spin each .*leave the scheme out",
    ),
    "another jump of spins 1/2": (
        lambda: run(Model(jumps=[jump(each(H.minus + 0.5 * H.z))]), scheme="discrete"),
        "be S.-, S.\\+ or Hermitian .*leave the scheme out",
    ),
    "too few quanta": (
        lambda: evolve(DRIVEN, [4.0], limit=15),
        "mode c needs more quanta .* the last level has the population .*15 dimensions .`limit`",
    ),
    "a cut below the vacuum": (lambda: evolve(LOSSY, [1.0], photons=0), "`photons` .*at least 1"),
    "a cut of nobody": (lambda: evolve(LOSSY, [1.0], photons={"d": 3}), "modes .*there is `c`"),
    "members that are not alone": (
        lambda: single_members_in_time(Model(jumps=[jump(A.minus, 0.1)]), [1.0]),
        "a closed form, which is for jump operators of single members",
    ),
    "few members": (lambda: tq.classes([1, 2], 5, size=3), "one member in each class"),
}  # fmt: skip


@pytest.mark.parametrize("name", PYTHON)
def test_one_clear_error_in_python(name: str) -> None:
    make, message = PYTHON[name]
    with pytest.raises(TwoqsError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


BASE = """\
name: laser
seed: 3
trajectories: 256
model:
  members:
    atoms: {ensemble: 20}
    cavity: {mode: {}}
  parameters: {g: 0.2, w: 0.5}
  hamiltonian: "cavity.n + g*(cavity.a*atoms.plus + cavity.adag*atoms.minus)"
  jumps:
    - {operator: cavity.a, rate: 0.5}
    - {operator: each(atoms.plus), rate: w}
  initial: {cavity: {gaussian: {n: 0.3}}}
  events: [{turn: {time: 0.5, members: [cavity], axis: z, angle: 0.2}}]
numerics: {times: [0, 1]}
axes:
  w: {sets: model.parameters.w, values: [0.5, 1.0]}
"""
ENERGY = '"cavity.n + g*(cavity.a*atoms.plus + cavity.adag*atoms.minus)"'

FILES = {
    # name: (what is replaced, by what, line, argument, what the message says)
    "half a member": ("ensemble: 20", "ensemble: 20.5", 6, "model.members.atoms", "integer"),
    "too many members": ("ensemble: 20", "ensemble: 20000000000000", 6, "model.members.atoms",
                         "at most 2000000000000"),
    "ensembles in a lattice": ("{ensemble: 20}", "{ensemble: 20, lattice: {chain: {n: 3}}}", 6,
                               "model.members.atoms", "lattice|Ensemble|such key"),
    "a spin as well": ("{mode: {}}", "{mode: {}, spin: 3}", 7, "model.members.cavity",
                       "exactly one of spin, ensemble, mode"),
    "members of a mode": ("each(atoms.plus)", "each(cavity.a)", 12, "model.jumps.1.operator",
                          "or of one `Ensemble`;"),
    "members and all": ("each(atoms.plus)", "each(atoms.plus) + atoms.plus", 12,
                        "model.jumps.1.operator", "make it two jumps"),
    "a and n": ("operator: cavity.a,", "operator: cavity.a + cavity.n,", 11,
                "model.jumps.0.operator|model.jumps", "make it two jumps"),
    "loss of two": ("operator: cavity.a,", "operator: cavity.a**2,", 11, "model.jumps.0.operator",
                    "linear in the spins and modes"),
    "x of a mode": (ENERGY, '"g*cavity.x + w*atoms.z"', 9, "model.hamiltonian", "a, adag, n"),
    "n of an ensemble": (ENERGY, '"g*atoms.n + cavity.n"', 9, "model.hamiltonian", "x, y, z"),
    "n a": (ENERGY, '"g*cavity.n*(cavity.a + cavity.adag) + 0*atoms.z"', 9, "model.hamiltonian",
            "n multiplied a or adag of the mode `cavity`"),
    "occupation": ("n: 0.3", "n: -0.3", 13, "model.initial.cavity.gaussian.n", "negative|least 0"),
    "squeezing": ("n: 0.3", "r: -0.3", 13, "model.initial.cavity.gaussian.r", "negative|least 0"),
    "a spin's state": ("{gaussian: {n: 0.3}}", "up", 13, "model.initial.cavity", "vacuum"),
    "a mode about x": ("axis: z", "axis: x", 14, "model.events", "z, a phase shift"),
    "by pda": ("times: [0, 1]", "times: [0, 1], scheme: pda", 4, "model",
               "leave the scheme out"),
    "by discrete": ("times: [0, 1]", "times: [0, 1], scheme: discrete", 5, "model.members",
                    "leave the scheme out for modes and ensembles"),
    "in Q": ("times: [0, 1]", "times: [0, 1], representation: Q", 15, "numerics.representation",
             '"W"'),
    "a negative pump": ("[0.5, 1.0]", "[0.5, -1.0]", 12, "model.jumps.1.rate",
                        "negative.* .at w=-1"),
    "distances of a mode": ("times: [0, 1]", "times: [0, 1], observables: [correlation]", 15,
                            "numerics.observables", "correlation"),
}  # fmt: skip


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, int], list[str]]:
    """Lines that `twoqs plan` writes about a file, and its exit code checked."""
    monkeypatch.chdir(tmp_path)

    def of(text: str, code: int) -> list[str]:
        Path("bad.yaml").write_text(text, encoding="utf-8")
        assert main(["plan", "bad.yaml"]) == code
        out, error = capsys.readouterr()
        return (error if code else out).splitlines()

    return of


@pytest.mark.parametrize("name", FILES)
def test_one_clear_error_in_a_file(name: str, told: Callable[[str, int], list[str]]) -> None:
    old, new, line, argument, says = FILES[name]
    assert old in BASE
    (found,) = told(BASE.replace(old, new, 1), 2)
    assert re.match(rf"twoqs: bad.yaml:{line}: Argument `({argument})[.\w]*` must ", found), found
    assert re.search(says, found), found


def test_the_good_ones_are_good(told: Callable[[str, int], list[str]]) -> None:
    """Negative control."""
    assert "2 = w[2]" in "\n".join(told(BASE, 0))
    run(LOSSY)
    assert len(PYTHON) + len(FILES) > 50
