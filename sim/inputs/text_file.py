"""Reading a file of text that a person made, with whatever tool: the one way in for every kind.

It must be a regular file, within a size, in UTF-8; a byte order mark and the line ends of Windows
are taken off. Anything else is one line of BadInput that says what is wrong and what to do.
"""

import codecs
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from sim.errors import BadInput, clean, cut, quoted

LONGEST_PATH = 200  # letters of a path in a message
DEEPEST_KEY = 20  # parts of a dotted key: tomllib takes gigabytes for one of some ten thousand
KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
LONG_KEY = re.compile(  # where a name can stand: first in a line, a table's head or a table
    rf"(?:^|[\[{{,])[ \t]*{KEY}(?:[ \t]*\.[ \t]*{KEY}){{{DEEPEST_KEY}}}", re.MULTILINE
)
OTHER_UNICODE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def path_of(file: object, asked: str) -> Path:
    """A path from a text or anything that stands for a path. BadInput if it is neither."""
    try:
        if isinstance(file, str | os.PathLike):
            return Path(os.fsdecode(os.fspath(file)))
    except (TypeError, ValueError):
        pass
    raise BadInput(f"{asked}: {quoted(file)} is no name and no path. Give one of them, as a text.")


def shown(path: Path) -> str:
    """A path as a person would type it from the current directory, printable and not too long."""
    try:
        text = path.absolute().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):  # elsewhere, or the current directory is gone
        text = path.as_posix()
    text = clean(text)
    half = LONGEST_PATH // 2
    return text if len(text) <= LONGEST_PATH else f"{text[:half]}...{text[-half:]}"


def is_file(path: Path) -> bool:
    """Whether there is such a regular file. BadInput if one may not even look."""
    try:
        return path.is_file()
    except OSError as error:
        raise _unreadable(path, error) from None


def same_folder(path: Path, folder: Path) -> bool:
    """Whether a file lies in a folder, and is no link out of it."""
    try:
        return path.resolve().parent == folder.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return False


def read_text(path: Path, most: int, kind: str) -> str:
    """The text of a file with lines ended by "\\n". BadInput if it cannot be had.

    `most` is the largest size in bytes, `kind` what the file should be, such as "a scenario".
    """
    where = shown(path)
    try:
        if not is_file(path):
            raise BadInput(_no_file(path, where, kind))
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(content) > most:
        raise BadInput(
            f"{where}: is larger than {_size(most)}. Is it {kind}? Shorten it, or name another."
        )
    if content.startswith(OTHER_UNICODE):
        raise BadInput(
            f"{where}: is text in UTF-16 or UTF-32, which editors call 'Unicode'. Save it as UTF-8."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{where}: is not UTF-8 text (line {line}). Save it as UTF-8.") from None
    if "\0" in text:
        raise BadInput(f"{where}: is not text, it has a zero byte. Save it as text in UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_toml_text(text: str, where: str, remedy: str = "Correct that line.") -> dict[str, Any]:
    """What a text in TOML says. BadInput, one line, if it is none or would take the machine."""
    if found := LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise BadInput(f"{where}: has a name of over {DEEPEST_KEY} parts in line {line}. {remedy}")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadInput(f"{where}: is nested too deeply. Use plain tables.") from None
    except ValueError as error:  # tomllib's own error, or an absurdly long number
        said = str(error)
        if "integer string conversion" in said:
            said = "a number is longer than any that can be used"
        raise BadInput(f"{where}: is not TOML: {cut(clean(said), 200)}. {remedy}") from None


def _no_file(path: Path, where: str, kind: str) -> str:
    if path.is_dir():
        return f"{where}: there is no such file: it is a folder. Name a file in it."
    if path.exists():
        return f"{where}: is no regular file but a device or a pipe. Give {kind} as a file."
    if path.is_symlink():
        return f"{where}: there is no such file: it is a link to nowhere. Copy the file here."
    return f"{where}: there is no such file. Check the path."


def _unreadable(path: Path, error: OSError) -> BadInput:
    why = error.strerror or type(error).__name__
    return BadInput(f"{shown(path)}: cannot be read ({why}). Check the path and its permissions.")


def _size(most: int) -> str:
    return f"{most // 1000:,} kB" if most < 1_000_000 else f"{most // 1_000_000:,} MB"
