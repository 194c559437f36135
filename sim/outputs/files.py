"""Files that are there complete, or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PART = re.compile(r"\..+\.[0-9]+\.part")  # a folder that is lent, and never made a second time


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Lend a temporary name beside `path`; flushed and renamed at the end, removed on any error."""
    path = Path(path)
    if PART.fullmatch(path.parent.name) is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        with open(part, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Lend a folder beside `folder`, whose files take their places together at the end."""
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    aside.mkdir(parents=True)
    try:
        yield aside
        folder.mkdir(exist_ok=True)
        for file in aside.iterdir():
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(aside)


def plain_text(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets a leading apostrophe."""
    if isinstance(cell, str) and cell.lstrip(" \t\r\n")[:1] in tuple("=+-@"):
        return f"'{cell}"
    return cell


def write_csv(table: pd.DataFrame, path: Path | str) -> Path:
    """Write a table for a spreadsheet: ten digits, no cell that could run as a formula."""
    safe = table.copy()
    for column in safe.columns:
        if not _is_number(safe[column]):
            safe[column] = [plain_text(cell) for cell in safe[column]]
    safe.columns = [str(plain_text(str(column))) for column in safe.columns]
    with whole_file(path) as part:
        safe.to_csv(part, index=False, float_format="%.10g", lineterminator="\n")
    return Path(path)


def write_json(content: Mapping[str, Any], path: Path | str) -> Path:
    """Write a small record that a person can read too."""
    with whole_file(path) as part:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        part.write_bytes(text.encode("utf-8", "backslashreplace"))
    return Path(path)


def write_parquet(
    tables: Iterable[pd.DataFrame],
    path: Path | str,
    about: Mapping[str, Mapping[str, str]] | None = None,
) -> Path:
    """Write tables of the same columns one below another, each as it comes.

    `about` is metadata of a column by its name, such as {"revenue": {"units": "USD/year"}}.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    with whole_file(path) as part, open(part, "wb") as file:  # pyarrow opens no odd names itself
        try:
            for table in tables:
                rows = pa.Table.from_pandas(table, preserve_index=False)
                if writer is None:
                    schema = _described(rows.schema, about or {})
                    writer = pq.ParquetWriter(file, schema, compression="zstd")
                writer.write_table(rows.cast(writer.schema))
        finally:
            if writer is not None:
                writer.close()
    return Path(path)


def read_parquet(path: Path, scenario: str | None = None) -> pd.DataFrame:
    """A table of ours; `scenario`: its rows of one run, without that column."""
    import pyarrow.parquet as pq

    if scenario is None:
        return pq.read_table(path).to_pandas()
    rows = pq.read_table(path, filters=[("scenario", "==", scenario)])
    return rows.drop_columns(["scenario"]).to_pandas()


def _described(schema: Any, about: Mapping[str, Mapping[str, str]]) -> Any:
    """A schema of Arrow whose fields carry their metadata."""
    for place, name in enumerate(schema.names):
        if name in about:
            schema = schema.set(place, schema.field(place).with_metadata(dict(about[name])))
    return schema


def _is_number(column: pd.Series) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column))
