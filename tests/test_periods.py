"""Periods: which quarters a date stands for, and that a wrong one says where it was given."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import BadInput
from sim.history.backtest.run import Dates
from sim.history.calibration.plan import Plan
from sim.history.record.periods import Period, date_asked, label_of, period_of, window

QUARTERS = st.integers(4 * 1900, 4 * 2199 + 3)


@given(QUARTERS)
def test_a_label_is_read_as_the_quarter_it_was_made_of(quarter):
    assert period_of(label_of(Period(quarter, quarter)))[0] == Period(quarter, quarter)


@given(st.integers(1, 9999))
def test_a_year_is_four_quarters_and_its_middle_is_their_middle(year):
    period, middle = period_of(f"{year:04d}")
    assert label_of(period) == f"{year:04d}" and period.last - period.first == 3
    assert middle == (period.first + period.last + 1) / 8.0


@given(QUARTERS, QUARTERS, QUARTERS)
def test_a_period_lies_in_a_window_if_both_its_ends_do(first, last, quarter):
    whole = Period(min(first, last), max(first, last))
    assert Period(quarter, quarter).within(whole) == (whole.first <= quarter <= whole.last)
    assert whole.within(whole) and whole.within(window())


def test_a_window_is_open_where_there_is_no_date():
    assert window("2022", "2023-05") == Period(4 * 2022, 4 * 2023 + 1)
    assert period_of("9999")[0].within(window()) and window("2022").last == window().last
    with pytest.raises(BadInput, match="'2023' is after '2022-Q4'. Swap the two dates"):
        window("2023", "2022-Q4")


@pytest.mark.parametrize("date", ["2024-Q9", "2024-13", "yesterday", "2024-02-30", " ", "24", ""])
def test_a_wrong_date_says_where_it_was_given_in_one_sentence(date):
    for ask, where in (
        (lambda: date_asked("--until", date), "--until: "),
        (lambda: window(None, date), "until: "),
        (lambda: window(date), "since: "),
        (lambda: Dates(known_until=date), "known_until: "),
        (lambda: Plan(date), "until: "),
    ):
        with pytest.raises(BadInput) as refused:
            ask()
        (line,) = refused.value.problems
        assert line.startswith(where) and line.endswith(".") and not line.endswith("..")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"worlds": 399}, "worlds"),
        ({"worlds": 1_000_001}, "worlds"),
        ({"rounds": 0}, "rounds"),
        ({"rounds": 51}, "rounds"),
        ({"keep": 0}, "keep"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"workers": 0}, "workers"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_where_it_is_made(wrong, name):
    with pytest.raises(BadInput, match=f"^{name}: "):
        Plan("2023", **wrong)


@given(st.integers(1, 50), st.integers(5_000, 1_000_000))
def test_the_rounds_of_a_plan_share_its_worlds_evenly(rounds, worlds):
    sizes = Plan("2023", worlds=worlds, rounds=rounds).sizes
    assert sum(sizes) == worlds and len(sizes) == rounds
    assert max(sizes) - min(sizes) <= 1 and sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": 1.5},
        {"rounds": True},
        {"worlds": "400"},
        {"keep": None},
        {"workers": 1.0},
        {"until": None},
        {"cache": 3},
    ],
    ids=str,
)
def test_a_plan_takes_whole_numbers_and_a_date_and_nothing_like_them(wrong):
    with pytest.raises(BadInput) as refused:
        Plan(**{"until": "2023", **wrong})
    (line,) = refused.value.problems
    assert line.startswith(f"{next(iter(wrong))}: ") and line.endswith(".")


def test_whole_numbers_of_numpy_are_plain_in_a_plan():
    assert Plan("2023", worlds=np.int64(400), seed=np.int8(3)) == Plan("2023", worlds=400, seed=3)
    assert Plan("2023", cache="kept").cache == Path("kept")
    assert type(Plan("2023", seed=np.int8(3)).seed) is int
