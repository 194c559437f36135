"""One process at a time: a lock file that says who holds it, and that dies with its holder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import BadInput

NUMBER = 20  # bytes, enough for the number of a process


@contextmanager
def alone(lock: Path, what: Path) -> Iterator[None]:
    """Hold a lock file while at work on `what`. BadInput if another process holds it.

    The system itself lets go of it when its holder ends, however that happens: a lock file that is
    found lying about is taken over.
    """
    handle = _taken(lock, what)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        _let_go(handle, lock)


def _taken(lock: Path, what: Path) -> int:
    while True:
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise BadInput(
                f"{what}: cannot be written ({error.strerror}). Choose another folder."
            ) from None
        try:
            _hold(handle)
            # one that was let go of, and removed, between the two lines above is no lock any more
            if os.path.exists(lock) and os.path.samestat(os.fstat(handle), os.stat(lock)):
                return handle
        except (BlockingIOError, PermissionError):
            number = os.read(handle, NUMBER).decode("ascii", "replace").strip() or "another"
            os.close(handle)
            raise BadInput(
                f"{what}: process {number} is writing there. Wait for it, or choose another folder."
            ) from None
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30  # the byte that is locked: far behind the number, which others may read

    def _hold(handle: int) -> None:
        os.lseek(handle, FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

    def _let_go(handle: int, lock: Path) -> None:
        os.close(handle)  # an open file cannot be removed there
        try:
            os.unlink(lock)
        except OSError:
            pass  # somebody else holds it by now

else:
    import fcntl

    def _hold(handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass  # a file system without locks: go on without one

    def _let_go(handle: int, lock: Path) -> None:
        lock.unlink(missing_ok=True)
        os.close(handle)
