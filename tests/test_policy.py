"""Policies: dated law, composed, and refused with a sentence where they are wrong."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import BadInput
from sim.inputs.policy import Policy
from sim.parameters import SUBJECTS

SHIPPED = sorted((Path(__file__).parent.parent / "scenarios" / "policies").glob("*.toml"))
LEVY = """
title  = "Levy"
source = "test"
[law.compute_levy_rate]
2027-01-01 = 0.02
2029-02-01 = 0.05
"""


@pytest.fixture
def levy(tmp_path):
    return Policy.load(_file(tmp_path, LEVY))


def _file(folder, text, name="levy"):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_empty_policy_is_neutral_at_any_date():
    for date in ("1990-Q1", "2030-Q2", "2100-Q4"):
        law = Policy().in_force(date)
        for name, dial in SUBJECTS["law"].items():
            assert getattr(law, name) == dial.value
    assert Policy().names == () and Policy().text == ""


@pytest.mark.parametrize(
    ("date", "rate"),
    [
        ("2020-Q1", 0.0),
        ("2026-Q4", 0.0),
        ("2027-Q1", 0.02),
        ("2028-Q4", 0.02),
        ("2029-Q1", 0.05),
        ("2040-Q4", 0.05),
    ],
)
def test_a_law_holds_from_the_quarter_of_its_date(levy, date, rate):
    assert levy.in_force(date).compute_levy_rate == rate
    assert levy.in_force(date).compute_cap_flop == math.inf


def test_policies_compose_in_any_order(levy):
    cap = Policy.of({"compute_cap_flop": {"2027-Q1": 1e27}}, "cap")
    for both in (levy + cap, cap + levy, Policy() + levy + cap):
        assert both.in_force("2027-Q1").compute_levy_rate == 0.02
        assert both.in_force("2027-Q1").compute_cap_flop == 1e27
    assert (levy + cap).names == ("levy", "cap")
    assert (levy + Policy()).hash == levy.hash


@pytest.mark.parametrize(
    "dated",
    [
        {"2027-03-31": 0.3},  # the same quarter
        {"2028-Q1": 0.10},  # between: the other's change of 2029 would end it without a word
        {"2035-Q1": 0.5},  # after
        {"2027-01-01": 0.02, "2029-02-01": 0.05},  # the very same: once is enough
    ],
)
def test_two_policies_that_set_one_law_are_refused(levy, dated):
    other = Policy.of({"compute_levy_rate": dated, "chip_export_share": {"2027-Q1": 0.5}}, "other")
    for one, two in ((levy, other), (other, levy), (Policy() + other, levy)):
        with pytest.raises(BadInput) as caught:
            one + two
        _says(caught, "other", "levy.toml", "set compute_levy_rate", "Leave one of the two out")
    cap = Policy.of({"compute_cap_flop": {"2030-Q1": 1e27}}, "cap")
    with pytest.raises(BadInput) as caught:
        sum((cap, levy, cap, other), Policy())
    _says(caught, "compute_cap_flop")


def test_every_law_that_two_policies_set_is_a_line(levy):
    laws = {"compute_levy_rate": {"2030-Q1": 0.1}, "profit_tax_rate": {"2030-Q1": 0.3}}
    with pytest.raises(BadInput) as caught:
        Policy.of(laws, "one") + Policy.of(laws, "two")
    assert len(caught.value.problems) == 2


def test_a_policy_is_not_added_to_something_else(levy):
    for other in ("compute_cap", None, 3, [levy]):
        with pytest.raises(BadInput, match="is no policy and cannot be added"):
            levy + other


def test_policies_are_summed(levy):
    cap = Policy.load("compute_cap")
    assert sum([levy, cap]).text == (levy + cap).text
    assert sum([levy]) is levy


@pytest.mark.parametrize(
    "date",
    [
        pd.date_range("2027-01-01", periods=3),
        pd.period_range("2027Q1", periods=1, freq="Q"),
        pd.Series([pd.Timestamp("2027-01-01")]),
        np.array(["2027-01-01"], "datetime64[D]"),
        ["2027-Q1"],
    ],
    ids=lambda date: type(date).__name__,
)
def test_the_law_in_force_is_of_one_date(levy, date):
    with pytest.raises(BadInput, match="is no date") as caught:
        levy.in_force(date)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("law", SUBJECTS["law"])
def test_a_law_is_repealed_by_its_neutral_value(tmp_path, law):
    neutral = SUBJECTS["law"][law].value
    strict = SUBJECTS["law"][law].allowed[0]
    policy = Policy.of({law: {"2027-Q1": strict, "2030-Q1": neutral}}, "for three years")
    again = Policy.load(_file(tmp_path, policy.text, "again"))
    for each in (policy, again):
        assert getattr(each.in_force("2029-Q4"), law) == strict
        assert vars(each.in_force("2030-Q1")) == vars(Policy().in_force("2030-Q1"))
    assert again.text == policy.text


def test_the_cap_of_a_file_is_repealed_by_inf(tmp_path):
    text = 'title = "Cap"\n[law.compute_cap_flop]\n2027-01-01 = 1e26\n2030-01-01 = inf\n'
    cap = Policy.load(_file(tmp_path, text, "cap"))
    assert cap.in_force("2029-Q4").compute_cap_flop == 1e26
    assert cap.in_force("2030-Q1").compute_cap_flop == math.inf


@pytest.mark.parametrize(
    "laws",
    [
        {"compute_levy_rate": {np.datetime64("2027-01-01"): np.float32(0.5)}},
        {"compute_levy_rate": {pd.Timestamp("2027-02-01"): np.array(0.5)}},
        {"compute_levy_rate": {pd.Period("2027Q1"): 0.5}},
        {"compute_levy_rate": pd.Series([0.5], index=pd.to_datetime(["2027-01-01"]))},
        pd.Series({"compute_levy_rate": {"2027-Q1": 0.5}}),
        {np.str_("compute_levy_rate"): {np.str_("2027-Q1"): Fraction(1, 2)}},
    ],
)
def test_dates_and_numbers_of_other_libraries_are_taken(laws):
    policy = Policy.of(laws)
    assert policy.in_force("2026-Q4").compute_levy_rate == 0.0
    assert policy.in_force("2027-Q1").compute_levy_rate == 0.5
    assert policy.text == Policy.of({"compute_levy_rate": {"2027-Q1": 0.5}}).text


@pytest.mark.parametrize(
    ("laws", "words"),
    [
        (None, "no table"),
        (["compute_levy_rate"], "no table"),
        ({"compute_levy_rate": 0.5}, "no table of dates"),
        ({"compute_levy_rate": {"2027-Q1": [0.1, 0.2]}}, "not a number"),
        ({"compute_levy_rate": {2027: 0.1}}, "no date"),
        ({"compute_levy_rate": {pd.NaT: 0.1}}, "no date"),
        ({"compute_levy_rate": {"2207-Q1": 0.1}}, "not in the years"),
        ({3: {"2027-Q1": 0.1}}, "no '3'"),
    ],
)
def test_what_is_no_law_in_python_is_refused(laws, words):
    with pytest.raises(BadInput) as caught:
        Policy.of(laws)
    _says(caught, "policy", words)


@pytest.mark.parametrize("name", [3, None, "", ["a"]])
def test_a_policy_needs_a_name(name):
    with pytest.raises(BadInput, match="Give a text"):
        Policy.of({"compute_levy_rate": {"2027-Q1": 0.5}}, name)


def test_a_variant_lists_only_what_differs(tmp_path):
    _file(tmp_path, LEVY)
    late = Policy.load(
        _file(
            tmp_path,
            """
        title = "Higher at the end"
        extends = "levy"
        [law.compute_levy_rate]
        2029-Q1 = 0.2
        """,
            "high",
        )
    )
    assert late.names == ("high",) and late.title == "Higher at the end"
    assert late.in_force("2028-Q4").compute_levy_rate == 0.02
    assert late.in_force("2029-Q1").compute_levy_rate == 0.2


def test_the_text_loads_as_the_same_policy(levy, tmp_path):
    again = Policy.load(_file(tmp_path, levy.text, "again"))
    assert again.text == levy.text and again.hash == levy.hash
    assert len(levy.hash) == 64


def test_the_law_cannot_be_changed_or_misspelt(levy):
    law = levy.in_force("2027-Q1")
    with pytest.raises(AttributeError, match="Change the policy"):
        law.compute_levy_rate = 1.0
    with pytest.raises(AttributeError, match="Did you mean 'compute_levy_rate'"):
        _ = law.compute_levi_rate


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_policy_loads_by_name_and_changes_the_law(path):
    policy = Policy.load(path.stem, folder=path.parent)
    assert policy.title and policy.source
    now, then = policy.in_force("2020-Q1"), policy.in_force("2040-Q4")
    assert vars(now) != vars(then)


BAD = {
    "unknown law": (
        "[law.compute_levi_rate]\n2027-01-01 = 0.1",
        ["[law]", "'compute_levi_rate'", "Did you mean 'compute_levy_rate'", "Known:"],
    ),
    "unknown table": (
        "[laws.compute_levy_rate]\n2027-01-01 = 0.1",
        ["'laws'", "Did you mean 'law'"],
    ),
    "a dial that is no law": ("[scaling]\nonset = 28.0", ["'scaling'", "in a policy"]),
    "out of range": (
        "[law.compute_levy_rate]\n2027-01-01 = 9",
        ["'2027-01-01' is 9", "Did you mean 0.09?", "-0.5 to 2 share of training"],
    ),
    "per cent": (
        "[law.compute_levy_rate]\n2027-01-01 = 5",
        ["'2027-01-01' is 5", "Did you mean 0.05?"],
    ),
    "a logarithm": ("[law.compute_cap_flop]\n2027-01-01 = 26", ["Did you mean 1e+26?"]),
    "infinite": ("[law.compute_levy_rate]\n2027-01-01 = inf", ["is inf", "finite"]),
    "less than nothing": (
        "[law.compute_cap_flop]\n2027-01-01 = -inf",
        ["is -inf", "finite", "or inf for none"],
    ),
    "nan": ("[law.compute_levy_rate]\n2027-01-01 = nan", ["is nan", "-0.5 to 2"]),
    "a year that is a slip": ("[law.compute_levy_rate]\n0207-01-01 = 0.1", ["not in the years"]),
    "wrong type": ('[law.compute_levy_rate]\n2027-01-01 = "high"', ["'high'", "not a number"]),
    "an interval": (
        "[law.compute_levy_rate]\n2027-01-01 = { low = 0, high = 1 }",
        ["not a number"],
    ),
    "no dates": ("[law]\ncompute_levy_rate = 0.1", ["no table of dates", "2027-01-01 = 0.02"]),
    "no date": ("[law.compute_levy_rate]\nsoon = 0.1", ["'soon'", "Write it like 2027-06-01"]),
    "no day": (
        "[law.compute_levy_rate]\n2027-02-31 = 0.1",
        ["no day of the calendar", "Correct it"],
    ),
    "one quarter twice": (
        "[law.compute_levy_rate]\n2027-01-01 = 0.1\n2027-03-01 = 0.2",
        ["twice in 2027-Q1", "Leave one"],
    ),
    "nothing": ("", ["changes no law", "[law.compute_levy_rate]"]),
    "a source that is no text": (
        "source = 3\n[law.compute_levy_rate]\n2027-01-01 = 0.1",
        ["'source'", "quotes"],
    ),
    "a circle": ('extends = "bad"', ["circle", "Remove"]),
    "a way out": ('extends = "../bad"', ["'../bad'", "same folder"]),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_a_bad_policy_is_refused_with_file_place_and_remedy(tmp_path, text, words):
    path = _file(tmp_path, 'title = "Bad"\n' + text, "bad")
    with pytest.raises(BadInput) as caught:
        Policy.load(path)
    _says(caught, "bad.toml: ", *words)


def test_a_policy_without_title_is_refused(tmp_path):
    path = _file(tmp_path, "[law.compute_levy_rate]\n2027-01-01 = 0.1")
    with pytest.raises(BadInput, match="levy.toml: has no 'title'"):
        Policy.load(path)


def test_a_missing_policy_is_refused_with_the_nearest_name(tmp_path):
    _file(tmp_path, LEVY)
    with pytest.raises(BadInput) as caught:
        Policy.load("levi", folder=tmp_path)
    _says(caught, "'levi'", "Did you mean 'levy'")


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    path = _file(tmp_path, 'title = "Bad"\n[law.compute_levy_rate]\nsoon = 9\n[law.wrong]\n')
    with pytest.raises(BadInput) as caught:
        Policy.load(path)
    assert len(caught.value.problems) == 3
    assert len(str(caught.value).splitlines()) == 3


def _says(caught, *words):
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)
