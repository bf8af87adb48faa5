"""Stores that seem to have nothing yet, and are served by `twoqs view`."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twoqs.look.view.serve import ViewServer, server_of
from twoqs.store.store import MERGED, RECEIPTS


@contextmanager
def served_from_nothing(store: Path) -> Iterator[tuple[ViewServer, bytes]]:
    """A server of a finished store without its receipts, and these, to be written when it grows."""
    receipts = (store / RECEIPTS).read_bytes()
    (store / RECEIPTS).write_bytes(b"")
    shutil.rmtree(store / MERGED)
    with server_of([store], None, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server, receipts
        server.shutdown()
        thread.join()
