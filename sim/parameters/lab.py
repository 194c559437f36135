"""What a scenario may say of a lab. Money in USD, yearly unless it says otherwise."""

from sim.parameters.dial import Dial

OWN = "see the scenario file"
title = Dial("", "text", (), "Name in figures", OWN)
region = Dial("us", "name", ("us", "china"), "Where it buys compute", OWN)
opens = Dial("2020-Q1", "quarter", (), "When it starts work", OWN)
sells = Dial("2020-Q1", "quarter", (), "When it begins to sell (before, if nobody else does)", OWN)
strategy = Dial("marginal", "name", ("marginal", "fixed_shares", "follow_leader", "believer", "hedger", "open_weights", "fast_follower"), "How it spends and what it does with its models", OWN)
corporate = Dial(False, "flag", (), "Owned by a parent that gives it an allowance", OWN)
entrant = Dial(False, "flag", (), "A place for a lab that is founded only if it pays", OWN)
cash = Dial(1e8, "USD", (0.0, 1e12), "Cash at the start", OWN)
spending = Dial(5e7, "USD/year", (0.0, 1e12), "Spending at the start", OWN)
parent_cash_flow = Dial(0.0, "USD/year", (0.0, 1e12), "The parent's free cash flow before AI, 2023", OWN)
largest_run = Dial(1e21, "FLOP", (1e18, 1e28), "Best model at the start: effective compute of its training", OWN)
brand = Dial(0.0, "log", (-5.0, 5.0), "Appeal beyond success and price (distribution, habit of a name)", OWN)
release_offset = Dial(0, "quarters", (0, 11), "Quarters from its start to its first release, less one", OWN)
