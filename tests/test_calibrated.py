"""A scenario that takes its dials from a calibration: whole worlds, and nothing else changes."""

import csv
import pickle

import numpy as np
import pandas as pd
import pytest
from economy import ROOT, TWO_LABS

from sim.__main__ import main
from sim.economy.model import AIEconomy
from sim.errors import BadInput
from sim.inputs.calibration import text_of_calibration
from sim.inputs.doubts import doubts
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario

WORLDS = np.arange(3000)
PRIORS = {"demand.elasticity": (1.05, 1.5), "costs.serving_progress": (0.2, 0.4)}
STORY = TWO_LABS.replace(
    "[labs.first]",
    """
[scaling]
onset = { low = 28.0, high = 30.0 }
[demand]
elasticity = { low = 1.05, high = 1.5 }
[costs]
serving_progress = { low = 0.2, high = 0.4 }
[labs.first]""",
    1,
)


def columns(rows=40):
    """Two dials that go together: where one is high the other is low."""
    along = np.linspace(0.0, 1.0, rows)
    return {"demand.elasticity": 1.1 + 0.2 * along, "costs.serving_progress": 0.35 - 0.1 * along}


def write(folder, text=None, name="fit"):
    path = folder / "calibrations" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    about = {"until": "2022-12-31", "seed": 0}
    path.write_text(text_of_calibration(about, PRIORS, columns()) if text is None else text)
    return path


@pytest.fixture
def folder(tmp_path):
    write(tmp_path)
    (tmp_path / "base.toml").write_text(STORY)
    (tmp_path / "fitted.toml").write_text(f'calibration = "fit"\n{STORY}')
    (tmp_path / "variant.toml").write_text(
        'title = "Variant"\nextends = "fitted"\n[demand]\nelasticity = { low = 1.2, high = 1.4 }\n'
    )
    return tmp_path


@pytest.fixture
def fitted(folder):
    return Scenario.load(folder / "fitted.toml")


def dial(scenario, dotted, worlds=WORLDS, seed=0):
    subject, name = dotted.split(".")
    return getattr(getattr(scenario.draw(seed, worlds), subject), name)


def test_worlds_are_rows_of_the_file_and_kept_whole(fitted):
    told = {
        tuple(float(f"{cell:.6g}") for cell in row) for row in zip(*columns().values(), strict=True)
    }
    drawn = [dial(fitted, dotted) for dotted in PRIORS]
    assert {tuple(pair) for pair in np.transpose(drawn)} == told, "each of them, and no other"
    assert np.corrcoef(drawn)[0, 1] < -0.999
    counts = np.unique(drawn[0], return_counts=True)[1]
    assert counts.min() > 40 and counts.max() < 120, "all rows as often, but for chance"


def test_everything_else_is_drawn_as_before(folder, fitted):
    base = Scenario.load(folder / "base.toml")
    assert np.array_equal(dial(fitted, "scaling.onset"), dial(base, "scaling.onset"))
    for scenario in (fitted.without_calibration(), fitted.change({"calibration": ""})):
        for dotted in (*PRIORS, "scaling.onset"):
            assert np.array_equal(dial(scenario, dotted), dial(base, dotted))
        assert scenario.text == base.text


def test_a_world_is_the_same_in_any_batch_and_pairing_holds(fitted):
    some = np.array([2000, 7, 1030])
    other = fitted.change({"scaling.regime": "plateau"})
    for dotted in PRIORS:
        assert np.array_equal(dial(fitted, dotted)[some], dial(fitted, dotted, some))
        assert np.array_equal(dial(fitted, dotted), dial(other, dotted))
        assert not np.array_equal(dial(fitted, dotted), dial(fitted, dotted, seed=1))


def test_who_sets_a_dial_has_it(folder, fitted):
    variant = Scenario.load(folder / "variant.toml")
    plain = variant.without_calibration()
    assert np.array_equal(dial(variant, "demand.elasticity"), dial(plain, "demand.elasticity"))
    assert np.array_equal(
        dial(variant, "costs.serving_progress"), dial(fitted, "costs.serving_progress")
    )
    assert fitted.change({"demand.elasticity": 1.3}).draw(0, WORLDS).demand.elasticity == 1.3
    assert list(variant.calibrated) == ["costs.serving_progress"]


def test_the_text_and_its_hash_know_the_calibration(folder, fitted):
    assert fitted.hash != fitted.without_calibration().hash
    again = folder / "again.toml"
    again.write_text(fitted.text)
    assert Scenario.load(again).text == fitted.text
    write(folder, (folder / "calibrations/fit.csv").read_text().replace("1.1,", "1.11,", 1))
    changed = Scenario.load(folder / "fitted.toml")
    assert changed.hash != fitted.hash
    with pytest.raises(BadInput, match="sha256 differs"):
        Scenario.load(again)


def test_it_travels_and_runs(fitted):
    other = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(dial(other, "demand.elasticity"), dial(fitted, "demand.elasticity"))
    model = AIEconomy(fitted.change({"end": "2020-Q3"}), worlds=5).run()
    assert np.isfinite(model.recorder.arrays["revenue"]).all()
    assert fitted.central().demand.elasticity == pytest.approx(1.2, abs=0.01)


def test_prior_on_the_command_line(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    revenue = {}
    for name, flags in {"base": [], "fitted": ["--prior"], "other": []}.items():
        source = "fitted" if name == "other" else name
        more = ["--worlds", "3", "--set", "end=2021-Q4", "--no-figures", "--out", name, *flags]
        assert main(["run", f"{source}.toml", *more]) == 0
        capsys.readouterr()
        revenue[name] = list(pd.read_parquet(folder / name / "quarters.parquet").revenue)
    assert revenue["base"] == revenue["fitted"] != revenue["other"]
    assert main(["show", "fitted.toml", "demand"]) == 0
    assert "drawn from the calibration fit" in capsys.readouterr().out


HEAD = '# [prior]\n# "demand.elasticity" = [1.05, 1.5]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (HEAD, "empty"),
        (HEAD + "demand.elasticity\n", "empty"),
        (HEAD + "demand.elasticity\n1.2\nx\n", "row 2"),
        (HEAD + "demand.elasticity\n1.2,1.3\n", "row 1"),
        (HEAD + "demand.elasticity\n1.2_1\n", "row 1"),
        (HEAD + "demand.elasticity\n１.2\n", "row 1"),
        (HEAD + "demand.elasticity\nnan\n", "row 1"),
        (HEAD + "demand.elasticity\n99\n", "99 in row 1"),
        (HEAD + "demand.elasticity,demand.elasticity\n1.2,1.3\n", "same name"),
        ("# [prior\ndemand.elasticity\n1.2\n", "TOML"),
        ("demand.elasticity\n1.2\n", "prior"),
        (HEAD.replace("elasticity", "elasticty") + "demand.elasticty\n1.2\n", "elasticity"),
        (HEAD.replace("demand.e", "law.e") + "law.elasticity\n1.2\n", "policy"),
        (HEAD.replace("demand.elasticity", "labs.third.cash") + "labs.third.cash\n1e8\n", "third"),
        (HEAD.replace("demand.elasticity", "scaling.law") + "scaling.law\n1\n", "not a number"),
        (HEAD + "demand.elasticity\n1.2\n\x00\n", "zero byte"),
        (HEAD + "demand.elasticity\n1.2\n\n1,2\n", "row 2"),
        (HEAD + "demand.elasticity;chips.price\n1.2;3\n", "semicolons"),
        (f"# made_by = 1\n# informed_by_history = 3\n{HEAD}demand.elasticity\n1.2\n", "damaged"),
        (f"# made_by = 1\n# kept = 2020-01-01\n{HEAD}demand.elasticity\n1.2\n", "damaged"),
        (f"# model_error_oom = true\n{HEAD}demand.elasticity\n1.2\n", "not a number"),
        (f"# a{'.a' * 9000} = 1\n{HEAD}demand.elasticity\n1.2\n", "name of over 20 parts"),
    ],
)
def test_a_bad_file_is_one_line(folder, capsys, text, words):
    write(folder, text)
    assert main(["validate", str(folder / "fitted.toml")]) == 2
    err = capsys.readouterr().err
    assert words in err and "fit.csv" in err and len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "said",
    [
        '"../fit"',
        '"/etc/passwd"',
        '"calibrations/fit"',
        '"fitt"',
        "3",
        '{ name = "fit", sha = "1" }',
        '["fit"]',
    ],
)
def test_a_bad_name_is_one_line(folder, capsys, said):
    (folder / "bad.toml").write_text(f"calibration = {said}\n{STORY}")
    assert main(["validate", str(folder / "bad.toml")]) == 2
    err = capsys.readouterr().err
    assert "calibration" in err and len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_saved_by_windows_is_the_same_file(folder, fitted, ends, mark):
    path = folder / "calibrations/fit.csv"
    path.write_bytes((mark + path.read_text().replace("\n", ends)).encode())
    assert Scenario.load(folder / "fitted.toml").hash == fitted.hash


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_saved_by_a_spreadsheet_says_that_its_head_is_changed(folder, capsys, separator):
    path = folder / "calibrations/fit.csv"
    rows = list(csv.reader(path.read_text().splitlines()))
    width = len(rows[-1])
    with path.open("w", newline="") as file:
        padded = (row + [""] * (width - len(row)) for row in rows)
        csv.writer(file, delimiter=separator).writerows(padded)
    assert main(["validate", str(folder / "fitted.toml")]) == 2
    err = capsys.readouterr().err
    assert "first lines" in err and "spreadsheet" in err and len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("letter", ["\u2028", "\x85", "\u2029"])
def test_letters_that_are_no_end_of_a_line_stay_in_the_head(folder, letter):
    about = {"scenario": f"one{letter}two"}
    write(folder, text_of_calibration(about, PRIORS, columns()))
    assert Scenario.load(folder / "fitted.toml").calibration.about["scenario"] == f"one{letter}two"


def test_an_interval_that_a_file_says_otherwise_leaves_the_calibration_aloud(folder, fitted):
    assert fitted.left_calibration == {} and doubts(fitted, Policy()) == []
    edited = STORY.replace("low = 0.2, high = 0.4", "low = 0.2, high = 0.39")
    (folder / "edited.toml").write_text(f'calibration = "fit"\n{edited}')
    for name, dial in {"variant": "demand.elasticity", "edited": "costs.serving_progress"}.items():
        scenario = Scenario.load(folder / f"{name}.toml")
        place = (folder / f"{name}.toml").as_posix()
        assert scenario.left_calibration == {dial: place}
        (said,) = doubts(scenario, Policy())
        assert dial in said and f"{name}.toml" in said and "out of the calibration fit" in said
        assert scenario.without_calibration().left_calibration == {}
    other = fitted.change({"demand.elasticity": 1.3}, where="--set")
    assert other.left_calibration == {"demand.elasticity": "--set"}


def test_a_link_out_of_the_folder_is_refused(folder, capsys):
    path = folder / "calibrations/fit.csv"
    path.rename(folder / "elsewhere.csv")
    path.symlink_to(folder / "elsewhere.csv")
    assert main(["validate", str(folder / "fitted.toml")]) == 2
    assert "link" in capsys.readouterr().err


# --- A file of ours that was damaged -------------------------------------------------------------

SHIPPED = ROOT / "scenarios" / "calibrations" / "continued-until-2025-Q4.csv"


def cut_a_column(lines):
    return [line if line.startswith("#") else line.partition(",")[2] for line in lines]


def cut_rows(lines):
    return lines[:-100]


def cut_the_models_error(lines):
    return [line for line in lines if "model_error_oom" not in line]


@pytest.mark.parametrize("damage", [cut_a_column, cut_rows, cut_the_models_error])
def test_a_damaged_calibration_is_not_taken_for_a_whole_one(tmp_path, capsys, damage):
    folder = tmp_path / "calibrations"
    folder.mkdir()
    (tmp_path / "continued.toml").write_text((ROOT / "scenarios/continued.toml").read_text())
    (folder / SHIPPED.name).write_text("\n".join(damage(SHIPPED.read_text().splitlines())) + "\n")
    assert main(["show", str(tmp_path / "continued.toml")]) == 2
    err = capsys.readouterr().err
    assert "damaged" in err and len(err.strip().splitlines()) == 1


def test_a_dial_that_is_set_leaves_the_calibration_and_says_so(capsys):
    assert main(["show", "continued", "demand", "--set", "demand.elasticity=1.3"]) == 0
    shown = capsys.readouterr()
    assert "out of the calibration" in shown.err
    line = next(line for line in shown.out.splitlines() if line.startswith("demand.elasticity"))
    assert " to " not in line.partition("elasticity")[2].partition("elasticity")[0]
    assert main(["show", "continued", "demand", "--set", "demand.churn=0.5"]) == 0
    assert not capsys.readouterr().err
