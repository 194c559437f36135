"""The short table of a run, in units a person reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.outputs.amounts import PER, human
from sim.outputs.quantiles import quantiles
from sim.outputs.results import Results

if TYPE_CHECKING:
    import pandas as pd

# What matters most, in tables and figures.
HEADLINES = ("revenue", "tokens", "rent", "capability", "hhi", "valuation", "failures")
CUTS = (0.5, 0.05, 0.95)
YEARS = (2025, 2030, 2035)


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
            for one in runs.values():
                values = one[name].sel(quarter=date).values
                cells.append(_band(list(quantiles(values, CUTS)), unit))
            if changes is not None:
                row = changes.loc[(name, unit, date)]["change"]
                numbers = [float(row[cut]) for cut in ("p50", "p05", "p95")]
                cells.append(_band(numbers, str(row["unit"]), change=True))
            lines.append(cells)
    note = f"Median [5 %, 95 %] of {first.worlds:,} worlds"
    if changes is not None:
        note += "; the change is world by world"
    return f"{note}\n\n{_ruled(headers, lines)}"


def ledger_line(runs: Mapping[str, Results]) -> str:
    """How well the ledger balances."""
    name, worst = max(
        ((name, one.ledger_worst) for name, one in runs.items()), key=lambda pair: pair[1]
    )
    at = runs[name].about.get("ledger", {}).get("at", "")
    where = f"; largest in {name}, {at.split(',')[0]}" if worst and at else ""
    return f"Largest ledger residual: {worst:.1e} of gross flow (a run stops at 1e-9{where})"


def _band(numbers: Sequence[float], unit: str, change: bool = False) -> str:
    # The unit stands in the row's title, so a cell keeps only what changes its reading.
    middle, low, high = (human(float(number), _bare(unit), change) for number in numbers)
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


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Lines of cells as columns; a line of one cell, such as a heading, stands as it is."""
    whole = [line for line in lines if len(line) > 1]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]

    def joined(line: Sequence[str]) -> str:
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        return "  ".join(cells).rstrip()

    return [joined(line) if len(line) > 1 else line[0] for line in lines]


def _ruled(headers: list[str], lines: list[list[str]]) -> str:
    head, *rest = aligned([headers, *lines])
    width = max(len(head), *(len(one) for one, line in zip(rest, lines, strict=True) if line[1:]))
    return "\n".join([head, "-" * width, *rest])
