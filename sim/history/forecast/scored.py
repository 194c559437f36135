"""A forecast on file scored on rows that came later, by its quantiles alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from sim.dates import quarter_label
from sim.errors import BadInput
from sim.history.backtest.run import OUTSIDE, Dates, rows_between
from sim.history.backtest.scores import Score, Scored, evenly, score
from sim.history.backtest.summaries import in_groups_and_all
from sim.history.forecast.filed import LEVELS, Foretold, read
from sim.history.record.rows import AnyRows, Row, rows_from
from sim.units import Array

MEMBERS = 999  # into which quantiles are drawn out
NOT_FORETOLD = "not in the forecast"
WAS_KNOWN = "known when the forecast was made"


@dataclass(repr=False)
class OnFile(Scored):
    """What came of a forecast on file. `left_out` has every row that was not scored, and why."""

    name: str
    rows: list[Row]
    known_until: int  # the quarter
    scores: list[Score] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)  # by id

    def __repr__(self) -> str:
        return f"Forecast {self.name}: {len(self.scores)} of {len(self.rows)} rows scored"

    @property
    def why_left_out(self) -> dict[str, int]:
        return dict(Counter(self.left_out.values()))

    def record(self) -> dict[str, Any]:
        """The scores by group and in all, and row by row, for a program to read."""
        return {
            "forecast": self.name,
            "known_until": quarter_label(self.known_until),
            "rows": len(self.rows),
            "scored": len(self.scores),
            "left_out": self.why_left_out,
            **in_groups_and_all(self),
            "each": [{**asdict(one), "row": one.row.id} for one in self.scores],
        }


def score_file(
    path: str | os.PathLike[str],
    rows: AnyRows = None,
    since: str | None = None,
    until: str | None = None,
    labs: Sequence[str] | None = None,
) -> OnFile:
    """Score a forecast on file on the rows of a record that it did not know.

    A row is scored by the forecast of its own quarter or year. The band has the observation's own
    error added; the naive forecasts know what the forecast did, of the rows that are given.
    """
    lines = read(path, labs)
    origins = {line.known_until for line in lines}
    if len(origins) > 1:
        raise BadInput(f"{path}: its lines do not know the record until the same date. Keep one.")
    return score_lines(Path(path).name, lines, rows_from(rows), Dates(since, until))


def score_lines(name: str, lines: Sequence[Foretold], rows: Sequence[Row], dates: Dates) -> OnFile:
    """The same of lines that are read already, of one forecast."""
    last = lines[0].known_until
    by_date = {(line.row.series, line.row.period): line for line in lines}
    known = [row for row in rows if row.period.last <= last]
    wanted = {row.id for row in rows_between(rows, dates)}
    found = OnFile(name, list(rows), last)
    for row in rows:
        line = by_date.get((row.series, row.period))
        if row.id not in wanted:
            found.left_out[row.id] = OUTSIDE
        elif row.period.last <= last:
            found.left_out[row.id] = WAS_KNOWN
        elif line is None:
            found.left_out[row.id] = NOT_FORETOLD
        else:
            said = row.means.from_oom(drawn_out(line.ooms))
            one = score(row, said, known, seen=row.own_error)
            assert one is not None  # it has no hole
            found.scores.append(one)
    return found


def drawn_out(ooms: Array) -> Array:
    """Members, (MEMBERS,), with quantiles of the LEVELS at these.

    Straight lines between them on the scale of a normal, the outermost ones extended.
    """
    level = [NormalDist().inv_cdf(share) for share in LEVELS.values()]
    asked = evenly(MEMBERS)
    place = np.clip(np.searchsorted(level, asked) - 1, 0, len(level) - 2)
    slope = np.diff(ooms) / np.diff(level)
    return np.asarray(ooms[place] + slope[place] * (asked - np.array(level)[place]))
