"""What there is to choose from, and every dial of a scenario with its unit, range and source."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.dates import quarter_label
from sim.errors import BadInput, clean, nearest, plain, quoted, short
from sim.inputs.policy import LAWS, Policy
from sim.inputs.scenario import Scenario
from sim.inputs.setting import Setting
from sim.inputs.toml_files import policy_folders, scenario_folders
from sim.parameters import LAB_FIELDS, SUBJECTS, Dial, Value

HEADERS = ("dial", "value", "90 % interval", "given the record", "unit", "allowed", "source")
WIDEST = 34  # letters of a column; only the last one may be longer


def choices() -> str:
    """Every scenario and policy that can be named, with its title; a broken file says so."""
    lines = []
    for kind, places in (("Scenarios", scenario_folders()), ("Policies", policy_folders())):
        files: dict[str, Path] = {}
        for place in places:
            for path in sorted(place.glob("*.toml")):
                files.setdefault(path.stem, path)
        lines.append(f"{kind}:")
        lines += [f"  {clean(name):<22} {_title(kind, path)}" for name, path in files.items()]
        lines.append("")
    return "\n".join([*lines, "See the dials of one with: python -m sim show NAME"])


def dials(scenario: Scenario, policy: Policy, subject: str | None = None) -> str:
    """Every dial, or those of one subject ('demand', 'labs', 'labs.openai'), a line each."""
    known = [*dict.fromkeys(name.partition(".")[0] for name in scenario.settings)]
    known += ["labs", *(f"labs.{lab}" for lab in scenario.labs)]
    if subject is not None and subject not in known:
        raise BadInput(f"show: no subject {quoted(subject)}. {nearest(subject, known)}")
    rows = [
        row for row in _rows(scenario) if subject is None or f"{row[0]}.".startswith(f"{subject}.")
    ]
    head = [
        f"{scenario.name}: {scenario.title}",
        scenario.about,
        f"{scenario.start} to {scenario.end}, {len(scenario.quarters)} quarters, "
        f"{len(scenario.labs)} labs, {len(rows)} dials shown",
    ]
    if scenario.calibration:
        head.append(
            f"{len(scenario.calibrated)} dials are drawn from the calibration "
            f"{scenario.calibration.name}, column 'given the record'"
        )
    head.append("")
    tail: list[str] = []
    if subject is None and scenario.events:
        tail += ["", "Events:"]
        for event in scenario.events:
            sets = ", ".join(f"{name} = {plain(value)}" for name, value in event.changes.items())
            tail.append(f"  {event.date}  {event.what} ({sets})")
    if policy.names:
        tail += ["", f"Policy {' + '.join(policy.names)}: {policy.title}", *laws(policy)]
        tail += [f"source: {policy.source}"] if policy.source else []
    lines = [*head, *_columns([HEADERS, *rows]), *tail]
    return "\n".join(clean(line) for part in lines for line in part.split("\n"))


def laws(policy: Policy) -> list[str]:
    """Every change of law, a line each, in words: rates in per cent, and what repeals."""
    lines = []
    for law, dated in sorted(policy.laws.items()):
        for quarter, change in sorted(dated.items()):
            lines.append(f"{law} from {quarter_label(quarter)}: {_law_text(law, change.value)}")
    return lines


def _law_text(law: str, value: Value) -> str:
    dial = LAWS[law]
    number = float(value)
    said = f"{plain(number)} {dial.unit}" if math.isfinite(number) else "none"
    if dial.unit.startswith("share"):
        said = f"{plain(number)} ({plain(100.0 * number)} %)"
        said += ", a subsidy" if number < 0.0 else ""
    return f"{said}, as without the policy" if value == dial.value else said


def _rows(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    for dotted, setting in scenario.settings.items():
        subject, _, name = dotted.partition(".")
        yield _row(dotted, setting, SUBJECTS[subject][name], scenario)
    for lab, fields in scenario.labs.items():
        for name, setting in fields.items():
            yield _row(f"labs.{lab}.{name}", setting, LAB_FIELDS[name], scenario)


def _row(dotted: str, setting: Setting, dial: Dial, scenario: Scenario) -> tuple[str, ...]:
    interval = given = ""
    if setting.low is not None and setting.high is not None:
        interval = f"{plain(setting.low)} to {plain(setting.high)}"
    if dotted in scenario.calibrated:
        drawn = np.quantile(scenario.calibrated[dotted], (0.5, 0.05, 0.95))
        middle, low, high = map(short, drawn)
        given = f"{middle}, {low} to {high}"
    number = dial.kind == "number"
    allowed = f"{plain(dial.allowed[0])} to {plain(dial.allowed[1])}" if number else dial.range_text
    source = f"{dial.what}. {setting.source or dial.source}"
    return dotted, _value(setting.value), interval, given, dial.unit, allowed, source


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, float) else str(value)


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    columns = range(len(HEADERS) - 1)
    widths = [min(max(len(row[place]) for row in rows), WIDEST) for place in columns]
    lines = []
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines


def _title(kind: str, path: Path) -> str:
    try:
        return Scenario.load(path).title if kind == "Scenarios" else Policy.load(path).title
    except BadInput as error:
        return f"(cannot be read: {error.problems[0]})"
