"""No regret: no lab that alone does otherwise gains more than a little, beyond chance.

A sample of what `python tests/statics.py` asks: shifts of 15 points, price, thinking and
strategies in the shipped industry; fewer in those of two and of twenty labs.
"""

import numpy as np
import pytest
from deviations import (
    AS_PLANNED,
    ERRORS,
    FACTORS,
    LEAST_TOLERATED,
    REGRETS,
    RULES,
    SHIFTS,
    SUBJECTS,
    TOLERATED,
    Deviation,
    Gain,
    every_deviation,
    five_years,
    regrets,
    saved,
)
from paired import SHIPPED, industry

from sim.economy.state import USES

WORLDS = 150
ALL = {deviation.does: deviation for deviation in every_deviation()}
LARGE = [does for does in ALL if not does.startswith(f"shift {SHIFTS[0]:.0%}")]
FEW = ["hedger", "fixed_shares", "price x 0.75", "price x 1.25", "thinking x 0.75"] + [
    f"shift 15% {source} to {target}"
    for source, target in (("experiments", "final_runs"), ("final_runs", "data"))
]


def sample():
    """By size of the industry and lab, what is asked."""
    for labs, does in ((2, FEW), (SHIPPED, LARGE), (20, FEW)):
        for lab in SUBJECTS:
            if lab in industry("continued", labs).labs:
                yield pytest.param(labs, lab, does, id=f"{labs} labs: {lab}")


@pytest.mark.parametrize("prize", [True, False], ids=["", "no prize"])
@pytest.mark.parametrize(("labs", "lab", "does"), list(sample()))
def test_nobody_gains_by_doing_otherwise(labs, lab, does, prize):
    asked = [ALL[name] for name in (does if prize else FEW)]
    gains = list(regrets(WORLDS, labs=labs, subjects=(lab,), deviations=asked, prize=prize))
    assert len(gains) == len(asked)
    paying = {gain.does for gain in gains if gain.pays}
    here = (labs, lab, prize)
    known = {name for size, of, name, with_it in REGRETS if (size, of, with_it) == here}
    known &= {deviation.does for deviation in asked}
    said = [f"{g.does}: {g.objective:+.3f} +- {g.error:.3f}" for g in gains if g.does in paying]
    assert paying <= known, f"{lab} gains by {said}; known to: {sorted(known)}"


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """The state that the five years begin with, few worlds."""
    return saved(tmp_path_factory.mktemp("since"), 8, 0, SHIPPED)


@pytest.mark.parametrize("does", ALL)
def test_every_deviation_does_something(state, does):
    base, other = (five_years(state, SHIPPED, "openai", each) for each in (AS_PLANNED, ALL[does]))
    assert np.all(np.isfinite(other)) and np.mean(base[0] != other[0]) > 0.9


def test_doing_nothing_otherwise_gains_nothing(state):
    base, other = (five_years(state, SHIPPED, "xai", AS_PLANNED) for _ in range(2))
    np.testing.assert_array_equal(base, other)
    assert not Gain("xai", "nothing", 0.0, 0.0, 0.0, 0.0).pays


def test_all_that_the_issue_asks_for_is_asked():
    pairs = len(USES) * (len(USES) - 1)
    assert len(ALL) == len(SHIFTS) * pairs + 2 * len(FACTORS) + len(RULES)


def test_a_gain_counts_beyond_what_is_tolerated_and_chance():
    def pays(objective, error):
        return Gain("openai", "x", objective, error, 0.0, 0.0).pays

    assert not pays(TOLERATED, 0.0) and pays(TOLERATED + 0.01, 0.0)
    assert not pays(TOLERATED + 0.01, 0.01) and pays(TOLERATED + ERRORS * 0.01 + 0.001, 0.01)
    assert pays(np.nan, np.nan), "what cannot be said is no proof"
    assert Gain("openai", "x", TOLERATED + 0.01, 0.01, 0.0, 0.0).doubtful
    assert not Gain("openai", "x", TOLERATED - 0.01, 0.01, 0.0, 0.0).doubtful
    assert Gain("openai", "x", 0.03, 0.006, 0.0, 0.0, LEAST_TOLERATED).pays
    assert not Gain("openai", "x", 0.03, 0.007, 0.0, 0.0, LEAST_TOLERATED).pays


def test_a_lab_that_chooses_badly_gains_by_choosing(state):
    """It can fail: who spreads its money evenly would gain by the margin."""
    (gain,) = regrets(
        WORLDS,
        subjects=("openai",),
        deviations=[AS_PLANNED],
        otherwise=Deviation("hedger", strategy="hedger"),
    )
    assert gain.pays
