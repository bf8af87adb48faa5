"""Random formulas, and what they mean as matrices, worked out without the language.

A formula is written once with `@` before each argument that is meant at one site or bond. Without
the marks it is text for the reader, and Python for the operators; with `lambda s:` in place of them
it is Python for matrices, in which sums over sites and bonds are written out.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st

import twoqs.model.language as tq
from twoqs.model.grids import chain
from twoqs.model.lattice import from_edges

PARAMETERS = {"lam": tq.Parameter("lam", 0.7), "kap": tq.Parameter("kap", 1.3)}
RING = tq.Sites(tq.Spin(0.5), chain(3), name="s")  # its last bond is (2, 0)
GRAPH = tq.Sites(tq.Spin(0.5), from_edges([(0, 1, 0.5), (1, 2, -1.5)]), name="s")
A, B = tq.Spin(1, name="a"), tq.Spin(0.5, name="b")

COMPONENTS = st.sampled_from(["x", "y", "z", "plus", "minus"])
NUMBERS = st.sampled_from(["2", "0.3", "-1.5", "0.4j", "(0.2-0.7j)", "lam", "lam**2/3", "1/kap",
                           "sqrt(kap)", "(lam-0.2)", "exp(0.3j)", "cos(pi/5)"])  # fmt: skip
REAL = st.sampled_from(["2", "0.3", "-1.5", "lam", "lam**2/3", "1/kap", "(lam-0.2)"])
VALUES = st.sampled_from(["", ", 0.1", ", lam", ", [1, -0.5, 2]", ", [0.5, 0.5j, 0]"])


def spin_matrices(spin: float) -> list[np.ndarray]:
    """S^x, S^y, S^z; the basis starts at m = +S."""
    m = spin - np.arange(round(2 * spin) + 1)
    raise_ = np.diag(np.sqrt(spin * (spin + 1) - m[1:] * m[:-1]), 1).astype(complex)
    lower = raise_.T
    return [(raise_ + lower) / 2, (raise_ - lower) / 2j, np.diag(m).astype(complex)]


class Matrices(SimpleNamespace):
    """The components of one spin, or of a sum of spins."""

    @classmethod
    def of(cls, x, y, z):
        return cls(x=x, y=y, z=z, plus=x + 1j * y, minus=x - 1j * y)


class Product:
    """A matrix whose product with another one is `*`, as for operators."""

    __array_ufunc__ = None

    def __init__(self, matrix):
        self.matrix = matrix

    def __add__(self, other):
        return Product(self.matrix + _matrix(other))

    __radd__ = __add__

    def __sub__(self, other):
        return self + -other

    def __neg__(self):
        return Product(-self.matrix)

    def __mul__(self, other):
        if isinstance(other, Product):
            return Product(self.matrix @ other.matrix)
        return Product(self.matrix * other)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return Product(self.matrix / other)

    def __pow__(self, exponent):
        assert exponent == 2
        return self * self


def _matrix(value):
    return value.matrix if isinstance(value, Product) else value


def local_matrices(members: list) -> list[Matrices]:
    """The components of every spin in the space of all."""
    spins = [member.spin for member in members for _ in range(member.n_sites)]
    sizes = [round(2 * spin) + 1 for spin in spins]
    found = []
    for i, spin in enumerate(spins):
        before, after = math.prod(sizes[:i]), math.prod(sizes[i + 1 :])
        local = [
            Product(np.kron(np.kron(np.eye(before), m), np.eye(after))) for m in spin_matrices(spin)
        ]
        found.append(Matrices.of(*local))
    return found


def total_of(spins: list[Matrices]) -> Matrices:
    return Matrices.of(*(sum((getattr(s, a) for s in spins), 0.0) for a in "xyz"))


class Lattice:
    """The spins of a lattice: their sum, and each of them."""

    def __init__(self, spins):
        self.spins = spins
        self.__dict__.update(vars(total_of(spins)))

    def __getitem__(self, site):
        return self.spins[site]


def meanings(sites: tq.Sites) -> dict:
    """Names of formulas as matrices, members in the order a, s."""
    spins = local_matrices([A, sites])
    own, lattice = spins[1:], sites.lattice

    def each(form, values=1.0):
        return sum((v * form(s) for s, v in zip(own, _list(values, 3), strict=True)), 0.0)

    def bonds(one, other, values=1.0, directed=False):
        result = 0.0
        for (i, j), w, v in zip(
            lattice.edges.tolist(),
            lattice.weights.tolist(),
            _list(values, lattice.n_edges),
            strict=True,
        ):
            there, back = one(own[i]) * other(own[j]), one(own[j]) * other(own[i])
            result = w * v * (there if directed else (there + back) / 2) + result
        return result

    return {
        "a": spins[0], "s": Lattice(own), "each": each, "total": each,
        "bonds": bonds, "lam": 0.7, "kap": 1.3, "pi": math.pi, "sqrt": np.emath.sqrt,
        "exp": np.exp, "cos": np.cos,
    }  # fmt: skip


def _list(values, count: int) -> list:
    return list(values) if isinstance(values, list) else [values] * count


@st.composite
def linear(draw, places=("a", "s", "s[0]", "s[2]", "s[-2]", "total")) -> str:
    """A sum of one to three spin components with coefficients."""
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        place, letter = draw(st.sampled_from(places)), draw(COMPONENTS)
        text = f"{place}.{letter}"
        if place == "total":
            text = f"total(@s.{letter}, [1, {draw(REAL.filter(str.isdigit))}, 0.5j])"
        terms.append(f"{draw(NUMBERS)}*{text}")
    return " + ".join(terms)


@st.composite
def sums(draw) -> str:
    """A sum over sites or bonds."""
    local = linear(("s",))
    kind = draw(st.sampled_from(["each", "square", "total", "bonds", "directed"]))
    values = draw(VALUES)
    if kind == "total":
        return f"total(@{draw(local)}{values})"
    if kind == "each":
        return f"each(@{draw(local)}{values})"
    if kind == "square":
        return f"each(@({draw(local)})*({draw(local)}){values})"
    values = "" if "[" in values else values  # lattices differ in their number of bonds
    more = ", directed=True" if kind == "directed" else ""
    return f"bonds(@{draw(local)}, @{draw(local)}{values}{more})"


@st.composite
def quadratic(draw) -> str:
    """A polynomial of second order."""
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["linear", "product", "square", "sum"]))
        if kind == "linear":
            terms.append(draw(linear()))
        elif kind == "product":
            terms.append(f"{draw(NUMBERS)}*({draw(linear())})*({draw(linear())})")
        elif kind == "square":
            terms.append(f"-({draw(linear())})**2/2")
        else:
            terms.append(f"{draw(NUMBERS)}*{draw(sums())}")
    return " + ".join(terms)


def text_of(formula: str) -> str:
    return formula.replace("@", "")


def read(formula: str, sites: tq.Sites) -> tq.Operator:
    """A formula by the reader."""
    return tq.read_operator(text_of(formula), {"a": A, "s": sites}, PARAMETERS)


def typed(formula: str, sites: tq.Sites) -> tq.Operator:
    """A formula as Python."""
    words = {"each": tq.each, "total": tq.total, "bonds": tq.bonds, "pi": math.pi}
    words |= {"sqrt": lambda p: p**0.5, "exp": np.exp, "cos": np.cos}
    return eval(text_of(formula), {"a": A, "s": sites} | words | PARAMETERS)


def matrix(formula: str, meaning: dict) -> np.ndarray:
    """A formula as a matrix."""
    value = eval(formula.replace("@", "lambda s: "), dict(meaning))
    return np.asarray(_matrix(value))
