"""What a lab has promised and owes, against what it has and earns: in a table and a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.outputs.amounts import human
from sim.outputs.quantiles import quantiles
from sim.units import Array

BAND = (0.5, 0.05, 0.95)
# What is told, as (worlds,): the first six are given, the others follow from them.
ROWS = {
    "obligations": ("promised, all that is left to pay", "USD"),
    "debt": ("owed to lenders", "USD"),
    "interest": ("interest, a year", "USD"),
    "cash": ("cash", "USD"),
    "revenue": ("revenue, a year", "USD"),
    "years": ("years that contracts run", ""),
    "over_cash": ("promised over cash", ""),
    "over_revenue": ("promised over a year's revenue", ""),
}
NOTHING = 1e3  # USD: nobody has promised, or earns, so little
MANY = 100.0  # times: more says no more


def rows(owes: Mapping[str, Array]) -> dict[str, Array]:
    """All of ROWS, (worlds,); a ratio to nothing is infinite, and of nothing zero."""
    owed = owes["obligations"]
    return {
        **owes,
        "over_cash": _over(owed, owes["cash"]),
        "over_revenue": _over(owed, owes["revenue"]),
    }


def _over(owed: Array, means: Array) -> Array:
    many = np.where(owed > NOTHING, np.inf, 0.0)
    return np.where(means > NOTHING, owed / np.maximum(means, NOTHING), many)


def cells(owes: Mapping[str, Array], alone: bool) -> dict[str, str]:
    """Each of ROWS as a person reads it: median and 90 % band, or the number of a single world."""
    said = {}
    for name, values in rows(owes).items():
        label, unit = ROWS[name]
        middle, low, high = (_said(float(cut), unit) for cut in quantiles(values, list(BAND)))
        said[label] = middle if alone else f"{middle} [{low}, {high}]"
    return said


def _said(value: float, unit: str) -> str:
    """An amount, or how many times."""
    if unit:
        return human(value, unit)
    return f"{value:.1f}" if value < MANY else "over 100"


def sentence(owes: Mapping[str, Array]) -> str:
    """What it has promised clouds and staff, over how long, and what it owes lenders."""
    middle = {name: float(np.median(values)) for name, values in rows(owes).items()}
    if middle["obligations"] > NOTHING:
        times = " and ".join(
            f"{_said(middle[over], '')} times {what}"
            for over, what in (("over_revenue", "its revenue of a year"), ("over_cash", "its cash"))
        )
        years = f" over {middle['years']:.1f} years" if middle["years"] > 0.0 else ""
        amount = human(middle["obligations"], "USD")
        promised = f"It has promised clouds and staff {amount}{years}, {times}"
    else:
        promised = "It has promised clouds nothing"
    if middle["debt"] <= NOTHING:
        return f"{promised}; it owes lenders nothing."
    interest = human(middle["interest"], "USD/year")
    return f"{promised}; it owes lenders {human(middle['debt'], 'USD')}, at {interest} of interest."
