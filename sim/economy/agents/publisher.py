"""Publishers and the data industry: what text there is, what it costs, what it is worth.

Tokens; shapes (worlds,) for the market and (labs, worlds) for what each lab holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.equations import scaling
from sim.units import Array, Ratio

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Publishers(mesa.Agent):
    """Owners of text, and the firms that label and synthesise it."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        labs = len(model.dials.lab_names), model.size
        self.licensed, self.synthetic, self.users = np.zeros(labs), np.zeros(labs), np.zeros(labs)
        self.sold = np.zeros(model.size)
        self.price = np.zeros(model.size) + model.dials.data.licence_price

    def public(self) -> Array:
        """Quality-adjusted public text this year."""
        d = self.model.dials.data
        return d.public_stock * (1.0 + d.stock_growth) ** (self.model.year - 2024.0)

    def set_price(self) -> None:
        """Licences dearer as the stock is used up (M08)."""
        d = self.model.dials.data
        self.price = d.licence_price * (1.0 + self.sold / d.licence_stock) ** d.licence_steepness

    def quality(self) -> Array:
        """What a synthetic token is worth against a human one, given each lab's mix (M04)."""
        d = self.model.dials.data
        human = d.crawl_share * self.public() + self.licensed + self.users
        share = self.synthetic / (human + self.synthetic)
        return scaling.synthetic_weight(d.synthetic_quality, share, d.replaces)

    def effective_unique(self, labs: Any) -> Array:
        """Unique tokens, in human ones, that each lab can train on."""
        d = self.model.dials.data
        human = d.crawl_share * self.public() + self.licensed + self.users
        return human + self.synthetic * self.quality()

    def return_to_compute(
        self, parameters: Array, unique: Array, seen: Array, law: str, decay: Ratio
    ) -> Array:
        """OOM of effective compute that an OOM of compute still adds: 1 unless data repeat.

        The gain of growing size and tokens in the law's own proportion,
        [x a A N^-a + (1 - x) b B D_eff^-b eps] / (g l), with x = b/(a + b), g the law's exponent
        and eps = dln D_eff / dln D; it is 1 at the optimum of Hoffmann et al. 2022.
        """
        rule = scaling.scaling_law(law)
        useful = scaling.effective_tokens(unique, seen, decay)
        repeats = np.maximum(seen / unique - 1.0, 0.0)
        fresh = np.where(repeats > 0.0, seen / useful * np.exp(-repeats / decay), 1.0)
        small, short = rule.A * parameters**-rule.alpha, rule.B * useful**-rule.beta
        x = rule.beta / (rule.alpha + rule.beta)
        gain = x * rule.alpha * small + (1.0 - x) * rule.beta * short * fresh
        return np.minimum(gain / (rule.exponent * (small + short)), 1.0)
