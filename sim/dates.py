"""Quarters of the calendar: labels such as "2020-Q1", and whole numbers to count with."""

import datetime
import re
from typing import Any

from sim.errors import BadInput, quoted

QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = (1900, 2199)  # a date outside is a slip: 0202 or 2207 for 2027


def quarter_index(label: str) -> int:
    """Quarters since the year 0 of a label such as "2020-Q1". BadInput if it is no such label."""
    match = QUARTER.fullmatch(label) if isinstance(label, str) else None
    if match is None:
        raise BadInput(f'{quoted(label)} is no quarter. Write it like "2027-Q2".')
    return _within(int(match[1]), label) * 4 + int(match[2]) - 1


def quarter_label(index: int) -> str:
    """The label of a quarter counted from the year 0."""
    year, quarter = divmod(int(index), 4)
    return f"{year:04d}-Q{quarter + 1}"


def quarter_of(date: object) -> int:
    """The quarter a day falls in: 2027-06-01, "2027-06-01" and "2027-Q2" are the same quarter.

    Dates of numpy and pandas are taken, too. BadInput if it is no date from 1900 to 2199, or one of
    theirs that is longer than a quarter.
    """
    if isinstance(date, str) and QUARTER.fullmatch(date):
        return quarter_index(date)
    day = _day_of(date)
    if day is None:
        raise BadInput(f'{quoted(date)} is no date. Write it like 2027-06-01 or "2027-Q2".')
    return _within(day.year, date) * 4 + (day.month - 1) // 3


def _day_of(date: Any) -> datetime.date | None:
    """The day that something stands for, or None."""
    if isinstance(date, str) and DAY.fullmatch(date):
        try:
            return datetime.date.fromisoformat(date)
        except ValueError:
            raise BadInput(f"{quoted(date)} is no day of the calendar. Correct it.") from None
    if getattr(date, "ndim", 0):  # several
        return None
    if hasattr(date, "start_time") and hasattr(date, "end_time"):  # pandas' Period
        first, last = date.start_time, date.end_time
        if (first.year, first.quarter) != (last.year, last.quarter):
            raise BadInput(
                f'{quoted(str(date))} is longer than a quarter. Write it like "2027-Q2".'
            )
        date = first
    if str(getattr(date, "dtype", "")) == "datetime64[Y]":
        raise BadInput(f'{quoted(str(date))} is longer than a quarter. Write it like "2027-Q2".')
    if getattr(getattr(date, "dtype", None), "kind", "") == "M":  # numpy's datetime64
        date = date.astype("datetime64[D]").item()
    if isinstance(date, datetime.date) and date == date:  # pandas' NaT is a date unlike itself
        return date
    return None


def _within(year: int, date: object) -> int:
    if not YEARS[0] <= year <= YEARS[1]:
        raise BadInput(
            f'{quoted(date)} is not in the years {YEARS[0]} to {YEARS[1]}. Write it like "2027-Q2".'
        )
    return year
