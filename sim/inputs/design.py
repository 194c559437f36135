"""A design: one row of dial values a world, from whatever tool made it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim import parameters
from sim.errors import BadInput, plain, quoted
from sim.inputs.scenario import Scenario
from sim.parameters import Dial
from sim.units import Array

NO_NUMBERS = "cmM"  # complex, and lengths and points of time: numpy would make floats of them
SLACK = 1e-6  # what shares may miss one by, as in a scenario

Design = Mapping[str, Array]


def read_design(given: Any, scenarios: list[Scenario]) -> dict[str, Array]:
    """Columns (worlds,) by dotted dial, in the dials' own units, checked for these scenarios.

    `given` is a pandas DataFrame or a mapping of columns. BadInput for an unknown dial, columns of
    different lengths, a value that is no number or out of the dial's range, or shares of one whole
    that do not sum to one.
    """
    if not (isinstance(given, Mapping) or hasattr(given, "columns")):
        raise BadInput(
            f"design: a {type(given).__name__} has no named columns. Give a pandas DataFrame, or a "
            "dict of a dial's name and its values, one a world."
        )
    names = list(given.keys()) if isinstance(given, Mapping) else list(given.columns)
    design = {str(name): _numbers(str(name), given[name]) for name in names}
    sizes = {len(column) for column in design.values()}
    if len(design) < len(names) or len(sizes) != 1 or 0 in sizes:
        raise BadInput(
            "design: needs at least one column and one row, columns of one length, and every name "
            f"once; it has columns {quoted(names)} of {sorted(sizes)} rows."
        )
    for scenario in scenarios:
        for dotted, column in design.items():
            _check(dotted, column, _dial(dotted, scenario))
    _check_shares(design)
    return design


def text_of_design(design: Design) -> str:
    """A design as CSV, every digit of it: what a manifest keeps."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(design)
    writer.writerows(
        [repr(float(cell)) for cell in row] for row in zip(*design.values(), strict=True)
    )
    return lines.getvalue()


def design_of_text(text: str) -> dict[str, Array]:
    """The design whose text this is. BadInput if it is none."""
    try:
        names, *rows = list(csv.reader(io.StringIO(text)))
        return dict(zip(names, np.array(rows, dtype=np.float64).T, strict=True))
    except (ValueError, TypeError, csv.Error):
        raise BadInput(
            f"design: {quoted(text)} is no table of numbers with a name a column. Is the manifest "
            "whole?"
        ) from None


def _numbers(name: str, column: Any) -> Array:
    if np.ma.is_masked(column):
        raise BadInput(f"design: column {quoted(name)} has masked rows. Give each row a number.")
    try:
        kind = np.asarray(column).dtype.kind
        numbers = np.empty(()) if kind in NO_NUMBERS else np.array(column, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(())
    if numbers.ndim != 1:
        raise BadInput(f"design: column {quoted(name)} is not one number a world. Give a column.")
    numbers.flags.writeable = False
    return numbers


def _dial(dotted: str, scenario: Scenario) -> Dial:
    """The dial of a column. BadInput, with the nearest right name, if there is none."""
    try:
        dial = parameters.find_column(dotted, scenario.labs)
    except BadInput as error:
        raise BadInput(f"design: column {quoted(dotted)}: {error}") from None
    if dial.kind != "number":
        raise BadInput(
            f"design: {dotted} is a {dial.kind}, the same in all worlds. Leave the column out, and "
            "set it with scenario.change({...})."
        )
    return dial


def _check(dotted: str, column: Array, dial: Dial) -> None:
    low, high = dial.allowed
    bad = np.flatnonzero(~((low <= column) & (column <= high)))
    if bad.size:
        raise BadInput(
            f"design: {dotted} is {plain(float(column[bad[0]]))} in row {bad[0]} (counted from 0). "
            f"It may be {dial.range_text}."
        )


def _check_shares(design: Design) -> None:
    """BadInput if shares of one whole are not all there, or do not sum to one in a row."""
    for group in parameters.SHARES_THAT_SUM_TO_ONE:
        missing = [dotted for dotted in group if dotted not in design]
        if len(missing) == len(group):
            continue
        if missing:
            raise BadInput(
                f"design: {', '.join(group)} are shares of one whole, and {', '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} missing. Give a column for each."
            )
        totals = np.sum([design[dotted] for dotted in group], axis=0)
        bad = np.flatnonzero(np.abs(totals - 1.0) > SLACK)
        if bad.size:
            raise BadInput(
                f"design: {', '.join(group)} sum to {plain(float(totals[bad[0]]))} in row {bad[0]} "
                "(counted from 0), not to 1. Divide each row by its sum."
            )
