"""Periods: the quarters that a date of the record stands for, and windows of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from sim.dates import DAY, QUARTER, quarter_label, quarter_of
from sim.errors import BadInput, quoted

MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
YEAR = re.compile(r"[0-9]{4}")
NEVER = 10**6  # a quarter after all others


class Period(NamedTuple):
    """Quarters counted from the year 0, both ends included."""

    first: int
    last: int

    def within(self, window: Period) -> bool:
        """Whether all of it lies in another."""
        return window.first <= self.first and self.last <= window.last


def period_of(date: str) -> tuple[Period, float]:
    """The quarters of 2024-03, 2024-03-14, 2024-Q1 or the year 2024, and its middle in years."""
    text = str(date).strip()
    if YEAR.fullmatch(text) and int(text) > 0:
        year = int(text)
        return Period(4 * year, 4 * year + 3), year + 0.5
    if (match := MONTH.fullmatch(text)) and int(match[1]) > 0:
        quarter = quarter_of(f"{text}-01")
        return Period(quarter, quarter), int(match[1]) + (int(match[2]) - 0.5) / 12.0
    if QUARTER.fullmatch(text) or DAY.fullmatch(text):
        quarter = quarter_of(text)
        if QUARTER.fullmatch(text):
            return Period(quarter, quarter), (quarter + 0.5) / 4.0
        month, day = int(text[5:7]), int(text[8:])
        return Period(quarter, quarter), int(text[:4]) + (month - 1 + (day - 0.5) / 31.0) / 12.0
    raise BadInput(f"{quoted(text)} is no date. Write 2024-03, 2024-03-14, 2024-Q1 or 2024")


def label_of(period: Period) -> str:
    """A period as a person writes it: 2024-Q1, or 2024."""
    first = quarter_label(period.first)
    return first if period.first == period.last else first[:4]


def date_asked(where: str, date: str) -> Period:
    """The quarters of a date that a person gave; BadInput says where: a flag or an argument."""
    try:
        return period_of(date)[0]
    except BadInput as error:
        raise BadInput(f"{where}: {str(error).rstrip('.')}.") from None


def window(since: str | None = None, until: str | None = None) -> Period:
    """From the first quarter of one date to the last of another; open where there is none."""
    first = date_asked("since", since).first if since is not None else 0
    last = date_asked("until", until).last if until is not None else NEVER
    if first > last:
        raise BadInput(f"{quoted(since)} is after {quoted(until)}. Swap the two dates.")
    return Period(first, last)
