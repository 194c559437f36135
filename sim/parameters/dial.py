"""A dial: one number, name, flag or date that somebody could disagree about."""

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

from sim.dates import quarter_of
from sim.errors import BadInput, nearest, plain, quoted

Value = float | bool | str
DECIMAL_COMMA = re.compile(r"-?[0-9]+,[0-9]+")
SHARES = ("share", "1/year", "1/quarter")  # how the units begin that a person may think per cent


@dataclass(frozen=True)
class Dial:
    """What a dial is worth unless a scenario says otherwise, and what it may be set to.

    `allowed` is (low, high) of a number, the tuple of names of a choice, and () for flags, dates
    (a string with unit "quarter") and free text (a string that is no choice). The default of a
    number is allowed even where it is outside, as infinity is for "no limit".
    """

    value: Value
    unit: str
    allowed: tuple[Any, ...]
    what: str
    source: str
    log: bool = False  # drawn and stressed in logarithms

    def __post_init__(self) -> None:
        if self.kind in ("number", "count"):
            low, high = self.allowed
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ValueError(f"{self.what}: the allowed range must be two rising numbers")
        if self.problem(self.value):
            raise ValueError(f"{self.what}: its default {self.problem(self.value)}")

    @property
    def kind(self) -> Literal["number", "count", "flag", "date", "choice", "text"]:
        """What sort of thing the dial takes."""
        if isinstance(self.value, bool):
            return "flag"
        if isinstance(self.value, str) and self.unit in ("quarter", "date"):
            return "date"
        if isinstance(self.value, str):
            return "choice" if self.allowed else "text"
        return "count" if isinstance(self.value, int) else "number"

    @property
    def default_text(self) -> str:
        """The default, for a person."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return self.value if isinstance(self.value, str) else f"{plain(self.value)} {self.unit}"

    @property
    def range_text(self) -> str:
        """What may be written here, for a person."""
        match self.kind:
            case "number" | "count":
                neutral = ", or inf for none" if self.value == math.inf else ""
                return f"{plain(self.allowed[0])} to {plain(self.allowed[1])} {self.unit}{neutral}"
            case "flag":
                return "true or false"
            case "date":
                return 'a date such as 2027-06-01 or "2027-Q2"'
            case "choice":
                return "one of " + ", ".join(self.allowed)
            case _:
                return "a text in quotes"

    def problem(self, value: object) -> str:
        """Why a value cannot be used and what to do, to follow the dial's name; "" if it is fine."""
        match self.kind:
            case "number":
                return self._problem_of_number(value)
            case "count":
                whole = isinstance(value, float) and not value.is_integer()
                fault = f"is {quoted(value)}, not a whole number. Choose {self.range_text}."
                return fault if whole else self._problem_of_number(value)
            case "flag":
                return "" if isinstance(value, bool) else self._wrong_type(value)
            case "date":
                return _problem_of_date(value)
            case "choice" if isinstance(value, str) and value not in self.allowed:
                return f"is {quoted(value)}, which is no choice. {nearest(value, self.allowed)}"
            case _:
                return "" if isinstance(value, str) else self._wrong_type(value)

    def _problem_of_number(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._wrong_type(value)
        if value == self.value:
            return ""
        if value != value or value in (math.inf, -math.inf):
            return f"is {value}. Give a finite number, {self.range_text}."
        if not self.allowed[0] <= value <= self.allowed[1]:
            return (
                f"is {quoted(value)}, out of range. {self._meant(value)}Choose {self.range_text}."
            )
        return ""

    def _meant(self, value: float) -> str:
        """What somebody may have meant who wrote per cent, a logarithm or a sign."""
        try:
            number = float(value)
        except OverflowError:
            return ""
        guesses = [-number]
        if self.unit.startswith(SHARES):
            guesses = [number / 100.0, -number, -number / 100.0]
        elif self.unit == "FLOP" and 0.0 < number < 100.0:
            guesses = [10.0**number]
        elif self.unit == "OOM" and number > 100.0:
            guesses = [math.log10(number)]
        low, high = self.allowed
        found = next((guess for guess in guesses if low <= guess <= high), None)
        return "" if found is None else f"Did you mean {plain(found)}? "

    def _wrong_type(self, value: object) -> str:
        kind = {"number": "number", "count": "whole number", "flag": "flag", "choice": "name"}.get(
            self.kind, "text"
        )
        point = ""
        if self.kind == "number" and isinstance(value, str) and DECIMAL_COMMA.fullmatch(value):
            point = f"Write it with a point, {value.replace(',', '.')[:20]}. "
        return f"is {quoted(value)}, not a {kind}. {point}Give {self.range_text}."


def _problem_of_date(value: object) -> str:
    try:
        quarter_of(value)
    except BadInput as error:
        return f"takes a date: {error}"
    return ""
