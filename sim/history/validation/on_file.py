"""Forecasts on file, scored as rows arrive: a section of the validation report.

A forecast is a folder with forecast.csv and the manifest of the run that made it. It is never made
again by a later model: what it said is what it said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.dates import quarter_label
from sim.history.backtest.run import Dates
from sim.history.backtest.summaries import summary
from sim.history.backtest.table import naive_cells
from sim.history.forecast.filed import FILE, read
from sim.history.forecast.scored import OnFile, score_lines
from sim.history.record.rows import Row
from sim.history.validation.score_tables import table
from sim.history.validation.study import percent
from sim.outputs.folder import record_of

HEAD = """\
## Forecasts on file

What released versions said of years to come, in [forecasts](forecasts/README.md), and how it did.
They are not made again when the model changes. Rows are scored by the quantiles on file, the
record's own error added; naive forecasts know what the forecast knew."""


@dataclass(frozen=True)
class Kept:
    """A forecast on file, and what came of it."""

    name: str  # of its folder
    version: str
    made_on: str
    digest: str  # SHA-256 of forecast.csv
    dates: int
    until: int  # the last quarter foretold
    scored: OnFile


def kept(folder: Path, rows: Sequence[Row]) -> list[Kept]:
    """The forecasts of a folder, by name, scored on the rows that they did not know."""
    found = []
    for path in sorted(folder.glob(f"*/{FILE}")):
        lines = read(path)
        about = record_of(path.parent) or {}
        found.append(
            Kept(
                path.parent.name,
                str(about.get("versions", {}).get("sim", "?")),
                str(about.get("made_on", "?")),
                hashlib.sha256(path.read_bytes()).hexdigest(),
                len(lines),
                max(line.row.period.last for line in lines),
                score_lines(path.parent.name, lines, rows, Dates()),
            )
        )
    return found


def section(forecasts: Sequence[Kept]) -> str:
    """The section of the report; "" if no forecast is on file."""
    if not forecasts:
        return ""
    files = [
        (
            one.name,
            one.version,
            one.made_on,
            quarter_label(one.scored.known_until),
            quarter_label(one.until),
            one.dates,
            f"`{one.digest[:16]}`",
        )
        for one in forecasts
    ]
    heads = ("forecast", "version", "made on", "knew until", "foretells until", "dates", "SHA-256")
    return "\n".join([HEAD, "", *table(heads, files), "", *(_said(one) for one in forecasts)])


def _said(one: Kept) -> str:
    """How it did, in a sentence."""
    scores = one.scored.scores
    if not scores:
        return (
            f"- {one.name}: no row has arrived yet. The record ends before anything it foretells."
        )
    numbers = summary(scores)
    last, trend = naive_cells(numbers)
    held = percent(numbers["coverage"] or 0.0)
    return (
        f"- {one.name}: {len(scores)} rows have arrived. Median error {numbers['error']:.2f}, bias "
        f"{numbers['bias']:+.2f}, CRPS {numbers['crps']:.3f}; last value {last}, log trend "
        f"{trend}; {held} in 90 % bands of width {numbers['width']:.2f}."
    )
