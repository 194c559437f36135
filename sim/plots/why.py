"""Why they spent so: what the largest labs spend on, and what they thought it would bring."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.outputs.amounts import human
from sim.outputs.quantiles import mean, quantiles
from sim.plots.shares import parts, stack
from sim.plots.style import (
    INK,
    USE_COLOURS,
    blank,
    foot,
    head,
    labels_of,
    log_ticks,
    mark_time,
    number,
    plain,
    years,
)

if TYPE_CHECKING:
    from sim.outputs.results import Results

MOST_LABS = 4
HEIGHTS = (3.0, 3.0, 1.5, 1.5)
LABELS = (
    "share of its spending",
    "worth of what the next\ndollar brings, dollars",
    "belief, OOM\nan OOM of compute",
    "tokens of thought\nfor one of the answer",
)
RETURNS = "lab_return_"
# The uses of development, of which a lab thinks what the next dollar brings.
DEVELOPED = ("final_runs", "experiments", "post_training", "data", "product")
NEEDS = (
    "lab_revenue",
    "lab_shadow_price",
    "lab_belief",
    "lab_test_time",
    *(f"lab_{use}_spending" for use in USE_COLOURS),
    *(f"{RETURNS}{use}" for use in DEVELOPED),
)
DECADES = 4  # below the highest return; what is lower is cut off there
FEW = 0.05  # of the worlds: of fewer in which it is at work nothing is drawn
NAME = "why_it_spent_so"
HOW_TO_READ = (
    "Median of the worlds in which the lab is at work (shares scaled to one; bands: half of them). "
    "Free of any bound, a lab spends until\nthe next dollar brings the same in every use: one "
    "dollar, and what cash is worth to it above itself."
)


def why_figures(results_by_name: Mapping[str, Results]) -> Iterator[tuple[str, Figure]]:
    """A figure a result, with the labs that earn most at the end of the first, and its name."""

    def there(results: Results, lab: str) -> bool:
        return lab in results["lab_revenue"]["lab"].values

    return a_figure_each(results_by_name, NEEDS, NAME, there, why_figure)


def a_figure_each(
    results_by_name: Mapping[str, Results],
    needs: Sequence[str],
    name: str,
    shows: Callable[[Results, str], bool],
    draw: Callable[[Mapping[str, Results], Sequence[str], str], Figure],
) -> Iterator[tuple[str, Figure]]:
    """Of each result, its name and a figure of the labs that earn most at the end of the first.

    Nothing where a measure that it `needs` was not kept, or where there is no lab that it `shows`.
    """
    everyone = list(results_by_name.values())
    if not all(run.worlds and need in run for run in everyone for need in needs):
        return
    labs, labels = leaders(everyone[0]), labels_of(results_by_name)
    for place, (one, results) in enumerate(results_by_name.items(), 1):
        if shown := [lab for lab in labs if shows(results, lab)]:
            ending = f"_{place}" if len(everyone) > 1 else ""
            yield f"{name}{ending}", draw({one: results}, shown, labels[one])


def leaders(results: Results, most: int = MOST_LABS) -> list[str]:
    """The labs with most revenue in the last quarter, by the median over worlds, then the mean."""
    revenue = results["lab_revenue"].isel(quarter=-1).transpose("lab", "world")
    sizes = zip(quantiles(revenue.values, [0.5])[0], mean(revenue.values), strict=True)
    ranked = sorted(zip(sizes, map(str, revenue["lab"].values), strict=True), reverse=True)
    return [name for (_, size), name in ranked[:most] if size > 0]


def why_figure(results_by_name: Mapping[str, Results], labs: Sequence[str], title: str) -> Figure:
    """A column a lab: spending by use, perceived returns, belief, thinking."""
    (results,) = results_by_name.values()
    figure = blank(len(HEIGHTS), len(labs), 2.9 * len(labs) + 1.6, 9.2, heights=HEIGHTS)
    rows = np.reshape(np.array(figure.axes, dtype=object), (len(HEIGHTS), len(labs)))
    titles = results.lab_titles
    for column, lab in zip(rows.T, labs, strict=True):
        spent = by_use(results, lab)
        there = spent.sum("use") > 0
        stack(column[0], parts(spent), list(USE_COLOURS), USE_COLOURS)
        said = f"{plain(lab, titles)}\n{_sizes(spent.sum('use'), there)}"
        column[0].set_title(said, fontsize=9, color=INK, loc="left")
        _returns(column[1], results, lab, there)
        _line(column[2], results, "lab_belief", lab, there)
        _line(column[3], results, "lab_test_time", lab, there)
    _scale(rows, years(results.quarters))
    seen = {use for use in USE_COLOURS for lab in labs if _seen(by_use(results, lab), use)}
    head(figure, f"Why they spent so: {title}", _keys(seen), 75 * len(labs))
    foot(figure, results_by_name, HOW_TO_READ)
    return figure


def by_use(results: Results, lab: str) -> xr.DataArray:
    """What one lab spends, (use, quarter, world), USD a year."""
    arrays = [results[f"lab_{use}_spending"].sel(lab=lab, drop=True) for use in USE_COLOURS]
    use = xr.DataArray(list(USE_COLOURS), dims="use", name="use")
    return xr.concat(arrays, use).transpose("use", "quarter", "world")


def at_work(results: Results, measure: str, lab: str, there: xr.DataArray) -> np.ndarray:
    """A measure of one lab, (quarter, world): nan where it is not at work, or in few worlds."""
    values = results[measure].sel(lab=lab).where(there).transpose("quarter", "world").values
    few = np.isfinite(values).mean(axis=-1) < FEW
    return np.where(few[:, None], np.nan, values)


def _sizes(whole: xr.DataArray, there: xr.DataArray) -> str:
    """What it spends at two dates: "$8.7B in 2024, $1.2T in 2040"."""
    quarters = [str(quarter) for quarter in whole["quarter"].values]
    dates = [date for date in ("2024-Q4", quarters[-1]) if date in quarters]
    said = []
    for date in dict.fromkeys(dates):
        values = whole.where(there).sel(quarter=date).values
        amount = float(quantiles(values, [0.5])[0])
        said.append(f"{human(amount, 'USD')} a year in {date[:4]}")
    return ", ".join(said).replace(" a year", "", len(said) - 1).replace("$", r"\$")


def _returns(ax: Axes, results: Results, lab: str, there: xr.DataArray) -> None:
    """What the next dollar brings in each use, and what a dollar must bring."""
    when = years(results.quarters)
    for use in DEVELOPED:
        middle = quantiles(at_work(results, f"{RETURNS}{use}", lab, there), [0.5])[0]
        middle = np.where(middle > 0, middle, np.nan)
        ax.plot(when, middle, color=USE_COLOURS[use], linewidth=1.6)
    must = 1.0 + quantiles(at_work(results, "lab_shadow_price", lab, there), [0.5])[0]
    ax.plot(when, must, **_must())


def _must() -> dict[str, Any]:
    return {"color": INK, "linewidth": 1.2, "linestyle": (0, (4, 2)), "zorder": 3}


def _line(ax: Axes, results: Results, measure: str, lab: str, there: xr.DataArray) -> None:
    """The median of one measure, and the band that holds half of the worlds."""
    low, middle, high = quantiles(at_work(results, measure, lab, there), [0.25, 0.5, 0.75])
    when = years(results.quarters)
    ax.fill_between(when, low, high, color=INK, alpha=0.16, linewidth=0)
    ax.plot(when, middle, color=INK, linewidth=1.5)


def _scale(rows: np.ndarray, when: np.ndarray) -> None:
    """The same axis along each row, said once at its left."""
    for row, label in zip(rows, LABELS, strict=True):
        for ax in row:
            mark_time(ax, when)
            ax.set_ylabel(label if ax is row[0] else "", fontsize=8, color=INK)
            ax.tick_params(labelleft=ax is row[0], labelbottom=ax in rows[-1])
    _same(rows[1], log=True, around=(0.5, 2.0))
    _same(rows[2], log=False, around=(0.0, 1.0))
    _same(rows[3], log=True, around=(1.0, 3.0))


def _same(row: Iterable[Axes], log: bool, around: tuple[float, float]) -> None:
    """One scale for a row of axes, which holds all their lines and at least `around`."""
    axes = list(row)
    lines = [np.asarray(line.get_ydata(), float) for ax in axes for line in ax.lines]
    seen = np.concatenate([line for line in lines if len(line) > 2] or [np.array(around)])
    seen = seen[np.isfinite(seen)]
    top = max(seen.max(initial=around[1]), around[1])
    bottom = min(seen.min(initial=around[0]), around[0])
    if log:
        bottom = max(bottom, top / 10.0**DECADES)
    room = (top / bottom) ** 0.05 if log else 0.05 * (top - bottom)
    for ax in axes:
        if log:
            ax.set_yscale("log")
        ax.set_ylim(*((bottom / room, top * room) if log else (bottom, top + room)))
        if log:
            ax.yaxis.set_major_locator(FixedLocator(log_ticks(*ax.get_ylim(), most=5)))
            ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y)))


def _seen(spent: xr.DataArray, use: str) -> bool:
    """Whether a use ever takes enough to be seen in a stack."""
    return float(parts(spent).sel(use=use).max()) > 0.002


def _keys(seen: Container[str]) -> list[Artist]:
    keys: list[Artist] = [
        Patch(color=colour, label=plain(use)) for use, colour in USE_COLOURS.items() if use in seen
    ]
    return [*keys, Line2D([], [], label="1 + shadow price of cash", **_must())]
