"""A back-test as a figure shows it: a panel a series, what the worlds predict and what was seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.history.backtest.run import Backtest
from sim.history.backtest.scores import with_error
from sim.history.backtest.summaries import by_series
from sim.history.record.observables import OBSERVABLES, title_of
from sim.history.record.past import OutOfRun, Past
from sim.history.record.periods import Period, label_of, period_of
from sim.history.record.rows import Row
from sim.outputs.panel import Panel
from sim.units import Array

BEFORE_A_PRICE = 0.5  # years before its first row from which a price is shown


def panels(backtest: Backtest) -> dict[str, dict[tuple[str, str], Panel]]:
    """What a figure shows of each group: a series a panel."""
    past = Past.of(backtest.results)
    return {
        group: {
            series: _panel(past, series, [score.row for score in scores], backtest.model_error)
            for series, scores in by_series(in_group).items()
        }
        for group, in_group in backtest.groups.items()
    }


def path_of(past: Past, series: tuple[str, str]) -> tuple[Array, Array]:
    """What the worlds predict of a series in every period of the run.

    The middle of each period in years, (periods,), and the predictions, (periods, worlds), in the
    record's unit; periods are years if the record has it by calendar year, else quarters.
    """
    observable, entity = OBSERVABLES[series[0]], series[1]
    step = 4 if observable.span == "year" else 1
    start = past.first + (-past.first) % step
    middles, values = [], []
    for quarter in range(start, past.first + past.quarters - step + 1, step):
        period = Period(quarter, quarter + step - 1)
        try:
            values.append(observable.predict(past, entity, period))
            middles.append(period_of(label_of(period))[1])
        except OutOfRun:
            continue
    return np.array(middles), np.array(values)


def _panel(past: Past, series: tuple[str, str], rows: Sequence[Row], error: float) -> Panel:
    observable = OBSERVABLES[series[0]]
    when, predicted = path_of(past, series)
    if series[0].startswith("price_"):  # before, there was no such thing to sell
        sold = when >= min(row.when for row in rows) - BEFORE_A_PRICE
        when, predicted = when[sold], predicted[sold]
    ooms = [with_error(observable.oom(worlds), error) for worlds in predicted]
    ends = np.array([row.interval for row in rows]).T
    return Panel(
        title=title_of(series),
        unit=observable.unit,
        log=observable.log,
        when=when,
        predicted=np.array(
            [observable.from_oom(np.minimum(oom, observable.most_oom)) for oom in ooms]
        ),
        observed_when=np.array([row.when for row in rows]),
        observed=np.array([row.value for row in rows]),
        low=ends[0],
        high=ends[1],
    )
