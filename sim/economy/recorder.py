"""The recorder: notes every measure of a model, quarter by quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.economy.measure import Measure
from sim.outputs.dataset import as_dataset

if TYPE_CHECKING:
    import xarray as xr

    from sim.economy.model import AIEconomy


class Recorder:
    """Copies every measure of a model, once a quarter, into arrays (quarters, ..., worlds).

    `measures` by name; `coords` names what lies along each of
    their dimensions (lab, use, flow, segment, region); `worlds` is a count or the worlds' numbers.
    """

    def __init__(
        self,
        measures: Mapping[str, Measure],
        quarters: Sequence[str],
        worlds: int | np.ndarray,
        coords: Mapping[str, Sequence[str]],
    ) -> None:
        self.measures = dict(measures)
        self.quarters = list(quarters)
        self.worlds = np.arange(worlds) if isinstance(worlds, int) else np.asarray(worlds)
        self.coords = {name: tuple(values) for name, values in coords.items()}
        self.noted = 0
        self.arrays: dict[str, np.ndarray] = {}
        for name, measure in self.measures.items():
            between = [len(self.coords[dim]) for dim in measure.dims]
            shape = len(quarters), *between, len(self.worlds)
            self.arrays[name] = np.empty(shape, measure.dtype)

    def note(self, model: AIEconomy) -> None:
        """Take down this quarter; a measure that is one number for all worlds fills its row."""
        for name, measure in self.measures.items():
            self.arrays[name][self.noted] = measure.of(model)
        self.noted += 1

    def dataset(self) -> xr.Dataset:
        """What was noted so far, as an xarray.Dataset with units."""
        so_far = {name: array[: self.noted] for name, array in self.arrays.items()}
        return as_dataset(
            self.measures, so_far, self.quarters[: self.noted], self.worlds, self.coords
        )
