"""Reads a cluster file: all its errors at once, before any job is submitted."""

from __future__ import annotations

import os

from pydantic import ValidationError

from twoqs.execution.dask.jobs.schema import KINDS, ClusterSpec
from twoqs.sweep.explain import explain
from twoqs.sweep.problems import KeyPath, Problem, SpecError, nearest, sentence
from twoqs.sweep.source import Document, read_document


def read_cluster(file: str | os.PathLike[str]) -> ClusterSpec:
    """The cluster that a YAML file describes.

    Raises:
        SpecError: with everything that is wrong with it.
    """
    document = read_document(file)
    if document.problems:
        raise SpecError(document.name, document.problems)
    kind = _kind(document)
    try:
        spec = kind.model_validate(document.data)
    except ValidationError as error:
        found = list(explain(error, lambda path: _keys(kind, path)))
    else:
        misfits = [((name,), wanted) for name, wanted in spec.misfits()]
        found = [(path, sentence(path, wanted, document.data[path[0]])) for path, wanted in misfits]
        if not found:
            return spec
    problems = [Problem(text, document.line(path)) for path, text in found]
    raise SpecError(document.name, problems)


def _kind(document: Document) -> type[ClusterSpec]:
    given = document.data.get("type")
    if isinstance(given, str) and given in KINDS:
        return KINDS[given]
    hint = nearest(str(given), list(KINDS))
    text = sentence(("type",), "be a queueing system", given, hint)
    raise SpecError(document.name, [Problem(text, document.line(("type",)))])


def _keys(kind: type[ClusterSpec], path: KeyPath) -> list[str]:
    """The valid keys of the mapping at `path`."""
    for name in path:
        kind = kind.model_fields[str(name)].annotation  # type: ignore[assignment]
    return list(kind.model_fields)
