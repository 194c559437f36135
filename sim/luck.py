"""Named random streams: world k has the same luck in any batch and under any policy.

A stream is keyed by seed, name and block of 1,024 world ids. A process that draws its own stream
cannot change anybody else's luck, which is what makes paired comparisons sharp.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from sim.errors import BadInput, quoted

BLOCK = 1024  # worlds that share one random generator
CHUNK = 8  # quarters generated at a time
Array = NDArray[np.float64]


class Luck:
    """The luck of some worlds: seed is a whole number from 0, worlds are ids from 0."""

    def __init__(self, seed: int, worlds: NDArray[np.int64]) -> None:
        ids = np.atleast_1d(np.asarray(worlds))
        if ids.ndim != 1 or ids.dtype.kind not in "iu" or (ids < 0).any():
            raise BadInput(
                f"worlds: {quoted(worlds)} cannot be numbers of worlds. Give whole numbers from 0, "
                "in one row."
            )
        number = np.asarray(seed)
        if number.ndim != 0 or number.dtype.kind not in "iu" or number < 0:
            raise BadInput(f"seed: {quoted(seed)} is not possible. Give a whole number from 0.")
        self.seed = int(seed)
        self.quarter = 0
        self._groups = _groups(ids)
        self._streams: dict[tuple[str, ...], _Streams] = {}

    def turn_to(self, quarter: int) -> None:
        """Go to a quarter, counted from the start of the scenario."""
        if quarter < 0:
            raise ValueError("a quarter is counted from 0, the start of the scenario")
        self.quarter = int(quarter)

    def uniform(self, name: str) -> Array:
        """One number in [0, 1) a world, the same in every quarter: (W,)."""
        generators = [
            _generator(self.seed, f"uniform {name}", group.block) for group in self._groups
        ]
        return _gather(self._groups, [generator.random(BLOCK) for generator in generators])

    def normal(self, name: str) -> Array:
        """One standard normal a world for the current quarter: (W,), read-only."""
        row: Array = self._rows((name,))[0]
        return row

    def normals(self, name: str, keys: tuple[str, ...]) -> Array:
        """One independent stream a key, such as a lab: (len(keys), W), read-only."""
        return self._rows(tuple(f"{name} {key}" for key in keys))

    def _rows(self, names: tuple[str, ...]) -> Array:
        """The current quarter's numbers of some streams: (names, W)."""
        if names not in self._streams:
            self._streams[names] = _Streams(self.seed, names, self._groups)
        return self._streams[names].rows(self.quarter)


class _Group:
    """The worlds of one block: their columns in the block and their places in the batch."""

    def __init__(self, block: int, columns: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        self.block, self.columns, self.places = block, columns, places
        self.whole = columns.size == BLOCK and bool((columns == np.arange(BLOCK)).all())


def _groups(ids: NDArray[np.int64]) -> list[_Group]:
    blocks = ids // BLOCK
    groups = []
    for block in np.unique(blocks):
        places = np.flatnonzero(blocks == block)
        groups.append(_Group(int(block), ids[places] % BLOCK, places))
    return groups


def _generator(seed: int, name: str, block: int) -> np.random.Generator:
    key = hashlib.blake2b(f"{seed}/{name}/{block}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(key, "little")))


def _gather(groups: list[_Group], blocks: list[Array]) -> Array:
    """Pick the worlds wanted out of whole blocks (..., BLOCK): (..., W), read-only."""
    if len(groups) == 1 and groups[0].whole:
        picked = blocks[0]
    else:
        worlds = sum(group.places.size for group in groups)
        picked = np.empty((*blocks[0].shape[:-1], worlds))
        for group, numbers in zip(groups, blocks, strict=True):
            picked[..., group.places] = numbers[..., group.columns]
    picked.flags.writeable = False
    return picked


class _Streams:
    """Normals of some names. Rows come in order, so row q is the same whatever was asked before."""

    def __init__(self, seed: int, names: tuple[str, ...], groups: list[_Group]) -> None:
        self.seed, self.names, self.groups = seed, names, groups
        self._restart()

    def rows(self, quarter: int) -> Array:
        """The numbers of one quarter: (names, W)."""
        if quarter < self.first:  # somebody turned back: generate again from the beginning
            self._restart()
        while quarter >= self.first + CHUNK:
            self.first += CHUNK
            self._generate()
        rows: Array = self.numbers[:, quarter - self.first]
        return rows

    def _restart(self) -> None:
        self.generators = [
            [_generator(self.seed, f"normal {name}", group.block) for name in self.names]
            for group in self.groups
        ]
        self.first = 0
        self._generate()

    def _generate(self) -> None:
        blocks = []
        for generators in self.generators:
            block = np.empty((len(self.names), CHUNK, BLOCK))
            for generator, rows in zip(generators, block, strict=True):
                generator.standard_normal(out=rows)
            blocks.append(block)
        self.numbers = _gather(self.groups, blocks)
