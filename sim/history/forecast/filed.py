"""forecast.csv: a forecast in the format of the record, with quantiles, written and read back.

A line is a quarter or a year of a series. `value`, `low` and `high` are the median and the 90 %
interval, so the file can be read as a record too: `backtest --record forecast.csv` then holds a
scenario against a forecast. p05 to p95 are what a forecast on file is scored by, and `known_until`
the last quarter of the record that it knew.

Quantiles are of what would be observed without error: worlds, discrepancy and the map from what the
model has to what is observed (`Observable.map_error`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.dates import quarter_label
from sim.errors import BadInput
from sim.history.backtest.scores import ABSENT_IS_OFF_BY, with_error
from sim.history.forecast.dates import Date
from sim.history.forecast.run import Forecast
from sim.history.record.observables import BOUNDS
from sim.history.record.periods import date_asked
from sim.history.record.rows import COLUMNS, Row
from sim.history.record.rows import read as read_rows
from sim.history.record.sheet import Line, lines_of, number_of
from sim.inputs.text_file import path_of, shown
from sim.outputs.files import write_csv
from sim.units import Array
from sim.version import __version__

if TYPE_CHECKING:
    import pandas as pd

FILE = "forecast.csv"
LEVELS = {"p05": 0.05, "p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
KNOWN_UNTIL = "known_until"
NO_WORLD = "no world has any of it"
HARDLY = 0.005  # part of the worlds, below which it is not noted that they have none


@dataclass(frozen=True)
class Foretold:
    """A line of a forecast on file."""

    row: Row  # the median as its value
    ooms: Array  # of the LEVELS
    known_until: int  # the quarter


def as_observed(date: Date, ooms: Array) -> Array:
    """What would be observed in each world, (worlds,), in OOM; nan where it says nothing.

    A world that has none of it counts as ABSENT_IS_OFF_BY below the median of those that have some.
    All nan if none has.
    """
    there = ooms[np.isfinite(ooms)]
    if not there.size:
        return np.full_like(ooms, np.nan)
    floored = np.maximum(ooms, np.median(there) - ABSENT_IS_OFF_BY)
    return np.minimum(with_error(floored, date.means.map_error), date.means.most_oom)


def quantiles_of(date: Date, ooms: Array) -> Array | None:
    """The LEVELS of a date in its unit, (levels,); None if no world has any."""
    seen = as_observed(date, ooms)
    if np.isnan(seen).all():
        return None
    values = date.means.from_oom(np.nanquantile(seen, list(LEVELS.values())))
    return np.asarray(np.clip(values, *BOUNDS[date.means.unit]))  # what can be on record


def frame(forecast: Forecast) -> pd.DataFrame:
    """A line a date, as in the file; dates that no world has any of are left out."""
    import pandas as pd

    last = quarter_label(forecast.known_until)
    source = (
        f"ai-industry-sim {__version__}, scenario {forecast.scenario.name} "
        f"{forecast.scenario.hash[:12]}, from the record until {last}"
    )
    lines = []
    for date, ooms in zip(forecast.dates, forecast.ooms, strict=True):
        cuts = quantiles_of(date, ooms)
        if cuts is None:
            continue
        named = dict(zip(LEVELS, cuts.tolist(), strict=True))
        nothing = np.isneginf(ooms).mean()
        told = dict(
            id=f"{date.observable}-{date.entity}-{date.date}",
            group=date.group,
            observable=date.observable,
            entity=date.entity,
            date=date.date,
            value=named["p50"],
            low=named["p05"],
            high=named["p95"],
            unit=date.means.unit,
            source=source,
            confidence="low",
            note=f"None of it in {nothing:.1%} of worlds" if nothing > HARDLY else "",
        )
        lines.append({**told, **named, KNOWN_UNTIL: last})
    return pd.DataFrame(lines, columns=[*COLUMNS, *LEVELS, KNOWN_UNTIL])


def save(forecast: Forecast, folder: Path | str) -> Path:
    """Write forecast.csv into a folder."""
    return write_csv(frame(forecast), path_of(folder, "folder") / FILE)


def _quantiles(line: Line) -> list[float]:
    """The LEVELS of a line as they stand. BadInput names the column."""
    values = []
    for name in LEVELS:
        try:
            values.append(number_of(line.cells[name], line.points_group))
        except BadInput as error:
            raise BadInput(f"{name} {str(error).rstrip('.')}.") from None
    return values


def read(path: str | os.PathLike[str], labs: Sequence[str] | None = None) -> list[Foretold]:
    """The lines of a forecast on file, checked like a record's. BadInput says what is wrong."""
    path = path_of(path, "forecast")
    lines = lines_of(path, (*COLUMNS, *LEVELS, KNOWN_UNTIL))
    numbered = {line.cells["id"]: line for line in lines}
    found, wrong = [], []
    for row in read_rows(path, labs):
        line = numbered[row.id]
        where = f"{shown(path)} line {line.number}"
        try:
            values = _quantiles(line)
            last = date_asked(KNOWN_UNTIL, line.cells[KNOWN_UNTIL]).last
        except BadInput as error:
            wrong.append(f"{where}: {error}")
            continue
        if values != sorted(values) or (row.means.log and values[0] <= 0.0):
            wrong.append(f"{where}: {' to '.join([*LEVELS][::6])} do not ascend from above zero.")
        elif row.period.last <= last:
            wrong.append(f"{where}: {row.date} is no later than what was known, to {KNOWN_UNTIL}.")
        else:
            found.append(Foretold(row, row.means.oom(np.array(values)), last))
    if wrong:
        raise BadInput(*wrong)
    return found
