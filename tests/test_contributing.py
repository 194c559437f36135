"""CONTRIBUTING.md keeps its word: each recipe, followed in a copy, does what it says."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
RECIPES = dict(re.findall(r"^## Add a (\w+)$.*?^```diff\n(.*?)^```$", PAGE, re.M | re.S))
# A run, and what it measured, as JSON.
RUN = """
import json, sys, sim
from sim.inputs.scenario import Scenario
given = json.loads(sys.argv[1])
scenario = Scenario.load("continued").change(given["dials"])
policy = sim.Policy.load(given["policy"]) if given["policy"] else None
results = sim.run(scenario, policy, worlds=4, workers=1)
measures = {name: results[name].values.tolist() for name in results.measures}
print(json.dumps([sim.__file__, results.quarters, measures]))
"""


def follow(diff: str, folder: Path) -> None:
    """Do to a folder what a unified diff says. What it takes out must stand there, and once."""
    for part in re.split(r"^(?=--- )", diff, flags=re.M)[1:]:
        heads, *hunks = re.split(r"^@@ (.*) @@.*\n", part, flags=re.M)
        old_name, new_name = re.match(r"--- (\S+)\n\+\+\+ b/(\S+)\n", heads).groups()
        file = folder / new_name
        text = "" if old_name == "/dev/null" else file.read_text()
        assert old_name == "/dev/null" or old_name == f"a/{new_name}"
        for ranges, hunk in zip(hunks[::2], hunks[1::2], strict=True):
            lines = [line or " " for line in hunk.rstrip("\n").split("\n")]
            old, new = (
                "".join(f"{line[1:]}\n" for line in lines if line[0] in kept)
                for kept in (" -", " +")
            )
            counts = [int(count or 1) for count in re.findall(r"[-+]\d+(?:,(\d+))?", ranges)]
            assert counts == [old.count("\n"), new.count("\n")], f"{new_name}: {ranges}"
            if old:
                assert text.count(old) == 1, f"{new_name}: mend the recipe, there is no\n{old}"
            text = text.replace(old, new) if old else new
        file.write_text(text)


def a_copy(folder: Path) -> Path:
    """A copy of what a run needs."""
    for part in ("sim", "scenarios"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    return folder


def python(folder: Path, *words: str) -> str:
    """What Python prints that finds `sim` in this folder."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def measured(folder: Path, policy: str = "", **dials) -> tuple[list[str], dict[str, list]]:
    """The quarters and all measures of a run of the code in this folder."""
    given = json.dumps({"dials": dials, "policy": policy})
    home, quarters, measures = json.loads(python(folder, "-c", RUN, given))
    assert Path(home).is_relative_to(folder)
    return quarters, measures


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The copies in which one recipe was followed, by what it adds."""
    folders = {}
    for what, diff in RECIPES.items():
        folders[what] = a_copy(tmp_path_factory.mktemp(what))
        follow(diff, folders[what])
    return folders


@pytest.fixture(scope="module")
def before():
    """Two years of the economy as it is."""
    return measured(ROOT, end="2021-Q4")


def test_there_are_three_recipes():
    assert list(RECIPES) == ["dial", "measure", "law"]


def test_the_new_dial_is_shown_changes_nothing_and_moves_a_result(followed, before):
    folder = followed["dial"]
    shown = python(folder, "-m", "sim", "show", "continued", "chips")
    assert "chips.dead_on_arrival" in shown or re.search(r"^\s*dead_on_arrival\b", shown, re.M)
    assert measured(folder, end="2021-Q4") == before
    name = "chips.dead_on_arrival"
    _, moved = measured(folder, **{"end": "2021-Q4", name: 0.4})
    installed = zip(moved["chips_installed"][-1], before[1]["chips_installed"][-1], strict=True)
    changes = [with_it - without for with_it, without in installed]
    # where orders never reached capacity the dial binds nobody, and dear chips draw new lines
    assert sum(changes) < 0.0 and sum(change < 0.0 for change in changes) >= 2


def test_the_new_measure_is_among_the_results(followed, before):
    quarters, measures = measured(followed["measure"], end="2021-Q4")
    connected = measures.pop("connected")
    assert (quarters, measures) == before
    assert len(connected) == len(quarters)
    for quarter, full in zip(connected, measures["power_full"], strict=True):
        assert all(gigawatts > 0.0 for gigawatts in quarter) and all(
            0.0 <= one <= 1.0 for one in full
        )


def test_the_new_law_moves_results_from_its_date_and_nothing_before(followed, before):
    folder = followed["law"]
    assert measured(folder, end="2021-Q4") == before
    quarters, without = measured(folder, end="2028-Q4")
    _, banned = measured(folder, policy="grid_moratorium", end="2028-Q4")
    at = quarters.index("2027-Q1")
    for name in without:
        assert banned[name][:at] == without[name][:at], name
    for world in range(4):
        assert banned["power_full"][-1][world] > without["power_full"][-1][world]


def test_what_the_page_names_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / target).exists(), target
    rules = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    for words in re.findall(r"(?:`|^    )make ([a-z ]+?)(?:`|  )", PAGE, re.M):
        assert set(words.split()) <= set(rules), words
    golden = (ROOT / "tests" / "test_golden.py").read_text()
    for script in re.findall(r"`python (tests/\S+) (--\w+)`", PAGE):
        assert (ROOT / script[0]).is_file() and script[1] in golden
    assert len(PAGE.splitlines()) <= 120  # one page
