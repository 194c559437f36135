"""Validation: what the shipped calibrations say of the record, fitted and unseen.

`study` runs the back-tests; writeup.py makes docs/validation.md of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.dates import quarter_label
from sim.history.backtest.run import Backtest, against, told_for, window, within
from sim.history.backtest.scores import series_won, summary
from sim.history.record.rows import GROUPS, Row

if TYPE_CHECKING:
    from sim.inputs.calibration import Calibration
    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Results
    from sim.running.progress import Progress

YEARS = (2023, 2024)  # each foretold by a calibration that ends with the year before
FACTOR_TWO = 0.301  # OOM
REACH_SERIES, REACH_COVERAGE = 0.60, (0.80, 0.98)


@dataclass
class Foretold:
    """A year that its calibration had not seen, with it and from the stated ranges alone."""

    year: int
    scenario: Scenario  # with the calibration that ends with the year before
    fitted: Backtest
    prior: Backtest


@dataclass
class Validation:
    """Everything that the report is made of."""

    scenario: Scenario
    rows: list[Row]
    fitted: Backtest  # the shipped calibration on all rows: in sample
    prior: Backtest
    foretold: list[Foretold]
    shown: Backtest  # worlds of the last year foretold, against all years: for the figures

    @property
    def calibrations(self) -> list[Calibration]:
        """Those that were used, the shipped one last."""
        used = [one.scenario.calibration for one in self.foretold] + [self.scenario.calibration]
        return [one for one in used if one is not None]

    @property
    def runs(self) -> list[Results]:
        """Each run once."""
        each = [self.fitted, self.prior, *(one.fitted for one in self.foretold)]
        return [one.results for one in each]

    @property
    def caption(self) -> str:
        """What the figures show."""
        last = self.foretold[-1].year
        return f"Fitted until {last - 1}, and what happened in {last}"


@dataclass(frozen=True)
class Reach:
    """What was to be reached, what was, and whether that is it."""

    what: str
    was: str
    met: bool


def reached(done: Backtest) -> list[Reach]:
    """The reach of a year that was foretold."""
    said = summary(done.scores)
    won, compared = series_won(done.scores)
    lines = [
        Reach(
            f"CRPS below both naive forecasts in {percent(REACH_SERIES)} of the series",
            f"{won} of {compared} ({percent(won / max(compared, 1))})",
            won >= REACH_SERIES * compared,
        )
    ]
    for name, title in (("last_value", "the last value's"), ("trend", "the log trend's")):
        mine, naive = said[f"crps_on_{name}"], said[f"{name}_crps"]
        if mine is not None and naive is not None:
            lines.append(
                Reach(
                    f"CRPS below {title}, on the rows that it can forecast",
                    f"{mine:.3f} against {naive:.3f}",
                    mine < naive,
                )
            )
    low, high = REACH_COVERAGE
    coverage = said["coverage"] or 0.0
    lines.append(
        Reach(
            f"90 % bands hold {percent(low)} to {percent(high)} of the points",
            percent(coverage),
            low <= coverage <= high,
        )
    )
    return lines


def reached_in_sample(done: Backtest) -> Reach:
    """The group whose median is furthest off, where all was fitted."""
    off = {name: abs(summary(scores)["bias"] or 0.0) for name, scores in done.groups.items()}
    worst = max(off, key=lambda name: off[name])
    return Reach(
        "In sample, no group's median (with its sign) off by more than a factor of two",
        f"furthest: {GROUPS[worst]}, a factor of {10 ** off[worst]:.2f}",
        off[worst] <= FACTOR_TWO,
    )


def percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def study(
    scenario: Scenario,
    rows: Sequence[Row],
    worlds: int = 2000,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = None,
) -> Validation:
    """Run each calibration, and the ranges alone. BadInput if one is missing."""
    how: dict[str, Any] = {"worlds": worlds, "seed": seed, "workers": workers, "progress": progress}
    priors = scenario.without_calibration()
    whole, ranges = told_for(scenario, rows, **how), told_for(priors, rows, **how)
    foretold = []
    for year in YEARS:
        until = f"{year - 1}-12"
        name = f"{scenario.name}-until-{quarter_label(window(None, until).last)}"
        then = scenario.change({"calibration": name})
        told = told_for(then, [row for row in rows if within(row, window(None, str(year)))], **how)
        only = {"since": str(year), "until": str(year), "known_until": until}
        foretold.append(
            Foretold(
                year, then, against(told, then, rows, **only), against(ranges, priors, rows, **only)
            )
        )
    return Validation(
        scenario,
        list(rows),
        against(whole, scenario, rows),
        against(ranges, priors, rows),
        foretold,
        against(told, then, rows, until=str(year)),
    )
