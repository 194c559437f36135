"""A forecast as a figure shows it: a panel a series, its fan from the end of the record on."""

from __future__ import annotations

import numpy as np

from sim.history.forecast.filed import as_observed
from sim.history.forecast.run import Forecast
from sim.history.record.observables import OBSERVABLES, title_of
from sim.history.record.rows import GROUPS
from sim.outputs.panel import Panel


def panels(forecast: Forecast) -> dict[str, list[Panel]]:
    """What a figure shows of each group: a series a panel."""
    shown: dict[str, list[Panel]] = {group: [] for group in GROUPS}
    for series, places in forecast.series.items():
        group = forecast.dates[places[0]].group
        shown[group].append(_panel(forecast, series, places))
    return {group: some for group, some in shown.items() if some}


def _panel(forecast: Forecast, series: tuple[str, str], places: list[int]) -> Panel:
    """By quarter, or by year if the record has it by calendar year."""
    means = OBSERVABLES[series[0]]
    annual = means.span == "year"
    dates = [(forecast.dates[place], forecast.ooms[place]) for place in places]
    dates = [
        (date, ooms) for date, ooms in dates if annual == (date.period.last > date.period.first)
    ]
    predicted = np.array([means.from_oom(as_observed(date, ooms)) for date, ooms in dates])
    for worlds, (_, ooms) in zip(predicted, dates, strict=True):
        worlds[np.isneginf(ooms)] = 0.0  # none: a fan on a logarithmic axis begins at what there is
    rows = [row for row in forecast.rows if row.series == series]
    ends = np.array([row.interval for row in rows]).T
    return Panel(
        title=title_of(series),
        unit=means.unit,
        log=means.log,
        when=np.array([date.when for date, _ in dates]),
        predicted=predicted,
        observed_when=np.array([row.when for row in rows]),
        observed=np.array([row.value for row in rows]),
        low=ends[0],
        high=ends[1],
    )
