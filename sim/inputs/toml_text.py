"""A scenario as TOML text with every dial written out: same scenario, same text, same hash."""

import json
from typing import TYPE_CHECKING

from sim.inputs.setting import DEFAULT, Setting
from sim.parameters.dial import Value

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario


def text_of(scenario: "Scenario") -> str:
    """The text of a scenario; a file that holds it loads as the same scenario."""
    top = ("title", "about", "start", "end")
    lines = [f"{key} = {toml(getattr(scenario, key))}" for key in top]
    if made := scenario.calibration:
        lines += [f"calibration = {{ name = {toml(made.name)}, sha256 = {toml(made.hash)} }}"]
    subject = ""
    for dotted, setting in sorted(scenario.settings.items()):
        if dotted.partition(".")[0] != subject:
            subject = dotted.partition(".")[0]
            lines += ["", f"[{subject}]"]
        lines.append(f"{dotted.partition('.')[2]} = {_said(setting)}")
    for lab, fields in scenario.labs.items():  # their order is the order of the rows in results
        lines += ["", f"[labs.{lab}]"]
        lines += [f"{name} = {_said(setting)}" for name, setting in sorted(fields.items())]
    late = scenario.late_events  # they change nothing, and a file may not have them
    for event in (event for event in scenario.events if event not in late):
        changes = ", ".join(
            f"{toml(dial)} = {toml(value)}" for dial, value in sorted(event.changes.items())
        )
        lines += [
            "",
            "[[events]]",
            f"date = {toml(event.date)}",
            f"what = {toml(event.what)}",
            f"set = {{ {changes} }}",
        ]
    return "\n".join(lines) + "\n"


def toml(value: Value) -> str:
    """One value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(float(value))


def _said(setting: Setting) -> str:
    parts = [f"value = {toml(setting.value)}"]
    if setting.low is not None and setting.high is not None:
        parts += [f"low = {toml(setting.low)}", f"high = {toml(setting.high)}"]
    if setting.source and setting.where != DEFAULT:
        parts.append(f"source = {toml(setting.source)}")
    return toml(setting.value) if len(parts) == 1 else f"{{ {', '.join(parts)} }}"
