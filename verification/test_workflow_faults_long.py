"""Snakemake is killed, alone or with its driver, or interrupted with it. A minute."""

from __future__ import annotations

import os
import signal

from processes import SECONDS, TOTAL, alive, check_whole, count, until
from test_workflow_faults import Workflow, new_workflow  # noqa: F401 - found by name


def test_snakemake_killed_alone(workflow: Workflow, reference: dict[str, bytes]) -> None:
    """The driver lives on, and nobody may write beside it; then all is there."""
    process, _ = workflow.start(free=3)
    workflow.until_receipts(3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(SECONDS)
    driver = workflow.driver()
    code, text = workflow.run()
    assert code == 1
    assert "LockException" in text
    assert workflow.run("--unlock")[0] == 0
    code, text = workflow.run()
    assert code == 1
    assert f"is being written by process {driver} on" in text
    (workflow.processes.folder / "open").touch()
    until(lambda: count(workflow.store) == TOTAL, "the last batch")
    until(lambda: not alive(driver), "the end of the driver")
    code, text = workflow.run()
    assert code == 0, text
    assert workflow.digest.exists()
    check_whole(workflow.store, reference)


def test_ctrl_c_reaches_the_driver(workflow: Workflow, reference: dict[str, bytes]) -> None:
    process, output = workflow.start(workers=2, seconds=0.2)
    workflow.until_receipts(3)
    driver = workflow.driver()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(SECONDS) != 0
    until(lambda: not alive(driver), "the end of the driver")
    text = output.read_text(encoding="utf-8")
    assert "twoqs: Interrupted; finished batches are kept." in text
    assert not workflow.digest.exists()
    done = count(workflow.store)
    assert done < TOTAL
    code, text = workflow.run()
    assert code == 0, text
    assert f"{TOTAL - done} batches computed." in text
    check_whole(workflow.store, reference)


def test_all_killed_unlocked_and_run_again(workflow: Workflow, reference: dict[str, bytes]) -> None:
    process, _ = workflow.start(free=20)
    workflow.until_receipts(10)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(SECONDS)
    done = count(workflow.store)
    assert workflow.run("--unlock")[0] == 0
    code, text = workflow.run("-F")
    assert code == 0, text
    assert f"{TOTAL - done} batches computed." in text
    check_whole(workflow.store, reference)
