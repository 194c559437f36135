"""The short table of a run, in units a person reads."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.outputs.amounts import PER, human, in_letters
from sim.outputs.quantiles import quantiles
from sim.outputs.results import Results
from sim.outputs.tables import label

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# What matters most, in tables and figures.
HEADLINES = ("revenue", "tokens", "rent", "capability", "hhi", "valuation", "failures")
MIX = "spending_share"  # of what the labs spend, by purpose
CUTS = (0.5, 0.05, 0.95)
YEARS = (2025, 2030, 2035)


def dates_within(quarters: Sequence[str], years: Iterable[int] = YEARS) -> list[str]:
    """The last quarters of the years that the run covers, or its last one."""
    dates = [f"{year}-Q4" for year in years if f"{year}-Q4" in quarters]
    return dates or list(quarters[-1:])


def shown_in(measures: Container[str]) -> list[str]:
    """The measures of a table, of those that there are."""
    return [name for name in (*HEADLINES, MIX) if name in measures]


def table(runs: Mapping[str, Results], changes: pd.DataFrame | None = None) -> str:
    """Median and 90 % band at 2025, 2030 and 2035: a line a date, a column a run.

    Of the headlines, and of what labs spend their money for. `changes` is Comparison.table(...) of
    the same measures and dates.
    """
    first = next(iter(runs.values()))
    dates = dates_within(first.quarters)
    headers = ["", *runs, *(["change"] if changes is not None else [])]
    lines: list[list[str]] = []
    for name in shown_in(first):
        title = title_of(first[name])
        if first[name].ndim == 2:
            lines.append([title])
            lines += [_line(runs, changes, name, (), date, f"  {date}") for date in dates]
            continue
        for date in dates:
            lines.append([f"{title}, {date}"])
            for part in _parts(runs, name):
                said = f"  {in_letters(part)}"
                lines.append(_line(runs, changes, name, (part,), date, said))
    note = f"Median [5 %, 95 %] of {first.worlds:,} worlds, a what-if and no forecast"
    if changes is not None:
        note += "; the change is world by world"
    return f"{note}\n\n{ruled(headers, lines)}"


def _parts(runs: Mapping[str, Results], name: str) -> list[str]:
    """What lies along the inner axis of a measure, without what is nothing in every run."""
    arrays = [one[name] for one in runs.values()]
    (dim,) = (dim for dim in arrays[0].dims if dim not in ("quarter", "world"))
    names = [str(part) for part in arrays[0][dim].values]
    return [name for name in names if any((one.sel({dim: name}) > 0).any() for one in arrays)]


def _line(
    runs: Mapping[str, Results],
    changes: pd.DataFrame | None,
    name: str,
    parts: Sequence[str],
    date: str,
    said: str,
) -> list[str]:
    """A cell a run, and the change; `parts` say which of a measure that is divided up."""
    cells, unit = [said], ""
    for one in runs.values():
        array, unit = one[name].sel(quarter=date), str(one[name].attrs.get("units", ""))
        for part in parts:
            array = array.sel({next(dim for dim in array.dims if dim != "world"): part})
        cells.append(band(list(quantiles(array.values, CUTS)), unit))
    if changes is not None:
        row = changes.loc[(label(name, parts), unit, date)]["change"]
        numbers = [float(row[cut]) for cut in ("p50", "p05", "p95")]
        cells.append(band(numbers, str(row["unit"]), change=True))
    return cells


def title_of(measure: xr.DataArray) -> str:
    note = _unit_note(str(measure.attrs.get("units", "")))
    return f"{measure.attrs.get('long_name', measure.name)}{note}"


def ledger_line(runs: Mapping[str, Results]) -> str:
    """How well the ledger balances."""
    name, worst = max(
        ((name, one.ledger_worst) for name, one in runs.items()), key=lambda pair: pair[1]
    )
    at = runs[name].about.get("ledger", {}).get("at", "")
    where = f"; largest in {name}, {at.split(',')[0]}" if worst and at else ""
    return f"Largest ledger residual: {worst:.1e} of gross flow (a run stops at 1e-9{where})"


def band(numbers: Sequence[float], unit: str, change: bool = False) -> str:
    """A median and its 90 % band: "$12B [8B, 15B]"."""
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


def ruled(headers: list[str], lines: list[list[str]]) -> str:
    """Columns under their names and a rule."""
    head, *rest = aligned([headers, *lines])
    width = max(len(head), *(len(one) for one, line in zip(rest, lines, strict=True) if line[1:]))
    return "\n".join([head, "-" * width, *rest])
