"""Forecasts: no row of the future is used, what is on file can be scored, and good manners."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from economy import toy

from sim.__main__ import main
from sim.dates import quarter_of
from sim.errors import BadInput
from sim.history.backtest.run import run_until
from sim.history.backtest.scores import ABSENT_IS_OFF_BY, score
from sim.history.backtest.seen import fitted_until, remedy
from sim.history.forecast import filed
from sim.history.forecast.dates import Date
from sim.history.forecast.discrepancy import Discrepancy
from sim.history.forecast.filed import LEVELS, as_observed, quantiles_of
from sim.history.forecast.fitting import PRIOR
from sim.history.forecast.panels import panels as drawn_panels
from sim.history.forecast.run import forecast, foretold
from sim.history.forecast.scored import NOT_FORETOLD, WAS_KNOWN, drawn_out, score_file
from sim.history.forecast.table import table
from sim.history.record.past import Past
from sim.history.record.periods import label_of, period_of
from sim.history.record.rows import COLUMNS, read
from sim.inputs.scenario import Scenario
from sim.outputs.folder import record_of
from sim.plots.history import forecast_figure

WORLDS = 300


@pytest.fixture(scope="module")
def rows():
    return read()


@pytest.fixture(scope="module")
def then():
    """The scenario as it was fitted until the end of 2023."""
    return Scenario.load("continued").change({"calibration": "continued-until-2023-Q4"})


@pytest.fixture(scope="module")
def result(then, rows):
    """2024 and 2025 foretold from 2023."""
    return forecast(then, rows, "2025", "2023", worlds=WORLDS, workers=1)


@pytest.fixture(scope="module")
def file(result, tmp_path_factory):
    return filed.save(result, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- What is foretold ----------------------------------------------------------------------------


def test_every_series_known_is_foretold_by_quarter_or_year(result, rows):
    known = [row for row in rows if row.period.last <= quarter_of("2023-Q4")]
    assert result.rows == known and set(result.series) == {row.series for row in known}
    for series, places in result.series.items():
        dates = [result.dates[place].date for place in places]
        quarters = [f"{year}-Q{n}" for year in (2024, 2025) for n in (1, 2, 3, 4)]
        span = result.dates[places[0]].means.span
        assert dates == {"quarter": quarters, "year": ["2024", "2025"]}.get(
            span, [*quarters, "2024", "2025"]
        ), series
    assert result.ooms.shape == (len(result.dates), WORLDS)
    assert list(result.before) == [2022], "2023 itself has no misses yet"


def test_bands_widen_and_hold_more_than_the_worlds_alone(result):
    spread = {}
    for place, date in enumerate(result.dates):
        seen = result.ooms[place][np.isfinite(result.ooms[place])]
        spread[date.series, date.date] = np.std(seen)
    first, last = (
        np.array([spread[series, date] for series, place in result.series.items()
                  if (series, date) in spread])
        for date in ("2024-Q1", "2025-Q4")
    )  # fmt: skip
    assert np.median(last / first) > 1.1


def test_no_row_of_the_future_is_used(then, rows, result):
    """Change every row after the origin, and lose half of them: the same to the bit."""
    later = quarter_of("2023-Q4")
    changed = [
        row
        if row.period.last <= later
        else replace(row, value=row.value * 1.5, low=row.value, high=row.value * 2.0)
        for row in rows
    ]
    before = [row for row in changed if row.period.last <= later]
    after = [row for row in changed if row.period.last > later]
    again = forecast(then, [*before, *after[::2]], "2025", "2023", worlds=WORLDS, workers=1)
    assert again.discrepancy == result.discrepancy
    assert np.array_equal(again.ooms, result.ooms, equal_nan=True)


def test_a_row_before_the_origin_is_used(then, rows, result):
    users = [row for row in rows if row.series == ("users", "market")]
    last = max((row for row in users if row.when < 2024), key=lambda row: row.when)
    more = replace(last, value=2 * last.value, low=2 * last.low, high=2 * last.high)
    changed = [more if row is last else row for row in rows]
    again = forecast(then, changed, "2024-Q1", "2023", worlds=WORLDS, workers=1)

    def first(one):
        [place] = [i for i in one.series["users", "market"] if one.dates[i].date == "2024-Q1"]
        return np.median(one.ooms[place])

    assert 0.03 < first(again) - first(result) < np.log10(2.0)


def test_same_seed_same_numbers_whoever_runs_them(then, rows, result):
    asked = {"until": "2025", "known_until": "2023", "worlds": WORLDS}
    two = forecast(then, rows, **asked, workers=2)
    assert np.array_equal(two.ooms, result.ooms, equal_nan=True)
    assert two.discrepancy == result.discrepancy
    other = forecast(then, rows, **asked, seed=1, workers=1)
    assert not np.array_equal(other.ooms, result.ooms, equal_nan=True)


def test_what_is_drawn_has_the_covariance_of_what_is_left(result):
    """Of two dates of which nothing is known: what is drawn in all worlds, less what they say."""
    [first, last] = [
        date
        for date in result.dates
        if date.series == ("capex_per_chip", "market") and date.date in ("2024-Q1", "2025-Q4")
    ]
    past, none = Past.of(result.results), Discrepancy(*[1e-9] * 5)
    strayed, still = (foretold(past, [], [first, last], size) for size in (PRIOR, none))
    wanted = PRIOR.given([], [first, last]).covariance
    spread = np.sqrt(np.diag(wanted))
    assert (strayed - still).std(axis=1) == pytest.approx(spread, rel=0.05)
    together = np.corrcoef(strayed - still)[0, 1]
    assert together == pytest.approx(wanted[0, 1] / spread.prod(), abs=0.15)


def test_a_scenario_without_calibration_knows_nothing_at_any_origin(rows):
    blind = Scenario.load("continued").without_calibration()
    found = forecast(blind, rows, "2024", "2023", worlds=8, workers=1)
    assert list(found.before) == [2022] and found.discrepancy != PRIOR


def test_one_world_is_enough_and_a_lab_that_is_missing_is_said(tmp_path, rows):
    story = toy(tmp_path).change({"end": "2026-Q1"})
    found = forecast(story, rows, "2026-Q1", worlds=1, workers=1)
    assert found.ooms.shape == (len(found.dates), 1) and not np.isnan(found.ooms).all()
    assert ("run_rate", "openai") in found.left_out
    assert "Left out: Run rate, OpenAI: no such lab in the scenario." in table(found)


# --- Worlds that have none, and ceilings ---------------------------------------------------------


def about(observable, date="2026-Q1", group="concentration"):
    period, when = period_of(date)
    return Date(group, observable, "market", period, when)


def test_worlds_that_have_none_count_as_a_thousandth():
    seen = as_observed(about("rent"), np.array([0.0, 0.2, 0.4, -np.inf, np.nan]))
    assert seen[3] == pytest.approx(0.2 - ABSENT_IS_OFF_BY) and np.isnan(seen[4])
    assert quantiles_of(about("rent"), np.array([-np.inf, np.nan])) is None


def test_a_share_is_at_most_one_and_what_is_on_file_can_be_on_record():
    cuts = quantiles_of(about("open_share"), np.array([-0.2, 0.1, 0.3, 0.5]))
    assert cuts.max() == 1.0 and (np.diff(cuts) >= 0.0).all()
    assert quantiles_of(about("rent"), np.array([90.0, 99.0])).max() == 1e4


def test_the_error_of_a_map_is_in_what_is_on_file():
    evenly = np.zeros(2001)
    cuts = quantiles_of(about("time_horizon"), evenly)
    assert np.log10(cuts[-1]) == pytest.approx(
        1.645 * about("time_horizon").means.map_error, rel=0.02
    )


# --- On file -------------------------------------------------------------------------------------


def test_the_file_is_a_record_with_quantiles(file, result):
    with open(file) as text:
        table = list(csv.DictReader(text))
    assert list(table[0]) == [*COLUMNS, *LEVELS, "known_until"]
    for line in table:
        cuts = [float(line[name]) for name in LEVELS]
        assert cuts == sorted(cuts) and line["known_until"] == "2023-Q4"
        assert (line["low"], line["value"], line["high"]) == (line["p05"], line["p50"], line["p95"])
    assert len(read(file)) == len(table) <= len(result.dates)
    assert {row.period.last for row in read(file)} <= set(
        range(quarter_of("2024-Q1"), quarter_of("2026-Q1"))
    )


def test_scored_from_the_file_it_is_as_scored_from_the_worlds(file, result, then, rows):
    """The round trip: by its quantiles, row by row, the same CRPS and bands."""
    found = score_file(file, rows)
    assert len(found.scores) + len(found.left_out) == len(rows) and len(found.scores) > 100
    assert set(found.left_out.values()) == {NOT_FORETOLD, WAS_KNOWN}
    quarters = [one for one in found.scores if one.row.means.span == "quarter"]
    past = Past.of(run_until(then, rows, quarter_of("2025-Q4"), worlds=WORLDS, seed=0, workers=1))
    asked = [one.row for one in quarters]
    drawn = foretold(past, result.rows, asked, result.discrepancy)
    whole = [
        score(row, row.means.from_oom(ooms), result.rows)
        for row, ooms in zip(asked, drawn, strict=True)
    ]
    crps = np.array([[one.crps, other.crps] for one, other in zip(quarters, whole, strict=True)])
    assert crps[:, 0].mean() == pytest.approx(crps[:, 1].mean(), rel=0.05)
    assert np.median(np.abs(crps[:, 0] - crps[:, 1])) < 0.02
    inside = np.mean(
        [one.inside == other.inside for one, other in zip(quarters, whole, strict=True)]
    )
    assert inside > 0.93
    assert [one.trend for one in quarters] == [one.trend for one in whole], "naive know the same"


def test_members_have_the_quantiles_they_are_drawn_from():
    ooms = np.array([0.0, 0.3, 0.5, 1.0, 1.2, 1.9, 2.0])
    members = drawn_out(ooms)
    assert np.quantile(members, list(LEVELS.values())) == pytest.approx(ooms, abs=0.01)
    assert members.min() < 0.0 and members.max() > 2.0, "there is something beyond"
    assert (np.diff(members) >= 0.0).all()


def test_a_model_can_be_held_against_a_forecast(file, capsys):
    words = ["backtest", "--record", str(file), "--worlds", "3", "--workers", "1", "--json"]
    assert main([*words, "--no-figures", "--quiet", "--out", str(file.parent / "held")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["scored"] == said["rows"] == len(read(file))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("p50", "1e-9", "p05 to p95 do not ascend"),
        ("p10", "many", "p10 'many' is not a number"),
        ("p75", "", "p75 '' is not a number"),
        ("known_until", "soon", "known_until: 'soon' is no date"),
        ("known_until", "2025-Q4", "is no later than what was known"),
        ("unit", "EUR", "unit 'EUR'"),
        ("observable", "rents", "no observable 'rents'"),
    ],
)
def test_a_damaged_file_is_refused(file, tmp_path, column, value, words):
    with open(file) as text:
        lines = list(csv.DictReader(text))
    lines[0][column] = value
    path = tmp_path / "bad.csv"
    with open(path, "w", newline="") as text:
        writer = csv.DictWriter(text, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    with pytest.raises(BadInput, match=words):
        score_file(path)


def test_two_forecasts_in_one_file_are_refused(file, tmp_path):
    lines = file.read_text().splitlines()
    lines[1] = lines[1].replace(",2023-Q4", ",2023-Q3")
    path = tmp_path / "two.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(BadInput, match="do not know the record until the same date"):
        score_file(path)


def test_a_record_is_no_forecast(tmp_path):
    from sim.history.record.rows import SHIPPED

    with pytest.raises(BadInput, match="the first line lacks p05, p10"):
        score_file(SHIPPED)


# --- Refused before any run ----------------------------------------------------------------------


@pytest.fixture
def no_run(monkeypatch):
    def run(*_, **__):
        raise AssertionError("it was run")

    monkeypatch.setattr("sim.history.backtest.run.run", run)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"until": "2025-Q4"}, "'2025-Q4' is not after 2025-Q4, the end of what is known"),
        ({"until": "2099"}, "ends in .*, before 2099-Q4. Ask for an earlier date, or set end="),
        ({"until": "soon"}, "until: 'soon' is no date"),
        ({"known_until": "2019"}, "no row of the record ends by '2019'"),
        (
            {"known_until": "2022"},
            "fitted to the record until .* what is known here ends in 2022-Q4. Ask for --set "
            "calibration=continued-until-2022-Q4",
        ),
    ],
)
def test_what_cannot_be_foretold_is_refused(no_run, rows, asked, words):
    with pytest.raises(BadInput, match=words):
        forecast("continued", rows, worlds=2, **asked)


@pytest.mark.parametrize(
    ("about", "refused"),
    [
        ({"until": "2027"}, True),
        ({"until": "2027", "last_row": "2025-Q4"}, False),
        ({"until": "2025-12-31", "last_row": "2026-Q1"}, False),
        ({}, False),
    ],
)
def test_a_fit_has_seen_no_more_than_its_last_row(rows, about, refused):
    """Asked for a date after the record's end, it was fitted to all there was."""
    story = Scenario.load("continued")
    kept = {key: value for key, value in story.calibration.about.items() if key != "until"}
    story = replace(story, calibration=replace(story.calibration, about=kept | about))
    if refused:
        with pytest.raises(BadInput, match="is fitted to the record until 2027"):
            forecast(story, rows, "2026", worlds=2, workers=1)
    else:
        assert forecast(story, rows, "2026", worlds=2, workers=1).results.worlds == 2


@pytest.mark.parametrize(
    ("name", "about", "kin"),
    [
        ("mine", {"scenario": "continued"}, "continued-until-2022-Q4"),
        ("mine", {"scenario": "of another name"}, None),
        ("mine", {}, None),
        ("other-until-2025-Q4", {"scenario": "continued"}, None),
    ],
)
def test_a_calibration_of_any_name_can_be_foretold_from(name, about, kin):
    story = Scenario.load("continued")
    story = replace(story, calibration=replace(story.calibration, name=name, about=about))
    then = fitted_until(story, 2022)
    assert (then and then.calibration.name) == kin
    asked = f"--set calibration={kin}" if kin else "--prior"
    assert remedy(story, quarter_of("2022-Q4")).startswith(asked)


# --- The command ---------------------------------------------------------------------------------

FEW = ["--worlds", "4", "--workers", "1", "--until", "2026-Q2", "--quiet"]


def test_the_command_writes_a_folder_that_says_what_it_is(elsewhere, capsys, monkeypatch):
    monkeypatch.setattr("sim.plots.history.MOST_PANELS", 1)
    assert main(["forecast", *FEW]) == 0
    assert capsys.readouterr().out == ""
    [folder] = (elsewhere / "outputs").iterdir()
    assert folder.name == "forecast-continued-until=2026-Q2-worlds4"
    record = record_of(folder)
    assert set(record["files"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}
    assert {"forecast.csv", "forecast_revenue.png"} <= set(record["files"])
    assert len(record["forecast"]["record_sha256"]) == len(record["scenario_hash"]) == 64
    assert record["made_of"]["known_until"] == "2025-Q4" and record["made_on"].startswith("20")
    assert set(record["made_of"]["discrepancy"]["factors"]["prices"]) == {"shared", "own"}
    before = (folder / "forecast.csv").read_bytes()
    assert main(["forecast", *FEW, "--no-figures"]) == 0, "again, in its own place"
    assert (folder / "forecast.csv").read_bytes() == before
    assert main(["run", str(folder / "manifest.json")]) == 2
    assert "is of a forecast" in capsys.readouterr().err


def test_it_is_printed_and_says_how_it_can_be_scored(elsewhere, capsys):
    assert main(["forecast", *FEW[:-1], "--no-figures", "--out", "mine"]) == 0
    said = capsys.readouterr().out
    assert "are wider than those of run and compare" in said and "worlds only" in said
    assert "python -m sim backtest --forecast mine/forecast.csv --record FILE" in said
    assert "Run rate, OpenAI" in said


def test_the_table_fits_the_terminal(result):
    for width in (70, 100, 160):
        lines = [line for line in table(result, width).splitlines() if line.startswith("  ")]
        assert len(lines) == len(result.series) + 1, "and a heading"
        assert all(len(line) <= max(width, 90) for line in lines)


def test_what_has_no_room_is_said(result):
    assert "2024 is in forecast.csv: the terminal is narrow." in table(result, 70)
    assert "terminal is narrow" not in table(result, 300)


def test_only_origins_whose_worlds_missed_a_row_are_named(result, then, rows):
    count = result.missed[2022]
    assert list(result.missed) == [2022] and count > 50
    assert f"As worlds fitted until 2022 ({count} rows) missed the two years after." in table(
        result
    )
    early = [row for row in rows if row.when < 2023 or row.when > 2024]
    none = forecast(then, early, "2024", "2023", worlds=4, workers=1)
    assert not none.missed and none.discrepancy == PRIOR
    said = table(none)
    assert "As thought before any miss is known" in said and "As worlds fitted" not in said
    assert "With so few worlds (4) bands mean little; give --worlds 1000." in said
    assert "so few worlds" not in table(result)


@pytest.fixture(scope="module")
def to_a_quarter(then, rows):
    """Until the middle of a year, the second that is foretold."""
    return forecast(then, rows, "2025-Q2", "2023", worlds=60, workers=1)


def test_the_last_date_asked_for_is_shown(to_a_quarter):
    lines = table(to_a_quarter, 200).splitlines()
    [head] = [line for line in lines if line.split() == ["last", "2024", "2025-Q2"]]
    [users] = [line for line in lines if line.startswith("  Users,")]
    assert users[head.index("2025-Q2") :].count("[") == 1
    [raised] = [line for line in lines if line.startswith("  Raised, OpenAI")]
    assert raised[head.index("2025-Q2") :] == "-", "of a year, which had not ended"
    for panel in drawn_panels(to_a_quarter)["prices"]:
        assert panel.when[-1] == pytest.approx(2025.375)


def test_a_fan_of_one_date_has_a_median(then, rows):
    one = forecast(then, rows, "2024-Q1", "2023", worlds=60, workers=1)
    shown = drawn_panels(one)["prices"]
    figure = forecast_figure("Prices", shown, one.results, 2024.0)
    for ax, panel in zip(figure.axes, shown, strict=False):
        [across] = [line for line in ax.lines if line.get_marker() == "_"]
        assert across.get_ydata()[0] == pytest.approx(np.median(panel.predicted))


def test_until_no_date_of_any_series_is_refused(no_run, rows, then):
    annual = [row for row in rows if row.means.span == "year"]
    with pytest.raises(BadInput, match="until 2024-Q2 there is nothing to foretell"):
        forecast(then, annual, "2024-Q2", "2023", worlds=2)


def test_a_last_value_has_its_date_where_it_is_old(then, rows):
    old = [row for row in rows if row.series != ("largest_run", "market") or row.when < 2023]
    last = max((row for row in old if row.observable == "largest_run"), key=lambda row: row.when)
    said = table(forecast(then, old, "2024-Q1", "2023", worlds=4, workers=1), 200)
    [run] = [line for line in said.splitlines() if line.startswith("  Largest run,")]
    [rent] = [line for line in said.splitlines() if line.startswith("  Rent,")]
    assert f", {label_of(last.period)}  " in run and ", 20" not in rent


def test_where_most_worlds_have_none_it_says_none(result):
    raised = result.series["raised", "openai"]
    ooms = result.ooms.copy()
    ooms[raised, : WORLDS * 3 // 4] = -np.inf
    without = replace(result, ooms=ooms)
    said = table(without, 200)
    [line] = [line for line in said.splitlines() if line.startswith("  Raised, OpenAI")]
    assert line.count("none [none, $") == 2 and "$0 " not in said and "$0," not in said
    assert '"none": so many worlds have none of it' in said
    [panel] = [
        panel
        for panel in drawn_panels(without)["funding_and_valuation"]
        if panel.title == "Raised, OpenAI"
    ]
    assert (np.sort(panel.predicted)[:, : WORLDS * 3 // 4] == 0.0).all()
    there = panel.predicted[panel.predicted > 0.0]
    assert there.min() > 1e-2 * np.median(there), "a fan begins at what there is"


def test_what_is_on_file_is_scored_without_a_run(file, elsewhere, capsys, monkeypatch):
    monkeypatch.setattr("sim.history.backtest.run.run", None)
    assert main(["backtest", "--forecast", str(file)]) == 0
    said = capsys.readouterr().out
    assert "from the record until 2023-Q4" in said and "known when the forecast was made" in said
    assert main(["backtest", "--forecast", str(file), "--from", "2025", "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["scored"] == len(numbers["each"]) and numbers["all"]["coverage"] > 0.5
    assert not list(elsewhere.iterdir()), "nothing is written"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["forecast", "--until", "soon"], "--until: 'soon' is no date"),
        (["forecast", "--known-until", "x"], "--known-until: 'x' is no date"),
        (["forecast", "nothing"], "'nothing'"),
        (["forecast", "--record", "gone.csv"], "gone.csv"),
        (["backtest", "--forecast", "gone.csv"], "gone.csv"),
        (["backtest", "--forecast", "gone.csv", "--worlds", "3"], "so --worlds has no place"),
        (["backtest", "--forecast", "gone.csv", "--prior"], "so --prior has no place"),
        (["backtest", "--forecast", "gone.csv", "continued2"], "so a scenario has no place"),
    ],
)
def test_bad_input_is_one_sentence(elsewhere, capsys, words, said):
    assert main(words) == 2
    error = capsys.readouterr().err.strip()
    assert said in error and len(error.splitlines()) == 1
    assert not list(elsewhere.iterdir())


def test_stopped_it_leaves_nothing_half_written(elsewhere, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(filed, "save", stop)
    assert main(["forecast", *FEW, "--out", "mine"]) == 130
    assert not list(elsewhere.iterdir())
