"""Research: how a lab splits its money, before it looks at returns."""

from sim.parameters.dial import Dial

COTTIER = "Cottier et al. 2024: staff 29-49 % of development cost"
people = Dial(0.33, "share", (0.05, 0.8), "Part of development money that pays people", COTTIER)
weight_final = Dial(0.08, "share", (0.01, 0.5), "Final runs, in the split of the rest at the start, and for ever under fixed shares", "OpenAI 2024: .4 of 5B USD, Epoch AI 2025")
weight_experiments = Dial(0.62, "share", (0.05, 0.95), "Experiments and unreleased models, likewise", "OpenAI 2024: 4.5 of 5B USD, Epoch AI 2025")
weight_post = Dial(0.12, "share", (0.0, 0.6), "Post-training, likewise", "assumption")
weight_data = Dial(0.06, "share", (0.0, 0.6), "Data, likewise", "about 1B USD a year for a top lab in 2025")
weight_product = Dial(0.12, "share", (0.0, 0.6), "Product and distribution, likewise", "OpenAI 2024 sales and marketing")
hedged = Dial(0.5, "share", (0.0, 1.0), "Part of a hedger's money that is spread evenly over all uses", "assumption; M23")
adjustment = Dial(0.3, "1/quarter", (0.02, 1.0), "Part of the wanted change of the split made in a quarter", "Google took six quarters to turn, M24")
release_quarters = Dial(4, "quarters", (1, 12), "From one flagship to the next", "GPT-3, 3.5, 4: 12-18 months; since 2023 yearly or faster")
release_delay = Dial(1.0, "quarters", (0.0, 6.0), "Luck of that: standard deviation, release by release", "GPT-3 to GPT-4: 11 quarters, with GPT-3.5 between; Llama 2 to 3: 3; Opus 3 to 4: 5")
serving_most = Dial(0.8, "share", (0.1, 0.95), "Most of the budget that serving may take before requests are refused", "assumption")
launch_share = Dial(0.02, "share", (0.001, 0.2), "Part of what all serve that a newcomer books for its first quarter", "assumption")
distil = Dial(0.3, "share", (0.0, 1.0), "Part of the gap to the leader that a fast follower closes with a release", "distillation; DeepSeek and Alpaca; assumption")
distil_cost = Dial(2e11, "tokens", (1e8, 1e13), "Tokens that a fast follower buys from the leader for it", "assumption", log=True)
demand_growth = Dial(2.0, "ratio", (1.0, 4.0), "Most growth of demand in a quarter that a lab books capacity for", "assumption")
advertising = Dial(0.1, "log", (0.0, 1.0), "Pull of product spending: appeal of spending e times the average", "advertising elasticities near .1, Sethuraman et al. 2011")
entry_lag = Dial(1.0, "OOM", (0.0, 4.0), "How far behind the frontier an entrant starts", "xAI and Mistral reached a year-old frontier in their first year")
post_reference = Dial(3e21, "FLOP", (1e18, 1e25), "Reinforcement compute at which its gains begin", "InstructGPT 2022: some 1e21 to 1e22 FLOP", log=True)
post_life = Dial(1.5, "years", (0.25, 10.0), "Time in which what was reinforced is out of date", "about one generation of models; assumption")
foresight = Dial(0.5, "share", (0.0, 1.0), "Part of last year's growth of profit that a lab expects to go on until its spending bears", "Greenwood and Shleifer 2014; assumption")
gestation = Dial(1.0, "years", (0.25, 4.0), "From spending to sales: a run, its release and the life of the model", "GPT-3 to GPT-4; deprecation dates")
demand_surprise = Dial(0.15, "share", (0.0, 1.0), "How far demand of a quarter is from what was expected: standard deviation in logs", "quarterly growth of labs' revenue 2023-2024; assumption")
expected_growth = Dial(2.0, "ratio", (0.5, 20.0), "Tokens that a new model is expected to serve in its life, over those of today's rate", "tokens served grew 3-5 times a year 2023-2025; a model is out of date after one and a half")
severance = Dial(0.35, "years", (0.0, 1.5), "Pay of those who are let go, notice included", "Google and Meta 2022-2023: sixteen weeks and two for each year served, after a notice of sixty days")
