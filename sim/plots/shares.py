"""How a whole is divided over time: spending by use, the market by lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from sim.plots.style import (
    COLOURS,
    INK,
    USE_COLOURS,
    blank,
    foot,
    head,
    lab_colours,
    labels_of,
    mark_time,
    plain,
    years,
)

if TYPE_CHECKING:
    from sim.outputs.results import Results

OTHERS = "#BBBBBB"
TINY = 0.03  # a part that never reaches this share of the whole is drawn under "others"
MOST = len(COLOURS) - 1


def parts(array: xr.DataArray, middle: str = "median") -> xr.DataArray:
    """Shares of the whole (quarter, part) that sum to one, over worlds by `middle`.

    The median of each share is taken across worlds, and these are scaled to sum to one; the mean
    of shares sums to one by itself. A quarter in which nothing is divided stays nan.
    """
    dim, shares = _whole(array), _by_world(array)
    central = shares.median("world") if middle == "median" else shares.mean("world")
    total = central.sum(dim)
    return central / total.where(total > 0)


def _by_world(array: xr.DataArray) -> xr.DataArray:
    """Shares of the whole, world by world, (quarter, part, world); nan where nothing is divided."""
    dim = _whole(array)
    values = array.transpose("quarter", dim, "world").clip(min=0).fillna(0.0)
    whole = values.sum(dim)
    return values / whole.where(whole > 0)


def moved(base: xr.DataArray, other: xr.DataArray, middle: str = "median") -> xr.DataArray:
    """By how much each share of the whole differs from the baseline's, (quarter, part).

    World by world, then over worlds: luck cancels.
    """
    base, other = xr.align(_by_world(base), _by_world(other), join="inner")
    gaps = other - base
    return gaps.median("world") if middle == "median" else gaps.mean("world")


def _whole(array: xr.DataArray) -> str:
    """The dimension along which a whole is divided."""
    (dim,) = (str(name) for name in array.dims if name not in ("quarter", "world"))
    return dim


def stack(ax: Axes, shares: xr.DataArray, order: Sequence[str], colours: Mapping[str, str]) -> Axes:
    """Draw shares (quarter, part) as stacked areas, the first of `order` at the bottom."""
    dim = _whole(shares)
    when = years(shares["quarter"].values)
    heights = [shares.sel({dim: name}).fillna(0.0).values for name in order]
    rest = 1.0 - np.sum(heights, axis=0) if heights else np.ones(len(when))
    rest = np.where(shares.isnull().all(dim).values, 0.0, rest.clip(0))
    ax.stackplot(
        when,
        [*heights, rest],
        colors=[colours[name] for name in order] + [OTHERS],
        edgecolor="white",
        linewidth=0.4,
    )
    ax.set_ylim(0, 1)
    ax.set_ylabel("per cent of the whole", fontsize=8, color=INK)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.0f}%"))
    mark_time(ax, when)
    return ax


def largest(shares: Sequence[xr.DataArray]) -> list[str]:
    """The parts worth a colour of their own: those above TINY in some quarter, largest first."""
    dim = _whole(shares[0])
    peaks: dict[str, float] = {}
    sizes: dict[str, float] = {}
    for one in shares:
        for name in map(str, one[dim].values):
            line = one.sel({dim: name})
            peaks[name] = max(peaks.get(name, 0.0), float(line.max()))
            sizes[name] = sizes.get(name, 0.0) + float(line.mean())
    big = [name for name, peak in peaks.items() if peak >= TINY]
    return sorted(big, key=lambda name: -sizes[name])[:MOST]


def shares_figure(
    results_by_name: Mapping[str, Results], measure: str, title: str, middle: str = "median"
) -> Figure:
    """A panel a scenario, the same colours in all."""
    shares = {name: parts(run[measure], middle) for name, run in results_by_name.items()}
    order = largest(list(shares.values()))
    colours = dict(zip(order, COLOURS, strict=False))
    if _whole(next(iter(shares.values()))) == "lab":  # a lab has one colour in every figure
        colours = lab_colours(next(iter(results_by_name.values())))
    if set(order) <= set(USE_COLOURS):  # in the order and the colours that uses always have
        order, colours = [use for use in USE_COLOURS if use in order], USE_COLOURS
    labels = labels_of(results_by_name)
    panels = 3 if len(shares) == 2 else len(shares)  # two have room for what is between them
    columns = min(3, panels)
    rows = -(-panels // columns)
    figure = blank(rows, columns, 4.2 * columns + 1.6, 3.4 * rows + 1.0)
    for ax, name in zip(figure.axes, shares, strict=False):
        stack(ax, shares[name], order, colours)
        ax.set_title(labels[name], fontsize=9, color=INK, loc="left")
    for ax in figure.axes[panels:]:
        ax.set_axis_off()
    if len(shares) == 2:
        base, other = (run[measure] for run in results_by_name.values())
        _change(figure.axes[2], moved(base, other, middle), order, colours)
    titles = next(iter(results_by_name.values())).lab_titles
    keys = [Patch(color=colours[name], label=plain(name, titles)) for name in order]
    if any(_rest(one, order) > 0.002 for one in shares.values()):
        keys.append(Patch(color=OTHERS, label="others"))
    head(figure, title, keys, 50 * columns + 15)
    how = "mean of all worlds" if middle == "mean" else "median of all worlds, scaled to one"
    foot(figure, results_by_name, f"Shares: {how}. The first in the legend is at the bottom.")
    return figure


def _change(ax: Axes, gaps: xr.DataArray, order: Sequence[str], colours: Mapping[str, str]) -> None:
    """Lines of how each share moved, in points."""
    when = years(gaps["quarter"].values)
    for name in order:
        gap = 100 * gaps.sel({_whole(gaps): name}).values
        ax.plot(when, gap, color=colours[name], linewidth=1.8)
    ax.axhline(0.0, color=INK, linewidth=0.8)
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, -1.0), max(high, 1.0))
    ax.set_ylabel("percentage points", fontsize=8, color=INK)
    ax.set_title(
        "Change from the first to the second, world by world", fontsize=9, color=INK, loc="left"
    )
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:+.3g}" if y else "0"))
    mark_time(ax, when)


def _rest(shares: xr.DataArray, order: Sequence[str]) -> float:
    """The most that the parts not in `order` ever make up."""
    dim = _whole(shares)
    return float((shares.sum(dim) - shares.sel({dim: list(order)}).sum(dim)).max())
