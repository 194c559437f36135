"""Quantiles over worlds, of those that have a value: for tables and figures alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def quantiles(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Quantiles over the last axis, (shares, ...); nan where no world has a value."""
    holes = np.isnan(values)
    if values.shape[-1] == 0:
        return np.full((len(shares), *values.shape[:-1]), np.nan)
    if not holes.any():
        return np.asarray(np.quantile(values, shares, axis=-1))
    none = holes.all(axis=-1)
    filled = np.where(none[..., None], 0.0, values)
    return np.asarray(np.nanquantile(filled, shares, axis=-1)) + np.where(none, np.nan, 0.0)


def mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of the worlds that have a value; nan where none has."""
    holes = np.isnan(values)
    if values.shape[-1] and not holes.any():
        return np.asarray(values.mean(axis=-1))
    none = holes.all(axis=-1)
    if none.all():
        return np.full(values.shape[:-1], np.nan)
    filled = np.where(none[..., None], 0.0, values)
    return np.asarray(np.nanmean(filled, axis=-1)) + np.where(none, np.nan, 0.0)
