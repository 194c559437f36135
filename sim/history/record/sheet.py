"""A record as a table of text, as people and spreadsheets save it: separators, numbers and dates.

Columns may be separated by commas, semicolons or tabs. What can be read one way only is read so: a
decimal comma in 0,35 or 2,5e9, the midnight in 2024-03-14 00:00:00. The rest is refused in a line.
"""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.errors import BadInput, cut, quoted
from sim.inputs.text_file import read_text, shown

LARGEST_FILE = 5_000_000  # bytes
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+(?:[eE][-+]?[0-9]+)?")
THOUSANDS_OR_DECIMALS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}")
MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00(?::00(?:\.0+)?)?Z?")


def lines_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row below the heading that is not empty: its line in the file, and its cells by column.

    BadInput if the file cannot be read, lacks one of the columns or has a row of another length.
    """
    where = shown(path)
    text = read_text(path, LARGEST_FILE, "a record")
    table = csv.reader(
        text.splitlines(keepends=True), delimiter=_separator(text, columns), strict=True
    )
    try:
        header = [cell.strip() for cell in next(table, [])]
        if header and header[0].lower().startswith("sep="):  # a line of Excel's own
            header = [cell.strip() for cell in next(table, [])]
        _check_header(header, columns, where)
        for cells in table:
            if not any(cell.strip() for cell in cells):
                continue
            while len(cells) > len(header) and not cells[-1].strip():
                cells.pop()
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            row["date"] = _without_midnight(row.get("date", ""))
            row["?"] = "" if len(cells) == len(header) else f"{len(cells)} for {len(header)}"
            yield table.line_num, row
    except csv.Error as error:
        raise BadInput(
            f"{where} line {table.line_num}: {error}. Save it as CSV, with texts in quotes."
        ) from None


def number_of(text: str) -> float:
    """The number that a cell says, with a decimal point or, where it can be nothing else, a comma.

    BadInput, to follow the column's name, if it is no finite number or may be two.
    """
    if THOUSANDS_OR_DECIMALS.fullmatch(text):
        whole, point = text.replace(",", ""), text.replace(",", ".")
        raise BadInput(f"{quoted(text)} may be {whole} or {point}: write one of the two")
    try:
        number = float(text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text)
    except ValueError:
        raise BadInput(f"{quoted(text)} is not a number, such as 1250000 or 1.25e6") from None
    if not math.isfinite(number):
        raise BadInput(f"{quoted(text)} is not a finite number")
    return number


def _without_midnight(text: str) -> str:
    """A date without the time that spreadsheets add to a day."""
    match = MIDNIGHT.fullmatch(text)
    return match[1] if match else text


def _separator(text: str, columns: Sequence[str]) -> str:
    """What stands between the columns' names in the first lines."""
    head = next((line for line in text.splitlines() if "id" in line.lower()), "")
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
