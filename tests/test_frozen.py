"""The forecast before it was known: kept as it was, joined to what happened, said as it is."""

import csv
import hashlib
from dataclasses import replace

import pytest

from sim.cli.validating import _lines
from sim.economy.measures import MEASURES
from sim.history.backtest.naive import last_value, log_trend
from sim.history.backtest.summaries import summary
from sim.history.record.observables import OBSERVABLES, measures_for
from sim.history.record.rows import read
from sim.history.record.unobserved import UNOBSERVED
from sim.history.validation import published
from sim.history.validation.frozen import FILE, FITTED_UNTIL, SHA256, YEAR, frozen
from sim.history.validation.published import RIGHT, TOO_HIGH, TOO_LOW, about
from sim.history.validation.study import reached
from sim.plots.published import HELD, MISSED, published_figure


@pytest.fixture(scope="module")
def rows():
    return read()


@pytest.fixture(scope="module")
def forecast(rows):
    return frozen(rows)


def lines():
    with FILE.open(newline="") as table:
        return list(csv.DictReader(table))


def test_it_is_kept_to_the_byte():
    """Its numbers are never computed again: a change of the file is a mistake."""
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256


def test_each_of_its_lines_meets_its_row_of_the_record(rows, forecast):
    by_id = {row.id: row for row in rows}
    assert len(forecast.scores) == len(lines()) == 136
    for line, score in zip(lines(), forecast.scores, strict=True):
        row = by_id[line["id"]]
        assert (row.series, row.unit) == ((line["observable"], line["entity"]), line["unit"])
        assert row.date.startswith(line["date"]) and row.period.first // 4 == YEAR
        assert row.value == pytest.approx(float(line["value"]), rel=1e-3)
        assert score.p05 < score.p50 < score.p95
        assert score.error == pytest.approx(
            float(row.means.oom(score.p50)) - row.oom, abs=0.02 if row.means.log else 0.05
        )


def test_it_knew_nothing_of_the_year(rows):
    """The naive points on file are those of the rows that were on record when it was frozen."""
    by_id = {row.id: row for row in rows}
    earlier = [row for row in rows if row.id.startswith("R")]
    assert all(row.period.last // 4 <= FITTED_UNTIL for row in earlier)
    for line in lines():
        row = by_id[line["id"]]
        for name, forecast in (("last_said", last_value), ("trend_said", log_trend)):
            now = forecast(row, earlier)
            assert (now is None) == (not line[name])
            if now is not None:
                said = float(row.means.oom(float(line[name])))
                assert now.mean == pytest.approx(said, abs=0.02)


def test_a_mended_record_moves_none_of_its_numbers(rows, forecast):
    mended = frozen([replace(row, value=2.0 * row.value) for row in rows])
    for before, after in zip(forecast.scores, mended.scores, strict=True):
        for name in ("p05", "p50", "p95", "error", "crps", "inside", "width"):
            assert getattr(before, name) == getattr(after, name)
    assert not frozen([]).scores and reached(frozen([])) == []
    assert published.published(frozen([])) == ""


def test_the_figures_of_it_that_are_known(forecast):
    """As they were written down when it was scored."""
    numbers = summary(forecast.scores)
    assert numbers["coverage"] == pytest.approx(0.82, abs=0.005)
    assert numbers["error"] == pytest.approx(0.26, abs=0.005)
    assert numbers["bias"] == pytest.approx(-0.22, abs=0.005)
    met = {line.what: line.met for line in reached(forecast)}
    assert len(met) == 7 and sum(met.values()) == 4


def test_what_is_said_of_it_is_what_its_table_shows(forecast):
    for claims, low, high in ((RIGHT, -0.15, 0.15), (TOO_LOW, -9.0, -0.2), (TOO_HIGH, 0.2, 9.0)):
        for claim in claims:
            assert set(claim.of) <= set(OBSERVABLES), claim
            of_it = about(forecast.scores, claim)
            assert low <= summary(of_it)["bias"] <= high, claim
    for claim in RIGHT:
        assert all(score.inside for score in about(forecast.scores, claim)), claim
    said = published.published(forecast)
    assert "- Valuations: -0.57 OOM, 3 of 8 in the band." in said and "323be8e" in said
    assert all(f"| {len(of_it)} |" in said for of_it in forecast.groups.values())


def test_its_figure_has_each_series_once_and_marks_what_was_missed(forecast):
    shown = _lines(forecast)
    assert len(shown) == len({score.row.series for score in forecast.scores})
    figure = published_figure("A forecast", shown)
    names = [label.get_text() for ax in figure.axes for label in ax.get_yticklabels()]
    assert len(names) == len(shown) + len(forecast.groups)
    dots = [line for ax in figure.axes for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_color() for dot in dots] == [HELD if one.held else MISSED for one in shown]
    assert [dot.get_xdata()[0] for dot in dots] == [one.middle for one in shown]


def test_no_measure_is_off_the_record_in_silence():
    """A new one is read by an observable, or unobserved.py says why nobody has seen it."""
    unobserved = [name for names in UNOBSERVED.values() for name in names]
    assert len(unobserved) == len(set(unobserved))
    assert set(unobserved) == set(MEASURES) - set(measures_for(list(OBSERVABLES)))
