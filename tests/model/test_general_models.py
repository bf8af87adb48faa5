"""Models said in keywords, in operators or in both are one model, and all others differ."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twoqs import (
    Model,
    Parameter,
    Sites,
    Spin,
    all_to_all,
    bonds,
    chain,
    coherent,
    collapse,
    each,
    from_edges,
    jump,
    single,
    total,
)
from twoqs.flows.lowered import generators_of

A, B = Spin(3, "a"), Spin(6, "b")
S = Sites(Spin(2), chain(3), "s")
PAIR = Model(
    hamiltonian=0.1 * (A.plus * B.minus + A.minus * B.plus),
    jumps=[jump(A.minus + B.minus, 0.1)],
    initial={"a": "up"},
)

# --- Keywords and operators -----------------------------------------------------------------------

LATTICES = [
    single(), chain(3), chain(4, periodic=False), all_to_all(3),
    from_edges([(0, 1, 0.5), (1, 2, -1.5)]),
]  # fmt: skip
NUMBERS = st.integers(-3000, 3000).map(lambda n: n / 1000) | st.sampled_from([0.0, 0.1, 1e-7, 1e5])
"""With at most the 15 digits that survive the division by 2S."""
RATES = NUMBERS.map(abs)


@st.composite
def words(draw: st.DrawFn) -> dict[str, object]:
    """Keywords of a random model: numbers for all sites or bonds, or for each."""
    lattice = draw(st.sampled_from(LATTICES))

    def value(numbers: st.SearchStrategy[float], count: int) -> st.SearchStrategy[object]:
        listed = st.lists(numbers, min_size=count, max_size=count)
        return numbers | listed if count > 1 else numbers

    sites, edges = value(NUMBERS, lattice.n_sites), value(NUMBERS, lattice.n_edges)
    found: dict[str, object] = {
        "spin": draw(st.sampled_from([0.5, 3, 3.5, 10, 1000])),
        "lattice": lattice,
        "initial": draw(st.sampled_from(["up", "down", coherent(1.0, 0.5)])),
    }
    for name, strategy in {
        "field": st.tuples(sites, sites, sites),
        "twist": st.tuples(sites, sites, sites),
        "coupling": st.tuples(edges, edges, edges),
        "decay": value(RATES, lattice.n_sites),
        "gain": value(RATES, lattice.n_sites),
        "dephasing": value(RATES, lattice.n_sites),
    }.items():
        if (lattice.n_edges or name != "coupling") and draw(st.booleans()):
            found[name] = draw(strategy)
    return found


@settings(max_examples=150, deadline=None, derandomize=True)
@given(words())
def test_operators_of_keywords_are_the_keywords(found):
    model = Model(**found)
    energy, jumps = model.operators
    again = Model(members=model.members, hamiltonian=energy, jumps=jumps, initial=model.initial)
    assert not again.general
    assert again.members == model.members
    assert again == model
    assert again.digest == model.digest
    assert hash(again) == hash(model)


def test_numbers_of_more_digits_are_equal_to_rounding():
    """Two floats over 2S may be one: which of them was meant is not known."""
    model = Model(3, twist=(1 / 3, 0, 0), decay=2 / 3, dephasing=1 / 3)
    energy, jumps = model.operators
    again = Model(members=model.members, hamiltonian=energy, jumps=jumps)
    assert again.twist[0] == pytest.approx(1 / 3, rel=1e-14)
    assert again.decay == pytest.approx(2 / 3, rel=1e-14)
    assert again.dephasing == 1 / 3


@pytest.mark.parametrize(
    ("operators", "said"),
    [
        ({"hamiltonian": 0.3 * A.x}, {"spin": 3, "field": (0.3, 0, 0)}),
        ({"hamiltonian": 0.1 * A.x**2 - 0.2 * A.z**2}, {"spin": 3, "twist": (0.6, 0, -1.2)}),
        ({"jumps": [jump(A.minus, 0.1)]}, {"spin": 3, "decay": 0.6}),
        ({"jumps": [jump(2 * A.minus, 0.1)]}, {"spin": 3, "decay": 2.4}),
        ({"jumps": [jump(1j * A.plus, 0.1)]}, {"spin": 3, "gain": 0.6}),
        ({"jumps": [jump(A.z, 0.1)]}, {"spin": 3, "dephasing": 0.1}),
        ({"jumps": [collapse(A.minus)]}, {"spin": 3, "decay": 3}),
        ({"jumps": [jump(A.minus, 0.1), jump(A.minus, 0.2)]}, {"spin": 3, "decay": 1.8}),
        ({"hamiltonian": 0.2 * (A.plus + A.minus)}, {"spin": 3, "field": (0.4, 0, 0)}),
        ({"hamiltonian": S.x}, {"spin": 2, "lattice": chain(3), "field": (1, 0, 0)}),
        ({"hamiltonian": S[1].x}, {"spin": 2, "lattice": chain(3), "field": ([0, 1, 0], 0, 0)}),
        (
            {"hamiltonian": each(S.z**2, [1, 2, 3])},
            {"spin": 2, "lattice": chain(3), "twist": (0, 0, [4, 8, 12])},
        ),
        (
            {"hamiltonian": bonds(S.x, S.x, 0.5) + bonds(S.z, S.z, [1, 2, 3])},
            {"spin": 2, "lattice": chain(3), "coupling": (2, 0, [4, 8, 12])},
        ),
        (
            {"jumps": [jump(each(S.minus), 0.25)]},
            {"spin": 2, "lattice": chain(3), "decay": 1},
        ),
        (
            {"jumps": [jump(S[2].minus, 0.25), jump(S[0].minus, 0.5)]},
            {"spin": 2, "lattice": chain(3), "decay": [2, 0, 1]},
        ),
        ({"hamiltonian": 0 * A.x, "members": [A]}, {"spin": 3}),
    ],
)  # fmt: skip
def test_what_keywords_say_becomes_keywords(operators, said):
    model, keywords = Model(**operators), Model(**said)
    assert model == keywords
    assert model.digest == keywords.digest
    assert hash(model) == hash(keywords)
    assert not model.general


@pytest.mark.parametrize(
    "operators",
    [
        {"hamiltonian": A.x * A.y + A.y * A.x},  # a tensor
        {"jumps": [jump(A.minus + 0.5 * A.z, 0.1)]},  # a mixed jump
        {"jumps": [jump(A.x, 0.1)]},
        {"hamiltonian": S.x**2},  # the square of a sum
        {"hamiltonian": bonds(S.x, S.y)},
        {"hamiltonian": S[0].x * S[2].x},
        {"jumps": [jump(S.minus, 0.1)]},  # a bath of all sites
        {"jumps": [jump(each(S.minus + S.z), 0.1)]},
        {"jumps": [jump([S[0].minus, S[1].minus], rates=[[1, 0.5], [0.5, 1]])]},
        {"hamiltonian": A.x, "members": [A, B]},
    ],
)
def test_what_they_cannot_say_stays(operators):
    model = Model(**operators)
    assert model.general
    assert model.decay == 0
    assert "hamiltonian" in model.terms or "jumps" in model.terms or len(model.members) == 2
    again = Model(members=model.members, initial=model.initial, **model.operators._asdict())
    assert again == model
    assert again.digest == model.digest


def test_keywords_and_operators_together():
    lattice = {"spin": 2, "lattice": chain(3)}
    mixed = Model(members=[S], decay=1.0, hamiltonian=0.3 * S.x)
    assert mixed == Model(**lattice, decay=1.0, field=(0.3, 0, 0))
    twice = Model(members=[S], decay=1.0, jumps=[jump(each(S.minus), 0.25)])
    assert twice == Model(**lattice, decay=2.0)
    general = Model(members=[S], decay=1.0, hamiltonian=bonds(S.x, S.y))
    assert general == Model(
        hamiltonian=bonds(S.y, S.x), jumps=[jump(each(S.minus), 0.25)], members=[S]
    )
    assert general.decay == 0, "it is in the jumps"


# --- One model, typed in several ways -------------------------------------------------------------


def test_however_a_formula_was_typed():
    typed = Model(
        hamiltonian=0.2 * (B.y * A.y + A.x * B.x),
        jumps=[jump(B.minus + A.minus, 0.1)],
        initial={"b": "down", "a": coherent(0.0)},
        members=(A, B),
    )
    assert typed == PAIR
    assert typed.digest == PAIR.digest
    assert hash(typed) == hash(PAIR)
    assert repr(typed) == repr(PAIR)


def test_members_are_in_the_order_of_their_names_or_as_listed():
    assert [member.name for member in Model(hamiltonian=B.x * A.x).members] == ["a", "b"]
    listed = Model(hamiltonian=B.x * A.x, members=[B, A])
    assert [member.name for member in listed.members] == ["b", "a"]
    assert listed.spins.tolist() == [6, 3]
    # The order is that of the results: another dataset.
    assert listed.digest != Model(hamiltonian=B.x * A.x).digest


def test_parameters_are_numbers_with_a_name():
    """Equal digests, for equal results; what an axis can set is told apart."""
    lam = Parameter("lam", 0.2)
    named = Model(
        hamiltonian=lam * (A.x * B.x + A.y * B.y),
        jumps=[jump(A.minus + B.minus, lam / 2)],
        initial={"a": "up"},
    )
    assert named.digest == PAIR.digest
    assert named != PAIR
    assert "lam*a.x*b.x" in str(named)
    other = Model(hamiltonian=Parameter("mu", 0.2) * A.x * B.x)
    assert other.digest == Model(hamiltonian=0.2 * A.x * B.x).digest
    assert Model(hamiltonian=lam * A.x) == Model(3, field=(0.2, 0, 0))


DIFFERENT = [
    PAIR,
    replace(PAIR, initial="down"),
    replace(PAIR, jumps=[jump(A.minus + B.minus, 0.2)]),
    replace(PAIR, jumps=[jump(A.minus, 0.1), jump(B.minus, 0.1)]),
    replace(PAIR, jumps=[jump(A.minus + 1j * B.minus, 0.1)]),
    replace(PAIR, jumps=[jump([A.minus, B.minus], rates=[[1, 0.5], [0.5, 1]])]),
    replace(PAIR, jumps=[jump([A.minus, B.minus], rates=[[1, 0.5j], [-0.5j, 1]])]),
    replace(PAIR, jumps=[jump([A.minus, B.minus], 0.3, rates=[[1, 0.5], [0.5, 1]])]),
    replace(PAIR, jumps=()),
    replace(PAIR, hamiltonian=0.3 * A.x * B.x),
    replace(PAIR, hamiltonian=None),
    Model(hamiltonian=0.2 * (A.x * Spin(7, "b").x), initial={"a": "up"}),
    Model(members=[A, B]),
    Model(members=[A, Spin(6, "c")]),
    Model(members=[A, Sites(Spin(6), single(), "b")]),
    Model(members=[A, Sites(Spin(6), chain(3), "b")]),
    Model(members=[A, Sites(Spin(6), chain(3, periodic=False), "b")]),
    Model(members=[A], hamiltonian=A.x * A.y + A.y * A.x),
    Model(members=[S], jumps=[jump(S.minus)]),
    Model(members=[S], jumps=[jump(each(S.minus + S.z))]),
    Model(members=[S], jumps=[jump(S.minus + S.z)]),
    Model(members=[S], jumps=[jump(total(S.minus, [1, 1, -1]))]),
    Model(members=[S], hamiltonian=bonds(S.x, S.y)),
    Model(members=[S], hamiltonian=bonds(S.x, S.y, directed=True)),
    Model(3, field=(0.2, 0, 0)),
]


def test_different_models_differ():
    assert len({model.digest for model in DIFFERENT}) == len(DIFFERENT)
    assert len(set(DIFFERENT)) == len(DIFFERENT)


@pytest.mark.parametrize("model", DIFFERENT)
def test_copies_are_equal(model):
    for copied in (pickle.loads(pickle.dumps(model)), replace(model)):
        assert copied == model
        assert hash(copied) == hash(model)
        assert copied.digest == model.digest
    assert replace(model, initial="up") == replace(replace(model, initial="down"), initial="up")


def test_jumps_in_another_order_are_another_run():
    """The order of the flows of a step is theirs: equal to its order, not to the bit."""
    one = replace(PAIR, jumps=[jump(A.minus, 0.1), jump(B.minus, 0.2)])
    other = replace(PAIR, jumps=[jump(B.minus, 0.2), jump(A.minus, 0.1)])
    assert one.digest != other.digest


# --- What it says of itself -----------------------------------------------------------------------


def test_text_shows_what_was_typed():
    assert str(PAIR).splitlines() == [
        "a: S = 3, initially up",
        "b: S = 6, initially down",
        "H = 0.2*a.x*b.x + 0.2*a.y*b.y",
        "jump: a.minus + b.minus   with rate 0.1",
    ]
    assert str(Model(3, decay=1.5)).splitlines() == [
        "spin: S = 3, initially down", "H = 0", "jump: spin.minus   with rate 0.25",
    ]  # fmt: skip
    assert "s: S = 2 on Lattice(chain 3, periodic, 3 bonds)" in str(Model(hamiltonian=S.x**2))
    assert "hamiltonian=0.2*a.x*b.x + 0.2*a.y*b.y" in repr(PAIR)


def test_lengths_and_sizes():
    model = Model(hamiltonian=S.x * A.x, members=[S, A])
    assert model.spins.tolist() == [2, 2, 2, 3]
    assert (model.spin, model.n_sites, model.lattice.n_edges) == (3, 4, 0)
    assert model.homogeneous  # the sites of each member are alike
    assert not Model(hamiltonian=S[0].x * A.x, members=[S, A]).homogeneous
    assert model.interacting
    assert not Model(members=[S, A], jumps=[jump(S.minus + A.minus)]).interacting
    assert len(generators_of(model).squares) + len(generators_of(model).bonds) > 0
