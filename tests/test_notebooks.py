"""The notebooks of the documentation run, and show pictures."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pages import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))

SAID = {"own_sweep": "batch/s]", "how_right": "is none of a steady state"}
"""What outputs must hold, beside pictures: a bar, a warning."""


@pytest.mark.filterwarnings("default::UserWarning", "default::RuntimeWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "committed without results"
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=200, kernel_name="python3", resources=place).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    text = "".join(out["text"] for out in outputs if out.output_type == "stream")
    assert SAID.get(path.stem, "") in text
    assert "driven: 0 of 60 batches are done." not in text, "stopped before anything was computed"
    assert path.stem == "how_right" or any("image/png" in out.get("data", {}) for out in outputs)
