"""What each command does with its options; each returns an exit code.

They import what they need when they run: `--version` and bad options answer at once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import TextIO, cast

from twoqs.cli.changes import changes_of
from twoqs.cli.options import chosen_workers
from twoqs.cli.output import say_error
from twoqs.errors import ArgumentError, require

OK, FAILED = 0, 1


def plan(options: argparse.Namespace) -> int:
    from twoqs.execution.plan import inaccurate, plan
    from twoqs.sweep import Sweep

    sweep = Sweep.from_file(options.spec, options.size, changes_of(options))
    # What `run` would refuse is refused here.
    workers = chosen_workers(options, sweep)
    print(plan(sweep, options.store, workers.count, workers.threads))
    if warning := inaccurate(sweep):
        sys.stderr.write(f"{warning}\n")
    return OK


def describe(options: argparse.Namespace) -> int:
    from twoqs.look.choice import coordinates_of
    from twoqs.look.describe import described_sweep, point_of
    from twoqs.sweep import Sweep

    sweep = Sweep.from_file(options.spec, options.size, changes_of(options))
    point = point_of(sweep, options.point, coordinates_of(options.at))
    print(described_sweep(sweep, point, options.latex))
    return OK


def run(options: argparse.Namespace) -> int:
    from twoqs.cli.part import chosen_part
    from twoqs.execution.log import JsonLines
    from twoqs.execution.run import carry_out
    from twoqs.execution.targets import shortened
    from twoqs.sweep import Sweep
    from twoqs.system.signals import ended_like_ctrl_c

    sweep = Sweep.from_file(options.spec, options.size, changes_of(options))
    workers = chosen_workers(options, sweep)
    if options.digest is not None:
        check_file("digest", Path(options.digest))
    given = options.store, workers, options.digest, options.quiet
    part = chosen_part(options, sweep)
    said = JsonLines(sys.stderr) if options.log_json else sys.stderr
    with redirect_stderr(cast(TextIO, said)), ended_like_ctrl_c():
        outcome = carry_out(sweep, *given, reuse=options.reuse, part=part, as_json=options.log_json)
    for failure in outcome.failures:
        say_error(f"given up: {failure}", options.log_json, "failure")
    for line in shortened(outcome.missed):
        say_error(f"target missed: {line}", options.log_json, "missed")
    return FAILED if outcome.failures or outcome.missed else OK


def refine(options: argparse.Namespace) -> int:
    from twoqs.look.choice import leading_variable
    from twoqs.look.refine import Source, grown_text, set_aside
    from twoqs.store.files import write_atomic

    source = Source.of(options.source, options.size, options.store)
    data = source.data()
    variables = options.var or [leading_variable(data)]
    data, aside = set_aside(data, variables)
    text, lines = grown_text(
        source, data, options.axis, options.points, variables, options.log, options.scattered
    )
    for line in [*aside, *lines]:
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
    sys.stderr.write(f"Run it: {source.command(options.output)}\n")
    return OK


def status(options: argparse.Namespace) -> int:
    from twoqs.look.status import status

    print(status(options.store, options.json))
    return OK


def show(options: argparse.Namespace) -> int:
    from twoqs.look.choice import coordinates_of
    from twoqs.look.derive import derive, named_formulas
    from twoqs.look.open import read_variables
    from twoqs.look.table import table

    data = read_variables(options.store, options.var, options.early)
    names = list(options.var)
    if options.expr:
        formulas = named_formulas(options.expr)
        data = data.merge(derive(options.store, formulas), compat="override")
        names += formulas
    # What another program reads is not cut into pieces.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(table(data, names, coordinates_of(options.at), width, options.per_spin))
    return OK


def plot(options: argparse.Namespace) -> int:
    import json

    from twoqs.errors import require
    from twoqs.execution.predict import are_for, read_predictions
    from twoqs.look.choice import coordinates_of, leading_variable
    from twoqs.look.open import read_variables
    from twoqs.look.plot.picture import View, plot
    from twoqs.sweep import Sweep

    data = read_variables(options.store, [options.var] if options.var else [], options.early)
    variable = options.var or leading_variable(data)
    outputs = options.output or [Path(f"{data.attrs['title']}-{variable}.png")]
    ends = None if options.x_range is None else tuple(options.x_range)
    at, contours = coordinates_of(options.at), tuple(options.contour)
    view = View(at, options.x, options.y, options.per_spin, ends, contours, options.y_log)
    given = options.predictions
    predicted = None if given is None else read_predictions(given)
    if predicted is not None:
        sweep = Sweep.from_dict(json.loads(data.attrs["sweep"]))
        require(are_for(predicted, sweep), "predictions", "be for this sweep", str(given))
    plot(data, variable, outputs, view, predicted, options.data)
    print("\n".join(map(str, [*outputs, *([options.data] if options.data else [])])))
    return OK


def verify(options: argparse.Namespace) -> int:
    from twoqs.store import remarks, verify, writer_of

    problems = list(verify(options.store))
    writer = writer_of(options.store)
    for problem in problems:
        print(problem)
    if problems and writer:
        print(f"A run is writing it now ({writer}): look again when that has ended.")
    elif problems:
        print("Run the sweep again: it computes and writes anew what is missing or damaged.")
    else:
        print(f"{options.store}: every record and the merged dataset are as they were written.")
    for remark in remarks(options.store):
        print(remark)
    return FAILED if problems else OK


def predict(options: argparse.Namespace) -> int:
    from twoqs.execution.predict import PredictionCache, coverage, predictions, write_netcdf
    from twoqs.sweep import Sweep
    from twoqs.system.signals import ended_like_ctrl_c

    sweep = Sweep.from_file(options.spec, options.size, changes_of(options))
    cache = None if options.cache is None else PredictionCache(options.cache)
    # Minutes of work must not end at a path that could never be written.
    if options.cache is not None:
        check_folder("cache", options.cache)
    require(options.output.suffix == ".nc", "output", "end in .nc", str(options.output))
    check_file("output", options.output)
    with ended_like_ctrl_c():
        found = predictions(sweep, cache, options.workers, options.quiet)
    write_netcdf(found, options.output)
    if not options.quiet:
        sys.stderr.write("\n".join(coverage(sweep, found).lines("with a prediction")) + "\n")
    return OK


def check_file(name: str, path: Path) -> None:
    """Refuse a file that can never be written."""
    check_folder(name, path.parent)
    require(not path.is_dir(), name, "be a file", str(path))


def check_folder(name: str, path: Path) -> None:
    """Refuse a folder that can never be written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        usable = os.access(path, os.W_OK | os.X_OK)
    except OSError:
        usable = False
    require(usable, name, "lie in a folder that can be written", str(path))


def validate(options: argparse.Namespace) -> int:
    import json

    from twoqs.execution.predict import read_predictions
    from twoqs.look.open import load
    from twoqs.look.validation import (
        check,
        claims_for,
        comparison,
        deviations,
        read_claims,
        summary,
        write_table,
    )
    from twoqs.sweep import Sweep

    claims = {} if options.claims is None else read_claims(options.claims)
    result = load(options.store)
    sweep = Sweep.from_dict(json.loads(result.attrs["sweep"]))
    if options.predictions is None:
        from twoqs.execution.predict import predictions

        predicted = predictions(sweep)
    else:
        predicted = read_predictions(options.predictions)
    table = deviations(result, predicted)
    if options.csv is not None:
        write_table(table, options.csv)
    if not table.empty:
        print(summary(table).to_string(index=False, float_format="{:.3g}".format))
    print("\n".join(comparison(result, predicted, table).lines("compared with theory")))
    if options.claims is None:
        return OK
    verdicts = check(table, claims_for(claims, sweep.name))
    for verdict in verdicts:
        print(verdict)
    return FAILED if any(verdict.surprises for verdict in verdicts) else OK


def figure(options: argparse.Namespace) -> int:
    from twoqs.paper.figures import draw

    draw(options.name, options.store, options.predictions, options.output)
    return OK


def accuracy(options: argparse.Namespace) -> int:
    from twoqs.paper.figures import draw_accuracy

    draw_accuracy(options.tables, options.csv, options.output)
    return OK


def report(options: argparse.Namespace) -> int:
    from twoqs.paper.report import write_report

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
