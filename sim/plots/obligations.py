"""What the largest labs have promised, against the cash they have and what they earn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.outputs.amounts import human
from sim.outputs.quantiles import quantiles
from sim.plots.style import (
    INK,
    blank,
    foot,
    head,
    log_ticks,
    mark_time,
    number,
    plain,
    years,
)
from sim.plots.why import a_figure_each, at_work

if TYPE_CHECKING:
    from sim.outputs.results import Results

NAME = "obligations"
LINES = {  # measure: label, colour
    "lab_obligations": ("promised: contracts and notice", "#D55E00"),
    "lab_revenue": ("revenue, a year", "#009E73"),
    "lab_cash": ("cash", "#0072B2"),
}
NEEDS = (*LINES, "lab_alive")
DECADES = 4  # below the most: what is less is cut off there
LEAST = 1e6  # USD: less is nothing
HOW_TO_READ = (
    "Median of the worlds in which the lab is at work; band of what is promised: half of them. "
    "Contracts for compute are take or pay:\nwhat is promised is due over the years to come, "
    "whether sales come or not. Nothing is drawn below a ten-thousandth of the most."
)


def obligations_figures(results_by_name: Mapping[str, Results]) -> Iterator[tuple[str, Figure]]:
    """A figure a result, with the labs that earn most at the end of the first, and its name."""
    return a_figure_each(results_by_name, NEEDS, NAME, promises, obligations_figure)


def promises(results: Results, lab: str) -> bool:
    """Whether a lab is there and ever promises anything, so that there is something to draw."""
    promised = results["lab_obligations"]
    return lab in promised["lab"].values and bool((promised.sel(lab=lab) > LEAST).any())


def obligations_figure(
    results_by_name: Mapping[str, Results], labs: Sequence[str], title: str
) -> Figure:
    """A panel a lab: what it has promised, its cash, its revenue, on one scale of dollars."""
    (results,) = results_by_name.values()
    figure = blank(1, len(labs), 2.9 * len(labs) + 1.6, 4.6)
    titles = results.lab_titles
    for ax, lab in zip(figure.axes, labs, strict=True):
        there = results["lab_alive"].sel(lab=lab, drop=True) > 0
        said = f"{plain(lab, titles)}\n{_said(results, lab, there)}"
        ax.set_title(said, fontsize=9, color=INK, loc="left")
        for measure in LINES:
            _line(ax, results, measure, lab, there)
        mark_time(ax, years(results.quarters))
    _scale(figure.axes)
    keys = [Line2D([], [], color=colour, label=label) for label, colour in LINES.values()]
    head(figure, f"What they have promised: {title}", keys, 75 * len(labs))
    foot(figure, results_by_name, HOW_TO_READ)
    return figure


def _said(results: Results, lab: str, there: xr.DataArray) -> str:
    """At the end: "$120B promised, 2.3 times its revenue"."""
    last = results.quarters[-1]
    owed, sales = (
        float(quantiles(results[name].sel(lab=lab).where(there).sel(quarter=last).values, [0.5])[0])
        for name in ("lab_obligations", "lab_revenue")
    )
    if not np.isfinite(owed):
        return f"at work in no world by {last[:4]}"
    times = f", {owed / sales:.1f} times its revenue" if sales > LEAST else ""
    return f"{human(owed, 'USD')} in {last[:4]}{times}".replace("$", r"\$")


def _line(ax: Axes, results: Results, measure: str, lab: str, there: xr.DataArray) -> None:
    """The median of one measure, with a band for what is promised; nothing where it is nothing."""
    low, middle, high = quantiles(at_work(results, measure, lab, there), [0.25, 0.5, 0.75])
    when, colour = years(results.quarters), LINES[measure][1]
    if measure == "lab_obligations":
        band = np.maximum(low, LEAST), np.maximum(high, LEAST)
        ax.fill_between(when, *band, color=colour, alpha=0.16, linewidth=0)
    ax.plot(when, np.where(middle > LEAST, middle, np.nan), color=colour, linewidth=1.6)


def _scale(axes: Sequence[Axes]) -> None:
    """One scale of dollars for all panels, said once at the left."""
    lines = [np.asarray(line.get_ydata(), float) for ax in axes for line in ax.lines]
    seen = np.concatenate([line for line in lines if len(line) > 2] or [np.array([LEAST, 1e9])])
    seen = seen[np.isfinite(seen)]
    top = seen.max(initial=LEAST)
    bottom = max(seen.min(initial=top), top / 10.0**DECADES)
    for ax in axes:
        ax.set_yscale("log")
        ax.set_ylim(bottom / 1.3, top * 1.3)
        ax.yaxis.set_major_locator(FixedLocator(log_ticks(*ax.get_ylim(), most=6)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y)))
        ax.set_ylabel("US dollars" if ax is axes[0] else "", fontsize=8, color=INK)
        ax.tick_params(labelleft=ax is axes[0])
