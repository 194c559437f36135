"""Hosts: token factories that serve open weights at cost plus margin (M34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

if TYPE_CHECKING:
    from sim.model import AIEconomy


class Hosts(mesa.Agent):
    """All independent hosts; they rent in the first region and bid what it takes to serve."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        self.hours = np.zeros(model.size)  # H100e-hours a quarter they need
        self.revenue = np.zeros(model.size)

    def bid(self, rent: np.ndarray) -> np.ndarray:
        """USD offered for last quarter's hours at last quarter's rent, (worlds,)."""
        return self.hours * rent
