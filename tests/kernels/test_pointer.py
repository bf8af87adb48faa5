"""Functions that are called by their address: compiled once, kept on disk."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import numpy as np

from twoqs.kernels.compile.pointer import Pointed, pointed, table_at

PROGRAM = """
from twoqs.kernels.convolution import run_passes
assert "_compiled" not in vars(run_passes)  # nobody needs it yet
assert run_passes.address == run_passes.address != 0
print(run_passes._compiled.cache_hits)
"""


@pointed("void(CPointer(float64), intp)")
def double_row(numbers, row):
    table = table_at(numbers, 3)
    for column in range(3):
        table[row, column] *= 2.0


def test_it_works_on_tables() -> None:
    table = np.arange(12.0).reshape(4, 3)
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ssize_t)(double_row.address)
    call(table.ctypes.data, 2)
    expected = np.arange(12.0).reshape(4, 3)
    expected[2] *= 2
    np.testing.assert_array_equal(table, expected)
    assert isinstance(double_row, Pointed)


def test_it_is_kept(tmp_path) -> None:
    """The second process finds what the first one compiled."""
    hits = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True,
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    assert hits == ["0\n", "1\n"]
