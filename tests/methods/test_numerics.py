"""Settings: what is filled in, what is refused and in which words, steps, and identities."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError
from twoqs.methods import METHODS
from twoqs.methods.numerics import (
    INTERACTION_DIFFUSION,
    STEPS_PER_SAMPLE,
    Numerics,
    resolve,
)
from twoqs.methods.quickest import fastest_rate
from twoqs.simulation.batch import run_batch
from twoqs.simulation.block import TrajectoryBlock

DRIVEN = twoqs.Model(spin=10, field=(2.0, 0, 0), decay=0.5)
COUPLED = twoqs.Model(spin=10, lattice=twoqs.chain(4), coupling=(0.5, -0.8, 0), decay=1.0)
TWISTED = twoqs.Model(spin=10, twist=(1.0, 0, 0), decay=0.1)
FREE = twoqs.Model(spin=10)
HALF = replace(DRIVEN, spin=0.5)


def driven(scheme):
    """A driven spin that the scheme takes."""
    return HALF if scheme == "discrete" else DRIVEN


def refusal(model, **settings):
    with pytest.raises(ArgumentError) as caught:
        resolve(model, Numerics(**({"times": (1.0,)} | settings)))
    return str(caught.value)


# --- What is filled in ----------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", METHODS)
def test_default_step_resolves_the_fastest_rate(scheme):
    numerics = resolve(driven(scheme), Numerics(scheme=scheme, times=(1.0,)))
    assert numerics.step == pytest.approx(METHODS[scheme].default_step / 2.0, rel=1e-12)
    assert numerics.step < METHODS[scheme].largest_step / 2.0


def test_a_model_without_rates_takes_any_step():
    assert fastest_rate(FREE) == 0
    assert resolve(FREE, Numerics(times=(3.0,))).step == 1.0
    assert resolve(FREE, Numerics(times=(3.0,), step=1e6)).n_steps == 1


def test_given_values_are_kept_and_the_result_is_stable():
    wanted = Numerics(scheme="pda", representation="Q", step=0.01, average=(2.0, 3.0), samples=7)
    numerics = resolve(DRIVEN, wanted)
    assert numerics == wanted
    assert resolve(DRIVEN, numerics) == numerics


def test_samples_of_a_window():
    numerics = resolve(DRIVEN, Numerics(average=(10.0, 210.0), step=0.1))
    assert numerics.samples == 1 + math.ceil(200.0 / (STEPS_PER_SAMPLE * 0.1))
    assert numerics.sample_times == pytest.approx(np.linspace(10, 210, 101).tolist(), abs=1e-12)
    assert numerics.saved_times == 1
    # a short one has more than one every 20 steps, at most one every step
    assert resolve(DRIVEN, Numerics(average=(10.0, 20.0), step=0.1)).samples == 51
    assert resolve(DRIVEN, Numerics(average=(10.0, 11.0), step=0.125)).samples == 9
    assert resolve(DRIVEN, Numerics(average=(5.0, 5.0), step=0.1)).sample_times == (5.0,)
    assert resolve(DRIVEN, Numerics(average=(0.0, 1e-3), step=0.1)).sample_times == (0.0, 1e-3)


# --- The fastest rate -----------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.3, 1, 1.6, 2, 4.999, 5, 5.001, 1000 / 3])
def test_steps_fill_the_time_and_are_not_too_long(ratio):
    step = 0.1
    numerics = Numerics(times=(ratio * step, 2 * ratio * step + 0.03), step=step)
    segments = numerics.segments()
    assert len(segments) == 2
    previous = 0.0
    for (count, length), time in zip(segments, numerics.times, strict=True):
        assert count == math.ceil(round((time - previous) / step, 9))
        assert count * length == pytest.approx(time - previous, rel=1e-14)
        assert length <= step * (1 + 1e-11)
        previous = time
    assert numerics.n_steps == sum(count for count, _ in segments)


def test_no_step_is_added_by_rounding():
    """0.3/0.1 is 2.9999999999999996, and 0.7 - 0.6 more than 0.1."""
    times = tuple(k / 10 for k in range(1, 101))
    numerics = Numerics(times=times, step=0.1)
    assert numerics.n_steps == 100
    assert [count for count, _ in numerics.segments()] == [1] * 100
    assert Numerics(times=times, step=0.05).n_steps == 200
    assert Numerics(times=times, step=0.09).n_steps == 200


def test_time_zero_takes_no_step():
    assert Numerics(times=(0.0, 1.0), step=0.25).segments() == [(0, 0.0), (4, 0.25)]
    assert Numerics(average=(0.0, 0.0), samples=1, step=0.25).segments() == [(0, 0.0)]


def test_a_window_has_its_samples_where_they_belong():
    numerics = Numerics(average=(2.0, 3.0), samples=4, step=0.1)
    ends = np.cumsum([count * step for count, step in numerics.segments()])
    np.testing.assert_allclose(ends, np.linspace(2, 3, 4), rtol=1e-12)  # rounding
    assert [count for count, _ in numerics.segments()] == [20, 4, 4, 4]


def test_a_run_takes_the_steps_that_were_counted(monkeypatch):
    """Of one block, counted where they are taken."""
    taken = []
    sample = TrajectoryBlock.sample

    def count(self, segment, samples, *arguments):
        taken.extend([(segment.steps, segment.step)] * samples)
        sample(self, segment, samples, *arguments)

    monkeypatch.setattr(TrajectoryBlock, "sample", count)
    numerics = resolve(DRIVEN, Numerics(times=(0.0, 0.13, 1.0), step=0.05))
    monkeypatch.setattr("twoqs.simulation.batch.MOST_BLOCKS", 1)
    run_batch(DRIVEN, numerics, 0, 0)
    assert taken == numerics.segments()
    assert sum(steps for steps, _ in taken) == 3 + 18


# --- Identity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spin", "changes", "text"),
    [
        (10, {"precision": "half"}, "be one of double, single, but got 'half'"),
        (10, {"precision": None}, "be one of double, single, but got None"),
        (
            10,
            {"precision": "single", "scheme": "euler-maruyama"},
            'be "double" for the scheme "euler-maruyama", but got \'single\'',
        ),
        (2e6, {"precision": "single"}, "be \"double\" for spins above 1000000, but got 'single'"),
    ],
)
def test_precision_that_cannot_be(spin, changes, text):
    numerics = Numerics(times=(1.0,), **changes)
    with pytest.raises(ArgumentError, match=re.escape(f"Argument `precision` must {text}")):
        resolve(twoqs.Model(spin=spin, decay=1.0), numerics)


@pytest.mark.parametrize("representation", ["P", "Q"])
def test_conserving_is_for_wigner_only(representation):
    message = refusal(DRIVEN, representation=representation)
    assert message.startswith('Argument `representation` must be "W" for the scheme "conserving"')
    assert f"got '{representation}'" in message
    assert "cross term" in message  # the reason


@pytest.mark.parametrize("scheme", ["pda", "euler-maruyama"])
@pytest.mark.parametrize("representation", ["P", "Q"])
@pytest.mark.parametrize("model", [COUPLED, TWISTED], ids=["coupling", "twist"])
def test_interactions_in_p_and_q_need_a_word(model, representation, scheme):
    settings = {"scheme": scheme, "representation": representation}
    message = refusal(model, **settings)
    assert "second-order derivatives" in message
    assert 'neglect="interaction-diffusion"' in message
    numerics = Numerics(times=(1.0,), neglect=INTERACTION_DIFFUSION, **settings)
    assert resolve(model, numerics).method.k in (1, -1)
    # without interactions nothing is lost, and nothing is asked for
    assert resolve(DRIVEN, Numerics(times=(1.0,), **settings)).representation == representation
    assert resolve(model, Numerics(times=(1.0,), scheme=scheme)).method.k == 0


@pytest.mark.parametrize("scheme", METHODS)
def test_too_large_a_step_is_refused_by_its_rate(scheme):
    largest = METHODS[scheme].largest_step / 2.0
    model = driven(scheme)
    message = refusal(model, scheme=scheme, step=1.01 * largest)
    assert message.startswith(f"Argument `step` must be at most {largest:.3g} for the scheme")
    assert "the fastest rate of this model is 2," in message
    assert resolve(model, Numerics(scheme=scheme, times=(1.0,), step=largest)).step == largest


@pytest.mark.parametrize("step", [0, -0.1, math.nan, math.inf, "0.1", True])
def test_steps_that_are_none(step):
    assert refusal(DRIVEN, step=step) == (
        f"Argument `step` must be a positive number, but got {step!r}."
    )


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ((), "hold at least one time"),
        ((1.0, 0.5), "increase"),
        ((1.0, 1.0), "increase"),
        ((-0.1, 1.0), "be finite, from 0 on"),
        ((0.0, math.nan), "be finite, from 0 on"),
        ((0.0, math.inf), "be finite, from 0 on"),
        (("1",), "be finite, from 0 on"),
    ],
)
def test_times_that_make_no_sense(times, words):
    assert refusal(DRIVEN, times=times) == f"Argument `times` must {words}, but got {times!r}."


def test_one_and_only_one_of_times_and_average():
    for settings in ({"times": None}, {"times": (1.0,), "average": (0.0, 1.0)}):
        assert "Argument `times` or `average` must be given, one and only" in refusal(
            DRIVEN, **settings
        )


@pytest.mark.parametrize("average", [(2.0, 1.0), (-1.0, 1.0), (0.0, math.nan), (0.0, math.inf)])
def test_windows_that_make_no_sense(average):
    message = refusal(DRIVEN, times=None, average=average)
    assert "`average` must be a window (start, end) with 0 <= start <= end" in message
    assert repr(average) in message


@pytest.mark.parametrize("samples", [0, 1, -3, 2.0, "5"])
def test_samples_that_make_no_sense(samples):
    message = refusal(DRIVEN, times=None, average=(0.0, 1.0), samples=samples)
    assert message == f"Argument `samples` must be an integer of at least 2, but got {samples!r}."


def test_samples_go_with_a_window():
    assert "`samples` must go with `average` only" in refusal(DRIVEN, samples=3)
    instant = Numerics(average=(1.0, 1.0), samples=1)
    assert resolve(DRIVEN, instant).sample_times == (1.0,)


def test_unknown_names():
    assert (
        "`scheme` must be one of conserving, discrete, pda, euler-maruyama, but got 'euler'"
        in refusal(DRIVEN, scheme="euler")
    )
    assert '`representation` must be "P", "W" or "Q", but got \'R\'' in refusal(
        DRIVEN, representation="R"
    )
    message = refusal(DRIVEN, observables=("correlations",))
    assert "`observables` must name only correlation, sites (others are mappings" in message
    assert "but got 'correlations'" in message
    assert '`neglect` must be left out or "interaction-diffusion"' in refusal(
        DRIVEN, neglect="everything"
    )


@pytest.mark.parametrize(
    "lattice",
    [twoqs.single(), twoqs.all_to_all(3), twoqs.from_edges([(0, 1)])],
    ids=["single", "all to all", "graph"],
)
def test_correlations_need_distances(lattice):
    model = twoqs.Model(spin=4, lattice=lattice, decay=1.0)
    message = refusal(model, observables=("correlation",))
    assert 'must not name "correlation" for the lattice' in message
    assert "chains, square and cubic lattices only" in message


def test_seeds_that_are_none():
    numerics = resolve(DRIVEN, Numerics(times=(0.1,)))
    for seed in (-1, 1.5):
        with pytest.raises(ArgumentError, match="`seed` must be an integer from 0 on"):
            run_batch(DRIVEN, numerics, seed, 0)
