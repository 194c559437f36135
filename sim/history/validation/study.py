"""Validation: what the shipped calibrations predict of the record, fitted and unseen.

`study` runs the back-tests; writeup.py makes docs/validation.md of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.history.backtest.run import Backtest, Dates, rows_between, scored, simulate
from sim.history.backtest.scores import Scored
from sim.history.backtest.summaries import series_won, summary
from sim.history.record.rows import GROUPS, Row
from sim.history.validation.frozen import Frozen, frozen

if TYPE_CHECKING:
    from sim.inputs.calibration import Calibration
    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Results
    from sim.running.progress import Progress

ORIGINS = (2022, 2023, 2024)  # years with whose end a calibration ends, whose forecasts are scored
AHEAD = (1, 2)  # years that it is scored on, counted from there, where there are rows
MECHANISMS_SAW = 2025  # the last year that those had seen who chose today's mechanisms and ranges
FACTOR_TWO = 0.301  # OOM
# What is to be reached of a year unseen (reached).
REACH_SERIES, REACH_COVERAGE = 0.70, (0.80, 0.98)
REACH_ERROR, REACH_BIAS = 0.20, 0.10  # OOM: medians without and with the sign


@dataclass(repr=False)
class Unseen:
    """A year that its calibration had not seen, with it and from the stated ranges alone."""

    year: int
    scenario: Scenario  # with the calibration that ends with `origin`
    fitted: Backtest
    prior: Backtest
    origin: int  # the last year that the calibration had seen

    @property
    def name(self) -> str:
        return f"{self.year} from {self.origin}"

    def __repr__(self) -> str:
        return f"Unseen {self.name} of {self.scenario.name}: {self.fitted}"


@dataclass(repr=False)
class Validation:
    """Everything that the report is made of."""

    scenario: Scenario
    rows: list[Row]
    fitted: Backtest  # the shipped calibration on all rows: in sample
    prior: Backtest
    unseen: list[Unseen]  # the one that is fitted longest and a year ahead last
    shown: Backtest  # worlds of the last of these, against all years: for the figures
    frozen: Frozen

    def __repr__(self) -> str:
        names = ", ".join(each.name for each in self.unseen)
        return f"Validation of {self.scenario.name} on {len(self.rows)} rows, unseen: {names}"

    @property
    def calibrations(self) -> list[Calibration]:
        """Those that were used, each once, the shipped one last."""
        used = [each.scenario.calibration for each in self.unseen] + [self.scenario.calibration]
        there = {calibration.name: calibration for calibration in used if calibration is not None}
        return list(there.values())

    @property
    def runs(self) -> list[Results]:
        """Each run once."""
        each = [self.fitted, self.prior, *(unseen.fitted for unseen in self.unseen)]
        return list({id(backtest.results): backtest.results for backtest in each}.values())

    @property
    def caption(self) -> str:
        """What the figures show."""
        last = self.unseen[-1]
        return f"Fitted until {last.origin}, and what happened in {last.year}"

    @property
    def fitted_until(self) -> str:
        """The last year that the shipped calibration has seen."""
        calibration = self.scenario.calibration
        return "never" if calibration is None else str(calibration.about.get("until", ""))[:4]


@dataclass(frozen=True)
class Reach:
    """What was to be reached, what was, and whether that is it."""

    what: str
    was: str
    met: bool


def reached(backtest: Scored) -> list[Reach]:
    """The reach of what was not seen: any back-test, or the forecast on file."""
    if not backtest.scores:
        return []
    numbers, lines = summary(backtest.scores), []
    for name, title in (("last_value", "the last value's"), ("trend", "the log trend's")):
        won, compared = series_won(backtest.scores, [name])
        if not compared:
            continue
        lines.append(
            Reach(
                f"CRPS below {title} in {percent(REACH_SERIES)} of the series",
                f"{won} of {compared} ({percent(won / compared)})",
                won >= REACH_SERIES * compared,
            )
        )
        ours, naive = numbers[f"crps_on_{name}"] or 0.0, numbers[f"{name}_crps"] or 0.0
        lines.append(
            Reach(
                f"CRPS below {title}, on the rows that it can forecast",
                f"{ours:.3f} against {naive:.3f}",
                ours < naive,
            )
        )
    low, high = REACH_COVERAGE
    coverage, error = numbers["coverage"] or 0.0, numbers["error"] or 0.0
    bias = numbers["bias"] or 0.0
    return [
        *lines,
        Reach(
            f"90 % bands hold {percent(low)} to {percent(high)} of the points",
            percent(coverage),
            low <= coverage <= high,
        ),
        Reach(f"Median error below {REACH_ERROR:.2f} OOM", f"{error:.3f}", error < REACH_ERROR),
        Reach(f"Bias below {REACH_BIAS:.2f} OOM", f"{bias:+.3f}", abs(bias) < REACH_BIAS),
    ]


def reached_in_sample(backtest: Scored) -> Reach:
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
    fitted_until = {origin: _fitted_until(scenario, origin) for origin in ORIGINS}  # before any run
    priors = scenario.without_calibration()
    whole, ranges = simulate(scenario, rows, **how), simulate(priors, rows, **how)
    unseen = []
    for origin, then in fitted_until.items():
        years = [origin + ahead for ahead in reversed(AHEAD) if _rows_of(rows, origin + ahead)]
        run = simulate(then, rows_between(rows, Dates(until=str(max(years)))), **how)
        for year in years:
            dates = Dates(since=str(year), until=str(year), known_until=str(origin))
            fitted, prior = scored(run, then, rows, dates), scored(ranges, priors, rows, dates)
            unseen.append(Unseen(year, then, fitted, prior, origin))
    return Validation(
        scenario,
        list(rows),
        fitted=scored(whole, scenario, rows),
        prior=scored(ranges, priors, rows),
        unseen=unseen,
        shown=scored(run, then, rows, Dates(until=str(max(years)))),
        frozen=frozen(rows),
    )


def _rows_of(rows: Sequence[Row], year: int) -> bool:
    """Whether there is a row whose whole period lies in the year."""
    window = Dates(since=str(year), until=str(year)).scored
    return any(row.period.within(window) for row in rows)


def _fitted_until(scenario: Scenario, year: int) -> Scenario:
    """With the calibration that ends with the year."""
    return scenario.change({"calibration": f"{scenario.name}-until-{year}-Q4"})
