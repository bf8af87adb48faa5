"""Figures and tables of two sweeps in a folder whose name needs quotes. Half a minute."""

from __future__ import annotations

from pathlib import Path

from test_workflow import made_in_a_folder_of_any_name


def test_a_folder_of_any_name(tmp_path: Path) -> None:
    wanted = [
        f"results/{kind}/{name}.{ending}"
        for name in ("fig1", "mine")
        for kind, ending in (("figures", "png"), ("validation", "csv"))
    ]
    found = made_in_a_folder_of_any_name(tmp_path, *wanted)
    assert found[0].startswith(b"\x89PNG")
    assert found[1].startswith(b"spin,case,time")
    assert found[2].startswith(b"\x89PNG")
    assert found[3].startswith(b"omega,case,time")
