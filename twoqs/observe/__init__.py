"""What is measured beside the moments: requests, each with its sums and what is made of them."""

from __future__ import annotations

from twoqs.observe.names import Names, checked_names
from twoqs.observe.read import REQUESTS, read

__all__ = ["REQUESTS", "Names", "checked_names", "read"]
