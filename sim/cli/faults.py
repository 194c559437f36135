"""How a command ends when something goes wrong: one line, and an exit status."""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
BARRED = (errno.EACCES, errno.EPERM, errno.EROFS)
MANY = (errno.EMFILE, errno.ENFILE, errno.EAGAIN)


def sentence_of(error: OSError) -> str:
    """What the system refused, where, and what to do."""
    name = f"{error.filename}: " if error.filename else ""
    said = f"{name}{error.strerror or error}"
    if error.errno in FULL:
        return f"{said}. Make room, or choose another place with --out; nothing is half-written."
    if error.errno in BARRED:
        return f"{said}. Choose another place with --out, or check who may read and write there."
    if error.errno in MANY:
        return f"{said}. Use --workers 1, or raise the limit (ulimit); nothing is half-written."
    return f"{said}. Choose another place with --out, or check the path; nothing is half-written."


def logged(text: str) -> str:
    """Put a traceback into a file of its own; the file's name."""
    try:
        handle, name = tempfile.mkstemp(prefix="ai-industry-sim-", suffix=".log")
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return name
    except OSError:
        return f"no file (none can be written in {Path(os.curdir)})"


def sentence_of_fault(error: BaseException) -> str:
    """One line about a fault of ours, with the file that holds its traceback."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    place = logged("".join(traceback.format_exception(error)))
    return (
        f"A fault of this program, not of yours: {said}. Please report it, with its traceback, "
        f"which is in {place}. Files that were finished are kept."
    )


class Lenient:
    """A stream that is full or gone does not end a run: what it would have said is not heard.

    `error` is why, once it has happened.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.error: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        if self.error is None:
            try:
                self.stream.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        if self.error is None:
            try:
                self.stream.flush()
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """What is left in the stream goes nowhere, or Python would try again when it ends."""
        self.error = error
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())


class Streams(NamedTuple):
    """stdout and stderr of one command."""

    out: Lenient
    err: Lenient


@contextmanager
def sound_surroundings() -> Iterator[Streams]:
    """For one command: streams that can be written to, and SIGTERM that ends it like Ctrl-C."""
    _open_what_is_closed()
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        if hasattr(stream, "reconfigure"):  # a code page that lacks a letter shows it otherwise
            stream.reconfigure(errors="backslashreplace")
    lenient = Streams(Lenient(out), Lenient(err))
    sys.stdout, sys.stderr = lenient  # type: ignore[assignment]
    ours = threading.current_thread() is threading.main_thread()
    ours = ours and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _stop)
    try:
        with warnings.catch_warnings():
            # doubts are said before the run, as sentences
            warnings.filterwarnings("ignore", category=UserWarning, module=r"sim\.")
            yield lenient
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for stream in lenient:
            stream.flush()
        sys.stdout, sys.stderr = out, err


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _open_what_is_closed() -> None:
    """Give a program that was started without stdin, stdout or stderr an empty one.

    Or the next file it opens would take that number, and what is printed would end up in it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")
