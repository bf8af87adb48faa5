"""The Wigner function of a mode: a map of its samples over the quadratures q and p."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from twoqs.errors import require
from twoqs.measure.observable import Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import Accumulator, OwnCoordinate, PartSums, Request, frozen
from twoqs.model.compose import name_of
from twoqs.model.kinds import MODE
from twoqs.model.language.names import meant
from twoqs.model.model import Model
from twoqs.observe.bins import is_count
from twoqs.observe.histogram import Histogram


@dataclass(frozen=True)
class Wigner(Request):
    """The density of samples over q = (a + a^+)/sqrt(2) and p = (a - a^+)/(i sqrt(2)).

    Attributes:
        of: name of the mode, of a lattice one of them: `c[0]`.
        bins: [low, high, number] or edges, for both or for each of the two.
    """

    of: Any
    bins: Any
    kind: ClassVar[str] = "wigner"
    formulas: ClassVar[tuple[str, ...]] = ("of",)

    def __post_init__(self) -> None:
        require(isinstance(self.of, str), "wigner", "be the name of a mode", self.of)
        listed = isinstance(self.bins, tuple) and len(self.bins) > 1
        require(listed or is_count(self.bins), "bins", "be [low, high, number]", self.bins)

    @property
    def _map(self) -> Histogram:
        pair = isinstance(self.bins, tuple) and len(self.bins) == 2
        bins = self.bins if pair or is_count(self.bins) else (self.bins, self.bins)
        q = f"({self.of}.a + {self.of}.adag)/sqrt(2)"
        p = f"({self.of}.a - {self.of}.adag)/(1j*sqrt(2))"
        return _Quadratures(self.name, (q, p), bins)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse what is no single mode, and samples of another function than W."""
        where = f"observables.{self.name}"
        modes = [name_of(m) for m in model.members if m.kind == MODE]
        several = [name_of(m) for m in model.members if m.kind == MODE and m.n_sites > 1]
        name = self.of.split("[")[0]
        require(name in modes, where, f"name a mode{meant(name, modes)}", self.of)
        placed = self.of not in several
        require(placed, where, f"name one mode of a lattice, such as {name}[0]", self.of)
        self._map.check(model, numerics)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Counts in cells, and beside all of them."""
        return self._map.shapes(model, numerics)

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Counts."""
        return self._map.accumulator(model, numerics, parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The density, and what is outside."""
        return self._map.observables(model, numerics)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """The middles of cells."""
        return self._map.coordinates(model, numerics)


def wigner(of: str, bins: Any) -> Wigner:
    """A map to be measured: `simulate(observables={"map": wigner("c", [-5, 5, 40])})`.

    Args:
        of, bins: as the attributes of the class, lists as well as tuples.

    Raises:
        ArgumentError: for anything else.

    Examples:
        >>> c = twoqs.Mode("c")
        >>> loss, start = twoqs.jump(c.a, rate=1.0), {"c": twoqs.gaussian(alpha=2)}
        >>> asked = {"phase": twoqs.wigner("c", [-5, 5, 20])}
        >>> model = twoqs.Model(jumps=[loss], initial=start)
        >>> ds = twoqs.simulate(model, times=[0, 1], trajectories=256, observables=asked)
        >>> ds.phase.dims, ds.phase.shape
        (('time', 'phase_q', 'phase_p'), (2, 20, 20))
    """
    return Wigner("", of, frozen(bins))


class _Quadratures(Histogram):
    """A joint histogram whose bins are called by what they are of."""

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions of q and p."""
        return f"{self.name}_q", f"{self.name}_p"

    @property
    def texts(self) -> tuple[str, ...]:
        """The quadratures by their letters."""
        return "quadrature q", "quadrature p"
