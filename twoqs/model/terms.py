"""Terms of a master equation as data: what acts on which spins, how strongly, under which label.

A term names operators by linear forms of spin components. Whatever computes something of a model
goes through the list of its terms, and refuses those that it cannot treat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from twoqs.model.arrays import Complexes
from twoqs.model.values import ZERO, Value, present


@dataclass(frozen=True)
class Form:
    """The operator x S^x + y S^y + z S^z of one spin; Hermitian if the coefficients are real."""

    x: complex = 0.0
    y: complex = 0.0
    z: complex = 0.0

    @property
    def vector(self) -> Complexes:
        """The coefficients, shape (3,)."""
        return np.array([self.x, self.y, self.z], dtype=np.complex128)

    @property
    def axis(self) -> int | None:
        """0, 1 or 2 if the operator is S^x, S^y or S^z, else None."""
        return next((k for k, form in enumerate(NAMED.values()) if self == form), None)


NAMED = {"x": Form(x=1.0), "y": Form(y=1.0), "z": Form(z=1.0)}
LOWERING, RAISING = Form(x=1.0, y=-1j), Form(x=1.0, y=1j)


@dataclass(frozen=True)
class Term:
    """A part of the Hamiltonian: strength/divisor times one operator, or a product of two.

    Attributes:
        label: what axes, tables and messages call it.
        strength: one number, or one for each site or bond.
        forms: the operators: one at each site, two at each site, or one at each end of each bond,
            where the strength is multiplied by the weight of the bond.
        on: "sites" or "bonds".
        divisor: 2S for strengths that are rescaled, else 1.
    """

    label: str
    strength: Value
    forms: tuple[Form, ...]
    on: Literal["sites", "bonds"] = "sites"
    divisor: float = 1.0

    @property
    def is_interaction(self) -> bool:
        """Whether it is of second order in the spins."""
        return len(self.forms) == 2


@dataclass(frozen=True)
class Dissipator:
    """A jump operator c at each site, with the dissipator rate/divisor (2 c rho c^+ - ...).

    Attributes:
        label, divisor: as those of a `Term`.
        strength: the rate, one number or one for each site.
        form: c.
    """

    label: str
    strength: Value
    form: Form
    divisor: float = 1.0

    @property
    def drift(self) -> float:
        """Speed at which c drives a spin along the sphere, in units of 2 rate S; 0 for Hermitian c.

        Half the length of the cross product of the coefficients with their conjugates: 1 for S^-.
        """
        vector = self.form.vector
        return float(np.linalg.norm(np.cross(vector, vector.conj()))) / 2


@dataclass(frozen=True)
class Unknown:
    """A field of a model that the vocabulary has no word for: nothing can compute with it."""

    label: str
    strength: Any


@dataclass(frozen=True)
class Word:
    """A keyword of `Model`, or a component of one, and the term that it stands for.

    Attributes:
        forms, on: as those of a `Term`; "jumps" makes it a `Dissipator`.
        rescaled: whether its strength is in units of 1/(2S).
    """

    forms: tuple[Form, ...]
    on: Literal["sites", "bonds", "jumps"]
    rescaled: bool = True

    def term(self, label: str, strength: Value, spin: float) -> Term | Dissipator:
        """The term of this strength, for spins S."""
        divisor = 2 * spin if self.rescaled else 1.0
        if self.on == "jumps":
            return Dissipator(label, strength, self.forms[0], divisor)
        return Term(label, strength, self.forms, self.on, divisor)


VOCABULARY = {
    **{f"field.{a}": Word((form,), "sites", rescaled=False) for a, form in NAMED.items()},
    **{f"coupling.{a}": Word((form, form), "bonds") for a, form in NAMED.items()},
    **{f"twist.{a}": Word((form, form), "sites") for a, form in NAMED.items()},
    "decay": Word((LOWERING,), "jumps"),
    "gain": Word((RAISING,), "jumps"),
    "dephasing": Word((NAMED["z"],), "jumps", rescaled=False),
}
"""The terms that `Model` has words for. Here, and only here, 1/(2S) comes in."""

JUMP_WORDS = tuple(label for label, word in VOCABULARY.items() if word.on == "jumps")
"""The words of jump operators, which are their labels, too."""

KEYWORDS = tuple(dict.fromkeys(label.partition(".")[0] for label in VOCABULARY))
"""The keywords of `Model` that stand for terms ..."""

VECTOR_KEYWORDS = tuple(dict.fromkeys(label.split(".")[0] for label in VOCABULARY if "." in label))
"""... and those of them that have three components."""

NO_TERMS = ("spin", "lattice", "initial")
"""Fields of a model that say what the spins are and where they start; the others are terms."""


def terms_of(model: Any) -> dict[str, Term | Dissipator | Unknown]:
    """The terms of a model that are not zero, by their labels; those of no known word, too."""
    return {
        label: VOCABULARY[label].term(label, value, model.spin)
        if label in VOCABULARY
        else Unknown(label, value)
        for label, value in _parts(model)
        if present(value)
    }


def _parts(model: Any) -> Iterator[tuple[str, Any]]:
    """What the fields hold, by name, vectors by their components."""
    for field in fields(model):
        value = getattr(model, field.name)
        if field.name in NO_TERMS or (field.name == "members" and len(value) == 1):
            continue
        if field.default == ZERO:
            yield from ((f"{field.name}.{a}", v) for a, v in zip("xyz", value, strict=True))
        else:
            yield field.name, value
