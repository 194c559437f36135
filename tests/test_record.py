"""The record: the one that is shipped is sound, and a bad one is refused line by line."""

import csv
import math
import re

import pytest
from economy import ROOT

from sim.errors import BadInput
from sim.history.record.groups import BY_GROUP, GROUP_OF
from sim.history.record.observables import BOUNDS, MARKET, OBSERVABLES
from sim.history.record.past import Period
from sim.history.record.rows import ASSUMED, COLUMNS, GROUPS, SHIPPED, Z90, period_of, read
from sim.inputs.scenario import Scenario

LABS = list(Scenario.load("continued").labs)
GOOD = dict(
    zip(
        COLUMNS,
        (
            "X1",
            "revenue",
            "run_rate",
            "openai",
            "2024-03",
            "2e9",
            "1e9",
            "4e9",
            "USD/year",
            "a paper",
            "high",
            "a note, with a comma",
        ),
        strict=True,
    )
)


def written(folder, *changes, header=COLUMNS):
    """A record file with a row for each change of a good one."""
    file = folder / "mine.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(header)
        table.writerows([GOOD | change][0].values() for change in changes)
    return file


@pytest.fixture(scope="module")
def rows():
    return read(labs=LABS)


def test_each_observable_is_of_one_group():
    assert set(GROUP_OF) == set(OBSERVABLES) and list(BY_GROUP) == list(GROUPS)
    assert len(GROUP_OF) == sum(map(len, BY_GROUP.values()))


def test_what_a_record_may_hold_is_written_down():
    text = (ROOT / "docs/record.md").read_text().split("## A record of one's own")[1]
    for name in (*COLUMNS, *GROUPS, *ASSUMED, MARKET):
        assert f"`{name}`" in text, name


def test_as_many_facts_are_listed_as_it_says():
    text = (ROOT / "docs/record.md").read_text().split("## Facts of 2025")[1]
    [said] = re.findall(r"(\d+) facts of 2025 in the collection serve no row", text)
    cells = re.findall(r"^\| ([A-Z]\d{3}[^|]*) \|", text, re.MULTILINE)
    listed = []
    for fact in ", ".join(cells).split(", "):
        first, _, last = fact.partition("-")
        ends = int(first[1:]), int((last or first)[1:])
        listed += [f"{first[0]}{number:03}" for number in range(ends[0], ends[1] + 1)]
    assert int(said) == len(listed) == len(set(listed))


def test_the_shipped_record_is_large_and_speaks_of_everything(rows):
    assert len(rows) >= 150
    assert {row.group for row in rows} == set(GROUPS)
    assert {row.observable for row in rows} == set(OBSERVABLES), "an observable nobody observed"
    assert len({row.id for row in rows}) == len(rows)
    for group in GROUPS:
        assert sum(row.group == group for row in rows) >= 8, group


def test_the_shipped_record_ends_with_2025_and_names_sources(rows):
    assert max(row.period.last for row in rows) == 4 * 2026 - 1, "2026 is held out"
    assert all(len(row.source) > 3 for row in rows)
    text = SHIPPED.read_text()
    for word in ("/work", "/tmp", "TODO", "todo"):
        assert word not in text
    assert str(ROOT) not in text


def test_low_confidence_has_a_reason(rows):
    assert all(len(row.note) > 12 for row in rows if row.confidence == "low")


def test_every_unit_has_bounds_and_the_shipped_record_is_far_within(rows):
    assert {observable.unit for observable in OBSERVABLES.values()} == set(BOUNDS)
    for row in rows:
        least, most = BOUNDS[row.unit]
        if most > 1.0:
            assert least * 100.0 <= row.value <= most / 5.0, row
        assert least <= row.value <= most


def test_no_observation_is_there_twice(rows):
    assert len({(row.series, row.date) for row in rows}) == len(rows)


def test_errors_come_from_the_interval_or_from_confidence(tmp_path):
    bare = {"low": "", "high": ""}
    others = ({"id": c, "confidence": c} | bare for c in ("high", "medium", "low"))
    known, high, medium, low = read(written(tmp_path, {}, *others))
    assert known.error == pytest.approx(math.log10(4.0) / (2 * Z90))
    assert high.interval == pytest.approx((2e9 / 1.1, 2.2e9))
    for row in (high, medium, low):
        assert row.error == pytest.approx(math.log10(ASSUMED[row.confidence]) / Z90)
    assert high.error < medium.error < low.error


def test_the_error_of_a_map_is_counted_in_and_points_become_oom(tmp_path):
    (row,) = read(
        written(
            tmp_path,
            {
                "group": "capability",
                "observable": "eci",
                "entity": "market",
                "value": "124.5",
                "low": "116.5",
                "high": "132.5",
                "unit": "ECI points",
            },
        )
    )
    assert row.oom == pytest.approx(124.5 / 8.0)
    assert row.own_error == pytest.approx(2.0 / (2 * Z90))
    assert row.error == pytest.approx(math.hypot(row.own_error, OBSERVABLES["eci"].map_error))


@pytest.mark.parametrize(
    ("date", "first", "last", "middle"),
    [
        ("2024-03", "2024-1", "2024-1", 2024 + 2.5 / 12),
        ("2024-Q3", "2024-3", "2024-3", 2024.625),
        ("2023", "2023-1", "2023-4", 2023.5),
        ("2024-12-31", "2024-4", "2024-4", 2025.0),
        ("2024-01-01", "2024-1", "2024-1", 2024.0),
    ],
)
def test_dates(date, first, last, middle):
    def index(label):
        return 4 * int(label[:4]) + int(label[5]) - 1

    period, when = period_of(date)
    assert period == Period(index(first), index(last))
    assert when == pytest.approx(middle, abs=0.01)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "24-03",
        "2024-13",
        "2024-00",
        "2024-Q5",
        "2024-02-30",
        "March 2024",
        "2024/03",
        "0000",
        "2019/2024",
        "2024-3",
    ],
)
def test_what_is_no_date_is_refused(date):
    with pytest.raises(BadInput, match="no d"):
        period_of(date)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"observable": "run_rat"}, ["run_rat", "run_rate"]),
        ({"group": "revenu"}, ["revenu", "Did you mean 'revenue'"]),
        ({"group": "capex"}, ["run_rate is of the group 'revenue', not 'capex'."]),
        ({"entity": "opnai"}, ["opnai", "openai"]),
        ({"entity": "market"}, ["run_rate is of a lab"]),
        ({"entity": ""}, ["lab"]),
        ({"observable": "rent", "unit": "USD/H100e-hour"}, ["of the market", "openai"]),
        ({"date": "spring 2024"}, ["spring 2024", "2024-Q1"]),
        ({"date": "2024"}, ["run_rate is of a month or quarter"]),
        ({"observable": "calendar_revenue"}, ["a year, 2024", "2024-03"]),
        ({"value": "2 billion"}, ["value '2 billion' is not a number"]),
        ({"value": "nan"}, ["not a finite number"]),
        ({"value": "inf"}, ["not a finite number"]),
        ({"value": "-3"}, ["not above zero"]),
        ({"value": "0"}, ["not above zero"]),
        ({"value": ""}, ["no value"]),
        ({"low": "5e9"}, ["not between low and high"]),
        ({"high": "1.5e9"}, ["not between low and high"]),
        ({"low": "3e9", "high": "1e9"}, ["not between low and high"]),
        (
            {"observable": "lab_eci", "unit": "ECI points", "value": "-5", "low": "0", "high": "9"},
            ["value -5 is not between low and high, 0 and 9"],
        ),
        (
            {"observable": "lab_eci", "unit": "ECI points", "value": "5", "low": "-9", "high": "0"},
            ["value 5 is not between low and high"],
        ),
        (
            {
                "observable": "enterprise_share",
                "unit": "share",
                "value": "35",
                "low": "",
                "high": "",
            },
            ["value 35 is out of range. Did you mean 0.35? It may be 0 to 1 share"],
        ),
        (
            {
                "observable": "enterprise_share",
                "unit": "share",
                "value": "0.35",
                "low": "0.3",
                "high": "40",
            },
            ["high 40 is out of range. Did you mean 0.4?"],
        ),
        (
            {"value": "1e300", "high": "1e301"},
            ["value 1e+300 is out of range. It may be", "USD/year", "high 1e+301"],
        ),
        ({"low": "1e-200"}, ["low 1e-200 is out of range"]),
        ({"low": "some"}, ["low 'some' is not a number"]),
        ({"unit": "USD"}, ["unit 'USD'", "USD/year"]),
        ({"confidence": "hihg"}, ["hihg", "Did you mean 'high'"]),
        ({"source": ""}, ["has no source"]),
        ({"id": ""}, ["has no id"]),
        ({"observable": "lab_eci", "unit": "ECI points", "low": ""}, ["needs low and high"]),
    ],
)
def test_a_bad_row_is_one_line_that_says_what(tmp_path, change, words):
    with pytest.raises(BadInput) as said:
        read(written(tmp_path, {"id": "fine"}, change), LABS)
    (line,) = said.value.problems
    assert "mine.csv line 3" in line and "\n" not in line
    assert all(word in line for word in words), line


def test_each_bad_row_has_its_line_and_all_that_is_wrong_in_it(tmp_path):
    bad = {"value": "much", "unit": "EUR", "date": "once"}
    with pytest.raises(BadInput) as said:
        read(written(tmp_path, {"id": "A", "value": "x"}, {"id": "B"}, {"id": "C"} | bad), LABS)
    first, second = said.value.problems
    assert "line 2 (A)" in first and "line 4 (C)" in second
    assert all(word in second for word in ("much", "EUR", "once"))


def test_an_id_is_given_once(tmp_path):
    with pytest.raises(BadInput, match=r"line 3 \(X1\): line 2 has the same id"):
        read(written(tmp_path, {}, {}))


def test_what_is_no_record_is_refused(tmp_path):
    cases = {
        "missing.csv": (None, "no such file"),
        "empty.csv": (b"", "lacks id, group"),
        "no_rows.csv": (",".join(COLUMNS).encode(), "no row"),
        "column.csv": (b"id,group\n1,2\n", "lacks observable"),
        "picture.csv": (b"\x89PNG\x00\xff", "UTF-8"),
        "zeros.csv": (b"id\0,", "zero byte"),
        "notepad.csv": (b"\xff\xfei\0d\0,\0", "UTF-16"),
        "open_quote.csv": ((",".join(COLUMNS) + '\nX1,"revenue\n').encode(), "unexpected end"),
        "bars.csv": ("|".join(COLUMNS).encode(), "separated by commas, semicolons, tabs"),
        "twice.csv": ((",".join(COLUMNS) + ",value\n").encode(), "two columns are called value"),
        "short.csv": ((",".join(COLUMNS) + "\nX1,revenue\n").encode(), "2 for 12 columns"),
    }
    for name, (content, words) in cases.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput) as said:
            read(tmp_path / name)
        assert words in str(said.value) and name in str(said.value), name
    with pytest.raises(BadInput, match="it is a folder"):
        read(tmp_path)
    with pytest.raises(BadInput, match="no name and no path"):
        read(3)


@pytest.mark.parametrize(
    ("separator", "other", "value", "words"),
    [
        (";", "", "1.250", "'1.250' may be 1250 or 1.2500"),
        (";", "", "1,250", "'1,250' may be 1250 or 1.2500"),
        (",", "2,5e9", "1.250", "'1.250' may be 1250 or 1.2500"),
        ("\t", "2,5e9", "12.500", "may be 12500 or 12.5000"),
        (",", "", "1,250", "'1,250' may be 1250 or 1.250:"),
        (",", "", "1_000", "value '1_000' is not a number"),
        (",", "", "１２", "is not a number"),
    ],
)
def test_thousands_or_decimals_is_asked_in_words(tmp_path, separator, other, value, words):
    refused = spreadsheet(tmp_path, separator, {"value": value, "low": "", "high": other})
    with pytest.raises(BadInput) as said:
        read(refused, LABS)
    assert words in str(said.value)


@pytest.mark.parametrize(
    ("separator", "other", "value", "number"),
    [
        (",", "", "1.250", 1.25),
        ("\t", "", "1.250", 1.25),
        (";", "", "1.2500", 1.25),
        (";", "", "1250", 1250.0),
        (";", "2,5e9", "1.25e3", 1250.0),
    ],
)
def test_what_a_number_means_is_read_where_it_is_one(tmp_path, separator, other, value, number):
    file = spreadsheet(tmp_path, separator, {"value": value, "low": "", "high": other})
    assert read(file, LABS)[0].value == number


def spreadsheet(folder, separator, change):
    file = folder / "mine.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, delimiter=separator).writerows([COLUMNS, (GOOD | change).values()])
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("before", ["\n", " \n\n", "{0}{0}{0}{0}\n", "sep={0}\n{0}{0}\n"])
def test_empty_lines_before_the_heading_are_passed_over(tmp_path, separator, before):
    file = spreadsheet(tmp_path, separator, {})
    file.write_text(before.format(separator) + file.read_text("utf-8"), "utf-8", newline="")
    assert [row.id for row in read(file, LABS)] == ["X1"]
    file.write_text(file.read_text("utf-8").replace("2024-", "soon "), "utf-8", newline="")
    with pytest.raises(BadInput, match=f"line {2 + before.count(chr(10))} "):
        read(file, LABS)


@pytest.mark.parametrize("letter", ["\x0b", "\x0c", "\x1c", "\x1d", "\x85", "\u2028", "\u2029"])
def test_letters_that_are_no_end_of_a_line_stay_in_their_cell(tmp_path, letter):
    file = spreadsheet(tmp_path, ";", {"note": f"first{letter}second"})
    assert [row.note for row in read(file, LABS)] == [f"first{letter}second"]


@pytest.mark.parametrize("labs", ["openai", b"openai", 3])
def test_one_name_is_no_list_of_labs(labs):
    with pytest.raises(BadInput, match="labs: .* is no list of names. Give one"):
        read(labs=labs)


def test_columns_may_come_in_any_order_with_others_beside_them(tmp_path):
    file = tmp_path / "mine.csv"
    names = [*reversed(COLUMNS), "more"]
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        table = csv.DictWriter(out, names)
        table.writeheader()
        table.writerow(GOOD | {"more": "x"})
    (row,) = read(file, LABS)
    assert (row.id, row.value, row.note) == ("X1", 2e9, GOOD["note"])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", ["", "\ufeff", "sep={separator}\n", "\ufeffsep={separator}\n"])
def test_what_spreadsheets_save_is_read(tmp_path, separator, ends, before):
    file = tmp_path / "mine.csv"
    sheet = {
        "value": "2,5e9",
        "low": "0,1E+10",
        "high": "4000000000",
        "date": "2024-03-14 00:00:00",
    }
    with file.open("w", newline="", encoding="utf-8") as out:
        out.write(before.format(separator=separator).replace("\n", ends))
        table = csv.writer(out, delimiter=separator, lineterminator=ends)
        table.writerow(COLUMNS)
        table.writerow((GOOD | sheet).values())
        table.writerow([""] * len(COLUMNS))
        table.writerow(
            [*(GOOD | sheet | {"id": "X2", "date": "2024-03-14T00:00"}).values(), "", ""]
        )
    first, second = read(file, LABS)
    assert (first.value, first.low, first.high) == (2.5e9, 1e9, 4e9)
    assert first.date == second.date == "2024-03-14" and first.note == GOOD["note"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "1,234"}, "'1,234' may be 1234 or 1.234"),
        ({"value": "1,000,000"}, "'1,000,000' is not a number"),
        ({"value": "1.000.000,5"}, "is not a number"),
        ({"value": "2 000"}, "is not a number"),
        ({"date": "03/04/2024"}, "no date"),
        ({"date": "14.03.2024"}, "no date"),
        ({"date": "2024-03-14 12:30:00"}, "no date"),
        ({"id": "\x1b[31m" + "x" * 900, "value": "-1"}, "\\x1b[31mx"),
        ({"value": "9" * 5000}, "not a finite number"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(tmp_path, change, words):
    with pytest.raises(BadInput) as said:
        read(written(tmp_path, change), LABS)
    (line,) = said.value.problems
    assert words in line and "mine.csv line 2" in line and len(line) < 600 and line.isprintable()
