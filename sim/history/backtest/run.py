"""The back-test: a scenario run through the years on record, and scored row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.dates import quarter_index, quarter_label
from sim.errors import BadInput
from sim.history.backtest.scores import Score, Scored, score
from sim.history.backtest.seen import remedy, seen_until
from sim.history.backtest.summaries import in_groups_and_all
from sim.history.record.observables import measures_for, predict
from sim.history.record.past import OutOfRun, Past
from sim.history.record.periods import Period, date_asked, period_of, window
from sim.history.record.rows import AnyRows, Row, rows_from
from sim.inputs.loading import AnyScenario, scenario_from
from sim.inputs.text_file import path_of
from sim.outputs.files import write_csv, write_json
from sim.running.ensemble import run
from sim.units import Array

if TYPE_CHECKING:
    import pandas as pd

    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Results
    from sim.running.progress import Progress

OUTSIDE = "outside of the dates asked for"
NOT_PREDICTED = "no world predicts it"


@dataclass(frozen=True)
class Dates:
    """Which rows are scored, and which the naive forecasts know: dates as in the record.

    BadInput if one is no date, or they are in the wrong order.
    """

    since: str | None = None
    until: str | None = None
    known_until: str | None = None

    def __post_init__(self) -> None:
        _ = self.scored, self.known

    @property
    def scored(self) -> Period:
        return window(self.since, self.until)

    @property
    def known(self) -> Period:
        if self.known_until is None:
            return window()
        return Period(0, date_asked("known_until", self.known_until).last)


@dataclass(repr=False)
class Backtest(Scored):
    """What came of a back-test. `left_out` has every row that was not scored, and why."""

    results: Results
    rows: list[Row]
    dates: Dates = Dates()
    model_error: float = 0.0  # OOM, as the scenario's calibration found it; counted into all bands
    scores: list[Score] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)  # by id
    calibration_until: str | None = None  # the last date of the record that it has seen
    remedy: str = ""  # where naive forecasts know less than the calibration: what to ask for

    def __repr__(self) -> str:
        return (
            f"Backtest of {self.results.name}: {len(self.scores)} of {len(self.rows)} rows scored, "
            f"{self.results.worlds:,} worlds"
        )

    @property
    def why_left_out(self) -> dict[str, int]:
        return dict(Counter(self.left_out.values()))

    @property
    def calibration_has_seen(self) -> int:
        """How many of the rows scored end by the date until which the worlds were fitted."""
        if self.calibration_until is None:
            return 0
        last = period_of(self.calibration_until)[0].last
        return sum(score.row.period.last <= last for score in self.scores)

    def worst(self, count: int = 10) -> list[Score]:
        """The rows furthest off, by CRPS."""
        return sorted(self.scores, key=lambda score: -score.crps)[:count]

    def frame(self) -> pd.DataFrame:
        """A line a row of the record: what was predicted of it, or why nothing was."""
        import pandas as pd

        scored = {score.row.id: asdict(score) for score in self.scores}
        columns = [name for name in Score.__dataclass_fields__ if name != "row"]
        lines = []
        for row in self.rows:
            low, high = row.interval
            numbers = scored.get(row.id, {})
            lines.append(
                {
                    "id": row.id,
                    "group": row.group,
                    "observable": row.observable,
                    "entity": row.entity,
                    "date": row.date,
                    "value": row.value,
                    "low": low,
                    "high": high,
                    "unit": row.unit,
                    "confidence": row.confidence,
                    **{name: numbers.get(name) for name in columns},
                    "left_out": self.left_out.get(row.id, ""),
                }
            )
        return pd.DataFrame(lines)

    def record(self) -> dict[str, Any]:
        """The scores by group and in all, for a program to read."""
        return {
            **self.results.manifest(),
            **asdict(self.dates),
            "model_error_oom": self.model_error,
            "rows": len(self.rows),
            "scored": len(self.scores),
            "calibration_until": self.calibration_until,
            "calibration_has_seen": self.calibration_has_seen,
            "left_out": self.why_left_out,
            **in_groups_and_all(self),
        }

    def save(self, folder: Path | str) -> list[Path]:
        """Write scores.csv and, last, scores.json."""
        folder = path_of(folder, "folder")
        (folder / "scores.json").unlink(missing_ok=True)
        return [
            write_csv(self.frame(), folder / "scores.csv"),
            write_json(self.record(), folder / "scores.json"),
        ]


def backtest(
    scenario: AnyScenario,
    rows: AnyRows = None,
    worlds: int = 1000,
    seed: int = 0,
    since: str | None = None,
    until: str | None = None,
    known_until: str | None = None,
    workers: int | None = None,
    progress: Progress = None,
) -> Backtest:
    """Run a scenario as far as the record goes, and score it.

    The scenario may be given by name or path, and the rows by the path of a record; without, the
    shipped record is used.

    Scored are rows whose whole period lies from `since` to `until` (dates as in the record; a
    quarter counts whole). Bands count in the model's own error, if the scenario's calibration says
    how large it is. The naive forecasts know all rows before the one they forecast, or with
    `known_until` only those up to that date. BadInput, before the run, if a date is none or no row
    can be scored.
    """
    dates = Dates(since, until, known_until)
    scenario, rows = scenario_from(scenario), rows_from(rows)
    wanted = rows_between(rows, dates)
    _refuse_the_mute(scenario, wanted)
    results = simulate(scenario, wanted, worlds, seed, workers, progress)
    return scored(results, scenario, rows, dates)


def simulate(
    scenario: Scenario,
    rows: Sequence[Row],
    worlds: int = 1000,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = None,
) -> Results:
    """Run a scenario as far as these rows go, noting what they are about."""
    last = max(row.period.last for row in rows)
    end = min(quarter_index(scenario.end), max(last, quarter_index(scenario.start)))
    how = {"worlds": worlds, "seed": seed, "workers": workers, "progress": progress}
    return run_until(scenario, rows, end, **how)


def run_until(scenario: Scenario, rows: Sequence[Row], end: int, **how: Any) -> Results:
    """Run a scenario to the end of a quarter, noting what these rows are about."""
    short = scenario.change({"end": quarter_label(end)})
    late = short.late_events  # cut off here, and so nothing to be told of
    kept = tuple(event for event in short.events if event not in late)
    measures = measures_for([row.observable for row in rows])
    return run(replace(short, events=kept), measures=measures, **how)


def scored(
    results: Results, scenario: Scenario, rows: Sequence[Row], dates: Dates = Dates()
) -> Backtest:
    """Score a run that is there already, on the rows of these dates."""
    error = scenario.calibration.model_error if scenario.calibration else 0.0
    seen = seen_until(scenario)
    backtest = Backtest(results, list(rows), dates, error, calibration_until=seen)
    if seen is not None and dates.known.last < period_of(seen)[0].last:
        backtest.remedy = remedy(scenario, dates.known.last)
    wanted = rows_between(rows, dates)
    ids = {row.id for row in wanted}
    backtest.left_out = {row.id: OUTSIDE for row in rows if row.id not in ids}
    if not results.worlds:
        backtest.left_out |= {row.id: NOT_PREDICTED for row in wanted}
        return backtest
    earlier = [row for row in rows if row.period.within(dates.known)]
    for row, predicted, why_not in predictions(Past.of(results), wanted):
        result = None if predicted is None else score(row, predicted, earlier, error)
        if result is None:
            backtest.left_out[row.id] = why_not or NOT_PREDICTED
        else:
            backtest.scores.append(result)
    return backtest


def rows_between(rows: Sequence[Row], dates: Dates) -> list[Row]:
    """The rows whose whole period lies from `since` to `until`. BadInput if there is none."""
    window = dates.scored
    wanted = [row for row in rows if row.period.within(window)]
    if not wanted:
        raise BadInput(
            f"backtest: none of the {len(rows)} rows of the record lies from "
            f"{dates.since or 'the start'} to {dates.until or 'the end'}."
        )
    return wanted


def _refuse_the_mute(scenario: Scenario, rows: Sequence[Row]) -> None:
    """BadInput if the scenario reaches none of the rows, or has none of their labs."""
    reach = Period(quarter_index(scenario.start), quarter_index(scenario.end))
    for row in rows:
        if row.period.within(reach) and (row.entity in scenario.labs or not row.means.by_lab):
            return
    raise BadInput(
        f"backtest: '{scenario.name}' runs from {scenario.start} to {scenario.end}, and none of "
        f"the {len(rows)} rows asked for is of these years and of the market or one of its labs. "
        "Ask for other dates, or run longer."
    )


def predictions(past: Past, rows: Iterable[Row]) -> list[tuple[Row, Array | None, str]]:
    """Each row with what the worlds predict of it, (worlds,) in its unit; or None and why not."""
    predicted: list[tuple[Row, Array | None, str]] = []
    for row in rows:
        try:
            predicted.append((row, predict(past, row.observable, row.entity, row.period), ""))
        except OutOfRun as why_not:
            predicted.append((row, None, str(why_not)))
    return predicted
