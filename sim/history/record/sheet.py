"""A record as a table of text, as people and spreadsheets save it: separators, numbers and dates.

Columns may be separated by commas, semicolons or tabs. What can be read one way only is read so: a
decimal comma in 0,35 or 2,5e9, the midnight in 2024-03-14 00:00:00. The rest is refused in a line:
1,250 anywhere, and 1.250 where a point may stand between thousands (semicolons, decimal commas).
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.errors import BadInput, cut, quoted
from sim.inputs.text_file import read_text, shown

LARGEST_FILE = 5_000_000  # bytes
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+(?:[eE][-+]?[0-9]+)?")
THOUSANDS_OR_DECIMALS = re.compile(r"[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}")
MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00(?::00(?:\.0+)?)?Z?")


class Line(NamedTuple):
    """A row of the table below its heading."""

    number: int  # in the file
    cells: dict[str, str]  # by column
    width: str  # "11 for 12" where it has another number of cells than the heading, else ""
    points_group: bool  # whether a point may stand between thousands, as a comma may anywhere


def lines_of(path: Path, columns: Sequence[str]) -> Iterator[Line]:
    """Each row below the heading that is not empty.

    Empty lines before the heading are passed over. BadInput if the file cannot be read or lacks one
    of the columns.
    """
    where = shown(path)
    text = read_text(path, LARGEST_FILE, "a record")
    separator = _separator(text, columns)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(table.line_num, [cell.strip() for cell in cells]) for cells in table]
    except csv.Error as error:
        raise BadInput(
            f"{where} line {table.line_num}: {error}. Save it as CSV, with texts in quotes."
        ) from None
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if lines and lines[0][1][0].lower().startswith("sep="):  # a line of Excel's own
        lines = lines[1:]
    header = lines[0][1] if lines else []
    _check_header(header, columns, where)
    commas = any(_has_decimal_comma(cell) for _, cells in lines for cell in cells)
    for number, cells in lines[1:]:
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        row = dict(zip(header, cells, strict=False))
        row["date"] = _without_midnight(row.get("date", ""))
        width = "" if len(cells) == len(header) else f"{len(cells)} for {len(header)}"
        yield Line(number, row, width, points_group=separator == ";" or commas)


def number_of(text: str, points_group: bool = False) -> float:
    """The number that a cell says, with a decimal point or, where it can be nothing else, a comma.

    `points_group`: the file may have points between thousands. BadInput, to follow the column's
    name, if it is no finite number or may be two.
    """
    if THOUSANDS_OR_DECIMALS.fullmatch(text) and ("," in text or points_group):
        whole, point = re.sub("[.,]", "", text), text.replace(",", ".")
        point += "0" if points_group else ""  # so that it can be read in one way
        raise BadInput(f"{quoted(text)} may be {whole} or {point}: write one of the two")
    try:
        if not text.isascii() or "_" in text:  # which Python would take
            raise ValueError
        number = float(text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text)
    except ValueError:
        raise BadInput(f"{quoted(text)} is not a number, such as 1250000 or 1.25e6") from None
    if not math.isfinite(number):
        raise BadInput(f"{quoted(text)} is not a finite number")
    return number


def _has_decimal_comma(text: str) -> bool:
    return bool(DECIMAL_COMMA.fullmatch(text)) and not THOUSANDS_OR_DECIMALS.fullmatch(text)


def _without_midnight(text: str) -> str:
    """A date without the time that spreadsheets add to a day."""
    match = MIDNIGHT.fullmatch(text)
    return match[1] if match else text


def _separator(text: str, columns: Sequence[str]) -> str:
    """What stands between the columns' names in the first lines."""
    head = next((line for line in text.split("\n") if "id" in line.lower()), "")
    found = {mark: _columns_found(head, mark, columns) for mark in SEPARATORS}
    return max(found, key=lambda mark: found[mark])


def _columns_found(head: str, mark: str, columns: Sequence[str]) -> int:
    names = {cell.strip().strip('"') for cell in head.split(mark)}
    return len(names & set(columns))


def _check_header(header: list[str], columns: Sequence[str], where: str) -> None:
    missing = [name for name in columns if name not in header]
    if missing:
        one = "" if len(header) > 1 or not header else f" (it is one cell, {quoted(header[0])})"
        raise BadInput(
            f"{where}: the first line lacks {', '.join(missing)}{one}. Name the columns there, "
            f"separated by {', '.join(SEPARATORS.values())}: {', '.join(columns)}."
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise BadInput(
            f"{where}: two columns are called {cut(', '.join(twice), 100)}. Leave one out."
        )
