"""One outcome that is reported: its name, its unit, and how it is read off the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.units import Array


@dataclass(frozen=True)
class Measure:
    """One outcome: name, unit, label for a figure, dimensions before worlds, and how to read it."""

    name: str
    unit: str
    label: str
    of: Callable[[Any], Array]  # of an AIEconomy after a quarter
    dims: tuple[str, ...] = ()
    log: bool = False  # a logarithmic axis suits it
    rough: bool = False  # noted to seven digits: what is kept of labs is most of a run's memory

    @property
    def dtype(self) -> np.dtype[Any]:
        """What it is noted in."""
        return np.dtype(np.float32 if self.rough else np.float64)
