"""Terms as data: the words of a model, and whoever computes with the list."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import qutip

import twoqs
from twoqs.flows.rates import graph_of, rates_of
from twoqs.methods.quickest import fastest_rate
from twoqs.model.terms import LOWERING, NAMED, RAISING, VOCABULARY, Dissipator, Form, Term
from twoqs.theory import operators

RING = twoqs.chain(4)
FULL = twoqs.Model(
    spin=3, lattice=RING, field=(0.1, [0.2, 0.3, 0.4, 0.5], 0.6), coupling=(0.7, 0.8, [1, 2, 3, 4]),
    twist=(0.9, 1.1, 1.2), decay=1.3, gain=[1.4, 1.5, 1.6, 1.7], dephasing=1.8,
)  # fmt: skip


class Other(twoqs.Model):
    """A model with one term of its own."""

    more: Term | Dissipator

    # The term is no field, and would be lost on what is kept for equal models.
    __eq__, __hash__ = object.__eq__, object.__hash__

    @property
    def terms(self):
        return super().terms | {self.more.label: self.more}


def with_term(term: Term | Dissipator, **words) -> Other:
    model = Other(spin=3, lattice=RING, **words)
    object.__setattr__(model, "more", term)
    return model


def test_every_word_is_a_term_and_every_term_has_its_word() -> None:
    assert list(FULL.terms) == list(VOCABULARY)
    listed = [*FULL.energy_terms, *FULL.dissipators]
    assert [term.label for term in listed] == list(VOCABULARY)
    for label, term in FULL.terms.items():
        name, _, axis = label.partition(".")
        value = getattr(FULL, name)
        assert term.strength == (value["xyz".index(axis)] if axis else value)
        assert term.divisor == (1 if name in ("field", "dephasing") else 6)
    assert twoqs.Model(spin=3).terms == {}


def test_what_the_words_stand_for() -> None:
    x, y, z = NAMED.values()
    assert [form.axis for form in (x, y, z, LOWERING, Form(x=2.0))] == [0, 1, 2, None, None]
    assert FULL.terms["coupling.y"].forms == (y, y)
    assert FULL.terms["coupling.y"].on == "bonds"
    assert FULL.terms["twist.x"].on == "sites"
    assert [jump.form for jump in FULL.dissipators] == [LOWERING, RAISING, z]
    assert [jump.drift for jump in FULL.dissipators] == [1.0, 1.0, 0.0]
    # S^- and S^+ together, at the angle of a squeezed bath, drive by the difference of squares.
    c, s = math.cos(0.4), math.sin(0.4)
    assert Dissipator("c", 1.0, Form(c + s, -1j * (c - s))).drift == pytest.approx(c**2 - s**2)


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (Term("own", 0.3, (NAMED["y"],)), {"field": (0, 0.3, 0)}),
        (Term("own", 0.6, (Form(x=0.5, z=-1.0),)), {"field": (0.3, 0, -0.6)}),
        (Term("own", 0.5, (NAMED["z"],) * 2, "bonds"), {"coupling": (0, 0, 3.0)}),
        (Term("own", (1.0, 2.0, 3.0, 4.0), (NAMED["x"],) * 2), {"twist": ([6, 12, 18, 24], 0, 0)}),
        (Dissipator("own", 0.25, LOWERING), {"decay": 1.5}),
        (Dissipator("own", (0.5, 0, 0, 0), RAISING, 6.0), {"gain": [0.5, 0, 0, 0]}),
        (Dissipator("own", 0.25, NAMED["z"]), {"dephasing": 0.25}),
    ],
)  # fmt: skip
def test_a_term_of_another_label_acts_like_the_word(term, words) -> None:
    own, plain = with_term(term), twoqs.Model(spin=3, lattice=RING, **words)
    for one, other in zip(graph_of(own), graph_of(plain), strict=True):
        for part, expected in zip(one, other, strict=True):
            np.testing.assert_array_equal(part, expected)
    assert fastest_rate(own) == pytest.approx(fastest_rate(plain), rel=1e-15)
    assert own.interacting == plain.interacting
    assert own.homogeneous == plain.homogeneous
    with pytest.raises(twoqs.ArgumentError, match="`own` must be left out for a simulation"):
        rates_of(own)  # until models of such terms can be written and stored


@pytest.mark.parametrize("forms", [(NAMED["x"], NAMED["y"]), (Form(x=1.0, y=1.0),) * 2])
@pytest.mark.parametrize("on", ["sites", "bonds"])
def test_what_kernels_cannot_do_is_refused(forms, on) -> None:
    with pytest.raises(twoqs.ArgumentError, match=r"`own` must be a product of S\^x, S\^y or S\^z"):
        graph_of(with_term(Term("own", 0.3, forms, on)))


def test_other_jump_operators_are_refused() -> None:
    model = with_term(Dissipator("decay", 0.3, Form(x=1.0)))
    with pytest.raises(twoqs.ArgumentError, match=r"`decay` must be S\^-, S\^\+ or S\^z"):
        rates_of(model)


def test_a_subclass_with_a_field_of_its_own_has_an_unknown_term() -> None:
    @dataclasses.dataclass(frozen=True)
    class Squeezed(twoqs.Model):
        squeezed: float = 0.0

    model = Squeezed(spin=2, decay=1.0, squeezed=0.5)
    assert [term.label for term in model.terms.values()] == ["decay", "squeezed"]
    assert [jump.label for jump in model.dissipators] == ["decay"]


def test_theory_has_the_operators_of_every_form() -> None:
    """Also those that kernels do not have; a product of two at one site is symmetrised."""
    x, y, z = (qutip.jmat(1.5, axis) for axis in "xyz")
    tilted, other = Form(x=0.5, z=-1.0), Form(y=2.0)

    def built(term: Term | Dissipator):
        model = Other(spin=1.5, lattice=twoqs.chain(2, periodic=False))
        object.__setattr__(model, "more", term)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(operators, "require_known", lambda *given: None)
            return operators.to_qutip(model)

    one = qutip.qeye(4)
    field, _ = built(Term("own", (0.3, 0.7), (tilted,)))
    sites = 0.3 * qutip.tensor(0.5 * x - z, one) + 0.7 * qutip.tensor(one, 0.5 * x - z)
    np.testing.assert_allclose(field.full(), sites.full(), atol=1e-14)
    pair, _ = built(Term("own", 0.3, (tilted, other), "bonds", 2.0))
    np.testing.assert_allclose(
        pair.full(), 0.15 * qutip.tensor(0.5 * x - z, 2 * y).full(), atol=1e-14
    )
    twist, _ = built(Term("own", 0.3, (NAMED["x"], NAMED["y"])))
    expected = 0.15 * (x * y + y * x)
    whole = qutip.tensor(expected, one) + qutip.tensor(one, expected)
    np.testing.assert_allclose(twist.full(), whole.full(), atol=1e-14)
    _, jumps = built(Dissipator("own", (0.0, 0.5), Form(x=1.0, y=0.5j)))
    assert len(jumps) == 1
    np.testing.assert_allclose(jumps[0].full(), qutip.tensor(one, x + 0.5j * y).full(), atol=1e-14)
