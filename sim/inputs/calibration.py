"""A calibration: worlds' dials that agree with the record, kept whole, as a file in a folder.

A file calibrations/NAME.csv beside the scenarios: lines that begin with "# " are TOML about how it
was made, among it the prior of each dial; then a table with a column a dial and a row a world.
"""

import csv
import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import parameters
from sim.errors import BadInput, nearest, plain, quoted
from sim.inputs.setting import Setting
from sim.inputs.text_file import is_file, read_text, read_toml_text, same_folder, shown
from sim.inputs.toml_files import NAME, names_in

Array = NDArray[np.float64]
FOLDER = "calibrations"
AGAIN = "Make it again with 'calibrate'."
LARGEST_FILE = 50_000_000  # bytes


@dataclass(frozen=True, eq=False, repr=False)
class Calibration:
    """Dials of worlds that agree with the record: a column a dial, a row a world."""

    name: str
    hash: str  # SHA-256 of the file
    about: dict[str, Any]
    priors: dict[str, tuple[float, float]]  # the interval of each dial when it was made
    columns: dict[str, Array]  # in each dial's own unit, read-only
    where: str = ""
    model_error: float = 0.0  # OOM: standard error of what it says of a row of the record

    def __repr__(self) -> str:
        return f"Calibration {self.name}: {len(self.columns)} dials in {len(self)} worlds"

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def tells(self, dotted: str, setting: Setting) -> bool:
        """Whether a dial is taken from here: it still has the prior this was made from.

        A dial that a variant or a person has set otherwise is theirs.
        """
        return self.priors.get(dotted) == (setting.low, setting.high)

    def rows(self, luck: Array) -> NDArray[np.int64]:
        """The row of each world, by one uniform of its own."""
        return np.minimum((luck * len(self)).astype(np.int64), len(self) - 1)

    def check(self, labs: Iterable[str]) -> list[str]:
        """What is wrong with it for a scenario with these labs."""
        problems = []
        for dotted, column in self.columns.items():
            try:
                dial = parameters.find_column(dotted, labs)
            except BadInput as error:
                problems.append(f"{self.where}: column {quoted(dotted)}: {error}")
                continue
            if dial.kind != "number":
                problems.append(
                    f"{self.where}: column {dotted} is a {dial.kind}, not a number. "
                    "Leave the column out."
                )
                continue
            low, high = dial.allowed
            bad = np.flatnonzero(~((low <= column) & (column <= high)))
            if bad.size:
                problems.append(
                    f"{self.where}: {dotted} is {plain(float(column[bad[0]]))} in row "
                    f"{bad[0] + 1}. It may be {dial.range_text}."
                )
        return problems


def text_of_calibration(
    about: Mapping[str, Any],
    priors: Mapping[str, tuple[float, float]],
    columns: Mapping[str, Array],
) -> str:
    """The file. Six digits are kept of each number."""
    from sim.inputs.toml_text import toml

    def said(value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(said(item) for item in value)}]"
        return toml(value)

    lines = [f"{key} = {said(value)}" for key, value in about.items()]
    lines += ["", "[prior]"]
    lines += [f"{toml(dotted)} = {said(list(map(float, priors[dotted])))}" for dotted in columns]
    head = "".join(f"# {line}".rstrip() + "\n" for line in lines)
    body = [",".join(columns)]
    body += [",".join(f"{cell:.6g}" for cell in row) for row in zip(*columns.values(), strict=True)]
    return head + "\n".join(body) + "\n"


def read_calibration(name: str, folders: Iterable[Path], where: str) -> Calibration:
    """The calibration of this name in a folder of scenarios. BadInput if it cannot be used."""
    places = [folder / FOLDER for folder in folders]
    if not NAME.fullmatch(name):
        raise BadInput(
            f"{where}: 'calibration' is {quoted(name)}. Give the bare name of a file "
            f"in {FOLDER}/, without folder or '.csv'."
        )
    for place in places:
        path = place / f"{name}.csv"
        if is_file(path):
            if not same_folder(path, place):
                raise BadInput(f"{shown(path)}: is a link out of its folder. Copy the file in.")
            return _read(path)
    known = names_in(places, ".csv")
    looked = " or ".join(shown(place) for place in places) or "any folder of scenarios"
    raise BadInput(
        f"{where}: 'calibration' is {quoted(name)}, but there is none in {looked}. "
        f"{nearest(name, known)}"
    )


def _read(path: Path) -> Calibration:
    where = shown(path)
    lines = read_text(path, LARGEST_FILE, "a calibration").removesuffix("\n").split("\n")
    about = _head(lines, where)
    table = [line for line in lines if line.strip() and not line.startswith("#")]
    try:
        names, *rows = list(csv.reader(table, strict=True)) or [[]]
    except csv.Error as error:
        raise BadInput(f"{where}: is no table: {error}. {AGAIN}") from None
    if len(names) == 1 and ";" in names[0]:
        raise BadInput(f"{where}: is separated by semicolons, not commas. {AGAIN}")
    if not names or not rows:
        raise BadInput(f"{where}: is empty. {AGAIN}")
    if len(set(names)) < len(names):
        raise BadInput(f"{where}: two columns have the same name. Leave one out.")
    cells = _numbers(rows, len(names), where)
    cells.flags.writeable = False
    columns = dict(zip(names, cells.T, strict=True))
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    priors = _priors(about.pop("prior", {}), names, where)
    _check_whole(about, names, len(rows), where)
    off_by = about.get("model_error_oom", 0.0)
    if type(off_by) not in (int, float) or not 0.0 <= off_by < 10.0:
        raise BadInput(
            f"{where}: 'model_error_oom' is {quoted(off_by)}, not a number from 0 to 10. {AGAIN}"
        )
    return Calibration(path.stem, digest, about, priors, columns, where, float(off_by))


def _head(lines: list[str], where: str) -> dict[str, Any]:
    """What the lines that begin with "#" say, which a spreadsheet writes otherwise."""
    head = [line[1:].lstrip() for line in lines if line.startswith("#")]
    quotes = any(line.startswith('"#') for line in lines)
    try:
        if not quotes:
            return read_toml_text("\n".join(head), f"{where}: its head", AGAIN)
    except BadInput:
        if not any(line.rstrip().endswith((",", ";", "\t")) for line in head):
            raise
    raise BadInput(
        f"{where}: its first lines, which begin with '#', have quotes or separators that were not "
        "there, as when a spreadsheet has saved it. Copy it again from where it came from, or make "
        "it again with 'calibrate'."
    )


def _check_whole(about: dict[str, Any], names: list[str], rows: int, where: str) -> None:
    """A file of ours that lost a column, a row or a line of its head says less than it claims."""
    if "made_by" not in about:
        return
    informed, kept = about.get("informed_by_history", names), about.get("kept", rows)
    lost = [] if isinstance(informed, list) else ["a list of the dials informed by history"]
    lost += [quoted(name) for name in informed if name not in names] if not lost else []
    lost += [] if kept == rows else [f"{quoted(kept)} rows (it has {rows})"]
    lost += [] if "model_error_oom" in about else ["model_error_oom"]
    if lost:
        raise BadInput(f"{where}: is damaged: it should have {', '.join(lost)}. {AGAIN}")


def _numbers(rows: list[list[str]], width: int, where: str) -> Array:
    cells = np.empty((len(rows), width), order="F")
    for place, row in enumerate(rows):
        try:
            if not all(cell.isascii() and "_" not in cell for cell in row):  # Python would
                raise ValueError
            cells[place] = np.array(row, dtype=np.float64)
        except ValueError:
            cells[place] = math.nan
        if len(row) != width or not np.isfinite(cells[place]).all():
            raise BadInput(f"{where}: row {place + 1} is not {width} finite numbers. {AGAIN}")
    return cells


def _priors(said: Any, names: list[str], where: str) -> dict[str, tuple[float, float]]:
    priors = {}
    for name in names:
        pair = said.get(name) if isinstance(said, dict) else None
        if not (
            isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(end, float) for end in pair)
        ):
            raise BadInput(f"{where}: does not say the prior of column {quoted(name)}. {AGAIN}")
        priors[name] = (pair[0], pair[1])
    return priors
