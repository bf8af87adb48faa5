"""Workers as jobs of a queueing system, such as SLURM, by a cluster file and dask-jobqueue."""

from twoqs.execution.dask.jobs.read import read_cluster
from twoqs.execution.dask.jobs.schema import ClusterSpec

__all__ = ["ClusterSpec", "read_cluster"]
