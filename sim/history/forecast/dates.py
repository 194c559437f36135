"""Dates to be foretold: every quarter or year of a series, from the end of the record on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.history.record.observables import OBSERVABLES, Observable
from sim.history.record.periods import Period, label_of, period_of
from sim.history.record.rows import Row

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario


@dataclass(frozen=True)
class Date:
    """A date of a series to be foretold: a quarter or a year."""

    group: str
    observable: str
    entity: str
    period: Period
    when: float  # years: its middle

    @property
    def series(self) -> tuple[str, str]:
        return self.observable, self.entity

    @property
    def means(self) -> Observable:
        return OBSERVABLES[self.observable]

    @property
    def date(self) -> str:
        return label_of(self.period)


def dates_of(
    scenario: Scenario, rows: Sequence[Row], last: int, end: int
) -> tuple[list[Date], dict[tuple[str, str], str]]:
    """Every quarter or year, after `last` and until `end`, of every series; and series left out."""
    dates: list[Date] = []
    left_out = {}
    for group, observable, entity in dict.fromkeys(
        (row.group, row.observable, row.entity) for row in rows
    ):
        means = OBSERVABLES[observable]
        if means.by_lab and entity not in scenario.labs:
            left_out[observable, entity] = "no such lab in the scenario"
            continue
        for period in periods_between(means, last, end):
            dates.append(Date(group, observable, entity, period, period_of(label_of(period))[1]))
    return dates, left_out


def periods_between(means: Observable, last: int, end: int) -> list[Period]:
    """The quarters or years of an observable, or both, that end after `last` and by `end`."""
    quarters = [Period(quarter, quarter) for quarter in range(last + 1, end + 1)]
    years = [Period(year * 4, year * 4 + 3) for year in range((last + 1) // 4, (end + 1) // 4)]
    return [period for period in [*quarters, *years] if means.takes(period)]
