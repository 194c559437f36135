"""Data: the stock of text, what may be used of it, and what replaces it."""

from sim.parameters.dial import Dial

public_stock = Dial(3e14, "tokens", (3e13, 3e15), "Quality-adjusted public human text in 2024", "Villalobos et al. 2024: 300T (100T-1000T)", log=True)
stock_growth = Dial(0.05, "1/year", (0.0, 0.3), "Growth of the public stock", "Epoch AI: 7 % a year, slowing")
crawl_share = Dial(0.4, "share", (0.02, 1.0), "Part of the public stock that a lab can use", "assumption; Llama 3 used 15T")
repeat_decay = Dial(15.4, "epochs", (2.0, 40.0), "Epochs after which a repeated token has lost most of its worth", "Muennighoff et al. 2023")
licence_stock = Dial(5e14, "tokens", (1e12, 3e15), "Private and licensed text that could be sold", "Epoch AI: indexed web 500T, with private text 3000T", log=True)
licence_price = Dial(20.0, "USD/Mtok", (0.1, 1000.0), "Price of licensed text while little of it is sold", "Reddit to Google: 60M USD a year for an archive of the order of 1e12 tokens (S-1, 2024)", log=True)
licence_steepness = Dial(2.0, "elasticity", (0.0, 10.0), "How the price rises as the licensed stock is used up", "assumption")
sharpness = Dial(2.0, "elasticity", (0.2, 10.0), "How sharply buyers turn to the cheaper of licences and synthesis", "assumption")
user_tokens = Dial(0.02, "share", (0.0, 0.2), "Served tokens that become training data", "assumption")
user_decay = Dial(0.5, "1/year", (0.05, 3.0), "Depreciation of users' data", "assumption")
synthetic_quality = Dial(0.15, "share", (0.0, 0.8), "What a synthetic token is worth against a human one", "assumption; F026-F029")
synthetic_margin = Dial(0.3, "share", (0.0, 2.0), "Margin of the data industry over the cost of synthesis", "assumption")
replaces = Dial(False, "flag", (), "New data replaces old (model collapse) instead of accumulating", "Shumailov et al. 2024; Gerstgrasser et al. 2024")
labelling_share = Dial(0.35, "share", (0.0, 0.9), "Part of post-training money that pays people who write and judge", "data vendors earned about 10B USD in 2025 (The Verge); Surge 1.2B and Scale 0.9B in 2024")
