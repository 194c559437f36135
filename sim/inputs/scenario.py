"""A scenario: a storyline of starting points, uncertain dials and dated events, checked."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import parameters
from sim.dates import quarter_index, quarter_label
from sim.inputs.calibration import Calibration
from sim.inputs.changes import nested
from sim.inputs.dials import Dials, Drawn
from sim.inputs.draft import Draft
from sim.inputs.event import Event
from sim.inputs.plain_values import as_table
from sim.inputs.setting import Setting, spread, spread_normals, spread_over_allowed
from sim.inputs.text_file import path_of
from sim.inputs.toml_files import read_chain, scenario_folders
from sim.inputs.toml_text import text_of
from sim.luck import Luck
from sim.parameters import LAB_FIELDS, Dial

Worlds = NDArray[np.int64]
Choose = Callable[[str, Setting, Dial], Drawn]  # what a dial is worth, given its dotted name


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """Every dial and lab of one storyline; `change` makes another, it is never changed itself."""

    name: str
    title: str
    about: str
    start: str
    end: str
    settings: dict[str, Setting]  # by dotted name: every dial but those of law
    labs: dict[str, dict[str, Setting]]
    events: tuple[Event, ...]  # in order of date
    calibration: Calibration | None = None

    @classmethod
    def load(
        cls, file: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None
    ) -> "Scenario":
        """A scenario by name ("continued") or path ("mine/crunch.toml"). BadInput if it is wrong.

        Names are looked for in `folder`, else in ./scenarios and then beside the package.
        """
        folders = scenario_folders() if folder is None else [path_of(folder, "folder")]
        name, layers = read_chain(file, folders)
        draft = Draft()
        for layer in layers:
            draft.add_file(layer)
        return cls(name=name, **draft.finish())

    def change(self, changes: Mapping[str, Any], where: str = "change") -> "Scenario":
        """The same with other dials, such as {"demand.elasticity": 1.3, "labs.openai.cash": 1e9}.

        A pair (low, high) or [low, high] is a 90 % interval; "title", "about" and "end" work too,
        "events" adds some, and an empty list of them removes all. Values and lists of numpy and
        pandas are taken like any other. BadInput says all that is wrong, a line each.
        """
        draft = Draft(self)
        draft.add(nested(as_table(changes, where), where), where)
        return type(self)(name=self.name, **draft.finish())

    def __repr__(self) -> str:
        return (
            f"Scenario {self.name}: {self.title}\n  {self.start} to {self.end}, {len(self.labs)} "
            f"labs, {len(self.uncertain)} uncertain dials, {len(self.events)} events"
        )

    @cached_property
    def quarters(self) -> list[str]:
        """The labels of all quarters, first to last."""
        return [
            quarter_label(index)
            for index in range(quarter_index(self.start), quarter_index(self.end) + 1)
        ]

    @cached_property
    def text(self) -> str:
        """The whole scenario, every dial written out, as a file that can be loaded again."""
        return text_of(self)

    @cached_property
    def hash(self) -> str:
        """The fingerprint of `text` (SHA-256)."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def without_calibration(self) -> "Scenario":
        """The same, every uncertain dial drawn from the interval it states."""
        return replace(self, calibration=None)

    @cached_property
    def uncertain(self) -> dict[str, tuple[Setting, Dial]]:
        """By dotted name, the dials of which each world draws its own value."""
        every = [
            (dotted, setting, parameters.find(dotted)) for dotted, setting in self.settings.items()
        ]
        every += [
            (f"labs.{lab}.{field}", setting, LAB_FIELDS[field])
            for lab, fields in self.labs.items()
            for field, setting in fields.items()
        ]
        return {dotted: (setting, dial) for dotted, setting, dial in every if setting.uncertain}

    def values_at(
        self, normals: Mapping[str, NDArray[np.float64]]
    ) -> dict[str, NDArray[np.float64]]:
        """Uncertain dials in their own unit, from standard normals."""
        return {dotted: spread_normals(*self.uncertain[dotted], z) for dotted, z in normals.items()}

    @property
    def late_events(self) -> list[Event]:
        """Events after the end of the run, which cannot do anything."""
        end = quarter_index(self.end)
        return [event for event in self.events if quarter_index(event.date) > end]

    @cached_property
    def left_calibration(self) -> dict[str, str]:
        """Dials that the calibration has, but somebody has said otherwise: each with where."""
        if self.calibration is None:
            return {}
        gone = [name for name in self.calibration.columns if name not in self.calibrated]
        return {dotted: self._setting(dotted).where.partition(": ")[0] for dotted in gone}

    def _setting(self, dotted: str) -> Setting:
        first, _, rest = dotted.partition(".")
        if first != "labs":
            return self.settings[dotted]
        lab, _, field = rest.partition(".")
        return self.labs[lab][field]

    @cached_property
    def calibrated(self) -> dict[str, NDArray[np.float64]]:
        """The dials that are taken from the calibration: what it has for each, a row a world."""
        if self.calibration is None:
            return {}
        return {
            dotted: column
            for dotted, column in self.calibration.columns.items()
            if dotted in self.uncertain
            and self.calibration.tells(dotted, self.uncertain[dotted][0])
        }

    def draw(
        self,
        seed: int,
        worlds: Worlds,
        normals: Mapping[str, NDArray[np.float64]] | None = None,
        values: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> Dials:
        """The dials of these worlds: each uncertain one drawn once a world, by its own stream.

        What the calibration tells comes from one row of it a world, so correlations are kept.
        `normals`, (worlds,) by dotted name, take the place of a dial's luck and of the calibration.
        So do `values`, in the dial's own unit, also of a dial that is certain.
        """
        luck = Luck(seed, worlds)
        given = normals or {}
        row = None
        if self.calibration and self.calibrated:
            row = self.calibration.rows(luck.uniform("calibration"))

        def choose(dotted: str, setting: Setting, dial: Dial) -> Drawn:
            if values is not None and dotted in values:
                return values[dotted]
            if not setting.uncertain:
                return setting.value
            if dotted in given:
                return spread_normals(setting, dial, given[dotted])
            if row is not None and dotted in self.calibrated:
                return self.calibrated[dotted][row]
            return spread(setting, dial, luck.uniform(f"dial {dotted}"))

        return self._dials(choose)

    def central(self) -> Dials:
        """One world in which every uncertain dial has its central value.

        Of a calibrated dial that is the median.
        """

        def choose(dotted: str, setting: Setting, dial: Dial) -> Drawn:
            if dotted in self.calibrated:
                return float(np.median(self.calibrated[dotted]))
            return setting.value

        return self._dials(choose)

    def stress(self, seed: int, worlds: Worlds) -> Dials:
        """A test of robustness: every number of every subject anywhere in its allowed range."""
        luck = Luck(seed, worlds)

        def choose(dotted: str, setting: Setting, dial: Dial) -> Drawn:
            if dial.kind == "number" and not dotted.startswith("labs."):
                return spread_over_allowed(dial, luck.uniform(f"stress {dotted}"))
            if setting.uncertain:
                return spread(setting, dial, luck.uniform(f"dial {dotted}"))
            return setting.value

        return self._dials(choose)

    def _dials(self, choose: Choose) -> Dials:
        start = quarter_index(self.start)

        def value(dotted: str, setting: Setting, dial: Dial) -> Drawn:
            if dial.kind == "date":
                return quarter_index(str(setting.value)) - start
            return choose(dotted, setting, dial)

        values: dict[str, dict[str, Drawn]] = {}
        for dotted, setting in self.settings.items():
            subject, _, name = dotted.partition(".")
            values.setdefault(subject, {})[name] = value(dotted, setting, parameters.find(dotted))
        _make_sums_one(values)
        labs = {
            lab: {
                field: value(f"labs.{lab}.{field}", setting, LAB_FIELDS[field])
                for field, setting in fields.items()
            }
            for lab, fields in self.labs.items()
        }
        events = tuple((quarter_index(event.date) - start, event.changes) for event in self.events)
        return Dials(values, labs, start, events)


def _make_sums_one(values: dict[str, dict[str, Drawn]]) -> None:
    """Divide shares of one whole by their sum, in place."""
    for group in parameters.SHARES_THAT_SUM_TO_ONE:
        places = [tuple(dotted.split(".")) for dotted in group]
        total = sum(values[subject][name] for subject, name in places)  # type: ignore[misc]
        for subject, name in places:
            values[subject][name] = values[subject][name] / total  # type: ignore[operator]
