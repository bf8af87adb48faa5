"""Fixtures and helpers that the long tests share with the fast ones."""

import sys
from pathlib import Path

from fixtures import disk, processes, reference  # noqa: F401 - found by name
from once import made_once  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "flows"))
