"""A setting: what a scenario says about one dial, fixed or uncertain, checked and then drawn."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.dates import quarter_label, quarter_of
from sim.errors import clean, nearest, plain, quoted
from sim.parameters.dial import Dial, Value

Array = NDArray[np.float64]
Z90 = 1.6448536269514722  # standard deviations from the centre to the end of a 90 % interval
PARTS = ("value", "low", "high", "source")  # what a table about one dial may hold
SMALLEST = 1e-300  # a standard deviation that can still be divided by
DEFAULT = "default"  # the place of a setting that no file mentions


@dataclass(frozen=True)
class Setting:
    """One dial in one scenario: a value, or a 90 % interval around it, with source and place."""

    value: Value
    low: float | None = None
    high: float | None = None
    source: str = ""
    where: str = DEFAULT

    @property
    def uncertain(self) -> bool:
        """Whether each world draws its own value."""
        return self.low is not None


def default_setting(dial: Dial) -> Setting:
    """What holds when no file says otherwise."""
    value = quarter_label(quarter_of(dial.value)) if dial.kind == "date" else dial.value
    return Setting(float(value) if dial.kind == "number" else value, source=dial.source)


def read_setting(said: Any, dial: Dial, where: str, problems: list[str]) -> Setting | None:
    """Check what a file says about a dial; append what is wrong to `problems`."""
    table = dict(said) if isinstance(said, dict) else {"value": said}
    before = len(problems)
    problems += [
        f"{where} has no {quoted(key)}. {nearest(key, PARTS)}" for key in table if key not in PARTS
    ]
    source = table.get("source", "")
    if not isinstance(source, str):
        problems.append(f"{where}: the source is {quoted(source)}, no text. Put it in quotes.")
    if "low" not in table and "high" not in table and "value" not in table:
        problems.append(f"{where} has no value. Give a value, or low and high.")
    for part in ("value", "low", "high"):
        if part in table and (problem := dial.problem(table[part])):
            label = where if part == "value" else f"{where}, '{part}',"
            problems.append(f"{label} {problem}")
    if len(problems) > before:
        return None
    if "low" in table or "high" in table:
        return _read_interval(table, dial, where, problems)
    return Setting(_plain_value(table["value"], dial), source=clean(source), where=where)


def _read_interval(
    table: dict[str, Any], dial: Dial, where: str, problems: list[str]
) -> Setting | None:
    if dial.kind != "number":
        problems.append(
            f"{where} is a {dial.kind}, the same in all worlds. "
            f"Give {dial.range_text} instead of low and high."
        )
        return None
    if "low" not in table or "high" not in table:
        missing = "high" if "low" in table else "low"
        problems.append(f"{where} has no '{missing}'. Give both ends, or one value.")
        return None
    low, high = float(table["low"]), float(table["high"])
    if low >= high:
        problems.append(
            f"{where} has low {plain(low)} not below high {plain(high)}. "
            "Swap them, or give one value."
        )
        return None
    if dial.log and low <= 0:
        problems.append(
            f"{where} has low {plain(low)}, but is drawn in logarithms. Give a low above zero."
        )
        return None
    near, far = _scaled((low, high), dial.log)
    if not (far - near) / (2 * Z90) > SMALLEST:
        problems.append(
            f"{where} has low and high {plain(low)} too close to one another to draw from. "
            "Give one value, or ends further apart."
        )
        return None
    centre = math.sqrt(low) * math.sqrt(high) if dial.log else (low + high) / 2
    value = float(table.get("value", min(max(centre, low), high)))
    if not low <= value <= high:
        problems.append(
            f"{where} has value {plain(value)} outside low {plain(low)} to high "
            f"{plain(high)}. Move it inside."
        )
        return None
    return Setting(value, low, high, clean(table.get("source", "")), where)


def _plain_value(value: Any, dial: Dial) -> Value:
    match dial.kind:
        case "number":
            return float(value)
        case "count":
            return int(value)
        case "date":
            return quarter_label(quarter_of(value))
        case "flag":
            return bool(value)
        case "text":
            return clean(str(value).strip())
        case _:
            return str(value)


def spread(setting: Setting, dial: Dial, luck: Array) -> Array:
    """Normal (lognormal if the dial is in logarithms) draws from uniform luck, shape as luck.

    The interval holds 90 % of the untruncated distribution; what lies outside the allowed range is
    cut off by the inverse distribution function, so one uniform decides and order is kept.
    """
    assert setting.low is not None and setting.high is not None
    low, high = _scaled((setting.low, setting.high), dial.log)
    least, most = _scaled(dial.allowed, dial.log)
    centre, deviation = (low + high) / 2, (high - low) / (2 * Z90)
    below, above = ndtr((least - centre) / deviation), ndtr((most - centre) / deviation)
    drawn = centre + deviation * ndtri(below + luck * (above - below))
    return _within(np.exp(drawn) if dial.log else drawn, dial)


def spread_normals(setting: Setting, dial: Dial, normals: Array) -> Array:
    """The same draws from standard normals: 0 is the middle, and order is kept."""
    return spread(setting, dial, ndtr(normals))


def spread_over_allowed(dial: Dial, luck: Array) -> Array:
    """Uniform (log-uniform if the dial is in logarithms) over the whole allowed range."""
    least, most = _scaled(dial.allowed, dial.log)
    if least == -math.inf:
        raise ValueError(f"{dial.what}: in logarithms its allowed range must begin above zero")
    drawn = least + luck * (most - least)
    return _within(np.exp(drawn) if dial.log else drawn, dial)


def _within(drawn: Array, dial: Dial) -> Array:
    clipped: Array = np.clip(drawn, *dial.allowed)
    return clipped


def _scaled(pair: tuple[float, float], log: bool) -> tuple[float, float]:
    if not log:
        return pair
    return (math.log(pair[0]) if pair[0] > 0 else -math.inf), math.log(pair[1])
