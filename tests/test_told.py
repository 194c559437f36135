"""Whatever a manifest says, it is taken or refused in one line, and a terminal obeys none of it."""

import copy
import json
import random
import shutil
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.errors import BadInput
from sim.outputs.comparison import compare
from sim.outputs.files import write_json
from sim.outputs.results import Failure, Results
from sim.running.again import again
from sim.running.ensemble import run, run_all

ODD = (
    [None, True, 0, -1, 1.5, 1e308, 2**70, "", "x", [], [1], ["a"], ["a", "a"], {}, {"a": 1}]
    + ["\x1b[2J", [[]], "9" * 300, float("nan"), "\ud800"]
)  # fmt: skip
GONE = object()
TRIES = 400


@pytest.fixture(scope="module")
def folders(scenario, tmp_path_factory):
    """Saved runs of every kind, with their manifests."""
    place = tmp_path_factory.mktemp("saved")
    kept = ["revenue", "spending"]
    plain = run(scenario, worlds=2, measures=kept)
    failed = Results(plain.dataset, plain.about, [Failure(2, 2, 1, "ZeroDivisionError", "...")])
    failed.save(place / "failed")
    run(scenario, worlds=2, measures=["revenue", "lab_cash"]).save(place / "labs", labs=True)
    run(scenario, design={"demand.elasticity": [1.1, 1.2]}, measures="revenue").save(place / "rows")
    compare(run(scenario, "compute_levy", worlds=2, measures=kept), plain).save(place / "two")
    return place


def places(said, so_far=()):
    """Where something is said, at any depth."""
    inside = said.items() if isinstance(said, dict) else enumerate(said[:3])
    for key, one in inside:
        yield (*so_far, key)
        if isinstance(one, (dict, list)):
            yield from places(one, (*so_far, key))


def changed(record, place, value):
    record = copy.deepcopy(record)
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    if value is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return record


def run_of(folder):
    told = again(folder)
    few = told.worlds if told.worlds < 3 else 2
    how = {"measures": told.measures, "design": told.design, "common_luck": told.common_luck}
    run_all(told.cases, few, told.seed, workers=1, **how)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["failed", "labs", "rows", "two"])
def test_a_manifest_of_any_kind_is_taken_or_refused(folders, name, request):
    """A fixed seed: the same changes every time."""
    folder = folders / name
    file = folder / "manifest.json"
    record = json.loads(file.read_text())
    request.addfinalizer(lambda: write_json(record, file))
    luck = random.Random(f"told {name}")
    runs = list(record.get("runs", [None]))
    refused = 0
    where = list(places(record))
    for number in range(TRIES):
        place, value = luck.choice(where), luck.choice([GONE, *ODD])
        file.write_text(json.dumps(changed(record, place, value)), "utf-8")
        try:
            repr(Results.load(folder, runs[-1]))
            if number % 10:
                again(folder)
            else:
                run_of(folder)
        except BadInput as error:
            refused += 1
            assert all(line.isprintable() for line in str(error).splitlines())
        except Exception as error:
            raise AssertionError(f"{place} = {value!r}: {error!r}") from error
    assert TRIES / 4 < refused < TRIES


def test_what_is_wrong_is_named(folders):
    file = folders / "labs" / "manifest.json"
    record = json.loads(file.read_text())
    for place, value, words in (
        (("seed",), "x", "'seed' cannot be 'x'"),
        (("measures", "lab_cash", "dims"), 3, "'measures.lab_cash.dims' cannot be 3"),
        (("coords", "lab"), GONE, "'coords' has no 'lab'"),
        (("measures", "lab_cash", "log"), GONE, "'measures.lab_cash' must have unit, label, "),
    ):
        write_json(changed(record, place, value), file)
        with pytest.raises(BadInput, match=words.replace(".", "[.]")) as caught:
            Results.load(file.parent)
        assert len(str(caught.value).splitlines()) == 1
    write_json(record, file)


def test_a_terminal_obeys_no_manifest(folders, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    hidden = "\x1b]0;gone\x07\x1b[2J"
    for name in ("failed", "rows"):
        file = folders / name / "manifest.json"
        record = json.loads(file.read_text())
        bad = changed(record, ("versions", "numpy"), hidden) | {"title": hidden, "scenario": hidden}
        write_json(bad, file)
        loaded = Results.load(folders / name)
        assert "\x1b" not in repr(loaded) + repr(compare(loaded, loaded))
        words = ["--no-figures", "--out", "o"]
        assert main(["run", str(folders / name), *words, "--workers", "1"]) == 0
        assert main(["compare", str(folders / name), str(folders / name), *words]) == 0
        write_json(record, file)
    assert "\x1b" not in "".join(capsys.readouterr())
    assert Path("o/manifest.json").is_file()


@pytest.mark.parametrize("name", ["scenario_text", "policy_text"])
def test_a_scenario_that_is_no_toml_is_refused_where_it_is_read(name, folders, tmp_path):
    """And not first where a comparison asks it for its calibration."""
    shutil.copytree(folders / "failed", tmp_path / "run")
    manifest = tmp_path / "run" / "manifest.json"
    record = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(record | {name: "title = ["}), "utf-8")
    with pytest.raises(BadInput, match=name):
        compare(tmp_path / "run", folders / "failed")
