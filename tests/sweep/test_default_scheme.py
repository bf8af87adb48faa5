"""The scheme of points that name none: by their spins, and said in the content of a sweep."""

from __future__ import annotations

from typing import Any

import pytest
from sweeps import small

from twoqs.sweep import Sweep


def sweep(**changes: Any) -> Sweep:
    """Two points, whose scheme is left out if the changes name none."""
    return Sweep.from_dict(
        small(axes={"omega": {"sets": "model.field.x", "values": [0.5, 1.5]}}, **changes)
    )


def schemes(found: Sweep) -> list[str]:
    return [point.numerics.scheme for point in found.points]


def ids(found: Sweep) -> list[str]:
    return [point.point_id for point in found.points]


@pytest.mark.parametrize(
    ("spin", "taken"), [(10, "conserving"), (1, "conserving"), (0.5, "discrete")]
)
def test_it_is_the_same_as_to_name_it(spin: float, taken: str) -> None:
    """Settings, identities and content: an old store, which names all, goes on growing."""
    left_out, named = sweep(model__spin=spin), sweep(model__spin=spin, numerics__scheme=taken)
    assert set(schemes(left_out)) == {taken}
    assert ids(left_out) == ids(named)
    assert [p.settings for p in left_out.points] == [p.settings for p in named.points]
    assert left_out.spec == named.spec
    assert list(left_out.spec["numerics"]) == list(named.spec["numerics"])


def test_a_named_scheme_stays_what_it_is() -> None:
    assert set(schemes(sweep(model__spin=0.5, numerics__scheme="conserving"))) == {"conserving"}
    assert set(schemes(sweep(model__spin=0.5, numerics__scheme="pda"))) == {"pda"}


def test_what_discrete_cannot_do_is_not_its_own() -> None:
    assert set(schemes(sweep(model__spin=0.5, model__twist=[1.0, 0, 0]))) == {"conserving"}


def test_points_of_one_sweep_may_have_several() -> None:
    """Then the content names none, and is read as the same sweep again."""
    axes = {"S": {"sets": "model.spin", "values": [0.5, 10]}}
    found = Sweep.from_dict(small(axes=axes))
    assert schemes(found) == ["discrete", "conserving"]
    assert "scheme" not in found.spec["numerics"]
    again = Sweep.from_dict(found.spec)
    assert ids(again) == ids(found)
    assert again.spec == found.spec


def test_cases_may_name_another_one() -> None:
    axes = {"case": {"cases": {"own": {}, "other": {"numerics.scheme": "conserving"}}}}
    found = Sweep.from_dict(small(axes=axes, model__spin=0.5))
    assert schemes(found) == ["discrete", "conserving"]
    assert found.spec["numerics"]["scheme"] == "discrete"
    assert ids(Sweep.from_dict(found.spec)) == ids(found)
