"""Who earns, who pays: profit by layer, by year and over the run, as what adds up to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.outputs.quantiles import quantiles
from sim.outputs.reckoned import in_years, layers_of, span_of
from sim.plots.style import GREY, INK, at_the_end, blank, foot, head, labels_of, number, plain

if TYPE_CHECKING:
    from sim.outputs.results import Results

NAME = "who_earns"
NEEDS = ("earned",)
PAYERS = ("users", "other_users")
LABS = ("independent_labs", "parents_labs", "start_ups")
NO_EARNERS = ("owners",)  # of whom finance alone is told
LAYER_COLOURS = {
    "users": "#4D4D4D",
    "other_users": "#B5B5B5",
    "independent_labs": "#0072B2",
    "parents_labs": "#56B4E9",
    "start_ups": "#332288",
    "clouds": "#D55E00",
    "chipmakers": "#E69F00",
    "power": "#DDCC77",
    "suppliers": "#999933",
    "workers": "#009E73",
    "data": "#44AA99",
    "hosts": "#CC79A7",
    "lenders": "#882255",
    "taxes": "#AA4499",
}
LEAST = 0.03  # of all that was paid in: what is smaller has no label of its own
CUTS = (0.05, 0.5, 0.95)
HOW_TO_READ = (
    "Cash that each layer took in less what it spent to earn it, with chips and buildings, and "
    "without finance.\nAbove: mean of the worlds; it adds up to nothing in every year. Below: "
    "median, and nine tenths of the worlds."
)


def earners_figure(results_by_name: Mapping[str, Results]) -> Figure | None:
    """A column a run, and of two what is between them; None if nobody pays anything."""
    runs, labels = list(results_by_name.values()), labels_of(results_by_name)
    if not max(float(np.abs(run["earned"]).max()) for run in runs) > 0:
        return None
    panels = {
        fill(f"{labels[name]}: {finding(run)}", 64): run["earned"]
        for name, run in results_by_name.items()
    }
    if len(runs) == 2:
        panels["Change from the first to the second,\nworld by world"] = (
            runs[1]["earned"] - runs[0]["earned"]
        )
    columns, order = len(panels), _by_size(runs[0]["earned"])
    height = 0.22 * len(order) + 0.6
    figure = blank(
        2, columns, 5.0 * columns + 2.4 * (columns == 1), 4.2 + height, heights=(3.4, height)
    )
    axes = np.reshape(np.array(figure.axes, dtype=object), (2, columns))
    for column, (said, money) in enumerate(panels.items()):
        _by_year(axes[0, column], money)
        axes[0, column].set_title(said, fontsize=9, color=INK, loc="left")
        _over_the_run(axes[1, column], money, order, named=column == 0)
    _same_scale(list(axes[0, : len(runs)]))
    _same_scale(list(axes[1, : len(runs)]), across=True)
    first, last = span_of(runs[0])
    head(figure, f"Who earns, who pays, {first} to {last}", [])
    foot(figure, results_by_name, HOW_TO_READ)
    return figure


def finding(results: Results) -> str:
    """What became of a dollar that users paid, over the run, by the mean of the worlds."""
    money = results["earned"]
    sums = {name: float(_summed(money, name).mean()) for name in layers_of(results)}
    paid = -sum(sums[name] for name in PAYERS if name in sums)
    if not paid > 0:
        return "nobody pays anything"
    cents = {
        name: 100.0 * amount / paid
        for name, amount in sums.items()
        if name not in (*PAYERS, *LABS, *NO_EARNERS)
    }
    cents["labs"] = 100.0 * sum(sums[name] for name in LABS if name in sums) / paid
    ranked = sorted(cents, key=lambda name: -cents[name])
    lost = [f"{plain(name)} {-cents[name]:.0f}" for name in ranked[::-1] if cents[name] <= -0.5]
    words = ", ".join(f"{plain(name)} got {cents[name]:.0f}" for name in ranked[:3])
    told = f"for each 100 dollars from users of tokens and compute, {words}"
    return f"{told}; lost: {', '.join(lost[:3])}" if lost else told


def _summed(money: xr.DataArray, layer: str) -> np.ndarray:
    """What a layer earned over the run, (worlds,)."""
    return in_years(money.sel(layer=layer))


def _by_size(money: xr.DataArray) -> list[str]:
    """Layers from who earned most to who paid most."""
    layers = [name for name in map(str, money["layer"].values) if name not in NO_EARNERS]
    return sorted(layers, key=lambda name: -float(np.median(_summed(money, name))))


def _by_year(ax: Axes, money: xr.DataArray) -> None:
    """Bars a year: who earns is stacked up, who pays down, in the mean of the worlds."""
    layers = [name for name in map(str, money["layer"].values) if name not in NO_EARNERS]
    mean = money.mean("world")
    yearly = mean.groupby(mean["quarter"].str.slice(0, 4)).sum() / 4.0
    when = yearly["quarter"].values.astype(int)
    up, down, labels = np.zeros(len(when)), np.zeros(len(when)), []
    for name in (*LAYER_COLOURS, *(one for one in layers if one not in LAYER_COLOURS)):
        if name not in layers:
            continue
        bars, colour = yearly.sel(layer=name).values, LAYER_COLOURS.get(name, GREY)
        base = np.where(bars >= 0, up, down)
        ax.bar(when, bars, bottom=base, width=0.86, color=colour, lw=0)
        labels.append((float(base[-1] + 0.5 * bars[-1]), abs(bars[-1]), plain(name), colour))
        up, down = up + np.maximum(bars, 0.0), down + np.minimum(bars, 0.0)
    ax.axhline(0.0, color=INK, lw=0.8)
    ax.set_xlim(when[0] - 0.6, when[-1] + 0.6)
    step = next((step for step in (1, 2, 5) if len(when) / step <= 6), 10)
    ax.set_xticks([year for year in when if year % step == 0])
    ax.set_ylabel("US dollars a year", fontsize=8, color=INK)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y, "USD")))
    large = [label for label in labels if label[1] > LEAST * (up[-1] - down[-1]) / 2.0]
    at_the_end(ax, [(y, text, colour) for y, _, text, colour in large])


def _over_the_run(ax: Axes, money: xr.DataArray, order: Sequence[str], named: bool) -> None:
    """A bar a layer: the median over worlds, and a line for nine tenths of them."""
    for row, name in enumerate(order):
        low, middle, high = quantiles(_summed(money, name), CUTS)
        colour = LAYER_COLOURS.get(name, GREY)
        ax.barh([row], [middle], height=0.7, color=colour, lw=0)
        ax.plot([low, high], [row, row], color=INK, lw=1.0, alpha=0.8)
    ax.axvline(0.0, color=INK, lw=0.8)
    ax.set_yticks(range(len(order)), [plain(name) for name in order] if named else [])
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xlabel("US dollars over the run", fontsize=8, color=INK)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x, "USD")))


def _same_scale(axes: Sequence[Axes], across: bool = False) -> None:
    """The same money axis for several panels."""
    ends = np.array([ax.get_xlim() if across else ax.get_ylim() for ax in axes])
    for ax in axes:
        (ax.set_xlim if across else ax.set_ylim)(ends[:, 0].min(), ends[:, 1].max())
