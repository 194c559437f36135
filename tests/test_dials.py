"""Every dial is read, matters, and says where it comes from; every file of ours runs."""

import numpy as np
import pytest
from economy import POLICIES, SCENARIOS, same_until

from sim import parameters
from sim.dates import quarter_index
from sim.economy.model import AIEconomy
from sim.inputs.dials import Dials, Subject
from sim.inputs.policy import Law, Policy
from sim.inputs.scenario import Scenario

# --- Dials ---------------------------------------------------------------------------------------

DIALS = [f"{subject}.{name}" for subject, dials in parameters.SUBJECTS.items() for name in dials]
SETTABLE = [dotted for dotted in DIALS if not dotted.startswith("law.")]
LUCKS = 4  # worlds in which each dial is moved


@pytest.fixture(scope="module")
def read():
    """The names of all dials, laws and fields of labs that a run reads."""
    seen = set()

    def spy(kind, prefix):
        look = kind.__getattribute__

        def getattribute(self, name):
            seen.add((prefix or look(self, "__dict__").get("_name", ""), name))
            return look(self, name)

        patch.setattr(kind, "__getattribute__", getattribute)

    with pytest.MonkeyPatch.context() as patch:
        spy(Subject, "")
        spy(Law, "law")
        field = Dials.lab
        patch.setattr(Dials, "lab", lambda self, name: seen.add(("lab", name)) or field(self, name))
        AIEconomy("continued", worlds=128).run()  # so that labs fail in some
    return seen


@pytest.mark.parametrize("dotted", [*DIALS, *(f"lab.{name}" for name in parameters.LAB_FIELDS)])
def test_every_dial_is_read_by_somebody(dotted, read):
    assert tuple(dotted.split(".")) in read, f"nobody reads {dotted}"


# Data are plenty, money is easy and nobody fails in good times; not so in these.
HARD_TIMES = {
    "data.public_stock": 3e13,
    "data.crawl_share": 0.1,
    "data.licence_stock": 3e13,
    "capital.pool_ceiling": 3e10,
    "capital.prize": 5e11,
    "demand.ceiling": 0.4,
    "capital.raise_below": 0.3,
    "capital.least_runway": 0.1,
    "power.connected_us": 0.2,
    "capital.budget_cut": 0.02,
    "capital.pool": 5e8,
    "capital.entry_hurdle": 1.0,
    "capital.left_behind": 0.4,
    "capital.patience": 0.5,
    "compute.elsewhere": 1e8,
    "compute.elsewhere_follow": 0.1,
    "labs.xai.strategy": "hedger",
}
# There the weak are sold before they are broke; here they owe first.
OWING = HARD_TIMES | {
    "capital.left_behind": 9.0,
    "capital.patience": 9.0,
    "capital.prize": 1e13,
    "capital.pool_ceiling": 1e12,
    "capital.dilution": 0.02,
    "capital.public_most": 0.001,
}
# And here thinking meets its bound.
LONG_THOUGHT = {
    "scaling.test_time_slope": 1.0,
    "scaling.test_time_limit": 4.0,
    "scaling.test_time_most": 5.0,
}
# tested with an event in test_beliefs.py, and after a failure in test_failures.py
ONLY_ITS_CHANGE_MATTERS = {"beliefs.news", "research.spin_off_lag"}


def numbers_without_effect(story, policy):
    """Numbers that change nothing when moved half way to either end of their range.

    Each is moved in worlds of its own, which have the same luck as the first ones, unmoved.
    """
    numbers = [dotted for dotted in SETTABLE if parameters.find(dotted).kind == "number"]
    moves = [(dotted, end) for dotted in numbers for end in (0, 1)]
    worlds = np.tile(np.arange(LUCKS), len(moves) + 1)
    values = {}
    for dotted, setting in story.settings.items():
        subject, name = dotted.split(".")
        drawn = setting.value
        if dotted in numbers:
            drawn = np.full(len(worlds), setting.value)
            for end in (0, 1):
                first = LUCKS * (1 + moves.index((dotted, end)))
                far = parameters.find(dotted).allowed[end]
                drawn[first : first + LUCKS] = 0.5 * (setting.value + far)
        values.setdefault(subject, {})[name] = drawn
    dials = Dials(values, story.central()._labs, quarter_index(story.start), ())
    arrays = AIEconomy(story, policy, worlds=worlds, dials=dials).run().recorder.arrays
    same = np.ones((len(moves) + 1, LUCKS), bool)
    for array in arrays.values():
        split = array.reshape(*array.shape[:-1], *same.shape)
        alike = np.isclose(split, split[..., :1, :], rtol=1e-6, atol=1e-12)
        same &= alike.all(axis=tuple(range(split.ndim - 2)))
    effect = ~same[1:].all(axis=1)
    return set(numbers) - {dotted for (dotted, _), any_ in zip(moves, effect, strict=True) if any_}


def test_every_number_changes_something():
    good = Scenario.load("continued").change({"scaling.regime": "broken", "scaling.onset": 27.0})
    idle = numbers_without_effect(good, None)
    idle &= numbers_without_effect(good.change(HARD_TIMES), Policy.load("chip_export_control"))
    idle &= numbers_without_effect(good.change(OWING), None)
    idle &= numbers_without_effect(good.change(LONG_THOUGHT), None)
    assert idle <= ONLY_ITS_CHANGE_MATTERS, ", ".join(sorted(idle))


@pytest.mark.parametrize(
    ("dotted", "value"),
    [
        ("chips.lead_quarters", 6),
        ("research.release_quarters", 2),
        ("scaling.law", "hoffmann2022"),
        ("scaling.regime", "plateau"),
        ("data.replaces", True),
    ],
)
def test_every_choice_changes_something(dotted, value):
    # text is scarce, so that what synthetic text is worth matters in every world
    hard = {
        "scaling.onset": 26.0,
        "data.public_stock": 3e13,
        "data.crawl_share": 0.02,
        "data.licence_stock": 1e12,
        "data.user_tokens": 0.0,
    }
    story = Scenario.load("continued").change(hard)
    assert story.settings[dotted].value != value
    plain, other = (AIEconomy(s, worlds=4).run() for s in (story, story.change({dotted: value})))
    assert np.all(same_until(plain, other) < len(story.quarters))
    choices = {d for d in SETTABLE if parameters.find(d).kind in ("choice", "flag", "count")}
    assert dotted in choices and len(choices) == 5, "a new choice needs a line above"


@pytest.mark.parametrize("dotted", [*DIALS, *(f"lab.{name}" for name in parameters.LAB_FIELDS)])
def test_every_dial_says_what_it_is_and_where_it_comes_from(dotted):
    subject, name = dotted.split(".")
    dial = parameters.LAB_FIELDS[name] if subject == "lab" else parameters.SUBJECTS[subject][name]
    assert len(dial.what) >= 8 and not dial.what.endswith(".")
    assert len(dial.source) >= 3 and dial.unit
    assert "todo" not in (dial.what + dial.source).lower()


def test_what_is_drawn_in_logarithms_has_a_positive_range():
    for dotted in DIALS:
        dial = parameters.find(dotted)
        if dial.log:
            assert dial.allowed[0] > 0.0, dotted


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_says_why_and_runs(name):
    story = Scenario.load(name)
    assert len(story.title) > 3 and len(story.about.split()) > 15
    said = {
        **story.settings,
        **{
            f"labs.{lab}.{field}": setting
            for lab, fields in story.labs.items()
            for field, setting in fields.items()
        },
    }
    for dotted, setting in said.items():
        if setting.uncertain:
            assert len(setting.source) > 3, f"{dotted} of {name} is a guess without a source"
    assert all(len(event.what) > 8 for event in story.events)
    model = AIEconomy(story, worlds=3)
    for _ in range(6):
        model.step()
    assert np.all(np.isfinite(model.recorder.arrays["revenue"][:6]))


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_says_where_it_comes_from_and_runs(name):
    policy = Policy.load(name)
    assert len(policy.title) > 8 and len(policy.source) > 8
    model = AIEconomy(Scenario.load("continued").change({"end": "2020-Q3"}), policy, worlds=3)
    assert model.run().finished


def test_the_scenarios_that_were_promised_are_there():
    assert set(SCENARIOS) >= {
        "continued",
        "plateau",
        "data_wall",
        "power_wall",
        "chip_wall",
        "demand_saturation",
        "inference_turn",
        "token_industry",
        "bubble",
        "debt_wall",
        "overbuild",
    }
    assert set(POLICIES) >= {"compute_levy", "compute_cap", "chip_export_control"}
