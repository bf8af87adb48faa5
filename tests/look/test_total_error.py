"""What total errors count of biases that are known with an error."""

from __future__ import annotations

import numpy as np
import xarray as xr

from twoqs.look.trusted import total_error

DRAWS = 20_000


def test_total_errors_cover_values_whose_step_has_an_uncertain_bias() -> None:
    """As where runs at both steps have parted: a bias of one of its errors, 1.9 standard errors."""
    rng = np.random.default_rng(3)
    error = 1.9
    sampling = rng.normal(size=DRAWS)
    estimate = error * (1 + rng.normal(size=DRAWS))
    known = {"sz_se": np.ones(DRAWS), "sz_step": estimate, "sz_step_se": np.full(DRAWS, error)}
    found = {"sz": error + sampling, **known}
    data = xr.Dataset({name: ("drive", values) for name, values in found.items()})

    def covered(of: xr.Dataset) -> float:
        return float((abs(of.sz) <= 2 * total_error(of, "sz")).mean())

    # 0.998 and 0.896 of so many draws are known to 0.0003 and 0.002.
    assert covered(data) > 0.99
    assert covered(data.drop_vars("sz_step_se")) < 0.91, "else the bias alone would do"
