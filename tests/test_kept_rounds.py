"""Kept rounds of a calibration: read again as they were, or not at all, whatever their damage."""

from dataclasses import replace

import numpy as np
import pytest

from sim.history.calibration import kept_rounds
from sim.history.calibration.emulator import Moments

KEY, WORLDS, TERMS, ROWS = "of this calibration", 30, 5, 3
DAMAGES = 400


def sums():
    moments, luck = Moments.none(TERMS, ROWS), np.random.default_rng(1)
    moments.add(luck.normal(size=(TERMS, WORLDS)), luck.normal(size=(ROWS, WORLDS)))
    return moments


def read(folder, key=KEY, number=0, worlds=WORLDS, terms=TERMS, rows=ROWS):
    return kept_rounds.read(folder, key, number, worlds, terms, rows)


def same(one, other):
    return one.count == other.count and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("terms", "cross", "predicted")
    )


@pytest.fixture
def kept(tmp_path):
    kept_rounds.write(tmp_path, KEY, 0, sums())
    return tmp_path / "round_1.npz"


def test_a_round_comes_back_as_it_was(kept):
    assert same(read(kept.parent), sums())
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize(
    "other",
    [{"key": "of another"}, {"number": 1}, {"worlds": 31}, {"terms": 4}, {"rows": 2}],
    ids=lambda other: next(iter(other)),
)
def test_a_round_of_another_question_is_not_taken(kept, other):
    assert read(kept.parent, **other) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"terms": np.zeros((TERMS, TERMS + 1))},
        {"terms": np.zeros(TERMS)},
        {"cross": np.zeros((ROWS, TERMS))},
        {"predicted": np.full((ROWS, ROWS), np.nan)},
        {"predicted": np.zeros((ROWS, ROWS), np.float32)},
        {"predicted": np.zeros((ROWS, ROWS), "U3")},
        {"count": np.zeros(2)},
        {"count": "many"},
    ],
    ids=str,
)
def test_a_round_of_wrong_shapes_is_not_taken(kept, wrong):
    kept_rounds.write(kept.parent, KEY, 0, replace(sums(), **wrong))
    assert read(kept.parent) is None


def damaged(content, luck):
    """A file with one damage: bits, bytes, an end or a middle lost, zeros, or too much."""
    first, last = sorted(int(place) for place in luck.integers(len(content), size=2))
    kind = luck.integers(6)
    if kind == 0:
        bit = 1 << int(luck.integers(8))
        return content[:first] + bytes([content[first] ^ bit]) + content[first + 1 :]
    if kind == 1:
        return content[:first] + bytes([int(luck.integers(256))]) + content[first + 1 :]
    if kind == 2:
        return content[:first]
    if kind == 3:
        return content[:first] + content[last:]
    if kind == 4:
        return content[:first] + bytes(last - first) + content[last:]
    return content[:first] + luck.bytes(1 + last - first) + content[first:]


def test_no_damage_is_an_error_or_read_wrongly(kept):
    """A file of numpy's is a zip: a damaged one raises whatever part of it was met first."""
    content, luck, whole = kept.read_bytes(), np.random.default_rng(8), sums()
    refused = 0
    for _ in range(DAMAGES):
        kept.write_bytes(damaged(content, luck))
        found = read(kept.parent)
        refused += found is None
        assert found is None or same(found, whole)
    assert refused > DAMAGES / 2


@pytest.mark.parametrize("content", [b"", b"half a file", b"\x93NUMPY\x01\x00", b"PK\x03\x04"])
def test_what_is_no_such_file_is_not_taken(kept, content):
    kept.write_bytes(content)
    assert read(kept.parent) is None


def test_where_nothing_is_kept_nothing_is_found(tmp_path):
    assert read(None) is None and read(tmp_path / "nowhere") is None
    kept_rounds.write(None, KEY, 0, sums())
