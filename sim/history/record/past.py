"""What a run says of each quarter, by name of a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.dates import quarter_index
from sim.outputs.results import Recorder, Results
from sim.units import Array


class Period(NamedTuple):
    """Quarters counted from the year 0, both ends included."""

    first: int
    last: int


class OutOfRun(LookupError):
    """The run does not reach that far, or has no such lab."""


class Past:
    """What a run says of each quarter: arrays (quarters, [parts,] worlds), read by name."""

    def __init__(
        self, arrays: Mapping[str, Array], first: int, coords: Mapping[str, Sequence[str]]
    ) -> None:
        self.arrays, self.first = arrays, first
        self.coords = {dim: {name: i for i, name in enumerate(of)} for dim, of in coords.items()}
        self.quarters = min((len(array) for array in arrays.values()), default=0)

    @classmethod
    def of(cls, told: Results | Recorder) -> Past:
        """From the results of an ensemble, or from what a model has noted so far."""
        if isinstance(told, Results):
            arrays = {name: told[name].values for name in told.measures}
            dims = [str(d) for d in told.dataset.dims if d not in ("quarter", "world")]
            coords = {dim: [str(name) for name in told.dataset[dim].values] for dim in dims}
            return cls(arrays, quarter_index(told.quarters[0]), coords)
        noted = {name: array[: told.noted] for name, array in told.arrays.items()}
        return cls(noted, quarter_index(told.quarters[0]), told.coords)

    def covers(self, period: Period) -> bool:
        return self.first <= period.first and period.last < self.first + self.quarters

    def each(self, measure: str, period: Period, part: tuple[str, str] | None = None) -> Array:
        """Quarter by quarter, (quarters, [parts,] worlds); `part` is a dimension and a name."""
        if not self.covers(period):
            raise OutOfRun("outside of the run")
        array = self.arrays[measure][period.first - self.first : period.last - self.first + 1]
        if part is None:
            return array
        dim, name = part
        if name not in self.coords[dim]:
            raise OutOfRun("no such lab in the scenario")
        return array[:, self.coords[dim][name]]

    def mean(self, measure: str, period: Period, part: tuple[str, str] | None = None) -> Array:
        """The mean of the period's quarters, (worlds,)."""
        return self.each(measure, period, part).mean(axis=0)

    def last(self, measure: str, period: Period, part: tuple[str, str] | None = None) -> Array:
        """The period's last quarter, (worlds,)."""
        return self.each(measure, Period(period.last, period.last), part)[0]
