"""Compiled kernels on disk, so that a machine compiles them once.

numba's own cache with three changes. It keeps a function for as long as the file of that function
is unchanged; but kernels are compiled into one another, and constants of other modules into them,
so here it counts whether any of these has changed. A damaged file would be an exception, or a crash
in machine code; here files carry a checksum, and what does not match is compiled again. And
processes that keep code for different arguments at once could take the same file for it, and load
that of the other; here files are named for the arguments, processes write the index one by one, and
those that need the same code wait for the one that compiles it. A disk that is full costs time, and
no more.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from numba.core import caching

from twoqs.kernels.compile.alone import alone
from twoqs.kernels.compile.sources import closure_digest

DIGEST_SIZE = hashlib.sha256().digest_size


SOURCES = closure_digest("twoqs.kernels")
"""Digest of all kernels and of all that they import: constants of other modules are compiled in."""


COMPILING = (
    "Compiling kernels for this kind of model, which takes up to a minute, once on this machine."
)
COMPILING_AGAIN = (
    "Compiling kernels, which takes up to a minute at every start as they can be kept nowhere: "
    "set NUMBA_CACHE_DIR to a folder that can be written."
)

_TELL: ContextVar[Callable[[str], None] | None] = ContextVar("tell", default=None)


@contextmanager
def compilation_told(tell: Callable[[str], None]) -> Iterator[None]:
    """In the block, tell in one line that kernels are compiled: before the first one, if any is.

    Of this thread's kernels, that is: workers need not repeat it.
    """
    token = _TELL.set(tell)
    try:
        yield
    finally:
        _TELL.reset(token)


def _tell(line: str) -> None:
    tell = _TELL.get()
    if tell is not None:
        _TELL.set(None)
        tell(line)


class CheckedFile(caching.IndexDataCacheFile):
    """Index and machine code of one function, each file ending with a checksum."""

    def save(self, key: Any, data: Any) -> None:
        """Keep data for a key, beside what other processes keep for other keys at the same time."""
        # Before the index, so that whoever reads that finds them.
        name = self._name(key)
        self._save_data(name, data)
        with alone(Path(self._index_path).with_suffix(".lock")):
            self._save_index(self._load_index() | {key: name})

    def lock_of(self, key: Any) -> Path:
        """The file that whoever compiles what has this key locks."""
        return Path(self._data_path(self._name(key))).with_suffix(".lock")

    def _name(self, key: Any) -> str:
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        return f"{Path(self._index_name).stem}.{digest}.nbc"

    def _dump(self, obj: Any) -> bytes:
        data = super()._dump(obj)
        return data + hashlib.sha256(data).digest()

    def _load_index(self) -> dict[Any, str]:
        try:
            with open(self._index_path, "rb") as file:
                version = pickle.load(file)
                stamp, overloads = pickle.loads(_checked(file.read()))
        except Exception:  # no file, or whatever unpickling a damaged one may raise
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _load_data(self, name: str) -> Any:
        with open(self._data_path(name), "rb") as file:
            return pickle.loads(_checked(file.read()))


class KernelCache(caching.FunctionCache):
    """The cache of one kernel.

    Raises:
        RuntimeError: if no folder for it can be written.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        base = self._impl.filename_base
        self._cache_file = CheckedFile(self._cache_path, base, SOURCES)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Machine code that was kept, or None, upon which the kernel is compiled."""
        found = super().load_overload(sig, target_context)
        if found is None:
            _tell(COMPILING)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, if the disk takes it.

        Raises:
            KeyboardInterrupt: if there is no code, as one came while LLVM told Python of it.
        """
        try:
            with suppress(OSError):
                super().save_overload(sig, data)
        except RuntimeError as error:
            # Python drops an interrupt in what C calls, and numba then finds nothing to keep.
            if "no compiled object" not in str(error):
                raise
            raise KeyboardInterrupt from error

    def keeps(self, sig: Any, target_context: Any) -> bool:
        """Whether machine code is kept; whether it is whole is seen when it is loaded."""
        key = self._index_key(sig, target_context.codegen())
        return key in self._cache_file._load_index()

    @contextmanager
    def compiling(self, sig: Any, target_context: Any) -> Iterator[None]:
        """In the block no other process compiles this; one that did has kept it before."""
        if self.keeps(sig, target_context):
            yield
            return
        _tell(COMPILING)
        with suppress(OSError):
            self._impl.locator.ensure_cache_path()
        with alone(self._cache_file.lock_of(self._index_key(sig, target_context.codegen()))):
            yield


class NoCache(caching.NullCache):
    """The cache of one kernel where no folder for it can be written."""

    def load_overload(self, sig: Any, target_context: Any) -> None:
        """None, upon which it is compiled."""
        _tell(COMPILING_AGAIN)

    def keeps(self, sig: Any, target_context: Any) -> bool:
        """False."""
        return False

    def compiling(self, sig: Any, target_context: Any) -> Any:
        """A block like any other: nobody could wait for what is not kept."""
        return nullcontext()


def cache_of(function: Callable[..., Any]) -> Any:
    """The cache of a kernel; one that keeps nothing if no folder for it can be written."""
    try:
        return KernelCache(function)
    except RuntimeError:
        return NoCache()


def is_compiled(kernel: Any, arguments: Iterable[Any]) -> bool:
    """Whether this process or the cache has machine code of a kernel for such arguments."""
    types = tuple(kernel.typeof_pyval(argument) for argument in arguments)
    return types in kernel.overloads or kernel._cache.keeps(types, kernel.targetctx)


def is_kept(kernel: Any) -> bool:
    """Whether machine code of a kernel can be kept on disk."""
    return not isinstance(kernel._cache, NoCache)


def _checked(data: bytes) -> bytes:
    """Content of a file without its checksum.

    Raises:
        OSError: if the checksum does not match, which the cache takes for a missing file.
    """
    content, digest = data[:-DIGEST_SIZE], data[-DIGEST_SIZE:]
    if hashlib.sha256(content).digest() != digest:
        raise OSError("damaged cache file")
    return content
