"""Claims about deviations: read, checked, and able to fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twoqs
from twoqs.cli import main
from twoqs.look.validation import Claim, check, claims_for, read_claims, read_subjects

FILE = Path(__file__).parents[2] / "config" / "claims.yaml"


def table(**columns):
    """Five values, off by 0, 1, 2, 3 and 4 per cent of S = 100, with errors of 1 per cent."""
    base = {
        "time": [0.0, 1.0, 2.0, 3.0, 4.0],
        "spin": 100.0,
        "scheme": ["pda", "pda", "conserving", "conserving", "conserving"],
        "variable": "sz",
        "value": [50.0, 51.0, 52.0, 53.0, 54.0],
        "standard_error": 1.0,
        "reference": 50.0,
        "method": "master equation",
    }
    frame = pd.DataFrame(base | columns)
    off = frame.value - frame.reference
    return frame.assign(scale=100.0, z=off / frame.standard_error, deviation=off / 100)


def claim(**changes):
    return Claim(
        **({"name": "c", "says": "it", "variables": ["sz"], "percent": 1, "errors": 1} | changes)
    )


@pytest.mark.parametrize(
    ("changes", "values", "outside"),
    [
        ({}, 5, 2),
        ({"percent": 3}, 5, 0),
        ({"percent": 0}, 5, 3),
        ({"errors": 3}, 5, 0),
        ({"percent": 2, "relative": True}, 5, 2),  # of 50: 2 % and an error are 4 %
        ({"where": {"scheme": "pda"}}, 2, 0),
        ({"where": {"scheme": ["pda", "conserving"], "spin": 100}}, 5, 2),
        ({"between": {"time": [0, 2]}}, 3, 0),
        ({"variables": ["sx"]}, 0, 0),
        ({"where": {"spin": 10}}, 0, 0),
    ],
)
def test_values_beyond_the_limits_are_counted(changes, values, outside):
    (verdict,) = check(table(), [claim(**changes)])
    assert (verdict.values, verdict.outside) == (values, outside)
    assert verdict.holds == (values > 0 and outside == 0)


def test_the_worst_value_is_named():
    (verdict,) = check(table(), [claim()])
    assert verdict.worst["time"] == 4.0
    assert verdict.largest_percent == pytest.approx(4)
    assert verdict.largest_z == pytest.approx(4)
    assert "does not hold: 2 of 5" in str(verdict)


def test_what_is_known_to_fail_is_no_surprise():
    found = check(table(), [claim(), claim(expected=False), claim(percent=9, expected=False)])
    assert [verdict.surprises for verdict in found] == [True, False, False]
    assert "does not hold" in str(found[0])
    assert "not met (known limit)" in str(found[1])


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"percent": 4, "errors": 0}, "holds"),
        ({"percent": 3, "errors": 1}, "holds within the noise"),
        ({"percent": 3, "errors": 0}, "does not hold"),
        ({"percent": 4, "errors": 0, "expected": False}, "met"),
        ({"percent": 3, "errors": 1, "expected": False}, "met within the noise"),
        ({"percent": 3, "errors": 0, "expected": False}, "not met (known limit)"),
    ],
)
def test_a_verdict_says_whether_noise_alone_lets_it_hold(changes, state):
    (verdict,) = check(table(), [claim(**changes)])
    assert verdict.state == state
    assert str(verdict).startswith(f"c: {state}: ")


def test_a_figure_may_have_a_title_and_a_note(tmp_path):
    path = tmp_path / "claims.yaml"
    one = "[{name: a, says: x, variables: [sz], percent: 1, errors: 1}]"
    path.write_text(f"fig1: {one}\nfig2: {{title: decay, note: Why., claims: {one}}}\n")
    found = read_subjects(path)
    assert (found["fig1"].title, found["fig1"].note) == ("", "")
    assert (found["fig2"].title, found["fig2"].note) == ("decay", "Why.")
    assert found["fig1"].claims == found["fig2"].claims == read_claims(path)["fig2"]


def test_values_that_are_not_finite_are_outside():
    for column in ("value", "standard_error"):
        for wrong in (np.nan, np.inf):
            if column == "standard_error" and np.isnan(wrong):
                continue  # one trajectory group: an unknown error counts as none
            broken = table()
            broken.loc[4, column] = wrong
            (verdict,) = check(broken, [claim(percent=100)])
            assert verdict.outside == 1


def test_a_reference_of_zero_hides_nothing():
    (verdict,) = check(table(reference=0.0, scale=0.0), [claim(percent=1)])
    assert verdict.outside == 5


def test_only_times_up_to_the_optimum():
    """The predicted one: that of the simulation may be hidden by noise."""
    squeezing = table(variable="squeezing", reference=[1.0, 0.5, 0.7, 0.6, 0.8])
    both = pd.concat([table(), squeezing], ignore_index=True)
    (verdict,) = check(both, [claim(until_optimum=True)])
    assert verdict.values == 4


def test_a_claim_about_nothing_that_is_there_is_refused():
    with pytest.raises(twoqs.ArgumentError, match="`c` must be about columns"):
        check(table(), [claim(where={"colour": 1})])
    with pytest.raises(twoqs.ArgumentError, match=r"c\.between"):
        check(table(), [claim(between={"scheme": [0, 1]})])
    with pytest.raises(twoqs.ArgumentError, match=r"c\.until_optimum"):
        check(table(), [claim(until_optimum=True)])


def test_claims_are_found_by_the_name_of_the_sweep():
    claims = {"fig1": [claim()], "fig10": [claim(name="d")], "fig1-fine": [claim(name="e")]}
    assert claims_for(claims, "fig1-fine")[0].name == "e"
    assert claims_for(claims, "fig1-preview")[0].name == "c"
    assert claims_for(claims, "fig10")[0].name == "d"
    with pytest.raises(twoqs.ArgumentError, match="`claims`"):
        claims_for(claims, "fig2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fig1:\n  - {name: a}\n", "percent"),
        ("fig1:\n  - {name: A b, says: x, variables: [sz], percent: 1, errors: 1}\n", "name"),
        ("fig1:\n  - {name: a, says: x, variables: [], percent: 1, errors: 1}\n", "variables"),
        ("fig1:\n  - {name: a, says: x, variables: [sz], percent: -1, errors: 1}\n", "percent"),
        ("fig1:\n  - {name: a, says: x, variables: [sz], percent: 1, errors: 1, q: 2}\n", "q"),
        ("fig1:\n  - {name: a, says: x, variables: [ss], percent: 1, errors: 1}\n", "'ss'"),
        ("fig1: []\n", "fig1"),
        ("fig1: {titel: x, claims: [{}]}\n", "did you mean `title`"),
        ("fig1: {title: x}\n", "`fig1.claims`"),
        ("fig1: {note: 1, claims: [{}]}\n", "`fig1.note` must be text"),
        ("fig1: {claims: [{name: a, sais: x}]}\n", "did you mean `says`"),
        ("fig1: [\n", "YAML"),
        ("- 1\n", "claims.yaml"),
        (
            "fig1:\n"
            "  - {name: a, says: x, variables: [sz], percent: 1, errors: 1}\n"
            "  - {name: a, says: x, variables: [sz], percent: 1, errors: 1}\n",
            "once",
        ),
    ],
)
def test_bad_files_are_refused(tmp_path, text, message):
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    with pytest.raises(twoqs.ArgumentError, match=message):
        read_claims(path)


def test_every_figure_has_claims_and_every_failure_a_reason():
    claims = read_claims(FILE)
    assert list(claims) == [f"fig{number}" for number in range(1, 8)]
    for own in claims.values():
        assert any(one.expected for one in own)
        for one in own:
            assert one.expected or one.because
            # A claim that is not expected to hold is no promise: it says what was tested.
            assert one.says.startswith("Whether ") != one.expected
    assert all(subject.title for subject in read_subjects(FILE).values())


def test_claims_on_the_command_line(results, tmp_path, capsys):
    claims = tmp_path / "claims.yaml"
    text = "fig2:\n  - {{name: c, says: it, variables: [sx], percent: {}, errors: 0}}\n"
    arguments = ["validate", str(results / "fig2"), "--claims", str(claims)]
    claims.write_text(text.format(100))
    assert main(arguments) == 0
    assert "c: holds: 0 of" in capsys.readouterr().out
    claims.write_text(text.format(0))
    assert main(arguments) == 1
    assert "c: does not hold" in capsys.readouterr().out
    claims.write_text(text.replace("fig2", "fig3").format(0))
    assert main(arguments) == 2
