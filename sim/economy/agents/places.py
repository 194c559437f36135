"""Places: the few labs and worlds that something happens to, out of all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.units import Array, Flag


class Places:
    """Some labs and worlds, as rows and columns; numbers there are (places,)."""

    def __init__(self, flat: NDArray[np.intp], worlds: int):
        self.flat, self.all_worlds = flat, worlds
        self.labs, self.worlds = np.divmod(flat, worlds)

    @classmethod
    def with_flag(cls, flag: Flag) -> Places:
        """Where a flag (labs, worlds) is up."""
        return cls(np.flatnonzero(flag), flag.shape[1])

    def where(self, flag: Flag) -> Places:
        """Those of these places where a flag (places,) is up."""
        return Places(self.flat[flag], self.all_worlds)

    def of(self, numbers: Array) -> Array:
        """Numbers (labs, worlds) at these places."""
        return numbers.take(self.flat)

    def put(self, numbers: Array, here: Array) -> None:
        """Set numbers (labs, worlds) at these places, by their owner."""
        numbers.put(self.flat, here)
