"""What may be used as it is said but is hardly meant so is said aloud."""

import pytest

from sim.__main__ import main
from sim.inputs.doubts import doubts
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.inputs.show import laws

SHORT = {"end": "2024-Q4"}


def levy(**dated):
    return Policy.of({"compute_levy_rate": {k.replace("_", "-"): v for k, v in dated.items()}})


@pytest.fixture(scope="module")
def short():
    return Scenario.load("continued").change(SHORT)


@pytest.mark.parametrize("name", ["continued", "plateau", "power_wall", "data_wall"])
@pytest.mark.parametrize("policy", ["compute_levy", "compute_cap", "chip_export_control"])
def test_the_shipped_files_leave_no_doubt(name, policy):
    assert doubts(Scenario.load(name), Policy.load(policy)) == []


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (levy(**{"2025_Q1": 0.1}), ["never comes into force", "2025-Q1", "ends with 2024-Q4"]),
        (
            levy(**{"2022_Q1": 0.1, "2025_Q1": 0.2, "2026_Q1": 0.3}),
            ["dated 2025-Q1, 2026-Q1", "after the end"],
        ),
        (levy(**{"2012_Q1": 0.1}), ["2012-Q1", "before the start", "first quarter"]),
        (levy(**{"2022_Q1": 2}), ["2022-Q1 is 2", "200 %", "write 0.02"]),
    ],
)
def test_a_law_out_of_its_time_or_scale_is_said(short, policy, words):
    (said,) = doubts(short, policy)
    assert "compute_levy_rate" in said and all(word in said for word in words), said


def test_a_law_within_the_run_is_not_said(short):
    assert doubts(short, levy(**{"2020_Q1": 0.1, "2024_Q4": 0.9})) == []
    assert doubts(short, Policy()) == []


def test_an_event_after_the_end_is_said_and_not_written():
    wall = Scenario.load("power_wall")
    cut = wall.change(SHORT)
    (said,) = doubts(cut, Policy())
    assert "2026-Q1" in said and "change nothing" in said
    assert "2026-Q1" not in cut.text and "2026-Q1" in wall.text
    assert cut.change({"end": "2040-Q4"}).text == wall.text
    assert cut.change({"demand.elasticity": 1.2}).late_events == cut.late_events


def test_the_text_of_a_run_cut_short_loads_again(tmp_path):
    cut = Scenario.load("power_wall").change({**SHORT, "calibration": ""})
    file = tmp_path / "again.toml"
    file.write_text(cut.text, encoding="utf-8")
    assert Scenario.load(file).text == cut.text


def test_validate_says_what_is_in_doubt_and_a_rate_in_per_cent(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = 'title = "x"\n[law.compute_levy_rate]\n2012-01-01 = -0.25\n2027-Q1 = 1.5\n2030-Q1 = 0\n'
    (tmp_path / "levy.toml").write_text(text)
    (tmp_path / "cut.toml").write_text('title = "Cut"\nextends = "continued"\nend = "2024-Q4"\n')
    assert main(["validate", "./levy.toml", "./cut.toml"]) == 0
    out, err = capsys.readouterr()
    assert "compute_levy_rate from 2012-Q1: -0.25 (-25 %), a subsidy" in out
    assert "compute_levy_rate from 2027-Q1: 1.5 (150 %)" in out
    assert "compute_levy_rate from 2030-Q1: 0 (0 %), as without the policy" in out
    assert len(err.splitlines()) == 3 and "before the start" in err and "after the end" in err
    assert main(["show", "continued", "demand", "--policy", "./levy.toml"]) == 0
    assert "2027-Q1: 1.5 (150 %)" in capsys.readouterr().out


def test_every_law_is_said_in_its_own_words():
    laws_of = {
        "compute_cap_flop": {"2027-Q1": 1e26, "2030-Q1": float("inf")},
        "profit_tax_rate": {"2027-Q1": 0.25},
    }
    assert laws(Policy.of(laws_of)) == [
        "compute_cap_flop from 2027-Q1: 1e+26 FLOP",
        "compute_cap_flop from 2030-Q1: none, as without the policy",
        "profit_tax_rate from 2027-Q1: 0.25 (25 %)",
    ]


HOSTILE = "\x1b[31mred\u202e"


def test_what_files_say_does_not_command_the_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    text = (
        'title = "\\u001b[31mred\\u202e"\nabout = "\\u001b\\u202e"\n'
        '[demand]\nelasticity = { value = 1.2, source = "\\u001b" }\n'
        '[labs.a]\ntitle = "\\u001b\\u202e"\n'
        '[[events]]\ndate = 2027-01-01\nwhat = "\\u001b\\u202e"\nset = { "beliefs.news" = 0.1 }\n'
    )
    (tmp_path / "scenarios" / "hostile.toml").write_text(text)
    (tmp_path / "scenarios" / f"{HOSTILE}.toml").write_text(text)
    (tmp_path / f"{HOSTILE}.toml").write_text(text)
    scenario = Scenario.load("hostile")
    assert scenario.title == "\\x1b[31mred\\u202e"
    for command, status in (
        (["show"], 0),
        (["show", "hostile"], 0),
        (["show", "hostile", HOSTILE], 2),
        (["show", f"./{HOSTILE}.toml"], 0),
        (["show", "hostle"], 2),
        (["validate", "hostile", f"./{HOSTILE}.toml"], 0),
        (["validate", HOSTILE], 2),
        (["show", "hostile", "--set", f"title={HOSTILE}"], 0),
        (["show", "hostile", "--set", f"demand.elasticity={HOSTILE}"], 2),
        (["show", "hostile", "--set", HOSTILE], 2),
    ):
        assert main(command) == status, command
        out, err = capsys.readouterr()
        assert not set(out + err) & set("\x1b\u202e"), command


@pytest.mark.parametrize("dial", ["labs.openai.opens", "labs.openai.sells"])
@pytest.mark.parametrize(
    ("date", "words"),
    [("2190-01-01", "after the end 2040-Q4"), ("1902-Q1", "long before the start 2020-Q1")],
)
def test_a_lab_out_of_the_runs_time_is_said(dial, date, words):
    (said,) = doubts(Scenario.load("continued").change({dial: date}), Policy())
    assert f"{dial} = {date[:4]}-Q1" in said and words in said


@pytest.mark.parametrize("date", ["2015-12-11", "2020-Q1", "2024-Q4", "2026-Q1"])
def test_a_founding_or_a_lab_after_a_run_cut_short_is_not_said(short, date):
    assert doubts(short.change({"labs.openai.opens": date}), Policy()) == []
