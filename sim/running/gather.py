"""The blocks of one case, put in their place as they arrive, and made Results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.outputs.dataset import as_dataset, attributes
from sim.outputs.results import Failure, Results
from sim.running.block import Block


@dataclass
class Gathered:
    """What has come of one case so far, of so many worlds."""

    worlds: int
    block: Block | None = None
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    ledger: tuple[float, str] = (0.0, "")
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.there = np.zeros(self.worlds, dtype=bool)

    def add(self, block: Block | Failure) -> None:
        """Put a block in its place, or a failure on the list."""
        if isinstance(block, Failure):
            self.failures.append(block)
            return
        if self.block is None:
            self.block = block
            if len(block.worlds) == self.worlds:
                self.arrays = block.arrays
            else:
                for name, part in block.arrays.items():
                    self.arrays[name] = np.empty((*part.shape[:-1], self.worlds), part.dtype)
        place = slice(block.worlds[0], block.worlds[-1] + 1)
        if self.arrays is not block.arrays:
            for name, part in block.arrays.items():
                self.arrays[name][..., place] = part
        self.there[block.worlds] = True
        if not block.ledger_worst <= self.ledger[0]:  # a nan is the worst of all
            self.ledger = (block.ledger_worst, block.ledger_at)
        self.seconds += block.seconds

    def results(self, about: dict[str, Any], seconds: float) -> Results:
        """The worlds that came through; call it once."""
        about["ledger"] = {"worst": self.ledger[0], "at": self.ledger[1]}
        about["timings"] = {"seconds": round(seconds, 3), "in_blocks": round(self.seconds, 3)}
        failures = sorted(self.failures, key=lambda failure: failure.first_world)
        ids = np.flatnonzero(self.there)
        first = self.block
        if first is None:
            return Results(as_dataset({}, {}, [], ids, {}), about, failures)
        if len(ids) < self.worlds:  # one at a time, or all would be there twice
            for name in list(self.arrays):
                self.arrays[name] = self.arrays[name][..., self.there]
        dataset = as_dataset(first.measures, self.arrays, first.quarters, ids, first.coords)
        dataset.attrs = attributes(about)
        return Results(dataset, about, failures)
