"""One world as it runs: lines by lab, shares, prices, chips and beliefs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.plots.shares import parts, stack
from sim.plots.style import COLOURS, INK, blank, mark_time, plain, scale_values, years

if TYPE_CHECKING:
    from sim.outputs.results import Results

WIDTH, HEIGHT = 6.4, 3.9
LEGEND: dict[str, Any] = {
    "loc": "upper left",
    "bbox_to_anchor": (0.77, 0.92),
    "frameon": False,
    "fontsize": 7,
}
STYLES = ("-", "--", ":", "-.")
Drawn = Callable[["Results", Sequence[str]], Figure | None]  # None: nothing to draw


def lab_revenue(results: Results, quarters: Sequence[str]) -> Figure | None:
    """What every lab earns."""
    return _by_lab(results, quarters, "lab_revenue", "Revenue by lab")


def lab_capability(results: Results, quarters: Sequence[str]) -> Figure | None:
    """How able every lab's best model is."""
    return _by_lab(results, quarters, "lab_capability", "Capability by lab")


def beliefs(results: Results, quarters: Sequence[str]) -> Figure | None:
    """What each lab thinks that an order of magnitude of compute still buys."""
    return _by_lab(results, quarters, "lab_belief", "Beliefs: what an OOM of compute buys")


def market_shares(results: Results, quarters: Sequence[str]) -> Figure | None:
    """The labs' shares of revenue."""
    return _shares(results, quarters, "lab_share", "The labs' market shares")


def spending_mix(results: Results, quarters: Sequence[str]) -> Figure | None:
    """What the labs spend their money on."""
    return _shares(results, quarters, "spending", "Spending mix of all labs")


def prices(results: Results, quarters: Sequence[str]) -> Figure | None:
    """The price of the best model, and of a constant capability."""
    names = {"price_flagship": "flagship", "price_constant": "constant capability"}
    return _lines(results, quarters, names, "Prices of tokens")


def chips(results: Results, quarters: Sequence[str]) -> Figure | None:
    """AI chips in use."""
    return _lines(results, quarters, {"chips": "chips in use"}, "Chips in use")


def rent(results: Results, quarters: Sequence[str]) -> Figure | None:
    """What an hour of an H100-equivalent costs."""
    return _lines(results, quarters, {"rent": "rent"}, "Rent of compute")


def money(results: Results, quarters: Sequence[str]) -> Figure | None:
    """What comes in and what goes out."""
    names = {
        "revenue": "revenue",
        "funding": "funding",
        "compute_spending": "labs' compute",
        "capex": "clouds' capex",
    }
    return _lines(results, quarters, names, "Money in and out")


# What the page shows, tab by tab.
TABS: dict[str, tuple[Drawn, ...]] = {
    "Labs": (lab_revenue, market_shares, lab_capability, beliefs),
    "Money and markets": (spending_mix, money, prices, rent, chips),
}


def _by_lab(results: Results, quarters: Sequence[str], measure: str, title: str) -> Figure | None:
    if measure not in results:
        return None
    figure, ax = _start(title)
    array = results[measure].transpose("lab", "quarter", "world")
    when, log = years(array["quarter"].values), bool(array.attrs.get("log"))
    colours, titles = _colours(array["lab"].values), results.lab_titles
    there = array > 0
    if "lab_alive" in results:
        there = there & (results["lab_alive"] > 0)
    drawn = array.where(there).transpose("lab", "quarter", "world")
    for i, lab in enumerate(array["lab"].values):
        values = drawn.values[i, :, 0]
        if np.isfinite(values).any():
            ax.plot(
                when,
                values,
                color=colours[str(lab)],
                label=plain(lab, titles),
                linewidth=1.6,
                linestyle=STYLES[i // len(COLOURS) % len(STYLES)],
            )
    _finish(figure, ax, quarters, str(array.attrs.get("units", "")), log)
    return figure


def _lines(
    results: Results, quarters: Sequence[str], names: dict[str, str], title: str
) -> Figure | None:
    drawn = [name for name in names if name in results]
    if not drawn:
        return None
    figure, ax = _start(title)
    for name, colour in zip(drawn, COLOURS, strict=False):
        array = results[name].transpose("quarter", "world")
        values = array.values[:, 0]
        values = np.where(values > 0, values, np.nan)
        ax.plot(years(array["quarter"].values), values, color=colour, label=names[name], lw=1.8)
    attrs = results[drawn[0]].attrs
    _finish(
        figure,
        ax,
        quarters,
        str(attrs.get("units", "")),
        bool(attrs.get("log")),
        legend=len(drawn) > 1,
    )
    return figure


def _shares(results: Results, quarters: Sequence[str], measure: str, title: str) -> Figure | None:
    if measure not in results:
        return None
    figure, ax = _start(title)
    shares = parts(results[measure])
    (dim,) = (str(name) for name in shares.dims if name != "quarter")
    names = [str(name) for name in shares[dim].values]
    order = [name for name in names if float(shares.sel({dim: name}).max()) > 0]
    stack(ax, shares, order, _colours(names))
    mark_time(ax, years(quarters))
    areas, titles = list(ax.collections)[: len(order)], results.lab_titles
    figure.legend(areas[::-1], [plain(name, titles) for name in order][::-1], **LEGEND)
    return figure


def _start(title: str) -> tuple[Figure, Axes]:
    figure = blank(width=WIDTH, height=HEIGHT, fitted=False)  # drawn many times while playing
    figure.subplots_adjust(left=0.12, right=0.76, top=0.91, bottom=0.08)
    ax = figure.axes[0]
    ax.set_title(title, fontsize=10, color=INK, loc="left", weight="bold")
    return figure, ax


def _finish(
    figure: Figure, ax: Axes, quarters: Sequence[str], unit: str, log: bool, legend: bool = True
) -> None:
    """Units, ticks, the whole horizon on the time axis, and the legend beside the plot."""
    scale_values(ax, unit, log and bool(ax.lines))
    mark_time(ax, years(quarters))
    if legend and ax.get_legend_handles_labels()[0]:
        figure.legend(**LEGEND)


def _colours(names: Iterable[object]) -> dict[str, str]:
    """Each keeps its colour from the first quarter to the last."""
    return {str(name): COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
