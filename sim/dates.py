"""Quarters of the calendar: labels such as "2020-Q1", and whole numbers to count with."""

import datetime
import re

from sim.errors import BadInput, quoted

QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def quarter_index(label: str) -> int:
    """Quarters since the year 0 of a label such as "2020-Q1". BadInput if it is no such label."""
    match = QUARTER.fullmatch(label) if isinstance(label, str) else None
    if match is None or int(match[1]) == 0:
        raise BadInput(f'{quoted(label)} is no quarter. Write it like "2027-Q2".')
    return int(match[1]) * 4 + int(match[2]) - 1


def quarter_label(index: int) -> str:
    """The label of a quarter counted from the year 0."""
    year, quarter = divmod(int(index), 4)
    return f"{year:04d}-Q{quarter + 1}"


def quarter_of(date: object) -> int:
    """The quarter a day falls in: 2027-06-01, "2027-06-01" and "2027-Q2" are the same quarter."""
    if isinstance(date, str) and QUARTER.fullmatch(date):
        return quarter_index(date)
    if isinstance(date, str) and DAY.fullmatch(date):
        try:
            date = datetime.date.fromisoformat(date)
        except ValueError:
            raise BadInput(f"{quoted(date)} is no day of the calendar. Correct it.") from None
    if not isinstance(date, datetime.date):
        raise BadInput(f'{quoted(date)} is no date. Write it like 2027-06-01 or "2027-Q2".')
    return date.year * 4 + (date.month - 1) // 3


def quarter_end(index: int) -> datetime.date:
    """The last day of a quarter counted from the year 0."""
    year, quarter = divmod(int(index), 4)
    return datetime.date(year, quarter * 3 + 3, 30 if quarter in (1, 2) else 31)
