"""A folder is one question: written aside, moved as a whole, and never over anybody's own files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import BadInput, quoted
from sim.outputs.files import write_json
from sim.outputs.lock import alone

MANIFEST = "manifest.json"
NOBODYS = (".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers leave wherever they look
SHOWN = 3  # names in a message
SCAFFOLDING = re.compile(r"\..+\.[0-9]+\.(part|old)|\.run\.lock")  # never what a run leaves


class _Places(NamedTuple):
    """The folder, and where what belongs to it is kept for a while."""

    shown: Path  # as a person wrote it
    folder: Path
    home: Path  # beside it; or the folder itself, where it cannot be moved
    stem: str

    def aside(self, ending: str) -> Path:
        return self.home / f".{self.stem}.{ending}"


@contextmanager
def replaced(folder: Path | str) -> Iterator[Path]:
    """Lend an empty folder; what was written there takes the place of `folder` as a whole.

    Write manifest.json into it: at the end it gets `files`, every file with its SHA-256, and what
    was in `folder` goes. Without a manifest, or on any error, `folder` stays as it was. BadInput,
    before anything is lent, if `folder` holds a file that its manifest does not list or that was
    changed since, or if another process is writing there.
    """
    places = _places(folder)
    made = _made(places.home)
    try:
        with alone(places.aside("lock"), places.shown):
            _clear(places)
            _refuse_strangers(places)
            part = places.aside(f"{os.getpid()}.part")
            _made(part)
            try:
                yield part
                if not part.is_dir():
                    raise BadInput(
                        f"{places.shown}: what was to be moved there was removed while it was "
                        "written, so nothing is changed. Run again, and leave hidden folders alone."
                    )
                if (part / MANIFEST).is_file():
                    _seal(part)
                    _move(part, places)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    finally:
        for path in made:  # nothing was written: leave nothing behind
            with suppress(OSError):
                path.rmdir()


def record_of(place: Path | str) -> dict[str, Any] | None:
    """The manifest of a folder, or the file itself; None if this program wrote none there."""
    path = Path(place)
    try:
        record = json.loads((path / MANIFEST if path.is_dir() else path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    versions = record.get("versions") if isinstance(record, dict) else None
    return record if isinstance(versions, dict) and "sim" in versions else None


def list_more(folder: Path | str, paths: Iterable[Path]) -> None:
    """Add files to the manifest of a folder of ours, so that they go with it when it is replaced.

    Where there is no manifest, or one that gets its list later, nothing is done.
    """
    record = record_of(folder)
    if record is not None and isinstance(record.get("files"), dict):
        more = {path.name: _digest(path) for path in paths}
        write_json({**record, "files": {**record["files"], **more}}, Path(folder) / MANIFEST)


def damage_of(folder: Path, record: dict[str, Any]) -> list[str]:
    """The files of a manifest that are missing or not as they were written."""
    listed = record.get("files")
    listed = listed if isinstance(listed, dict) else {}
    return [name for name, digest in listed.items() if _digest(folder / name) != digest]


def _refuse_strangers(places: _Places) -> None:
    """BadInput if a folder holds what its manifest does not list, or lists otherwise."""
    folder = places.folder
    there = [name for name in _files(folder) if name != MANIFEST]
    record = record_of(folder)
    if record is None:
        strangers = there + [MANIFEST] * (folder / MANIFEST).exists()
    else:
        listed = record.get("files")
        listed = listed if isinstance(listed, dict) else {}
        strangers = [name for name in there if listed.get(name) != _digest(folder / name)]
    if strangers:
        names = ", ".join(strangers[:SHOWN]) + (", ..." if len(strangers) > SHOWN else "")
        raise BadInput(
            f"{places.shown}: holds files that no run wrote, or that were changed since ({names}), "
            "and they would be lost. Choose another folder, or move them out."
        )


def _places(folder: Path | str) -> _Places:
    if not isinstance(folder, (str, Path)) or not str(folder) or "\0" in str(folder):
        raise BadInput(
            f"folder: {quoted(folder)} is no folder. Give a path such as 'outputs/mine'."
        )
    shown = Path(folder)
    try:
        os.fsencode(shown)
        whole = shown.resolve()
        is_file = whole.exists() and not whole.is_dir()
    except RuntimeError:
        raise BadInput(f"{shown}: is a link to itself. Choose another folder.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file can be called so"
        raise BadInput(f"folder: {quoted(str(shown))}: {why}. Choose another name.") from None
    if is_file:
        raise BadInput(f"{shown}: is a file, not a folder. Choose another folder.")
    fixed = whole == Path.cwd() or whole in Path.cwd().parents or os.path.ismount(whole)
    if whole.is_dir() and (fixed or not os.access(whole.parent, os.W_OK | os.X_OK)):
        return _Places(shown, whole, whole, "run")
    return _Places(shown, whole, whole.parent, whole.name)


def _made(folder: Path) -> list[Path]:
    """Make a folder with its parents; those made, the innermost first."""
    try:
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        there = missing[-1].parent if missing else folder
        if not there.is_dir():
            raise BadInput(
                f"{there}: is a file, so there can be no folder in it. Choose another folder."
            )
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be made ({error.strerror}). Choose another folder."
        ) from None
    return missing


def _clear(places: _Places) -> None:
    """Remove what processes that were killed left of this folder, and undo half a move."""
    left = re.compile(re.escape(f".{places.stem}") + r"\.[0-9]+\.(part|old)")
    try:
        ours = sorted(path for path in places.home.iterdir() if left.fullmatch(path.name))
    except PermissionError:  # one may write there, and not look
        return
    for old in (path for path in ours if path.suffix == ".old"):
        if places.home != places.folder and not places.folder.exists():
            os.rename(old, places.folder)
        else:
            shutil.rmtree(old, ignore_errors=True)
    for part in (path for path in ours if path.suffix == ".part"):
        shutil.rmtree(part, ignore_errors=True)


def _seal(part: Path) -> None:
    """Add to the manifest every file with its SHA-256."""
    record = json.loads((part / MANIFEST).read_text("utf-8"))
    files = {name: _digest(part / name) for name in _files(part) if name != MANIFEST}
    write_json({**record, "files": files}, part / MANIFEST)


def _move(part: Path, places: _Places) -> None:
    """Let a finished folder take the place of the old one."""
    folder, old = places.folder, places.aside(f"{os.getpid()}.old")
    if places.home == folder:
        _move_into(part, folder, old)
    elif folder.exists():
        os.rename(folder, old)
        try:
            os.rename(part, folder)
        except OSError:
            os.rename(old, folder)
            raise
    else:
        os.rename(part, folder)
    shutil.rmtree(old, ignore_errors=True)


def _move_into(part: Path, folder: Path, old: Path) -> None:
    """File by file, where the folder itself must stay: whatever is there is always listed."""
    old.mkdir()
    for name in _files(folder):
        if name != MANIFEST:
            os.replace(folder / name, old / name.replace("/", " "))
    for name in sorted(_files(part), key=lambda name: name != MANIFEST):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(part / name, folder / name)


def _files(folder: Path) -> list[str]:
    """Every file below a folder by its path within it, but for our own scaffolding."""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if not _scaffolding(one)]
        inside = Path(where).relative_to(folder)
        found += [(inside / name).as_posix() for name in names if not _scaffolding(name)]
        found += [(inside / one).as_posix() for one in folders if os.path.islink(f"{where}/{one}")]
    return sorted(found)


def _scaffolding(name: str) -> bool:
    return name in NOBODYS or SCAFFOLDING.fullmatch(name) is not None


def _digest(path: Path) -> str:
    """The SHA-256 of a file; "" if there is none that can be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
