"""The README keeps its word: its code runs, its files exist, its commands are known."""

import re
import shlex
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.cli.parser import parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^\.venv/bin/python -m sim (.*?)(?:\s+#.*)?$", README, re.MULTILINE)


def test_there_is_something_to_check():
    assert BLOCKS and len(COMMANDS) >= 5


@pytest.mark.parametrize("block", BLOCKS)
def test_code_blocks_run(block, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(compile(block.replace("worlds=100", "worlds=4"), "README.md", "exec"), {})
    assert "tax_revenue" in capsys.readouterr().out or "Tax" in block


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)
    if words[0] == "calibrate":  # has tests of its own; here its words are understood
        assert parser().parse_args(words).command
        return
    if words[0] in ("run", "compare", "backtest"):
        words = [w for w in words if w not in ("--worlds", "200")]
        words += ["--worlds", "3", "--no-figures", "--out", str(tmp_path / "out")]
    if words[0] in ("run", "compare"):
        words += ["--set", "end=2021-Q4"]
    assert main(words) == 0, capsys.readouterr().err


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_every_scenario_is_named():
    for path in (ROOT / "scenarios").glob("*.toml"):
        assert f"`{path.stem}`" in README
