"""What a calibration is asked for: how far it may look, how many worlds, how many rounds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

from sim.errors import BadInput, quoted
from sim.history.calibration.pool import WORLDS_A_BLOCK
from sim.history.record.periods import Period, window
from sim.inputs.text_file import path_of
from sim.running.workers import available

FEWEST_A_ROUND, MOST_WORLDS = 100, 1_000_000  # worlds, in a round and in all
MOST_ROUNDS, MOST_KEPT, MOST_WORKERS = 50, 100_000, 1024
BLOCKS_WORTH_PROCESSES = 4  # with fewer blocks of worlds, one process is as quick


@dataclass(frozen=True)
class Plan:
    """How a calibration is to be done. BadInput, where it is made, if it cannot be."""

    until: str  # no row whose period ends later is used
    worlds: int = 200_000  # in all rounds
    seed: int = 0
    rounds: int = 4
    keep: int = 2000  # worlds resampled at the end
    workers: int | None = None  # processes; changes no number
    cache: Path | None = None  # a folder in which finished rounds are kept, and found again

    def __post_init__(self) -> None:
        if self.until is None:
            raise BadInput("until: is missing. Give the date up to which the record is used.")
        object.__setattr__(self, "until", str(self.until))
        if self.cache is not None:
            object.__setattr__(self, "cache", path_of(self.cache, "cache"))
        for name, number, least, most in (
            ("seed", self.seed, 0, 2**63 - 1),
            ("rounds", self.rounds, 1, MOST_ROUNDS),
            ("worlds", self.worlds, FEWEST_A_ROUND, MOST_WORLDS),
            ("keep", self.keep, 1, MOST_KEPT),
            ("workers", 1 if self.workers is None else self.workers, 1, MOST_WORKERS),
        ):
            whole = isinstance(number, Integral) and not isinstance(number, bool)
            if not whole or not least <= number <= most:
                end = "2^63 - 1" if name == "seed" else most
                raise BadInput(
                    f"{name}: {quoted(number)} is not possible. Give a whole number from {least} "
                    f"to {end}."
                )
            if getattr(self, name) is not None:  # whole numbers of numpy become plain ones
                object.__setattr__(self, name, int(number))
        if self.worlds < FEWEST_A_ROUND * self.rounds:
            raise BadInput(
                f"worlds: {self.worlds} is not possible in {self.rounds} rounds. Give a whole "
                f"number from {FEWEST_A_ROUND * self.rounds} to {MOST_WORLDS}."
            )
        _ = self.window

    @property
    def window(self) -> Period:
        """The quarters whose rows are used."""
        return window(None, self.until)

    @property
    def sizes(self) -> list[int]:
        """Worlds of each round."""
        each, more = divmod(self.worlds, self.rounds)
        return [each + (number < more) for number in range(self.rounds)]

    @property
    def luck(self) -> int:
        """A seed of its own: runs that use the result do not meet the luck it was made with."""
        digest = hashlib.sha256(f"calibrate {self.seed}".encode()).digest()
        return int.from_bytes(digest[:7], "big")

    @property
    def processes(self) -> int:
        many = self.worlds >= BLOCKS_WORTH_PROCESSES * WORLDS_A_BLOCK
        return self.workers or (available() if many else 1)
