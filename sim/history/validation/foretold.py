"""One and two years ahead, with what the model is off by: the section of the report on forecasts.

For each origin, worlds fitted until the end of that year; the discrepancy of `forecast` as earlier
origins missed until then; and beside them the same worlds alone, and the naive forecasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.history.backtest.run import predictions
from sim.history.backtest.scores import Score, Scored, score
from sim.history.backtest.summaries import NAIVE, series_won, summary
from sim.history.backtest.table import naive_cells
from sim.history.forecast.discrepancy import Discrepancy
from sim.history.forecast.fitting import fit
from sim.history.forecast.run import foretold, hindcasts_of
from sim.history.forecast.table import of_discrepancy
from sim.history.record.past import Past
from sim.history.record.periods import Period
from sim.history.validation.score_tables import by_group, table
from sim.history.validation.study import Validation, percent, reached

if TYPE_CHECKING:
    from sim.outputs.results import Results

HEAD = """\
## One and two years ahead, with what the model is off by

`python -m sim forecast` adds to each world what the model has been off by: a discrepancy in logs
(Kennedy and O'Hagan 2001) that a group shares, a series shares and a row has alone, with a level
that fades and a drift that grows ([discrepancy.py](../sim/history/forecast/discrepancy.py)). Each
world's own residuals are carried on, so a forecast starts from those last seen.
Below, worlds fitted until the end of each year, and a discrepancy fitted to no row that ends later;
in brackets the same worlds alone, without any error of the model's own.

Who had seen what: the form of the process and its priors were chosen with the misses of 2023 and
2024 in view, the mechanisms with 2025 in view too. Of two ways to weigh residuals both were seen on
all these years, and the one that draws worlds towards the record a second time was left, for it
foretold no better from any origin. At the first origin no miss has been seen, so 2023 and 2024 from
2022 have the prior alone."""


@dataclass(repr=False)
class Told(Scored):
    """Scores of what was told of a year."""

    scores: list[Score]

    def __repr__(self) -> str:
        return f"Told of {len(self.scores)} rows"


@dataclass(repr=False)
class Ahead:
    """A year foretold from the end of another."""

    origin: int
    year: int
    discrepancy: Discrepancy
    told: Told  # by worlds and discrepancy
    alone: Told  # by the same worlds without

    def __repr__(self) -> str:
        return f"Ahead: {self.year} from {self.origin}, {self.told}"


def years_ahead(study: Validation) -> list[Ahead]:
    """Every year of the validation that its calibration had not seen, the first origin's first."""
    runs = {unseen.origin: unseen.fitted.results for unseen in study.unseen}
    hindcasts = hindcasts_of(runs, study.rows)
    found = {}
    for origin in sorted(runs):
        earlier = [one for one in hindcasts if one.year < origin]
        found[origin] = fit(earlier, 4 * origin + 3)
    return [
        _ahead(study, runs[origin], origin, year, found[origin])
        for origin, year in sorted((unseen.origin, unseen.year) for unseen in study.unseen)
    ]


def _ahead(
    study: Validation, results: Results, origin: int, year: int, discrepancy: Discrepancy
) -> Ahead:
    """Score a year; the naive forecasts know the rows until the origin."""
    past, seed = Past.of(results), int(results.about.get("seed", 0))
    known = [row for row in study.rows if row.period.last <= 4 * origin + 3]
    asked = [row for row in study.rows if row.period.within(Period(4 * year, 4 * year + 3))]
    told, alone = [], []
    drawn = foretold(past, known, asked, discrepancy, seed)
    said = predictions(past, asked)
    for row, ooms, (_, predicted, _) in zip(asked, drawn, said, strict=True):
        with_it = score(row, row.means.from_oom(ooms), known)
        without = None if predicted is None else score(row, predicted, known)
        if with_it is not None and without is not None:
            told.append(with_it)
            alone.append(without)
    return Ahead(origin, year, discrepancy, Told(told), Told(alone))


def section(aheads: Sequence[Ahead]) -> str:
    """The section of the report."""
    near = [ahead for ahead in aheads if ahead.year == ahead.origin + 1]
    last = max(near, key=lambda ahead: ahead.year)
    names = ("rows", "error", "bias", "CRPS", "last value", "log trend", "in 90 %", "width")
    return "\n".join(
        [
            HEAD,
            "",
            *table(
                ("origin, year", *names, "won: last value", "won: trend"),
                [(f"{ahead.origin}, {ahead.year}", *_cells(ahead)) for ahead in aheads],
            ),
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
            *by_group(last.told, last.alone),
            "",
            f"{of_discrepancy(last.discrepancy)} So earlier origins missed until the end of "
            f"{last.origin}; each group has factors of its own.",
        ]
    )


def _cells(ahead: Ahead) -> list[str]:
    ours, other = summary(ahead.told.scores), summary(ahead.alone.scores)

    def both(name: str, form: str = ".2f") -> str:
        return f"{ours[name]:{form}} ({other[name]:{form}})"

    cells = [str(ours["n"]), both("error"), both("bias", "+.2f"), both("crps", ".3f")]
    cells += naive_cells(ours, digits=3)
    cells.append(f"{percent(ours['coverage'] or 0.0)} ({percent(other['coverage'] or 0.0)})")
    cells.append(both("width"))
    for naive in NAIVE:
        better, compared = series_won(ahead.told.scores, [naive])
        cells.append(f"{better} of {compared}" if compared else "-")
    return cells


def _reached(ahead: Ahead) -> list[tuple[str, ...]]:
    """What was to be reached, line by line."""
    return [
        (str(ahead.year), line.what, line.was, "yes" if line.met else "**no**", alone.was)
        for line, alone in zip(reached(ahead.told), reached(ahead.alone), strict=True)
    ]
