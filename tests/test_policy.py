"""Policies: dated law, composed, and refused with a sentence where they are wrong."""

import math
from pathlib import Path

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


def test_two_policies_may_set_one_law_on_different_dates(levy):
    later = Policy.of({"compute_levy_rate": {"2035-Q1": 0.5}}, "later")
    assert (levy + later).in_force("2034-Q4").compute_levy_rate == 0.05
    assert (levy + later).in_force("2035-Q1").compute_levy_rate == 0.5


def test_two_policies_that_set_one_law_at_one_date_are_refused(levy):
    other = Policy.of({"compute_levy_rate": {"2027-03-31": 0.3}}, "other")
    with pytest.raises(BadInput) as caught:
        levy + other
    _says(caught, "other: [law.compute_levy_rate]", "2027-Q1", "levy.toml", "Leave one of the two")


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
        ["[law.compute_levy_rate] '2027-01-01' is 9", "0 to 5 share of training"],
    ),
    "infinite": ("[law.compute_cap_flop]\n2027-01-01 = inf", ["is inf", "finite", "FLOP"]),
    "nan": ("[law.compute_levy_rate]\n2027-01-01 = nan", ["is nan", "0 to 5"]),
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
