"""What a jump emits at one time, from the spins and modes themselves: its flux, and g2(0)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.method import Method
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import Accumulator, PartSums, Request, SamplesOfCall, part_name
from twoqs.model.arrays import Floats
from twoqs.model.compose import name_of, rate_of
from twoqs.model.labels import labelled
from twoqs.model.language.components import AXES, Linear
from twoqs.model.language.jumps import Jump
from twoqs.model.language.members import Ensemble
from twoqs.model.language.substitute import in_numbers
from twoqs.model.language.values import along
from twoqs.model.language.write import formula
from twoqs.model.model import Model
from twoqs.observe.features import Features
from twoqs.observe.output import FLUX
from twoqs.observe.symbol import symbol_of


@dataclass(frozen=True)
class Emission(Request):
    """A request for means of a jump's operator c, from formulas of it."""

    @property
    def label(self) -> str:
        """Of the jump."""
        return str(getattr(self, self.kind))

    def __post_init__(self) -> None:
        given = getattr(self, self.kind)
        require(isinstance(given, str), self.kind, "be the label of a jump", given)

    @abstractmethod
    def formulas_of(self, model: Model) -> tuple[str, ...]:
        """Of what is averaged.

        Raises:
            ArgumentError: for jumps that have none.
        """

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse jumps without the label, and what the method cannot order."""
        self.features(model, numerics)

    def features(self, model: Model, numerics: Numerics) -> Features:
        """What gives the symbols of all formulas."""
        where = f"observables.{self.name}"
        return _features(self.formulas_of(model), model, numerics.method, where)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """A sum for each formula."""
        return {"sums": (numerics.saved_times, len(self.formulas_of(model)))}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds the symbols."""
        return _Sums(self.features(model, numerics), parts)

    def mean(self, averages: Averages, index: int) -> Floats:
        """The average of a formula, shape (any, time)."""
        sums = averages.sums[part_name(self, "sums")]
        return np.asarray(sums[:, :, index] / averages.sums["count"])


@dataclass(frozen=True)
class Flux(Emission):
    """2G <c^+c>, the quanta that a jump emits per unit of time; of `each` those of all sites.

    Attributes:
        flux: the label of the jump.
    """

    flux: str
    kind: ClassVar[str] = "flux"

    def formulas_of(self, model: Model) -> tuple[str, ...]:
        """2 G c^+c, summed over the channels."""
        where = f"observables.{self.name}"
        jump = labelled(model, self.label, where)
        texts = []
        for channel in jump.channels:
            rate = 2 * rate_number(channel, where)
            texts.append(f"{rate!r}*({square_text(channel)})")
        return (" + ".join(texts),)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The flux."""
        text = f"quanta emitted by the jump `{self.label}` per unit of time, 2G <c^+c>"
        return (Observable(self.name, text, FLUX, None, lambda m: self.mean(m, 0), over=""),)


@dataclass(frozen=True)
class Coincidence(Emission):
    """g2(0) = <c^+c^+cc>/<c^+c>^2 of a jump's operator.

    Attributes:
        coincidence: the label of the jump, which has one operator.
    """

    coincidence: str
    kind: ClassVar[str] = "coincidence"

    def formulas_of(self, model: Model) -> tuple[str, ...]:
        """c^+c and c^+c^+cc."""
        where = f"observables.{self.name}"
        jump = labelled(model, self.label, where)
        alone = isinstance(jump, Jump) and not jump.local
        wanted = "be of a jump with one operator (neither `each` nor a matrix of rates)"
        require(alone, where, wanted, self.label)
        c, c_dag = texts_of(jump.channels[0])
        return f"({c_dag})*({c})", f"({c_dag})*({c_dag})*({c})*({c})"

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """<c^+c>, and g2 where noise does not hide it."""
        name, label = self.name, self.label
        return (
            Observable(f"{name}_intensity", f"<c^+c> of the jump `{label}`", "1", None,
                       lambda m: self.mean(m, 0), over=""),
            Observable(name, f"g2(0) of the jump `{label}`; NaN where noise hides <c^+c>", "1",
                       None, lambda m: self.mean(m, 1) / self.mean(m, 0) ** 2, over="",
                       relative_to=(f"{name}_intensity",)),
        )  # fmt: skip


def texts_of(channel: Jump) -> tuple[str, str]:
    """c and c^+ as formulas; of `each` those of one site.

    Raises:
        ArgumentError: if they differ from site to site.
    """
    operator = in_numbers(channel.operator)
    if channel.local:
        uniform = not any(isinstance(value, tuple) for value in operator.terms.values())
        wanted = "have the same operator at every site, for its flux"
        require(uniform, "observables", wanted, channel.operator)
        operator = operator.summed()
    return formula(operator), formula(operator.dag())


def square_text(channel: Jump) -> str:
    """c^+c as a formula, of `each` summed over sites, or over the members of an ensemble."""
    (member,) = channel.operator.members.values() if channel.local else (None,)
    if isinstance(member, Ensemble):
        return _of_members(channel, member)
    c, c_dag = texts_of(channel)
    product = f"({c_dag})*({c})"
    return f"each({product})" if channel.local else product


def _of_members(channel: Jump, member: Ensemble) -> str:
    """sum_k c_k^+c_k of two-level members: N |f|^2/4 + (i/2) (f^* x f).J for c = f.s."""
    form = np.zeros(3, complex)
    for (_, key), value in in_numbers(channel.operator).terms.items():
        assert isinstance(key, Linear)
        form[key.component.axis] += along(value, 1)[0]
    vector = (0.5j * np.cross(form.conj(), form)).real.tolist()
    name = name_of(member)
    parts = [f"{v!r}*{name}.{axis}" for v, axis in zip(vector, AXES, strict=True)]
    return " + ".join([*parts, repr(float(member.size * np.vdot(form, form).real / 4))])


def rate_number(channel: Jump, where: str) -> float:
    """G.

    Raises:
        ArgumentError: if it is a pulse.
    """
    rate = rate_of(channel)
    wanted = "be of a jump with a constant rate"
    require(not isinstance(rate, str), where, wanted, channel.rate)
    return float(rate)


@lru_cache(maxsize=64)
def _features(formulas: tuple[str, ...], model: Model, method: Method, where: str) -> Features:
    symbols = [symbol_of(one, model, method, name=where) for one in formulas]
    return Features([one.terms for one in symbols], model.n_sites)


class _Sums(Accumulator):
    def __init__(self, features: Features, parts: PartSums) -> None:
        self._features, self._parts = features, parts

    def add_all(self, samples: SamplesOfCall) -> None:
        """Take some more samples."""
        values = self._features.values(samples.side_by_side).real
        samples.add_to(self._parts["sums"], values, ROWS)
