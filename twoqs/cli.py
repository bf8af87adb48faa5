"""The command line: plan, run, refine; predict, validate, report; look at stores."""

from __future__ import annotations

import argparse
import math
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType

from twoqs.errors import ArgumentError, TwoqsError, require

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 for success, 1 for a run or check that failed, 2 for bad input, 130 if interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ArgumentError as error:
        return _fail(str(error), BAD_INPUT)
    except TwoqsError as error:
        return _fail(str(error), FAILED)
    except KeyboardInterrupt:
        return _fail(f"Interrupted{getattr(options, 'kept', '')}.", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"twoqs: {message}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twoqs", description="Truncated Wigner simulation of open quantum spins."
    )
    parser.add_argument("--version", action="version", version=f"twoqs {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_sweep_commands(commands)
    _add_store_commands(commands)
    _add_refine(commands)
    _add_report(commands)
    return parser


def _add_sweep_commands(commands: argparse._SubParsersAction) -> None:
    plan = commands.add_parser("plan", help="points, batches and cost of a sweep; starts nothing")
    plan.set_defaults(command=_plan)
    run = commands.add_parser("run", help="compute what is missing of a sweep")
    run.set_defaults(command=_run, kept="; finished batches are kept")
    predict = commands.add_parser("predict", help="exact and approximate theory for a sweep")
    predict.set_defaults(command=_predict)
    for command in (plan, run, predict):
        command.add_argument("spec", metavar="SPEC", help="sweep file (YAML)")
        command.add_argument("--size", help="one of the file's sizes; full size if left out")
    for command in (plan, run):
        command.add_argument("--store", metavar="DIR", help="store; results/<name> if left out")
        command.add_argument(
            "--target-se",
            action="append",
            default=[],
            metavar="VAR=ERROR",
            help="run batches until this standard error is met at all points; repeatable",
        )
        command.add_argument(
            "--max-trajectories",
            type=_count,
            metavar="N",
            help="most trajectories of a point on the way to it",
        )
    for command in (run, predict):
        command.add_argument(
            "--workers",
            type=_count,
            default=len(os.sched_getaffinity(0)),
            metavar="N",
            help="worker processes; 0 computes in this process (default: number of cores)",
        )
        command.add_argument("--quiet", action="store_true", help="say nothing but errors")
    predict.add_argument("--output", metavar="FILE", type=Path, required=True, help="netCDF file")
    predict.add_argument("--cache", metavar="DIR", type=Path, help="folder that keeps predictions")
    run.add_argument("--scheduler", metavar="ADDR", help="tcp://host:port or tls://host:port")
    run.add_argument("--cluster", metavar="FILE", help="file on jobs of SLURM or such (YAML)")
    for name in ("ca", "cert", "key"):
        run.add_argument(f"--tls-{name}", metavar="FILE", help=f"TLS {name} for a tls:// scheduler")
    run.add_argument("--digest", metavar="FILE", help="write digests of the results there, last")


def _add_store_commands(commands: argparse._SubParsersAction) -> None:
    texts = {
        "status": ("points and batches that are done", _status),
        "show": ("table of the results, finished or not", _show),
        "plot": ("quick picture of a variable with error bars", _plot),
        "export": ("write the results into one netCDF or CSV file", _export),
        "verify": ("check every record and the merged dataset", _verify),
        "validate": ("hold the results against predictions", _validate),
    }
    for name, (text, function) in texts.items():
        command = commands.add_parser(name, help=text)
        command.set_defaults(command=function)
        command.add_argument("store", metavar="STORE", type=Path, help="such as results/fig7")
        if name == "validate":
            command.add_argument("--csv", metavar="FILE", type=Path, help="write the table there")
            command.add_argument(
                "--predictions",
                metavar="FILE",
                type=Path,
                help="what `twoqs predict` wrote; computed anew if left out",
            )
            command.add_argument(
                "--claims",
                metavar="FILE",
                type=Path,
                help="claims about the sweep, by its name; exit code 1 unless they hold",
            )
        if name in ("show", "plot"):
            command.add_argument(
                "--at",
                action="append",
                default=[],
                metavar="DIM=VALUE",
                help="choose one coordinate of a dimension, the nearest one; repeatable",
            )
        if name in ("show", "export"):
            command.add_argument("--var", action="append", default=[], help="variable; repeatable")
        if name == "plot":
            command.add_argument("--var", default="sz", help="variable (default: sz)")
            command.add_argument("--x", metavar="DIM", help="dimension along x; the longest")
            command.add_argument(
                "--output",
                metavar="FILE",
                type=Path,
                help="PNG, PDF or SVG file; <sweep>-<variable>.png if left out",
            )
        if name == "export":
            command.add_argument(
                "output", metavar="FILE", type=Path, help="netCDF (.nc) or CSV (.csv) file"
            )
            command.add_argument("--force", action="store_true", help="replace the file")


def _add_refine(commands: argparse._SubParsersAction) -> None:
    refine = commands.add_parser("refine", help="new values of axes where results change fastest")
    refine.set_defaults(command=_refine)
    refine.add_argument("source", metavar="SPEC|STORE", type=Path, help="a sweep that has been run")
    refine.add_argument(
        "--axis", action="append", required=True, help="axis that gets new values; repeatable"
    )
    refine.add_argument("--points", type=_count, required=True, metavar="N", help="new values")
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
    refine.add_argument("--store", metavar="DIR", help="store; results/<name> if left out")
    refine.add_argument(
        "--output", metavar="FILE", type=Path, help="the grown sweep file; printed if left out"
    )


def _add_report(commands: argparse._SubParsersAction) -> None:
    report = commands.add_parser("report", help="one page on the validation of some sweeps")
    report.set_defaults(command=_report)
    report.add_argument("stores", metavar="STORE", type=Path, nargs="+")
    for name, text in {
        "claims": "claims about the sweeps (YAML)",
        "predictions": "folder with what `twoqs predict` wrote, <name of the sweep>.nc",
        "figures": "folder of the pictures (PNG)",
        "html": "the page",
        "csv": "the table",
    }.items():
        report.add_argument(f"--{name}", metavar="PATH", type=Path, required=True, help=text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be an integer from 0 on, but got {text!r}")
    return int(text)


def _version() -> str:
    try:
        return version("twoqs")
    except PackageNotFoundError:
        return "(not installed)"


# The commands import what they need when they run: `--version` and bad options answer at once.


def _plan(options: argparse.Namespace) -> int:
    from twoqs.plan import plan
    from twoqs.sweep import Sweep

    sweep = Sweep.from_file(options.spec, options.size, _changes(options))
    print(plan(sweep, options.store))
    return OK


def _run(options: argparse.Namespace) -> int:
    from twoqs.run import Workers, run
    from twoqs.sweep import Sweep
    from twoqs.target import shortened

    names = {name: getattr(options, f"tls_{name}") for name in ("ca", "cert", "key")}
    tls = {name: path for name, path in names.items() if path is not None}
    sweep = Sweep.from_file(options.spec, options.size, _changes(options))
    workers = Workers(options.workers, options.scheduler, tls, options.cluster)
    digest = options.digest
    require(digest is None or not os.path.isdir(digest), "digest", "be a file", digest)
    with _ended_like_ctrl_c():
        outcome = run(sweep, options.store, workers, digest, options.quiet)
    for failure in outcome.failures:
        sys.stderr.write(f"twoqs: given up: {failure}\n")
    for line in shortened(outcome.missed):
        sys.stderr.write(f"twoqs: target missed: {line}\n")
    return FAILED if outcome.failures or outcome.missed else OK


def _changes(options: argparse.Namespace) -> dict[str, float]:
    """What the options say in place of the sweep file."""
    changes: dict[str, float] = {}
    for text in options.target_se:
        name, separator, value = text.partition("=")
        form = "have the form VAR=ERROR, such as sz=1e-3"
        require(name.isidentifier() and bool(separator), "target-se", form, text)
        changes[f"target_se.{name}"] = _positive("target-se", value)
    if options.max_trajectories is not None:
        changes["max_trajectories"] = options.max_trajectories
    return changes


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    require(0 < value < math.inf, name, "give a positive number", text)
    return value


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Meet a request to end like Ctrl-C: processes are closed, and files left in order."""
    former = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refine(options: argparse.Namespace) -> int:
    from twoqs.refine import Source, described, refine
    from twoqs.store.files import write_atomic

    source = Source.of(options.source, options.size, options.store)
    variables = options.var or ["sz"]
    found = refine(
        source.sweep, source.data(), options.axis, options.points, variables, options.log
    )
    text = source.grown(found)
    for line in described(source.sweep, found, options.points):
        sys.stderr.write(f"{line}\n")
    if options.output is None:
        sys.stdout.write(text)
        return OK
    try:
        write_atomic(options.output, text.encode())
    except OSError as error:
        raise ArgumentError.of(
            "output", f"be a file that can be written ({error.strerror})", str(options.output)
        ) from error
    sys.stderr.write(f"Run {options.output} with --store {source.store}.\n")
    return OK


def _status(options: argparse.Namespace) -> int:
    from twoqs.status import status

    print(status(options.store))
    return OK


def _show(options: argparse.Namespace) -> int:
    from twoqs.access import read
    from twoqs.choice import places
    from twoqs.table import DEFAULT_VARIABLES, table

    data = read(options.store, options.var or DEFAULT_VARIABLES)
    # What another program reads is not cut into pieces.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(table(data, options.var, places(options.at), width))
    return OK


def _plot(options: argparse.Namespace) -> int:
    from twoqs.access import read
    from twoqs.choice import places
    from twoqs.figures import plot

    data = read(options.store, [options.var])
    output = options.output or Path(f"{data.attrs['title']}-{options.var}.png")
    plot(data, options.var, output, places(options.at), options.x)
    print(output)
    return OK


def _export(options: argparse.Namespace) -> int:
    from twoqs.export import export

    data = export(options.store, options.output, options.var, options.force)
    done, total = data.attrs["points_done"], data.attrs["points_total"]
    print(f"{options.output}: {done} of {total} points")
    return OK


def _verify(options: argparse.Namespace) -> int:
    from twoqs.store import verify

    problems = list(verify(options.store))
    for problem in problems:
        print(problem)
    if problems:
        print("Run the sweep again: it computes and writes anew what is missing or damaged.")
    else:
        print(f"{options.store}: every record and the merged dataset are as they were written.")
    return FAILED if problems else OK


def _predict(options: argparse.Namespace) -> int:
    from twoqs.predictions import Cache, predictions, write_netcdf
    from twoqs.sweep import Sweep

    sweep = Sweep.from_file(options.spec, options.size)
    cache = None if options.cache is None else Cache(options.cache)
    # Minutes of work must not end at a path that could never be written.
    _check_folder("cache", options.cache)
    _check_folder("output", options.output.parent)
    require(not options.output.is_dir(), "output", "be a file", str(options.output))
    with _ended_like_ctrl_c():
        found = predictions(sweep, cache, options.workers, options.quiet)
    write_netcdf(found, options.output)
    return OK


def _check_folder(name: str, path: Path | None) -> None:
    if path is None:
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
        usable = os.access(path, os.W_OK | os.X_OK)
    except OSError:
        usable = False
    require(usable, name, "lie in a folder that can be written", str(path))


def _validate(options: argparse.Namespace) -> int:
    import json

    from twoqs.access import load
    from twoqs.predictions import predictions, read_predictions
    from twoqs.sweep import Sweep
    from twoqs.validation import check, claims_for, deviations, read_claims, summary, write_table

    claims = {} if options.claims is None else read_claims(options.claims)
    result = load(options.store)
    sweep = Sweep.from_dict(json.loads(result.attrs["sweep"]))
    if options.predictions is None:
        predicted = predictions(sweep)
    else:
        predicted = read_predictions(options.predictions)
    table = deviations(result, predicted)
    if options.csv is not None:
        write_table(table, options.csv)
    if table.empty:
        print("There is no prediction for any point of this sweep.")
    else:
        print(summary(table).to_string(index=False, float_format="{:.3g}".format))
    if options.claims is None:
        return OK
    verdicts = check(table, claims_for(claims, sweep.name))
    for verdict in verdicts:
        print(verdict)
    return FAILED if any(verdict.surprises for verdict in verdicts) else OK


def _report(options: argparse.Namespace) -> int:
    from twoqs.report import write_report

    found = write_report(
        options.stores,
        options.claims,
        options.predictions,
        options.figures,
        options.html,
        options.csv,
    )
    for figure in found:
        for verdict in figure.verdicts:
            print(f"{figure.name} {verdict}")
    return OK
