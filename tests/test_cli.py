"""The command line as a user meets it: files, table, exit status, and one clear line if wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import sim.economy.model
from sim.__main__ import main
from sim.errors import BadInput
from sim.version import __version__

FEW = ["--worlds", "3", "--workers", "1", "--no-figures"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Every test runs in an empty folder, which stays empty when nothing may be written."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said_no(capsys, folder, arguments):
    """Run a command that must fail: exit 2, plain lines, no traceback, nothing written."""
    before = sorted(folder.rglob("*"))
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert "Traceback" not in err and not out
    assert sorted(folder.rglob("*")) == before
    return err.strip()


def test_run_writes_and_prints(short, elsewhere, capsys):
    assert main(["run", *short, *FEW, "--labs"]) == 0
    out, _ = capsys.readouterr()
    folder = next((elsewhere / "outputs").iterdir())
    assert {path.name for path in folder.iterdir()} == {
        "summary.csv",
        "quarters.parquet",
        "labs.parquet",
        "manifest.json",
    }
    assert "Largest ledger residual" in out and str(folder.name) in out
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["versions"]["sim"] == __version__
    assert manifest["worlds"] == 3 and len(manifest["scenario_hash"]) == 64


def test_compare_with_a_policy_is_paired_with_its_own_baseline(short, elsewhere, capsys):
    assert main(["compare", *short, "--policy", "compute_levy", *FEW]) == 0
    folder = next((elsewhere / "outputs").iterdir())
    assert folder.name.startswith("continued-vs-compute_levy-")
    summary = pd.read_csv(folder / "summary.csv")
    baseline, policy, change = summary.scenario.unique()
    assert policy == f"{baseline} + compute_levy" and change == f"{policy} against {baseline}"
    runs = json.loads((folder / "manifest.json").read_text())["runs"]
    assert [run["policies"] for run in runs.values()] == [[], ["compute_levy"]]
    out = capsys.readouterr().out
    assert "change" in out.splitlines()[2]


def test_out_and_quiet(short, elsewhere, capfd):
    assert main(["run", *short, *FEW, "--out", "here/there", "--quiet"]) == 0
    assert (elsewhere / "here/there/manifest.json").exists()
    assert capfd.readouterr() == ("", "")


def test_a_bar_moves(short, capfd):
    assert main(["run", *short, *FEW]) == 0
    assert "100%" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--set", "demand.elasticty=1"], ["elasticty", "elasticity", "--set"]),
        (["--set", "demand.elasticity=nan"], ["demand", "nan"]),
        (["--set", "demand.elasticity=1e9"], ["elasticity", "range"]),
        (["--set", "demand.elasticity"], ["sets nothing"]),
        (["--set", "end=2", "--set", "end.x=1"], ["end"]),
        (["--worlds", "0"], ["worlds"]),
        (["--worlds", "-1"], ["worlds"]),
        (["--seed", "-1"], ["seed"]),
        (["--workers", "0"], ["workers"]),
        (["--policy", "compute_levi"], ["compute_levi", "compute_levy"]),
        (["--out", "a_file/below"], ["--out"]),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(short, elsewhere, capsys, wrong, words):
    (elsewhere / "a_file").write_text("not a folder")
    err = said_no(capsys, elsewhere, ["run", *short, *wrong])
    assert len(err.splitlines()) == 1
    assert all(word in err for word in words)


def test_policies_that_set_one_law_are_refused(short, elsewhere, capsys):
    twice = ["--policy", "compute_levy", "--policy", "compute_levy"]
    err = said_no(capsys, elsewhere, ["run", *short, *twice])
    assert all("compute_levy_rate" in line for line in err.splitlines())


def test_unknown_scenario_names_the_nearest(elsewhere, capsys):
    assert "continued" in said_no(capsys, elsewhere, ["run", "continud"])


def test_compare_needs_something_to_compare(short, elsewhere, capsys):
    assert "--policy" in said_no(capsys, elsewhere, ["compare", *short])


def test_argument_errors_exit_2():
    for wrong in (["run"], ["fly"], ["run", "continued", "--worlds", "many"]):
        with pytest.raises(SystemExit) as end:
            main(wrong)
        assert end.value.code == 2


def test_some_failed_worlds_exit_3_and_the_rest_is_kept(short, elsewhere, capsys, monkeypatch):
    class Fragile(sim.economy.model.AIEconomy):
        def __init__(self, scenario, policy, worlds=1, **more):
            if 100 in worlds:
                raise ZeroDivisionError("no compute")
            super().__init__(scenario, policy, worlds=worlds, **more)

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Fragile)
    assert main(["run", *short, *FEW, "--worlds", "130"]) == 3
    out, err = capsys.readouterr()
    assert "continued: world 100 failed: ZeroDivisionError: no compute" in err
    folder = next((elsewhere / "outputs").iterdir())
    manifest = json.loads((folder / "manifest.json").read_text())
    assert "ZeroDivisionError" in manifest["failures"][0]["traceback"]
    assert pd.read_parquet(folder / "quarters.parquet").world.nunique() == 129
    assert "Tables are in" in out


def test_all_worlds_failed_exits_3_and_writes_nothing(short, elsewhere, capsys, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("nothing works")

    monkeypatch.setattr(sim.economy.model, "AIEconomy", broken)
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert main(["run", *short, *FEW]) == 3
    err = capsys.readouterr().err
    assert "nothing works" in err and "Traceback" not in err
    (log,) = elsewhere.iterdir()
    assert str(log) in err and "RuntimeError: nothing works" in log.read_text()


def test_failed_figures_leave_the_tables(short, elsewhere, capsys, monkeypatch):
    def broken(*_):
        raise ValueError("no ink")

    monkeypatch.setattr("sim.plots.save_figures", broken)
    assert main(["run", *short, "--worlds", "2", "--quiet"]) == 3
    assert "no ink" in capsys.readouterr().err
    assert next((elsewhere / "outputs").iterdir()).joinpath("manifest.json").exists()


def test_ctrl_c_exits_130_with_a_clean_line(short, elsewhere, capsys, monkeypatch):
    class Stopped(sim.economy.model.AIEconomy):
        def step(self):
            raise KeyboardInterrupt

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Stopped)
    assert main(["run", *short, *FEW]) == 130
    err = capsys.readouterr().err
    assert "Stopped" in err and "Traceback" not in err
    assert not (elsewhere / "outputs").exists()


def test_show_lists_and_describes(short, capsys):
    assert main(["show"]) == 0
    listed = capsys.readouterr().out
    assert "compute_levy" in listed and "Scenarios:" in listed
    assert main(["show", *short[:1]]) == 0
    whole = capsys.readouterr().out
    header = next(line for line in whole.splitlines() if line.startswith("dial "))
    assert all(word in header for word in ("value", "90 % interval", "unit", "allowed", "source"))
    assert "demand." in whole and "labs." in whole
    assert main(["show", *short[:1], "demand", "--set", "demand.elasticity=1.125"]) == 0
    demand = capsys.readouterr().out
    assert "1.125" in demand and "labs." not in demand


def test_show_unknown_subject(short, elsewhere, capsys):
    assert "demand" in said_no(capsys, elsewhere, ["show", *short[:1], "demant"])


def test_validate_takes_names_too(elsewhere, capsys):
    assert main(["validate", "continued", "compute_levy"]) == 0
    said = capsys.readouterr().out
    assert "continued: fine, a scenario" in said and "compute_levy: fine, a policy" in said
    assert main(["validate", "continud"]) == 2
    assert "Did you mean 'continued'?" in capsys.readouterr().err


def test_validate_says_what_is_fine_and_all_that_is_wrong(elsewhere, capsys):
    good, bad = elsewhere / "levy.toml", elsewhere / "bad.toml"
    good.write_text('title = "Levy"\n[law.compute_levy_rate]\n2027-01-01 = 0.02\n')
    bad.write_text('title = "Bad"\nwhatever = 1\n[demand]\nelasticty = 1\n')
    assert main(["validate", str(good)]) == 0
    assert "fine" in capsys.readouterr().out
    assert main(["validate", str(good), str(bad), "missing.toml"]) == 2
    err = capsys.readouterr().err
    assert "whatever" in err and "elasticity" in err and "missing.toml" in err
    assert "Traceback" not in err


def test_bench_prints_one_line_of_json(short, capsys, monkeypatch):
    figures = {"lab_quarter_in_exp": 100.0}
    monkeypatch.setattr("sim.running.bench.bench", lambda scenario: figures)
    assert main(["bench", *short[:1]]) == 0
    assert json.loads(capsys.readouterr().out) == figures


def test_help_is_quick_and_names_every_command():
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sim", "--help"], capture_output=True, text=True
    )
    assert time.perf_counter() - began < 5
    assert done.returncode == 0
    for command in ("run", "compare", "show", "validate", "bench", "serve"):
        assert command in done.stdout
    assert "numpy" not in done.stderr  # heavy imports wait until they are needed


def test_problems_of_a_file_come_one_a_line(capsys, monkeypatch):
    def refuse(*_):
        raise BadInput("a: is wrong. Do this.", "b: is wrong. Do that.")

    monkeypatch.setattr("sim.inputs.scenario.Scenario.load", refuse)
    assert main(["run", "x"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group of processes")
def test_ctrl_c_with_worker_processes_leaves_nothing_behind(elsewhere):
    command = [sys.executable, "-m", "sim", "run", "continued", "--worlds", "20000"]
    job = subprocess.Popen(
        [*command, "--workers", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a job in the background of a script would inherit that Ctrl-C is to be ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    time.sleep(2.5)  # long enough to start workers, far too short to finish
    os.killpg(job.pid, signal.SIGINT)
    _, err = job.communicate(timeout=20)
    assert job.returncode == 130
    assert "Traceback" not in err and "Stopped" in err
    assert not (elsewhere / "outputs").exists()
    patience = time.monotonic() + 10
    while living(job.pid) and time.monotonic() < patience:
        time.sleep(0.1)
    assert not living(job.pid)


def living(group):
    """Processes of a group that have not ended (Linux; elsewhere none is seen)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it ended while we looked
        if int(its_group) == group and state not in "ZX":
            found.append(stat.parent.name)
    return found


def test_a_place_that_cannot_be_written_is_one_plain_line(short, capsys):
    assert main(["run", *short, *FEW, "--quiet", "--out", "/proc/nowhere"]) == 2
    err = capsys.readouterr().err
    assert "Choose another" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "compute_levy"], "That is the name of a policy."),
        (["compare", "continued", "--policy", "plateau"], "That is the name of a scenario."),
        (["run", "mine.txt"], "write './mine.txt'"),
    ],
)
def test_a_name_of_another_kind_is_recognised(words, says, elsewhere, capsys):
    (elsewhere / "mine.txt").write_text('title = "Mine"')
    assert main(words) == 2
    assert says in capsys.readouterr().err


def test_explain_prints_a_table_and_sentences_and_writes_nothing(short, elsewhere, capsys):
    few = ["--lab", "openai", "--at", "2020-Q4", "--worlds", "3"]
    assert main(["explain", *short, *few]) == 0
    out, err = capsys.readouterr()
    assert not err and not list(elsewhere.iterdir())
    lines = out.splitlines()
    assert lines[0] == "OpenAI in 2020-Q4, Continued scaling: median [5 %, 95 %] of 3 worlds"
    assert any(line.startswith("final runs  ") and "[" in line for line in lines)
    assert lines[-5].startswith("OpenAI spends $") and "belief fell by a quarter" in lines[-1]


def test_explain_one_world_and_two_scenarios(short, capsys):
    one = ["--lab", "openai", "--at", "2020-12-31", "--world", "2"]
    assert main(["explain", *short, *one]) == 0
    alone = capsys.readouterr().out
    assert "world 2" in alone and "[" not in alone
    assert main(["explain", "continued", "plateau", *short[1:], *one, "--seed", "1"]) == 0
    both = capsys.readouterr().out
    assert "Continued scaling:" in both and "Plateau:" in both


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--lab", "opnai", "--at", "2020"], ["opnai", "openai"]),
        (["--lab", "openai", "--at", "2031"], ["2031", "2020-Q1", "2021-Q2"]),
        (["--lab", "anthropic", "--at", "2020-Q1"], ["anthropic", "not at work"]),
        (["--lab", "openai", "--at", "2020", "--world", "1", "--worlds", "2"], ["--world"]),
        (["--lab", "openai", "--at", "2020", "--worlds", "0"], ["worlds"]),
        (["--lab", "openai", "--at", "2020", "--world", "-1"], ["worlds"]),
        (["--lab", "openai", "--at", "2020", "--policy", "levi"], ["levi"]),
    ],
)
def test_what_cannot_be_explained_is_one_line(short, elsewhere, capsys, wrong, words):
    err = said_no(capsys, elsewhere, ["explain", *short, *wrong])
    assert len(err.splitlines()) == 1 and all(word in err for word in words)


@pytest.mark.parametrize("command", ["run", "compare"])
def test_why_they_spent_so_is_drawn_whatever_was_kept(short, elsewhere, capsys, command):
    law = ["--policy", "compute_levy"] if command == "compare" else []
    words = [command, *short, *law, "--worlds", "3", "--workers", "1", "--out", "o", "--quiet"]
    assert main(words) == 0
    drawn = {path.stem for path in Path("o").glob("why*.png")}
    wanted = {"why_it_spent_so_1", "why_it_spent_so_2"} if law else {"why_it_spent_so"}
    assert drawn == wanted
    manifest = json.loads(Path("o/manifest.json").read_text())
    assert {f"{name}.png" for name in wanted} <= set(manifest["files"])
    runs = manifest.get("runs", {"": manifest})
    assert not any("lab_shadow_price" in one["measures"] for one in runs.values())


def test_the_figure_by_lab_takes_few_worlds(short, elsewhere, monkeypatch):
    """Measures by lab of all worlds would take three times the memory."""
    from sim.cli import runs
    from sim.running import ensemble

    asked = []
    whole = ensemble.run_all

    def counted(cases, **how):
        asked.append(
            (how["worlds"], "lab_shadow_price" in (how["measures"] or ["lab_shadow_price"]))
        )
        return whole(cases, **how)

    monkeypatch.setattr(ensemble, "run_all", counted)
    monkeypatch.setattr(runs, "WORLDS_BY_LAB", 2)
    words = ["run", *short, "--worlds", "5", "--workers", "1", "--quiet"]
    assert main(words) == 0 and asked == [(5, False), (2, True)]
    asked.clear()
    assert main([*words, "--labs"]) == 0 and asked == [(5, True)]  # they are there
