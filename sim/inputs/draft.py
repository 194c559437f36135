"""A scenario in the making: layers of what files say, each checked, the later over the earlier."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from sim import parameters
from sim.dates import quarter_index, quarter_label, quarter_of
from sim.errors import BadInput, clean, nearest, plain, quoted
from sim.inputs.calibration import Calibration, read_calibration
from sim.inputs.event import Event, not_set_by, read_event, set_twice
from sim.inputs.setting import DEFAULT, Setting, default_setting, read_setting
from sim.inputs.toml_files import Layer, scenario_folders
from sim.parameters import LAB_FIELDS, SUBJECTS, Dial

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

MOST_QUARTERS = 160
MOST_LABS = 120
MOST_EVENTS = 200
# A start is a state: what labs have, the chips in use and the year that trends begin with are given
# as they were in this quarter, and the model has no way to know them of another.
START, END = "2020-Q1", "2040-Q4"  # of a scenario that says neither
LAB_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
TEXTS, DATES = ("title", "about"), ("start", "end")
SUBJECTS_OF_SCENARIOS = {name: dials for name, dials in SUBJECTS.items() if name != "law"}
TOP = (*TEXTS, "extends", *DATES, "calibration", *SUBJECTS_OF_SCENARIOS, "labs", "events")


class Fields(TypedDict):
    """The fields of a Scenario but for its name."""

    title: str
    about: str
    start: str
    end: str
    settings: dict[str, Setting]
    labs: dict[str, dict[str, Setting]]
    events: tuple[Event, ...]
    calibration: Calibration | None


class Draft:
    """Collects settings and problems; `finish` gives the fields of a Scenario, or BadInput."""

    def __init__(self, after: "Scenario | None" = None) -> None:
        self.texts = {"title": "", "about": ""}
        self.dates = {"start": START, "end": END}
        self.settings = {
            f"{subject}.{name}": default_setting(dial)
            for subject, dials in SUBJECTS_OF_SCENARIOS.items()
            for name, dial in dials.items()
        }
        self.labs: dict[str, dict[str, Setting]] = {}
        self.events: list[Event] = []
        self.own_events: list[Event] = []  # said after the end was, so that it must hold for them
        self.calibration: Calibration | None = None
        self.problems: list[str] = []
        self.where = ""
        if after is not None:  # begin where another scenario ended
            self.texts = {key: getattr(after, key) for key in TEXTS}
            self.dates = {key: getattr(after, key) for key in DATES}
            self.settings |= after.settings
            self.labs = {lab: dict(fields) for lab, fields in after.labs.items()}
            self.events = list(after.events)
            self.calibration = after.calibration

    def add_file(self, layer: Layer) -> None:
        """Lay a file over what was said before. Each has its own title, or figures would mix up."""
        self.texts["title"] = ""
        self.add(layer.says, layer.where, [layer.folder])

    def add(self, says: Mapping[str, Any], where: str, folders: Sequence[Path] = ()) -> None:
        """Lay what is said in one place over what was said before.

        A calibration is looked for in `folders` first, then where scenarios are.
        """
        self.where = where
        if "end" in says:  # cuts what others said short; not what is said with it
            self.own_events = []
        for key, said in says.items():
            if key in TEXTS:
                self._add_text(key, said, where)
            elif key in DATES:
                self._add_date(key, said, where)
            elif key == "calibration":
                self._add_calibration(said, where, folders)
            elif key == "labs":
                self._add_labs(said, where)
            elif key == "events":
                self._add_events(said, where)
            elif key == "law":
                self.problems.append(
                    f"{where}: [law] is set by a policy, not by a scenario. "
                    "Move it to a file in scenarios/policies."
                )
            elif key == "extends":  # read_chain has taken it out of files
                self.problems.append(f"{where}: only a file can say 'extends'. Leave it out.")
            elif key in SUBJECTS_OF_SCENARIOS:
                self._add_subject(key, said, where)
            else:
                self.problems.append(
                    f"{where}: there is no {quoted(key)} in a scenario. {nearest(key, TOP)}"
                )

    def finish(self) -> Fields:
        """The fields of a Scenario. BadInput with every problem found."""
        self._check_dates()
        self._check_labs()
        self._check_sums()
        if self.calibration:
            self.problems += self.calibration.check(self.labs)
        if self.problems:
            raise BadInput(*dict.fromkeys(self.problems))
        return Fields(
            title=self.texts["title"],
            about=self.texts["about"],
            start=self.dates["start"],
            end=self.dates["end"],
            settings=self.settings,
            labs=self.labs,
            events=tuple(sorted(self.events, key=lambda event: event.date)),
            calibration=self.calibration,
        )

    def _add_text(self, key: str, said: Any, where: str) -> None:
        if isinstance(said, str):
            self.texts[key] = clean(said.strip()) if key == "title" else said.strip()
            return
        self.texts[key] = "no text"
        self.problems.append(f"{where}: '{key}' is {quoted(said)}, not a text. Put it in quotes.")

    def _add_date(self, key: str, said: Any, where: str) -> None:
        label = self._quarter(said, f"{where}: '{key}'") or self.dates[key]
        if key == "start" and label != START:
            self.problems.append(
                f"{where}: 'start' is {label}, but labs, chips and trends are given as they were "
                f"in {START}. Leave 'start' out, or go on from a saved state of a run with "
                "AIEconomy.restore."
            )
            return
        self.dates[key] = label

    def _add_calibration(self, said: Any, where: str, folders: Sequence[Path]) -> None:
        """A name; or, as a scenario's text says it, { name, sha256 }; "" for none."""
        table = said if isinstance(said, Mapping) else {"name": said}
        name, asked = table.get("name"), table.get("sha256")
        if not isinstance(name, str) or not set(table) <= {"name", "sha256"}:
            self.problems.append(
                f"{where}: 'calibration' is {quoted(said)}. Give the name of a "
                "file in calibrations/, in quotes."
            )
            return
        try:
            places = dict.fromkeys([*folders, *scenario_folders()])
            self.calibration = read_calibration(name, places, where) if name else None
        except BadInput as error:
            self.problems += error.problems
            return
        if self.calibration and asked not in (None, self.calibration.hash):
            self.problems.append(
                f"{self.calibration.where}: is not the file that {where} names: "
                "its sha256 differs. Find the other, or leave sha256 out."
            )

    def _add_subject(self, subject: str, said: Any, where: str) -> None:
        place = f"{where}: [{subject}]"
        for name, value in self._table(said, place).items():
            self._add_setting(
                self.settings,
                f"{subject}.{name}",
                name,
                value,
                SUBJECTS_OF_SCENARIOS[subject],
                place,
            )

    def _add_labs(self, said: Any, where: str) -> None:
        said = self._table(said, f"{where}: [labs]")
        for key, fields in said.items():
            place = f"{where}: [labs.{key}]"
            if not LAB_KEY.fullmatch(key):
                self.problems.append(
                    f"{where}: [labs] has {quoted(key)}, no name for a lab. "
                    "Use small letters, digits and '_'."
                )
                continue
            fields = self._table(fields, place)
            if key not in self.labs:
                if "title" not in fields:
                    known = dict.fromkeys([*self.labs, *said])
                    del known[key]
                    self.problems.append(
                        f"{where}: [labs] has no {quoted(key)}. "
                        f"{nearest(key, known)} A new lab needs a title."
                    )
                    continue
                self.labs[key] = {name: default_setting(dial) for name, dial in LAB_FIELDS.items()}
            for name, value in fields.items():
                self._add_setting(self.labs[key], name, name, value, LAB_FIELDS, place)

    def _add_setting(
        self,
        into: dict[str, Setting],
        key: str,
        name: str,
        said: Any,
        dials: dict[str, Dial],
        place: str,
    ) -> None:
        if name not in dials:
            hint = nearest(name, dials, parameters.worth(dials))
            self.problems.append(f"{place} has no {quoted(name)}. {hint}")
        elif setting := read_setting(said, dials[name], f"{place} {name}", self.problems):
            into[key] = setting

    def _add_events(self, said: Any, where: str) -> None:
        if not isinstance(said, list):
            self.problems.append(f"{where}: 'events' is no list. Write each under [[events]].")
            return
        if not said:  # none at all: also those of the file that is extended are gone
            self.events, self.own_events = [], []
        read = [
            read_event(each, f"{where}: [[events]] {number}", self.problems)
            for number, each in enumerate(said, start=1)
        ]
        fresh = [event for event in read if event]
        self.problems += set_twice(fresh)
        self.events = [*not_set_by(fresh, self.events), *fresh]
        self.own_events += fresh

    def _quarter(self, said: Any, place: str) -> str:
        try:
            return quarter_label(quarter_of(said))
        except BadInput as error:
            self.problems.append(f"{place}: {error}")
            return ""

    def _table(self, said: Any, place: str) -> Mapping[str, Any]:
        if isinstance(said, Mapping):
            return said
        self.problems.append(f"{place} is {quoted(said)}, not a table. Write names below it.")
        return {}

    def _check_dates(self) -> None:
        start, end = (quarter_index(self.dates[key]) for key in DATES)
        if not 0 < end - start + 1 <= MOST_QUARTERS:
            self.problems.append(
                f"{self.where}: 'start' {self.dates['start']} to 'end' {self.dates['end']} "
                f"is {end - start + 1} quarters. Choose 1 to {MOST_QUARTERS}."
            )
        for event in self.events:
            if quarter_index(event.date) < start:
                self.problems.append(
                    f"{event.where} is dated {event.date}, before the start "
                    f"{self.dates['start']}. Move it."
                )
        for event in self.own_events:
            if quarter_index(event.date) > end:
                self.problems.append(
                    f"{event.where} is dated {event.date}, after the end {self.dates['end']}, and "
                    "would change nothing. Move it, leave it out, or end later."
                )

    def _check_labs(self) -> None:
        if not 0 < len(self.labs) <= MOST_LABS:
            self.problems.append(
                f"{self.where}: has {len(self.labs)} labs. "
                f"Describe 1 to {MOST_LABS} under [labs.name]."
            )
        if len(self.events) > MOST_EVENTS:
            self.problems.append(
                f"{self.where}: has {len(self.events)} events. "
                f"Keep the {MOST_EVENTS} that matter most."
            )
        if not self.texts["title"]:
            self.problems.append(f"{self.where}: has no 'title'. Add one at the top.")

    def _check_sums(self) -> None:
        for group in parameters.SHARES_THAT_SUM_TO_ONE:
            settings = {dotted: self.settings[dotted] for dotted in group}
            total = sum(float(setting.value) for setting in settings.values())
            if abs(total - 1) > 1e-6:
                said = [setting.where for setting in settings.values() if setting.where != DEFAULT]
                shares = " + ".join(
                    f"{dotted} ({plain(float(setting.value))})"
                    for dotted, setting in settings.items()
                )
                self.problems.append(
                    f"{said[-1] if said else self.where}: {shares} sum to "
                    f"{plain(total)}, not 1. Change one of them."
                )
