"""Quarters: labels, counting, and what counts as a date."""

import datetime

import numpy as np
import pandas as pd
import pytest

from sim.dates import quarter_index, quarter_label, quarter_of
from sim.errors import BadInput


def test_labels_and_numbers_are_inverse():
    for index in range(quarter_index("2019-Q4"), quarter_index("2041-Q1")):
        assert quarter_index(quarter_label(index)) == index


def test_quarters_are_counted_in_order():
    assert quarter_index("2021-Q1") - quarter_index("2020-Q1") == 4
    assert quarter_label(quarter_index("2020-Q4") + 1) == "2021-Q1"


@pytest.mark.parametrize(
    "date",
    [
        "2027-Q2",
        "2027-06-01",
        np.str_("2027-Q2"),
        datetime.date(2027, 4, 1),
        datetime.datetime(2027, 6, 30, 23, 59),
        np.datetime64("2027-06-01"),
        np.datetime64("2027-06-01T10:00:00", "ns"),
        np.datetime64("2027-05"),
        pd.Timestamp("2027-06-01"),
        pd.Timestamp("2027-06-30 23:59", tz="UTC"),
        pd.Period("2027Q2"),
        pd.Period("2027-05"),
    ],
)
def test_a_day_falls_in_its_quarter(date):
    assert quarter_label(quarter_of(date)) == "2027-Q2"


@pytest.mark.parametrize(
    "date",
    [
        "2027",
        "2027-Q5",
        "Q2-2027",
        "2027-13-01",
        "2027-02-30",
        "0000-Q1",
        "",
        2027,
        2027.5,
        True,
        None,
        ["2027-Q2"],
        datetime.time(1, 2),
        np.datetime64("NaT"),
        pd.NaT,
        pd.NA,
        float("nan"),
        "0202-Q1",
        "2207-01-01",
        datetime.date(20, 6, 1),
        "2027-Q\u0662",
        np.datetime64("2027"),
        pd.Period("2027"),
        pd.Period("2027-03-30", "W"),
        pytest.param(10**5000, id="a huge number"),
    ],
)
def test_what_is_no_date_is_refused_with_an_example(date):
    with pytest.raises(BadInput, match="Write it like|Correct it"):
        quarter_of(date)


@pytest.mark.parametrize("label", ["2027-06-01", "27-Q1", 8108, None])
def test_what_is_no_label_is_refused(label):
    with pytest.raises(BadInput, match="2027-Q2"):
        quarter_index(label)
