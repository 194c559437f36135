"""A forecast as a person reads it: each series on record, and what is foretold, year by year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.dates import quarter_label
from sim.history.backtest.table import lines_of_scores
from sim.history.forecast.dates import Date
from sim.history.forecast.discrepancy import Discrepancy
from sim.history.forecast.filed import LEVELS, quantiles_of
from sim.history.forecast.fitting import PRIOR
from sim.history.forecast.run import Forecast
from sim.history.forecast.scored import OnFile
from sim.history.record.observables import title_of
from sim.history.record.rows import GROUPS
from sim.outputs.amounts import number
from sim.outputs.report import aligned

HOW_TO_READ = """\
Median [5 %, 95 %] at the end of each year, or of the year where the record has it by year. Bands
are the worlds and what the model is off by (discrepancy), so they are wider than those of run and
compare, which are worlds only, and widen the further ahead. "last" is the record's last value."""
SHOWN = [*LEVELS].index("p50"), 0, len(LEVELS) - 1  # median and the ends of the 90 % band
GAP = 2  # blanks between columns


def table(forecast: Forecast, width: int = 100) -> str:
    """A line a series, with as many years as fit into a width of so many letters."""
    years = sorted({date.period.last // 4 for date in forecast.dates if _is_shown(date)})
    lines = {series: _cells(forecast, series, years) for series in forecast.series}
    widest = [max(len(cells[i]) for cells in lines.values()) for i in range(len(years) + 2)]
    shown = _that_fit(widest, width)
    heads = ["", "last", *map(str, years)]
    rows: list[Sequence[str]] = [[heads[i] for i in shown]]
    for group, title in GROUPS.items():
        in_group = [series for series in lines if _group(forecast, series) == group]
        rows += [[f"\n{title}"]] * bool(in_group)
        rows += [[lines[series][i] for i in shown] for series in in_group]
    left = "".join(
        f"\nLeft out: {title_of(series)}: {why}." for series, why in forecast.left_out.items()
    )
    return "\n".join([_heading(forecast), "", *aligned(rows), "", HOW_TO_READ]) + left


def table_of_scores(found: OnFile, worst: int = 12) -> str:
    """The scores of a forecast on file: by group and in all, and the rows furthest off."""
    heading = (
        f"{found.name}, from the record until {quarter_label(found.known_until)}: {len(found.rows)}"
        f" rows on record, {len(found.scores)} scored"
    )
    if found.left_out:
        why = ", ".join(f"{count} {reason}" for reason, count in found.why_left_out.items())
        heading += f"; left out: {why}"
    if not found.scores:
        return f"{heading}.\nNothing to score yet."
    furthest = sorted(found.scores, key=lambda score: -score.crps)[:worst]
    return "\n".join([f"{heading}.", "", *lines_of_scores(found, furthest)])


def of_discrepancy(discrepancy: Discrepancy) -> str:
    """Its sizes in a sentence."""
    one = discrepancy
    return (
        f"Discrepancy, OOM: shared by a group {one.level_group:.2f} and {one.drift_group:.2f} a "
        f"root of a year, by a series {one.level_series:.2f} and {one.drift_series:.2f}, a row's "
        f"own {one.own:.2f}; memory {one.memory:.1f} years."
    )


def _heading(forecast: Forecast) -> str:
    results, last = forecast.results, quarter_label(forecast.known_until)
    years = ", ".join(map(str, forecast.before))
    learnt = (
        f"As worlds fitted until {years} missed the two years after."
        if forecast.discrepancy != PRIOR
        else "As thought before any miss: no calibration ends earlier, or no row came after one."
    )
    return (
        f"{results.title}: {results.worlds:,} worlds, seed {results.about.get('seed')}, from the "
        f"record until {last}.\n{of_discrepancy(forecast.discrepancy)}\n{learnt}"
    )


def _is_shown(date: Date) -> bool:
    """The last quarter of a year, or the year where there are no quarters."""
    whole_year = date.period.last > date.period.first
    return date.period.last % 4 == 3 and whole_year == (date.means.span == "year")


def _cells(forecast: Forecast, series: tuple[str, str], years: Sequence[int]) -> list[str]:
    """The series, its last value on record, and each year."""
    last = max((row for row in forecast.rows if row.series == series), key=lambda row: row.when)
    told = {}
    for place in forecast.series[series]:
        date = forecast.dates[place]
        cuts = quantiles_of(date, forecast.ooms[place]) if _is_shown(date) else None
        if cuts is not None:
            nothing = float(np.isneginf(forecast.ooms[place]).mean())
            middle, low, high = (
                number(float(cut) if share > nothing else 0.0, date.means.unit)
                for cut, share in ((cuts[i], [*LEVELS.values()][i]) for i in SHOWN)
            )
            told[date.period.last // 4] = f"{middle} [{low}, {high}]"
    name = f"  {title_of(series)}, {last.unit}"
    return [name, number(last.value, last.unit), *(told.get(year, "-") for year in years)]


def _that_fit(widest: Sequence[int], width: int) -> list[int]:
    """The columns that fit: names, last values, and of the years as many as there is room for."""
    years = len(widest) - 2
    for count in range(years, 1, -1):
        shown = [0, 1, *(2 + np.linspace(0, years - 1, count).round().astype(int)).tolist()]
        if sum(widest[i] + GAP for i in shown) - GAP <= width:
            return shown
    return [0, 1, len(widest) - 1] if years else [0, 1]


def _group(forecast: Forecast, series: tuple[str, str]) -> str:
    return forecast.dates[forecast.series[series][0]].group
