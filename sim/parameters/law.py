"""What a parliament can set. Only a policy sets these; without one each is neutral."""

import math

from sim.parameters.dial import Dial

compute_levy_rate = Dial(
    0.0, "share of training compute spending", (-0.5, 2.0),
    "Levy on what a lab spends on compute for training; below zero it is a subsidy", "neutral: no levy")
compute_cap_flop = Dial(
    math.inf, "FLOP", (1e20, 1e35),
    "Largest training run that is allowed", "neutral: no cap")
chip_export_share = Dial(
    1.0, "share", (0.0, 1.0),
    "Share of the orders of chips by region china that is let through, of what rules of the past let", "neutral: all of it")
profit_tax_rate = Dial(
    0.21, "share", (0.0, 0.9),
    "Tax on labs' profits after losses carried forward", "US federal rate of today")
