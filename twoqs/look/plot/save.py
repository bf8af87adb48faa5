"""Draws a figure in the common style and writes it to files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from twoqs.errors import StoreError, require
from twoqs.look.plot.style import STYLE
from twoqs.model.arguments import file_name
from twoqs.store.files import write_atomic

ENDINGS = (".png", ".pdf", ".svg")

UNDATED = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
"""No date in the file: the same data give the same bytes."""


def check_output(path: Path) -> None:
    """Refuse a file that no picture can be written into.

    Raises:
        ArgumentError: if it ends otherwise, or is a folder.
    """
    wanted = f"end in {', '.join(ENDINGS)}"
    require(path.suffix in ENDINGS and not path.is_dir(), "output", wanted, str(path))


def save(make: Callable[[], Figure], outputs: Iterable[str | os.PathLike[str]]) -> None:
    """Write a figure into files (PDF, PNG, SVG by their ending), each whole or not at all.

    Raises:
        StoreError: if the disk refuses.
    """
    with style.context(STYLE):
        figure = make()
        FigureCanvasAgg(figure)
        for output in outputs:
            path, content = Path(file_name("output", output)), BytesIO()
            stamp = UNDATED.get(path.suffix, {})
            figure.savefig(content, format=path.suffix[1:], metadata=stamp)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(path, content.getvalue())
            except OSError as error:
                raise StoreError(f"Cannot write {path}: {error.strerror}.") from error
