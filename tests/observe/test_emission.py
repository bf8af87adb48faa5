"""What jumps emit, from the spins and modes themselves."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs


@pytest.mark.parametrize("letters", ["minus", "plus", "x"])
def test_the_flux_of_members_one_by_one(letters: str) -> None:
    """sum_k c_k^+c_k = N |f|^2/4 + (i/2) (f^* x f).J, exactly; the other sign of J fails."""
    atoms = twoqs.Ensemble(12, "atoms")
    out = twoqs.jump(twoqs.each(getattr(atoms, letters)), rate=0.4, label="out")
    model = twoqs.Model(hamiltonian=0.7 * atoms.x, jumps=[out], initial="up")
    asked = {"times": [0, 1], "observables": {"f": {"flux": "out"}}}
    ds = twoqs.simulate(model, **asked, trajectories=1024, seed=1)
    exact = twoqs.exact(model, **asked)
    # Ensembles of 12 are off by .01 of N/2 in <J>.
    allowed = 0.8 * 0.06 + 3 * ds.f_se
    assert np.all(np.abs(ds.f - exact.f) <= allowed)
    opposite = 0.8 * 12 - exact.f  # N of them emit at the rate 2G at most
    assert letters == "x" or np.any(np.abs(ds.f - opposite) > allowed)
