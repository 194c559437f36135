"""The forecast: worlds run on beyond the record, and what they were off by, carried on.

Each world's own residuals (the record less what that world says) tell what to add to what it
foretells; what is left of the discrepancy is drawn, jointly over the dates and series of a group
(Matheron's rule). Weights are of the discrepancy alone, the same in all worlds: the calibration has
drawn worlds towards the record already, and to do so twice, as was tried, begins nearer to the
value last seen and foretells no better from any origin. How large the discrepancy is, is fitted to
misses of earlier origins (fitting.py).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.dates import quarter_index, quarter_label
from sim.errors import BadInput, quoted
from sim.history.backtest.run import run_until
from sim.history.backtest.scores import evenly
from sim.history.backtest.seen import FIRST_ORIGIN, fitted_until, remedy, seen_until
from sim.history.forecast.dates import Date, dates_of
from sim.history.forecast.discrepancy import Dated, Discrepancy
from sim.history.forecast.fitting import Hindcast, fit, missed_by
from sim.history.forecast.residuals import filled, said
from sim.history.record.past import Past
from sim.history.record.periods import date_asked, period_of
from sim.history.record.rows import AnyRows, Row, rows_from
from sim.inputs.loading import AnyScenario, scenario_from
from sim.units import Array

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Results
    from sim.running.progress import Progress

YEARS_AHEAD = 3  # beyond the record, unless something else is asked for


@dataclass(eq=False, repr=False)
class Forecast:
    """What is foretold: of each date, in each world, what will be (ooms), drawn."""

    scenario: Scenario
    results: Results
    rows: list[Row]  # of the record, as far as they were known
    known_until: int  # the quarter
    dates: list[Date]
    ooms: Array  # (dates, worlds): -inf or nan where a world has none of it
    discrepancy: Discrepancy
    before: dict[int, Results]  # by the year until which worlds were fitted: what missed
    missed: dict[int, int]  # by such a year: rows of the two years after it, where there are any
    left_out: dict[tuple[str, str], str]  # by series

    def __repr__(self) -> str:
        return (
            f"Forecast of {self.scenario.name} from {quarter_label(self.known_until)}: "
            f"{len(self.series)} series, {len(self.dates)} dates, {self.results.worlds:,} worlds"
        )

    def record(self) -> dict[str, Any]:
        """What it was made of, for a program to read."""
        return {
            "known_until": quarter_label(self.known_until),
            "rows": len(self.rows),
            "discrepancy": asdict(self.discrepancy)
            | {"factors": {name: two._asdict() for name, two in self.discrepancy.factors.items()}},
            "origins": {
                year: str(results.about.get("scenario_hash"))
                for year, results in self.before.items()
            },
            "rows_missed": self.missed,
            "left_out": {" ".join(series): why for series, why in self.left_out.items()},
        }

    @cached_property
    def series(self) -> dict[tuple[str, str], list[int]]:
        """The places of the dates of each series."""
        places: dict[tuple[str, str], list[int]] = {}
        for place, date in enumerate(self.dates):
            places.setdefault(date.series, []).append(place)
        return places


def forecast(
    scenario: AnyScenario = "continued",
    rows: AnyRows = None,
    until: str | None = None,
    known_until: str | None = None,
    worlds: int = 1000,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = None,
) -> Forecast:
    """Foretell every series on record, from the end of the record until a date.

    `rows` are a record, or its path (default: the shipped one); rows that end after `known_until`
    are not looked at. `until` is by default YEARS_AHEAD years after what is known. BadInput, before
    any run, if a date is none, the scenario ends before, or its calibration has seen later rows.
    """
    scenario = scenario_from(scenario)
    rows, last = known(rows_from(rows), known_until)
    end = _end(scenario, last, until)
    _refuse_the_informed(scenario, last)
    dates, left_out = dates_of(scenario, rows, last, end)
    if not dates:
        raise BadInput(
            f"forecast: until {quarter_label(end)} there is nothing to foretell: the series are by "
            "year, or of labs that the scenario lacks. Give a later date, or another scenario."
        )
    how: dict[str, Any] = {"worlds": worlds, "seed": seed, "workers": workers, "progress": progress}
    before = runs_before(scenario, rows, last, **how)
    results = run_until(scenario, rows, end, **how)
    hindcasts = hindcasts_of(before, rows)
    discrepancy = fit(hindcasts, last)
    ooms = np.empty((len(dates), 0))
    if results.worlds:
        ooms = foretold(Past.of(results), rows, dates, discrepancy, seed)
    missed = missed_by(hindcasts, last)
    return Forecast(
        scenario, results, rows, last, dates, ooms, discrepancy, before, missed, left_out
    )


def known(rows: Sequence[Row], until: str | None) -> tuple[list[Row], int]:
    """The rows that end by a date, and its quarter; without, all rows, and the last one's."""
    last = max(row.period.last for row in rows)
    if until is not None:
        last = min(last, date_asked("known_until", until).last)
    before = [row for row in rows if row.period.last <= last]
    if not before:
        raise BadInput(
            f"forecast: no row of the record ends by {quoted(until)}. Give a later date."
        )
    return before, last


def foretold(
    past: Past,
    rows: Sequence[Row],
    asked: Sequence[Dated],
    discrepancy: Discrepancy,
    seed: int = 0,
) -> Array:
    """What will be of each date asked for, (asked, worlds), in OOM, one draw a world.

    -inf where a world has none of it, nan where it says nothing of it.
    """
    predicted = said(past, asked)
    for group in dict.fromkeys(row.group for row in asked):
        places = [place for place, row in enumerate(asked) if row.group == group]
        before = [row for row in rows if row.group == group]
        ooms = filled(said(past, before))
        some = np.flatnonzero(~np.isnan(ooms).any(axis=1)).tolist()
        before, ooms = [before[place] for place in some], ooms[some]
        here = [asked[place] for place in places]
        told = discrepancy.given(before, here)
        luck = np.random.default_rng([seed, zlib.crc32(group.encode())])
        root = np.linalg.cholesky(discrepancy.of_rows([*before, *here]))
        strayed = root @ _dealt(luck, len(root), past.worlds)
        errors = np.array([[row.error] for row in before]).reshape(-1, 1)
        seen = ooms + strayed[: len(before)] + errors * _dealt(luck, len(before), past.worlds)
        residuals = np.array([row.oom for row in before])[:, None] - seen
        predicted[places] += strayed[len(before) :] + told.weights @ residuals
    return predicted


def runs_before(
    scenario: Scenario, rows: Sequence[Row], last: int, **how: Any
) -> dict[int, Results]:
    """By origin, the worlds as they were fitted until the end of that year, run until `last`.

    With each calibration that ends at the end of a year and before `last`; a scenario without one
    knows nothing at any origin.
    """
    found = {}
    end = min(last, quarter_index(scenario.end))
    for year in range(FIRST_ORIGIN, (last + 3) // 4):
        then = fitted_until(scenario, year)
        if then is not None and 4 * year + 3 < last:
            found[year] = run_until(then, rows, end, **how)
    return found


def hindcasts_of(before: Mapping[int, Results], rows: Sequence[Row]) -> list[Hindcast]:
    """What the worlds of each origin say of rows."""
    return [
        Hindcast.of(year, Past.of(results), rows)
        for year, results in before.items()
        if results.worlds
    ]


def _end(scenario: Scenario, last: int, until: str | None) -> int:
    """The last quarter to be foretold."""
    end = last + 4 * YEARS_AHEAD if until is None else date_asked("until", until).last
    if end <= last:
        raise BadInput(
            f"forecast: {quoted(until)} is not after {quarter_label(last)}, the end of what is "
            "known. Give a later date."
        )
    if end > quarter_index(scenario.end):
        raise BadInput(
            f"forecast: '{scenario.name}' ends in {scenario.end}, before {quarter_label(end)}. Ask "
            f"for an earlier date, or set end={quarter_label(end)}."
        )
    return end


def _refuse_the_informed(scenario: Scenario, last: int) -> None:
    """BadInput if worlds were fitted to rows later than those that may be known."""
    seen = seen_until(scenario)
    if seen is not None and period_of(seen)[0].last > last:
        raise BadInput(
            f"forecast: '{scenario.name}' is fitted to the record until {seen}, and what is known "
            f"here ends in {quarter_label(last)}. Ask for {remedy(scenario, last)}."
        )


def _dealt(luck: np.random.Generator, rows: int, worlds: int) -> Array:
    """Standard normals evenly spread over the worlds, (rows, worlds)."""
    spread = evenly(worlds)
    return np.array([luck.permutation(spread) for _ in range(rows)]).reshape(rows, worlds)
