"""The monomials of an operator as people write them: in order, with S^+ and S^- where they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from twoqs.model.kinds import MODE
from twoqs.model.language.components import (
    ALL,
    AXES,
    Bond,
    DisplacedBond,
    Key,
    Linear,
    Product,
    SiteProduct,
    Unit,
    key_order,
)
from twoqs.model.language.operators import Operator, TermKey
from twoqs.model.language.powers import Powers
from twoqs.model.language.values import Coefficient, multiplied

MODE_LETTERS = {"x": "re", "y": "im", "z": "n", "plus": "adag", "minus": "a"}
"""What operators of modes are called, by those of spins that they are in the place of."""


@dataclass(frozen=True)
class Monomial:
    """A number, or one for each site or bond, multiplied parameters multiplied what `key` says.

    Attributes:
        letters: x, y, z, plus or minus (of a mode re, im, n, adag or a) for the one or two
            components, in place of the key's axes.
        directed: for bonds, whether A_i B_j is meant and not the mean with B_i A_j.
    """

    powers: Powers
    value: Coefficient
    key: Key
    letters: tuple[str, ...]
    directed: bool = False

    @property
    def ordered(self) -> bool:
        """Whether the two factors do not commute, so that their order would matter."""
        if not isinstance(self.key, Product):
            return False
        one, other = self.key.first, self.key.second
        apart = ALL not in (one.site, other.site) and one.site != other.site
        return one.member == other.member and one.axis != other.axis and not apart


def monomials(operator: Operator) -> Iterator[Monomial]:
    """The monomials in the order of members, linear ones first."""
    modes = {name for name, member in operator.members.items() if member.kind == MODE}
    for one in _with_axes(operator):
        yield _of_modes(one, modes) if modes else one


def _of_modes(one: Monomial, modes: set[str]) -> Monomial:
    """With the letters of modes, for which y = -im."""
    names = _members(one.key)
    letters, value = [], one.value
    for name, letter in zip(names, one.letters, strict=True):
        letters.append(MODE_LETTERS[letter] if name in modes else letter)
        if letters[-1] == "im":
            value = multiplied(value, -1.0 + 0.0j)
    return replace(one, value=value, letters=tuple(letters))


def _members(key: Key) -> tuple[str, ...]:
    """The member of each letter."""
    match key:
        case Unit():
            return ()
        case Linear():
            return (key.component.member,)
        case Product():
            return (key.first.member, key.second.member)
        case DisplacedBond():
            return (key.member, key.other)
        case Bond() | SiteProduct():
            return (key.member, key.member)


def _with_axes(operator: Operator) -> Iterator[Monomial]:
    """The monomials as if all members were spins."""
    terms = sorted(operator.terms, key=lambda term: (key_order(term[1]), term[0]))
    done: set[TermKey] = set()
    for powers, key in terms:
        value = operator.terms[powers, key]
        if (powers, key) in done:
            continue
        if isinstance(key, Unit):
            yield Monomial(powers, value, key, ())
        elif isinstance(key, Linear):
            partner = (powers, Linear(key.component.along(1), key.each))
            ladder = key.component.axis == 0 and partner in operator.terms
            parts = _ladder(value, operator.terms[partner]) if ladder else None
            if parts is not None:
                done.add(partner)
                for letter, part in parts:
                    yield Monomial(powers, part, key, (letter,))
                continue
            yield Monomial(powers, value, key, (AXES[key.component.axis],))
        elif isinstance(key, Product):
            letters = (AXES[key.first.axis], AXES[key.second.axis])
            yield Monomial(powers, value, key, letters)
        elif isinstance(key, Bond):
            other = (powers, Bond(key.member, key.second, key.first))
            even = key.first != key.second and operator.terms.get(other) == value
            if even:
                done.add(other)
                value = multiplied(value, 2.0 + 0.0j)
            letters = (AXES[key.first], AXES[key.second])
            yield Monomial(powers, value, key, letters, key.first != key.second and not even)
        else:
            yield Monomial(powers, value, key, (AXES[key.first], AXES[key.second]))


def _ladder(x: Coefficient, y: Coefficient) -> list[tuple[str, Coefficient]] | None:
    """x S^x + y S^y by S^- and S^+, if it can have come from them, to the last bit."""
    for letter, unit in (("minus", -1j), ("plus", 1j)):
        if y == multiplied(x, unit):
            return [(letter, x)]
    if isinstance(x, tuple) or isinstance(y, tuple):
        return None
    lower, upper = (_rounded((x + 1j * y) / 2), _rounded((x - 1j * y) / 2))
    parts, quarter_turn = _parts(lower, upper) - _parts(x, y), (y * x.conjugate()).real == 0
    shorter = parts < 0 or (parts == 0 and quarter_turn)
    if shorter and lower + upper == x and lower * -1j + upper * 1j == y:
        return [("minus", lower), ("plus", upper)]
    return None


def _parts(*values: complex) -> int:
    """How many real and imaginary parts there are to write."""
    return sum((v.real != 0) + (v.imag != 0) for v in values)


def _rounded(value: complex) -> complex:
    """The number of 15 digits that is meant."""
    return complex(float(f"{value.real:.15g}"), float(f"{value.imag:.15g}"))
