"""`twoqs export`: results for other programs and people, as one file or as an RO-Crate."""

from __future__ import annotations

import argparse

from twoqs.cli.options import as_path, new_command
from twoqs.errors import require


def add_export(group: argparse._SubParsersAction) -> None:
    """Make the command known."""
    command = new_command(
        group, "export", "write the results into a netCDF or CSV file, or a crate"
    )
    command.set_defaults(command=export_command)
    command.add_argument("store", metavar="STORE", type=as_path, help="such as results/fig7")
    text = "netCDF (.nc) or CSV (.csv) file"
    command.add_argument("output", metavar="FILE", nargs="?", type=as_path, help=text)
    text = "RO-Crate with sweep, results and where they come from: a new folder, or a .zip"
    command.add_argument("--crate", metavar="PATH", type=as_path, help=text)
    text = "licence of the data of a crate, such as CC-BY-4.0"
    command.add_argument("--license", metavar="NAME", help=text)
    command.add_argument("--var", action="append", default=[], help="variable; repeatable")
    text = "means in units of S, variances and correlations in units of S^2"
    command.add_argument("--per-spin", action="store_true", help=text)
    command.add_argument("--force", action="store_true", help="replace the file")


def export_command(options: argparse.Namespace) -> int:
    """Write the file, or the crate."""
    from twoqs.look.crate import write_crate
    from twoqs.look.export import export

    file, crate = options.output, options.crate
    wanted = "be given, or a --crate: one of both"
    require((file is None) != (crate is None), "file", wanted, None if file is None else str(file))
    if crate is not None:
        chosen = options.var or options.per_spin
        require(not chosen, "crate", "go without --var and --per-spin: it has all", str(crate))
        write_crate(options.store, crate, options.license, options.force)
        print(crate)
        return 0
    require(options.license is None, "license", "go with a --crate", options.license)
    data = export(options.store, file, options.var, options.force, options.per_spin)
    print(f"{file}: {data.attrs['points_done']} of {data.attrs['points_total']} points")
    return 0
