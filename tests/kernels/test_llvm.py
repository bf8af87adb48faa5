"""The row of angles in LLVM's own vectors, with the processor's longest ones and without."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from numba.core.codegen import get_host_cpu_features

PROGRAM = """
import numba, numpy as np
from numba.core import config
from twoqs.kernels.compile.jit import LANES, JIT_OPTIONS
from twoqs.kernels.compile.llvm import set_pair_and_kick

@numba.njit(**JIT_OPTIONS)
def angles(out, s, place, real, word, pair):
    for number in range(len(out)):
        set_pair_and_kick(
            out[number], real[0], s, np.uint64(2), real[1], np.uint64(0), real[2],
            word, pair, place[number], real[3], real[4],
        )

rng = np.random.default_rng(1)
s = rng.normal(size=(3, LANES))
word = rng.integers(2**64, size=LANES, dtype=np.uint64)
for kind, width in ((np.float64, 64), (np.float32, 32)):
    bits = (word >> np.uint64(64 - width)).astype(f"u{width // 8}")
    place = np.arange(0, width - 2, 3)
    out = np.empty((len(place), LANES), kind)
    real = np.array([0.5, 0.25, -0.125, 0.01, 0.04], kind)
    angles(out, s.astype(kind), place, real, bits, bits & (bits << 1))
    print(kind.__name__, *(value.hex() for value in out.astype(float).ravel()))
print("features", config.CPU_FEATURES)
"""


def computed(features: str | None) -> tuple[dict[str, np.ndarray], str]:
    """Angles of shape (piece, lane) by precision, and what the processor was taken for."""
    env = dict(os.environ)
    if features is not None:
        env |= {"NUMBA_CPU_FEATURES": features, "NUMBA_CPU_NAME": "generic"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True
    )
    *lines, (_, used) = (line.split() for line in done.stdout.splitlines())
    return {
        name: np.array([float.fromhex(v) for v in values]).reshape(-1, 64)
        for name, *values in lines
    }, used


def expected(kind: type, width: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    s = rng.normal(size=(3, 64)).astype(kind).astype(float)
    word = rng.integers(2**64, size=64, dtype=np.uint64)
    places = (61 - 3 * np.arange(width // 3)).astype(np.uint64)
    piece = (word >> places[:, None]) & np.uint64(7)
    inner, outer = float(kind(0.01)), float(kind(0.04))
    noise = np.where(piece >= 6, outer, inner) * np.where(piece % 2, -1, 1)
    return 0.5 + 0.25 * s[2] - 0.125 * s[0] + noise


def shorter_vectors() -> str:
    """The features of this processor without those of AVX-512."""
    return ",".join(
        feature if "avx512" not in feature and "avx10" not in feature else "-" + feature[1:]
        for feature in get_host_cpu_features().split(",")
    )


@pytest.mark.parametrize("features", [None, shorter_vectors()], ids=["all", "without AVX-512"])
def test_every_piece_of_a_word_gives_its_kick(features):
    found, used = computed(features)
    assert ("+avx512f" in used.split(",")) == (
        features is None and "+avx512f" in get_host_cpu_features().split(",")
    )
    for kind, width, rounding in ((np.float64, 64, 2e-16), (np.float32, 32, 1e-7)):
        values = found[kind.__name__]
        # a few operations of numbers up to 2
        np.testing.assert_allclose(values, expected(kind, width), rtol=0, atol=8 * rounding)
