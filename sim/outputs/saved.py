"""A folder of an earlier run, read back into Results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import BadInput, nearest, quoted
from sim.outputs.dataset import Shown, as_dataset, attributes
from sim.outputs.files import read_parquet
from sim.outputs.folder import MANIFEST, damage_of, record_of
from sim.outputs.tables import LABS, QUARTERS, label
from sim.outputs.told import check

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def manifest_in(place: Path | str) -> dict[str, Any]:
    """The manifest of a saved folder, or the file itself. BadInput if there is none of ours."""
    if not isinstance(place, (str, Path)) or not str(place):
        raise BadInput(f"folder: {quoted(place)} is no folder. Give the path of a saved run.")
    record = record_of(place)
    if record is None:
        raise BadInput(
            f"{place}: is no saved run: there is no {MANIFEST} of this program. Give a folder "
            "that 'run' or 'compare' wrote, or the manifest in it."
        )
    check(record, str(place))
    return record


def runs_in(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The runs of a manifest by name: one, or those that were compared."""
    if isinstance(record.get("runs"), dict):
        return dict(record["runs"])
    return {" + ".join([str(record.get("scenario")), *record.get("policies", [])]): dict(record)}


def one_of(record: Mapping[str, Any], name: str | None, where: Path | str) -> tuple[str, Any]:
    """The run of this name, or the only one. BadInput if that does not decide it."""
    runs = runs_in(record)
    if name is None and len(runs) == 1:
        return next(iter(runs.items()))
    if name is None:
        raise BadInput(
            f"{where}: holds {len(runs)} runs: {', '.join(runs)}. Say which, with Results.load("
            f"folder, {next(iter(runs))!r}); on the command line compare that folder alone, or "
            "folders of one run each."
        )
    if not isinstance(name, str) or name not in runs:
        raise BadInput(f"{where}: holds no run {quoted(name)}. {nearest(quoted(name), runs)}")
    return name, runs[name]


def read(folder: Path | str, name: str | None) -> tuple[xr.Dataset, dict[str, Any], list[Any]]:
    """Dataset, `about` and failures (as tables) of a saved run. BadInput if it is not whole."""
    record = manifest_in(folder)
    path = Path(folder)
    path = path if path.is_dir() else path.parent
    if damaged := damage_of(path, record):
        raise BadInput(
            f"{path}: {', '.join(damaged)} is missing or was changed since the run. "
            f"Make it again: run {path / MANIFEST}"
        )
    chosen, about = one_of(record, name, path)
    failures = about.pop("failures", [])
    about.pop("files", None)
    shown, coords = about.pop("measures", None), about.pop("coords", None)
    whole = isinstance(shown, dict) and isinstance(coords, dict) and (path / QUARTERS).is_file()
    if not whole:
        raise BadInput(
            f"{path}: holds no tables that can be read back (an earlier version wrote it, or a "
            "back-test). Make them with 'run'."
        )
    try:
        dataset = _read_back(path, chosen if "runs" in record else None, shown, coords, about)
    except (LookupError, ValueError, TypeError, AttributeError, OSError) as error:
        raise BadInput(
            f"{path}: the tables are not those that {MANIFEST} tells of ({quoted(str(error))}). "
            f"Make it again: run {path / MANIFEST}"
        ) from None
    return dataset, about, failures


def _read_back(
    path: Path,
    scenario: str | None,
    shown: dict[str, dict[str, Any]],
    coords: dict[str, list[str]],
    about: dict[str, Any],
) -> xr.Dataset:
    """The tables of a run as a dataset; `about` hears which measures were not saved."""
    tables = {"": read_parquet(path / QUARTERS, scenario)}
    if (path / LABS).is_file():
        tables["lab"] = read_parquet(path / LABS, scenario)
    if "lab" not in tables:
        about["not_saved"] = [name for name, one in shown.items() if "lab" in one["dims"]]
    measures = {name: Shown(**{**one, "dims": tuple(one["dims"])}) for name, one in shown.items()}
    there = {
        name: shown
        for name, shown in measures.items()
        if "lab" not in shown.dims or "lab" in tables
    }
    dataset = _dataset(tables, there, coords)
    dataset.attrs = attributes(about)
    return dataset


def _dataset(
    tables: Mapping[str, pd.DataFrame], measures: Mapping[str, Shown], coords: dict[str, list[str]]
) -> xr.Dataset:
    """Arrays (quarters, ..., worlds) from tables with a row a world and quarter (and lab)."""
    first = tables[""]
    column = first["quarter"]
    names = column.cat.categories if hasattr(column, "cat") else ()  # nothing came through
    quarters = [str(quarter) for quarter in names]
    worlds = first["world"].to_numpy()[:: max(len(quarters), 1)]
    arrays = {}
    for name, measure in measures.items():
        by_lab = "lab" in measure.dims
        table = tables["lab" if by_lab else ""]
        inner = [dim for dim in measure.dims if dim != "lab"]
        shape = [len(worlds), len(quarters), *([len(coords["lab"])] if by_lab else [])]
        sizes = [len(coords[dim]) for dim in inner]
        array = np.empty((*sizes, *shape))
        for place in np.ndindex(*sizes):
            parts = [coords[dim][i] for dim, i in zip(inner, place, strict=True)]
            array[place] = table[label(name, parts)].to_numpy().reshape(shape)
        axes = [*inner, "world", "quarter", *(["lab"] if by_lab else [])]
        order = [axes.index(axis) for axis in ("quarter", *measure.dims, "world")]
        arrays[name] = np.ascontiguousarray(array.transpose(order))
    return as_dataset(measures, arrays, quarters, worlds, coords)
