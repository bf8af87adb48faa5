"""`twoqs gallery`: a published result beside ours."""

from __future__ import annotations

import argparse

from twoqs.cli.commands import FAILED, OK
from twoqs.cli.options import as_path, new_command


def add_gallery(group: argparse._SubParsersAction) -> None:
    """Make the command known."""
    command = new_command(group, "gallery", "draw an item of the gallery, beside published numbers")
    command.set_defaults(command=gallery_command)
    command.add_argument("name", metavar="NAME", help="of the item, such as critical")
    command.add_argument(
        "stores", metavar="STORE", type=as_path, nargs="+", help="of its sweeps, in their order"
    )
    command.add_argument(
        "--claims", metavar="FILE", type=as_path, required=True, help="what was published (YAML)"
    )
    command.add_argument(
        "--csv", metavar="FILE", type=as_path, required=True, help="write the numbers there"
    )
    command.add_argument(
        "--output", metavar="FILE", type=as_path, nargs="+", required=True,
        help="pictures: .png, .pdf or .svg",
    )  # fmt: skip


def gallery_command(options: argparse.Namespace) -> int:
    from twoqs.gallery.show import show

    found = show(options.name, options.stores, options.claims, options.output, options.csv)
    for row in found.to_dict("records"):
        word = "agrees" if row["holds"] else "differs"
        known = "" if row["expected"] else " (known)"
        numbers = f"{row['value']:.4g} +- {row['se']:.2g}, published {row['published']:g}"
        print(f"{row['claim']}: {word}{known}: {numbers}, within {row['within']:g}")
    return FAILED if (found["expected"] & ~found["holds"]).any() else OK
