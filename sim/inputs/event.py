"""Events: dated changes of dials that no parliament decides, and what one may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim import parameters
from sim.errors import BadInput, quoted


@dataclass(frozen=True)
class Event:
    """A dated change of dials that no parliament decides; it holds from its quarter on."""

    date: str  # the label of a quarter
    what: str
    changes: dict[str, float]  # dotted name of a dial -> its new value, in all worlds
    where: str


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
