"""Reading a TOML file and the files it extends, without ever leaving the scenario folder."""

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import LONGEST_NAME, BadInput, clean, cut, nearest, quoted
from sim.inputs.text_file import is_file, path_of, read_text, read_toml_text, same_folder, shown

LARGEST_FILE = 200_000  # bytes
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
    folders = [*_here("scenarios"), came_along]
    return [folder for folder in dict.fromkeys(folders) if _is_folder(folder)]


def policy_folders() -> list[Path]:
    """Where a policy is looked for by name."""
    return [path for folder in scenario_folders() if _is_folder(path := folder / "policies")]


def find_any(file: str | os.PathLike[str]) -> Path:
    """The file of a path, or of the name of a scenario or a policy. BadInput if a name is none."""
    return _find(file, [*scenario_folders(), *policy_folders()], "file")


def read_chain(
    file: str | os.PathLike[str], folders: list[Path], kind: str = "scenario"
) -> tuple[str, list[Layer]]:
    """A file's name and its layers, the oldest ancestor first. BadInput if one cannot be read."""
    path = _find(file, folders, kind)
    name = clean(path.stem)
    layers: list[Layer] = []
    seen: list[Path] = []
    while True:
        where = shown(path)
        says = read_toml(path, f"a {kind}")
        if path.resolve() in seen:
            raise BadInput(
                f"{where}: 'extends' runs in a circle. Remove one 'extends' of: "
                + ", ".join(cut(clean(each.name), LONGEST_NAME) for each in seen)
                + "."
            )
        if len(seen) == DEEPEST:
            raise BadInput(f"{where}: more than {DEEPEST} files extend one another. Join some.")
        seen.append(path.resolve())
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


def read_toml(path: Path, kind: str = "a scenario") -> dict[str, Any]:
    """What a TOML file says. BadInput if it is missing, too large or no TOML."""
    return read_toml_text(read_text(path, LARGEST_FILE, kind), shown(path))


def names_in(folders: list[Path], ending: str) -> list[str]:
    """The bare names of the files that end so; a folder that may not be looked into has none."""
    found: set[str] = set()
    for folder in folders:
        try:
            found |= {path.stem for path in folder.glob(f"*{ending}")}
        except OSError:
            continue
    return sorted(found)


def _here(folder: str) -> list[Path]:
    """A folder of the current directory, which may be gone."""
    try:
        return [Path.cwd() / folder]
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _find(file: str | os.PathLike[str], folders: list[Path], kind: str) -> Path:
    """A name is looked for in the folders; anything that looks like a path is used as it is."""
    path = path_of(file, kind)
    name = str(file)
    if not isinstance(file, str) or "/" in name or "\\" in name or name.endswith(".toml"):
        return path
    return _find_by_name(name, folders)


def _find_by_name(name: str, folders: list[Path]) -> Path:
    for folder in folders:
        path = folder / f"{name}.toml"
        if NAME.fullmatch(name) and is_file(path):
            if not same_folder(path, folder):
                raise BadInput(f"{shown(path)}: is a link out of its folder. Copy the file in.")
            return path
    looked = " or ".join(shown(folder) for folder in folders) or "no folder of scenarios"
    hint = _other_kind(name, folders) or nearest(name, names_in(folders, ".toml"))
    raise BadInput(f"{looked}: there is no {quoted(name)}. {hint}")


def _other_kind(name: str, folders: list[Path]) -> str:
    """A hint where the name is a file that is here, or something else's name; else nothing."""
    if is_file(Path(name)):
        return f"There is a file of that name here: write {quoted('./' + name)}."
    for kind, places in (("scenario", scenario_folders()), ("policy", policy_folders())):
        if name in names_in([place for place in places if place not in folders], ".toml"):
            return f"That is the name of a {kind}."
    return ""
