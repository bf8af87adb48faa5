"""Fixtures that the long tests share with the fast ones."""

from fixtures import disk, processes, reference  # noqa: F401 - found by name
from once import made_once  # noqa: F401
