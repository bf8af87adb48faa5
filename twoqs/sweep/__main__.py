"""`python -m twoqs.sweep` prints the JSON schema of sweep files."""

from __future__ import annotations

import sys

from twoqs.sweep.schema import schema_text

if __name__ == "__main__":
    sys.stdout.write(schema_text())
