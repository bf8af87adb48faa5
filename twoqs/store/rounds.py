"""Sweeps with targets of their errors: which step and how many batches points ask for by now.

`rounds.jsonl` notes the errors of a point after each of its rounds, so that a look at the store
need not estimate them again. A note counts only for the records and the code that it was made from:
the file may be damaged or deleted, and what is asked for stays the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from twoqs.errors import StoreError
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_HALVINGS
from twoqs.simulation.provenance import code_digest
from twoqs.store.files import write_atomic
from twoqs.store.journal import contents, encode
from twoqs.store.ledger import Ledger
from twoqs.store.steps import bias_names, step_biases, step_ratio, step_targets, with_halved_step
from twoqs.store.targets import (
    first_batches,
    most_batches,
    next_batches,
    standard_errors,
    targets,
    worst_ratio,
)
from twoqs.sweep import Point, Sweep

ROUNDS = "rounds.jsonl"

ReadRows = Callable[[Point], Floats]
Errors = dict[str, float | None]


class Note(NamedTuple):
    """The errors of a point after one of its rounds.

    Attributes:
        point: identity of the point.
        batches: its batches so far.
        records: digest of the digests of their records.
        code: digest of the package that estimated the errors.
        errors: largest standard error of each variable, and what `step_biases` finds by its own
            names; None where it is not known.
    """

    point: str
    batches: int
    records: str
    code: str
    errors: Errors


class Rounds:
    """What the points of a sweep with targets ask for.

    Args:
        path: folder of the store.
        sweep: the sweep, with the trajectories of its first round.
        ledger: which batches are done.
        rows: reads the rows of all batches that a point asks for; raises a StoreError if one of
            them is damaged.
        trusting: whether to believe the notes; if not, all errors are estimated anew.

    Attributes:
        sweep: as given; to be replaced by one whose points have windows that were found since.
        first: this one with the steps that points are to have by now.
        steps: by identity, the bias of the step of a point in units of its target.
        worst: by identity, the largest error of a point in units of its target after the last
            round that is finished; points in their first round are not in it.
        judged: by identity, the batches that `worst` was found from.
        damaged: points that could not be judged, because a record of theirs is damaged.
    """

    def __init__(
        self, path: Path, sweep: Sweep, ledger: Ledger, rows: ReadRows, trusting: bool
    ) -> None:
        self._path, self.sweep, self._ledger, self._rows = path / ROUNDS, sweep, ledger, rows
        self._notes: dict[tuple[str, int], Note] = {}
        self._fresh = False
        self.first = sweep
        self.steps: dict[str, float] = {}
        self.worst: dict[str, float] = {}
        self.judged: dict[str, int] = {}
        self.damaged: list[Point] = []
        if trusting and (sweep.target_se or sweep.target_step):
            for content in contents(self._path):
                note = _note(content)
                if note is not None:
                    self._notes[note.point, note.batches] = note

    def settled(self) -> Sweep:
        """The sweep with the steps and as many batches as the records of points ask for by now."""
        self.first = self.sweep
        if not (self.sweep.target_se or self.sweep.target_step):
            return self.sweep
        self.steps, self.worst, self.judged, self.damaged = {}, {}, {}, []
        if self.sweep.target_step:
            found = {key: self._stepped(one) for key, one in self.sweep.requirements.items()}
            self.first = self.sweep.with_points(
                one.like(found[one.point_id]) for one in self.sweep.points
            )
        points = self.first.requirements.items()
        return self.first.with_batches({key: self._count(point) for key, point in points})

    def most(self) -> dict[str, int]:
        """By identity, the batches that the budget of a point allows."""
        sweep = self.first
        return {
            identity: most_batches(sweep, point)
            if targets(sweep, point)
            else first_batches(sweep, point)
            for identity, point in sweep.requirements.items()
        }

    def expected(self, counts: Mapping[str, int]) -> dict[str, int]:
        """By identity, the batches that will meet the targets if the spread stays as it is.

        Args:
            counts: batches that are asked for by now; of points in their first round no more is
                known.
        """
        most, expected = self.most(), dict(counts)
        for identity, ratio in self.worst.items():
            if ratio > 1:
                # The error falls as the root of the number. (A power would overflow.)
                needed = min(self.judged[identity] * ratio * ratio, most[identity])
                expected[identity] = max(counts[identity], math.ceil(needed))
        return expected

    def save(self) -> None:
        """Write the notes, if there are new ones.

        Raises:
            OSError: if the disk refuses.
        """
        if self._fresh:
            write_atomic(self._path, b"".join(encode(note) for note in self._notes.values()))
            self._fresh = False

    def _count(self, point: Point) -> int:
        target_se = targets(self.sweep, point)
        count = first_batches(self.sweep, point)
        if not target_se:
            return count
        most = most_batches(self.sweep, point)
        while self._ledger.finished(point.point_id, count):
            make = partial(standard_errors, point, names=target_se)
            errors = self._errors(point, count, target_se.keys(), make)
            if errors is None:
                break
            self.worst[point.point_id] = worst_ratio(errors, target_se)
            self.judged[point.point_id] = count
            following = next_batches(count, self.worst[point.point_id], most)
            if following == count:
                break
            count = following
        return count

    def _stepped(self, point: Point) -> Point:
        """The point at the step that its records ask for by now."""
        target_step, left = step_targets(self.sweep, point), MOST_HALVINGS
        if not target_step:
            return point
        while self._ledger.finished(point.point_id, count := first_batches(self.sweep, point)):
            make = partial(step_biases, point, names=target_step)
            keys = {key for name in target_step for key in bias_names(name)}
            biases = self._errors(point, count, keys, make)
            if biases is None:
                break
            self.steps[point.point_id] = step_ratio(biases, target_step)
            point, times = with_halved_step(point, biases, target_step, left)
            left -= times
            if not times:
                break
        return point

    def _errors(
        self, point: Point, count: int, keys: Set[str], estimate: Callable[[Floats], Errors]
    ) -> Errors | None:
        """Errors after `count` batches by these names, or None if a record is damaged."""
        records, code = self._records(point, count), code_digest()
        known = self._notes.get((point.point_id, count))
        made_of = known is not None and (known.records, known.code) == (records, code)
        before = known.errors if known is not None and made_of else {}
        if before.keys() >= keys:
            return before
        some = replace(point, requested=count * point.per_batch)
        try:
            rows = self._rows(some)
        except StoreError:
            self.damaged.append(some)
            return None
        errors = before | estimate(rows)
        note = Note(point.point_id, count, records, code, errors)
        self._notes[point.point_id, count] = note
        self._fresh = True
        return errors

    def _records(self, point: Point, count: int) -> str:
        total = hashlib.sha256()
        for batch in range(count):
            total.update(self._ledger.digest(point.point_id, batch) or b"missing")
        return total.hexdigest()


def _note(content: dict[str, Any]) -> Note | None:
    """The note of a line, or None if none is written so; a checksum does not tell who wrote it."""
    if content.keys() != set(Note._fields):
        return None
    note = Note(**content)
    texts = (note.point, note.records, note.code)
    fitting = all(isinstance(text, str) for text in texts) and isinstance(note.batches, int)
    errors = note.errors.values() if isinstance(note.errors, dict) else [""]
    return note if fitting and all(isinstance(e, float | int | None) for e in errors) else None
