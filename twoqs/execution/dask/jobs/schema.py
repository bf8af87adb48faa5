"""The format of a cluster file, as types: one for each queueing system.

Keys that dask-jobqueue knows have its names; what is left out is taken from its own configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from twoqs.execution.dask.jobs.duration import HOURS, seconds
from twoqs.sweep.fields import WHOLE, Strict, refuse

Count = Annotated[int, Field(ge=1), WHOLE]
Lines = list[str]
Duration = Annotated[str, Field(pattern=HOURS)]

SPREAD = 0.05
"""Lifetimes of workers differ by this fraction up or down, so that not all end at once."""

RESERVE_SECONDS = 60.0
"""Least time between the end of a worker and the walltime of its job, to finish batches in."""


class Jobs(Strict):
    """How many jobs there may be: fewer than `max` while there is less to do."""

    min: Annotated[int, Field(ge=0), WHOLE] = 0
    max: Count

    @model_validator(mode="after")
    def _order(self) -> Jobs:
        if self.min > self.max:
            raise refuse(f"not have `min` above `max`, which is {self.max}")
        return self


class SchedulerSpec(Strict):
    """Where the scheduler, a part of the driver, listens to its workers."""

    host: str | None = None
    interface: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None


class ClusterSpec(Strict):
    """What all queueing systems have in common.

    Attributes:
        jobs: how many.
        cores: worker processes in a job, of one thread each.
        memory: of a job, such as 16GB.
        walltime: after which a job is killed, as the queueing system writes it.
        lifetime: after which workers end in order; by default as long as the walltime allows.
        patience: time without any worker, as in a full queue, after which a run ends.
        tls: whether driver and workers encrypt what they say, with a certificate of this run,
            which is in `shared_temp_directory` meanwhile.
    """

    KEPT: ClassVar[frozenset[str]] = frozenset(
        (
            "type",
            "jobs",
            "cores",
            "memory",
            "lifetime",
            "patience",
            "tls",
            "scheduler",
            "shared_temp_directory",
        )
    )
    """Keys that are not handed to dask-jobqueue as they are."""

    type: str
    jobs: Jobs
    cores: Count
    memory: Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?[kMGT]i?B$")]
    lifetime: Duration | None = None
    patience: Duration = "24:00:00"
    tls: bool = True
    scheduler: SchedulerSpec = SchedulerSpec()
    interface: str | None = None
    job_name: str = "twoqs"
    job_script_prologue: Lines | None = None
    job_extra_directives: Lines | None = None
    job_directives_skip: Lines | None = None
    log_directory: str | None = None
    local_directory: str | None = None
    shared_temp_directory: str | None = None
    python: str | None = None
    shebang: str | None = None
    death_timeout: Count | None = None

    @property
    def walltime_seconds(self) -> float | None:
        """The walltime, where the queueing system has one and it is given."""
        walltime = getattr(self, "walltime", None)
        return None if walltime is None else seconds(walltime)

    @property
    def lifetime_seconds(self) -> float | None:
        """Mean lifetime of workers; None if nothing ends them."""
        if self.lifetime is not None:
            return seconds(self.lifetime)
        if self.walltime_seconds is None:
            return None
        reserve = max(RESERVE_SECONDS, SPREAD * self.walltime_seconds)
        return (self.walltime_seconds - reserve) / (1 + SPREAD)

    def misfits(self) -> Iterator[tuple[str, str]]:
        """(key, what it must) of times that do not fit together."""
        walltime, lifetime = self.walltime_seconds, self.lifetime_seconds
        if walltime is None or lifetime is None:
            return
        if walltime < 5 * RESERVE_SECONDS:
            yield "walltime", f"be at least {5 * RESERVE_SECONDS / 60:.0f} minutes"
        elif lifetime * (1 + SPREAD) > walltime - RESERVE_SECONDS:
            yield "lifetime", "end 5 % and a minute before the walltime"

    @field_validator("lifetime", "patience")
    @classmethod
    def _positive(cls, value: str | None) -> str | None:
        if value is not None and seconds(value) == 0:
            raise refuse("be longer than nothing")
        return value


class Queue(ClusterSpec):
    """Systems with queues and walltimes."""

    queue: str | None = None
    walltime: Duration | None = None


class Slurm(Queue):
    """SLURM: `sbatch`."""

    type: Literal["slurm"]
    account: str | None = None
    job_cpu: Count | None = None
    job_mem: str | None = None


class Pbs(Queue):
    """PBS: `qsub`."""

    type: Literal["pbs"]
    account: str | None = None
    resource_spec: str | None = None


class Moab(Queue):
    """Moab: `msub`."""

    type: Literal["moab"]
    account: str | None = None
    resource_spec: str | None = None


class Sge(Queue):
    """Grid Engine: `qsub`."""

    type: Literal["sge"]
    project: str | None = None
    resource_spec: str | None = None


class Lsf(ClusterSpec):
    """LSF: `bsub`, whose walltimes have no seconds."""

    type: Literal["lsf"]
    queue: str | None = None
    walltime: Annotated[str, Field(pattern=r"^\d{1,4}:[0-5]\d$")] | None = None
    project: str | None = None
    ncpus: Count | None = None
    mem: Count | None = None
    lsf_units: Literal["kb", "mb", "gb", "tb"] | None = None
    use_stdin: bool | None = None


class Oar(Queue):
    """OAR: `oarsub`; `not_applicable` where memory cannot be asked for."""

    type: Literal["oar"]
    project: str | None = None
    resource_spec: str | None = None
    memory_per_core_property_name: str


class HTCondor(ClusterSpec):
    """HTCondor: `condor_submit`, which knows no walltime."""

    type: Literal["htcondor"]
    disk: str
    submit_command_extra: Lines | None = None
    cancel_command_extra: Lines | None = None


KINDS: dict[str, type[ClusterSpec]] = {
    "slurm": Slurm,
    "pbs": Pbs,
    "moab": Moab,
    "sge": Sge,
    "lsf": Lsf,
    "oar": Oar,
    "htcondor": HTCondor,
}
"""Formats by the key `type`."""
