"""Commands on several stores: `twoqs merge` makes one of them, `twoqs diff` compares two."""

from __future__ import annotations

import argparse
import json

from twoqs.cli.commands import OK
from twoqs.cli.options import as_path, new_command


def add_several(group: argparse._SubParsersAction) -> None:
    """Make the commands known."""
    merge = new_command(group, "merge", "one store of several: of the parts of a sweep")
    merge.set_defaults(command=merge_command)
    merge.add_argument(
        "stores", metavar="STORE", type=as_path, nargs="+", help="such as results/part-*"
    )
    text = "new folder, or one of these stores, which then gets the batches of the others"
    merge.add_argument("--into", metavar="DIR", type=as_path, required=True, help=text)
    merge.add_argument(
        "--on-conflict",
        metavar="WHICH",
        choices=("refuse", "first", "last"),
        default="refuse",
        help="of a batch that differs between stores, keep that of the store that is named `first` "
        "or `last`, or `refuse` to merge (the default)",
    )
    text = "say what would be taken from where, and write nothing"
    merge.add_argument("--dry-run", action="store_true", help=text)
    diff = new_command(group, "diff", "what differs between two results, in standard errors")
    diff.set_defaults(command=diff_command)
    diff.add_argument("one", metavar="STORE", type=as_path, help="such as results/drive")
    diff.add_argument("other", metavar="OTHER", type=as_path, help="of another step, method, seed")
    diff.add_argument("--json", action="store_true", help="all of it as a JSON object")


def diff_command(options: argparse.Namespace) -> int:
    from twoqs.look.diff import difference, difference_lines

    found = difference(options.one, options.other)
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print("\n".join(difference_lines(found)))
    return OK


def merge_command(options: argparse.Namespace) -> int:
    from twoqs.execution.union import union_into
    from twoqs.look.status import status
    from twoqs.store import remarks
    from twoqs.system.signals import ended_like_ctrl_c

    given = options.stores, options.into, options.on_conflict, options.dry_run
    with ended_like_ctrl_c():
        union = union_into(*given)
    for store, taken in zip(options.stores, union.taken, strict=True):
        print(f"{store}: {taken}")
    if options.dry_run:
        done, total = union.counts
        print(f"{options.into}: would have {done} of {total} batches")
        return OK
    print("\n".join([str(options.into), status(options.into), *remarks(options.into)]))
    return OK
