"""What-ifs: two runs compared world by world, so that luck cancels."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.dates import quarter_label, quarter_of
from sim.errors import BadInput, clean, quoted
from sim.outputs import tables
from sim.outputs.dataset import several
from sim.outputs.results import Results

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

BAND = ("p05", "p50", "p95")
# What is already a ratio or a logarithm, or is counted, is compared by difference, all else by
# per cent.
BY_DIFFERENCE = ("OOM", "OOM/OOM", "share", "index", "labs")


def compare(a: Results | Path | str, b: Results | Path | str) -> Comparison:
    """The effect of `a` against `b`: the same world of each, a minus b.

    Either may be a saved folder. Only worlds, quarters and labs that both have are compared, and
    `notes` says what was left out, or what makes world k another world in one of them. BadInput if
    they share none, or if their seeds differ.
    """
    a, b = _results(a), _results(b)
    seeds = [one.about.get("seed") for one in (a, b)]
    if seeds[0] != seeds[1]:
        raise BadInput(
            f"compare: the runs have seeds {seeds[0]} and {seeds[1]}, so their worlds differ in "
            "luck. Run both with one seed."
        )
    if bool(a.about.get("common_luck")) != bool(b.about.get("common_luck")):
        raise BadInput(
            "compare: in one of the runs all worlds share the luck of world 0, in the other each "
            "has its own. Run both with common_luck, or both without."
        )
    import xarray as xr

    for one in (a, b):
        if not one.worlds and one.failures:
            raise BadInput(f"compare: no world of {one.name} came through: {one.failures[0].error}")
    shared = [name for name in a.measures if name in b]
    if not shared:
        raise BadInput(
            "compare: the runs have no measure in common. Run both with the same measures."
        )
    left, right = xr.align(a.dataset[shared], b.dataset[shared], join="inner", copy=False)
    if 0 in (left.sizes["world"], left.sizes["quarter"]):
        raise BadInput(
            "compare: the runs have no world and quarter in common. Run both with the same worlds."
        )
    names = [b.name, a.name]
    if a.name == b.name:
        names = [f"{b.name} (first)", f"{a.name} (second)"]
    return Comparison(
        Results(left, a.about, a.failures),
        Results(right, b.about, b.failures),
        names[1],
        names[0],
        (*_left_out(a, b, left), *_drawn_apart(a, b)),
    )


def _left_out(a: Results, b: Results, shared: xr.Dataset) -> list[str]:
    """What one of the runs has and the other has not."""
    notes = []
    for name, there in (
        ("world", (a.worlds, b.worlds)),
        ("quarter", (len(a.quarters), len(b.quarters))),
    ):
        both = int(shared.sizes[name])
        if max(there) > both:
            notes.append(
                f"compare: the runs have {there[0]} and {there[1]} {name}s; only the {both} that "
                "both have are compared."
            )
    return notes


def _drawn_apart(a: Results, b: Results) -> list[str]:
    """What makes the dials of world k differ beyond what the two runs say of them."""
    sources = [_calibration_of(one) for one in (a, b)]
    notes = []
    if sources[0] != sources[1]:
        said = " and ".join(source or "their stated ranges" for source in sources)
        notes.append(
            f"compare: the dials are drawn from {said}, so world k has the same luck in both, but "
            "other dials: the change is that of the draws, too."
        )
    if a.about.get("design") != b.about.get("design"):
        notes.append(
            "compare: the runs have other designs, so a world is not the same row in both: the "
            "change is that of the dials, too."
        )
    return notes


def _calibration_of(run: Results) -> str:
    """The calibration that a run's dials came from, as its manifest says; "" for none."""
    said = tomllib.loads(str(run.about.get("scenario_text", ""))).get("calibration", "")
    if isinstance(said, dict):
        return f"{said.get('name')} ({str(said.get('sha256'))[:6]})"
    return str(said)


def _results(given: Results | Path | str) -> Results:
    if isinstance(given, Results):
        return given
    if isinstance(given, (str, Path)):
        return Results.load(given)
    raise BadInput(
        f"compare: {quoted(given)} is no run. Give Results, or the folder of a saved run."
    )


@dataclass(frozen=True, repr=False)
class Comparison:
    """Two runs cut to what they share. `c["revenue"]` is a minus b, or a / b - 1 if `relative`."""

    a: Results
    b: Results
    a_name: str
    b_name: str
    notes: tuple[str, ...] = ()  # what to know before believing it

    def __repr__(self) -> str:
        sizes = f"{self.a.worlds:,} worlds, {len(self.quarters)} quarters, "
        return (
            f"Comparison: {clean(self.change_name)}\n  {sizes}{len(self.measures)} measures; "
            "c['revenue'] is the change, c.table() a summary"
            + "".join(f"\n  {clean(note)}" for note in self.notes)
        )

    @property
    def measures(self) -> list[str]:
        return self.a.measures

    @property
    def quarters(self) -> list[str]:
        return self.a.quarters

    @property
    def change_name(self) -> str:
        return f"{self.a_name} against {self.b_name}"

    def relative(self, measure: str) -> bool:
        """Whether a change of this measure is best said in per cent of the baseline.

        Not where there is something in a world that has nothing in the baseline: no per cent could
        say it, and to leave such worlds out would tell of the others alone.
        """
        unit = str(self.a[measure].attrs.get("units", ""))
        if not unit or unit in BY_DIFFERENCE:
            return False
        changed, before = self.a[measure].values, self.b[measure].values
        if (changed < 0).any() or (before < 0).any():
            return False
        return not ((before == 0) & (changed != 0)).any()

    def __getitem__(self, measure: str) -> xr.DataArray:
        a, b = self.a[measure], self.b[measure]
        about = {**a.attrs, "long_name": f"{a.attrs.get('long_name', measure)}, change"}
        if self.relative(measure):
            with np.errstate(divide="ignore", invalid="ignore"):
                change = (a / b - 1).where(b != 0, 0.0)  # nothing in both is no change
            return change.assign_attrs(about, units="%").copy(data=change.values * 100)
        return (a - b).assign_attrs(about)

    def table(
        self, measures: Iterable[str] | str | None = None, at: Iterable[object] | object = None
    ) -> pd.DataFrame:
        """Median and 90 % band of each run and of the change, a row a measure and date.

        `measures` by name (default: all); `at` is a date, a list of them, or None for the last
        quarter; 2035 means its last quarter. Bands of a change are over the worlds' own changes.
        """
        import pandas as pd

        names = self.measures if measures is None else measures
        names = several(names)
        if not names:
            raise BadInput("measures: none is named. Leave it out for all, or name some.")
        dates = at_quarters(self.quarters, at)
        blocks = []
        for name in names:
            sides = {self.b_name: self.b[name], self.a_name: self.a[name], "change": self[name]}
            parts = {
                side: tables.summarise(values.sel(quarter=dates).to_dataset(name=name))
                for side, values in sides.items()
            }
            rows = parts["change"][["measure", "unit", "date"]]
            rows = rows.assign(unit=parts[self.a_name]["unit"])
            columns = {("change", "unit"): parts["change"]["unit"]}
            for side, part in parts.items():
                columns |= {(side, cut): part[cut] for cut in BAND}
            block = pd.DataFrame(columns)
            block.index = pd.MultiIndex.from_frame(rows)
            blocks.append(block)
        table = pd.concat(blocks)
        order = [(side, cut) for side in (self.b_name, self.a_name, "change") for cut in BAND]
        table = table[[*order, ("change", "unit")]]
        table.columns = pd.MultiIndex.from_tuples(table.columns)
        return table

    def summary(self) -> pd.DataFrame:
        """Rows as in Results.summary() with a column `scenario`: the two runs and the change."""
        import pandas as pd

        rows = [one.summary().assign(scenario=name) for name, one in self.runs.items()]
        table = pd.concat([*rows, self.change_rows()], ignore_index=True)
        return table[["scenario", *(name for name in table.columns if name != "scenario")]]

    def save(self, folder: Path | str, labs: bool = False) -> list[Path]:
        """Write both runs and the change into one folder (see Results.save)."""
        return tables.save(self.runs, folder, labs, self.change_rows())

    @property
    def runs(self) -> dict[str, Results]:
        """Both runs by name, the baseline first."""
        return {self.b_name: self.b, self.a_name: self.a}

    def change_rows(self) -> pd.DataFrame:
        """Rows of the summary that say the change."""
        import pandas as pd

        # One measure at a time: the changes of all of them would fill as much memory as a run.
        parts = [tables.summarise(self[name].to_dataset(name=name)) for name in self.measures]
        rows = pd.concat(parts, ignore_index=True)
        rows.insert(0, "scenario", self.change_name)
        return rows


def at_quarters(quarters: Sequence[str], at: Iterable[object] | object = None) -> list[str]:
    """Labels among `quarters` of a date or several: 2035, "2035", "2035-Q4", "2035-11-30".

    None is the last quarter. BadInput for no date, or one outside the run.
    """
    if at is None:
        return [quarters[-1]]
    dates = several(at)
    if not dates:
        raise BadInput("at: no date is given. Give one such as 2035, or leave it out for the last.")
    labels = []
    for date in dates:
        label = _label_of(date)
        if label not in quarters:
            raise BadInput(
                f"at: {quoted(date)} is not in the run. "
                f"Give a date from {quarters[0]} to {quarters[-1]}."
            )
        labels.append(label)
    return labels


def _label_of(date: object) -> str:
    """The quarter of a date as people and tables write it; a bare year means its last quarter."""
    if isinstance(date, np.datetime64):
        date = date.astype("datetime64[D]").item()
    if isinstance(date, (float, np.floating)) and float(date).is_integer():
        date = int(date)
    year = "" if isinstance(date, datetime.date) else str(date).strip()
    if year.isdigit() and len(year) == 4:
        return f"{year}-Q4"
    try:
        return quarter_label(quarter_of(date))
    except BadInput as error:
        raise BadInput(f"at: {error}") from None
