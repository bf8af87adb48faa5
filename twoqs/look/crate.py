"""Writes a finished sweep as an RO-Crate (version 1.1): its results, and where they come from."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from twoqs.errors import StoreError, require
from twoqs.look.open import check_merged
from twoqs.model.arguments import file_name
from twoqs.simulation.provenance import DOI
from twoqs.store import merged_attributes, read_spec
from twoqs.store.description import MODEL_ERRORS
from twoqs.store.files import PARTIAL, atomically, sync, sync_tree
from twoqs.store.store import MERGED
from twoqs.sweep import Sweep

METADATA, SPEC, ENVIRONMENT = "ro-crate-metadata.json", "sweep.yaml", "environment.txt"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"

_ABOUT = {
    SPEC: ("the sweep: model, numerics, axes and seed; run by `twoqs run`", "application/yaml"),
    ENVIRONMENT: ("all packages where this crate was written, as for pip", "text/plain"),
    MODEL_ERRORS: ("errors of the truncation, by `twoqs trust`", "application/x-netcdf"),
}
"""What the files of a crate are, and their media types."""

Entity = dict[str, Any]
"""What the metadata say of one thing, with its identity as `@id`."""


def write_crate(
    store: str | os.PathLike[str],
    output: str | os.PathLike[str],
    rights: str | None = None,
    force: bool = False,
) -> None:
    """Write the merged dataset of a store with its sweep file and provenance, whole or not at all.

    Args:
        store: folder of the sweep, which is finished.
        output: an archive that ends in .zip, or a new folder.
        rights: licence of the data, as its name in the list of SPDX (`CC-BY-4.0`), or an address.
        force: whether to replace an archive.

    Raises:
        ArgumentError: if there is no sweep, something is at `output`, or the licence has another
            form.
        StoreError: if the sweep is not finished or damaged, or the disk refuses.
    """
    folder, path = Path(file_name("store", store)), Path(file_name("crate", output))
    wanted = "be a file (.zip) or a folder that does not exist yet; --force replaces a file"
    free = path.is_file() and force if path.suffix == ".zip" else False
    require(free or not path.exists(), "crate", wanted, str(path))
    form = r"[A-Za-z0-9.+-]+|https?://\S+"
    usable = rights is None or re.fullmatch(form, rights) is not None
    require(usable, "license", "be a name of SPDX, such as CC-BY-4.0, or an address", rights)
    sweep = Sweep.from_dict(read_spec(folder))
    attributes = check_merged(folder)
    texts = {SPEC: sweep.to_yaml(), ENVIRONMENT: _environment()}
    copied = [name for name in (MERGED, MODEL_ERRORS) if (folder / name).exists()]
    graph = list(_entities(attributes, [*texts, *copied], rights))
    content = {"@context": f"{SPECIFICATION}/context", "@graph": graph}
    texts[METADATA] = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write = _write_archive if path.suffix == ".zip" else _write_folder
        write(path, texts, [folder / name for name in copied])
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {error.strerror}.") from error
    if merged_attributes(folder) != attributes:
        raise StoreError(f"The sweep in {folder} was run meanwhile; write {path} anew.")


def _write_archive(path: Path, texts: dict[str, str], sources: list[Path]) -> None:
    with atomically(path) as partial, ZipFile(partial, "w", ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        for source in sources:
            archive.write(source, source.name)
            for file in sorted(source.rglob("*")):
                archive.write(file, file.relative_to(source.parent).as_posix())


def _write_folder(path: Path, texts: dict[str, str], sources: list[Path]) -> None:
    partial = path.with_name(path.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for name, text in texts.items():
        (partial / name).write_text(text, encoding="utf-8")
    for source in sources:
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, partial / source.name)
    sync_tree(partial)
    os.replace(partial, path)
    sync(path.parent)


def _environment() -> str:
    """Names and versions of all installed packages."""
    found = {(one.metadata["Name"] or "", one.version) for one in distributions()}
    return "".join(f"{name}=={version}\n" for name, version in sorted(found) if name)


def _entities(attributes: dict[str, Any], names: list[str], rights: str | None) -> Iterator[Entity]:
    """The metadata: of the crate, its parts, and the run that made them."""
    about, form = {"@id": "./"}, {"@id": SPECIFICATION}
    yield {"@id": METADATA, "@type": "CreativeWork", "conformsTo": form, "about": about}
    licences = [] if rights is None else [_licence(rights)]
    parts = [_part(name, attributes) for name in names]
    makers = list(_makers(attributes))
    title = attributes["title"]
    what = attributes["comment"] or f"Results of the sweep {title}"
    yield {
        **about,
        "@type": "Dataset",
        "name": title,
        "description": f"{what} ({attributes['source']})",
        "datePublished": f"{datetime.now(UTC):%Y-%m-%d}",
        "hasPart": _references(parts),
        "mentions": {"@id": "#run"},
        "citation": {"@id": DOI},
        **({"license": _references(licences)} if licences else {}),
    }
    yield from parts
    yield from licences
    yield {"@id": DOI, "@type": "ScholarlyArticle", "name": attributes["references"]}
    yield {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"twoqs run with seed {attributes['seed']}",
        "description": f"{attributes['batches_done']} batches, by the code of each `instrument`; "
        f"merged with the commit {attributes['commit']}",
        "endTime": attributes["history"].split()[0],
        "instrument": _references(makers),
        "object": {"@id": SPEC},
        "result": {"@id": f"{MERGED}/"},
    }
    yield from makers


def _part(name: str, attributes: dict[str, Any]) -> Entity:
    if name == MERGED:
        text = "values and standard errors over the axes of the sweep, for `xarray.open_zarr`"
        digest = {"identifier": f"sha256:{attributes['content_sha256']}"}
        return {"@id": f"{name}/", "@type": "Dataset", "name": name, "description": text, **digest}
    text, kind = _ABOUT[name]
    return {
        "@id": name, "@type": "File", "name": name, "description": text, "encodingFormat": kind
    }  # fmt: skip


def _makers(attributes: dict[str, Any]) -> Iterator[Entity]:
    """What computed the batches: code, libraries and CPU family, one for each origin."""
    for number, origin in enumerate(json.loads(attributes["origins"])):
        batches, code = origin.pop("batches"), origin.pop("code", None)
        known = {"softwareVersion": origin.pop("twoqs", None), "identifier": code}
        known["processorRequirements"] = origin.pop("cpu", None)
        known["softwareRequirements"] = ", ".join(" ".join(one) for one in origin.items()) or None
        yield {
            "@id": f"#twoqs-{number}",
            "@type": "SoftwareApplication",
            "name": "twoqs",
            "description": f"made {batches} batches",
            **{key: value for key, value in known.items() if value is not None},
        }


def _licence(name: str) -> Entity:
    address = name if "://" in name else f"https://spdx.org/licenses/{name}"
    return {"@id": address, "@type": "CreativeWork", "name": name}


def _references(entities: list[Entity]) -> list[Entity]:
    return [{"@id": entity["@id"]} for entity in entities]
