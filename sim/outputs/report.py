"""The short table of a run, in units a person reads: "$1.2T", "3.4e27 FLOP", "35 %"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.outputs.results import Results

if TYPE_CHECKING:
    import pandas as pd

HEADLINES = ("revenue", "tokens", "rent", "capability", "hhi", "valuation", "failures")
YEARS = (2025, 2030, 2035)
SHORT = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
PER = {"year": "a year", "day": "a day", "H100e-hour": "an H100e-hour", "Mtok": "a million tokens"}


def human(value: float, unit: str = "", change: bool = False) -> str:
    """A number with its unit, three digits at most; a change carries its sign."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "no limit"
    sign = "+" if change and value > 0 else ""
    what, _, per = unit.partition("/")
    tail = f" {PER.get(per, 'per ' + per)}" if per else ""
    if what == "USD":
        return f"{'-' if value < 0 else sign}${_short(abs(value))}{tail}"
    if what == "%":
        return f"{sign}{value:.0f} %" if abs(value) >= 10 else f"{sign}{value:.2g} %"
    if what == "share":
        return f"{sign}{100 * value:.3g} {'points' if change else '%'}"
    if what.startswith("OOM"):
        return f"{sign}{value:.2f} {unit}"
    if what == "FLOP":
        return f"{sign}{value:.1e} FLOP{tail}".replace("e+", "e")
    if change and abs(value) < 1:
        value = round(value, 3)  # finer than this is noise
        sign = sign if value else ""
    return f"{sign}{_short(value)} {what}{tail}".rstrip()


def dates_within(quarters: Sequence[str], years: Iterable[int] = YEARS) -> list[str]:
    """The last quarters of the years that the run covers, or its last one."""
    dates = [f"{year}-Q4" for year in years if f"{year}-Q4" in quarters]
    return dates or list(quarters[-1:])


def table(runs: Mapping[str, Results], changes: pd.DataFrame | None = None) -> str:
    """Median and 90 % band of the headlines at 2025, 2030 and 2035: a line a date, a column a run.

    `changes` is Comparison.table(...) of the same measures and dates.
    """
    first = next(iter(runs.values()))
    dates = dates_within(first.quarters)
    headers = ["", *runs, *(["change"] if changes is not None else [])]
    lines: list[list[str]] = []
    for name in (name for name in HEADLINES if name in first):
        measure = first[name]
        unit = str(measure.attrs.get("units", ""))
        lines.append([f"{measure.attrs.get('long_name', name)}{_unit_note(unit)}"])
        for date in dates:
            cells = [f"  {date}"]
            for r in runs.values():
                values = r[name].sel(quarter=date).values
                cells.append(_band(np.quantile(values, [0.5, 0.05, 0.95]), unit))
            if changes is not None:
                row = changes.loc[(name, unit, date)]["change"]
                numbers = [float(row[cut]) for cut in ("p50", "p05", "p95")]
                cells.append(_band(numbers, str(row["unit"]), change=True))
            lines.append(cells)
    note = f"Median [5 %, 95 %] of {first.worlds:,} worlds"
    if changes is not None:
        note += "; the change is world by world"
    return f"{note}\n\n{_aligned(headers, lines)}"


def ledger_line(runs: Mapping[str, Results]) -> str:
    """How well the ledger balances."""
    name, worst = max(((n, r.ledger_worst) for n, r in runs.items()), key=lambda pair: pair[1])
    at = runs[name].about.get("ledger", {}).get("at", "")
    where = f"; largest in {name}, {at.split(',')[0]}" if worst and at else ""
    return f"Largest ledger residual: {worst:.1e} of gross flow (a run stops at 1e-9{where})"


def _band(numbers: Sequence[float], unit: str, change: bool = False) -> str:
    # The unit stands in the row's title, so a cell keeps only what changes its reading.
    middle, low, high = (human(float(n), _bare(unit), change) for n in numbers)
    return f"{middle} [{low}, {high}]"


def _bare(unit: str) -> str:
    what = unit.partition("/")[0]
    return what if what in ("USD", "%", "share") else ""


def _unit_note(unit: str) -> str:
    what, _, per = unit.partition("/")
    per = PER.get(per, "per " + per) if per else ""
    what = {"USD": "", "share": "", "%": ""}.get(what, what)
    note = " ".join(part for part in (what, per) if part)
    return f" ({note})" if note else ""


def _short(value: float) -> str:
    size = abs(value)
    if size >= 9.995e14:
        return f"{value:.1e}".replace("e+", "e")
    for scale, letter in SHORT:
        if size >= scale * 0.9995:
            return f"{value / scale:.3g}{letter}"
    return f"{value:.3g}" if size >= 0.01 or size == 0 else f"{value:.1g}"


def _aligned(headers: list[str], lines: list[list[str]]) -> str:
    cells = [line for line in lines if len(line) > 1]
    widths = [max(len(line[i]) for line in [headers, *cells]) for i in range(len(headers))]

    def joined(line: list[str]) -> str:
        return "  ".join(f"{c:<{w}}" for c, w in zip(line, widths, strict=False)).rstrip()

    rule = "-" * (sum(widths) + 2 * len(widths) - 2)
    return "\n".join([joined(headers), rule, *(joined(x) if len(x) > 1 else x[0] for x in lines)])
