"""Jobs of two workers that live shorter than a run. Half a minute."""

from __future__ import annotations

from pathlib import Path

import pytest
from slurm import Slurm
from test_jobs_run import jobs_are_replaced_and_no_batch_fails, new_queue, slow  # noqa: F401


@pytest.mark.usefixtures("slow")
def test_jobs_that_end_are_replaced(
    queue: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs_are_replaced_and_no_batch_fails(2, queue, tmp_path, monkeypatch)
