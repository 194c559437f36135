"""Results as tables: a summary over worlds, a row a world and quarter, and the output folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.outputs.files import write_csv, write_json, write_parquet

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.outputs.results import Results

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
FEW = 1024  # worlds a row group of a Parquet file, so that a large run is written in little memory


def save(
    results: Mapping[str, Results],
    folder: Path | str,
    labs: bool = False,
    changes: pd.DataFrame | None = None,
) -> list[Path]:
    """Write one folder; for several results every table begins with a column `scenario`.

    `changes` are further rows of the summary. The manifest comes last: a folder that has one is
    complete.
    """
    import pandas as pd

    folder = Path(folder)
    several = len(results) > 1
    (folder / "manifest.json").unlink(missing_ok=True)
    parts = [_labelled(r.summary(), name, several) for name, r in results.items()]
    if changes is not None:
        parts.append(changes)
    paths = [write_csv(pd.concat(parts, ignore_index=True), folder / "summary.csv")]
    paths.append(write_parquet(_in_parts(results, None), folder / "quarters.parquet"))
    if labs:
        paths.append(write_parquet(_in_parts(results, "lab"), folder / "labs.parquet"))
    manifests = {name: r.manifest() for name, r in results.items()}
    record = {"runs": manifests} if several else next(iter(manifests.values()))
    if several:
        record = {"versions": next(iter(manifests.values()))["versions"], **record}
    return [*paths, write_json(record, folder / "manifest.json")]


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
    holes = np.isnan(values)
    none = holes.all(axis=-1)
    blank = np.where(none, np.nan, 0.0)
    if values.shape[-1] == 0:
        return {key: blank for key in ("mean", *QUANTILES)}
    if holes.any():
        values = np.where(none[..., None], 0.0, values)
        mean = np.nanmean(values, axis=-1)
        cuts = np.nanquantile(values, list(QUANTILES.values()), axis=-1)
    else:
        mean = values.mean(axis=-1)
        cuts = np.quantile(values, list(QUANTILES.values()), axis=-1)
    return {"mean": mean + blank, **dict(zip(QUANTILES, cuts + blank, strict=True))}


def _series(dataset: xr.Dataset, keep: tuple[str, ...]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Each measure as name, unit and (quarters, kept axes, worlds); its other axes spelled out."""
    for name, measure in dataset.data_vars.items():
        inner = [str(dim) for dim in measure.dims if dim not in ("quarter", "world", *keep)]
        order = [*inner, "quarter", *(dim for dim in keep if dim in measure.dims), "world"]
        values = measure.transpose(*order).values
        for place in np.ndindex(values.shape[: len(inner)]):
            names = [str(measure[d].values[i]) for d, i in zip(inner, place, strict=True)]
            label = f"{name}[{', '.join(names)}]" if names else str(name)
            yield label, str(measure.attrs.get("units", "")), values[place]


def frame(dataset: xr.Dataset, dim: str | None = None) -> pd.DataFrame:
    """A row a world and quarter, or with `dim` a row a world, quarter and lab (or use ...)."""
    import pandas as pd

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
    for name, r in results.items():
        for first in range(0, max(r.worlds, 1), FEW):
            few = r.dataset.isel(world=slice(first, first + FEW))
            yield _labelled(frame(few, dim), name, len(results) > 1)


def _labelled(table: pd.DataFrame, name: str, wanted: bool) -> pd.DataFrame:
    if wanted:
        table.insert(0, "scenario", name)
    return table
