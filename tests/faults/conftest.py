"""Fixtures of the tests in this folder, and their time limit."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures import disk, processes, reference  # noqa: F401 - found by name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A hang is a failure, and is known as one long before the time of all tests is over."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(240))
