"""Results as tables: a summary over worlds, a row a world and quarter, and their files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import BadInput, nearest, quoted
from sim.outputs.amounts import in_bytes
from sim.outputs.files import write_csv, write_json, write_parquet
from sim.outputs.folder import MANIFEST, replaced
from sim.outputs.quantiles import mean, quantiles

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.outputs.results import Results

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
QUARTERS, LABS = "quarters.parquet", "labs.parquet"
FEW = 1024  # worlds a row group of a Parquet file, so that a large run is written in little memory


def save(
    results: Mapping[str, Results],
    folder: Path | str,
    labs: bool = False,
    changes: pd.DataFrame | None = None,
) -> list[Path]:
    """Write one folder as a whole; what an earlier run left there goes (see folder.replaced).

    For several results every table begins with a column `scenario`. `changes` are further rows of
    the summary. BadInput if the folder holds anything that no run wrote, or the disk is too full.
    """
    with replaced(folder) as part:
        written = write(results, part, labs, changes)
    return [Path(folder) / path.name for path in written]


def write(
    results: Mapping[str, Results],
    folder: Path,
    labs: bool = False,
    changes: pd.DataFrame | None = None,
) -> list[Path]:
    """Write the tables into a folder, and last the manifest."""
    import pandas as pd

    several = len(results) > 1
    datasets = [one.dataset for one in results.values()]
    _refuse_half(datasets, labs)
    refuse_full_disk(folder, sum(bytes_written(one, labs) for one in datasets))
    parts = [_labelled(one.summary(), name, several) for name, one in results.items()]
    if changes is not None:
        parts.append(changes)
    paths = [write_csv(pd.concat(parts, ignore_index=True), folder / "summary.csv")]
    about = columns_of(*datasets)
    paths.append(write_parquet(_in_parts(results, None), folder / QUARTERS, about))
    if labs:
        paths.append(write_parquet(_in_parts(results, "lab"), folder / LABS, about))
    manifests = {name: one.manifest() for name, one in results.items()}
    record = {"runs": manifests} if several else next(iter(manifests.values()))
    if several:
        record = {"versions": next(iter(manifests.values()))["versions"], **record}
    return [*paths, write_json(record, folder / MANIFEST)]


def _refuse_half(datasets: Sequence[xr.Dataset], labs: bool) -> None:
    """BadInput if measures by lab are all there is and are left out, or are asked for and none."""
    by_lab = ["lab" in one.dims for dataset in datasets for one in dataset.data_vars.values()]
    if by_lab and labs and not any(by_lab):
        raise BadInput("save: labs=True, and no measure of these is by lab. Leave labs out.")
    if by_lab and not labs and all(by_lab):
        raise BadInput(
            "save: every measure of these is by lab, and without labs=True nothing of them would "
            "be written. Save with labs=True."
        )


def bytes_written(dataset: xr.Dataset, labs: bool) -> int:
    """About how many bytes the tables of a dataset take on disk: random digits hardly shrink."""
    kept = [array for array in dataset.data_vars.values() if labs or "lab" not in array.dims]
    return sum(int(array.nbytes) for array in kept)


def refuse_full_disk(folder: Path, need: int) -> None:
    """BadInput if `need` bytes do not fit where a folder is, or will be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if need > free:
        raise BadInput(
            f"{there}: the tables take about {in_bytes(need)}, and {in_bytes(free)} are "
            "free. Choose another folder, make room, run fewer worlds or leave --labs out."
        )


def columns_of(*datasets: xr.Dataset) -> dict[str, dict[str, str]]:
    """Unit and long name of every column of the tables, such as `spending[serving]`."""
    about = {}
    for dataset in datasets:
        for name, array in dataset.data_vars.items():
            said = {key: str(array.attrs.get(key, "")) for key in ("units", "long_name")}
            inner = [str(dim) for dim in array.dims if dim not in ("quarter", "world", "lab")]
            for parts in product(*(map(str, dataset[dim].values) for dim in inner)):
                about[label(str(name), parts)] = said
    return about


def summarise(dataset: xr.Dataset) -> pd.DataFrame:
    """Mean and quantiles over worlds, a row a measure and quarter (nan worlds are left out)."""
    import pandas as pd

    quarters = [str(quarter) for quarter in dataset["quarter"].values]
    rows = []
    for name, unit, values in _series(dataset, keep=()):
        row = {"date": quarters, "measure": name, "unit": unit}
        rows.append(pd.DataFrame(row | over_worlds(values)))
    columns = ["date", "measure", "unit", "mean", *QUANTILES]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)


def over_worlds(values: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and quantiles over the last axis, of the worlds that have a value; nan if none has."""
    cuts = quantiles(values, list(QUANTILES.values()))
    return {"mean": mean(values), **dict(zip(QUANTILES, cuts, strict=True))}


def _series(dataset: xr.Dataset, keep: tuple[str, ...]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Each measure as name, unit and (quarters, kept axes, worlds); its other axes spelled out."""
    for name, measure in dataset.data_vars.items():
        inner = [str(dim) for dim in measure.dims if dim not in ("quarter", "world", *keep)]
        order = [*inner, "quarter", *(dim for dim in keep if dim in measure.dims), "world"]
        values = measure.transpose(*order).values
        for place in np.ndindex(values.shape[: len(inner)]):
            names = [str(measure[dim].values[i]) for dim, i in zip(inner, place, strict=True)]
            yield label(str(name), names), str(measure.attrs.get("units", "")), values[place]


def label(name: str, parts: Sequence[str]) -> str:
    """The name of a column: spending[serving]."""
    return f"{name}[{', '.join(parts)}]" if parts else name


def frame(dataset: xr.Dataset, dim: str | None = None) -> pd.DataFrame:
    """A row a world and quarter, or with `dim` a row a world, quarter and lab (or use ...)."""
    import pandas as pd

    dims = [str(one) for one in dataset.dims if one not in ("quarter", "world")]
    if dim is not None and (not isinstance(dim, str) or dim not in dims):
        raise BadInput(f"frame: no measure is by {quoted(dim)}. {nearest(quoted(dim), dims)}")
    keep = (dim,) if dim else ()
    wanted = [
        name
        for name, measure in dataset.data_vars.items()
        if (dim in measure.dims if dim else "lab" not in measure.dims)
    ]
    axes = ("world", "quarter", *keep)
    shape = tuple(dataset.sizes[axis] for axis in axes)
    columns: dict[str, Any] = {}
    for axis, at in zip(axes, np.indices(shape), strict=True):
        names = dataset[axis].values
        columns[axis] = (
            names[at.ravel()]
            if axis == "world"
            else pd.Categorical.from_codes(at.ravel(), categories=[str(name) for name in names])
        )
    for name, _, values in _series(dataset[wanted], keep):
        columns[name] = np.moveaxis(values, -1, 0).ravel()
    return pd.DataFrame(columns)


def _in_parts(results: Mapping[str, Results], dim: str | None) -> Iterator[pd.DataFrame]:
    for name, one in results.items():
        for first in range(0, max(one.worlds, 1), FEW):
            few = one.dataset.isel(world=slice(first, first + FEW))
            yield _labelled(frame(few, dim), name, len(results) > 1)


def _labelled(table: pd.DataFrame, name: str, wanted: bool) -> pd.DataFrame:
    if wanted:
        table.insert(0, "scenario", name)
    return table
