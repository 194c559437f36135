"""Validation: what the shipped calibrations predict of the record, fitted and unseen.

`study` runs the back-tests; writeup.py makes docs/validation.md of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.history.backtest.run import Backtest, Dates, rows_between, scored, simulate
from sim.history.backtest.summaries import series_won, summary
from sim.history.record.rows import GROUPS, Row

if TYPE_CHECKING:
    from sim.inputs.calibration import Calibration
    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Results
    from sim.running.progress import Progress

YEARS = (2023, 2024)  # each predicted by a calibration that ends with the year before
FACTOR_TWO = 0.301  # OOM
REACH_SERIES, REACH_COVERAGE = 0.60, (0.80, 0.98)


@dataclass(repr=False)
class Unseen:
    """A year that its calibration had not seen, with it and from the stated ranges alone."""

    year: int
    scenario: Scenario  # with the calibration that ends with the year before
    fitted: Backtest
    prior: Backtest

    def __repr__(self) -> str:
        return f"Unseen {self.year} of {self.scenario.name}: {self.fitted}"


@dataclass(repr=False)
class Validation:
    """Everything that the report is made of."""

    scenario: Scenario
    rows: list[Row]
    fitted: Backtest  # the shipped calibration on all rows: in sample
    prior: Backtest
    unseen: list[Unseen]
    shown: Backtest  # worlds of the last unseen year, against all years: for the figures

    def __repr__(self) -> str:
        years = ", ".join(str(each.year) for each in self.unseen)
        return f"Validation of {self.scenario.name} on {len(self.rows)} rows, unseen: {years}"

    @property
    def calibrations(self) -> list[Calibration]:
        """Those that were used, the shipped one last."""
        used = [year.scenario.calibration for year in self.unseen] + [self.scenario.calibration]
        return [calibration for calibration in used if calibration is not None]

    @property
    def runs(self) -> list[Results]:
        """Each run once."""
        each = [self.fitted, self.prior, *(year.fitted for year in self.unseen)]
        return [backtest.results for backtest in each]

    @property
    def caption(self) -> str:
        """What the figures show."""
        last = self.unseen[-1].year
        return f"Fitted until {last - 1}, and what happened in {last}"


@dataclass(frozen=True)
class Reach:
    """What was to be reached, what was, and whether that is it."""

    what: str
    was: str
    met: bool


def reached(backtest: Backtest) -> list[Reach]:
    """The reach of an unseen year."""
    numbers = summary(backtest.scores)
    won, compared = series_won(backtest.scores)
    lines = [
        Reach(
            f"CRPS below both naive forecasts in {percent(REACH_SERIES)} of the series",
            f"{won} of {compared} ({percent(won / max(compared, 1))})",
            won >= REACH_SERIES * compared,
        )
    ]
    for name, title in (("last_value", "the last value's"), ("trend", "the log trend's")):
        ours, naive = numbers[f"crps_on_{name}"], numbers[f"{name}_crps"]
        if ours is not None and naive is not None:
            lines.append(
                Reach(
                    f"CRPS below {title}, on the rows that it can forecast",
                    f"{ours:.3f} against {naive:.3f}",
                    ours < naive,
                )
            )
    low, high = REACH_COVERAGE
    coverage = numbers["coverage"] or 0.0
    lines.append(
        Reach(
            f"90 % bands hold {percent(low)} to {percent(high)} of the points",
            percent(coverage),
            low <= coverage <= high,
        )
    )
    return lines


def reached_in_sample(backtest: Backtest) -> Reach:
    """The group whose median is furthest off, where all was fitted."""
    off = {name: abs(summary(scores)["bias"] or 0.0) for name, scores in backtest.groups.items()}
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
    fitted_before = {year: _fitted_before(scenario, year) for year in YEARS}  # all, before any run
    priors = scenario.without_calibration()
    whole, ranges = simulate(scenario, rows, **how), simulate(priors, rows, **how)
    unseen = []
    for year, then in fitted_before.items():
        run = simulate(then, rows_between(rows, Dates(until=str(year))), **how)
        dates = Dates(since=str(year), until=str(year), known_until=str(year - 1))
        fitted, prior = scored(run, then, rows, dates), scored(ranges, priors, rows, dates)
        unseen.append(Unseen(year, then, fitted, prior))
    return Validation(
        scenario,
        list(rows),
        fitted=scored(whole, scenario, rows),
        prior=scored(ranges, priors, rows),
        unseen=unseen,
        shown=scored(run, then, rows, Dates(until=str(year))),
    )


def _fitted_before(scenario: Scenario, year: int) -> Scenario:
    """With the calibration that ends with the year before."""
    return scenario.change({"calibration": f"{scenario.name}-until-{year - 1}-Q4"})
