"""What was published, with its source: the file of claims of the gallery."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from twoqs.errors import ArgumentError
from twoqs.gallery.numbers import Compared
from twoqs.sweep.explain import explain
from twoqs.sweep.problems import KeyPath, Problem, SpecError
from twoqs.sweep.source import read_document

STANDARD_ERRORS = 3
"""Standard errors within which a number must be equal to a published one."""


class Published(BaseModel):
    """A published number.

    Attributes:
        says: what the number is, in plain words.
        published: the number.
        within: what ours may be off by beside three standard errors: the error of the method, and
            the digits of what was published.
        because: where `within` comes from.
        source: who published it, or how it follows from theory.
        expected: whether ours agrees; if not, `because` tells why.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    says: str
    published: float
    within: Annotated[float, Field(ge=0)]
    because: str
    source: str
    expected: bool = True

    def holds(self, found: Compared) -> bool:
        """Whether a number agrees with what was published."""
        return abs(found.value - self.published) <= STANDARD_ERRORS * found.se + self.within


_FILE = TypeAdapter(dict[str, dict[str, Published]])


def read_published(path: str | os.PathLike[str]) -> dict[str, dict[str, Published]]:
    """Claims by item and name, from a YAML file.

    Raises:
        SpecError: with everything that is wrong with it.
    """
    document = read_document(path)
    if document.problems:
        raise SpecError(document.name, document.problems)
    try:
        return _FILE.validate_python(document.data)
    except ValidationError as error:
        problems = [Problem(text, document.line(place)) for place, text in explain(error, _keys)]
        raise SpecError(document.name, problems) from None


def _keys(path: KeyPath) -> list[str]:
    return list(Published.model_fields) if len(path) == 2 else []


def claims_of(claims: dict[str, dict[str, Published]], item: str) -> dict[str, Published]:
    """The claims about an item.

    Raises:
        ArgumentError: if there are none.
    """
    if item not in claims:
        raise ArgumentError.of("claims", f"be about one of {', '.join(claims)}", item)
    return claims[item]
