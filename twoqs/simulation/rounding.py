"""How functions of NumPy and SciPy round on this machine, of which they have several versions.

NumPy takes those of its elementary functions that suit the processor, and OpenBLAS those of its
linear algebra, or those that OPENBLAS_CORETYPE names. They agree to some units in the last place.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np

ELEMENTARY = (
    np.exp, np.expm1, np.log, np.log1p, np.sin, np.cos, np.sinh, np.cosh, np.tanh, np.arctan,
)  # fmt: skip


@cache
def rounding() -> str:
    """Digest of values whose last bits differ between these versions, 8 hexadecimal digits."""
    # Imported here: readers need none of it.
    from scipy.special import ndtri

    values = np.linspace(0.01, 3.0, 500)
    found = [function(values) for function in ELEMENTARY]
    found.append(ndtri(values / 3.01))
    # As small as those of models are: of 5 and 16 rows, and of one right side and of many.
    for size in (5, 16):
        matrix = np.sin(np.multiply.outer(np.arange(1.0, size + 1), np.arange(1.0, size + 1)))
        whole = matrix + matrix.T
        found += [
            matrix @ matrix, np.linalg.solve(matrix, matrix[:, :1]), np.linalg.solve(matrix, whole),
            *np.linalg.eigh(whole), *np.linalg.svd(matrix),
        ]  # fmt: skip
    data = b"".join(np.ascontiguousarray(one).tobytes() for one in found)
    return hashlib.sha256(data).hexdigest()[:8]
