"""Worker processes for blocks of worlds: started quietly, counted on, and never left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_starting = threading.Lock()  # what a start changes for a while belongs to the whole process

_count: Any = None  # in a worker: the number of world-quarters done by all workers together
_stop: Any = None  # in a worker: 1 once nobody waits for it any more


class Stopped(Exception):
    """Nobody waits for this block any more."""


def sensible(workers: int | None, wanted: bool) -> int:
    """How many processes to use: at most two a processor, and one in a process that was started.

    None is one a processor if so many are `wanted`, else this one alone.
    """
    if multiprocessing.parent_process() is not None:
        return 1
    if workers is None:
        return available() if wanted else 1
    return min(workers, 2 * available())


def available() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_up(world_quarters: int) -> None:
    """Tell the process that waits how far this one is, and stop if it has gone away.

    Nothing to do where nobody listens.
    """
    if _stop is not None and _stop.value:
        raise Stopped
    if _count is not None:
        with _count.get_lock():
            _count.value += world_quarters


@contextmanager
def processes(workers: int) -> Iterator[tuple[ProcessPoolExecutor, Callable[[], int]]]:
    """A pool of spawned processes, and a function that says how many world-quarters they did.

    Leaving through an error or Ctrl-C stops them at the end of the quarter they are in: killing one
    that is about to send its block would leave this process waiting for the rest of it.
    """
    spawn = multiprocessing.get_context("spawn")
    count = spawn.Value("q", 0)
    stop = spawn.Value("b", 0)
    pool = ProcessPoolExecutor(workers, spawn, initializer=_enter, initargs=(count, stop))
    try:
        with _starting, _quiet_start():
            for _ in range(workers):
                pool.submit(os.getpid)  # each first job starts a process
        yield pool, lambda: int(count.value)
    except BaseException:
        stop.value = 1
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _enter(count: Any, stop: Any) -> None:
    global _count, _stop
    _count, _stop = count, stop
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A parent that was killed could not say so: do not outlive it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Start processes that use one thread, do not run the user's script again, and ignore Ctrl-C.

    All three are inherited at the start, so they are set here and put back: a script without
    `if __name__ == "__main__"` works, and only the parent answers Ctrl-C.
    """
    kept = {name: os.environ.get(name) for name in ONE_THREAD}
    script = sys.modules["__main__"]
    in_charge = threading.current_thread() is threading.main_thread()
    answer = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_charge else None
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if in_charge:
            signal.signal(signal.SIGINT, answer)
