"""`twoqs view`: a page to look at results in."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from twoqs.cli.commands import OK
from twoqs.cli.options import as_count, as_path, new_command
from twoqs.errors import require

PORT = 8137
"""Where the page is served if nothing else is asked for."""


def add_view(group: argparse._SubParsersAction) -> None:
    """Make the command known."""
    command = new_command(group, "view", "a page to look at results in: one HTML file, or served")
    command.set_defaults(command=view_command)
    command.add_argument(
        "stores", metavar="STORE", type=as_path, nargs="+", help="such as results/fig7, to compare"
    )
    text = "the page (.html); <sweep>.html if left out"
    command.add_argument("--output", metavar="FILE", type=as_path, help=text)
    text = "file of `twoqs predict` for one of the sweeps"
    command.add_argument("--predictions", metavar="FILE", type=as_path, help=text)
    text = "serve the page to this machine alone, and follow a run, until Ctrl-C"
    command.add_argument("--serve", action="store_true", help=text)
    text = f"port of --serve (default: {PORT}; 0 takes a free one)"
    command.add_argument("--port", metavar="N", type=as_count, help=text)


def view_command(options: argparse.Namespace) -> int:
    from twoqs.execution.predict import read_predictions
    from twoqs.look.view.data import page_data
    from twoqs.look.view.page import page
    from twoqs.look.view.serve import server_of
    from twoqs.store.files import write_atomic

    predicted = None if options.predictions is None else read_predictions(options.predictions)
    if options.serve:
        require(options.output is None, "output", "be left out with --serve", str(options.output))
        port = PORT if options.port is None else options.port
        with server_of(options.stores, predicted, port) as server, suppress(KeyboardInterrupt):
            print(f"{server.address} (Ctrl-C ends it)", flush=True)
            server.serve_forever()
        return OK
    require(options.port is None, "port", "go with --serve", options.port)
    if options.output is not None:
        _check_output(options.output)
    data = page_data(options.stores, predicted)
    output = options.output or Path(f"{data['stores'][0]['title']}.html")
    _check_output(output)
    write_atomic(output, page(data).encode())
    print(output)
    return OK


def _check_output(path: Path) -> None:
    require(path.suffix == ".html" and not path.is_dir(), "output", "end in .html", str(path))
    require(path.parent.is_dir(), "output", "lie in a folder that is there", str(path))
