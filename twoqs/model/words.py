"""Operators that the keywords of `Model` say as well, and keywords as operators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from twoqs.model.arrays import Floats
from twoqs.model.language.components import (
    AXES,
    Bond,
    DisplacedBond,
    Key,
    Linear,
    SiteProduct,
    Unit,
)
from twoqs.model.language.jumps import AnyJump, Jump, jump, own_label
from twoqs.model.language.members import Member, Mode, Sites
from twoqs.model.language.operators import Operator, added
from twoqs.model.language.sums import bonds, each
from twoqs.model.terms import VOCABULARY, Dissipator, Form, Term
from twoqs.model.values import Value, collapsed, per_site

STRENGTH_DIGITS = 15
"""Of strengths that are multiplied by 2S, so that 0.3/(2 S) times 2S is 0.3 again, and of rates
that are squares of roots."""

Strengths = dict[str, Floats]
"""By the label of a word, shape (site,) or (bond,)."""


def words_for(
    member: Member, hamiltonian: Operator | None, jumps: Iterable[AnyJump]
) -> dict[str, Value] | None:
    """The strengths of words that say the same as operators, by label; None if there are none.

    Args:
        member: the only one of the model.
        hamiltonian: Hermitian, without parameters but pulses, of which words know nothing; so are
            the jumps.
    """
    bond_count = member.lattice.n_edges if isinstance(member, Sites) else 0
    sizes = {"sites": member.n_sites, "jumps": member.n_sites, "bonds": bond_count}
    found = {label: np.zeros(sizes[word.on]) for label, word in VOCABULARY.items()}
    terms = {} if hamiltonian is None else hamiltonian.terms
    said = all(
        not powers and _add_energy(found, member, key, np.real(v))
        for (powers, key), v in terms.items()
    )
    if not (said and all(_add_jump(found, member, one) for one in jumps)):
        return None
    return {label: _strength(label, values, member.spin) for label, values in found.items()}


def _add_energy(found: Strengths, member: Member, key: Key, value: Any) -> bool:
    """Add a term of H to the word for it, if there is one."""
    if isinstance(key, Linear):
        site = key.component.site if isinstance(member, Sites) else -1
        found[f"field.{AXES[key.component.axis]}"][site if site >= 0 else slice(None)] += value
        return True
    if isinstance(key, DisplacedBond | Unit) or key.first != key.second:
        return False
    if isinstance(key, Bond):
        found[f"coupling.{AXES[key.first]}"] += value
        return True
    if isinstance(key, SiteProduct):
        found[f"twist.{AXES[key.first]}"] += value
        return True
    one = key.first
    if one.weights or (one.site < 0 and member.n_sites > 1):
        return False  # the square of a sum
    found[f"twist.{AXES[one.axis]}"][max(one.site, 0)] += value
    return True


def _add_jump(found: Strengths, member: Member, one: AnyJump) -> bool:
    """Add a jump operator to the word for it, if there is one."""
    unsaid = own_label(one) is not None  # words have no labels but themselves
    if unsaid or not isinstance(one, Jump) or one.rate.parameters or one.operator.parameters:
        return False
    form = np.zeros((3, member.n_sites), dtype=np.complex128)
    places = set()
    for (_, key), value in one.operator.terms.items():
        assert isinstance(key, Linear)
        site = key.component.site if isinstance(member, Sites) else -1
        places.add(site)
        form[key.component.axis, site if site >= 0 else slice(None)] += np.asarray(value)
    if not one.local and (len(places) > 1 or (min(places) < 0 and member.n_sites > 1)):
        return False  # a bath of several spins
    rate = one.rate.value().real
    for label, word in VOCABULARY.items():
        vector = word.forms[0].vector[:, None]
        factor = np.sum(vector.conj() * form, axis=0) / np.sum(np.abs(vector) ** 2)
        fits = word.on == "jumps" and one.label in (None, label)
        if fits and np.array_equal(vector * factor, form):
            sizes = np.abs(factor) ** 2
            later = word.term(label, 1.0, member.spin).divisor != 1.0  # is rounded in `_strength`
            exact = later or np.isin(sizes, (0.0, 1.0))
            found[label] += np.where(exact, rate * sizes, _rounded(rate * sizes))
            return True
    return False


def _strength(label: str, values: Floats, spin: float) -> Value:
    divisor = VOCABULARY[label].term(label, 1.0, spin).divisor
    strengths = values if divisor == 1.0 else _rounded(values * divisor)
    return collapsed(tuple((strengths + 0.0).tolist())) if len(strengths) else 0.0


def _rounded(values: Floats) -> Floats:
    return np.array([float(f"{value:.{STRENGTH_DIGITS}g}") for value in values.tolist()])


def operators_for(
    member: Member, terms: Iterable[Term | Dissipator]
) -> tuple[Operator, tuple[AnyJump, ...]]:
    """H and the jump operators of words."""
    parts: list[Operator] = []
    jumps: list[AnyJump] = []
    for term in terms:
        if isinstance(term, Dissipator):
            rates = per_site(term.strength, member.n_sites) / term.divisor
            alike = bool(np.all(rates == rates[0]))
            roots = 1.0 if alike else tuple(np.sqrt(rates).tolist())
            operator = _at_sites(member, _operator(member, term.form), roots)
            rate = float(rates[0]) if alike else 1.0
            jumps.append(jump(operator, rate, label=term.label))
            continue
        factors = [_operator(member, form) for form in term.forms]
        if term.on == "bonds":
            part = bonds(factors[0], factors[1], _listed(term.strength), directed=True)
        else:
            one, *others = factors
            product = (one * others[0] + others[0] * one) / 2 if others else one
            part = _at_sites(member, product, term.strength)
        parts.append(part / term.divisor)
    return added(parts) if parts else Operator({}, {}, {}), tuple(jumps)


def _operator(member: Member, form: Form) -> Operator:
    assert not isinstance(member, Mode)  # for which there are no words
    parts = zip(form.vector.tolist(), (member.x, member.y, member.z), strict=True)
    return added(operator * factor for factor, operator in parts)


def _at_sites(member: Member, operator: Operator, strength: Value) -> Operator:
    """The operator at every site, with its strength there."""
    if isinstance(member, Sites):
        return each(operator, _listed(strength))
    return operator * (strength[0] if isinstance(strength, tuple) else strength)


def _listed(strength: Value) -> Any:
    return list(strength) if isinstance(strength, tuple) else strength


def keywords(strengths: Mapping[str, Value]) -> dict[str, Any]:
    """Strengths by label as arguments of `Model`: vectors as a whole."""
    found: dict[str, Any] = {}
    for label, value in strengths.items():
        name, _, axis = label.partition(".")
        found[name] = (*found.get(name, ()), value) if axis else value
    return found
