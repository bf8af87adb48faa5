"""Observables that are linear in components of spins and amplitudes of modes, and pairs of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.totals import add_total_squares, add_totals
from twoqs.measure.observable import Averages
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import Request
from twoqs.model.arrays import Floats
from twoqs.model.compose import name_of
from twoqs.model.kinds import MODE
from twoqs.model.language.components import ALL, NUMBER, Linear
from twoqs.model.language.operators import Operator
from twoqs.model.language.text import read_operator
from twoqs.model.model import Model
from twoqs.model.values import entries
from twoqs.observe.sites import order_of, own_offsets, spin_sites

ALONG_THE_MEAN = (
    "of spins along their means, order at tau > 0 is left out: C is too large by up to hbar^2/4 "
    "for each spin, of any length, which may be more than all of it"
)
"""What a symmetrised product at two times of spins has that averages of products have not."""


def is_formula(given: Any) -> bool:
    """Whether it may be a formula."""
    return isinstance(given, str | Operator)


def linear_weights(text: str, model: Model, where: str) -> Floats:
    """Coefficients of the components of each site, shape (3, site); of modes those of re and -im.

    Raises:
        ArgumentError: for what is not linear, or not Hermitian.
    """
    operator = read_operator(text, {name_of(one): one for one in model.members}, name=where)
    wanted = "be linear in components of spins and in `re` and `im` of modes"
    require(operator.is_linear and len(operator.terms) > 0, where, wanted, text)
    require(operator.is_hermitian, where, "be Hermitian, such as `s.x` or `a.a + a.adag`", text)
    counts = [member.n_sites for member in model.members]
    first = dict(zip(map(name_of, model.members), np.cumsum([0, *counts]), strict=False))
    sizes = dict(zip(map(name_of, model.members), counts, strict=True))
    found = np.zeros((3, model.n_sites))
    for (_, key), value in operator.terms.items():
        assert isinstance(key, Linear)
        one = key.component
        begin, size = first[one.member], sizes[one.member]
        number = model.kinds[begin] == MODE and one.axis == NUMBER
        require(not number, where, wanted, text)
        numbers = np.array([complex(v).real for v in entries(value)])
        if one.site != ALL:
            found[one.axis, begin + one.site] += numbers[0]
        else:
            weights = np.array(one.weights) if one.weights else 1.0
            found[one.axis, begin : begin + size] += numbers * weights
    return found


class LinearPair:
    """Two linear observables A and B, and what their product at one time is.

    Attributes:
        weights: of averages that give A and B, shape (2, 3, site).
        alike: whether they are one.
        comment: how right correlations of them are at two times.
    """

    def __init__(
        self, texts: tuple[str, str], model: Model, numerics: Numerics, where: str
    ) -> None:
        order = order_of(model, numerics)
        plain = np.array([linear_weights(text, model, where) for text in texts])
        self.alike = bool(np.array_equal(plain[0], plain[1]))
        self.weights = plain * order.mean
        spins = np.isin(np.arange(model.n_sites), spin_sites(model))
        both_have = bool(np.all(np.any(plain * spins, axis=(1, 2))))
        self.comment = ALONG_THE_MEAN if both_have else ""
        own = (order.product - order.mean**2) * spins
        products = np.einsum("ai,bi->abi", *plain) * own
        self._own = [
            (a, b, products[a, b][None])
            for a, b in np.ndindex(3, 3)
            if np.any(products[a, b])
        ]  # fmt: skip
        self._offset = (plain[0] * plain[1]).sum(axis=0)[spin_sites(model)]

    def values(self, vectors: Floats) -> Floats:
        """A and B of each trajectory, shape (2, lane), of components (3, site, lane)."""
        found = np.zeros((2, LANES))
        add_totals(vectors, self.weights, found)
        return found

    def own_products(self, vectors: Floats) -> Floats:
        """What a product at one time has beside that of the values, shape (lane,)."""
        found = np.zeros((1, LANES))
        for a, b, weights in self._own:
            add_total_squares(vectors[a], vectors[b], weights, found)
        return found[0]

    def offset(self, averages: Averages) -> Floats:
        """What its average has beside these, shape (any, time)."""
        if len(self._offset) == 0:
            return np.zeros(averages.sums["count"].shape)
        return np.asarray((own_offsets(averages) * self._offset).sum(axis=-1))


@dataclass(frozen=True)
class OfPair(Request):
    """A request for two observables A and B that are linear in components.

    Attributes:
        of: formulas of both; one stands for both.
    """

    of: Any
    formulas: ClassVar[tuple[str, ...]] = ("of",)
    of_one_sample: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.of
        pair = isinstance(given, tuple) and len(given) == 2 and all(map(is_formula, given))
        require(is_formula(given) or pair, self.kind, "be a formula, or two", given)

    @property
    def texts(self) -> tuple[str, str]:
        """The formulas A and B."""
        return (self.of[0], self.of[1]) if isinstance(self.of, tuple) else (self.of, self.of)

    def pair(self, model: Model, numerics: Numerics) -> LinearPair:
        """A and B."""
        return LinearPair(self.texts, model, numerics, f"observables.{self.name}")
