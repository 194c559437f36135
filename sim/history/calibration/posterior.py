"""What came of a calibration: dials given the record, as weighted worlds and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.dates import quarter_label
from sim.history.backtest.run import OUTSIDE
from sim.history.calibration.plan import Plan
from sim.history.calibration.rounds import Weighted
from sim.history.calibration.sampling import quantiles
from sim.history.record.rows import Z90, Row, fingerprint
from sim.inputs.calibration import text_of_calibration
from sim.units import Array
from sim.version import __version__

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

BAND = (0.05, 0.5, 0.95)  # quantiles: a 90 % interval and its middle


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """The uncertain dials given the record: weighted worlds, and those of them that were kept."""

    scenario: Scenario  # without calibration
    plan: Plan
    rows: list[Row]  # weighed
    left_out: dict[str, str]  # id of a row -> why not
    dials: list[str]  # that were varied
    weighted: Weighted
    kept: np.ndarray  # places of the worlds kept
    not_informed: dict[str, str]  # dial -> why it is not in the file

    def __repr__(self) -> str:
        return (
            f"Posterior of {self.scenario.name} until {self.plan.until}: {len(self.informed)} of "
            f"{len(self.dials)} dials informed by {len(self.rows)} rows, {len(self.kept):,} worlds "
            "kept"
        )

    @property
    def informed(self) -> list[str]:
        """The dials that the record says something about."""
        return [dotted for dotted in self.dials if dotted not in self.not_informed]

    def columns(self) -> dict[str, Array]:
        """The kept worlds in each dial's own unit."""
        draws = self.weighted.draws
        return self.scenario.values_at(
            {dotted: draws[self.dials.index(dotted), self.kept] for dotted in self.informed}
        )

    def moved(self) -> list[tuple[str, Array, Array]]:
        """Each dial's 5th, 50th and 95th percentile, before and after, in its own unit.

        Those that moved or narrowed most come first.
        """
        weights = self.weighted.weights
        after = np.array([quantiles(normals, weights, BAND) for normals in self.weighted.draws])
        before = np.array([-Z90, 0.0, Z90])
        order = np.argsort(-np.abs(after - before).sum(axis=1), kind="stable")
        moved = []
        for place in order:
            name = self.dials[place]
            ends = [self.scenario.values_at({name: at})[name] for at in (before, after[place])]
            moved.append((name, ends[0], ends[1]))
        return moved

    def about(self) -> dict[str, Any]:
        """How it was made, for the head of the file."""
        last = self.weighted.rounds[-1]
        return {
            "made_by": f"ai-industry-sim {__version__}",
            "scenario": self.scenario.name,
            "scenario_sha256": self.scenario.hash,
            "until": self.plan.until,
            "last_row": quarter_label(max(row.period.last for row in self.rows)),
            "record_sha256": fingerprint(self.rows),
            "rows": len(self.rows),
            "rows_outside_dates": sum(why == OUTSIDE for why in self.left_out.values()),
            "rows_left_out": [
                f"{id_}: {why}" for id_, why in self.left_out.items() if why != OUTSIDE
            ],
            "seed": self.plan.seed,
            "worlds": self.plan.worlds,
            "rounds": len(self.weighted.rounds),
            "effective": round(last.effective, 1),
            "temper": round(last.temper, 4),
            "model_error_oom": round(self.weighted.error.total, 4),
            "kept": len(self.kept),
            "informed_by_history": self.informed,
            "not_informed": [f"{dotted}: {why}" for dotted, why in self.not_informed.items()],
        }

    def text(self) -> str:
        """The file of a calibration, as a scenario reads it."""
        uncertain = self.scenario.uncertain
        priors = {}
        for dotted in self.informed:
            setting, _ = uncertain[dotted]
            assert setting.low is not None and setting.high is not None
            priors[dotted] = (setting.low, setting.high)
        return text_of_calibration(self.about(), priors, self.columns())
