"""How a run says how far it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = bool | Callable[[float, float], None] | None
"""True for a bar on stderr, or a function that hears (worlds done, worlds in all)."""


@contextmanager
def listener(progress: Progress, worlds: int, steps: int) -> Iterator[Callable[[int], None]]:
    """Turn counts of world-quarters (`steps` in all) into worlds done, for a bar or a function."""
    finished = 0
    tell = progress if callable(progress) else None
    bar = None
    if progress is True:
        from tqdm import tqdm

        layout = "{percentage:3.0f}% |{bar}| {n:.0f}/{total:.0f} worlds {elapsed}<{remaining}"
        pause = 0.1 if sys.stderr and sys.stderr.isatty() else 2.0
        bar = tqdm(total=worlds, bar_format=layout, mininterval=pause, file=sys.stderr)

    def step(count: int) -> None:
        nonlocal finished
        finished = min(finished + count, steps)  # what runs again counts once
        if bar is not None:
            bar.update(worlds * finished / steps - bar.n)
        if tell is not None:
            tell(worlds * finished / steps, float(worlds))

    try:
        yield step
        if finished < steps:  # a process that died did not say all it did
            step(steps - finished)
    finally:
        if bar is not None:
            bar.close()
