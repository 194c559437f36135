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

_count: Any = None  # in a worker: the number of world-quarters done by all workers together


def available() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_up(world_quarters: int) -> None:
    """Tell the process that waits how far this one is; nothing to do where nobody listens."""
    if _count is not None:
        with _count.get_lock():
            _count.value += world_quarters


@contextmanager
def processes(workers: int) -> Iterator[tuple[ProcessPoolExecutor, Callable[[], int]]]:
    """A pool of spawned processes, and a function that says how many world-quarters they did.

    Leaving through an error or Ctrl-C ends the processes at once.
    """
    spawn = multiprocessing.get_context("spawn")
    count = spawn.Value("q", 0)
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, spawn, initializer=_enter, initargs=(count,))
    try:
        with _quiet_start():
            for _ in range(workers):
                pool.submit(os.getpid)  # each first job starts a process
        yield pool, lambda: int(count.value)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    pool.shutdown()


def _enter(count: Any) -> None:
    global _count
    _count = count


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
