"""Parts of a sweep: together they are the sweep, without overlap, and share work evenly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sweeps import sweep

from twoqs.errors import ArgumentError
from twoqs.look.parts import labels_of, part_of
from twoqs.sweep import Sweep


def uneven(**changes: Any) -> Sweep:
    """Points whose batches take 4 to 18 ms, and differ in number."""
    cases = {"small": {"trajectories": 2048}, "large": {"model.lattice.chain.n": 400}}
    axes = {
        "omega": {"sets": "model.field.x", "values": [0.5, 1.0, 1.5]},
        "case": {"cases": cases},
    }
    model = {"spin": 10, "field": [0, 0, 0], "decay": 1.0, "lattice": {"chain": {"n": 3}}}
    return sweep(model=model, axes=axes, **changes)


def work(content: Sweep, **chosen: Any) -> dict[tuple[str, int], float]:
    """Seconds of each batch of a part."""
    part = part_of(content, chosen.get("part"), chosen.get("batches"), chosen.get("only"))
    assert part is not None
    own = part.of(content)
    return {
        (identity, batch): point.cost.seconds
        for identity, point in content.requirements.items()
        for batch in np.flatnonzero(own.of(point)).tolist()
    }


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("batches", [None, (1, None), (0, 3)])
def test_each_batch_is_in_one_part_and_work_is_even(count: int, batches: Any) -> None:
    """No two parts differ by more than the longest batch, which is what dealing can promise."""
    content = uneven()
    parts = [work(content, part=(k, count), batches=batches) for k in range(1, count + 1)]
    together = [one for part in parts for one in part]
    whole = work(content, batches=batches or (0, None))
    assert sorted(together) == sorted(whole)
    seconds = [sum(part.values()) for part in parts]
    longest = max(whole.values())
    assert longest > 4 * min(whole.values())
    assert max(seconds) - min(seconds) <= longest * (1 + 1e-9)  # sums of floats


def test_points_are_dealt_whole_where_results_tell_the_number_of_batches() -> None:
    wanted = uneven(target_se={"sz": 0.1})
    found = uneven(numerics={"average": "auto"})
    for content in (wanted, found):
        parts = [work(content, part=(k, 2)) for k in (1, 2)]
        points = [{identity for identity, _ in part} for part in parts]
        assert not points[0] & points[1]
        assert points[0] | points[1] == set(content.requirements)
    # The batches of a window that is not found yet are not known; those of a part are the first.
    assert {batch for _, batch in work(found, batches=(0, 1))} == {0}


def test_points_that_are_alike_share_their_batches() -> None:
    """The first case needs two batches of a point, the second one all four of the same point."""
    cases = {"few": {"trajectories": 512}, "many": {"trajectories": 1024}}
    content = sweep(axes={"case": {"cases": cases}})
    assert len(content.requirements) == 1
    assert [len(work(content, only={"case": name})) for name in cases] == [2, 4]


@pytest.mark.parametrize(
    ("texts", "chosen"),
    [
        (["omega=0.5"], [0.5]),
        (["omega=0.50000000001"], [0.5]),  # rounding is forgiven, as by data.twoqs.sel
        (["omega=1.0:"], [1.0, 1.5]),
        (["omega=:1"], [0.5, 1.0]),
        (["omega=0.7:1.2"], [1.0]),
        (["omega=1.5,0.5", "case=small"], [0.5, 1.5]),
    ],
)
def test_points_are_chosen_by_values(texts: list[str], chosen: list[float]) -> None:
    content = uneven()
    part = part_of(content, None, None, labels_of(content, texts))
    assert part is not None
    own = part.of(content)
    inside = {p.coordinates["omega"] for p in content.points if own.of(p).any()}
    assert sorted(inside) == chosen
    cases = {p.coordinates["case"] for p in content.points if own.of(p).any()}
    assert cases == ({"small"} if len(texts) > 1 else {"small", "large"})


def test_what_moves_together_is_chosen_by_one_of_its_values() -> None:
    parts = {
        "drive": {"sets": "model.field.x", "values": [0.5, 1.0, 1.5]},
        "loss": {"sets": "model.decay", "values": [1.0, 2.0, 2.0]},
    }
    content = sweep(axes={"both": {"zip": parts}})
    for only, places in (({"loss": 2.0}, (1, 2)), ({"drive": 0.5}, (0,)), ({"both": 1}, (1,))):
        part = part_of(content, None, None, only)
        assert part is not None
        assert part.only == {"both": places}
    with pytest.raises(ArgumentError, match=r"`only\.loss` must choose a value of the axis"):
        part_of(content, None, None, {"drive": 0.5, "loss": 2.0})


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"part": (0, 10)}, "`part` must be one of 1/10 to 10/10, but got '0/10'"),
        ({"part": (11, 10)}, "`part` must be one of 1/10 to 10/10, but got '11/10'"),
        ({"part": 3}, r"`part` must be two integers \(k, n\)"),
        ({"part": (1, 0)}, "`part` must be an integer of at least 1, but got 0"),
        ({"batches": (8, None)}, "`batches` must begin below 8, the number of batches"),
        ({"batches": (2, 2)}, "`batches` must be an integer of at least 3, but got 2"),
        ({"batches": 8}, r"`batches` must be two integers \(first, end\)"),
        ({"only": {"J_y": 1}}, r"`only` must name an axis \(omega, case\), but got 'J_y'"),
        ({"only": {"omega": 0.7}}, r"`only.omega` must be a value of the axis \(the nearest are"),
        ({"only": {"omega": slice(2, 3)}}, "`only.omega` must choose a value of the axis"),
        ({"only": {"case": "none"}}, "`only.case` must be one of small, large"),
        ({"only": ["case"]}, "`only` must be a dict of axes"),
    ],
)
def test_what_cannot_be_chosen(chosen: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        work(uneven(), **chosen)


def test_targets_tell_how_many_batches_there_are() -> None:
    with pytest.raises(ArgumentError, match="`batches` must be left out where standard errors"):
        work(uneven(target_se={"sz": 0.1}), batches=(0, 2))
