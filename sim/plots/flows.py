"""Where the money goes: what is paid in a year, by kind, at a few dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.outputs.quantiles import quantiles
from sim.plots.style import COLOURS, INK, blank, foot, head, in_words, labels_of, number, plain

if TYPE_CHECKING:
    from sim.outputs.results import Results

DATES = ("2025-Q4", "2030-Q4", "2035-Q4")
DECADES = 6  # below the largest flow; what is smaller is not drawn
MOST_KINDS = 24


def money_flows(results_by_name: Mapping[str, Results], measure: str = "flows") -> Figure | None:
    """A row a kind of payment, a panel a date: median and 90 % range; None if no date was run."""
    first = next(iter(results_by_name.values()))
    dates = [date for date in DATES if date in first.quarters] or first.quarters[-1:]
    cuts = {
        name: {date: _ranges(results, measure, date) for date in dates if date in results.quarters}
        for name, results in results_by_name.items()
    }
    top = max(
        (cut[2] for by_date in cuts.values() for at in by_date.values() for cut in at.values()),
        default=0,
    )
    if not top > 0:
        return None
    floor = top / 10.0**DECADES
    kinds = _by_size(cuts, floor)
    labels = labels_of(results_by_name)
    figure = blank(1, len(dates), max(7.5, 3.1 * len(dates) + 2.2), 0.27 * len(kinds) + 1.9)
    for ax, date in zip(figure.axes, dates, strict=True):
        for i, (name, colour) in enumerate(zip(cuts, COLOURS, strict=False)):
            shift = 0.36 * (i - (len(cuts) - 1) / 2) / max(1, len(cuts) - 1)
            for row, kind in enumerate(kinds):
                low, middle, high = cuts[name].get(date, {}).get(kind, (0.0, 0.0, 0.0))
                if high > floor:
                    ax.plot(
                        [max(low, floor), high],
                        [row + shift] * 2,
                        color=colour,
                        lw=2.2,
                        alpha=0.45,
                        solid_capstyle="butt",
                    )
                if middle > floor:
                    ax.plot([middle], [row + shift], "o", color=colour, ms=4)
        ax.set_xscale("log")
        ax.set_xlim(floor, top * 2)
        ax.xaxis.set_major_locator(LogLocator(10, numticks=5))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x, "USD")))
        ax.set_xlabel(
            in_words(str(first[measure].attrs.get("units", "USD/year"))), fontsize=8, color=INK
        )
        named = ax is figure.axes[0]
        ax.set_yticks(range(len(kinds)), [plain(kind) for kind in kinds] if named else [])
        ax.set_ylim(len(kinds) - 0.4, -0.6)
        ax.set_title(date, fontsize=9, color=INK, loc="left")
    keys = [
        Line2D([], [], color=colour, marker="o", ms=4, label=labels[name])
        for name, colour in zip(cuts, COLOURS, strict=False)
    ]
    head(figure, "Where the money goes", keys)
    note = "Dot: median of all worlds. Bar: nine tenths of the worlds. Rates of that quarter."
    foot(figure, results_by_name, note)
    return figure


def _ranges(results: Results, measure: str, date: str) -> dict[str, tuple[float, float, float]]:
    """5 %, 50 % and 95 % of every kind of flow in one quarter."""
    array = results[measure].sel(quarter=date)
    (dim,) = (name for name in array.dims if name != "world")
    values = np.nan_to_num(array.transpose(dim, "world").values)
    cuts = quantiles(values, (0.05, 0.5, 0.95))
    return {str(kind): tuple(cuts[:, i]) for i, kind in enumerate(array[dim].values)}


def _by_size(
    cuts: Mapping[str, Mapping[str, Mapping[str, tuple[float, float, float]]]], floor: float
) -> list[str]:
    """The kinds large enough to be seen, the one with the largest median first."""
    sizes: dict[str, tuple[float, float]] = {}
    for by_date in cuts.values():
        for at in by_date.values():
            for kind, (_, middle, high) in at.items():
                if high > floor:
                    sizes[kind] = max(sizes.get(kind, (0.0, 0.0)), (middle, high))
    return sorted(sizes, key=lambda kind: sizes[kind], reverse=True)[:MOST_KINDS]
