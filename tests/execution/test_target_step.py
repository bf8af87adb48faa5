"""Targets of the bias of the step: steps are halved until records tell that they are met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeps import merged_bytes, small, sweep, write_spec

from twoqs.cli import main
from twoqs.execution.plan import plan
from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import open as open_sweep
from twoqs.model.limits import MOST_HALVINGS
from twoqs.store import Store, verify
from twoqs.store.rounds import ROUNDS
from twoqs.sweep import Sweep
from twoqs.sweep.problems import SpecError
from twoqs.sweep.work import Result, Serial, Task, execute

SERIAL = Workers(count=0)
TARGET = 0.02
"""Of sz: met at once with a weak drive. With a strong one the step is so long that nothing runs at
twice of it."""
AXES = {"omega": {"sets": "model.field.x", "values": [0.1, 1.5]}}
NUMERICS = {"times": [1, 3, 5], "step": 0.2}


def wanting(**changes: Any) -> Sweep:
    """One spin, driven weakly and strongly, with a target."""
    own = {"target_step": {"sz": TARGET}, "axes": AXES, "numerics": NUMERICS, "model__spin": 50}
    return sweep(**{**own, **changes})


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of an undisturbed serial run with a target; to read only."""
    path = tmp_path_factory.mktemp("steps") / "met"
    assert not carry_out(wanting(), path, SERIAL, quiet=True).missed
    return path


def test_steps_are_halved_where_their_bias_is_large(met: Path, tmp_path: Path) -> None:
    data = open_sweep(met).load()
    weak, strong = data.step.values
    assert weak == 0.2
    assert strong < 0.1
    assert (np.maximum(abs(data.sz_step), data.sz_step_se) <= TARGET).all()
    assert (data.trajectories == 1024).all(), "the first round has twins"
    assert list(verify(met)) == []
    assert "met at 2 of 2 points" in plan(wanting(), met)
    # The point is the one whose file says that step.
    numerics = {**NUMERICS, "step": float(strong)}
    plain = wanting(target_step=None, numerics=numerics, trajectories=1024)
    carry_out(plain, tmp_path / "plain", SERIAL, quiet=True)
    other = open_sweep(tmp_path / "plain").isel(omega=1)
    for name in ("point_id", "sz", "sz_se", "sz_step"):
        assert np.array_equal(other[name], data.isel(omega=1)[name])


class Backwards(Serial):
    """Runs tasks in the other order, and stops after a number."""

    def __init__(self, most: int) -> None:
        self.left = most

    def run(self, tasks: Iterable[Task], *others: Any, **settings: Any) -> Iterator[list[Result]]:
        for task in reversed(list(tasks)):
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            yield [execute(task)]


def test_neither_order_nor_interruptions_change_a_byte(
    met: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most in (3, 7, 1000):  # in the first round, in the second one, never
        engine = Backwards(most)
        monkeypatch.setattr(
            "twoqs.execution.run.engine_for", lambda _, engine=engine: nullcontext(engine)
        )
        with nullcontext() if most == 1000 else pytest.raises(KeyboardInterrupt):
            carry_out(wanting(), tmp_path / "s", quiet=True)
        (tmp_path / "s" / ROUNDS).unlink(missing_ok=True)
    assert merged_bytes(tmp_path / "s") == merged_bytes(met)


def test_a_target_that_is_out_of_reach_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("twoqs.store.rounds.MOST_HALVINGS", 1)
    changes = {"target_step": None, "axes": AXES, "numerics": NUMERICS, "model__spin": 50}
    spec = write_spec(tmp_path / "s.yaml", small(**changes))
    options = ["--target-step", "sz=1e-6", "--store", str(tmp_path / "s"), "--workers", "0"]
    assert main(["run", str(spec), *options, "--quiet"]) == 1
    told = capsys.readouterr().err
    assert "target missed: omega=0.1: the bias of the step" in told
    (weak, strong) = Store(tmp_path / "s").sweep.points
    assert weak.numerics.step in (0.1, 0.2)
    assert strong.numerics.step == 0.1
    assert MOST_HALVINGS > 1
    assert main(["status", str(tmp_path / "s")]) == 0
    assert "sz_step <= 1e-06: met at 0 of 2 points, missed at 2" in capsys.readouterr().out


def test_what_has_no_twins_is_told(tmp_path: Path) -> None:
    numerics = {"times": [1], "scheme": "euler-maruyama", "step": 0.01}
    content = wanting(axes={}, numerics=numerics)
    (miss,) = carry_out(content, tmp_path / "s", SERIAL, quiet=True).missed
    assert str(miss).endswith("the bias of the step 0.01 is not known")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"target_step": {"s_z": 0.1}}, r"`target_step` must name .* 's_z' \(did you mean `sz`"),
        ({"target_step": {"diverged": 0.1}}, r"made of averages, but got 'diverged'"),
        ({"target_step": {"sz": 0.0}}, r"`target_step\.sz` must .*greater than 0"),
        ({"target_step": {}}, "`target_step` must hold at least 1"),
        ({"numerics": {**NUMERICS, "budget": ["drift"]}}, r"`numerics\.budget` must name `step`"),
        (
            {"numerics": {"average": [1, 41], "step": 0.02,
                          "observables": {"light": {"power": "spin.x"}}}},
            r"`numerics\.samples` must be given",
        ),
    ],
)  # fmt: skip
def test_bad_targets(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SpecError, match=named):
        wanting(**changes)
