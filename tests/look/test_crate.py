"""RO-Crates: what the specification (version 1.1) demands, and that all is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xarray as xr

import twoqs
from twoqs.cli import main
from twoqs.simulation.provenance import origin
from twoqs.sweep import Sweep

METADATA = "ro-crate-metadata.json"
Graph = dict[str, dict[str, Any]]


def graph_of(folder: Path) -> list[dict[str, Any]]:
    content = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    assert content["@context"] == "https://w3id.org/ro/crate/1.1/context"
    return content["@graph"]


def references(entity: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Properties and the identities that they name; anything else in braces is not flattened."""
    for key, value in entity.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                assert one.keys() == {"@id"}, f"{key} is nested"
                yield key, one["@id"]


def faults(graph: list[dict[str, Any]], folder: Path) -> list[str]:
    """Which of the specification's musts do not hold."""
    by_id = {entity.get("@id", ""): entity for entity in graph}
    descriptor = by_id.get(METADATA, {})
    form = descriptor.get("conformsTo", {}).get("@id", "")
    root = by_id.get(descriptor.get("about", {}).get("@id"), {})
    parts = {name for key, name in references(root) if key == "hasPart"}
    data = {name for name, one in by_id.items() if one.get("@type") in ("File", "Dataset")}
    all_typed = all(entity.get("@type") for entity in graph)
    musts = {
        "each entity has an identity of its own and a type": len(by_id) == len(graph) and all_typed,
        "the descriptor": (descriptor.get("@type"), form)
        == ("CreativeWork", "https://w3id.org/ro/crate/1.1"),
        "the root is a Dataset whose identity ends with /": root.get("@type") == "Dataset"
        and root["@id"].endswith("/"),
        "the date is one of ISO 8601": re.fullmatch(
            r"\d{4}-\d\d-\d\d", root.get("datePublished", "")
        ),
        "the root has all data as its parts": parts == data - {root.get("@id")},
    }
    for name in parts:
        path = folder / name
        musts[f"{name} is there"] = path.is_dir() if name.endswith("/") else path.is_file()
    for entity in graph:
        for key, name in references(entity):
            musts[f"{key} of {entity['@id']} leads somewhere"] = "://" in name or name in by_id
    return [must for must, holds in musts.items() if not holds]


@pytest.fixture(scope="module")
def crate(undisturbed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crate of the shared store, out of an archive; to read only."""
    folder = tmp_path_factory.mktemp("crate")
    words = ["export", str(undisturbed), "--crate", str(folder / "c.zip"), "--license", "CC-BY-4.0"]
    assert main(words) == 0
    with ZipFile(folder / "c.zip") as archive:
        archive.extractall(folder / "out")
    return folder / "out"


def test_all_that_the_specification_demands(crate: Path) -> None:
    assert faults(graph_of(crate), crate) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda g: g["./"].update(datePublished="today"), "the date is one"),
        (lambda g: g["./"]["hasPart"].pop(), "the root has all data"),
        (lambda g: g["./"].update({"@type": "Thing"}), "the root is a Dataset"),
        (lambda g: g[METADATA].pop("conformsTo"), "the descriptor"),
        (lambda g: g["#run"].update(instrument={"@id": "#none"}), "instrument of #run leads"),
        (lambda g: g["sweep.yaml"].update({"@id": "other.yaml"}), "object of #run leads"),
    ],
)
def test_what_is_missing_is_seen(crate: Path, spoil: Callable[[Graph], Any], fault: str) -> None:
    """Negative controls."""
    graph = graph_of(crate)
    spoil({entity["@id"]: entity for entity in graph})
    assert any(one.startswith(fault) for one in faults(graph, crate))


def test_it_holds_results_sweep_versions_and_origins(crate: Path, undisturbed: Path) -> None:
    data = twoqs.open(undisturbed)
    xr.testing.assert_identical(xr.open_zarr(crate / "merged.zarr").load(), data)
    assert Sweep.from_file(crate / "sweep.yaml") == Sweep.from_dict(json.loads(data.attrs["sweep"]))
    assert f"numpy=={version('numpy')}" in (crate / "environment.txt").read_text().splitlines()
    graph = {entity["@id"]: entity for entity in graph_of(crate)}
    maker = graph["#twoqs-0"]
    assert (maker["identifier"], maker["processorRequirements"]) == (
        origin()["code"], origin()["cpu"],
    )  # fmt: skip
    assert graph["./"]["license"] == [{"@id": "https://spdx.org/licenses/CC-BY-4.0"}]


def test_a_folder_without_a_licence(undisturbed: Path, tmp_path: Path) -> None:
    assert main(["export", str(undisturbed), "--crate", str(tmp_path / "a b")]) == 0
    graph = graph_of(tmp_path / "a b")
    assert faults(graph, tmp_path / "a b") == []
    assert not any("license" in entity for entity in graph)
    assert [path.name for path in tmp_path.iterdir()] == ["a b"]
