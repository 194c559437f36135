"""Results: what a run leaves, as a person reads it, saves it and loads it again."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import BadInput, clean, nearest, quoted
from sim.outputs import saved, tables
from sim.outputs.dataset import shown_in
from sim.version import versions

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SHOWN = 8  # measures named when Results are printed


@dataclass(frozen=True)
class Failure:
    """Worlds that did not finish, and why: one of its own number, or a block lost with its process.

    `worlds` counts those from `first_world` to `last_world`.
    """

    first_world: int
    last_world: int
    worlds: int
    error: str
    traceback: str


@dataclass(repr=False)
class Results:
    """One scenario under one policy in many worlds.

    `r["revenue"]` is a DataArray (quarter, ..., world) with units. `about` records what was run
    (scenario, policies, seed, worlds asked for, ledger, timings); `failures` lists the worlds that
    did not finish, which are missing from `dataset`.
    """

    dataset: xr.Dataset
    about: dict[str, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path | str, name: str | None = None) -> Results:
        """What `save` wrote, read back; `name` says which run of a folder that holds several.

        Measures by lab come back if they were saved (`labs=True`). BadInput if the folder is not
        of a run, or not whole.
        """
        dataset, about, failures = saved.read(folder, name)
        return cls(dataset, about, [Failure(**failure) for failure in failures])

    def __repr__(self) -> str:
        lines = [f"Results of {self.name}"]
        quarters = self.quarters
        span = f"{len(quarters)} quarters, {quarters[0]} to {quarters[-1]}" if quarters else "empty"
        lines.append(f"  {self.worlds:,} worlds, {span}, seed {self.about.get('seed', '?')}")
        names = self.measures
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        lines.append(f"  {len(names)} measures: {', '.join(names[:SHOWN])}{more}")
        if self.failures:
            lost = sum(failure.worlds for failure in self.failures)
            lines.append(f"  {lost:,} worlds failed; the first: {self.failures[0].error[:100]}")
        return "\n".join(map(clean, lines))

    def __getitem__(self, measure: str) -> xr.DataArray:
        if not isinstance(measure, str) or measure not in self.dataset.data_vars:
            if not self.measures and self.failures:
                raise BadInput(f"results: no world came through: {self.failures[0].error}")
            if isinstance(measure, str) and measure in self.about.get("not_saved", ()):
                raise BadInput(
                    f"results: {quoted(measure)} was not saved. Save with labs=True, or run with "
                    "--labs, to keep what takes a number a lab."
                )
            hint = nearest(quoted(measure), self.measures)
            raise BadInput(f"results: no measure {quoted(measure)}. {hint}")
        return self.dataset[measure]

    def __contains__(self, measure: object) -> bool:
        return isinstance(measure, str) and measure in self.dataset.data_vars

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
    def lab_titles(self) -> dict[str, str]:
        """The labs' names as the scenario writes them for a reader, by key."""
        try:
            labs = tomllib.loads(str(self.about.get("scenario_text", ""))).get("labs", {})
            return {key: str(lab["title"]) for key, lab in labs.items() if lab.get("title")}
        except (tomllib.TOMLDecodeError, AttributeError, TypeError):
            return {}

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
        measures, coords = shown_in(self.dataset)
        return {
            "versions": versions(),
            **self.about,
            "measures": {name: asdict(shown) for name, shown in measures.items()},
            "coords": coords,
            "failures": [asdict(failure) for failure in self.failures],
        }

    def save(self, folder: Path | str, labs: bool = False) -> list[Path]:
        """Write summary.csv, quarters.parquet, labs.parquet (if asked) and, last, manifest.json.

        They take the place of an earlier run in that folder as a whole; BadInput if it holds
        anything else. Results.load(folder) reads them back.
        """
        return tables.save({self.name: self}, folder, labs)
