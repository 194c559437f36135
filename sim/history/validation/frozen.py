"""A forecast before it was known: what version 0.1 said of 2025, as it was, and how good it was.

forecasts/version-0.1-on-2025.csv is what commit COMMIT, whose record and calibration ended with
2024, said of 136 observations of 2025 that joined the record afterwards: of each the median and
the 90 % band of its worlds with the model's own error, in the record's unit; the error (median
less what happened) and the CRPS in OOM, the observation's own error counted in; whether the band
held it; and the points of both naive forecasts.

Its numbers are never recomputed: not with a newer model, not when a row of the record is mended.
A test pins the file's SHA-256. The naive forecasts' CRPS, which it does not hold, are worked out
here from its own points, with the spread by the rules of backtest/naive.py on the rows that
version 0.1 had on record (EARLIER).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.history.backtest.naive import Normal, last_value, log_trend
from sim.history.backtest.scores import Score, Scored, crps_normal
from sim.history.record.rows import Row

FILE = Path(__file__).parent / "forecasts" / "version-0.1-on-2025.csv"
COMMIT = "323be8eb25aac92aecdd5008d7376aee8eac109b"
SHA256 = "c0a550d6f2bd062272fdf371dc2397feac60e48cea5024e91765d54710da4980"
VERSION, YEAR, FITTED_UNTIL = "0.1", 2025, 2024
EARLIER = "R"  # with which the ids begin of the rows that were on record then


@dataclass(repr=False)
class Frozen(Scored):
    """The forecast on file and how good it was, a score a row."""

    scores: list[Score]

    def __repr__(self) -> str:
        return f"Version {VERSION} on {YEAR}: {len(self.scores)} rows scored"


def frozen(rows: Sequence[Row]) -> Frozen:
    """The frozen forecast, joined to these rows of the record by id.

    Of a record that lacks some of them (one's own), those that it has.
    """
    by_id = {row.id: row for row in rows}
    earlier = [row for row in rows if row.id.startswith(EARLIER)]
    with FILE.open(newline="", encoding="utf-8") as table:
        lines = [
            _score(line, by_id[line["id"]], earlier)
            for line in csv.DictReader(table)
            if line["id"] in by_id
        ]
    return Frozen(lines)


def _score(line: dict[str, str], row: Row, earlier: Sequence[Row]) -> Score:
    """A line of the file. What happened is what the file says happened."""
    row = replace(row, value=float(line["value"]))
    low, middle, high = (float(line[name]) for name in ("p05", "p50", "p95"))
    return Score(
        row=row,
        p05=low,
        p50=middle,
        p95=high,
        error=float(line["error"]),
        crps=float(line["crps"]),
        inside=line["inside"] == "True",
        width=float(row.means.oom(high) - row.means.oom(low)),
        worlds=0,  # not on file
        nothing=0.0,
        last_value=_naive(line["last_said"], row, last_value(row, earlier)),
        trend=_naive(line["trend_said"], row, log_trend(row, earlier)),
    )


def _naive(said: str, row: Row, now: Normal | None) -> float | None:
    """CRPS of the point on file, with the spread that the rules give; None where there is none."""
    if not said or now is None:
        return None
    return crps_normal(float(row.means.oom(float(said))), now.error, row.oom)
