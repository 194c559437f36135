"""A forecast as a person reads it: each series on record, and what is foretold, year by year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.dates import quarter_label
from sim.history.backtest.table import few, lines_of_scores
from sim.history.forecast.dates import Date
from sim.history.forecast.discrepancy import Discrepancy
from sim.history.forecast.filed import FILE, LEVELS, quantiles_of
from sim.history.forecast.run import Forecast
from sim.history.forecast.scored import OnFile
from sim.history.record.observables import title_of
from sim.history.record.periods import label_of
from sim.history.record.rows import GROUPS
from sim.outputs.amounts import counted, number
from sim.outputs.report import aligned

HOW_TO_READ = """\
Median [5 %, 95 %] at the end of each year, or of the year where the record has it by year; and at
the last quarter asked for. Bands are the worlds and what the model is off by (discrepancy), so they
are wider than those of run and compare, which are worlds only, and widen the further ahead. "last"
is the record's last value, with its date where that is before the last year known."""
NONE = "none"  # printed of a date that so many worlds have none of
OF_NONE = f'"{NONE}": so many worlds have none of it, such as money raised that year.'
SHOWN = [*LEVELS].index("p50"), 0, len(LEVELS) - 1  # median and the ends of the 90 % band
GAP = 2  # blanks between columns


def table(forecast: Forecast, width: int = 100) -> str:
    """A line a series, with as many years as fit into a width of so many letters."""
    end = max(date.period.last for date in forecast.dates)
    columns = sorted({_column(date, end) for date in forecast.dates} - {""})
    lines = {series: _cells(forecast, series, columns) for series in forecast.series}
    widest = [max(len(cells[i]) for cells in lines.values()) for i in range(len(columns) + 2)]
    shown = _that_fit(widest, width)
    heads = ["", "last", *columns]
    rows: list[Sequence[str]] = [[heads[i] for i in shown]]
    for group, title in GROUPS.items():
        in_group = [series for series in lines if _group(forecast, series) == group]
        rows += [[f"\n{title}"]] * bool(in_group)
        rows += [[lines[series][i] for i in shown] for series in in_group]
    notes = [HOW_TO_READ]
    notes += [OF_NONE] if any(NONE in lines[series][i] for series in lines for i in shown) else []
    notes += [_narrow([head for i, head in enumerate(heads) if i not in shown])]
    notes += [f"Left out: {title_of(series)}: {why}." for series, why in forecast.left_out.items()]
    return "\n".join([_heading(forecast), "", *aligned(rows), "", *filter(None, notes)])


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
    origins = ", ".join(
        f"{year} ({counted(count, 'row')})" for year, count in forecast.missed.items()
    )
    learnt = (
        f"As worlds fitted until {origins} missed the two years after."
        if origins
        else "As thought before any miss is known: no calibration ends earlier, or no row came."
    )
    return (
        f"{results.title}: {counted(results.worlds, 'world')}, seed {results.about.get('seed')}, "
        f"from the record until {last}.{few(results.worlds)}\n"
        f"{of_discrepancy(forecast.discrepancy)}\n{learnt}"
    )


def _narrow(columns: Sequence[str]) -> str:
    """Which columns had no room; "" if all had."""
    are = "is" if len(columns) == 1 else "are"
    said = f"{' and '.join(columns)} {are} in {FILE}: the terminal is narrow."
    return said if columns else ""


def _column(date: Date, end: int) -> str:
    """Of the last quarter of a year or of all, or a year where there are no quarters; else ""."""
    whole_year = date.period.last > date.period.first
    if whole_year != (date.means.span == "year"):
        return ""
    year, quarter = divmod(date.period.last, 4)
    return str(year) if quarter == 3 else date.date * (date.period.last == end)


def _cells(forecast: Forecast, series: tuple[str, str], columns: Sequence[str]) -> list[str]:
    """The series, its last value on record, and what is foretold."""
    end = max(date.period.last for date in forecast.dates)
    last = max((row for row in forecast.rows if row.series == series), key=lambda row: row.when)
    told = {}
    for place in forecast.series[series]:
        date = forecast.dates[place]
        column = _column(date, end)
        cuts = quantiles_of(date, forecast.ooms[place]) if column else None
        if cuts is not None:
            nothing = float(np.isneginf(forecast.ooms[place]).mean())
            middle, low, high = (
                number(float(cut), date.means.unit) if share > nothing else NONE
                for cut, share in ((cuts[i], [*LEVELS.values()][i]) for i in SHOWN)
            )
            told[column] = f"{middle} [{low}, {high}]" if high != NONE else NONE
    name = f"  {title_of(series)}, {last.unit}"
    seen = number(last.value, last.unit)
    if last.period.last // 4 < forecast.known_until // 4:
        seen += f", {label_of(last.period)}"
    return [name, seen, *(told.get(column, "-") for column in columns)]


def _that_fit(widest: Sequence[int], width: int) -> list[int]:
    """The columns that fit: names, last values, and of the dates as many as there is room for."""
    dates = len(widest) - 2
    for count in range(dates, 1, -1):
        shown = [0, 1, *(2 + np.linspace(0, dates - 1, count).round().astype(int)).tolist()]
        if sum(widest[i] + GAP for i in shown) - GAP <= width:
            return shown
    return [0, 1, len(widest) - 1]


def _group(forecast: Forecast, series: tuple[str, str]) -> str:
    return forecast.dates[forecast.series[series][0]].group
