"""The page from a server of this machine alone, with data that follow a run."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import xarray as xr

from twoqs.errors import ArgumentError, TwoqsError
from twoqs.look.view.data import page_data
from twoqs.look.view.page import data_text, page
from twoqs.store.description import MODEL_ERRORS
from twoqs.store.store import MERGED, RECEIPTS

HERE = "127.0.0.1"


def server_of(paths: Sequence[Path], predicted: xr.Dataset | None, port: int) -> ViewServer:
    """A server that listens; `serve_forever` answers.

    Args:
        paths, predicted: as those of `page_data`; stores may be empty.
        port: 0 for one that is free.

    Raises:
        ArgumentError: if the port is in use, or as `page_data`.
        StoreError: as `page_data`.
    """

    def read() -> dict[str, Any]:
        return page_data(paths, predicted, unfinished=True)

    read()
    try:
        return ViewServer(port, read, lambda: _state_of(paths))
    except (OSError, OverflowError) as error:
        wanted = "be that of a port that is free (0 takes any)"
        raise ArgumentError.of("port", wanted, port) from error


def _state_of(paths: Sequence[Path]) -> str:
    """Another text as soon as there is something new in one of the stores."""
    found = []
    for path in (path / name for path in paths for name in (RECEIPTS, MERGED, MODEL_ERRORS)):
        if path.exists():
            about = path.stat()
            found.append((str(path), about.st_mtime_ns, about.st_size))
    return hashlib.sha256(repr(found).encode()).hexdigest()


class ViewServer(ThreadingHTTPServer):
    """Answers this machine alone; reads stores again when they have changed."""

    daemon_threads = True
    allow_reuse_address = False  # of two servers at one port, the second has an error

    def __init__(
        self, port: int, read: Callable[[], dict[str, Any]], state: Callable[[], str]
    ) -> None:
        super().__init__((HERE, port), _Handler)
        self._read, self._state = read, state
        self._lock = threading.Lock()
        self._known: tuple[str, dict[str, Any]] | None = None

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://{HERE}:{self.server_port}/"

    def current(self) -> tuple[str, dict[str, Any]]:
        """The state of the stores, and their data."""
        with self._lock:
            state = self._state()
            if self._known is None or self._known[0] != state:
                self._known = state, self._read()
            return self._known


class _Handler(BaseHTTPRequestHandler):
    server: ViewServer

    def do_GET(self) -> None:
        # A page of elsewhere must not read this one by a name that leads here.
        names = {f"{name}:{self.server.server_port}" for name in (HERE, "localhost")}
        if self.headers.get("Host") not in names:
            self._answer(403, "text/plain", "Only for pages of this machine.")
        elif self.path not in ("/", "/data.json"):
            self._answer(404, "text/plain", "There is nothing here.")
        else:
            self._answer_of_stores()

    def _answer_of_stores(self) -> None:
        try:
            state, data = self.server.current()
        except TwoqsError as error:
            self._answer(503, "text/plain", str(error))
            return
        if self.path == "/":
            self._answer(200, "text/html", page(data, follow=True))
        elif self.headers.get("If-None-Match") == f'"{state}"':
            self._answer(304, "application/json", "", state)
        else:
            self._answer(200, "application/json", data_text(data), state)

    def _answer(self, code: int, kind: str, text: str, state: str = "") -> None:
        content = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if state:
            self.send_header("ETag", f'"{state}"')
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - its name there
        """Say nothing of single requests."""
