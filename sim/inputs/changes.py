"""Changes of a scenario from Python or the command line, as a file would say them."""

from collections.abc import Mapping
from typing import Any

from sim.errors import BadInput, quoted

DEEPEST = 8  # parts of a dotted name; the longest that means something has four


def nested(changes: Mapping[str, Any], where: str) -> dict[str, Any]:
    """{"demand.elasticity": [1, 2]} as {"demand": {"elasticity": {"low": 1, "high": 2}}}."""
    says: dict[str, Any] = {}
    for dotted, value in changes.items():
        *path, name = str(dotted).split(".")
        if len(path) >= DEEPEST:
            raise BadInput(f"{where}: there is no {quoted(dotted)}. Write subject.dial.")
        table = says
        for key in path:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise BadInput(
                    f"{where}: both {quoted(key)} and {quoted(dotted)} are given. Leave one out."
                )
        if name in table:
            raise BadInput(f"{where}: {quoted(dotted)} is given twice. Leave one out.")
        table[name] = _interval(value) if path else value
    return says


def _interval(value: Any) -> Any:
    """A pair is the two ends of an interval; anything else stays as it is."""
    if isinstance(value, list) and len(value) == 2:
        return {"low": value[0], "high": value[1]}
    return value
