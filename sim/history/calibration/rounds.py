"""Finished rounds of a calibration, kept so that a stopped one goes on where it was."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.history.calibration.emulator import Moments
from sim.history.record.rows import Row
from sim.outputs.files import whole_file

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario


def fingerprint(rows: Sequence[Row]) -> str:
    """SHA-256 of what the rows say, whatever file they came from."""
    said = [[row.id, row.observable, row.entity, row.date, row.oom, row.error] for row in rows]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


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
    for path in sorted(Path(__file__).parents[2].rglob("*.py")):
        if not {"app", "cli", "plots"} & set(path.parts):
            whole.update(path.read_bytes())
    whole.update(
        json.dumps(
            [scenario.hash, fingerprint(rows), list(dials), seed, list(sizes), degree]
        ).encode()
    )
    return whole.hexdigest()


def read(folder: Path | None, key: str, number: int) -> Moments | None:
    """The sums of a round, if it was finished with the same key."""
    if folder is None:
        return None
    try:
        with np.load(folder / f"round_{number + 1}.npz", allow_pickle=False) as kept:
            if str(kept["key"]) != key:
                return None
            return Moments(kept["terms"], kept["both"], kept["said"], int(kept["count"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write(folder: Path | None, key: str, number: int, moments: Moments) -> None:
    if folder is None:
        return
    with whole_file(folder / f"round_{number + 1}.npz") as part, open(part, "wb") as file:
        np.savez_compressed(
            file,
            key=np.array(key),
            terms=moments.terms,
            both=moments.both,
            said=moments.said,
            count=np.array(moments.count),
        )
