"""What the record says about the dials: the section of the validation report on the fit itself."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.errors import short
from sim.history.validation import wording
from sim.history.validation.score_tables import table
from sim.history.validation.study import Validation

DIALS_SHOWN = 20
BAND = (0.05, 0.5, 0.95)  # quantiles: a 90 % interval and its middle


def what_was_learned(study: Validation) -> str:
    """Dials before and after, those that moved most first."""
    calibration = study.scenario.calibration
    if calibration is None:
        return ""
    lines = []
    for dotted, column in calibration.columns.items():
        setting, dial = study.scenario.uncertain[dotted]
        before = np.array([setting.low, setting.value, setting.high], float)
        after = np.quantile(column, BAND)
        if dial.log:
            before, after = np.log10(before), np.log10(after)
        moved = np.abs(after - before).sum() / (before[2] - before[0])
        ends = [10.0**points if dial.log else points for points in (before, after)]
        lines.append((moved, (f"`{dotted}`", dial.unit, *(_range(end) for end in ends))))
    lines.sort(key=lambda line: -line[0])
    about = calibration.about
    kept = [line.partition(":")[0] for line in about.get("not_informed", [])]
    return "\n".join(
        [
            "## What the record says about the dials",
            "",
            wording.DIALS.format(until=study.fitted_until),
            "",
            *table(("dial", "unit", "before", "after"), [line for _, line in lines[:DIALS_SHOWN]]),
            "",
            f"{len(calibration.columns)} dials are informed, {len(kept)} keep their range: "
            + ", ".join(f"`{name}`" for name in kept)
            + ".",
            "",
            f"{about.get('rows')} rows until {about.get('until')}, {about.get('worlds'):,} worlds "
            f"in {about.get('rounds')} rounds, as good as {about.get('effective'):,.0f} "
            f"independent ones; likelihood to the power {about.get('temper')}. The model's own "
            f"error, found at the same time: {calibration.model_error:.2f} OOM a row.",
        ]
    )


def _range(ends: Iterable[float]) -> str:
    low, middle, high = map(short, ends)
    return f"{middle} [{low}, {high}]"
