"""The report on forecasts: who had seen what, and what is on file is scored as rows arrive."""

import re
from dataclasses import replace

import numpy as np
import pytest

from sim.dates import quarter_of
from sim.history.backtest.summaries import NAIVE
from sim.history.forecast import filed
from sim.history.forecast.fitting import PRIOR
from sim.history.forecast.run import forecast
from sim.history.record.periods import label_of
from sim.history.record.rows import read
from sim.history.validation import on_file
from sim.history.validation.foretold import section, years_ahead
from sim.history.validation.study import study
from sim.inputs.scenario import Scenario
from sim.outputs.files import write_json


@pytest.fixture(scope="module")
def rows():
    return read()


@pytest.fixture(scope="module")
def studied(rows):
    return study(Scenario.load("continued"), rows, worlds=400, workers=1)


@pytest.fixture(scope="module")
def aheads(studied):
    return years_ahead(studied)


def test_each_origin_foretells_the_two_years_after_it(aheads):
    told = [(ahead.origin, ahead.year) for ahead in aheads]
    assert told == [(2022, 2023), (2022, 2024), (2023, 2024), (2023, 2025), (2024, 2025)]
    for ahead in aheads:
        assert {score.row.period.first // 4 for score in ahead.told.scores} == {ahead.year}
        assert [one.row.id for one in ahead.told.scores] == [
            one.row.id for one in ahead.alone.scores
        ]


def test_what_it_is_off_by_is_learnt_from_what_had_happened(studied, aheads, rows):
    first = aheads[0]
    assert first.discrepancy == PRIOR, "before any miss"
    assert aheads[2].discrepancy != PRIOR != aheads[4].discrepancy
    shifted = [
        row
        if row.period.last <= quarter_of("2024-Q4") or not row.means.log
        else replace(row, value=row.value * 1.1, low=None, high=None)
        for row in rows
    ]
    again = years_ahead(replace(studied, rows=shifted))
    assert again[4].discrepancy == aheads[4].discrepancy
    assert again[3].told.scores[0].p50 == aheads[3].told.scores[0].p50


def test_bands_hold_more_of_the_points_than_worlds_alone_and_are_no_worse(aheads):
    for ahead in aheads:
        held = [
            np.mean([one.inside for one in some])
            for some in (ahead.told.scores, ahead.alone.scores)
        ]
        assert held[0] > held[1] and 0.78 <= held[0] <= 0.98, ahead
        crps = [
            np.mean([one.crps for one in some]) for some in (ahead.told.scores, ahead.alone.scores)
        ]
        assert crps[0] < 1.1 * crps[1], ahead
    one_year = [ahead for ahead in aheads if ahead.year == ahead.origin + 1][1:]
    for ahead in one_year:  # with misses to learn from
        for naive in NAIVE:
            pairs = [
                (one.crps, other)
                for one in ahead.told.scores
                if (other := getattr(one, naive)) is not None
            ]
            ours, theirs = np.mean(pairs, axis=0)
            assert ours < theirs, (ahead, naive)


def test_the_section_says_all_origins_and_what_was_not_reached(aheads):
    said = section(aheads)
    for origin, year in ((2022, 2023), (2023, 2025), (2024, 2025)):
        assert f"\n| {origin}, {year} |" in said
    assert said.count("to be reached") == 2 and said.count("\n| 2025 |") == said.count("\n| 2024 |")
    assert "**no**" in said or said.count(" yes ") == 14
    assert not re.search(r"\bnan\b|\bNone\b", said)


# --- On file -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(rows, tmp_path_factory):
    """A forecast on file that knew the record until the end of 2024."""
    folder = tmp_path_factory.mktemp("forecasts")
    then = Scenario.load("continued").change({"calibration": "continued-until-2024-Q4"})
    result = forecast(then, rows, "2025", "2024", worlds=64, workers=1)
    (folder / "0.9").mkdir()
    filed.save(result, folder / "0.9")
    more = {"made_on": "2025-01-02"}
    write_json(result.results.manifest() | more, folder / "0.9" / "manifest.json")
    return folder


def test_before_a_row_arrives_it_says_so(folder, rows):
    known = [row for row in rows if row.period.last <= quarter_of("2024-Q4")]
    [one] = on_file.kept(folder, known)
    assert not one.scored.scores and one.made_on == "2025-01-02"
    assert one.dates == len(filed.read(folder / "0.9" / filed.FILE))
    said = on_file.section([one])
    assert "## Forecasts on file" in said and "no row has arrived yet" in said
    assert f"`{one.digest[:16]}`" in said and "2025-01-02" in said and "2024-Q4" in said


def test_as_rows_arrive_it_is_scored(folder, rows):
    [one] = on_file.kept(folder, rows)
    assert len(one.scored.scores) > 100
    assert all(label_of(score.row.period) >= "2025" for score in one.scored.scores)
    said = on_file.section([one])
    assert f"{len(one.scored.scores)} rows have arrived" in said and "no row" not in said
    assert not re.search(r"\bnan\b|\bNone\b", said)


def test_nothing_on_file_is_nothing_to_say(tmp_path, rows):
    assert on_file.section(on_file.kept(tmp_path, rows)) == ""
    assert on_file.kept(tmp_path / "none", rows) == []
