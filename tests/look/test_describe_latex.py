"""Models as LaTeX: whole, and valid wherever Matplotlib can tell."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

from twoqs import (
    Model,
    Parameter,
    Sites,
    Spin,
    bonds,
    chain,
    cosine,
    each,
    gauss,
    jump,
    piecewise,
    ramp,
    sampled,
    total,
    turn,
)

MATHTEXT = MathTextParser("agg")


def rich() -> Model:
    """A model with whatever formulas have."""
    a_1, s = Spin(20, "a_1"), Sites(Spin(2), chain(24), "s")
    pulses = [
        gauss(-0.5, 1e-5, 3.0, -0.2), gauss(0, 2), ramp(0, 1, 1e-5, 2), ramp(1, 3, 0, -1),
        cosine(-1, 2, 0.3), piecewise(range(30), range(30)), sampled([0, 1, 20], [0, 1e-9, 2]),
    ]  # fmt: skip
    named = [Parameter(f"f_{n}", pulse) for n, pulse in enumerate(pulses)]
    lam = Parameter("lam", -1e-5)
    energy = sum((one * a_1.z for one in named), 0.1j * (a_1.plus - a_1.minus))
    listed = each(s.x, range(24)) + bonds(s.x, s.y, range(24)) + total(s.z, range(24)) * a_1.x
    more = lam**2 * (a_1.x * a_1.y + a_1.y * a_1.x) + bonds(s.z, s.z, displacement=-2)
    return Model(
        hamiltonian=energy + listed + more + sum(n * s[n].x for n in range(1, 6)),
        jumps=[
            jump(each(s.minus, range(1, 25)), 2 * lam**2),
            jump([one.minus for one in s], rates=np.eye(24) * (1 + 1e-9)),
        ],
        events=[
            turn(range(1, 26), None, (1, -1, 0), lam + 0.5),
            turn(3 * Parameter("tau", 0.1), [a_1, s[2]], "x", lam),
            turn(1, a_1, "y", -1),
        ],
    )


@pytest.fixture(scope="module")
def rows() -> dict[str, str]:
    """What stands behind each equals sign, by what stands before it."""
    text = rich()._repr_latex_()
    start, end = "$\\displaystyle \\begin{aligned}\n", "\n\\end{aligned}$"
    assert text.startswith(start)
    assert text.endswith(end)
    sides = [row.split(" &= ") for row in text[len(start) : -len(end)].split("\\\\\n")]
    return dict(sides)


def test_it_is_valid(rows: dict[str, str]) -> None:
    """Mathtext sets each line up to a matrix, for which it has no words."""
    for left, right in rows.items():
        plain, matrix, _ = right.partition(r"\begin{pmatrix}")
        assert ("D" in left) == bool(matrix)
        for side in (left, plain):
            MATHTEXT.parse(f"${side}$")


def test_mathtext_refuses_what_is_no_latex() -> None:
    """Negative control: how turns and pulses were once written."""
    with pytest.raises(ValueError, match="Parse"):
        MATHTEXT.parse(r"$\text{turn at 1, 2, ...: a_1 about x by lam$")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (r"v^{(1)}_{i}", r"0,\ 1,\ 2,\ \dots,\ 23"),
        (r"f_{\mathrm{1}}(t)", r"\exp\left(-\frac{t^2}{2 \cdot 2^2}\right)"),
        (r"f_{\mathrm{0}}(t)", r"-0.2 + 3\,\exp\left(-\frac{(t + 0.5)^2}"
         r"{2 \cdot \left(1 \times 10^{-5}\right)^2}\right)"),
        (r"f_{\mathrm{2}}(t)", r"1 \times 10^{-5} + 1.99999\,t\ \text{for}\ 0 \leq t \leq 1,"
         r"\quad 1 \times 10^{-5}\ \text{before},\quad 2\ \text{after}"),
        (r"f_{\mathrm{3}}(t)", r"-0.5\,(t - 1)\ \text{for}\ 1 \leq t \leq 3,"
         r"\quad 0\ \text{before},\quad -1\ \text{after}"),
        (r"f_{\mathrm{4}}(t)", r"-\cos\left(2\,t + 0.3\right)"),
        (r"f_{\mathrm{5}}(t)", r"0\ \text{from}\ t = 0,\ 1\ \text{from}\ t = 1,"
         r"\ 2\ \text{from}\ t = 2,\ \dots,\ 29\ \text{from}\ t = 29"),
        (r"f_{\mathrm{6}}(t)", r"\text{straight lines through}"
         r"\ (0, 0),\ (1, 1 \times 10^{-9}),\ (20, 2)"),
        (r"\lambda", r"-1 \times 10^{-5}"),
        ("U_{2}", r"\exp\left(-\mathrm{i}\,\lambda\,\left(S^{x}_{a_{\mathrm{1}}} + S^{x}_{s,2}"
         r"\right)\right),\quad \rho \to U_{2}\,\rho\,U_{2}^\dagger\ \text{at}\ t = 3\,\tau"),
        ("U_{3}", r"\exp\left(-\mathrm{i}\,\left(-1\right)\,S^{y}_{a_{\mathrm{1}}}\right),"
         r"\quad \rho \to U_{3}\,\rho\,U_{3}^\dagger\ \text{at}\ t = 1"),
    ],
)  # fmt: skip
def test_it_is_whole(left: str, right: str, rows: dict[str, str]) -> None:
    assert rows[left] == right


def test_equal_lists_have_one_name(rows: dict[str, str]) -> None:
    lists = [left for left in rows if left.startswith("v^")]
    assert len(lists) == 4
    assert all(name in rows["H"] or name in rows["c_{1}"] for name in lists)
    assert len({rows[name] for name in lists}) == 3  # bonds and sites have the same
