"""The page on sweeps from Python works, and so does its notebook."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pages import ROOT, follow, page

NOTEBOOK = ROOT / "docs" / "notebooks" / "own_sweep.ipynb"


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(follow(page("python.md"), "python.md")) == {"python", "text"}


@pytest.mark.filterwarnings("default::UserWarning", "default::RuntimeWarning")
def test_the_notebook_runs(tmp_path: Path) -> None:
    """Two workers with a bar, interrupted, gone on with, refined in the plane, drawn as a map."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "committed without results"
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=200, kernel_name="python3", resources=place).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    text = "".join(out["text"] for out in outputs if out.output_type == "stream")
    assert "driven: 0 of 60 batches are done." not in text, "stopped before anything was computed"
    assert "batch/s]" in text
    assert any("image/png" in out.get("data", {}) for out in outputs)
