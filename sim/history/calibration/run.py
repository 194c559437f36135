"""Calibration: the distribution of the uncertain dials, given the record up to a date.

Rounds of worlds, each world with luck of its own. A round's worlds fit an emulator of what the
dials make of the record on average over luck; with it all worlds so far are weighed; the weighted
worlds say where the next round draws. At the end, worlds are resampled by weight and kept whole, so
that correlations stay. Dials that history does not decide are left out, and keep their range.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.dates import quarter_index, quarter_label
from sim.errors import BadInput, quoted
from sim.history.backtest.run import OUTSIDE
from sim.history.calibration.plan import Plan
from sim.history.calibration.pool import pool_of
from sim.history.calibration.posterior import Posterior
from sim.history.calibration.rounds import Question, Weighted, next_round
from sim.history.calibration.sampling import resample
from sim.history.calibration.screening import decided_later, predictable, unmoved
from sim.history.record.rows import AnyRows, Row, rows_from
from sim.inputs.loading import AnyScenario, scenario_from
from sim.running.progress import Progress, listener

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario


def calibrate(
    scenario: AnyScenario,
    rows: AnyRows,
    plan: Plan,
    progress: Progress = None,
    say: Callable[[str], None] = lambda line: None,
) -> Posterior:
    """Find the distribution of the uncertain dials, given the rows whose period ends in time.

    The scenario may be given by name or path, and the rows by the path of a record (None for the
    shipped one). Finished rounds are kept in the plan's folder and read again when all is the same.
    Same seed, same numbers, with any number of workers. BadInput if there is no row or no dial;
    pool.RunFailed if worlds fail.
    """
    scenario, rows = scenario_from(scenario), rows_from(rows)
    if not isinstance(plan, Plan):
        raise BadInput(f"plan: {quoted(plan)} is no plan. Give Plan(until=...).")
    asked = [row for row in rows if row.period.within(plan.window)]
    short = _until_the_last(scenario, asked, plan.until)
    with pool_of(plan.processes) as pool:
        weighed, left_out = predictable(pool, short, asked, plan.luck)
        if not weighed:
            raise BadInput(f"calibrate: '{scenario.name}' can speak of no row until {plan.until}.")
        later = decided_later(pool, short, weighed, plan.luck)
        dials = [dotted for dotted in short.uncertain if dotted not in later]
        if not dials:
            raise BadInput(f"calibrate: '{scenario.name}' has no uncertain dial that moves a row.")
        say(f"{len(weighed)} rows, {len(dials)} dials; {len(later)} do not act by {plan.until}")
        question, weighted = Question(short, weighed, dials, plan), Weighted.none(len(dials))
        with listener(progress, plan.worlds, plan.worlds * len(short.quarters)) as tell:
            for _ in range(plan.rounds):
                weighted = next_round(question, weighted, pool, tell)
                say(_how_it_went(weighted, plan))
    end_of_luck = np.random.default_rng([plan.luck, plan.rounds])
    return Posterior(
        scenario=scenario.without_calibration(),
        plan=plan,
        rows=weighed,
        left_out=left_out | {row.id: OUTSIDE for row in rows if not row.period.within(plan.window)},
        dials=dials,
        weighted=weighted,
        kept=resample(weighted.weights, plan.keep, end_of_luck),
        not_informed=later | unmoved(dials, weighted.draws, weighted.weights),
    )


def _until_the_last(scenario: Scenario, rows: Sequence[Row], until: str) -> Scenario:
    """The scenario with every dial at its prior, run no further than these rows need."""
    end = min(max((row.period.last for row in rows), default=0), quarter_index(scenario.end))
    if end < quarter_index(scenario.start):
        raise BadInput(f"calibrate: no row of the record lies from {scenario.start} to {until}.")
    return scenario.without_calibration().change({"end": quarter_label(end)})


def _how_it_went(weighted: Weighted, plan: Plan) -> str:
    last = weighted.rounds[-1]
    again = " (kept)" if last.was_kept else ""
    return (
        f"Round {len(weighted.rounds)} of {plan.rounds}{again}: {last.worlds:,} worlds, tempered "
        f"to {last.temper:.2f}, as good as {last.effective:,.0f} independent ones; the model is "
        f"off by {weighted.error.total:.2f} OOM"
    )
