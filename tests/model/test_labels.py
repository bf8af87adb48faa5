"""Labels of jumps: names for what observables see, and no physics."""

from __future__ import annotations

import numpy as np
import pytest

from twoqs import Ensemble, Model, Sites, Spin, chain, collapse, cosine, each, jump, waveguide
from twoqs.errors import ArgumentError
from twoqs.simulation.canonical import model_text
from twoqs.sweep.settings import build_model

A, B = Spin(4, "a"), Spin(3, "b")
CHAIN = Sites(Spin(4), chain(3), "s")


def labels(model):
    return [one.label for one in model.operators.jumps]


def again(model):
    return build_model(model_text(model))


def test_a_label_is_kept_through_text():
    model = Model(jumps=[
        jump(A.minus + B.minus, 0.1, label="out"), collapse(0.3 * A.plus, label="pump"),
        jump([A.minus, B.minus], rates=np.eye(2), label="both"), jump(B.z, 0.1),
    ])  # fmt: skip
    assert labels(model) == labels(again(model)) == ["out", "pump", "both", None]
    assert again(model).digest == model.digest


def test_models_without_labels_are_what_they_were():
    """A label that is a word says no more than the word."""
    model = Model(spin=4, decay=0.8)
    assert Model(jumps=[jump(A.minus, 0.1)]) == model
    assert Model(jumps=[jump(A.minus, 0.1, label="decay")]) == model
    assert "label" not in model_text(model)
    assert labels(model) == ["decay"]


def test_a_label_of_its_own_makes_another_model():
    """Else a point whose observables name it would be one with that of another model."""
    plain, one, other = (
        Model(jumps=[jump(A.minus, 0.1, label=name)]) for name in (None, "one", "other")
    )
    assert len({plain, one, other}) == len({model.digest for model in (plain, one, other)}) == 3
    assert labels(one) == ["one"]


def test_words_are_labels():
    words = Model(spin=4, decay=0.8, gain=0.1, dephasing=0.2)
    assert labels(words) == ["decay", "gain", "dephasing"]
    joined = Model(hamiltonian=CHAIN[0].x * CHAIN[1].y, members=[CHAIN], decay=0.8)
    assert labels(joined) == labels(again(joined)) == ["decay"]
    typed = Model(hamiltonian=CHAIN[0].x * CHAIN[1].y, jumps=[jump(each(CHAIN.minus), 0.1)])
    assert joined == typed
    assert joined.digest == typed.digest
    assert labels(Model(spin=4, decay=cosine(0.1, 1.0, offset=0.5))) == ["decay"]


def test_light_has_a_label():
    light = waveguide([0, 1, 2], gamma=0.05, k=1)
    assert light.jump(CHAIN, label="guide").label == "guide"


def test_labels_are_shown():
    model = Model(jumps=[jump(A.minus, 0.1, label="out"), jump(A.z, 0.2, label="dephasing")])
    assert "jump out: a.minus   with rate 0.1" in str(model)
    assert "jump: a.z" in str(model)
    assert "(\\mathrm{out})" in model._repr_latex_()
    assert "label='out'" in repr(model.jumps[0])


@pytest.mark.parametrize("label", ["1", "a b", "", 3, "class", "each", "x" * 200])
def test_what_is_no_name_is_refused(label):
    with pytest.raises(ArgumentError, match="Argument `label` must"):
        jump(A.minus, 0.1, label=label)


def test_a_label_names_one_jump():
    twice = [jump(A.minus, 0.1, label="out"), jump(each(Ensemble(9, "e").minus), label="out")]
    with pytest.raises(ArgumentError, match=r"`jumps\[1\].label` must be that of one jump alone"):
        Model(jumps=twice)
    with pytest.raises(ArgumentError, match=r"`jumps\[1\].label` must be that of one jump alone"):
        Model(spin=4, decay=1.0, jumps=[jump(Spin(4).plus, label="decay")])
