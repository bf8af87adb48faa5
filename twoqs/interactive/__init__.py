"""Sweeps from Python: `twoqs.run` and `twoqs.start`."""
