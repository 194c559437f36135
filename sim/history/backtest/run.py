"""The back-test: a scenario run through the years on record, and scored row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.dates import quarter_index, quarter_label
from sim.errors import BadInput, quoted
from sim.history.backtest.scores import Score, score, series_won, summary
from sim.history.record.observables import OBSERVABLES, measures_for, predict
from sim.history.record.past import OutOfRun, Past, Period
from sim.history.record.rows import GROUPS, Row, label_of, period_of
from sim.outputs.files import write_csv, write_json
from sim.units import Array

if TYPE_CHECKING:
    import pandas as pd

    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Results
    from sim.running.progress import Progress

OUTSIDE = "outside of the dates asked for"
SILENT = "no world says anything"


@dataclass
class Backtest:
    """What came of a back-test. `left_out` has every row that was not scored, and why."""

    results: Results
    rows: list[Row]
    scores: list[Score]
    left_out: dict[str, str] = field(default_factory=dict)  # by id
    since: str | None = None
    until: str | None = None
    known_until: str | None = None
    model_error: float = 0.0  # OOM, as the scenario's calibration found it; counted into all bands

    @property
    def groups(self) -> dict[str, list[Score]]:
        """The scores by group, in the order of the record's groups."""
        by_group = {name: [one for one in self.scores if one.row.group == name] for name in GROUPS}
        return {name: several for name, several in by_group.items() if several}

    @property
    def why_left_out(self) -> dict[str, int]:
        return dict(Counter(self.left_out.values()))

    def worst(self, count: int = 10) -> list[Score]:
        """The rows furthest off, by CRPS."""
        return sorted(self.scores, key=lambda one: -one.crps)[:count]

    def frame(self) -> pd.DataFrame:
        """A line a row of the record: what was said of it, or why nothing was."""
        import pandas as pd

        scored = {one.row.id: one for one in self.scores}
        lines = []
        for row in self.rows:
            line: dict[str, Any] = {
                name: getattr(row, name)
                for name in ("id", "group", "observable", "entity", "date", "value")
            }
            low, high = row.interval
            line |= {"low": low, "high": high, "unit": row.unit, "confidence": row.confidence}
            one = scored.get(row.id)
            numbers = asdict(one) if one else {}
            line |= {
                name: numbers.get(name) for name in Score.__dataclass_fields__ if name != "row"
            }
            line["left_out"] = self.left_out.get(row.id, "")
            lines.append(line)
        return pd.DataFrame(lines)

    def record(self) -> dict[str, Any]:
        """The scores by group and in all, for a program to read."""
        won, compared = series_won(self.scores)
        return {
            **self.results.manifest(),
            "since": self.since,
            "until": self.until,
            "known_until": self.known_until,
            "model_error_oom": self.model_error,
            "rows": len(self.rows),
            "scored": len(self.scores),
            "left_out": self.why_left_out,
            "groups": {name: summary(several) for name, several in self.groups.items()},
            "all": summary(self.scores),
            "series_won": won,
            "series_compared": compared,
        }

    def save(self, folder: Path | str) -> list[Path]:
        """Write scores.csv and, last, scores.json."""
        folder = Path(folder)
        (folder / "scores.json").unlink(missing_ok=True)
        return [
            write_csv(self.frame(), folder / "scores.csv"),
            write_json(self.record(), folder / "scores.json"),
        ]


def backtest(
    scenario: Scenario,
    rows: Sequence[Row],
    worlds: int = 1000,
    seed: int = 0,
    since: str | None = None,
    until: str | None = None,
    known_until: str | None = None,
    workers: int | None = None,
    progress: Progress = None,
) -> Backtest:
    """Run a scenario as far as the record goes, and score it.

    Scored are rows whose whole period lies from `since` to `until` (dates as in the record; a
    quarter counts whole). Bands count in the model's own error, if the scenario's calibration says
    how large it is. The naive forecasts know all rows before the one they forecast, or with
    `known_until` only those up to that date.
    """
    wanted = _wanted(rows, since, until)
    window(None, known_until)  # a wrong date is refused before the run, not after it
    results = told_for(scenario, wanted, worlds, seed, workers, progress)
    return against(results, scenario, rows, since, until, known_until)


def told_for(
    scenario: Scenario,
    rows: Sequence[Row],
    worlds: int = 1000,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = None,
) -> Results:
    """Run a scenario as far as these rows go, noting what they are about."""
    from sim.running.ensemble import run

    last = max(row.period.last for row in rows)
    end = min(quarter_index(scenario.end), max(last, quarter_index(scenario.start)))
    return run(
        scenario.change({"end": quarter_label(end)}),
        worlds=worlds,
        seed=seed,
        workers=workers,
        progress=progress,
        measures=measures_for([row.observable for row in rows]),
    )


def against(
    results: Results,
    scenario: Scenario,
    rows: Sequence[Row],
    since: str | None = None,
    until: str | None = None,
    known_until: str | None = None,
) -> Backtest:
    """Score a run that is there already, on the rows from `since` to `until`."""
    wanted, asked = _wanted(rows, since, until), window(since, until)
    error = scenario.calibration.model_error if scenario.calibration else 0.0
    whole = Backtest(results, list(rows), [], {}, since, until, known_until, error)
    whole.left_out = {row.id: OUTSIDE for row in rows if not within(row, asked)}
    if not results.worlds:
        whole.left_out |= {row.id: SILENT for row in wanted}
        return whole
    known = window(None, known_until)
    earlier = [row for row in rows if within(row, known)]
    for row, said, why in what_is_said(Past.of(results), wanted):
        one = None if said is None else score(row, said, earlier, error)
        if one is None:
            whole.left_out[row.id] = why or SILENT
        else:
            whole.scores.append(one)
    return whole


def _wanted(rows: Sequence[Row], since: str | None, until: str | None) -> list[Row]:
    """The rows whose whole period lies from `since` to `until`. BadInput if there is none."""
    asked = window(since, until)
    wanted = [row for row in rows if within(row, asked)]
    if not wanted:
        raise BadInput(
            f"backtest: none of the {len(rows)} rows of the record lies from "
            f"{since or 'the start'} to {until or 'the end'}."
        )
    return wanted


def what_is_said(past: Past, rows: Iterable[Row]) -> list[tuple[Row, Array | None, str]]:
    """Each row with what the worlds say of it, (worlds,) in its unit; or None and why not."""
    said: list[tuple[Row, Array | None, str]] = []
    for row in rows:
        try:
            said.append((row, predict(past, row.observable, row.entity, row.period), ""))
        except OutOfRun as why:
            said.append((row, None, str(why)))
    return said


def window(since: str | None, until: str | None) -> Period:
    """From the first quarter of one date to the last of another; open where there is none."""
    first = period_of(since)[0].first if since else 0
    last = period_of(until)[0].last if until else 10**6
    if first > last:
        raise BadInput(f"backtest: {quoted(since)} is after {quoted(until)}. Swap them.")
    return Period(first, last)


def within(row: Row, asked: Period) -> bool:
    return asked.first <= row.period.first and row.period.last <= asked.last


def told(past: Past, series: tuple[str, str], yearly: bool) -> tuple[list[str], Array]:
    """What the worlds say of a series in every period of the run: labels and (periods, worlds)."""
    observable, entity = series
    step = 4 if yearly else 1
    start = past.first + (-past.first) % step
    labels, values = [], []
    for quarter in range(start, past.first + past.quarters - step + 1, step):
        period = Period(quarter, quarter + step - 1)
        try:
            values.append(OBSERVABLES[observable].reading(past, entity, period))
            labels.append(label_of(period))
        except OutOfRun:
            continue
    return labels, np.array(values)
