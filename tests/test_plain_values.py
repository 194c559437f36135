"""Numbers, names, dates and lists of numpy and pandas are taken wherever plain ones are."""

import datetime
import enum
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from sim.errors import BadInput
from sim.inputs.plain_values import as_plain
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario


class Named(str, enum.Enum):  # noqa: UP042 (whose text is another in each Python)
    ONE = "demand.elasticity"


class PlainName(enum.Enum):
    ONE = "a"


class Numbered(enum.IntEnum):
    ONE = 1


@pytest.fixture(scope="module")
def continued():
    return Scenario.load("continued")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(1.5), 1.5),
        (np.float32(1.5), 1.5),
        (np.int8(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(1.5), 1.5),
        (np.array([1, 2]), [1, 2]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([np.float64(1), "x"], dtype=object), [1.0, "x"]),
        ((1, 2), [1, 2]),
        (range(2), [0, 1]),
        (pd.Series([1.0, 2.0]), [1.0, 2.0]),
        (pd.Series([1.0, 2.0], index=[7, 9]), [1.0, 2.0]),
        (pd.Series({"low": 1.0, "high": 2.0}), {"low": 1.0, "high": 2.0}),
        (np.longdouble(1.5), 1.5),
        (np.array(np.longdouble(1.5)), 1.5),
        (np.array([np.longdouble(1.5)]), [1.5]),
        (np.ma.array([1.0, 2.0]), [1.0, 2.0]),
        (np.ma.masked, None),
        (np.ma.array([1.0, 2.0], mask=[False, True]), [1.0, None]),
        (np.array(["2027-06-01"], "datetime64[D]"), [datetime.date(2027, 6, 1)]),
        (Named.ONE, "demand.elasticity"),
        (Numbered.ONE, 1),
        (
            {Named.ONE: Numbered.ONE, PlainName.ONE: [PlainName.ONE]},
            {"demand.elasticity": 1, "a": ["a"]},
        ),
        (pd.Series({"a": np.int64(1)}), {"a": 1}),
        (pd.Index([1, 2]), [1, 2]),
        (pd.array([1, 2]), [1, 2]),
        (Decimal("1.5"), 1.5),
        (Fraction(1, 2), 0.5),
        (np.datetime64("2027-06-01"), datetime.date(2027, 6, 1)),
        (np.datetime64("2027-06-01T12", "ns"), datetime.date(2027, 6, 1)),
        ({"a": {"b": np.float64(1)}}, {"a": {"b": 1.0}}),
        ("\ud800", "\\ud800"),
    ],
    ids=repr,
)
def test_a_value_becomes_plain(value, plain):
    found = as_plain(value, "here")
    assert found == plain and type(found) is type(plain)


@pytest.mark.parametrize(
    "pair",
    [
        (1.1, 1.3),
        [1.1, 1.3],
        np.array([1.1, 1.3]),
        [np.float64(1.1), np.float64(1.3)],
        pd.array([1.1, 1.3]),
        pd.Index([1.1, 1.3]),
        {"low": np.float64(1.1), "high": 1.3},
        pd.Series({"low": 1.1, "high": 1.3}),
    ],
    ids=lambda pair: type(pair).__name__,
)
def test_a_pair_is_an_interval(continued, pair):
    changed = continued.change({"demand.elasticity": pair})
    assert changed.text == continued.change({"demand.elasticity": (1.1, 1.3)}).text
    setting = changed.settings["demand.elasticity"]
    assert (setting.low, setting.high) == (1.1, 1.3)


def test_a_row_of_a_table_is_a_change(continued):
    design = pd.DataFrame({"demand.elasticity": [1.1, 1.2], "chips.lead_quarters": [2, 3]})
    for _, row in design.iterrows():
        changed = continued.change(row)
        assert changed.settings["demand.elasticity"].value == row["demand.elasticity"]
        assert changed.settings["chips.lead_quarters"].value == row["chips.lead_quarters"]


def test_a_series_is_the_two_ends_of_an_interval(continued):
    setting = continued.change({Named.ONE: pd.Series([1.1, 1.4])}).settings["demand.elasticity"]
    assert (setting.low, setting.high) == (1.1, 1.4)


@pytest.mark.parametrize(
    "end", [pd.Period("2030"), np.datetime64("2030"), np.array("2030", "M8[Y]")]
)
def test_a_year_is_no_quarter(continued, end):
    with pytest.raises(BadInput, match="'end'.*2030.*longer than a quarter"):
        continued.change({"end": end})


@pytest.mark.parametrize(
    ("dotted", "value", "plain"),
    [
        ("labs.openai.region", np.str_("china"), "china"),
        ("labs.openai.corporate", np.bool_(True), True),
        ("labs.openai.release_offset", np.int64(2), 2),
        ("labs.openai.opens", pd.Timestamp("2021-05-01"), "2021-Q2"),
        ("labs.openai.opens", np.datetime64("2021-05-01"), "2021-Q2"),
        ("labs.openai.opens", pd.Period("2021Q2"), "2021-Q2"),
        ("labs.openai.cash", np.float32(0.5), 0.5),
    ],
)
def test_every_kind_of_dial_takes_them(continued, dotted, value, plain):
    changed = continued.change({np.str_(dotted): value})
    _, lab, field = dotted.split(".")
    assert changed.labs[lab][field].value == plain
    assert type(changed.labs[lab][field].value) is type(plain)
    assert changed.change({"end": pd.Timestamp("2030-12-31")}).end == "2030-Q4"


def test_names_and_paths_are_taken(tmp_path):
    assert Scenario.load(np.str_("plateau")).name == "plateau"
    assert Policy.load(np.str_("compute_levy")).names == ("compute_levy",)
    file = tmp_path / "mine.toml"
    file.write_text('title = "x"\n[labs.a]\ntitle = "a"\n')
    for given in (file, str(file), np.str_(file)):
        assert Scenario.load(given).name == "mine"
    for folder in (tmp_path, str(tmp_path)):
        assert Scenario.load("mine", folder=folder).name == "mine"


def test_events_are_added_and_taken_away(continued):
    event = {"date": pd.Timestamp("2030-01-01"), "set": {"beliefs.news": np.float64(-0.5)}}
    one = continued.change({"events": [event]})
    two = one.change({"events": [{**event, "date": f"{year}-Q1"} for year in (2031, 2030, 2029)]})
    assert [e.date for e in two.events] == ["2029-Q1", "2030-Q1", "2031-Q1"]
    assert two.change({"events": []}).text == continued.text


@pytest.mark.parametrize(
    "value",
    [
        pd.NA,
        pd.NaT,
        None,
        np.nan,
        1j,
        np.complex128(1),
        Decimal("nan"),
        pd.DataFrame(),
        print,
        [],
        np.ma.masked,
        np.ma.array([1.1, 1.2], mask=[False, True]),
        np.array([1.1, 1j]),
    ],
    ids=str,
)
def test_what_is_no_number_is_refused(continued, value):
    with pytest.raises(BadInput, match="elasticity"):
        continued.change({"demand.elasticity": value})
    with pytest.raises(BadInput):
        continued.change(value)
