"""Scenarios: loading, variants, and the draw of uncertain dials."""

import pickle

import numpy as np
import pytest

from sim import parameters
from sim.errors import BadInput
from sim.inputs.scenario import Scenario
from sim.parameters import LAB_FIELDS, SUBJECTS

WORLDS = np.arange(2000)
TOY = """
title = "Toy"
about = "Two labs."
end   = "2024-Q4"

[scaling]
onset = { low = 27.5, high = 29.5, source = "a guess" }

[demand]
elasticity = 1.3
potential_households = { low = 1e10, high = 1e11 }

[labs.alpha]
title  = "Alpha"
cash   = 1e8
opens  = 2019-06-01
[labs.beta]
title  = "Beta"
region = "china"
cash   = { low = 1e8, high = 4e8, value = 2e8 }
opens  = "2021-Q2"
corporate = true

[[events]]
date = 2022-06-01
what = "A leak"
set  = { "beliefs.news" = -0.4 }
[[events]]
date = "2021-Q1"
set  = { beliefs.news = 0.2, demand.elasticity = 1.5 }
"""


def write(folder, text, name="toy"):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def toy(tmp_path):
    return Scenario.load(write(tmp_path, TOY))


# What a file says


def test_a_scenario_says_what_its_file_says(toy):
    assert (toy.name, toy.title, toy.about) == ("toy", "Toy", "Two labs.")
    assert toy.quarters[0] == "2020-Q1" and toy.quarters[-1] == "2024-Q4"
    assert len(toy.quarters) == 20
    onset = toy.settings["scaling.onset"]
    assert onset.uncertain and (onset.low, onset.high, onset.value) == (27.5, 29.5, 28.5)
    assert onset.source == "a guess" and onset.where.endswith("toy.toml: [scaling] onset")
    assert [event.date for event in toy.events] == ["2021-Q1", "2022-Q2"]


def test_every_dial_but_the_law_has_a_setting_with_a_source_or_a_place(toy):
    expected = {
        f"{subject}.{name}"
        for subject, dials in SUBJECTS.items()
        for name in dials
        if subject != "law"
    }
    assert toy.settings.keys() == expected
    assert all(fields.keys() == LAB_FIELDS.keys() for fields in toy.labs.values())
    default = toy.settings["demand.churn"]
    assert default.where == "default" and default.source == SUBJECTS["demand"]["churn"].source


def test_a_name_is_found_in_a_folder_and_in_the_current_directory(tmp_path, monkeypatch, toy):
    assert Scenario.load("toy", folder=tmp_path).hash == toy.hash
    (tmp_path / "scenarios").mkdir()
    write(tmp_path / "scenarios", TOY, "crunch")
    monkeypatch.chdir(tmp_path)
    assert Scenario.load("crunch").name == "crunch"
    assert Scenario.load("scenarios/crunch.toml").hash == toy.hash


def test_a_variant_lists_only_what_differs(tmp_path, toy):
    variant = Scenario.load(
        write(
            tmp_path,
            """
        title   = "Variant"
        extends = "toy"
        [demand]
        elasticity = 2
        [labs.beta]
        cash = 5e8
        [labs.gamma]
        title = "Gamma"
        [[events]]
        date = "2023-Q1"
        set  = { "beliefs.news" = 0 }
        """,
            "variant",
        )
    )
    assert variant.title == "Variant" and variant.about == toy.about and variant.end == toy.end
    assert list(variant.labs) == ["alpha", "beta", "gamma"]
    assert variant.labs["beta"]["cash"].value == 5e8
    assert variant.labs["beta"]["region"].value == "china"
    assert len(variant.events) == 3
    changed = {name for name in toy.settings if toy.settings[name] != variant.settings[name]}
    assert changed == {"demand.elasticity"}


def test_the_text_loads_as_the_same_scenario(tmp_path, toy):
    again = Scenario.load(write(tmp_path, toy.text, "again"))
    assert again.text == toy.text and again.hash == toy.hash
    assert len(toy.hash) == 64


def test_quotes_and_accents_survive_the_text(tmp_path, toy):
    odd = toy.change({"about": 'He said "no"\\ \t\x7f\nÉté 中文'})
    assert Scenario.load(write(tmp_path, odd.text, "odd")).about == odd.about


def test_a_scenario_can_be_sent_to_another_process(toy):
    assert pickle.loads(pickle.dumps(toy)).hash == toy.hash


def test_a_change_makes_another_scenario(toy):
    other = toy.change(
        {
            "demand.elasticity": 1.2,
            "scaling.onset": (27.0, 28.0),
            "labs.alpha.cash": np.float64(3e8),
            "end": "2030-Q4",
            "scaling.law": "hoffmann2022",
        }
    )
    assert other.settings["demand.elasticity"].value == 1.2
    assert other.settings["scaling.onset"].high == 28.0
    assert other.labs["alpha"]["cash"].value == 3e8 and other.quarters[-1] == "2030-Q4"
    assert toy.settings["demand.elasticity"].value == 1.3 and toy.end == "2024-Q4"
    assert other.hash != toy.hash and toy.change({}).hash == toy.hash


# Drawing


def test_what_is_fixed_is_a_number_and_what_is_uncertain_an_array(toy):
    dials = toy.draw(0, WORLDS)
    assert dials.demand.elasticity == 1.3 and isinstance(dials.demand.elasticity, float)
    assert dials.scaling.onset.shape == (2000,)
    assert dials.lab_names == ("alpha", "beta")
    assert dials.lab("cash").shape == (2, 2000) and dials.lab("brand").shape == (2, 1)
    assert (dials.lab("cash")[0] == 1e8).all() and dials.lab("cash")[1].std() > 0
    assert dials.lab("region") == ("us", "china") and dials.lab("corporate") == (False, True)
    assert dials.lab("opens") == (-3, 5)  # quarters from the start


def test_drawn_numbers_are_read_only(toy):
    dials = toy.draw(0, WORLDS)
    for array in (dials.scaling.onset, dials.lab("cash"), dials.lab("brand")):
        with pytest.raises(ValueError):
            array[0] = 0
    with pytest.raises(AttributeError, match="Change the scenario"):
        dials.demand.elasticity = 2.0


def test_a_misspelt_dial_in_the_code_is_told_with_the_nearest_name(toy):
    dials = toy.central()
    with pytest.raises(AttributeError, match="Did you mean 'elasticity'"):
        _ = dials.demand.elasticty
    with pytest.raises(AttributeError, match="Did you mean 'demand'"):
        _ = dials.demnd
    with pytest.raises(AttributeError, match="Did you mean 'cash'"):
        dials.lab("cahs")


@pytest.mark.parametrize("dial", ["scaling.onset", "demand.potential_households"])
def test_an_interval_holds_nine_tenths_of_the_worlds_evenly(toy, dial):
    subject, name = dial.split(".")
    drawn = getattr(getattr(toy.draw(3, np.arange(10_000)), subject), name)
    setting = toy.settings[dial]
    assert np.mean(drawn < setting.low) == pytest.approx(0.05, abs=0.01)
    assert np.mean(drawn > setting.high) == pytest.approx(0.05, abs=0.01)
    assert np.median(drawn) == pytest.approx(setting.value, rel=0.05)


def test_a_draw_stays_in_the_allowed_range_and_is_not_heaped_at_its_ends(toy):
    low, high = SUBJECTS["demand"]["elasticity"].allowed
    wide = toy.change({"demand.elasticity": (low, high)}).draw(0, WORLDS).demand.elasticity
    assert wide.min() >= low and wide.max() <= high
    assert len(np.unique(wide)) == len(wide)


def test_the_centre_is_the_value_given_else_the_median(toy):
    dials = toy.central()
    assert dials.scaling.onset == 28.5
    assert dials.demand.potential_households == pytest.approx(1e10 * np.sqrt(10))
    assert dials.lab("cash").tolist() == [[1e8], [2e8]]


def test_world_k_alone_is_drawn_as_in_a_crowd(toy):
    crowd, alone = toy.draw(0, WORLDS), toy.draw(0, np.array([1500]))
    assert alone.scaling.onset[0] == crowd.scaling.onset[1500]
    assert alone.lab("cash")[1, 0] == crowd.lab("cash")[1, 1500]
    again = toy.draw(1, np.array([1500]))
    assert again.scaling.onset[0] != alone.scaling.onset[0]


def test_scenarios_that_differ_in_a_dial_or_a_lab_draw_the_rest_alike(toy):
    other = toy.change(
        {
            "demand.elasticity": (1.1, 1.5),
            "labs.gamma.title": "Gamma",
            "labs.gamma.cash": (1e8, 2e8),
        }
    )
    here, there = toy.draw(0, WORLDS), other.draw(0, WORLDS)
    np.testing.assert_array_equal(here.scaling.onset, there.scaling.onset)
    np.testing.assert_array_equal(here.lab("cash"), there.lab("cash")[:2])


def test_a_narrower_interval_keeps_the_order_of_the_worlds(toy):
    narrow = toy.change({"scaling.onset": (28.4, 28.6)})
    order = np.argsort(toy.draw(0, WORLDS).scaling.onset)
    assert (np.diff(narrow.draw(0, WORLDS).scaling.onset[order]) >= 0).all()


def test_shares_of_one_whole_are_drawn_to_sum_to_one(toy, monkeypatch):
    group = ("research.weight_final", "research.weight_experiments")
    monkeypatch.setattr(parameters, "SHARES_THAT_SUM_TO_ONE", (group,))
    shares = toy.change({group[0]: (0.1, 0.3), group[1]: 0.8})
    drawn = shares.draw(0, WORLDS).research
    np.testing.assert_allclose(drawn.weight_final + drawn.weight_experiments, 1, rtol=1e-12)
    central = shares.central().research
    assert central.weight_final == pytest.approx(0.2)
    with pytest.raises(BadInput, match=r"change: \[research\] .*weight_final.*sum to 0.9, not 1"):
        toy.change({group[0]: 0.1, group[1]: 0.8})


def test_stress_covers_the_allowed_range_of_every_number(toy):
    dials = toy.stress(0, WORLDS)
    for dotted, setting in toy.settings.items():
        dial = parameters.find(dotted)
        subject, name = dotted.split(".")
        drawn = getattr(getattr(dials, subject), name)
        if dial.kind != "number":
            assert drawn == setting.value
            continue
        if any(dotted in group for group in parameters.SHARES_THAT_SUM_TO_ONE):
            assert ((drawn >= 0.0) & (drawn <= 1.0)).all()  # after they are made to sum to one
            continue
        low, high = dial.allowed
        assert np.isfinite(drawn).all() and drawn.min() >= low and drawn.max() <= high
        inner = (
            np.log([low, high, *np.quantile(drawn, [0.05, 0.95])])
            if dial.log
            else np.array([low, high, *np.quantile(drawn, [0.05, 0.95])])
        )
        reach = (inner[2:] - inner[0]) / (inner[1] - inner[0])
        assert reach == pytest.approx([0.05, 0.95], abs=0.03), dotted


# Events


def test_an_event_holds_from_its_quarter_on(toy):
    dials = toy.draw(0, WORLDS)
    assert dials.in_force("2020-Q4") is dials
    first = dials.in_force("2021-Q1")
    assert (first.beliefs.news, first.demand.elasticity) == (0.2, 1.5)
    second = dials.in_force(9)
    assert (second.beliefs.news, second.demand.elasticity) == (-0.4, 1.5)
    assert second.scaling.onset is dials.scaling.onset
    assert dials.beliefs.news == 0.0


def test_the_same_dials_come_back_while_nothing_changes(toy):
    dials = toy.draw(0, WORLDS)
    assert dials.in_force(5) is dials.in_force(8) is dials.in_force(9).in_force(4)
    assert dials.in_force(9).in_force(0) is dials


def test_a_variants_event_wins_over_the_same_event_of_its_parent(tmp_path, toy):
    variant = Scenario.load(
        write(
            tmp_path,
            """
        title = "Variant"
        extends = "toy"
        [[events]]
        date = "2022-Q2"
        set  = { "beliefs.news" = -0.9 }
        """,
            "variant",
        )
    )
    assert variant.central().in_force("2022-Q2").beliefs.news == -0.9
