"""Scaling: what compute, data and algorithms turn into. Capability is in OOM of effective FLOP."""

from sim.parameters.dial import Dial

BESIROGLU = "Besiroglu et al. 2024, arXiv 2404.10102"
law = Dial("besiroglu2024", "name", ("besiroglu2024", "hoffmann2022"), "Loss as a function of parameters and tokens", BESIROGLU)
regime = Dial("power_law", "name", ("power_law", "plateau", "broken"), "What an OOM of effective compute counts beyond the onset", "scenario's choice")
onset = Dial(28.3, "OOM", (24.0, 40.0), "Effective compute beyond which the regime bends", "assumption")
late_slope = Dial(0.1, "share", (0.0, 1.0), "What an OOM counts beyond the onset", "assumption")
release_noise = Dial(0.1, "OOM", (0.0, 0.5), "Luck of a training run: standard deviation of its capability", "spread of ECI at like compute, Epoch AI 2026")
release_threshold = Dial(0.05, "OOM", (0.0, 1.0), "A run that gains less than this is written off, not released", "assumption")
algorithms_speed = Dial(0.35, "OOM/year", (0.1, 1.2), "Public algorithmic progress at the effort and level of early 2023", "Ho et al. 2024: halving every 8 months (5-14), 0.26-0.72 OOM a year", log=True)
algorithms_effort = Dial(0.30, "elasticity", (0.0, 0.5), "How progress grows with the industry's experiments (stepping on toes)", "Jones 1995; Bloom et al. 2020 give values below one")
algorithms_fishing_out = Dial(0.35, "1/OOM", (0.25, 1.0), "How much harder an OOM makes the next (ideas get harder to find)", "set so that 2013-2023's growth of effort keeps 0.5 OOM a year; Bloom et al. 2020")
lead_gain = Dial(0.7, "ratio", (0.0, 3.0), "Private progress of the largest experimenter over public progress", "assumption")
lead_leak = Dial(0.5, "years", (0.1, 2.0), "Time in which a private lead leaks to rivals", "open models trail by 3-12 months, Epoch AI", log=True)
mini_gap = Dial(1.05, "OOM", (0.3, 2.0), "How far the small product stays below the flagship", "Epoch ECI of pairs")
mini_from = Dial(2023.1, "year", (2020.0, 2040.0), "When labs begin to sell a small model beside the flagship", "gpt-3.5-turbo, 2023-03")
test_time_slope = Dial(0.7, "OOM/OOM", (0.0, 1.0), "OOM of training that an OOM of thinking tokens is worth", "OpenAI 2024 (o1): accuracy linear in log test-time compute; ECI of o1 against its base")
test_time_limit = Dial(1.5, "OOM", (0.0, 4.0), "Most that thinking longer can add", "assumption")
test_time_from = Dial(2024.7, "year", (2020.0, 2040.0), "When models that think longer come to market", "o1-preview, 2024-09")
post_training_slope = Dial(0.20, "OOM/OOM", (0.0, 1.0), "OOM of training that an OOM of cumulative post-training spending adds", "Davidson et al. 2023, post-training enhancements of 5-30 times")
post_training_limit = Dial(1.5, "OOM", (0.1, 4.0), "Most that post-training can add", "assumption")
test_time_most = Dial(30.0, "ratio", (1.0, 1e4), "Most tokens of thought for one of the answer", "o1 and its successors: ten to a hundred times the answer", log=True)
algorithms_start = Dial(-1.3, "OOM", (-3.0, 0.0), "Level of public algorithms in 2020 (0 at the start of 2023)", "Ho et al. 2024, .5 OOM a year or less")
algorithms_reference = Dial(2e26, "FLOP/quarter", (1e24, 1e28), "Experiments of all labs in early 2023, at which the speed is stated", "about .6B USD a quarter at 3 USD an hour", log=True)
algorithms_luck = Dial(0.3, "log", (0.0, 1.0), "Luck of public progress: standard deviation of a quarter's log speed", "assumption")
