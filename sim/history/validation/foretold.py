"""One and two years ahead, with what the model is off by: the section of the report on forecasts.

For each origin, worlds fitted until the end of that year; the discrepancy of `forecast` as earlier
origins missed until then; and beside them the same worlds alone, and the naive forecasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.history.backtest.run import predictions
from sim.history.backtest.scores import Score, score
from sim.history.backtest.summaries import by_series, summary
from sim.history.forecast.discrepancy import Discrepancy
from sim.history.forecast.fitting import AHEAD, fit
from sim.history.forecast.run import foretold, hindcasts_of, runs_before
from sim.history.forecast.table import of_discrepancy
from sim.history.record.past import Past
from sim.history.record.periods import Period
from sim.history.record.rows import GROUPS, Row
from sim.history.validation.score_tables import table
from sim.history.validation.study import percent

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Results
    from sim.running.progress import Progress

LEAST_WON = 0.70  # of the series, against each naive forecast
BAND = (0.80, 0.98)  # of the points, in 90 % bands
MOST_ERROR, MOST_BIAS = 0.20, 0.10  # OOM, medians
NAIVE = {"last_value": "last value", "trend": "log trend"}

HEAD = """\
## One and two years ahead, with what the model is off by

`python -m sim forecast` adds to each world what the model has been off by: a discrepancy in logs
(Kennedy and O'Hagan 2001) that a group shares, a series shares and a row has alone, with a level
that fades and a drift that grows ([discrepancy.py](../sim/history/forecast/discrepancy.py)). A
forecast starts from the residuals last seen. Below, worlds fitted until the end of each year, and a
discrepancy fitted to no row that ends later; in brackets the same worlds alone. The form of the
process and its priors were chosen with the misses of 2023 and 2024 in view, so only 2025 says how
it does on rows that it has not seen; the mechanisms had been chosen with 2025 in view. At the first
origin no miss has been seen, so 2023 and 2024 from 2022 have the prior alone."""


@dataclass(repr=False)
class Ahead:
    """A year foretold from the end of another."""

    origin: int
    year: int
    discrepancy: Discrepancy
    scores: list[Score]  # of worlds and discrepancy
    alone: list[Score]  # of the same worlds without

    def __repr__(self) -> str:
        return f"Ahead: {self.year} from {self.origin}, {len(self.scores)} rows"

    @property
    def groups(self) -> dict[str, tuple[list[Score], list[Score]]]:
        """Both by group."""
        both = {
            group: tuple([one for one in some if one.row.group == group] for some in self._both)
            for group in GROUPS
        }
        return {group: (one, other) for group, (one, other) in both.items() if one}

    @property
    def _both(self) -> tuple[list[Score], list[Score]]:
        return self.scores, self.alone


def study_ahead(
    scenario: Scenario,
    rows: Sequence[Row],
    worlds: int = 2000,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = None,
) -> tuple[list[Ahead], list[Results]]:
    """Every origin that has a calibration, and every year on record of the two after it.

    And the runs, the first origin's first.
    """
    last = max(row.period.last for row in rows)
    how: dict[str, Any] = {"worlds": worlds, "seed": seed, "workers": workers, "progress": progress}
    before = runs_before(scenario, rows, last, **how)
    hindcasts = hindcasts_of(before, rows)
    found = []
    for origin, results in before.items():
        if not results.worlds:
            continue
        end = 4 * origin + 3
        earlier = [one for one in hindcasts if one.year < origin]
        discrepancy = fit(earlier, end)
        for year in range(origin + 1, origin + AHEAD + 1):
            one = _ahead(Past.of(results), rows, origin, year, discrepancy, seed)
            found += [one] if one.scores else []
    return found, list(before.values())


def _ahead(
    past: Past, rows: Sequence[Row], origin: int, year: int, discrepancy: Discrepancy, seed: int
) -> Ahead:
    """Score a year; the naive forecasts know the rows until the origin."""
    known = [row for row in rows if row.period.last <= 4 * origin + 3]
    asked = [row for row in rows if row.period.within(Period(4 * year, 4 * year + 3))]
    scores, alone = [], []
    drawn = foretold(past, known, asked, discrepancy, seed)
    said = predictions(past, asked)
    for row, ooms, (_, predicted, _) in zip(asked, drawn, said, strict=True):
        with_it = score(row, row.means.from_oom(ooms), known)
        without = None if predicted is None else score(row, predicted, known)
        if with_it is not None and without is not None:
            scores.append(with_it)
            alone.append(without)
    return Ahead(origin, year, discrepancy, scores, alone)


def won(scores: Sequence[Score], naive: str) -> tuple[int, int]:
    """Series in which the mean CRPS is below a naive forecast's, of how many that have one."""
    each = []
    for its_scores in by_series(scores).values():
        pairs = [
            (one.crps, other) for one in its_scores if (other := getattr(one, naive)) is not None
        ]
        if pairs:
            ours, theirs = np.mean(pairs, axis=0)
            each.append(ours < theirs)
    return int(sum(each)), len(each)


def section(aheads: Sequence[Ahead]) -> str:
    """The section of the report."""
    latest = max(ahead.year for ahead in aheads)
    near = [ahead for ahead in aheads if ahead.year == ahead.origin + 1]
    last = next(ahead for ahead in near if ahead.year == latest)
    return "\n".join(
        [
            HEAD,
            "",
            *table(_heads("origin, year"), map(_line, aheads)),
            "",
            "What was to be reached one year ahead, with the discrepancy and for the worlds alone:",
            "",
            *table(
                ("year", "to be reached", "was", "reached", "worlds alone"),
                [line for ahead in near[-2:][::-1] for line in _reached(ahead)],
            ),
            "",
            f"By group, {last.year} from the end of {last.origin}:",
            "",
            *table(_heads(""), _by_group(last)),
            "",
            f"{of_discrepancy(last.discrepancy)} These are medians of groups, as earlier origins "
            f"missed until the end of {last.origin}.",
        ]
    )


def _heads(first: str) -> tuple[str, ...]:
    names = ("rows", "error", "bias", "CRPS", "last value", "log trend", "in 90 %", "width")
    return (first, *names, "won: last value", "won: trend")


def _by_group(ahead: Ahead) -> Iterable[tuple[str, ...]]:
    for group, (scores, alone) in ahead.groups.items():
        yield (GROUPS[group], *_cells(scores, alone))
    yield ("**All**", *_cells(ahead.scores, ahead.alone))


def _line(ahead: Ahead) -> tuple[str, ...]:
    return (f"{ahead.origin}, {ahead.year}", *_cells(ahead.scores, ahead.alone))


def _cells(scores: Sequence[Score], alone: Sequence[Score]) -> list[str]:
    ours, other = summary(scores), summary(alone)

    def both(name: str, form: str = ".2f") -> str:
        return f"{ours[name]:{form}} ({other[name]:{form}})"

    cells = [str(ours["n"]), both("error"), both("bias", "+.2f"), both("crps", ".3f")]
    for naive in NAIVE:
        crps, here = ours[f"{naive}_crps"], ours[f"crps_on_{naive}"]
        cells.append("-" if crps is None else f"{crps:.3f} ({here:.3f}, {ours[f'{naive}_n']})")
    cells.append(f"{percent(ours['coverage'] or 0.0)} ({percent(other['coverage'] or 0.0)})")
    cells.append(both("width"))
    for naive in NAIVE:
        better, compared = won(scores, naive)
        cells.append(f"{better} of {compared}" if compared else "-")
    return cells


def _reached(ahead: Ahead) -> list[tuple[str, ...]]:
    """What was to be reached, line by line."""
    ours, other = _tests(ahead.scores), _tests(ahead.alone)
    return [
        (str(ahead.year), what, was, "yes" if met else "**no**", was_alone)
        for (what, was, met), (_, was_alone, _) in zip(ours, other, strict=True)
    ]


def _tests(scores: Sequence[Score]) -> list[tuple[str, str, bool]]:
    """What, what was, and whether that is it."""
    found = summary(scores)
    lines = []
    for naive, name in NAIVE.items():
        better, compared = won(scores, naive)
        what = f"CRPS below the {name}'s in {percent(LEAST_WON)} of the series"
        share = better / max(compared, 1)
        lines.append((what, f"{better} of {compared} ({percent(share)})", share >= LEAST_WON))
        ours, theirs = found[f"crps_on_{naive}"] or 0.0, found[f"{naive}_crps"] or 0.0
        what = f"CRPS below the {name}'s over all rows that it can forecast"
        lines.append((what, f"{ours:.3f} against {theirs:.3f}", ours < theirs))
    coverage = found["coverage"] or 0.0
    what = f"90 % bands hold {percent(BAND[0])} to {percent(BAND[1])} of the points"
    lines.append((what, percent(coverage), BAND[0] <= coverage <= BAND[1]))
    error, bias = found["error"] or 0.0, found["bias"] or 0.0
    lines.append((f"Median error under {MOST_ERROR:.2f} OOM", f"{error:.3f}", error < MOST_ERROR))
    lines.append((f"Bias under {MOST_BIAS:.2f} OOM", f"{bias:+.3f}", abs(bias) < MOST_BIAS))
    return lines
