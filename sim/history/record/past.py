"""The past as a run tells it: quarter by quarter, by name of a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.dates import quarter_index, quarter_label
from sim.history.record.periods import Period
from sim.outputs.results import Results
from sim.units import Array


class OutOfRun(LookupError):
    """The run does not reach that far, or has no such lab."""


class Past:
    """What a run has of each quarter: arrays (quarters, [parts,] worlds), read by name.

    `first` is the first quarter, counted from the year 0; `coords` names the parts of a dimension.
    """

    def __init__(
        self, arrays: Mapping[str, Array], first: int, coords: Mapping[str, Sequence[str]]
    ) -> None:
        self.arrays, self.first = arrays, first
        self.coords = {
            dim: {name: place for place, name in enumerate(names)} for dim, names in coords.items()
        }
        self.quarters = min((len(array) for array in arrays.values()), default=0)

    def __repr__(self) -> str:
        span = quarter_label(self.first) if self.quarters else "none"
        return f"Past of {len(self.arrays)} measures: {self.quarters} quarters from {span}"

    @classmethod
    def of(cls, run: Results) -> Past:
        """From the results of an ensemble."""
        arrays = {name: run[name].values for name in run.measures}
        dims = [str(dim) for dim in run.dataset.dims if dim not in ("quarter", "world")]
        coords = {dim: [str(name) for name in run.dataset[dim].values] for dim in dims}
        return cls(arrays, quarter_index(run.quarters[0]), coords)

    @property
    def worlds(self) -> int:
        return int(next(iter(self.arrays.values())).shape[-1])

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
