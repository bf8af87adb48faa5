"""A certificate of one run, for its driver and workers: nobody else can speak to them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import Security


class JobSecurity(Security):
    """Security whose worker's files are quoted, as dask-jobqueue writes them into scripts."""

    def get_tls_config_for_role(self, role: str) -> dict[str, str]:
        """Options of a command line by name; those of the scheduler and the client are paths."""
        config = super().get_tls_config_for_role(role)
        if role != "worker":
            return config
        return {name: value and shlex.quote(value) for name, value in config.items()}


@contextmanager
def certificates(folder: Path) -> Iterator[Security]:
    """Certificate and key in files that this user alone can read, and which are gone at the end.

    Args:
        folder: where workers can read, too.

    Raises:
        OSError: if it cannot be written.
        ImportError: if the package cryptography is missing.
    """
    made = Security.temporary()
    texts = {"ca": made.tls_ca_file, "cert": made.tls_worker_cert, "key": made.tls_worker_key}
    with TemporaryDirectory(prefix=".twoqs-tls-", dir=folder) as own:
        paths = {name: Path(own, f"{name}.pem") for name in texts}
        for name, path in paths.items():
            path.write_text(texts[name], encoding="ascii")
        roles = ("client", "scheduler", "worker")
        files = {
            f"tls_{role}_{name}": str(paths[name]) for role in roles for name in ("cert", "key")
        }
        yield JobSecurity(tls_ca_file=str(paths["ca"]), require_encryption=True, **files)
