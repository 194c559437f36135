"""A folder is one question: replaced as a whole, never mixed, never over anybody's own files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

from sim.__main__ import main
from sim.cli.naming import question_in
from sim.errors import BadInput
from sim.outputs import folder as folders
from sim.outputs.comparison import compare
from sim.outputs.files import write_json
from sim.outputs.folder import record_of, replaced
from sim.outputs.results import Failure, Results
from sim.plots import save_figures
from sim.running.ensemble import run, run_all
from sim.version import versions

FEW = ["--worlds", "3", "--workers", "1", "--no-figures", "--quiet"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fill(folder, **files):
    """Write a folder of ours with these files."""
    with replaced(folder) as part:
        for name, text in files.items():
            (part / name).write_text(text)
        write_json({"versions": versions(), "scenario": "toy"}, part / "manifest.json")


def everything(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


# --- The folder itself ---------------------------------------------------------------------------


def test_what_was_there_goes_as_a_whole(elsewhere):
    fill("out", a="1", b="2")
    assert everything(elsewhere / "out") == {"a": "1", "b": "2"}
    fill("out", b="3", c="4")
    assert everything(elsewhere / "out") == {"b": "3", "c": "4"}
    assert set(record_of("out")["files"]) == {"b", "c"}
    assert [path.name for path in elsewhere.iterdir()] == ["out"]


@pytest.mark.parametrize("way", ["new", "over"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, BadInput])
def test_an_error_leaves_everything_as_it_was(elsewhere, way, error):
    if way == "over":
        fill("deep/out", a="1")
    before = sorted(elsewhere.rglob("*"))
    with pytest.raises(error), replaced("deep/out") as part:
        (part / "b").write_text("half")
        raise error
    assert sorted(elsewhere.rglob("*")) == before


def test_without_a_manifest_nothing_is_replaced(elsewhere):
    fill("out", a="1")
    with replaced("out") as part:
        (part / "b").write_text("2")
    assert everything(elsewhere / "out") == {"a": "1"}


def spoil(folder, how):
    if how == "another file":
        (folder / "mine.txt").write_text("mine")
    elif how == "a file in a folder":
        (folder / "sub").mkdir()
        (folder / "sub/mine.txt").write_text("mine")
    elif how == "a changed file":
        (folder / "a").write_text("changed")
    elif how == "a link":
        (folder / "link").symlink_to(folder.parent)
    elif how == "a hidden file":
        (folder / ".mine").write_text("mine")
    elif how == "another's manifest":
        (folder / "manifest.json").write_text('{"name": "a web site"}')
    elif how == "no manifest":
        (folder / "manifest.json").unlink()
    else:
        (folder / "manifest.json").write_text("[" * 10_000)


SPOILT = [
    "another file", "a file in a folder", "a changed file", "a link", "a hidden file",
    "another's manifest", "no manifest", "no JSON",
]  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_not_ours_is_never_lost(elsewhere, how):
    fill("out", a="1")
    spoil(elsewhere / "out", how)
    before = sorted(elsewhere.rglob("*"))
    with pytest.raises(BadInput, match="out: holds files") as refused, replaced("out"):
        raise AssertionError("it must be refused before anything is done")
    assert len(str(refused.value).splitlines()) == 1
    assert sorted(elsewhere.rglob("*")) == before


def test_what_file_managers_leave_is_nobodys(elsewhere):
    fill("out", a="1")
    (elsewhere / "out/.DS_Store").write_text("x")
    fill("out", a="2")
    assert everything(elsewhere / "out") == {"a": "2"}


def test_an_empty_folder_of_ones_own_is_filled(elsewhere):
    (elsewhere / "out").mkdir()
    fill("out", a="1")
    assert everything(elsewhere / "out") == {"a": "1"}


@pytest.mark.parametrize("wrong", ["", 3, None, b"out", "a\0b", ["out"], "a_file", "a_file/below"])
def test_what_is_no_folder_is_refused(elsewhere, wrong):
    (elsewhere / "a_file").write_text("not a folder")
    with pytest.raises(BadInput, match="folder"), replaced(wrong):
        raise AssertionError("it must be refused")
    assert [path.name for path in elsewhere.iterdir()] == ["a_file"]


def test_a_link_to_itself_is_refused(elsewhere):
    (elsewhere / "loop").symlink_to(elsewhere / "loop")
    with pytest.raises((BadInput, OSError)), replaced("loop"):
        raise AssertionError("it must be refused")


def test_a_link_to_a_folder_stays_one(elsewhere):
    (elsewhere / "real").mkdir()
    (elsewhere / "link").symlink_to(elsewhere / "real")
    for text in "12":
        fill("link", a=text)
    assert (elsewhere / "link").is_symlink() and everything(elsewhere / "real") == {"a": "2"}


def test_the_current_folder_stays_the_current_one(elsewhere, monkeypatch):
    (elsewhere / "here").mkdir()
    monkeypatch.chdir(elsewhere / "here")
    fill(".", a="1", b="2")
    fill(Path(), b="3")
    assert everything(Path.cwd()) == {"b": "3"} and record_of(".")["files"].keys() == {"b"}
    assert sorted(os.listdir(elsewhere / "here")) == ["b", "manifest.json"]
    Path("mine").write_text("mine")
    with pytest.raises(BadInput, match="mine"):
        fill(".", a="4")


def test_half_a_move_is_undone(elsewhere):
    """Killed between its two renames, a move leaves the old folder aside: it comes back."""
    fill("out", a="1")
    (elsewhere / "out").rename(elsewhere / ".out.123.old")
    with pytest.raises(KeyboardInterrupt), replaced("out"):
        raise KeyboardInterrupt
    assert everything(elsewhere / "out") == {"a": "1"}
    assert [path.name for path in elsewhere.iterdir()] == ["out"]


def test_what_killed_runs_left_is_removed(elsewhere):
    for name in (".out.123.part", ".out.124.part"):
        (elsewhere / name).mkdir()
        (elsewhere / name / "labs.parquet").write_text("half")
    (elsewhere / ".other.123.part").mkdir()
    (elsewhere / ".out.lock").write_text("123")
    fill("out", a="1")
    assert sorted(os.listdir(elsewhere)) == [".other.123.part", "out"]


@pytest.mark.parametrize("name", ["out.x", "out.5", "out.9.old", "out[1]"])
def test_a_name_with_dots_is_another_folder(elsewhere, name):
    """A sweep in parallel: demand.elasticity=2 beside demand.elasticity=2.5."""
    with replaced(name) as part:
        (elsewhere / f".{name}.123.old").mkdir()
        (part / "a").write_text("1")
        fill("out", b="2")
        write_json({"versions": versions()}, part / "manifest.json")
    assert everything(elsewhere / name) == {"a": "1"}
    assert everything(elsewhere / "out") == {"b": "2"}


def test_what_was_lent_and_is_gone_is_said(elsewhere):
    with pytest.raises(BadInput, match="out: .* was removed"), replaced("out") as part:
        part.rmdir()
    with pytest.raises(FileNotFoundError), replaced("out") as part:
        part.rmdir()
        write_json({"versions": versions()}, part / "manifest.json")
    assert not list(elsewhere.iterdir())


HOLD = """
import sys
from sim.outputs.folder import replaced
with replaced("out"):
    print("holding", flush=True)
    sys.stdin.read()
"""


def test_two_processes_never_share_a_folder(elsewhere, capsys, short):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "holding\n"
        assert main(["run", *short, *FEW, "--out", "out"]) == 2
        said = capsys.readouterr().err
        assert str(holder.pid) in said and len(said.strip().splitlines()) == 1
        holder.kill()
        holder.wait()
        assert list(elsewhere.glob(".out.*.part"))  # killed, it could not clean up
        fill("out", a="1")  # nobody holds it now, whatever its lock file says
    finally:
        holder.kill()
        holder.communicate()
    assert os.listdir(elsewhere) == ["out"]


def test_one_process_does_not_write_twice_at_once(elsewhere):
    with replaced("out"), pytest.raises(BadInput, match=str(os.getpid())), replaced("out"):
        raise AssertionError("it must be refused")


def test_a_file_system_without_locks_is_no_hindrance(elsewhere, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def none(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", none)
    fill("out", a="1")
    assert everything(elsewhere / "out") == {"a": "1"}


def test_a_move_that_fails_puts_the_old_one_back(elsewhere, monkeypatch):
    fill("out", a="1")
    rename = os.rename

    def unwilling(old, new):
        if str(old).endswith(".part"):
            raise OSError(16, "Device or resource busy")
        rename(old, new)

    monkeypatch.setattr(folders.os, "rename", unwilling)
    with pytest.raises(OSError, match="busy"):
        fill("out", a="2")
    assert everything(elsewhere / "out") == {"a": "1"}


# --- Runs in folders -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(scenario):
    return run_all([(scenario, None), (scenario, ["compute_levy", "compute_cap"])], 5, workers=1)


def test_a_saved_run_comes_back(pair, elsewhere):
    pair[1].failures = [Failure(7, 7, 1, "ZeroDivisionError: x", "Traceback")]
    pair[1].save("out", labs=True)
    back = Results.load("out")
    xr.testing.assert_identical(
        back.dataset.drop_attrs(deep=False), pair[1].dataset.drop_attrs(deep=False)
    )
    assert back.failures == pair[1].failures and back.name == pair[1].name
    assert {**back.about, "versions": 0} == {**pair[1].about, "versions": 0}
    assert back.about["versions"] == versions()
    for path in ("out/manifest.json", Path("out")):
        assert Results.load(path).worlds == 5
    back.save("again", labs=True)
    assert Path("again/quarters.parquet").read_bytes() == Path("out/quarters.parquet").read_bytes()
    pair[1].failures = []


def test_what_a_dataset_says_of_itself_comes_back(pair, elsewhere):
    pair[1].save("out", labs=True)
    assert Results.load("out").dataset.attrs == pair[1].dataset.attrs
    assert pair[1].dataset.attrs["policies"] and pair[1].dataset.attrs["title"]


def test_labs_that_were_not_kept_are_said_before_the_run(scenario, elsewhere, capsys):
    run(scenario, worlds=2, measures="revenue").save("o")
    assert main(["run", "o", "--labs"]) == 2
    err = capsys.readouterr().err
    assert "kept no measure by lab" in err and len(err.splitlines()) == 1


def test_without_labs_the_market_comes_back(pair, elsewhere):
    pair[0].save("out")
    back = Results.load("out")
    assert set(back.measures) == {
        name for name in pair[0].measures if "lab" not in pair[0][name].dims
    }
    xr.testing.assert_identical(back["flows"], pair[0]["flows"])
    assert back.summary().equals(
        pair[0]
        .summary()[lambda rows: rows.measure.isin(set(back.summary().measure))]
        .reset_index(drop=True)
    )


def test_worlds_with_gaps_come_back(pair, elsewhere):
    few = Results(pair[0].dataset.isel(world=[0, 3]), pair[0].about)
    few.save("out", labs=True)
    assert list(Results.load("out").dataset["world"].values) == [0, 3]


def test_saved_runs_are_compared(pair, elsewhere):
    for r, folder in zip(pair, "ab", strict=True):
        r.save(folder, labs=True)
    there, here = compare("b", Path("a")), compare(pair[1], pair[0])
    for name in here.measures:
        xr.testing.assert_identical(there[name], here[name])
    here.save("both", labs=True)
    for r in pair:
        back = Results.load("both", r.name)
        xr.testing.assert_identical(back["lab_revenue"], r["lab_revenue"])
        xr.testing.assert_identical(back["segment_spending"], r["segment_spending"])
    with pytest.raises(BadInput, match="holds 2 runs"):
        Results.load("both")
    with pytest.raises(BadInput, match="compute_levy"):
        Results.load("both", "continued + compute_lev")


@pytest.mark.parametrize(
    "how", ["a changed file", "a file is gone", "no manifest", "no measures", "never"]
)
def test_a_folder_that_is_not_whole_is_refused(pair, elsewhere, how):
    pair[0].save("out")
    if how == "a changed file":
        with open("out/quarters.parquet", "ab") as file:
            file.write(b"x")
    elif how == "a file is gone":
        Path("out/quarters.parquet").unlink()
    elif how == "no manifest":
        Path("out/manifest.json").unlink()
    else:
        lost = "measures" if how == "no measures" else "files"
        record = json.loads(Path("out/manifest.json").read_text())
        write_json({k: v for k, v in record.items() if k != lost}, "out/manifest.json")
        if how == "never":  # nor does the manifest say that there was one
            Path("out/quarters.parquet").unlink()
    with pytest.raises(BadInput, match="out") as refused:
        Results.load("out")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("wrong", [3, None, "", "nowhere", b"out"])
def test_what_is_no_saved_run_is_refused(wrong):
    with pytest.raises(BadInput):
        Results.load(wrong)


def test_units_travel(pair, elsewhere):
    pair[0].save("out", labs=True)
    for file in ("quarters.parquet", "labs.parquet"):
        axes = {"world", "quarter", "lab"}
        for field in pq.read_schema(f"out/{file}"):
            if field.name not in axes:
                measure = pair[0][field.name.split("[")[0]]
                assert field.metadata[b"units"].decode() == measure.attrs["units"]
                assert field.metadata[b"long_name"].decode() == measure.attrs["long_name"]
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert manifest["measures"]["revenue"] == {
        "unit": "USD/year", "label": "Revenue of labs", "dims": [], "log": True
    }  # fmt: skip
    units = pd.read_csv("out/summary.csv").groupby("measure").unit.first()
    assert units["spending[serving]"] == "USD/year" and units.notna().all()


def test_netcdf_keeps_numbers_and_units(pair, elsewhere):
    pair[1].dataset.to_netcdf("out.nc", engine="scipy")
    back = xr.load_dataset("out.nc", engine="scipy")
    assert back.attrs["scenario"] == "continued" and "compute_cap" in back.attrs["policies"]
    for name in pair[1].measures:
        mine, theirs = pair[1][name], back[name]
        np.testing.assert_array_equal(mine.values, theirs.values)
        assert theirs.attrs["units"] == mine.attrs["units"] and theirs.attrs["log"] in (0, 1)
        assert [str(x) for x in theirs["quarter"].values] == pair[1].quarters


# --- The command line ----------------------------------------------------------------------------


def names(folder="outputs"):
    return sorted(os.listdir(folder))


def test_every_question_has_a_folder_of_its_own(short, elsewhere):
    asked = [
        [],
        ["--seed", "7"],
        ["--worlds", "4"],
        ["--set", "demand.elasticity=1.2"],
        ["--set", "demand.elasticity=1.25"],
        ["--set", "demand.elasticity=[1.1, 1.3]"],
        ["--prior"],
        ["--labs"],
        ["--policy", "compute_levy"],
        ["--policy", "compute_levy", "--policy", "compute_cap"],
        ["--policy", "compute_levy", "--seed", "7", "--set", "demand.elasticity=1.2"],
    ]
    for flags in asked:
        assert main(["run", *short, *FEW, *flags]) == 0
    assert len(names()) == len(asked)
    assert "continued+compute_levy-seed7-worlds3-demand.elasticity=1.2-end=2021-Q2" in names()
    for flags in asked:  # the same question again: the same folder
        assert main(["run", *short, *FEW, *flags]) == 0
    assert len(names()) == len(asked)


def test_comparisons_have_folders_of_their_own(short, elsewhere):
    for rest in (
        ["plateau"],
        ["plateau", "--policy", "compute_levy"],
        ["--policy", "compute_levy"],
        ["--policy", "compute_levy", "--seed", "1"],
    ):
        assert main(["compare", short[0], *rest, *short[1:], *FEW]) == 0
    assert sorted(name.replace("-worlds3-end=2021-Q2", "") for name in names()) == [
        "continued+compute_levy-vs-plateau+compute_levy",
        "continued-vs-compute_levy",
        "continued-vs-compute_levy-seed1",
        "continued-vs-plateau",
    ]


def test_plain_defaults_have_the_plain_name(elsewhere, monkeypatch):
    from sim.cli.naming import name_of
    from sim.cli.parser import parser
    from sim.inputs.loading import loaded

    for words, name in (
        (["run", "continued"], "continued"),
        (["run", "continued", "--worlds", "1000", "--seed", "0"], "continued"),
    ):
        assert name_of(parser().parse_args(words), [loaded("continued")]) == name


def test_an_edited_scenario_is_another_question(elsewhere):
    file = elsewhere / "mine.toml"
    said = 'title = "Mine"\nextends = "continued"\nabout = "x"\nend = "2020-Q3"\n'
    for more in ("", "[demand]\nelasticity = 1.2\n"):
        file.write_text(said + more)
        assert main(["run", "./mine.toml", *FEW]) == 0
    assert len(names()) == 2 and names()[1].startswith("mine-worlds3-")


@pytest.mark.parametrize("name", ["...", "..", "a/b", "-", "", "é" * 300, "x" * 300, "中国", "a b"])
def test_any_name_is_one_folders(name):
    from sim.cli.naming import file_name

    safe = file_name(name)
    assert safe and len(safe.encode()) < 120 and Path(safe).name == safe
    assert not safe.startswith(".") and safe == file_name(name)


def test_names_that_differ_beyond_their_length_stay_apart():
    from sim.cli.naming import file_name

    assert len({file_name("x" * 300 + end) for end in "ab"}) == 2
    assert len({file_name(name) for name in ("a b", "a/b", "a-b")}) == 3


def test_a_chosen_folder_is_replaced_and_that_is_said(short, elsewhere, capsys):
    assert main(["run", *short, *FEW, "--labs", "--out", "o"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["run", *short, *FEW, "--seed", "5", "--out", "o"]) == 0
    assert "o: replaces what was there (continued, seed 0, 3 worlds)" in capsys.readouterr().err
    assert names("o") == ["manifest.json", "quarters.parquet", "summary.csv"]
    assert main(["run", *short, *FEW, "--seed", "5", "--out", "o"]) == 0
    assert capsys.readouterr().err == ""


def test_figures_of_an_earlier_run_do_not_stay(short, elsewhere):
    assert main(["run", *short, "--worlds", "2", "--quiet", "--out", "o"]) == 0
    listed = record_of("o")["files"]
    assert "overview.png" in listed and set(listed) | {"manifest.json"} == set(names("o"))
    assert main(["run", *short, *FEW, "--out", "o"]) == 0
    assert not list(Path("o").glob("*.png"))


@pytest.mark.parametrize("flags", [[], ["--labs"], ["--policy", "compute_levy", "--seed", "3"]])
def test_a_manifest_makes_the_same_run_again(short, elsewhere, flags):
    assert main(["run", *short, *FEW, *flags]) == 0
    (name,) = names()
    before = record_of(f"outputs/{name}")["files"]
    for given in (f"outputs/{name}/manifest.json", f"outputs/{name}"):
        assert main(["run", given, "--no-figures", "--quiet", "--out", "copy"]) == 0
        assert record_of("copy")["files"] == before
    assert main(["run", f"outputs/{name}", "--no-figures", "--quiet"]) == 0
    assert names() == [name]


def test_a_manifest_of_a_comparison_makes_it_again(short, elsewhere):
    assert main(["compare", *short, "--policy", "compute_levy", *FEW, "--out", "both"]) == 0
    for command in ("run", "compare"):
        assert main([command, "both", "--no-figures", "--quiet", "--out", command]) == 0
        assert record_of(command)["files"] == record_of("both")["files"]


def test_a_manifest_of_a_design_makes_it_again(scenario, elsewhere):
    design = {"demand.elasticity": [1.2, 1.3, 1.123456789012345]}
    run(scenario, "compute_levy", design=design, common_luck=True).save("out", labs=True)
    assert main(["run", "out", "--no-figures", "--quiet", "--out", "copy"]) == 0
    assert record_of("copy")["files"] == record_of("out")["files"]
    for _ in range(2):
        assert main(["run", "out", "--no-figures", "--quiet"]) == 0
    assert names() == ["out"]


def test_a_run_of_other_versions_says_that_digits_may_differ(short, elsewhere, capsys):
    assert main(["run", *short, *FEW, "--out", "o"]) == 0
    record = json.loads(Path("o/manifest.json").read_text())
    record["versions"]["numpy"] = "1.0"
    write_json(record, "o/manifest.json")
    capsys.readouterr()
    assert main(["run", "o", "--no-figures", "--quiet", "--out", "copy"]) == 0
    assert "It was made with numpy 1.0: last digits may differ." in capsys.readouterr().err


def test_figures_drawn_later_belong_to_the_folder(pair, elsewhere):
    pair[0].save("out", labs=True)
    figures = save_figures(pair[0], "out")
    assert {path.name for path in figures} < set(record_of("out")["files"])
    assert Results.load("out").worlds == 5
    pair[0].save("out")
    assert names("out") == ["manifest.json", "quarters.parquet", "summary.csv"]


def test_two_saved_folders_are_compared(short, elsewhere, capsys):
    for flags in ([], ["--policy", "compute_levy"]):
        assert main(["run", *short, *FEW, *flags, "--out", "+".join(["o", *flags[1:]])]) == 0
    assert main(["compare", "o", "o+compute_levy", "--no-figures"]) == 0
    assert "change" in capsys.readouterr().out
    assert main(["compare", *short, "--policy", "compute_levy", *FEW, "--out", "direct"]) == 0
    (saved,) = names()
    assert saved == "o-vs-o+compute_levy"
    there, here = (pd.read_csv(f"{x}/summary.csv") for x in (f"outputs/{saved}", "direct"))
    kept = set(there.measure)  # without --labs, what is by lab was not saved
    pd.testing.assert_frame_equal(
        there, here[here.measure.isin(kept)].reset_index(drop=True), check_exact=True
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "o", "--seed", "1"], "--seed"),
        (["run", "o", "--set", "demand.elasticity=1.2"], "--set"),
        (["run", "o", "--policy", "compute_levy"], "--policy"),
        (["run", "o", "--prior"], "--prior"),
        (["compare", "o", "o", "--worlds", "5"], "--worlds"),
        (["compare", "o", "plateau"], "Give two"),
        (["run", "nowhere/manifest.json"], "no saved run"),
        (["run", "spoilt/manifest.json"], "whole run"),
        (["compare", "o", "spoilt"], "spoilt"),
    ],
)
def test_what_a_saved_run_cannot_do_is_one_line(short, elsewhere, capsys, words, said):
    assert main(["run", *short, *FEW, "--out", "o"]) == 0
    Path("spoilt").mkdir()
    write_json({"versions": {"sim": "0"}, "scenario": "x"}, "spoilt/manifest.json")
    capsys.readouterr()
    assert main(words) == 2
    err = capsys.readouterr().err
    assert said in err and len(err.strip().splitlines()) == 1


def test_luck_and_measures_belong_to_the_question(scenario, elsewhere, capsys):
    """What a design ran with common luck is not what it ran with each world's own."""
    design = {"demand.elasticity": [1.2, 1.3]}
    run(scenario, design=design, common_luck=True, measures="revenue").save("with")
    run(scenario, design=design, measures="revenue").save("without")
    run(scenario, design=design, measures=["revenue", "rent"]).save("more")
    run(scenario, worlds=2, common_luck=True, measures="revenue").save("same")
    for one in ("with", "without", "more", "same", "with"):
        assert main(["run", one, "--no-figures", "--quiet", "--out", "here"]) == 0
        assert record_of("here")["files"] == record_of(one)["files"]
    assert capsys.readouterr().err.count("replaces what was there") == 4
    asked = [question_in(record_of(one)) for one in ("with", "without", "more", "same")]
    assert all(asked.count(one) == 1 for one in asked)


def test_a_manifest_with_luck_that_is_no_truth_is_refused(scenario, elsewhere, capsys):
    run(scenario, design={"demand.elasticity": [1.2]}, measures="revenue").save("o")
    record = json.loads(Path("o/manifest.json").read_text())
    write_json(record | {"common_luck": "no"}, "o/manifest.json")
    assert main(["run", "o", "--quiet"]) == 2
    assert "common_luck" in capsys.readouterr().err
