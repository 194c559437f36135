"""One reader for every file of text: what editors and systems do to files, and what is no file."""

import os
import threading
from pathlib import Path

import pytest

from sim.errors import BadInput
from sim.history.record.rows import SHIPPED, read
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.inputs.text_file import read_text, read_toml_text, shown

SCENARIO = 'title = "Café 中文"\nabout = """\nTwo\nlines"""\n[labs.alpha]\ntitle = "A"\n'
POLICY = 'title = "Levy"\n[law.compute_levy_rate]\n2027-01-01 = 0.02\n'


def refused(call, *given):
    with pytest.raises(BadInput) as caught:
        call(*given)
    (line,) = caught.value.problems
    assert "\n" not in line and line.isprintable() and len(line) < 600
    return line


def by_scenario(path):
    return Scenario.load(path)


def by_policy(path):
    return Policy.load(path)


def by_record(path):
    return read(path)


def by_calibration(path):
    """The same file in the place of a calibration."""
    folder = path.parent / "calibrations"
    folder.mkdir(exist_ok=True)
    if path.is_symlink() or path.exists():
        path.rename(folder / "fit.csv")
    base = path.with_name("base.toml")
    base.write_text(f'calibration = "fit"\n{SCENARIO}', encoding="utf-8")
    return Scenario.load(base)


READERS = [by_scenario, by_policy, by_record, by_calibration]


# --- What is text all the same -------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_of_other_systems_change_nothing(tmp_path, mark, ends):
    plain, other = tmp_path / "plain.toml", tmp_path / "other.toml"
    plain.write_text(SCENARIO, encoding="utf-8")
    other.write_bytes((mark + SCENARIO.replace("\n", ends)).encode())
    assert Scenario.load(other).text == Scenario.load(plain).text
    other.write_bytes((mark + POLICY.replace("\n", ends)).encode())
    assert Policy.load(other).in_force("2027-Q1").compute_levy_rate == 0.02


def test_a_record_with_the_line_ends_of_windows_is_the_same_record(tmp_path):
    file = tmp_path / "record.csv"
    file.write_bytes(b"\xef\xbb\xbf" + SHIPPED.read_bytes().replace(b"\n", b"\r\n"))
    assert read(file) == read()


# --- What is no text -----------------------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_other_encodings_are_named(tmp_path, reader, code):
    file = tmp_path / "bad.toml"
    file.write_bytes('title = "é"\n'.encode(code))
    line = refused(reader, file)
    assert "UTF-8" in line
    assert ("Unicode" in line) == (code in ("utf-16", "utf-32"))


@pytest.mark.parametrize("reader", READERS[:3])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        (".", "it is a folder"),
        ("nowhere.toml", "no such file"),
        ("nowhere/x.toml", "no such file"),
        ("x" * 300 + ".toml", "File name too long"),
        ("a\0b.toml", "no such file"),
        ("\x1b[31m.toml", "no such file"),
        ("\u202etxt.toml", "no such file"),
        ("\ud800.toml", "no such file"),
    ],
)
def test_what_is_not_there_is_said(tmp_path, reader, name, words):
    assert words in refused(reader, tmp_path / name)


@pytest.mark.parametrize("reader", READERS)
def test_a_link_to_itself_is_refused(tmp_path, reader):
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    line = refused(reader, loop)
    assert "link" in line or "there is none" in line


@pytest.mark.parametrize("reader", READERS[:3])
def test_a_device_and_a_pipe_are_not_read(tmp_path, reader):
    assert "a device or a pipe" in refused(reader, Path("/dev/zero"))
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    done = []
    thread = threading.Thread(target=lambda: done.append(refused(reader, pipe)), daemon=True)
    thread.start()
    thread.join(30)
    assert done and "a device or a pipe" in done[0]


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_cannot_be_opened_is_refused(tmp_path, reader, monkeypatch):
    file = tmp_path / "bad.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    real = Path.open

    def fails(path, *more, **other):
        if "rb" in more:
            raise PermissionError(13, "Permission denied")
        return real(path, *more, **other)

    monkeypatch.setattr(Path, "open", fails)
    assert "cannot be read (Permission denied)" in refused(reader, file)


def test_a_folder_that_may_not_be_looked_into_is_said(tmp_path, monkeypatch):
    def fails(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", fails)
    assert "cannot be read (Permission denied)" in refused(Scenario.load, "continued", tmp_path)


@pytest.mark.parametrize(("most", "words"), [(10, "larger than 0 kB"), (2_000_000, "")])
def test_a_file_has_a_largest_size(tmp_path, most, words):
    file = tmp_path / "a.txt"
    file.write_text("0123456789abc")
    if words:
        assert words in refused(read_text, file, most, "a scenario")
    else:
        assert read_text(file, most, "a scenario") == "0123456789abc"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" + ".a" * 100_000 + "=1", "over 20 parts in line 1"),
        ("\n\n['a'" + ' . "b"' * 50 + "]", "over 20 parts in line 3"),
        ("x = " + "[" * 90_000, "nested too deeply"),
        ("x = " + "{a=" * 30_000, "nested too deeply"),
        ("x = " + "1" * 90_000, "a number is longer than any"),
        ("x = 1\nx = 2\n", "Cannot overwrite a value"),
        ("x = {a" + ".a" * 50 + " = 1}", "over 20 parts in line 1"),
        ("x = {b = 1, a" + ".a" * 50, "over 20 parts in line 1"),
        ("é" * 1000, "is not TOML"),
        ("\x1b = 1", "is not TOML"),
    ],
)
def test_toml_that_is_none_is_one_line(text, words):
    assert words in refused(read_toml_text, text, "here")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "0x" + "f" * 100_000,
        'x = "' + "one. " * 10_000 + '"',
        "x = [" + "1.0, " * 10_000 + "]",
        "# " + "." * 100_000,
        'x = """\n' + "one. two.\n" * 10_000 + '"""',
        "a.b.c.d = 1\n[e.f.g]\nh.i = {j.k = 1, l.m = 2}",
    ],
)
def test_long_toml_that_is_fine_is_read(text):
    assert isinstance(read_toml_text(text, "here"), dict)


def test_a_path_is_shown_short_and_clean(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a" / "b.toml") == "a/b.toml"
    assert shown(Path("/x/\x1b\u202e.toml")) == "/x/\\x1b\\u202e.toml"
    assert len(shown(Path("/" + "y" * 5000))) < 210
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert shown(Path("/a/b.toml")) == "/a/b.toml"
    assert Scenario.load("continued").title
