"""Which code made a result, and on which machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from twoqs.kernels.compile.sources import closure_digest
from twoqs.simulation.canonical import canonical
from twoqs.simulation.rounding import rounding

MAKERS = ("twoqs", "numba", "llvmlite", "numpy", "scipy")
"""Packages on which the bits of a record depend."""

CPU_FEATURES = ("fma", "avx2", "avx512f", "sve")
"""Features of processors, by LLVM's names, that round otherwise or sum in another order."""

PACKAGES = ("twoqs", "numpy", "scipy", "numba", "zarr", "xarray", "dask", "distributed")
"""Packages whose versions a result names."""

METHOD = "truncated Wigner simulation of open quantum spins"
PAPER = "J. Huber, P. Kirton, P. Rabl, SciPost Physics 10, 045 (2021)"
DOI = "https://doi.org/10.21468/SciPostPhys.10.2.045"
"""Address of that paper."""

_ROOT = Path(__file__).parents[1]


def provenance(title: str, how: str) -> dict[str, str]:
    """Attributes of every dataset: what it is, which code made it now, and on which machine.

    Args:
        title: what it is about.
        how: what makes it, for `history`.
    """
    return {
        "Conventions": "CF-1.11",
        "title": title,
        "source": f"twoqs {versions()['twoqs']}: {METHOD}",
        "references": PAPER,
        "history": f"{datetime.now(UTC).isoformat(timespec='seconds')} {how}",
        "code": code_digest(),
        "commit": git_commit() or "unknown",
        "versions": canonical(versions()),
        "platform": platform.platform(),
        "cpu": cpu_model(),
    }


@cache
def code_digest() -> str:
    """Hexadecimal SHA-256 of all source files of the package."""
    digest = hashlib.sha256()
    for file in sorted(_ROOT.rglob("*.py"), key=lambda file: file.relative_to(_ROOT).as_posix()):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(_ROOT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that take part in a result."""
    found = {"python": platform.python_version()}
    return found | {package: _version(package) for package in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def identity() -> dict[str, str]:
    """What must agree between the driver and every worker, for results to be equal to the bit."""
    makers = ("twoqs", "numba", "numpy", "scipy")
    return {name: versions()[name] for name in makers} | {"code": code_digest()}


@cache
def origin() -> dict[str, str]:
    """What this process makes records with: they are equal to the bit where all of this is.

    Returns:
        `code`, the digest of the source that takes part; `cpu`; `rounding`; and the versions of
        `python` and of the MAKERS.
    """
    code = closure_digest("twoqs.simulation.batch")
    made_by = {"code": code, "cpu": cpu_family(), "rounding": rounding()}
    return made_by | {"python": versions()["python"]} | {name: _version(name) for name in MAKERS}


def cpu_family() -> str:
    """The kind of processor that kernels are compiled for, such as `znver4 fma avx2 avx512f`."""
    # Imported here: readers need no compiler.
    from llvmlite.binding import get_host_cpu_name

    from twoqs.kernels.compile.jit import processor_has

    name = os.environ.get("NUMBA_CPU_NAME") or get_host_cpu_name()
    return " ".join([name, *(feature for feature in CPU_FEATURES if processor_has(feature))])


@cache
def cpu_model() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


@cache
def git_commit() -> str | None:
    """Commit of the source tree that the package runs from, with `+` where it was changed."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", str(_ROOT))
    return commit + ("+" if changed else "")


def _git(*arguments: str) -> str | None:
    if not (_ROOT.parent / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT.parent), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
