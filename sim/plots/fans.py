"""Fan charts: the median and the bands that hold half and nine tenths of the worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.errors import BadInput, quoted
from sim.outputs.quantiles import quantiles
from sim.outputs.report import HEADLINES
from sim.outputs.tables import QUANTILES
from sim.plots.style import (
    COLOURS,
    GREY,
    INK,
    LAST_DATA,
    blank,
    foot,
    head,
    labels_of,
    mark_time,
    scale_values,
    years,
)

if TYPE_CHECKING:
    from sim.outputs.results import Results

OVERVIEW = (*HEADLINES[:-1], "chips", "power", HEADLINES[-1])
DETAILS = (
    "price_flagship",
    "price_constant",
    "training_run",
    "capex",
    "compute_spending",
    "funding",
    "profit",
    "surplus",
    "token_gdp",
    "adoption",
    "open_share",
    "belief",
)
MOST_DECADES = 9  # below the top of a log axis; a band that reaches further down is cut there
NOTHING = "never, in any world"
COUNT = "labs"  # the unit of what is counted one by one
DASHES = ("-", (0, (5, 1.2)), (0, (2, 1)), (0, (5, 1, 1, 1)))  # so that lines show where they meet
HOW_TO_READ = (
    "Line: median of all worlds (dotted, for counts: mean). "
    f"Upright: where the data end (end of {LAST_DATA - 1:.0f})."
)


def bands(values: np.ndarray) -> np.ndarray:
    """The five QUANTILES over the last axis, (5, quarters); worlds without a value are left out."""
    return quantiles(values, tuple(QUANTILES.values()))


def fan(
    ax: Axes,
    results: Results,
    measure: str,
    colour: str = COLOURS[0],
    label: str | None = None,
    log: bool | None = None,
) -> Axes:
    """Draw one market-wide measure of one result as a fan, with units on the axis.

    Call it again with another result and colour to compare. `log` overrides the measure's own
    scale; a log axis leaves out what is not above zero.
    """
    array = results[measure]
    if set(array.dims) != {"quarter", "world"}:
        by = ", ".join(str(dim) for dim in array.dims if dim not in ("quarter", "world"))
        raise BadInput(
            f"fan: {quoted(measure)} is also by {by}, and a fan needs one number a quarter and "
            "world. Choose a measure of the whole market."
        )
    log = bool(array.attrs.get("log")) if log is None else log
    when = years(array["quarter"].values)
    values, unit = array.transpose("quarter", "world").values, str(array.attrs.get("units", ""))
    draw(ax, when, bands(values), colour, label or results.title, log)
    if unit == COUNT:  # a median of small whole numbers hides most of what there is to see
        ax.plot(when, values.mean(axis=-1), color=colour, linewidth=1.2, linestyle=":")
        _say_nothing_happens(ax, values)
    scale_values(ax, unit, log)
    mark_time(ax, when)
    return ax


def _say_nothing_happens(ax: Axes, values: np.ndarray) -> None:
    """A word on an axis on which nothing is counted, and none where something is after all."""
    for said in [text for text in ax.texts if text.get_gid() == NOTHING]:
        said.remove()
    if not values.any() and not any(np.any(line.get_ydata()) for line in ax.lines):
        ax.text(
            0.5,
            0.5,
            NOTHING,
            transform=ax.transAxes,
            ha="center",
            fontsize=8,
            color=INK,
            gid=NOTHING,
        )


def draw(ax: Axes, when: np.ndarray, cuts: np.ndarray, colour: str, label: str, log: bool) -> None:
    """Lay five QUANTILES (5, times) on an axis: two bands and the median."""
    if log:
        cuts = _above_zero(ax, cuts)
    ax.fill_between(when, cuts[0], cuts[4], color=colour, alpha=0.14, linewidth=0)
    ax.fill_between(when, cuts[1], cuts[3], color=colour, alpha=0.26, linewidth=0)
    ax.plot(when, cuts[2], color=colour, linewidth=1.8, linestyle=_dash(colour), label=label)


def _dash(colour: str) -> Any:
    place = COLOURS.index(colour) if colour in COLOURS else 0
    return DASHES[place % len(DASHES)]


def _above_zero(ax: Axes, cuts: np.ndarray) -> np.ndarray:
    """Cut a fan off at a floor where zero would be, and keep the floor in view."""
    positive = cuts[np.isfinite(cuts) & (cuts > 0)]
    if not positive.size:
        return np.full_like(cuts, np.nan)
    medians = cuts[2][cuts[2] > 0]
    depth = min(positive.max() / 10.0**MOST_DECADES, medians.min() / 10 if medians.size else np.inf)
    floor = max(positive.min(), depth)
    line = np.where(cuts[2] >= floor, cuts[2], np.nan)
    cuts = np.maximum(cuts, floor * 0.999)
    cuts[2] = line
    ax.set_yscale("log")
    return cuts


def fan_figure(results_by_name: Mapping[str, Results], measure: str) -> Figure:
    """One measure, all scenarios on one axis."""
    figure = blank()
    ax = figure.axes[0]
    for name, colour in zip(results_by_name, COLOURS, strict=False):
        fan(ax, results_by_name[name], measure, colour)
    first = next(iter(results_by_name.values()))
    mark_time(ax, years(first.quarters), note=True)
    head(figure, _title(first[measure]), _keys(labels_of(results_by_name)), 80)
    foot(figure, results_by_name, HOW_TO_READ)
    return figure


def panels(
    results_by_name: Mapping[str, Results], measures: Sequence[str], title: str
) -> Figure | None:
    """Small multiples, a measure a panel; None if no result has any of them."""
    first = next(iter(results_by_name.values()))
    there = [
        measure for measure in measures if all(measure in run for run in results_by_name.values())
    ]
    if not there:
        return None
    figure = _grid(len(there))
    for ax, measure in zip(figure.axes, there, strict=False):
        for name, colour in zip(results_by_name, COLOURS, strict=False):
            fan(ax, results_by_name[name], measure, colour)
        ax.set_title(_title(first[measure]), fontsize=9, color=INK, loc="left")
    head(figure, title, _keys(labels_of(results_by_name)))
    foot(figure, results_by_name, HOW_TO_READ)
    return figure


def difference(results_by_name: Mapping[str, Results], measures: Sequence[str]) -> Figure | None:
    """World by world, each further result against the first: luck cancels, what differs stays.

    A measure on a log axis is compared as a ratio, any other as a difference.
    """
    names = list(results_by_name)
    base = results_by_name[names[0]]
    there = [
        measure for measure in measures if all(measure in run for run in results_by_name.values())
    ]
    if not there:
        return None
    figure, labels = _grid(len(there)), labels_of(results_by_name)
    for ax, measure in zip(figure.axes, there, strict=False):
        log, unit = bool(base[measure].attrs.get("log")), str(base[measure].attrs.get("units", ""))
        for name, colour in zip(names[1:], COLOURS[1:], strict=False):
            gap = paired(base[measure], results_by_name[name][measure], log)
            when = years(gap["quarter"].values)
            draw(ax, when, bands(gap.values), colour, labels[name], log)
            if unit == COUNT:
                ax.plot(when, gap.mean("world"), color=colour, linewidth=1.2, linestyle=":")
            mark_time(ax, when)
        ax.axhline(1.0 if log else 0.0, color=INK, linewidth=0.8)
        if log:
            _room_for_a_ratio(ax)
        scale_values(ax, "" if log else unit, log)
        if log:
            ax.set_ylabel("ratio", fontsize=8, color=INK)
        elif unit == "share":
            ax.set_ylabel("percentage points", fontsize=8, color=INK)
        ax.set_title(_title(base[measure]), fontsize=9, color=INK, loc="left")
    others = {name: labels[name] for name in names[1:]}
    head(figure, f"Against “{labels[names[0]]}”", _keys(others, COLOURS[1:]))
    note = (
        "Each world against itself: the ratio where the axis says ratio, otherwise the difference. "
        + HOW_TO_READ
    )
    foot(figure, results_by_name, note)
    return figure


def paired(base: xr.DataArray, other: xr.DataArray, ratio: bool) -> xr.DataArray:
    """Other minus base (or over it, nan where either is not above zero), (quarter, world)."""
    base, other = xr.align(base, other, join="inner")
    if ratio:
        gap = (other / base.where(base > 0)).where(other > 0)
    else:
        gap = other - base
    return gap.transpose("quarter", "world")


def _room_for_a_ratio(ax: Axes) -> None:
    """A ratio close to one needs an axis that does not blow up its rounding."""
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, 0.8), max(high, 1.25))


def _grid(count: int) -> Figure:
    columns = 3 if count in (3, 5, 6, 9) else min(4, count)
    rows = -(-count // columns)
    figure = blank(rows, columns, 3.5 * columns, 2.5 * rows + 0.9)
    for ax in figure.axes[count:]:
        ax.set_axis_off()
    return figure


def _keys(labels: Mapping[str, str], colours: Sequence[str] = COLOURS) -> list[Artist]:
    keys: list[Artist] = [
        Line2D([], [], color=colour, linewidth=2, linestyle=_dash(colour), label=label)
        for label, colour in zip(labels.values(), colours, strict=False)
    ]
    return [
        *keys,
        Patch(color=GREY, alpha=0.4, label="half of the worlds"),
        Patch(color=GREY, alpha=0.15, label="nine tenths"),
    ]


def _title(array: xr.DataArray) -> str:
    text = str(array.attrs.get("long_name") or array.name).replace("_", " ")
    return text[:1].upper() + text[1:]
