"""A store in a folder of a group: its second user goes on where the first one stopped."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import xarray as xr
from forked import Ended, forked
from sweeps import merged_bytes, sweep

from twoqs.errors import StoreError
from twoqs.execution.predict import write_netcdf
from twoqs.execution.run import Workers, carry_out
from twoqs.look.export import export
from twoqs.store import verify
from twoqs.sweep import Sweep

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become other users")

GROUP, FIRST, SECOND = 45_000, 45_001, 45_002
"""Numbers that no account has."""

Work = tuple[int, int, int]
"""Who works, with which umask, and for how many trajectories."""


def content(trajectories: int) -> Sweep:
    """A sweep that writes all kinds of files; its target is met by any number of trajectories."""
    return sweep(trajectories=trajectories, target_se={"sz": 100.0})


def use(trajectories: int, folder: Path) -> None:
    """Write into a folder whatever is written."""
    carry_out(content(trajectories), folder / "s", Workers(0), digest=folder / "digests" / "s.json")
    export(folder / "s", folder / "exports" / "s.nc", force=True)
    write_netcdf(xr.Dataset({"sz": ("time", [1.0])}), folder / "predictions" / "s.nc")
    assert not list(verify(folder / "s"))


def work(how: Work) -> int:
    """What a user does in the working directory."""
    user, umask, trajectories = how
    with tempfile.TemporaryDirectory() as scratch, redirect_stderr(io.StringIO()):
        use(trajectories, Path(scratch))  # loads modules and kernels that others may not read
    os.setgroups([])
    os.setgid(GROUP)
    os.setuid(user)
    os.umask(umask)
    try:
        use(trajectories, Path())
    except StoreError as error:
        os.write(2, f"refused: {error}".encode())
        return 1
    return 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the group, which others may look into."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        path = Path(name, "group")
        path.mkdir()
        shutil.chown(path, group=GROUP)
        path.chmod(0o2775)
        yield path


def by(user: int, umask: int, trajectories: int, folder: Path) -> Ended:
    return forked(work, (user, umask, trajectories), folder, 8 * 10**9, 120)


def test_the_second_user_of_a_group_goes_on(folder: Path, tmp_path: Path) -> None:
    ended = by(FIRST, 0o002, 512, folder)
    assert ended.code == 0, ended.error
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"lock", "receipts.jsonl", "sweep.json", "rounds.jsonl", "s.json", "s.nc"} <= {
        path.name for path in files
    }
    for path in folder.rglob("*"):
        found = path.stat()
        wanted = 0o664 if path.is_file() else 0o2775
        assert (found.st_gid, oct(stat.S_IMODE(found.st_mode))) == (GROUP, oct(wanted)), path
    ended = by(SECOND, 0o002, 1024, folder)
    assert ended.code == 0, ended.error
    assert "8 of 16 batches are done" in ended.error, "the first user's are kept"
    assert {path.stat().st_uid for path in folder.rglob("*")} == {FIRST, SECOND}
    carry_out(content(1024), tmp_path / "alone", Workers(0), quiet=True)
    assert merged_bytes(folder / "s") == merged_bytes(tmp_path / "alone")


def test_a_user_who_gives_the_group_nothing_is_obeyed(folder: Path) -> None:
    """Negative control: what files may do comes from the umask, and who is refused learns where."""
    assert by(FIRST, 0o022, 512, folder).code == 0
    ended = by(SECOND, 0o002, 1024, folder)
    assert ended.code == 1
    assert ended.error.endswith("refused: Cannot write the store s: Permission denied (s/lock).")
