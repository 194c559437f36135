"""Reading a TOML file and the files it extends, without ever leaving the scenario folder."""

import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import BadInput, nearest, quoted

LARGEST_FILE = 1_000_000  # bytes
DEEPEST = 8  # files in a chain of `extends`
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class Layer(NamedTuple):
    """What one file says, and how to call that file in a message."""

    says: dict[str, Any]
    where: str
    folder: Path = Path()


def scenario_folders() -> list[Path]:
    """Where a scenario is looked for by name: in the current directory, then those that came along.

    In an installed package they lie within it, in a checkout beside it.
    """
    package = Path(__file__).resolve().parents[1]
    within = package / "scenarios"
    came_along = within if within.is_dir() else package.parent / "scenarios"
    folders = [Path.cwd() / "scenarios", came_along]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def policy_folders() -> list[Path]:
    """Where a policy is looked for by name."""
    return [path for folder in scenario_folders() if (path := folder / "policies").is_dir()]


def find_any(file: str) -> Path:
    """The file of a path, or of the name of a scenario or a policy. BadInput if a name is none."""
    return _find(file, [*scenario_folders(), *policy_folders()])


def read_chain(file: str | Path, folders: list[Path]) -> tuple[str, list[Layer]]:
    """A file's name and its layers, the oldest ancestor first. BadInput if one cannot be read."""
    path = _find(file, folders)
    name = path.stem
    layers: list[Layer] = []
    seen: list[Path] = []
    while True:
        where = shown(path)
        if path.resolve() in seen:
            raise BadInput(
                f"{where}: 'extends' runs in a circle. Remove one 'extends' of: "
                + ", ".join(layer.where for layer in layers)
                + "."
            )
        if len(seen) == DEEPEST:
            raise BadInput(f"{where}: more than {DEEPEST} files extend one another. Join some.")
        seen.append(path.resolve())
        says = read_toml(path)
        layers.append(Layer(says, where, path.parent))
        parent = says.pop("extends", None)
        if parent is None:
            return name, layers[::-1]
        if not isinstance(parent, str) or not NAME.fullmatch(parent):
            raise BadInput(
                f"{where}: 'extends' is {quoted(parent)}. Give the bare name of a file "
                "in the same folder, without folder or '.toml'."
            )
        try:
            path = _find_by_name(parent, [path.parent, *folders])
        except BadInput as error:
            raise BadInput(f"{where}: 'extends': {error}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says. BadInput if it is missing, too large or no TOML."""
    where = shown(path)
    try:
        if not path.is_file():
            raise BadInput(f"{where}: there is no such file. Check the path.")
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{where}: is larger than 1 MB. A scenario is a short text; split it.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{where}: cannot be read ({error.strerror}). Check the path.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{where}: is not UTF-8 text. Save it as UTF-8.") from None
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadInput(f"{where}: is nested too deeply. Use plain tables.") from None
    except ValueError as error:  # tomllib's own error, or an absurdly long number
        raise BadInput(f"{where}: is not TOML: {error}. Correct that line.") from None


def shown(path: Path) -> str:
    """A path as a person would type it from the current directory."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _find(file: str | Path, folders: list[Path]) -> Path:
    """A name is looked for in the folders; anything that looks like a path is used as it is."""
    if isinstance(file, Path) or "/" in file or "\\" in file or file.endswith(".toml"):
        return Path(file)
    return _find_by_name(file, folders)


def _find_by_name(name: str, folders: list[Path]) -> Path:
    for folder in folders:
        path = folder / f"{name}.toml"
        if NAME.fullmatch(name) and path.is_file():
            if path.resolve().parent != folder.resolve():
                raise BadInput(f"{shown(path)}: is a link out of its folder. Copy the file in.")
            return path
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    looked = " or ".join(shown(folder) for folder in folders) or "no folder of scenarios"
    raise BadInput(f"{looked}: there is no {quoted(name)}. {nearest(name, known)}")
