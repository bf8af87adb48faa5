"""The time that `plan` announces: its parts are there, and grow with what makes them long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeps import small, sweep, write_spec
from test_target import wanting

from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution import forecast
from twoqs.execution.forecast import KERNEL, Clock, Forecast, batch_seconds
from twoqs.execution.plan import plan
from twoqs.execution.run import Workers, carry_out
from twoqs.kernels.compile.cache import NoCache, is_kept
from twoqs.methods import PDA, Conserving
from twoqs.simulation.batch import compile_kernels, kernels_are_compiled
from twoqs.simulation.block import is_compiled
from twoqs.store import Store
from twoqs.store.journal import encode, receipts
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep

RING: dict[str, Any] = {"spin": 10, "decay": 1.0, "lattice": {"chain": {"n": 100}}}
TIMES: dict[str, Any] = {"times": {"linspace": [0, 50, 21]}}
CORRELATED = TIMES | {"observables": ["correlation"]}


def ring(n: int = 100, numerics: dict[str, Any] = TIMES, **changes: Any) -> Sweep:
    """One ring, of one batch unless changed."""
    model = RING | {"lattice": {"chain": {"n": n}}}
    return sweep(**{"axes": {}, "trajectories": 64, "model": model, "numerics": numerics} | changes)


def told(content: Sweep, store: Path, workers: int = 0, cores: int = 2, times: int = 1) -> Forecast:
    """The forecast of a run until each point has `times` as many batches as it asks for."""
    batches = Store(store, content)
    counts = {key: times * p.batches for key, p in batches.sweep.requirements.items()}
    return Clock(batches, workers, cores).forecast(counts)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """All kernels are there."""
    monkeypatch.setattr(forecast, "kernels_are_compiled", lambda *arguments: True)


def lines(text: str) -> dict[str, str]:
    """What a plan says, by the first word or two of a line."""
    return {line[:14].strip(): line[14:] for line in text.splitlines()}


def test_plan_tells_the_parts_and_takes_the_options_of_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = write_spec(tmp_path / "s.yaml", small())
    assert main(["plan", str(spec), "--workers", "3"]) == 0
    text = lines(capsys.readouterr().out)["time"]
    assert "with 3 workers, within a factor of two: " in text
    assert [part in text for part in ("to start", "to compute", "to write", "to merge")] == [
        True
    ] * 4
    assert main(["plan", str(spec), "--workers", "0"]) == 0
    assert "with no workers" in lines(capsys.readouterr().out)["time"]
    assert main(["plan", str(spec), "--workers", "99999999"]) == 2
    assert "`workers` must be" in capsys.readouterr().err
    with pytest.raises(ArgumentError, match="`workers` must"):
        plan(sweep(), tmp_path / "s", -1)
    assert list(tmp_path.iterdir()) == [spec]


@pytest.mark.parametrize(
    ("more", "least"),
    [
        (ring(n=400), 3),  # sites
        (ring(numerics={"times": {"linspace": [0, 200, 81]}}), 3),  # duration
        (ring(numerics={"times": {"linspace": [0, 50, 20001]}}), 5),  # saved times
        (ring(numerics=CORRELATED), 1.1),
        (ring(numerics=TIMES | {"observables": ["sites"]}), 1.02),
    ],
)
def test_the_work_of_a_batch_grows(more: Sweep, least: float) -> None:
    (few,), (many,) = ring().points, more.points
    blocks = [point.per_batch for point in (few, many)]
    assert batch_seconds(many) / blocks[1] > least * batch_seconds(few) / blocks[0]


def test_correlations_cost_by_lags_and_times() -> None:
    """What they add to a batch of equal blocks: four times as much for twice the lags and times."""

    def added(n: int, count: int) -> float:
        numerics = {"times": {"linspace": [0, 0.5, count]}, "step": 0.05}
        with_them, without = (
            ring(n, numerics | {"observables": names}).points[0] for names in (["correlation"], [])
        )
        return batch_seconds(with_them) - batch_seconds(without)

    # Transforms take n log n, records n, and each saved time a little by itself.
    assert 3.5 < added(4000, 400) / added(2000, 200) < 4.5


@pytest.mark.usefixtures("compiled")
def test_parts_grow_with_batches_points_and_records(tmp_path: Path) -> None:
    once, thrice = told(ring(), tmp_path), told(ring(), tmp_path, times=3)
    assert thrice.work == pytest.approx(3 * once.work)
    assert thrice.write > once.write
    axis = {"j": {"sets": "model.decay", "values": np.linspace(1, 2, 50).tolist()}}
    grid = told(ring(axes=axis), tmp_path)
    assert grid.write > 30 * once.write
    assert grid.merge > once.merge
    big = told(ring(numerics=CORRELATED), tmp_path)
    assert (big.write, big.merge) > (once.write, once.merge)
    assert once.seconds == sum(once[:5])


@pytest.mark.usefixtures("compiled")
def test_workers_share_the_work_and_take_time_to_start(tmp_path: Path) -> None:
    content = ring(trajectories=64000)
    alone, two, many = (told(content, tmp_path, workers) for workers in (0, 2, 8))
    assert two.compute == pytest.approx(alone.compute / 2)
    assert many.compute == two.compute, "there are two cores"
    assert alone.start < two.start < many.start
    assert alone.write < two.write, "records come from another process"
    one = told(ring(), tmp_path, 2)
    assert one.compute == one.work, "a batch is not split"


def test_what_is_to_be_compiled_is_what_a_run_would_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = {"pda": {"numerics.scheme": "pda"}, "conserving": {}}
    content = ring(numerics=CORRELATED, axes={"case": {"cases": cases}})
    for point in content.points:
        compile_kernels(point.model, point.numerics)  # or loads, as a run does
    assert told(content, tmp_path).compile == 0
    assert "to compile" not in plan(content, tmp_path / "s")
    kernel = PDA.kernels.samples
    monkeypatch.setattr(kernel, "overloads", {})
    assert (told(content, tmp_path).compile == 0) == is_kept(kernel), "it is on disk"
    monkeypatch.setattr(kernel, "_cache", NoCache())
    one = told(content, tmp_path).compile
    assert one > KERNEL
    assert "to compile kernels" in plan(content, tmp_path / "s")
    monkeypatch.setattr(Conserving.kernels.samples, "overloads", {})
    monkeypatch.setattr(Conserving.kernels.samples, "_cache", NoCache())
    assert told(content, tmp_path).compile == one + KERNEL
    # Where nothing is kept, workers compile, too.
    assert told(content, tmp_path, 2).compile == 2 * (one + KERNEL)


def test_a_kernel_is_looked_up_without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("something was compiled")

    (point,) = ring().points
    monkeypatch.setattr(Conserving.kernels.samples, "compile", refuse)
    monkeypatch.setattr(Conserving.kernels.samples, "overloads", {})
    kernels_are_compiled(point.model, point.numerics)
    assert not is_compiled(Conserving.kernels.samples, [1, 2.0]), "no kernel is called so"


def test_kernels_are_looked_up_for_spins_that_a_scheme_takes(tmp_path: Path) -> None:
    """Those of spins 1/2 by their own scheme: it refuses any other spin."""
    content = sweep(axes={}, model={"spin": 0.5, "decay": 1.0})
    assert [point.numerics.scheme for point in content.points] == ["discrete"]
    (point,) = content.points
    compile_kernels(point.model, point.numerics)
    assert told(content, tmp_path).compile == 0


@pytest.mark.usefixtures("compiled")
def test_receipts_of_the_store_know_better(serial: Path) -> None:
    """Twice the trajectories of a run whose batches took ten times as long as expected."""
    content = sweep(trajectories=1024)
    slow = {key: 10 * batch_seconds(point) for key, point in content.requirements.items()}
    told_by = [
        receipt._replace(seconds=slow[receipt.point]) for receipt in receipts(serial / RECEIPTS)
    ]
    (serial / RECEIPTS).write_bytes(b"".join(encode(receipt) for receipt in told_by))
    fresh, known = told(content, serial.with_name("none")), told(content, serial)
    # Half of the batches are there, so that 5 is half of 10.
    assert known.work == pytest.approx(5 * fresh.work)
    assert "of one core, by the times of 8 batches in the store" in plan(content, serial)
    # Points without any batch follow those that have some: as many again, twice as many batches.
    grown = sweep(trajectories=1024, axes__omega__values=[0.5, 1.5, 0.6, 1.6])
    # Steps of other drives differ in their number by rounding.
    assert told(grown, serial).work == pytest.approx(3 * known.work, rel=0.01)


@pytest.mark.usefixtures("compiled")
def test_a_finished_sweep_is_checked_and_no_more(serial: Path) -> None:
    done = told(sweep(), serial, workers=2)
    assert (done.compile, done.compute, done.write, done.merge) == (0, 0, 0, 0)
    assert 0 < done.start < told(sweep(trajectories=1024), serial, workers=2).start


def test_a_target_is_told_by_rounds(tmp_path: Path) -> None:
    store = tmp_path / "s"
    before = lines(plan(wanting(max_trajectories=51200), store))
    assert before["next round"].startswith("8 more batches, about ")
    assert before["all rounds"] == "not known before the first one is done"
    assert before["at most"].startswith("800 more batches, about ")
    carry_out(sweep(), store, Workers(0), quiet=True)  # the first round
    after = lines(plan(wanting(max_trajectories=51200), store))
    batches = Store(store, wanting(max_trajectories=51200))
    worst = batches.rounds.worst
    needed = {key: int(np.ceil(2 * ratio**2)) for key, ratio in worst.items() if ratio > 1}
    assert len(needed) >= 2, "some points do not meet the target yet"
    left = sum(needed.values()) - 2 * len(needed)
    assert after["all rounds"].startswith(f"about {left} more batches, about ")
    assert after["all rounds"].endswith(", at the present spread")
    assert after["at most"].startswith("792 more batches, about ")
    grown = wanting(max_trajectories=51200, axes__omega__values=[0.5, 1.0, 1.5])
    assert lines(plan(grown, store))["all rounds"].endswith(
        "at the present spread, and the first round of 2 other points"
    )
    assert carry_out(wanting(), store, Workers(0), quiet=True).missed == []
    assert "all rounds" not in lines(plan(wanting(), store))
    assert plan(wanting(), store).endswith("met at 4 of 4 points")
