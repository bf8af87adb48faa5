"""A process that predicts dies. A few seconds."""

from __future__ import annotations

import os
import signal

from test_predict_command import new_prediction, workers_of  # noqa: F401 - found by name


def test_a_process_that_dies_is_told(predicting):
    os.kill(workers_of(predicting)[0], signal.SIGKILL)
    _, errors = predicting.communicate(timeout=60)
    assert predicting.returncode == 1
    assert "has died" in errors
    assert "Traceback" not in errors
