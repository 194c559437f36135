"""What a manifest may say, and of which kind: checked once, where it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from sim.errors import BadInput, quoted

MOST = 2**63 - 1  # what a seed may be; more than any count
Kind = Callable[[Any], bool]


def check(record: Mapping[str, Any], where: str) -> None:
    """BadInput, in one line, if anything that a manifest says is of another kind than it should be.

    What it does not say is no fault here: whoever needs it says that it is missing.
    """
    _fits(record, OF_ALL, where, ())
    runs = record.get("runs", {"": record})
    for name, one in runs.items():
        place = ("runs", name) if name else ()
        _fits(one, OF_A_RUN, where, place)
        for measure, shown in one.get("measures", {}).items():
            _fits(shown, OF_A_MEASURE, where, (*place, "measures", measure), whole=True)
            gone = [dim for dim in shown["dims"] if dim not in one.get("coords", {})]
            if gone:
                raise _wrong(where, (*place, "coords"), f"has no {quoted(gone[0])}")
        for number, failure in enumerate(one.get("failures", ())):
            place_of = (*place, "failures", str(number))
            _fits(failure, OF_A_FAILURE, where, place_of, whole=True)


def _fits(
    told: Mapping[str, Any],
    kinds: Mapping[str, Kind],
    where: str,
    place: tuple[str, ...],
    whole: bool = False,
) -> None:
    """BadInput if a table says something of a wrong kind; `whole`: all of it, and no more."""
    for key, is_right in kinds.items():
        if key in told and not is_right(told[key]):
            raise _wrong(where, (*place, key), f"cannot be {quoted(told[key])}")
    if whole and set(told) != set(kinds):
        raise _wrong(where, place, f"must have {', '.join(kinds)}, no less and no more")


def _wrong(where: str, place: tuple[str, ...], what: str) -> BadInput:
    name = quoted(".".join(place))
    return BadInput(f"{where}: {name} {what}. Is the manifest as it was written? Run it again.")


def _text(said: Any) -> bool:
    return isinstance(said, str)


def _toml(said: Any) -> bool:
    """A text that is TOML, as a scenario and a policy are written out."""
    try:
        return isinstance(said, str) and isinstance(tomllib.loads(said), dict)
    except (ValueError, RecursionError):
        return False


def _truth(said: Any) -> bool:
    return isinstance(said, bool)


def _count(said: Any) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= MOST


def _number(said: Any) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and abs(said) < 1e300


def _maybe_number(said: Any) -> bool:
    return isinstance(said, float) or _number(said)  # nothing but nan says that a ledger had none


def _texts(said: Any) -> bool:
    """A list of texts, none of them twice."""
    return isinstance(said, list) and all(map(_text, said)) and len(set(said)) == len(said)


def _several(said: Any) -> bool:
    """A list of texts."""
    return isinstance(said, list) and all(map(_text, said))


def _tables(said: Any) -> bool:
    return isinstance(said, dict) and all(isinstance(one, dict) for one in said.values())


def _runs(said: Any) -> bool:
    return _tables(said) and bool(said)


def _table_of(kind: Kind) -> Kind:
    return lambda said: isinstance(said, dict) and all(map(kind, said.values()))


def _ledger(said: Any) -> bool:
    if not isinstance(said, dict):
        return False
    return _maybe_number(said.get("worst", 0)) and _text(said.get("at", ""))


OF_ALL: dict[str, Kind] = {
    "versions": _table_of(_text),
    "runs": _runs,
    "files": _table_of(_text),
}
OF_A_RUN: dict[str, Kind] = {
    "versions": _table_of(_text),
    "scenario": _text,
    "title": _text,
    "scenario_hash": _text,
    "scenario_text": _toml,
    "policies": _several,
    "policy_hash": _text,
    "policy_text": _toml,
    "seed": _count,
    "worlds": _count,
    "workers": lambda said: _count(said) or _text(said),
    "blocks": _count,
    "design": lambda said: said is None or _text(said),
    "common_luck": _truth,
    "strategies": _table_of(_text),
    "stopped": _truth,
    "ledger": _ledger,
    "timings": _table_of(_number),
    "measures": _tables,
    "coords": _table_of(_texts),
    "failures": lambda said: isinstance(said, list) and all(isinstance(one, dict) for one in said),
    "not_saved": _several,
    "backtest": lambda said: isinstance(said, dict),
    "forecast": lambda said: isinstance(said, dict),
}
OF_A_MEASURE: dict[str, Kind] = {"unit": _text, "label": _text, "dims": _texts, "log": _truth}
OF_A_FAILURE: dict[str, Kind] = {
    "first_world": _count,
    "last_world": _count,
    "worlds": _count,
    "error": _text,
    "traceback": _text,
}
