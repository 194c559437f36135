"""Arrays with the names of their axes and their units: an xarray.Dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


def several(given: object) -> list[Any]:
    """What is in a list, an array or a column; anything else is one."""
    if isinstance(given, np.ndarray):
        given = given.ravel()  # an array without axes holds one
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


@dataclass(frozen=True)
class Shown:
    """What a measure shows, without the function that takes it: this travels between processes."""

    unit: str
    label: str
    dims: tuple[str, ...]
    log: bool = False

    @classmethod
    def of(cls, measure: Any) -> Shown:
        return cls(measure.unit, measure.label, tuple(measure.dims), bool(measure.log))


def as_dataset(
    measures: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    quarters: Sequence[str],
    worlds: np.ndarray,
    coords: Mapping[str, Sequence[str]],
) -> xr.Dataset:
    """Dress arrays (quarters, ..., worlds) with the names of their axes and their units.

    A variable's attributes are `units`, `long_name` and `log` (1 if a logarithmic axis suits it, a
    number because netCDF knows no truth).
    """
    import xarray as xr

    used = dict.fromkeys(dim for name in arrays for dim in measures[name].dims)
    axes = {"quarter": list(quarters), "world": np.asarray(worlds)}
    axes |= {dim: list(coords[dim]) for dim in used}
    variables = {}
    for name, array in arrays.items():
        measure = measures[name]
        about = {"units": measure.unit, "long_name": measure.label, "log": int(measure.log)}
        variables[name] = (("quarter", *measure.dims, "world"), array, about)
    return xr.Dataset(variables, coords=axes)


def attributes(about: Mapping[str, Any]) -> dict[str, Any]:
    """What a dataset says of itself, of all that is known of its run: texts and a seed."""
    keys = ("scenario", "title", "seed", "scenario_hash", "policy_hash")
    said = {key: about[key] for key in keys if key in about}
    return said | {"policies": ", ".join(about.get("policies", ()))}


def shown_in(dataset: xr.Dataset) -> tuple[dict[str, Shown], dict[str, list[str]]]:
    """What every measure of a dataset shows, and the names along their axes."""
    measures: dict[str, Shown] = {}
    dims: dict[str, list[str]] = {}
    for name, array in dataset.data_vars.items():
        inner = tuple(str(dim) for dim in array.dims if dim not in ("quarter", "world"))
        said = array.attrs
        measures[str(name)] = Shown(
            str(said.get("units", "")),
            str(said.get("long_name", name)),
            inner,
            bool(said.get("log", 0)),
        )
        dims |= {dim: [str(part) for part in dataset[dim].values] for dim in inner}
    return measures, dims
