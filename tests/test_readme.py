"""The README keeps its word: its code runs, its files exist, its commands are known."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.cli.parser import parser
from sim.history.record.rows import read

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^\.venv/bin/python -m sim (.*?)(?:\s+#.*)?$", README, re.MULTILINE)


def test_there_is_something_to_check():
    assert BLOCKS and len(COMMANDS) >= 5


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """What the README's reader has: the scenarios, and room for what is run."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS)
def test_code_blocks_run(block, clone, capsys):
    exec(compile(block.replace("worlds=100", "worlds=4"), "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert ("tax_revenue" in shown) if "tax_revenue" in block else (shown.count("array") >= 1)
    if "save(" in block:
        assert (clone / "outputs/mine/manifest.json").is_file()
        assert (clone / "outputs/2028.npz").is_file()


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, clone, capsys):
    words = shlex.split(command)
    if words[0] == "calibrate":  # has tests of its own; here its words are understood
        assert parser().parse_args(words).command
        return
    few = ["--worlds", "3", "--no-figures", "--set", "end=2021-Q4"]
    saved = [word for word in words if word.startswith("outputs/")]
    for folder in saved:  # runs of another day
        name = "plateau" if "plateau" in folder else "continued"
        place = folder.removesuffix("/manifest.json")
        assert main(["run", name, *few, "--quiet", "--out", place]) == 0
    if saved:
        words += ["--no-figures"]
    elif words[0] in ("run", "compare", "backtest", "forecast"):
        words = [word for word in words if word not in ("--worlds", "100", "200")]
        words += few if words[0] in ("run", "compare") else few[:3]
    assert main(words) == 0, capsys.readouterr().err


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_it_counts_the_record_right():
    assert f"{len(read())} observations of 2020-2025" in README


def test_every_scenario_is_named():
    for path in (ROOT / "scenarios").glob("*.toml"):
        assert f"`{path.stem}`" in README
