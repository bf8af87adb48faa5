"""Which errors are estimated may change from run to run of one store."""

from __future__ import annotations

from pathlib import Path

from sweeps import sweep

import twoqs
from twoqs.execution.run import Workers, carry_out
from twoqs.store.verify import verify
from twoqs.sweep import Sweep


def test_what_is_estimated_may_change_while_a_store_grows(tmp_path: Path) -> None:
    """Records keep the shape that they began with; what new ones do not tell there is zero."""

    def spec(budget: list[str], trajectories: int) -> Sweep:
        numerics = {"average": [1, 2], "budget": budget}
        return sweep(axes={}, numerics=numerics, trajectories=trajectories)

    carry_out(spec(["drift", "step"], 512), tmp_path / "more", Workers(0), quiet=True)
    carry_out(spec([], 1024), tmp_path / "more", Workers(0), quiet=True)
    carry_out(spec([], 512), tmp_path / "less", Workers(0), quiet=True)
    carry_out(spec(["drift", "step"], 1024), tmp_path / "less", Workers(0), quiet=True)
    more, less = (twoqs.open(tmp_path / name) for name in ("more", "less"))
    assert more.sz == less.sz
    assert more.sz_se == less.sz_se
    assert "sz_step" in more
    assert "sz_drift" in more
    assert not {"sz_step", "sz_drift"} & set(less)
    for name in ("more", "less"):
        assert list(verify(tmp_path / name)) == []
