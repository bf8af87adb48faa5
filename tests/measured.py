"""What is measured in the tests of theory: values in time, and the steady state."""

from __future__ import annotations

from twoqs.methods.numerics import Numerics

TIMES = Numerics(times=(0.0, 0.5, 1.0))
WINDOW = Numerics(average=(5.0, 10.0), samples=3)
