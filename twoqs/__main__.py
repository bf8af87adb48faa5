"""`python -m twoqs` is the command `twoqs`."""

from __future__ import annotations

import sys

from twoqs.cli import main

if __name__ == "__main__":
    sys.exit(main())
