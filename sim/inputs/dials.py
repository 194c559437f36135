"""Dials as the model reads them: drawn once a world, with dated events applied when in force."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.dates import quarter_index
from sim.errors import nearest, quoted
from sim.parameters import LAB_FIELDS

Array = NDArray[np.float64]
Drawn = Array | float | bool | str | int


class Subject:
    """The dials of one subject, as read-only attributes."""

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)
        self.__dict__["_name"] = name

    def __getattr__(self, dial: str) -> Any:
        if dial.startswith("_"):
            raise AttributeError(dial)
        known = [name for name in vars(self) if not name.startswith("_")]
        raise AttributeError(f"{self._name} has no {quoted(dial)}. {nearest(dial, known)}")

    def of(self, worlds: NDArray[np.int64]) -> "Chosen":
        """The same dials in chosen worlds, which may repeat: arrays are (len(worlds),)."""
        return Chosen(self, worlds)

    def __setattr__(self, dial: str, value: object) -> None:
        raise AttributeError(f"{self._name}.{dial} cannot be set here. Change the scenario.")


class Chosen:
    """The dials of one subject in chosen worlds: each is picked when it is read."""

    def __init__(self, subject: Subject, worlds: NDArray[np.int64]) -> None:
        self._subject, self._worlds = subject, worlds

    def __getattr__(self, dial: str) -> Any:
        value = getattr(self._subject, dial)
        return value[self._worlds] if isinstance(value, np.ndarray) else value


class Dials:
    """`dials.scaling.onset` is a number the same in all worlds, or a read-only array (worlds,).

    `lab(field)` is (labs, 1) or (labs, worlds) for numbers, else a tuple with one item a lab;
    dates are quarters from the start of the scenario and may be negative.
    """

    def __init__(
        self,
        values: dict[str, dict[str, Drawn]],
        labs: dict[str, dict[str, Drawn]],
        start: int,
        events: tuple[tuple[int, dict[str, float]], ...],
        stages: dict[int, "Dials"] | None = None,
    ) -> None:
        self.lab_names = tuple(labs)
        self._values, self._labs, self._start, self._events = values, labs, start, events
        for drawn in (drawn for dials in values.values() for drawn in dials.values()):
            if isinstance(drawn, np.ndarray):
                drawn.flags.writeable = False
        self._subjects = {name: Subject(name, dials) for name, dials in values.items()}
        self.__dict__.update(self._subjects)
        self._fields = {
            name: _stacked([lab[name] for lab in labs.values()], dial.kind)
            for name, dial in LAB_FIELDS.items()
        }
        self._stages = {0: self} if stages is None else stages

    def __getattr__(self, subject: str) -> Subject:
        if subject.startswith("_"):
            raise AttributeError(subject)
        raise AttributeError(
            f"There is no subject {quoted(subject)}. {nearest(subject, self._subjects)}"
        )

    def lab(self, field: str) -> Any:
        """One field of all labs, in the order of `lab_names`."""
        if field not in self._fields:
            raise AttributeError(f"Labs have no {quoted(field)}. {nearest(field, self._fields)}")
        return self._fields[field]

    def in_force(self, quarter: int | str) -> "Dials":
        """The dials in a quarter (a label, or counted from the start), with past events applied.

        The same object comes back as long as nothing changes.
        """
        if isinstance(quarter, str):
            quarter = quarter_index(quarter) - self._start
        count = bisect_right(self._events, quarter, key=lambda event: event[0])
        if count not in self._stages:
            before = self._stages[0]
            values = {name: dict(dials) for name, dials in before._values.items()}
            for _, changes in self._events[:count]:
                for dotted, value in changes.items():
                    subject, _, dial = dotted.partition(".")
                    values[subject][dial] = value
            self._stages[count] = Dials(
                values, before._labs, self._start, self._events, self._stages
            )
        return self._stages[count]


def _stacked(items: list[Any], kind: str) -> Any:
    """One field of all labs: numbers as a read-only array with labs first, others as a tuple."""
    if kind != "number":
        return tuple(items)
    array = np.stack(np.broadcast_arrays(*[np.atleast_1d(item) for item in items]))
    array = array.astype(np.float64)
    array.flags.writeable = False
    return array
