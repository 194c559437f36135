"""The record: what happened up to December 2025, read from a table and checked row by row.

A row of record.csv is one observation: when, of whom, how much, how sure and by which source. The
ids at the head of its note are those of the collection of facts it was taken from. Rows R were on
record when version 0.1 was frozen; rows F joined after it had said what it expected of them, and
rows N with them. 2026 is held out: it is the next test.

How sure: `low` and `high` are the source's 90 % interval. Where it gives none, one is assumed by
the row's confidence (ASSUMED): a high one is off by 10 % either way in nine cases of ten, a medium
one by 30 %, a low one by a factor of two.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from sim.errors import LONGEST_NAME, BadInput, clean, cut, nearest, plain, quoted
from sim.history.record.groups import GROUP_OF
from sim.history.record.observables import MARKET, OBSERVABLES, Observable
from sim.history.record.periods import Period, period_of
from sim.history.record.sheet import Line, lines_of, number_of
from sim.inputs.text_file import path_of, shown

SHIPPED = Path(__file__).with_name("record.csv")
COLUMNS = (
    "id",
    "group",
    "observable",
    "entity",
    "date",
    "value",
    "low",
    "high",
    "unit",
    "source",
    "confidence",
    "note",
)
GROUPS = {
    "revenue": "Revenue of labs",
    "compute_spending": "Spending on compute, and its split",
    "training_runs": "Training runs",
    "chips_and_rent": "Chips, rent and power",
    "capex": "Spending on chips",
    "prices": "Prices of tokens",
    "tokens_and_users": "Tokens and users",
    "capability": "Capability",
    "funding_and_valuation": "Funding and valuations",
    "concentration": "Concentration",
}
ASSUMED = {"high": 1.1, "medium": 1.3, "low": 2.0}  # factor either way, nine cases in ten
Z90 = 1.6449  # standard errors from the middle of a normal to either end of its 90 % interval


@dataclass(frozen=True)
class Row:
    """One observation."""

    id: str
    group: str
    observable: str
    entity: str
    date: str
    value: float
    low: float | None
    high: float | None
    unit: str
    source: str
    confidence: str
    note: str
    period: Period
    when: float  # years: the middle of its month, quarter or year

    @property
    def means(self) -> Observable:
        """What the row is about, and how a run is asked for it."""
        return OBSERVABLES[self.observable]

    @property
    def series(self) -> tuple[str, str]:
        """Rows with the same series can be laid on one line."""
        return self.observable, self.entity

    @cached_property
    def oom(self) -> float:
        """The value on the scale it is scored on: orders of magnitude."""
        return float(self.means.oom(self.value))

    @property
    def interval(self) -> tuple[float, float]:
        """The source's 90 % interval, or the one assumed by confidence."""
        assumed = ASSUMED[self.confidence]
        low = self.value / assumed if self.low is None else self.low
        return low, self.value * assumed if self.high is None else self.high

    @cached_property
    def own_error(self) -> float:
        """Standard error of the observation, OOM."""
        low, high = (float(self.means.oom(end)) for end in self.interval)
        return (high - low) / (2.0 * Z90)

    @cached_property
    def error(self) -> float:
        """The same with that of the map from what the model has to what was observed."""
        return math.hypot(self.own_error, self.means.map_error)


AnyRows: TypeAlias = Iterable[Row] | str | os.PathLike[str] | None


def by_series(rows: Sequence[Row]) -> dict[tuple[str, str], list[int]]:
    """The places of the rows of each series, in order of appearance."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.series, []).append(place)
    return places


def fingerprint(rows: Sequence[Row]) -> str:
    """SHA-256 of what the rows say, whatever file they came from."""
    content = [[row.id, row.observable, row.entity, row.date, row.oom, row.error] for row in rows]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def read(
    path: str | os.PathLike[str] | None = None, labs: Iterable[str] | None = None
) -> list[Row]:
    """The rows of a record file (default: the one that is shipped), in the file's order.

    `labs` are the names a row may be about besides the market. BadInput with a line for every row
    that cannot be used: nothing is left out silently.
    """
    path = SHIPPED if path is None else path_of(path, "record")
    if isinstance(labs, str | bytes) or not isinstance(labs, Iterable | None):
        raise BadInput(f"labs: {quoted(labs)} is no list of names. Give one, such as ['openai'].")
    known = None if labs is None else list(labs)
    rows: list[Row] = []
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for line in lines_of(path, COLUMNS):
        where = f"{shown(path)} line {line.number}"
        if line.cells.get("id"):
            where += f" ({cut(clean(line.cells['id']), LONGEST_NAME)})"
        try:
            row = _row(line, where, known)
            if row.id in seen:
                raise BadInput(f"{where}: line {seen[row.id]} has the same id. Give each its own.")
            seen[row.id] = line.number
            rows.append(row)
        except BadInput as error:
            wrong += error.problems
    if wrong:
        raise BadInput(*wrong)
    if not rows:
        raise BadInput(f"{shown(path)}: there is no row below the heading. Add one.")
    return rows


def rows_from(given: AnyRows) -> list[Row]:
    """Rows as they are, of a file by its path, or, for None, those of the shipped record."""
    if given is None or isinstance(given, str | os.PathLike):
        return read(given)
    rows = list(given) if isinstance(given, Iterable) else None
    if rows is None or not all(isinstance(row, Row) for row in rows):
        raise BadInput(
            f"rows: {quoted(given)} is no list of rows. Give read(...), or the path of a record."
        )
    return rows


def _row(line: Line, where: str, labs: list[str] | None) -> Row:
    """One line of the file as a row; BadInput says everything that is wrong with it, in a line."""
    wrong: list[str] = []
    cells = line.cells
    if line.width:
        raise BadInput(f"{where}: {line.width} columns. Put a text with commas in quotes.")
    for name in ("id", "source"):
        if not cells[name]:
            wrong.append(f"has no {name}")
    for column, known in (("group", GROUPS), ("observable", OBSERVABLES), ("confidence", ASSUMED)):
        if cells[column] not in known:
            wrong.append(f"no {column} {quoted(cells[column])}. {nearest(cells[column], known)}")
    means = OBSERVABLES.get(cells["observable"])
    wrong += _about_group(cells["group"], means)
    wrong += _about_entity(cells["entity"], means, labs)
    period, when = Period(0, 0), 0.0
    try:
        period, when = period_of(cells["date"])
        if means and not means.takes(period):
            asked = "a year, 2024" if means.span == "year" else "a month or quarter, 2024-03"
            wrong.append(f"{means.name} is of {asked}, not {quoted(cells['date'])}")
    except BadInput as error:
        wrong += error.problems
    numbers = {}
    for name in ("value", "low", "high"):
        numbers[name], problem = _number(line, name, means)
        if problem:
            wrong.append(problem)
    value, low, high = numbers.values()
    if value is None and not wrong:
        wrong.append("has no value")
    held = [end for end in (low, value, high) if end is not None]
    if value is not None and held != sorted(held):
        wrong.append(
            f"value {plain(value)} is not between low and high, {cells['low'][:20] or '-'} "
            f"and {cells['high'][:20] or '-'}"
        )
    if means and means.unit != cells["unit"]:
        wrong.append(f"unit {quoted(cells['unit'])}, but {means.name} is in {quoted(means.unit)}")
    if means and not means.log and (low is None or high is None):
        wrong.append(f"{means.name} needs low and high: its scale is not a ratio")
    if wrong:
        raise BadInput(f"{where}: " + "; ".join(text.rstrip(".") for text in wrong) + ".")
    assert value is not None
    texts = {name: cells[name] for name in COLUMNS if name not in ("value", "low", "high")}
    return Row(**texts, value=value, low=low, high=high, period=period, when=when)


def _about_group(group: str, means: Observable | None) -> list[str]:
    if means is None or group not in GROUPS or group == GROUP_OF[means.name]:
        return []
    return [f"{means.name} is of the group {GROUP_OF[means.name]!r}, not {quoted(group)}"]


def _about_entity(entity: str, means: Observable | None, labs: list[str] | None) -> list[str]:
    if means is None:
        return []
    if not means.by_lab:
        if entity == MARKET:
            return []
        return [f"{means.name} is of the market: write {MARKET!r}, not {quoted(entity)}"]
    if entity == MARKET:
        return [f"{means.name} is of a lab, not of the market"]
    if labs is not None and entity not in labs:
        return [f"no lab {quoted(entity)}. {nearest(entity, labs)}"]
    return [] if entity else ["has no entity"]


def _number(line: Line, name: str, means: Observable | None) -> tuple[float | None, str]:
    text = line.cells[name]
    if not text:
        return None, "has no value" if name == "value" else ""
    try:
        number = number_of(text, line.points_group)
    except BadInput as error:
        return None, f"{name} {error}"
    if number <= 0.0 and (means is None or means.log):
        return None, f"{name} {quoted(text)} is not above zero"
    if means and (problem := means.out_of_bounds(number)):
        return None, f"{name} {problem}"
    return number, ""
