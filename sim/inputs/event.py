"""Events: dated changes of dials that no parliament decides, and what one may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim import parameters
from sim.dates import quarter_label, quarter_of
from sim.errors import BadInput, clean, nearest, quoted

PARTS = ("date", "what", "set")  # what may be said of an event


@dataclass(frozen=True)
class Event:
    """A dated change of dials that no parliament decides; it holds from its quarter on."""

    date: str  # the label of a quarter
    what: str
    changes: dict[str, float]  # dotted name of a dial -> its new value, in all worlds
    where: str


def read_event(said: Any, place: str, problems: list[str]) -> Event | None:
    """An event from what a file says of it; what is wrong is appended to `problems`."""
    if not isinstance(said, Mapping):
        problems.append(f"{place} is {quoted(said)}, not a table. Write names below it.")
        return None
    before = len(problems)
    problems += [
        f"{place} has no {quoted(key)}. {nearest(key, PARTS)}" for key in said if key not in PARTS
    ]
    what, sets, date = said.get("what", ""), said.get("set", {}), ""
    if not isinstance(what, str):
        problems.append(f"{place}: 'what' is {quoted(what)}, not a text. Put it in quotes.")
    try:
        date = quarter_label(quarter_of(said.get("date", "nothing")))
    except BadInput as error:
        problems.append(f"{place}: 'date': {error}")
    if not isinstance(sets, Mapping):
        problems.append(f"{place} 'set' is {quoted(sets)}, not a table. Write names below it.")
    changes = flat(sets) if isinstance(sets, Mapping) else {}
    if not changes and len(problems) == before:
        problems.append(
            f'{place} sets nothing. Add a line such as set = {{ "beliefs.news" = -0.4 }}.'
        )
    for dotted, value in changes.items():
        if problem := problem_of_change(dotted, value):
            problems.append(f"{place} {problem}")
    if len(problems) > before:
        return None
    numbers = {dotted: float(value) for dotted, value in changes.items()}
    return Event(date, clean(what.strip()), numbers, place)


def set_twice(events: Iterable[Event]) -> list[str]:
    """A problem for each dial that two events of a file set in one quarter: which one holds?"""
    first: dict[tuple[str, str], str] = {}
    problems = {}
    for event in events:
        for dotted in event.changes:
            if (event.date, dotted) not in first:
                first[event.date, dotted] = event.where
                continue
            problems[event.date, dotted] = (
                f"{event.where} sets {dotted} in {event.date}, and so does "
                f"{first[event.date, dotted]}. A dial takes one value a quarter: leave one of the "
                "two out, or date it otherwise."
            )
    return list(problems.values())


def not_set_by(later: Iterable[Event], events: Iterable[Event]) -> list[Event]:
    """What is left of events when those of a file laid over theirs set a dial in their quarter."""
    gone = {(event.date, dotted) for event in later for dotted in event.changes}
    left = []
    for event in events:
        changes = {
            dotted: value
            for dotted, value in event.changes.items()
            if (event.date, dotted) not in gone
        }
        left += [replace(event, changes=changes)] if changes else []
    return left


def flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """{"beliefs": {"news": 1}} and {"beliefs.news": 1} say the same."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{key}.")
        else:
            found[f"{before}{key}"] = value
    return found


def problem_of_change(dotted: str, value: Any) -> str:
    """Why an event cannot set this dial to this value, or ""."""
    if dotted.startswith(("law.", "labs.")):
        return f"sets {quoted(dotted)}. An event sets a dial of a subject; write subject.dial."
    try:
        dial = parameters.find(dotted)
    except BadInput as error:
        return f"sets {quoted(dotted)}: {error}"
    if dial.kind != "number":
        return f"sets {dotted}, a {dial.kind}. An event sets numbers only; leave it out."
    if any(dotted in group for group in parameters.SHARES_THAT_SUM_TO_ONE):
        return f"sets {dotted}, one of shares that sum to one. Leave it out."
    problem = dial.problem(value)
    return f"sets {dotted}, which {problem}" if problem else ""
