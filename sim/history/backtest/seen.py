"""What a scenario's calibration has seen of the record, and the one to take in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import BadInput
from sim.history.record.periods import period_of
from sim.inputs.toml_files import NAME

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

FIRST_ORIGIN = 2022  # the end of the year until which the first calibration is fitted


def seen_until(scenario: Scenario) -> str | None:
    """The date until which the record was used; None without a calibration, or if it does not say.

    A calibration that was asked for a date after the last row has seen no more than that row.
    """
    about = {} if scenario.calibration is None else scenario.calibration.about
    said = [str(about[key]) for key in ("until", "last_row") if key in about]
    return min(said, key=lambda date: period_of(date)[0].last, default=None)


def fitted_until(scenario: Scenario, year: int) -> Scenario | None:
    """The scenario with the calibration of the same kind until the end of a year; None if there
    is none. A scenario without a calibration is the same at all times.

    The kind is in the name, KIND-until-YEAR-Q4; by another, it is the scenario that was fitted.
    """
    if scenario.calibration is None:
        return scenario
    kind = scenario.calibration.name.rpartition("-until-")[0]
    name = f"{kind or scenario.calibration.about.get('scenario', '')}-until-{year}-Q4"
    if not NAME.fullmatch(name):
        return None
    try:
        return scenario.change({"calibration": name})
    except BadInput as error:
        if "there is none in" in str(error):
            return None
        raise


def remedy(scenario: Scenario, last: int) -> str:
    """What to ask for, so that worlds have seen no row that ends after the quarter `last`."""
    for year in range((last + 1) // 4 - 1, FIRST_ORIGIN - 1, -1):
        then = fitted_until(scenario, year)
        if then is not None and then.calibration is not None:
            return f"--set calibration={then.calibration.name}"
    return "--prior, worlds drawn from stated ranges"
