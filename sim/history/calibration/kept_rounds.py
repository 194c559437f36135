"""Finished rounds of a calibration, kept so that a stopped one goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.history.calibration.emulator import Moments
from sim.history.record.rows import Row, fingerprint
from sim.outputs.files import whole_file

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

SHOWING = {"app", "cli", "plots"}  # rooms whose code changes no number


def key(
    scenario: Scenario,
    rows: Sequence[Row],
    dials: Sequence[str],
    seed: int,
    sizes: Sequence[int],
    degree: int,
) -> str:
    """The same for the same calibration by the same code."""
    whole = hashlib.sha256()
    code = Path(str(files("sim")))
    for path in sorted(code.rglob("*.py")):
        if path.relative_to(code).parts[0] not in SHOWING:
            whole.update(path.read_bytes())
    question = [scenario.hash, fingerprint(rows), list(dials), seed, list(sizes), degree]
    whole.update(json.dumps(question).encode())
    return whole.hexdigest()


def read(
    folder: Path | None, key: str, number: int, worlds: int, terms: int, rows: int
) -> Moments | None:
    """The sums of a round of so many worlds, if it was finished with the same key.

    None as well if the file is damaged, whatever its damage: the round can be run again.
    """
    if folder is None:
        return None
    shapes = {"terms": (terms, terms), "cross": (terms, rows), "predicted": (rows, rows)}
    try:
        with np.load(_file(folder, number), allow_pickle=False) as kept:
            sums = {name: kept[name] for name in shapes}
            whole = str(kept["key"]) == key and int(kept["count"]) == worlds
        whole = whole and all(
            array.shape == shapes[name] and np.isfinite(array).all() and array.dtype == float
            for name, array in sums.items()
        )
    except Exception:  # zipfile, zlib, numpy and its header's parser each raise their own
        return None
    return Moments(**sums, count=worlds) if whole else None


def write(folder: Path | None, key: str, number: int, moments: Moments) -> None:
    if folder is None:
        return
    with whole_file(_file(folder, number)) as part, open(part, "wb") as file:
        np.savez_compressed(
            file,
            key=np.array(key),
            terms=moments.terms,
            cross=moments.cross,
            predicted=moments.predicted,
            count=np.array(moments.count),
        )


def _file(folder: Path, number: int) -> Path:
    return folder / f"round_{number + 1}.npz"
