"""Every command ends in one line and a documented exit status, whatever its surroundings are."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim.economy.model
from sim.__main__ import main
from sim.cli.parser import EXAMPLES
from sim.outputs import tables
from sim.running import ensemble

FEW = ["--worlds", "3", "--workers", "1", "--no-figures"]
posix = pytest.mark.skipif(os.name != "posix", reason="asks for a shell and signals")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def breaks(monkeypatch, error):
    """Every run ends in this error, outside of any block."""

    def broken(*_, **__):
        raise error

    monkeypatch.setattr(ensemble, "run_all", broken)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (MemoryError(), 2, "Memory ran out"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "Make room"),
        (OSError(errno.ENOSPC, "No space left on device", "out"), 2, "out: No space"),
        (OSError(errno.EFBIG, "File too large"), 2, "Make room"),
        (OSError(errno.EMFILE, "Too many open files"), 2, "--workers 1"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), 2, "x: Permission denied"),
        (OSError("odd"), 2, "odd"),
        (KeyboardInterrupt(), 130, "Stopped"),
        (KeyError("x"), 1, "A fault of this program, not of yours: KeyError: 'x'"),
        (RecursionError("deep"), 1, "RecursionError"),
        (ValueError("two\nlines"), 1, "ValueError: two lines"),
    ],
)
def test_any_error_is_one_line(short, elsewhere, capsys, monkeypatch, error, status, words):
    breaks(monkeypatch, error)
    assert main(["run", *short, *FEW]) == status
    out, err = capsys.readouterr()
    assert words in err and len(err.strip().splitlines()) == 1 and not out
    logs = list(elsewhere.glob("ai-industry-sim-*.log"))
    assert bool(logs) == (status == 1) and not (elsewhere / "outputs").exists()
    if logs:
        assert "Traceback" in logs[0].read_text() and str(logs[0]) in err


def test_a_traceback_that_cannot_be_kept_is_no_second_fault(short, capsys, monkeypatch):
    breaks(monkeypatch, KeyError("x"))

    def full(**_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("tempfile.mkstemp", full)
    assert main(["run", *short, *FEW]) == 1
    assert "no file" in capsys.readouterr().err


def test_a_disk_that_fills_up_leaves_nothing_half_written(short, elsewhere, capsys, monkeypatch):
    assert main(["run", *short, *FEW, "--quiet", "--out", "o"]) == 0
    before = sorted(elsewhere.rglob("*"))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tables, "write_parquet", full)
    assert main(["run", *short, *FEW, "--quiet", "--seed", "1", "--out", "o"]) == 2
    assert sorted(elsewhere.rglob("*")) == before


def test_every_exit_status_is_documented():
    from sim import cli

    for status in (cli.FINE, cli.FAULT, cli.BAD_INPUT, cli.PARTIAL, cli.INTERRUPTED):
        assert f"\n  {status} " in EXAMPLES


def test_stopped_figures_leave_the_tables(short, elsewhere, capsys, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.plots.save_figures", stopped)
    assert main(["run", *short, "--worlds", "2", "--out", "o"]) == 130
    assert "tables are kept" in capsys.readouterr().err
    assert sorted(os.listdir("o")) == ["manifest.json", "quarters.parquet", "summary.csv"]


@pytest.mark.parametrize("command", ["run", "compare"])
def test_what_came_through_before_ctrl_c_is_kept(short, elsewhere, capsys, monkeypatch, command):
    class Stopped(sim.economy.model.AIEconomy):
        def step(self):
            if 3 in self.recorder.worlds:
                raise KeyboardInterrupt
            return super().step()

    words = [command, *short, *FEW, "--worlds", "6", "--out", "o"]
    words += ["--policy", "compute_levy"] if command == "compare" else []
    assert main(words) == 0
    whole = Path("o/manifest.json").read_bytes()
    monkeypatch.setattr(sim.economy.model, "AIEconomy", Stopped)
    monkeypatch.setattr(ensemble, "split", lambda *_: [ensemble.np.array([k]) for k in range(6)])
    capsys.readouterr()
    assert main(words) == 130
    err = capsys.readouterr().err
    assert "3 worlds of 6 came through" in err and "o-stopped" in err
    assert Path("o/manifest.json").read_bytes() == whole  # what was whole stays
    assert sorted(os.listdir("o-stopped")) == ["manifest.json", "quarters.parquet", "summary.csv"]


@pytest.mark.parametrize("refused", [False, True])
def test_what_is_stopped_in_the_current_folder_is_kept(
    short, elsewhere, capsys, monkeypatch, refused
):
    class Stopped(sim.economy.model.AIEconomy):
        def step(self):
            if 3 in self.recorder.worlds:
                raise KeyboardInterrupt
            return super().step()

    (elsewhere / "here").mkdir()
    monkeypatch.chdir(elsewhere / "here")
    if refused:
        (elsewhere / "here-stopped").mkdir()
        (elsewhere / "here-stopped" / "mine").write_text("mine")
    monkeypatch.setattr(sim.economy.model, "AIEconomy", Stopped)
    monkeypatch.setattr(ensemble, "split", lambda *_: [ensemble.np.array([k]) for k in range(6)])
    assert main(["run", *short, *FEW, "--worlds", "6", "--out", "."]) == 130
    assert "3 worlds of 6 came through" in capsys.readouterr().err
    (kept,) = elsewhere.glob("here-stopped-*" if refused else "here-stopped")
    assert sorted(os.listdir(kept)) == ["manifest.json", "quarters.parquet", "summary.csv"]


def test_many_failures_do_not_flood_the_screen(short, capsys, monkeypatch):
    class Fragile(sim.economy.model.AIEconomy):
        def step(self):
            if set(self.recorder.worlds) & set(range(40)):
                raise ZeroDivisionError("no compute")
            return super().step()

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Fragile)
    assert main(["run", *short, *FEW, "--worlds", "60", "--quiet"]) == 3
    err = capsys.readouterr().err
    assert "world 0 failed: ZeroDivisionError: no compute" in err
    assert "28 worlds more" in err and len(err.splitlines()) == 13


# --- In a process of its own ---------------------------------------------------------------------


def shell(line, **more):
    """Run a line of shell in which $SIM is the program."""
    environment = {**os.environ, "SIM": f"{sys.executable} -m sim", "OPENBLAS_NUM_THREADS": "1"}
    environment |= more.pop("environment", {})
    return subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, env=environment, timeout=120, **more
    )


RUN = "$SIM run continued --set end=2020-Q2 --worlds 2 --no-figures --out o"


@posix
@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"{RUN} >&-", 0),
        (f"{RUN} 2>&-", 0),
        (f"{RUN} <&- >&- 2>&-", 0),
        (f"{RUN} >/dev/full", 3),
        (f"{RUN} 2>/dev/full", 0),
        (f"{RUN} >/dev/full 2>/dev/full", 3),
    ],
)
def test_streams_that_are_closed_or_full_lose_no_results(elsewhere, line, status):
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    ended = shell(line)
    assert ended.returncode == status, ended.stderr
    assert "Traceback" not in ended.stderr and "Exception ignored" not in ended.stderr
    assert sorted(os.listdir("o")) == ["manifest.json", "quarters.parquet", "summary.csv"]
    assert Path("o/summary.csv").read_text().startswith("date,")


@posix
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"ulimit -f 8; {RUN} --labs --quiet", "File too large"),
        (f"ulimit -n 12; {RUN} --workers 2 --worlds 300 --quiet", "Too many open files"),
        ("mkdir gone; cd gone; rmdir ../gone; $SIM run continued", "current folder is gone"),
        (f"{RUN} --out ''", "--out"),
    ],
)
def test_limits_and_odd_places_are_one_line(elsewhere, line, words):
    ended = shell(line)
    assert ended.returncode == 2, ended.stderr
    assert words in ended.stderr and "Traceback" not in ended.stderr
    assert len(ended.stderr.replace("usage:", "").strip().splitlines()) <= (
        6 if "''" in line else 1
    )
    assert not Path("o").exists()


@posix
def test_a_code_page_that_lacks_letters_is_no_hindrance(elsewhere):
    Path("cn.toml").write_text(
        'title = "中国 → 🚀"\nextends = "continued"\nabout = "x"\nend = "2020-Q2"\n', "utf-8"
    )
    for line in ("$SIM run ./cn.toml --worlds 2 --out o", "$SIM show ./cn.toml"):
        ended = shell(line, environment={"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"})
        assert ended.returncode == 0, ended.stderr
        assert "Warning" not in ended.stderr and "Traceback" not in ended.stderr
    assert Path("o/overview.png").exists()


@pytest.mark.parametrize("backend", ["nonsense", "module://no.such", "qtagg"])
def test_any_backend_of_the_environment_is_as_good(backend):
    line = (
        "import os, sim.plots, matplotlib; from sim.plots.style import blank, write;"
        "from pathlib import Path; write(blank(), Path('x.png'));"
        "print(os.environ['MPLBACKEND'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", line],
        capture_output=True,
        text=True,
        env={**os.environ, "MPLBACKEND": backend},
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == backend and Path("x.png").stat().st_size > 1000


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_cleanly(elsewhere, number):
    job = subprocess.Popen(
        [sys.executable, "-m", "sim", "run", "continued", "--worlds", "20000", "--workers", "1"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    patience = time.monotonic() + 60
    while not list(elsewhere.glob("outputs/.*.part")) and time.monotonic() < patience:
        time.sleep(0.05)
    job.send_signal(number)
    _, err = job.communicate(timeout=60)
    assert job.returncode == 130 and "Traceback" not in err
    assert "Stopped" in err.strip().splitlines()[-1]
    assert not (elsewhere / "outputs").exists()
