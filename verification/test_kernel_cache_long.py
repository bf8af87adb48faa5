"""Kernels of every scheme that are compiled in any order and loaded: equal bits.

About two minutes on one core.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from test_kernel_cache import record, records


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scheme", ["conserving", "pda", "euler-maruyama"])
def test_compiled_and_loaded_kernels_give_equal_bits(scheme: str, tmp_path: Path) -> None:
    arguments = (scheme, "correlation")
    compiled = records(tmp_path, False, *arguments)
    assert compiled == record(*arguments)
    assert records(tmp_path, False, *arguments) == compiled
    assert records(tmp_path, True, *arguments) == compiled  # compiles `advance`, loads the rest
    assert records(tmp_path, True, *arguments) == compiled
