"""Stories that differ only from a date or a threshold on are the same before it, world by world."""

import numpy as np
import pytest
from economy import POLICIES, SCENARIOS, same_until, told

from sim.dates import quarter_index
from sim.economy.model import AIEconomy
from sim.equations import capability
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario

WORLDS = 64
BASE = Scenario.load("continued")


def values(scenario, but=()):
    """What the dials are set to, without where that is written."""
    said = scenario.settings.items()
    return {name: (s.value, s.low, s.high) for name, s in said if name not in but}


def dated_variants():
    """Scenarios that are `continued` with an event, and the quarter of that event."""
    for name in SCENARIOS:
        story = Scenario.load(name)
        if story.events != BASE.events and values(story) == values(BASE):
            first = next(e for e in story.events if e not in BASE.events)
            yield name, quarter_index(first.date) - quarter_index(BASE.start)


@pytest.mark.parametrize(("scenario", "quarter"), list(dated_variants()))
def test_an_event_changes_nothing_before_its_date(scenario, quarter):
    alike = same_until(told("continued", WORLDS), told(scenario, WORLDS))
    assert np.all(alike >= quarter)
    assert np.all(alike < quarter + 8)  # and something within two years


def test_there_are_scenarios_that_differ_by_an_event():
    names = {name for name, _ in dated_variants()}
    assert names >= {"power_wall", "chip_wall", "demand_saturation"}


@pytest.mark.parametrize("regime", ["plateau", "broken"])
def test_a_regime_changes_nothing_before_the_frontier_reaches_its_onset(regime, monkeypatch):
    story = Scenario.load("plateau")
    assert set(values(story).items()) ^ set(values(BASE).items()) <= {
        (name, value)
        for s in (story, BASE)
        for name, value in values(s).items()
        if name in ("scaling.regime", "scaling.onset", "scaling.late_slope")
    }
    bent = AIEconomy(story.change({"scaling.regime": regime}), worlds=WORLDS).run()
    # The same story without a bend; note when any run first comes so far that one would matter.
    straight = AIEconomy(story.change({"scaling.regime": "power_law"}), worlds=WORLDS)
    early = capability.BEND / 2.0 if regime == "broken" else 0.0
    reached = np.full(WORLDS, 10_000)

    research, places = straight.labs.research, []
    release = research._release

    def noted(at, luck):
        places.append(at.worlds)
        release(at, luck)

    def watched(theta, onset, late_slope):
        passed = places[-1][theta > onset - early]
        reached[passed] = np.minimum(reached[passed], straight.quarter)
        return theta

    monkeypatch.setattr(research, "_release", noted)
    monkeypatch.setitem(capability.REGIMES, "power_law", watched)
    straight.run()
    alike = same_until(straight, bent)
    ever = reached < 10_000
    assert ever.mean() > 0.5, "the onset must matter in most worlds for this to test anything"
    assert np.all(alike >= np.minimum(reached, straight.recorder.noted))
    # a bend shows at once, unless the run that passed the onset was not fit for release
    assert np.mean(alike[ever] == reached[ever]) > 0.8
    assert np.all(alike[ever] < straight.recorder.noted)


def test_plateau_is_continued_until_the_onset():
    first, second = told("continued", WORLDS), told("plateau", WORLDS)
    alike = same_until(first, second)
    onset = second.dials.scaling.onset
    frontier = np.maximum.accumulate(second.recorder.arrays["capability"], axis=0)
    # able = capability + post-training + test time, so the frontier passes the onset before runs do
    below = (frontier < onset).sum(axis=0)
    assert np.all(alike >= below)
    assert np.median(alike) < first.recorder.noted


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_changes_nothing_before_its_date(policy):
    start = quarter_index(BASE.start)
    first = min(q for dated in Policy.load(policy).laws.values() for q in dated) - start
    alike = same_until(told("continued", WORLDS), told("continued", WORLDS, policy=policy))
    assert np.all(alike >= first)
    if policy != "compute_cap":  # a cap binds only once runs are that large
        assert np.all(alike < first + 4)
    assert np.any(alike < told("continued", WORLDS).recorder.noted)


def test_no_policy_is_the_baseline_exactly():
    plain = told("continued", 16)
    for empty in (None, Policy(), Policy() + Policy()):
        model = AIEconomy("continued", empty, worlds=16).run()
        assert np.all(same_until(plain, model) == len(BASE.quarters))


def test_laws_that_say_what_holds_anyway_change_nothing():
    neutral = Policy.of(
        {
            "compute_levy_rate": {"2026-01-01": 0.0},
            "chip_export_share": {"2026-01-01": 1.0},
            "compute_cap_flop": {"2026-01-01": 1e35},
            "profit_tax_rate": {"2026-01-01": 0.21},
        }
    )
    model = AIEconomy("continued", neutral, worlds=16).run()
    assert np.all(same_until(told("continued", 16), model) == len(BASE.quarters))


def test_how_long_the_story_goes_on_changes_nothing_before():
    short = told("continued", 16, end="2030-Q2")
    assert np.all(same_until(short, told("continued", 16)) == short.recorder.noted)
