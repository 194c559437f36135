"""Research: how a lab splits its money, before it looks at returns."""

from sim.parameters.dial import Dial

COTTIER = "Cottier et al. 2024: staff 29-49 % of development cost"
people = Dial(0.33, "share", (0.05, 0.8), "Part of development money that pays people", COTTIER)
weight_final = Dial(0.08, "share", (0.01, 0.5), "Final runs, in the split of the rest at normal returns", "OpenAI 2024: .4 of 5B USD, Epoch AI 2025")
weight_experiments = Dial(0.62, "share", (0.05, 0.95), "Experiments and unreleased models, likewise", "OpenAI 2024: 4.5 of 5B USD, Epoch AI 2025")
weight_post = Dial(0.12, "share", (0.0, 0.6), "Post-training, likewise", "assumption")
weight_data = Dial(0.06, "share", (0.0, 0.6), "Data, likewise", "about 1B USD a year for a top lab in 2025")
weight_product = Dial(0.12, "share", (0.0, 0.6), "Product and distribution, likewise", "OpenAI 2024 sales and marketing")
data_normal = Dial(0.3, "ratio", (0.05, 2.0), "Return to data over its normal weight while text is plenty", "assumption")
data_urgency = Dial(3.0, "ratio", (0.0, 20.0), "How that return rises with what repeated data take from the return to compute", "assumption")
hedged = Dial(0.5, "share", (0.0, 1.0), "Part of a hedger's money that is spread evenly over all uses", "assumption; M23")
temperature = Dial(1.0, "ratio", (0.2, 10.0), "How little the split follows perceived returns (1: Cobb-Douglas)", "shares equal elasticities in Cobb-Douglas")
adjustment = Dial(0.3, "1/quarter", (0.02, 1.0), "Part of the wanted change of the split made in a quarter", "Google took six quarters to turn, M24")
release_quarters = Dial(4, "quarters", (1, 12), "From one flagship to the next", "GPT-3, 3.5, 4: 12-18 months; since 2023 yearly or faster")
release_delay = Dial(1.0, "quarters", (0.0, 6.0), "Luck of that: standard deviation, release by release", "GPT-3 to GPT-4: 11 quarters, with GPT-3.5 between; Llama 2 to 3: 3; Opus 3 to 4: 5")
serving_most = Dial(0.8, "share", (0.1, 0.95), "Most of the budget that serving may take before requests are refused", "assumption")
launch_share = Dial(0.02, "share", (0.001, 0.2), "Part of what all serve that a newcomer books for its first quarter", "assumption")
buffer = Dial(0.1, "share", (0.0, 1.0), "Spare serving capacity that a lab books", "assumption")
distil = Dial(0.3, "share", (0.0, 1.0), "Part of the gap to the leader that a fast follower closes with a release", "distillation; DeepSeek and Alpaca; assumption")
distil_cost = Dial(2e11, "tokens", (1e8, 1e13), "Tokens that a fast follower buys from the leader for it", "assumption", log=True)
least_intensity = Dial(0.25, "share", (0.0, 1.0), "Part of gross profit that goes into development when nothing more can be won", "software firms spend 20-25 % of revenue")
post_reference = Dial(1e7, "USD", (1e5, 1e9), "Cumulative post-training spending at which its gains begin", "InstructGPT, 2022; assumption", log=True)
demand_growth = Dial(2.0, "ratio", (1.0, 4.0), "Most growth of demand in a quarter that a lab books capacity for", "assumption")
advertising = Dial(0.1, "log", (0.0, 1.0), "Pull of product spending: appeal of spending e times the average", "advertising elasticities near .1, Sethuraman et al. 2011")
entry_lag = Dial(1.0, "OOM", (0.0, 4.0), "How far behind the frontier an entrant starts", "xAI and Mistral reached a year-old frontier in their first year")
