"""Pricing: what labs and hosts charge."""

from sim.parameters.dial import Dial

speed = Dial(0.35, "1/quarter", (0.05, 1.0), "Part of the gap to the wanted price closed in a quarter", "list prices change about twice a year; successors inherit them: the record to 2025 does not ask for it")
host_margin = Dial(0.35, "share", (0.0, 2.0), "Margin of token factories over the cost of serving open weights", "open models sell about 90 % cheaper, Demirer et al. 2025")
open_royalty = Dial(0.25, "share", (0.0, 1.0), "Part of what is spent on open weights that reaches their lab (own service, licences)", "assumption")
