"""Values of other libraries as plain ones: numpy's and pandas' numbers, names, lists and tables."""

import datetime
import enum
import math
import numbers
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from sim.errors import BadInput, quoted

DEEPEST = 20  # tables within tables
LONGEST = 10_000  # items of one list or table


def as_plain(value: Any, where: str, depth: int = 0) -> Any:
    """A value as a file would say it: bool, int, float, str, date, list or dict.

    What is none of these, such as a file handle, stays as it is and is refused where it is used.
    BadInput, from `where`, if it is nested too deeply. A masked number of numpy is None.
    """
    if depth > DEEPEST:
        raise BadInput(f"{where}: a value is nested too deeply. Give numbers, names and lists.")
    if isinstance(value, enum.Enum):
        return as_plain(value.value, where, depth + 1)
    if isinstance(value, bool | datetime.date) or value is None:
        return value
    if value is np.ma.masked:  # its item would be 0
        return None
    if isinstance(value, str):
        return str(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, np.generic | np.ndarray):
        return _of_numpy(value, where, depth)
    if _is_series(value) and all(isinstance(key, numbers.Integral) for key in value.index):
        return _list(value.tolist(), where, depth)  # numbered, not named
    if isinstance(value, Mapping) or _is_series(value):
        return _table(dict(value.items()), where, depth)
    if isinstance(value, list | tuple | range):
        return _list(list(value), where, depth)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real | Decimal):
        return _float(value)
    if hasattr(value, "to_numpy") and hasattr(value, "tolist"):  # an index or an array of pandas
        return _list(value.tolist(), where, depth)
    return value


def as_table(value: Any, where: str) -> dict[Any, Any]:
    """The same of something that must be a table. BadInput if it is none."""
    table = as_plain(value, where)
    if not isinstance(table, dict):
        raise BadInput(f"{where}: {quoted(value)} is no table. Give a dict of names and values.")
    return table


def _of_numpy(value: Any, where: str, depth: int) -> Any:
    if isinstance(value, np.ndarray) and value.ndim > 0:
        return _list(list(value), where, depth)
    value = value[()]  # out of an array without a dimension
    if isinstance(value, np.floating):  # a long one is its own item
        return _float(value)
    if isinstance(value, np.datetime64):  # days are enough, but a year is too long for one
        is_year = np.datetime_data(value.dtype)[0] == "Y"
        return value if is_year else as_plain(value.astype("datetime64[D]").item(), where)
    if not isinstance(value, np.generic):
        return as_plain(value, where, depth + 1)
    return as_plain(value.item(), where, depth + 1)


def _list(items: list[Any], where: str, depth: int) -> list[Any]:
    if len(items) > LONGEST:
        raise BadInput(f"{where}: a list of {len(items):,} items is too long. Give {LONGEST:,}.")
    return [as_plain(item, where, depth + 1) for item in items]


def _table(table: dict[Any, Any], where: str, depth: int) -> dict[Any, Any]:
    return {_key(key): as_plain(item, where, depth + 1) for key, item in table.items()}


def _key(key: Any) -> Any:
    """Names are texts; only laws have dates for names."""
    plain = as_plain(key, "a name")
    if isinstance(plain, str | datetime.date | np.datetime64) or hasattr(plain, "start_time"):
        return plain
    return quoted(plain)


def _is_series(value: Any) -> bool:
    """One row or column of pandas: it has names and values."""
    return hasattr(value, "items") and hasattr(value, "index") and hasattr(value, "dtype")


def _float(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan
