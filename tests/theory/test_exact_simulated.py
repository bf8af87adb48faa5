"""Each kind of request, simulated, against its exact result: a driven spin, S = 10."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.observe import REQUESTS
from twoqs.theory.exact.kinds import BY_MEANS, BY_REGRESSION

A = twoqs.Spin(10, "a")
AT_ONE_TIME = {
    "order": "a.plus*a.minus*a.z", "light": {"flux": "out"}, "pairs": {"coincidence": "out"},
    "out": {"field": "out"}, "tot": {"total": True},
}  # fmt: skip
IN_TIME = {
    "s": {"spectrum": "out"}, "noise": {"homodyne": "out", "angle": 0.3}, "first": {"g1": "out"},
    "second": {"g2": "out"}, "counts": {"quanta": "out"}, "later": {"two_times": "a.z"},
    "slow": {"power": "a.z", "segments": 4}, "turned": {"response": ["a.z", "a.x"], "lags": 40},
}  # fmt: skip
AVERAGE = {
    "average": (20, 60), "samples": 401, "observables": AT_ONE_TIME | IN_TIME,
    "derived": {"share": "s_coherent/light"},
}  # fmt: skip
LATTICE = {
    "average": (5, 15), "samples": 81, "observables": {
        "pair": {"pairs": True, "components": ["xx", "yy", "xy"]},
        "waves": {"structure": True, "components": ["xx", "xy"], "q": [0.4, 2.0]},
        "apart": {"correlations": True, "components": ["xx"]},
        "moving": {"dynamic_structure": True, "axes": ["x"], "q": [0.4, 2.0], "segments": 4},
    },
}  # fmt: skip
TIMES = {
    "times": [0, 0.5, 2, 4], "observables": AT_ONE_TIME | {
        "later": {"two_times": ["a.y", "a.z"], "reference": [0.5, 4]},
        "turned": {"response": ["a.y", "a.x"]},
    },
}  # fmt: skip

ORDER = 1 / 30
"""Of the truncation and of ordering, about 3/S^2 of the largest value."""


LARGEST = {
    **dict.fromkeys(("sx", "sy", "sz", "tot_sx", "tot_sy", "tot_sz"), 10.0),
    **dict.fromkeys(("cov_sxsy", "cov_sxsz", "tot_cov_sxsy", "tot_cov_sxsz"), 100.0),
    **dict.fromkeys(("waves_imag", "waves_connected_imag"), 3.0),
    "order": 1000.0, "first_im": 1.0, "out_re": 1.7,
}  # fmt: skip
"""Of values that are zero by symmetry, or differences: S, S^2, S/2, S^3."""


def driven(strength: float) -> twoqs.Model:
    return twoqs.Model(hamiltonian=strength * A.x, jumps=[twoqs.jump(A.minus, 1 / 20, label="out")])


def deviating(found, exact) -> list[str]:
    """Variables that are off beyond the order of the method and three standard errors."""
    off = []
    for name in exact.data_vars:
        scale = LARGEST.get(name, float(np.nanmax(abs(exact[name]))))
        allowed = ORDER * scale + 3 * found[f"{name}_se"]
        difference = found[name] - exact[name]
        if name.endswith("_angle"):  # of an axis, which has no sign
            difference = (difference + np.pi / 2) % np.pi - np.pi / 2
            if "time" in difference.dims:  # nor, of the coherent state at first, any direction
                difference = difference.where(difference.time > 0, 0)
        off += [name] if bool(np.any(abs(difference) > allowed)) else []
    return off


@pytest.mark.parametrize("settings", [AVERAGE, TIMES], ids=["average", "times"])
def test_every_kind_is_what_a_simulation_finds(settings) -> None:
    found = twoqs.simulate(driven(1.5), trajectories=256, seed=5, **settings)
    exact = twoqs.exact(driven(1.5), **settings)
    assert deviating(found, exact) == []
    # Negative control: a drive that is stronger by a tenth is seen.
    others = deviating(found, twoqs.exact(driven(1.65), **settings))
    assert {"out_im", "tot_sy"} <= {*others}
    if settings is AVERAGE:
        assert {"s", "s_coherent", "first_re", "share"} <= {*others}


def test_kinds_of_lattices_are_what_a_simulation_finds() -> None:
    """Of components across the mean spin; along it fluctuations are of the next order in 1/S."""
    two = twoqs.chain(2, periodic=False)

    def of(strength):
        return twoqs.Model(6, lattice=two, coupling=(strength, 0, 0), field=(0, 0, 0.4), decay=1.0)

    exact = twoqs.exact(of(1.2), **LATTICE)
    found = twoqs.simulate(of(1.2), trajectories=512, seed=5, **LATTICE)
    kept = [name for name in exact.data_vars if name.split("_")[0] in LATTICE["observables"]]
    exact = exact[kept]
    assert deviating(found, exact) == []
    others = deviating(found, twoqs.exact(of(-0.3), **LATTICE)[kept])  # negative control
    assert {"pair", "waves", "apart", "moving"} <= {*others}


def test_every_kind_that_has_theory_is_compared() -> None:
    kinds = {next(iter(one)) if isinstance(one, dict) else "expectation"
             for settings in (AVERAGE, LATTICE)
             for one in settings["observables"].values()}  # fmt: skip
    kinds |= {"fluctuation_dissipation"}  # tests/observe/test_response.py
    assert kinds == BY_MEANS.keys() | BY_REGRESSION.keys()
    assert kinds <= REQUESTS.keys()
