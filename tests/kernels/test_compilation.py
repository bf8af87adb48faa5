"""Half a minute of compilation is told: in one line, and only where there is any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import pytest
from sweeps import sweep

import twoqs.execution.run
import twoqs.simulation.simulate
from twoqs.execution.run import Workers, carry_out
from twoqs.kernels.compile import cache
from twoqs.kernels.compile.cache import COMPILING, COMPILING_AGAIN, compilation_told
from twoqs.kernels.compile.jit import inlined, jit


def double(value: float) -> float:
    return 2 * value


def triple(value: float) -> float:
    return 3 * value


def lines_of(kernel: Any) -> list[str]:
    """What is told while a kernel is called for two types."""
    told: list[str] = []
    with compilation_told(told.append):
        assert (kernel(1.5), kernel(1)) == (3.0, 2)
    return told


PROGRAM = """
import sys
sys.path.append("kernels")
from test_compilation import double, jit, lines_of
kernel = jit(double)
print([lines_of(kernel), lines_of(kernel), lines_of(jit(double))])
"""


def test_a_kernel_is_told_of_once(tmp_path: Path) -> None:
    """Compiled, known, loaded; in a process of its own, for a cache of its own."""
    here = Path(__file__).parent
    modules = os.pathsep.join([str(here), str(here.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": modules},
    )  # fmt: skip
    assert done.stdout == f"{[[COMPILING], [], []]}\n"


def test_a_kernel_that_is_kept_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(function: object) -> None:
        raise RuntimeError("no locator")

    monkeypatch.setattr(cache, "KernelCache", refuse)
    assert lines_of(jit(double)) == [COMPILING_AGAIN]
    assert "NUMBA_CACHE_DIR" in COMPILING_AGAIN
    jit(double)(1.5)  # nobody is told, as in a worker


def freshly(plain: Any) -> Any:
    """A function in a process that has compiled nothing yet."""

    def call(*arguments: Any) -> Any:
        kernel = jit(double)
        kernel._cache = cache.NoCache()
        kernel(1.5)
        return plain(*arguments)

    return call


def test_simulate_and_run_tell_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "twoqs.simulation.batches.run_batch", freshly(twoqs.simulation.batches.run_batch)
    )
    twoqs.simulate(twoqs.Model(spin=10, decay=1.0), times=[0, 1], trajectories=2048)
    assert capsys.readouterr().err.count(COMPILING_AGAIN) == 1
    monkeypatch.setattr(
        "twoqs.execution.run.compile_kernels", freshly(twoqs.execution.run.compile_kernels)
    )
    carry_out(sweep(), tmp_path / "s", Workers(0))
    assert capsys.readouterr().err.count(COMPILING_AGAIN) == 1
    carry_out(sweep(), tmp_path / "quiet", Workers(0), quiet=True)
    assert capsys.readouterr().err == ""


def test_what_is_compiled_into_kernels_cannot_be_called() -> None:
    """It has no machine code, to which Python would jump."""
    tripled = inlined(triple)

    @numba.njit
    def kernel(value: float) -> Any:
        return tripled(value) + 1.0

    assert kernel(2.0) == 7.0
    with pytest.raises(TypeError, match="not callable"):
        tripled(2.0)
