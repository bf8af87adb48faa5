"""The commands of the command line and their options."""

from __future__ import annotations

import argparse

from twoqs import __version__
from twoqs.cli import commands, completion, export, gallery, several, start, trust, upkeep, view
from twoqs.cli.options import add_at, add_cores, add_set, as_count, as_file, as_path, new_command
from twoqs.cli.part import add_part_options
from twoqs.system.machine import default_workers


def parser_of_all() -> argparse.ArgumentParser:
    """The parser of the command line; each command sets `command`, a function of its options."""
    parser = argparse.ArgumentParser(
        prog="twoqs", description="Truncated Wigner simulation of open quantum spins."
    )
    parser.add_argument("--version", action="version", version=f"twoqs {__version__}")
    group = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_start(group)
    _add_sweep_commands(group)
    _add_store_commands(group)
    view.add_view(group)
    upkeep.add_upkeep(group)
    export.add_export(group)
    trust.add_trust(group)
    several.add_several(group)
    _add_refine(group)
    _add_figures(group)
    _add_report(group)
    gallery.add_gallery(group)
    completion.add_completion(group)
    return parser


def _add_start(group: argparse._SubParsersAction) -> None:
    example = new_command(group, "example", "print an example of a sweep file, or the names of all")
    example.set_defaults(command=start.example)
    example.add_argument("name", metavar="NAME", nargs="?", help="all names if left out")
    workflow = new_command(
        group, "workflow", "a new folder with a Snakemake workflow and one sweep"
    )
    workflow.set_defaults(command=start.workflow)
    workflow.add_argument("folder", metavar="FOLDER", type=as_path, help="new or empty")


def _add_sweep_commands(group: argparse._SubParsersAction) -> None:
    plan = new_command(group, "plan", "points, batches and cost of a sweep; starts nothing")
    plan.set_defaults(command=commands.plan)
    describe = new_command(group, "describe", "the model of a sweep as formulas with numbers")
    describe.set_defaults(command=commands.describe)
    run = new_command(group, "run", "compute what is missing of a sweep")
    run.set_defaults(command=commands.run, kept="; finished batches are kept")
    predict = new_command(group, "predict", "exact and approximate theory for a sweep")
    predict.set_defaults(command=commands.predict)
    for command in (plan, describe, run, predict):
        command.add_argument("spec", metavar="SPEC", type=as_file, help="sweep file (YAML)")
        command.add_argument("--size", help="one of the file's sizes; full size if left out")
        add_set(command)
    for command in (plan, run):
        command.add_argument(
            "--store", metavar="DIR", type=as_file, help="store; results/<name> if left out"
        )
        form = "VAR=ERROR"
        text = "run batches until this standard error is met at all points; repeatable"
        command.add_argument("--target-se", action="append", default=[], metavar=form, help=text)
        text = "halve the step until its bias is below this at all points; repeatable"
        command.add_argument("--target-step", action="append", default=[], metavar=form, help=text)
        command.add_argument(
            "--max-trajectories",
            type=as_count,
            metavar="N",
            help="most trajectories of a point on the way to it, but one batch at least",
        )
        add_cores(command)
    predict.add_argument(
        "--workers",
        type=as_count,
        default=default_workers(),
        metavar="N",
        help="worker processes; 0 computes in this process (default: one for each core at "
        "hand, as far as the limit of open files allows)",
    )
    for command in (run, predict):
        command.add_argument("--quiet", action="store_true", help="say nothing but errors")
    _add_describe_options(describe)
    _add_run_options(run)
    predict.add_argument(
        "--output", metavar="FILE", type=as_path, required=True, help="netCDF file (.nc)"
    )
    predict.add_argument(
        "--cache", metavar="DIR", type=as_path, help="folder that keeps predictions"
    )


def _add_describe_options(describe: argparse.ArgumentParser) -> None:
    describe.add_argument("--latex", action="store_true", help="the equations alone, as LaTeX")
    describe.add_argument(
        "--point", type=as_count, metavar="N", help="numbers of this point, from 0 (default: 0)"
    )
    add_at(describe, "numbers at this value of an axis, the nearest one; repeatable")


def _add_run_options(run: argparse.ArgumentParser) -> None:
    add_part_options(run)
    run.add_argument("--log-json", action="store_true", help="say it as JSON, an object a line")
    run.add_argument("--scheduler", metavar="ADDR", help="tcp://host:port or tls://host:port")
    run.add_argument(
        "--cluster", metavar="FILE", type=as_file, help="file on jobs of SLURM or such (YAML)"
    )
    text = "store whose batches are taken over where they are the same; repeatable"
    run.add_argument(
        "--reuse", metavar="STORE", type=as_file, action="append", default=[], help=text
    )
    for name in ("ca", "cert", "key"):
        run.add_argument(
            f"--tls-{name}", metavar="FILE", type=as_file, help=f"TLS {name} for a tls:// scheduler"
        )
    run.add_argument(
        "--digest", metavar="FILE", type=as_file, help="write digests of the results there, last"
    )


def _add_validate_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--csv", metavar="FILE", type=as_path, help="write the table there")
    command.add_argument(
        "--predictions",
        metavar="FILE",
        type=as_path,
        help="what `twoqs predict` wrote; computed anew if left out",
    )
    command.add_argument(
        "--claims",
        metavar="FILE",
        type=as_path,
        help="claims about the sweep, by its name; exit code 1 unless they hold",
    )


def _add_store_commands(group: argparse._SubParsersAction) -> None:
    texts = {
        "status": ("points and batches that are done, and how many values are ok", commands.status),
        "show": ("table of the results, finished or not", commands.show),
        "plot": ("quick picture of a variable with error bars", commands.plot),
        "verify": ("check every record and the merged dataset", commands.verify),
        "validate": ("hold the results against predictions", commands.validate),
    }
    for name, (text, function) in texts.items():
        command = new_command(group, name, text)
        command.set_defaults(command=function)
        command.add_argument("store", metavar="STORE", type=as_path, help="such as results/fig7")
        if name == "status":
            command.add_argument("--json", action="store_true", help="all of it as a JSON object")
        if name == "validate":
            _add_validate_options(command)
        if name in ("show", "plot"):
            add_at(command, "choose one coordinate of a dimension, the nearest one; repeatable")
            text = "also values of points that are not finished, of the batches that are done"
            command.add_argument("--early", action="store_true", help=text)
            text = "means in units of S, variances and correlations in units of S^2"
            command.add_argument("--per-spin", action="store_true", help=text)
        if name == "show":
            command.add_argument("--var", action="append", default=[], help="variable; repeatable")
            text = "function of variables, as in --expr 'sz/spin'; repeatable"
            command.add_argument(
                "--expr", metavar="FORMULA", action="append", default=[], help=text
            )
        if name == "plot":
            _add_plot_options(command)


def _add_plot_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--var", help="variable (default: sz, of modes alone n)")
    command.add_argument("--x", metavar="DIM", help="dimension along x; the longest")
    command.add_argument("--y", metavar="DIM", help="dimension along y of a map")
    text = "curves over the logarithm of their values"
    command.add_argument("--y-log", action="store_true", help=text)
    text = "value at which a map has a line; repeatable"
    command.add_argument(
        "--contour", metavar="VALUE", type=float, action="append", default=[], help=text
    )
    text = "file of `twoqs predict`, whose values are drawn as lines"
    command.add_argument("--predictions", metavar="FILE", type=as_path, help=text)
    ends, text = ("LOW", "HIGH"), "ends of the x axis; of a spectrum those of its lines"
    command.add_argument("--x-range", metavar=ends, nargs=2, type=float, help=text)
    text = "PNG, PDF or SVG files of one picture; <sweep>-<variable>.png if left out"
    command.add_argument("--output", metavar="FILE", type=as_path, nargs="+", help=text)
    text = "CSV or netCDF file (.csv, .nc) for all that is drawn"
    command.add_argument("--data", metavar="FILE", type=as_path, help=text)


def _add_refine(group: argparse._SubParsersAction) -> None:
    refine = new_command(group, "refine", "new values of axes where results change fastest")
    refine.set_defaults(command=commands.refine)
    refine.add_argument(
        "source", metavar="SPEC|STORE", type=as_path, help="a sweep that has been run"
    )
    refine.add_argument(
        "--axis", action="append", required=True, help="axis that gets new values; repeatable"
    )
    refine.add_argument("--points", type=as_count, required=True, metavar="N", help="new values")
    text = "new points anywhere between two axes, in place of values, which are lines of a grid"
    refine.add_argument("--scattered", action="store_true", help=text)
    refine.add_argument(
        "--var",
        "--variable",
        action="append",
        help="variable to look at, with its standard error; repeatable (default: sz)",
    )
    refine.add_argument(
        "--log", action="append", default=[], metavar="AXIS", help="axis in logarithms; repeatable"
    )
    refine.add_argument("--size", help="one of the file's sizes; full size if left out")
    refine.add_argument(
        "--store", metavar="DIR", type=as_file, help="store; results/<name> if left out"
    )
    refine.add_argument(
        "--output", metavar="FILE", type=as_path, help="the grown sweep file; printed if left out"
    )


def _add_figures(group: argparse._SubParsersAction) -> None:
    figure = new_command(group, "figure", "draw a figure of the paper from its sweep")
    figure.set_defaults(command=commands.figure)
    figure.add_argument("name", metavar="NAME", help="fig1 to fig7")
    figure.add_argument("store", metavar="STORE", type=as_path, help="such as results/fig7")
    figure.add_argument(
        "--predictions",
        metavar="FILE",
        type=as_path,
        required=True,
        help="what `twoqs predict` wrote for the sweep",
    )
    accuracy = new_command(group, "accuracy", "bias of each scheme against spin length and step")
    accuracy.set_defaults(command=commands.accuracy)
    accuracy.add_argument(
        "tables",
        metavar="TABLE",
        type=as_path,
        nargs="+",
        help="what `twoqs validate --csv` wrote for the sweeps of the study, one file each",
    )
    accuracy.add_argument(
        "--csv", metavar="FILE", type=as_path, required=True, help="write the table of biases there"
    )
    for command in (figure, accuracy):
        command.add_argument(
            "--output",
            metavar="FILE",
            type=as_path,
            nargs="+",
            required=True,
            help="PNG, PDF or SVG files of the same picture",
        )


def _add_report(group: argparse._SubParsersAction) -> None:
    report = new_command(group, "report", "one page on the validation of some sweeps")
    report.set_defaults(command=commands.report)
    report.add_argument(
        "stores", metavar="STORE", type=as_path, nargs="+", help="such as results/fig7"
    )
    report.add_argument(
        "--claims", metavar="PATH", type=as_path, help="claims about the sweeps (YAML)"
    )
    for name, text in {
        "predictions": "folder with what `twoqs predict` wrote, <name of the sweep>.nc",
        "figures": "folder of the pictures (PNG)",
        "html": "the page",
        "csv": "the table",
    }.items():
        report.add_argument(f"--{name}", metavar="PATH", type=as_path, required=True, help=text)
