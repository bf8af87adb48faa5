"""The relaxation of modes and ensembles of a program, as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twoqs.flows.plan import Flow
from twoqs.flows.relaxation import Relaxation
from twoqs.kernels.machine_relaxation import NUMBERS, Relaxations


def relaxation_arrays(flows: Sequence[Flow], parameters: int) -> Relaxations:
    """Classes of all flows one after the other; flows that do not relax have none."""
    start, of_row, mode = [0], [np.zeros(0, np.int64)], [np.zeros(0, np.bool_)]
    used = np.zeros((len(flows), parameters), dtype=np.bool_)
    rates, frames = [np.zeros((0, NUMBERS))], [np.zeros((0, 3, 3))]
    columns, classes = ([np.zeros(0, np.int64)] for _ in range(2))
    for number, flow in enumerate(flows):
        count, rows = 0, len(flow.sites)
        if isinstance(flow, Relaxation):
            of_row.append(start[-1] + flow.classes)
            mode.append(flow.modes)
            frames.append(flow.frames)
            for column, part in flow.parts:
                count = len(part)
                used[number, column] = True
                rates.append(part.reshape(count, NUMBERS))
                columns.append(np.full(count, column))
                classes.append(start[-1] + np.arange(count))
        else:
            of_row.append(np.zeros(rows, np.int64))
            mode.append(np.zeros(rows, np.bool_))
        start.append(start[-1] + count)
    of_class = np.concatenate(classes)
    order = np.argsort(of_class, kind="stable")
    return Relaxations(
        start=np.array(start, dtype=np.int64),
        of_row=np.concatenate(of_row),
        mode=np.concatenate(mode),
        used=used,
        frames=np.concatenate(frames),
        framed=np.any(np.concatenate(frames) != np.eye(3), axis=(1, 2)),
        entries=np.searchsorted(of_class[order], np.arange(start[-1] + 1)).astype(np.int64),
        rates=np.concatenate(rates)[order],
        column=np.concatenate(columns)[order],
    )
