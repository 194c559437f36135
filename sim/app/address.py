"""What the address bar may say: ?story=plateau&luck=3&scaling.late_slope=0.3, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from sim.app.watched import SEEDS
from sim.errors import nearest, quoted
from sim.parameters import Dial, Value

LONGEST = 2000  # letters of an address that are read at all
FIELDS = 40  # key=value in an address, at most
SHOWN = 5  # problems that are said, at most


@dataclass(frozen=True)
class Choice:
    """What a visitor asked for: a scenario, the number of the luck, and dials moved."""

    story: str
    luck: int = 0
    dials: Mapping[str, Value] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def choice_of(search: str | None, stories: Sequence[str], dials: Mapping[str, Dial]) -> Choice:
    """Read an address's query; what cannot be used is left out, with a sentence each."""
    text = (search or "").lstrip("?")
    story = "continued" if "continued" in stories else next(iter(stories), "")
    luck = 0
    moved: dict[str, Value] = {}
    problems: list[str] = []
    if len(text) > LONGEST:
        return Choice(
            story, problems=(f"The address has over {LONGEST} letters; it was not read. Say less.",)
        )
    try:
        fields = parse_qsl(text, max_num_fields=FIELDS)
    except ValueError:
        return Choice(
            story, problems=(f"The address has over {FIELDS} fields; it was not read. Say fewer.",)
        )
    for key, value in fields:
        if key == "story":
            if value in stories:
                story = value
            else:
                problems.append(f"No scenario {quoted(value)}. {nearest(value, stories)}")
        elif key == "luck":
            if value.isascii() and value.isdigit() and len(value) <= 3:
                luck = int(value)
            else:
                problems.append(f"luck is {quoted(value)}. Give a whole number, 0 to {SEEDS}.")
        elif key in dials:
            wanted = _value(value, dials[key])
            if problem := dials[key].problem(wanted):
                problems.append(f"{key} {problem}")
            else:
                moved[key] = wanted
        else:
            problems.append(f"The page has no {quoted(key)}. {nearest(key, dials)}")
    return Choice(story, luck, moved, tuple(problems[:SHOWN]))


def _value(text: str, dial: Dial) -> Value:
    """The number that a text writes, or the text where it writes none or none is wanted."""
    try:
        return float(text) if dial.kind == "number" else text
    except ValueError:
        return text
