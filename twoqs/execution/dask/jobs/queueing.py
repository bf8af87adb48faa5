"""The classes of dask-jobqueue, whose import would change what Ctrl-C does."""

from __future__ import annotations

import signal

_ON_CTRL_C = signal.getsignal(signal.SIGINT)
try:
    from dask_jobqueue import (
        HTCondorCluster,
        JobQueueCluster,
        LSFCluster,
        MoabCluster,
        OARCluster,
        PBSCluster,
        SGECluster,
        SLURMCluster,
    )
finally:
    signal.signal(signal.SIGINT, _ON_CTRL_C)

CLASSES: dict[str, type[JobQueueCluster]] = {
    "slurm": SLURMCluster,
    "pbs": PBSCluster,
    "moab": MoabCluster,
    "sge": SGECluster,
    "lsf": LSFCluster,
    "oar": OARCluster,
    "htcondor": HTCondorCluster,
}
"""Classes of dask-jobqueue by the type in a cluster file."""

__all__ = ["CLASSES", "JobQueueCluster"]
