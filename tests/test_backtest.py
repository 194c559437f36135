"""The back-test: every row is counted, and the command keeps the manners of the others."""

import csv
import json
import warnings

import matplotlib.image
import pandas as pd
import pytest
from economy import toy

import sim.economy.model
from sim.__main__ import main
from sim.errors import BadInput
from sim.history.backtest.panels import panels
from sim.history.backtest.run import OUTSIDE, Dates, backtest
from sim.history.backtest.table import table
from sim.history.record.past import Past
from sim.history.record.rows import COLUMNS, GROUPS, SHIPPED, read
from sim.history.validation.frozen import frozen
from sim.history.validation.study import Unseen, Validation
from sim.inputs.scenario import Scenario

WORLDS = 64
SHORT = ["--worlds", "3", "--workers", "1", "--until", "2021"]


@pytest.fixture(scope="module")
def rows():
    return read()


@pytest.fixture(scope="module")
def result(rows):
    return backtest(Scenario.load("continued"), rows, worlds=WORLDS, workers=1)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_row_is_scored_or_counted(result, rows):
    assert len(result.scores) == len(rows) and not result.left_out
    assert result.results.quarters[-1] == "2025-Q4"
    assert sum(len(several) for several in result.groups.values()) == len(rows)
    assert list(result.groups) == list(GROUPS)
    frame = result.frame()
    assert list(frame.id) == [row.id for row in rows]
    assert frame.crps.notna().all() and (frame.p05 <= frame.p50).all()
    assert (frame.p50 <= frame.p95).all() and (frame.left_out == "").all()


def test_a_window_leaves_rows_out_and_says_so(rows):
    story = Scenario.load("continued")
    late = backtest(story, rows, worlds=3, workers=1, since="2020-06", until="2021-12")
    ids = {score.row.id for score in late.scores}
    for row in rows:
        whole = 2020 * 4 + 1 <= row.period.first and row.period.last < 2022 * 4
        assert (row.id in ids) == whole, row
    assert set(late.left_out.values()) == {OUTSIDE}
    assert len(late.left_out) + len(late.scores) == len(rows)
    assert late.results.quarters[-1] == "2021-Q4", "no further than the record needs"
    assert f"{len(late.left_out)} {OUTSIDE}" in table(late)


def test_naive_forecasts_can_be_held_to_what_was_known(result, rows):
    story = Scenario.load("continued")
    held = backtest(story, rows, worlds=3, workers=1, since="2024", known_until="2023-12")
    free = {score.row.id: score for score in result.scores}
    assert held.scores
    for score in held.scores:
        series = score.row.series
        before = [row for row in rows if row.series == series and row.period.last < 2024 * 4]
        assert (score.last_value is not None) == bool(before)
        if score.last_value is not None and score.row.when > 2024.5:
            assert free[score.row.id].last_value is not None
    longest = [score for score in held.scores if score.row.series == ("nvidia_revenue", "market")]
    assert longest[-1].last_value > free[longest[-1].row.id].last_value, "knows less, says worse"


def test_a_lab_that_the_scenario_lacks_is_counted(tmp_path, rows):
    story = toy(tmp_path)  # its labs are called first and second
    until = Dates(until=story.end).scored
    few = [row for row in rows if row.observable in ("rent", "run_rate")]
    few = [row for row in few if row.period.within(until)]
    small = backtest(story, few, worlds=2, workers=1)
    assert small.why_left_out == {
        "no such lab in the scenario": sum(row.observable == "run_rate" for row in few)
    }
    assert {score.row.observable for score in small.scores} == {"rent"}


def test_a_run_that_ends_early_leaves_rows_out(rows):
    story = Scenario.load("continued").change({"end": "2022-Q2"})
    few = [row for row in rows if row.observable == "rent"]
    early = backtest(story, few, worlds=2, workers=1)
    assert set(early.why_left_out) == {"outside of the run"}
    assert len(early.scores) + len(early.left_out) == len(few)


@pytest.fixture
def no_run(monkeypatch):
    """What is refused is refused before anything is run."""

    def run(*_, **__):
        raise AssertionError("it was run")

    monkeypatch.setattr("sim.history.backtest.run.run", run)


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"since": "2030"}, "none of the [0-9]+ rows of the record lies from 2030 to the end"),
        ({"until": "2010"}, "none of the [0-9]+ rows of the record lies from the start to 2010"),
        ({"since": "2022-Q3", "until": "2022-Q1"}, "'2022-Q3' is after '2022-Q1'"),
        ({"since": "then"}, "since: 'then' is no date"),
        ({"until": "2024-Q9"}, "until: '2024-Q9' is no date"),
        ({"known_until": "x"}, "known_until: 'x' is no date"),
    ],
)
def test_nothing_asked_for_is_an_error(rows, no_run, dates, words):
    with pytest.raises(BadInput, match=words):
        backtest(Scenario.load("continued"), rows, worlds=2, **dates)


@pytest.mark.parametrize("dates", [{"since": ""}, {"until": ""}, {"known_until": ""}], ids=str)
def test_an_empty_date_is_not_every_date(rows, no_run, dates):
    with pytest.raises(BadInput, match=f"{next(iter(dates))}: '' is no date"):
        backtest(Scenario.load("continued"), rows, worlds=2, **dates)


def test_names_and_paths_are_taken_in_python(rows):
    asked = {"worlds": 2, "workers": 1, "until": "2021"}
    whole = backtest(Scenario.load("continued"), rows, **asked)
    for scenario, record in (
        ("continued", None),
        ("continued", SHIPPED),
        ("continued", iter(rows)),
    ):
        again = backtest(scenario, record, **asked)
        assert again.frame().equals(whole.frame())


@pytest.mark.parametrize(
    ("scenario", "record", "words"),
    [
        (3, None, "scenario: 3 is no scenario"),
        ("continud", None, "'continued'"),
        ("continued", "x.csv", "x.csv: there is no such file"),
        ("continued", 3, "rows: 3 is no list of rows"),
        ("continued", [3], "is no list of rows"),
    ],
)
def test_what_is_no_scenario_and_no_record_is_a_line(no_run, scenario, record, words):
    with pytest.raises(BadInput, match=words) as caught:
        backtest(scenario, record)
    assert len(caught.value.problems) == 1


def test_scores_are_saved_in_a_folder(result):
    with pytest.raises(BadInput, match="folder: None is no name and no path"):
        result.save(None)


def test_it_is_shown_in_a_line(result, rows):
    said = repr(result)
    assert said.startswith("Backtest of continued: ") and len(said) < 100
    assert f"of {len(rows)} rows" in said and f"{WORLDS} worlds" in said
    past = Past.of(result.results)
    assert repr(past).startswith("Past of ") and len(repr(past)) < 100
    unseen = Unseen(2024, Scenario.load("continued"), result, result, origin=2023)
    study = Validation(unseen.scenario, rows, result, result, [unseen], result, frozen(rows))
    assert len(repr(unseen)) < 150 and len(repr(study)) < 150


def test_a_run_that_meets_no_row_is_refused(rows, no_run, tmp_path):
    short = Scenario.load("continued").change({"end": "2020-Q4"})
    with pytest.raises(BadInput, match="'continued' runs from 2020-Q1 to 2020-Q4, and none of"):
        backtest(short, rows, worlds=2, since="2023")
    others = [row for row in rows if row.entity == "openai"]
    with pytest.raises(BadInput, match="or one of its labs"):
        backtest(toy(tmp_path), others, worlds=2)


def test_the_table_says_what_was_scored_and_the_worst(result):
    text = table(result)
    assert all(title in text for title in GROUPS.values()) and "All" in text
    assert f"{len(result.rows)} rows on record, {len(result.scores)} scored." in text
    assert result.worst(1)[0].crps == max(one.crps for one in result.scores)
    assert result.worst(1)[0].row.id in text
    assert all(len(line) < 180 for line in text.splitlines())


def test_the_numbers_for_a_program(result):
    record = result.record()
    json.dumps(record)
    assert record["all"]["n"] == record["scored"] == len(result.scores)
    assert sum(group["n"] for group in record["groups"].values()) == record["scored"]
    assert 0 <= record["series_won"] <= record["series_compared"]
    assert record["versions"]["sim"] and record["scenario"] == "continued"


@pytest.mark.parametrize(
    ("settings", "known", "seen", "remedy"),
    [
        ({}, "2023", True, "calibration=continued-until-2023-Q4"),
        ({}, "2021", True, "ask for --prior"),
        ({}, None, True, ""),
        ({"calibration": "continued-until-2023-Q4"}, "2023", False, ""),
    ],
)
def test_it_says_what_the_calibration_has_seen(rows, settings, known, seen, remedy):
    story = Scenario.load("continued").change(settings)
    asked = {"since": "2024", "until": "2024", "known_until": known}
    found = backtest(story, rows, worlds=2, workers=1, **asked)
    count = len(found.scores) if seen else 0
    assert found.record()["calibration_has_seen"] == count and found.scores
    until = story.calibration.about["until"]
    said = table(found)
    assert f"has seen {count} of these {len(found.scores)} rows (until {until})." in said
    assert ("know less than the fit" in said) == bool(remedy) and remedy in said


def test_without_a_calibration_nothing_was_seen(rows):
    blind = Scenario.load("continued").without_calibration()
    found = backtest(blind, rows, worlds=2, workers=1, until="2021", known_until="2020")
    assert found.record()["calibration_until"] is None and "has seen" not in table(found)


def test_panels_show_every_scored_row(result):
    shown = panels(result)
    assert set(shown) == set(result.groups)
    every = [panel for group in shown.values() for panel in group.values()]
    assert sum(len(panel.observed) for panel in every) == len(result.scores)
    for panel in every:
        assert panel.predicted.shape == (len(panel.when), WORLDS)
        assert (panel.low <= panel.observed).all() and (panel.observed <= panel.high).all()


# --- The command ---------------------------------------------------------------------------------


def test_the_command_writes_scores_and_figures(elsewhere, capsys):
    assert main(["backtest", "continued", *SHORT, "--out", "here"]) == 0
    out = capsys.readouterr().out
    assert "Furthest off" in out and "Scores are in here" in out
    names = {path.name for path in (elsewhere / "here").iterdir()}
    assert {"scores.csv", "scores.json", "history_training_runs.png"} <= names
    for path in (elsewhere / "here").glob("*.png"):
        assert matplotlib.image.imread(path)[..., :3].std() > 0.03, f"{path.name} is blank"
    frame = pd.read_csv(elsewhere / "here/scores.csv")
    assert len(frame) == len(read())
    record = json.loads((elsewhere / "here/scores.json").read_text())
    assert record["scored"] == frame.crps.notna().sum()
    assert record["left_out"] == {OUTSIDE: int(frame.left_out.notna().sum())}


def test_json_in_place_of_the_table(elsewhere, capsys):
    assert (
        main(["backtest", *SHORT, "--json", "--no-figures", "--set", "demand.elasticity=1.2"]) == 0
    )
    record = json.loads(capsys.readouterr().out)
    assert record["all"]["n"] and record["until"] == "2021"
    assert len(list(elsewhere.glob("outputs/backtest-continued-*/scores.json"))) == 1


def test_quiet_says_nothing(elsewhere, capfd):
    assert main(["backtest", *SHORT, "--quiet", "--no-figures"]) == 0
    assert capfd.readouterr() == ("", "")


def test_a_record_of_ones_own(elsewhere, capsys):
    lines = SHIPPED.read_text().splitlines()
    (elsewhere / "mine.csv").write_text("\n".join(lines[:1] + lines[-3:]) + "\n")
    assert main(["backtest", "--record", "mine.csv", "--worlds", "2", "--no-figures"]) == 0
    assert "3 rows on record, 3 scored" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "lines", "words"),
    [
        (["--record", "bad.csv"], 2, ["bad.csv line 2", "run_rate", "bad.csv line 3", "openai"]),
        (["--record", "missing.csv"], 1, ["missing.csv"]),
        (["--from", "yesterday"], 1, ["--from: 'yesterday'", "2024-Q1"]),
        (["--from", ""], 1, ["--from: ''"]),
        (["--until", "2024-99"], 1, ["--until: '2024-99'"]),
        (["--until", "2024-Q9"], 1, ["--until: '2024-Q9'"]),
        (["--until", "2024-02-30"], 1, ["--until: '2024-02-30'"]),
        (["--known-until", "x"], 1, ["--known-until: 'x'"]),
        (["--from", "2024", "--until", "2022"], 1, ["after"]),
        (["--from", "2031"], 1, ["none of the"]),
        (["--worlds", "0"], 1, ["worlds"]),
        (["--set", "demand.elasticty=1"], 1, ["elasticity"]),
        (["--out", "bad.csv/below"], 1, ["--out"]),
    ],
)
def test_bad_input_is_plain_and_writes_nothing(elsewhere, capsys, wrong, lines, words):
    row = "X{},revenue,{},{},2024-03,2e9,,,USD/year,a paper,high,\n"
    (elsewhere / "bad.csv").write_text(
        ",".join(COLUMNS)
        + "\n"
        + row.format(1, "runrate", "openai")
        + row.format(2, "run_rate", "opemai")
    )
    before = sorted(elsewhere.rglob("*"))
    assert main(["backtest", "continued", "--worlds", "2", *wrong]) == 2
    out, err = capsys.readouterr()
    assert not out and "Traceback" not in err
    assert len(err.strip().splitlines()) == lines
    assert all(word in err for word in words), err
    assert sorted(elsewhere.rglob("*")) == before


def test_a_lab_of_the_base_scenario_may_be_named_in_any_record(tmp_path, elsewhere, capsys):
    toy(tmp_path)
    more = ["--worlds", "2", "--until", "2022", "--no-figures"]
    assert main(["backtest", str(tmp_path / "toy.toml"), *more]) == 0
    assert "no such lab in the scenario" in capsys.readouterr().out


def test_ctrl_c_and_failed_worlds_end_as_elsewhere(elsewhere, capsys, monkeypatch):
    class Stopped(sim.economy.model.AIEconomy):
        def step(self):
            raise KeyboardInterrupt

    class Broken(sim.economy.model.AIEconomy):
        def step(self):
            raise ZeroDivisionError("no compute")

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Stopped)
    assert main(["backtest", *SHORT]) == 130
    assert "Stopped" in capsys.readouterr().err
    monkeypatch.setattr(sim.economy.model, "AIEconomy", Broken)
    assert main(["backtest", *SHORT]) == 3
    assert "no compute" in capsys.readouterr().err
    assert not (elsewhere / "outputs").exists()


def test_failed_figures_leave_the_scores(elsewhere, capsys, monkeypatch):
    def broken(*_):
        raise ValueError("no ink")

    monkeypatch.setattr("sim.plots.history.history_figure", broken)
    assert main(["backtest", *SHORT, "--quiet"]) == 3
    assert "no ink" in capsys.readouterr().err
    assert len(list(elsewhere.glob("outputs/backtest-continued-*/scores.json"))) == 1


def test_the_shipped_record_reads_as_a_plain_table():
    with SHIPPED.open(newline="") as file:
        assert next(csv.reader(file)) == list(COLUMNS)


def test_another_question_has_another_folder(elsewhere):
    for more in ([], ["--seed", "1"], ["--from", "2021"], ["--set", "demand.elasticity=1.2"]):
        assert main(["backtest", *SHORT, "--quiet", "--no-figures", *more]) == 0
    folders = list(elsewhere.glob("outputs/*"))
    assert len(folders) == 4
    assert all((folder / "manifest.json").is_file() for folder in folders)


def test_records_and_scenarios_of_one_name_have_folders_of_their_own(elsewhere, capsys):
    lines = SHIPPED.read_text().splitlines()
    for folder, rows in (("a", lines[:1] + lines[-3:]), ("b", lines[:1] + lines[-2:])):
        (elsewhere / folder).mkdir()
        (elsewhere / folder / "mine.csv").write_text("\n".join(rows) + "\n")
        text = f"title = '{folder}'\nextends = 'continued'\n"
        (elsewhere / folder / "toy.toml").write_text(text)
    few = ["--worlds", "2", "--no-figures"]
    for folder in "abab":
        assert main(["backtest", "--record", f"{folder}/mine.csv", *few]) == 0
        assert main(["backtest", f"{folder}/toy.toml", "--until", "2022", *few]) == 0
    assert len(list(elsewhere.glob("outputs/*"))) == 4
    assert not capsys.readouterr().err.count("replaces")
    for folder in "ab":
        assert main(["backtest", "--record", f"{folder}/mine.csv", *few, "--out", "o"]) == 0
    assert capsys.readouterr().err.count("replaces what was there") == 1


def test_a_back_test_is_not_run_again_as_a_run(elsewhere, capsys):
    assert main(["backtest", *SHORT, "--quiet", "--no-figures", "--out", "o"]) == 0
    before = sorted(path.name for path in (elsewhere / "o").iterdir())
    for words in (["run", "o"], ["run", "o", "--out", "o"], ["compare", "o"]):
        assert main([*words, "--no-figures"]) == 2
        assert "is of a back-test" in capsys.readouterr().err
    assert sorted(path.name for path in (elsewhere / "o").iterdir()) == before


def test_a_back_test_says_nothing_of_what_it_cuts_off_itself():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        backtest(Scenario.load("power_wall"), read(), worlds=2)
