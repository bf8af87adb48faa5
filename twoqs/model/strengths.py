"""Keywords of a model whose strengths are parameters or pulses: taken as operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence
from twoqs.model.compose import Operators
from twoqs.model.language.jumps import AnyJump, Jump, checked_rate
from twoqs.model.language.members import Member
from twoqs.model.language.operators import Operator, added
from twoqs.model.language.parameters import Expression, Parameter, polynomial
from twoqs.model.language.pulses import Pulse
from twoqs.model.lattice import Lattice
from twoqs.model.terms import KEYWORDS, VECTOR_KEYWORDS, VOCABULARY
from twoqs.model.values import entries, present, value_of, vector_of
from twoqs.model.words import operators_for

Expressions = dict[str, Expression]
"""Strengths by the label of a word."""


def taken_out(given: Mapping[str, Any]) -> tuple[dict[str, Any], Expressions]:
    """Keywords without what is no number, and that by its label.

    Raises:
        ArgumentError: for a pulse among values of sites, where operators say more.
    """
    plain: dict[str, Any] = {}
    found: Expressions = {}
    for name in KEYWORDS:
        value = given[name]
        parts = list(value) if name in VECTOR_KEYWORDS and is_sequence(value) else [value]
        labels = [f"{name}.{a}" for a in "xyz"] if name in VECTOR_KEYWORDS else [name]
        for i, part in enumerate(parts if len(parts) == len(labels) else ()):
            expression = _expression(labels[i], part)
            if expression is not None:
                found[labels[i]], parts[i] = expression, 0.0
        taken = any(label in found for label in labels)
        plain[name] = (parts if len(parts) > 1 else parts[0]) if taken else value
    return plain, found


def _expression(label: str, value: Any) -> Expression | None:
    if isinstance(value, Pulse):
        return polynomial(Parameter(label.replace(".", "_"), value))
    if isinstance(value, Parameter | Expression):
        return polynomial(value)
    if is_sequence(value) and any(isinstance(one, Pulse | Parameter | Expression) for one in value):
        wanted = "be numbers where sites differ (operators have pulses at sites: `omega*s[0].x`)"
        raise ArgumentError.of(label, wanted, value)
    return None


def checked_words(
    given: Mapping[str, Any], strengths: Expressions, lattice: Lattice, others: str
) -> dict[str, Any]:
    """Keywords as numbers, one or one for each site or bond.

    Args:
        given, strengths: what `taken_out` returns.
        others: where words have no meaning, if that is so: "where there are several members".

    Raises:
        ArgumentError: naming the keyword, for what makes no sense.
    """
    counts = {"bonds": lattice.n_edges, "sites": lattice.n_sites, "jumps": lattice.n_sites}
    words: dict[str, Any] = {}
    for name in KEYWORDS:
        if name in VECTOR_KEYWORDS:
            count = counts[VOCABULARY[f"{name}.x"].on]
            words[name] = vector_of(name, given[name], count)
            continue
        words[name] = value_of(name, given[name], counts[VOCABULARY[name].on])
        require(min(entries(words[name])) >= 0, name, "not be negative", given[name])
    for name, value in words.items():
        used = present(value) or any(label.partition(".")[0] == name for label in strengths)
        on_bonds = name in VECTOR_KEYWORDS and VOCABULARY[f"{name}.x"].on == "bonds"
        wanted = "be zero on a lattice without bonds"
        require(not (used and on_bonds) or lattice.n_edges > 0, name, wanted, given[name])
        require(not (used and others), name, f"be left out {others} (use operators)", given[name])
    return words


def operators_with(member: Member, strengths: Expressions) -> Operators:
    """H and jump operators of words with these strengths.

    Raises:
        ArgumentError: for a rate that may be negative.
    """
    energy: list[Operator] = []
    jumps: list[AnyJump] = []
    for label, strength in strengths.items():
        unit, channels = operators_for(member, [VOCABULARY[label].term(label, 1.0, member.spin)])
        if not channels:
            energy.append(unit * strength)
            continue
        (channel,) = channels
        assert isinstance(channel, Jump)
        rate = checked_rate(strength, label)
        jumps.append(replace(channel, rate=channel.rate * rate))
    return Operators(added(energy) if energy else None, tuple(jumps))
