"""Tenancy: which cloud holds what of the contracts that labs have signed.

Shapes (clouds, worlds), or (regions, worlds) of what a region's clouds share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import dynamics
from sim.units import USD, Flag, H100e_hours

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds


class Tenancy:
    """The clouds' side of contracts for compute."""

    def __init__(self, clouds: Clouds):
        self.clouds, self.model = clouds, clouds.model
        self.share = clouds.part  # in what labs hold in the cloud's region
        nothing = np.zeros(clouds.rent.shape)
        self.held, self.held_at = nothing, nothing  # hours on contract; what rent would bring, USD
        self.beyond = nothing  # what contracts bring beyond that this quarter, USD

    def observe(self, held: H100e_hours, bill: USD) -> None:
        """Hours that labs hold in each region, and what they bring.

        Of new ones a neo-cloud takes its part where they pay for its chips, hyperscalers the rest;
        none holds more than its hours that run.
        """
        clouds, of_region = self.clouds, self.clouds.of_region
        left = dynamics.left_after(1.0, self.model.dials.compute.contract_years)
        new, old_bill = held - self.held * left, (self.beyond + self.held_at) * left
        rate = (bill - old_bill) / np.maximum(new, 1e-9)
        signs = np.where(clouds.leveraged, clouds.part * clouds.treasury.lives_on(rate), 0.0)
        signs = np.where(clouds.leveraged, signs, 1.0 - of_region(clouds.by_region(signs)))
        speed = of_region(np.clip(new / np.maximum(held, 1e-9), 0.0, 1.0))
        share = dynamics.adjusted(self.share, signs, speed)
        run = clouds.hours() * (1.0 - clouds.idle)
        most = clouds.part * of_region(np.maximum(run / np.maximum(held, 1e-9), 1.0))
        over = np.maximum(share - most, 0.0)
        self.share = share - over + of_region(clouds.by_region(over)) - over
        self.held, self.held_at = held, held * clouds.rent
        self.beyond = bill - self.held_at

    def sales(self, billed: USD) -> USD:
        """What was billed in each region, by whose chips ran, and whose contracts they are."""
        clouds = self.clouds
        at_rent = clouds.part * clouds.of_region(billed - self.beyond)
        return at_rent + self.share * clouds.of_region(self.beyond)

    def pass_on(self, failed: Flag) -> None:
        """What the failed hold goes to the hyperscaler of their region."""
        lost = np.where(failed, self.share, 0.0)
        self.share = self.share - lost + np.roll(lost, -1, axis=0)
