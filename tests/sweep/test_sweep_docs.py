"""The page on the sweep file: its example runs, and it names every key there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twoqs.sweep import Sweep
from twoqs.sweep.physics import LatticeSpec, ModelSpec
from twoqs.sweep.schema import NumericsSpec, SweepSpec, ValueAxis

PAGE = Path(__file__).parents[2] / "docs" / "sweeps.md"


def test_the_example_is_a_sweep(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "lattice.yaml").write_text(example)
    sweep = Sweep.from_file(tmp_path / "lattice.yaml")
    assert sweep.dims == ("J_y", "gain", "case")
    assert len(sweep.points) == 24
    assert len(Sweep.from_file(tmp_path / "lattice.yaml", "preview").points) == 12


@pytest.mark.parametrize("part", [SweepSpec, ModelSpec, NumericsSpec, LatticeSpec, ValueAxis])
def test_every_key_is_named(part: type) -> None:
    text = PAGE.read_text()
    for key in part.model_fields:
        assert re.search(rf"[`{{]{key}[`:]", text), key
