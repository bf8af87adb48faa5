"""Fixtures and helpers that the long tests share with the fast ones."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures import disk, processes, reference  # noqa: F401 - found by name
from once import made_once, undisturbed_store  # noqa: F401

from twoqs.methods.method import constants_of, structure_of

# A shell without job control starts `make verify &` with Ctrl-C ignored; see `tests/conftest.py`.
signal.signal(signal.SIGINT, signal.default_int_handler)

for folder in ("flows", "kernels", "paper", "execution", "methods", "look"):
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / folder))


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What is prepared for a model is prepared anew, before and after."""
    for kept in (structure_of, constants_of):
        kept.cache_clear()
    yield
    for kept in (structure_of, constants_of):
        kept.cache_clear()
