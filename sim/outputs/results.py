"""What a run leaves: the recorder that notes each quarter, and the Results a person reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.outputs import tables

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class Recorder:
    """Copies every measure of a model, once a quarter, into arrays (quarters, ..., worlds).

    `measures` are sim.economy.measures.Measure by name; `coords` names what lies along each of
    their dimensions (lab, use, flow, segment, region); `worlds` is a count or the worlds' numbers.
    """

    def __init__(
        self,
        measures: Mapping[str, Any],
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
            self.arrays[name] = np.empty((len(quarters), *between, len(self.worlds)))

    def note(self, model: Any) -> None:
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


def as_dataset(
    measures: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    quarters: Sequence[str],
    worlds: np.ndarray,
    coords: Mapping[str, Sequence[str]],
) -> xr.Dataset:
    """Dress arrays (quarters, ..., worlds) with the names of their axes and their units."""
    import xarray as xr

    used = dict.fromkeys(dim for name in arrays for dim in measures[name].dims)
    axes = {"quarter": list(quarters), "world": np.asarray(worlds)}
    axes |= {dim: list(coords[dim]) for dim in used}
    variables = {}
    for name, array in arrays.items():
        measure = measures[name]
        about = {"units": measure.unit, "long_name": measure.label, "log": bool(measure.log)}
        variables[name] = (("quarter", *measure.dims, "world"), array, about)
    return xr.Dataset(variables, coords=axes)


@dataclass(frozen=True)
class Shown:
    """What a measure shows, without the function that takes it: this travels between processes."""

    unit: str
    label: str
    dims: tuple[str, ...]
    log: bool = False

    @classmethod
    def of(cls, measure: Any) -> Shown:
        return cls(measure.unit, measure.label, tuple(measure.dims), bool(measure.log))


@dataclass(frozen=True)
class Failure:
    """A block of worlds that did not finish, and why."""

    first_world: int
    last_world: int
    worlds: int
    error: str
    traceback: str


@dataclass
class Results:
    """One scenario under one policy in many worlds.

    `r["revenue"]` is a DataArray (quarter, ..., world) with units. `about` records what was run
    (scenario, policies, seed, worlds asked for, ledger, timings); `failures` lists the blocks that
    did not finish, whose worlds are missing from `dataset`.
    """

    dataset: xr.Dataset
    about: dict[str, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def __getitem__(self, measure: str) -> xr.DataArray:
        from sim.errors import BadInput, nearest

        if measure not in self.dataset.data_vars:
            raise BadInput(f"results: no measure '{measure}'. {nearest(measure, self.measures)}")
        return self.dataset[measure]

    def __contains__(self, measure: object) -> bool:
        return measure in self.dataset.data_vars

    @property
    def measures(self) -> list[str]:
        return [str(name) for name in self.dataset.data_vars]

    @property
    def quarters(self) -> list[str]:
        return [str(quarter) for quarter in self.dataset["quarter"].values]

    @property
    def worlds(self) -> int:
        """How many worlds came through."""
        return int(self.dataset.sizes["world"])

    @property
    def name(self) -> str:
        """The scenario and its policies, such as 'continued + compute_levy'."""
        return " + ".join([self.about.get("scenario", "scenario"), *self.about.get("policies", [])])

    @property
    def title(self) -> str:
        return str(self.about.get("title") or self.name)

    @property
    def ledger_worst(self) -> float:
        """Largest imbalance of the ledger in any quarter and world, relative to gross flow."""
        return float(self.about.get("ledger", {}).get("worst", 0.0))

    def frame(self, dim: str | None = None) -> pd.DataFrame:
        """A row a world and quarter, with a column a measure; `dim="lab"`: a row a lab as well.

        Without `dim`, measures by use, flow, segment or region come as columns such as
        `spending[serving]`; measures by lab are left to `dim="lab"`.
        """
        return tables.frame(self.dataset, dim)

    def summary(self) -> pd.DataFrame:
        """Mean and quantiles over worlds: date, measure, unit, mean, p05, p25, p50, p75, p95."""
        return tables.summarise(self.dataset)

    def manifest(self) -> dict[str, Any]:
        """Everything needed to know, and to repeat, what was run."""
        from sim.version import versions

        failures = [asdict(failure) for failure in self.failures]
        return {"versions": versions(), **self.about, "failures": failures}

    def save(self, folder: Path | str, labs: bool = False) -> list[Path]:
        """Write summary.csv, quarters.parquet, labs.parquet (if asked) and, last, manifest.json."""
        return tables.save({self.name: self}, folder, labs)
