"""Chips: price, foundry capacity, lead times, GPU and inference specialist."""

from sim.parameters.dial import Dial

price = Dial(37000.0, "USD/H100e", (8000.0, 80000.0), "Price of an H100-equivalent in 2023", "Epoch AI: H100 23,000-40,000 USD", log=True)
price_trend = Dial(0.115, "OOM/year", (0.0, 0.2), "Fall of the price of an H100-equivalent", "Epoch AI: FLOP/s a dollar doubles in 2.1-2.5 years")
capacity = Dial(1.1e5, "H100e/year", (5e3, 3e5), "Foundry and packaging capacity for AI chips in 2020", "NVIDIA data-centre sales FY2021", log=True)
capacity_growth = Dial(3.0, "1/year", (0.02, 5.0), "Most that capacity can grow in a year, in H100e (units 1.7 times, each 1.6 times as strong)", "Epoch AI: 2.3 a year; Pilz et al. 2025", log=True)
capacity_slowing = Dial(0.1, "1/year", (0.0, 0.5), "Fading of that growth as AI fills the foundries", "AI took about a tenth of advanced wafers in 2024; Sevilla et al. 2024: 1e8 H100e in 2030")
expand_from = Dial(0.5, "ratio", (0.1, 0.9), "Orders over capacity at which foundries begin to expand (all out once booked)", "assumption")
capacity_decay = Dial(0.05, "1/year", (0.0, 0.3), "Loss of capacity where it is not expanded: lines turn to other chips", "assumption")
lead_quarters = Dial(3, "quarters", (1, 8), "From order to delivery", "Epoch AI; 3-4 quarters in 2023")
scarcity = Dial(0.5, "elasticity", (0.0, 1.0), "How orders above capacity raise the price", "H100 list 25-30,000, street 40,000 in 2023")
glut = Dial(0.7, "ratio", (0.3, 1.0), "Least orders over capacity that count in the price: how far a glut lowers it", "assumption; data-centre chips of 2019 and 2023 fell by 10-20 % in a glut")
cost_share = Dial(0.3, "share", (0.1, 0.8), "Cost of making a chip over its trend price", "NVIDIA gross margin 73-78 %")
domestic = Dial(2e3, "H100e/year", (0.0, 1e5), "China's own capacity in 2020", "assumption; Ascend output 2022-2024")
domestic_growth = Dial(1.2, "1/year", (0.0, 3.0), "Growth of China's own capacity, fading like the world's", "assumption; Ascend output 2022-2024")
domestic_push = Dial(0.5, "1/year", (0.0, 3.0), "Extra growth of China's own capacity if imports were cut off altogether", "assumption")
specialist_share = Dial(0.05, "share", (0.0, 0.5), "Inference specialists among orders in 2020", "TPU and ASIC sales, Epoch AI")
specialist_gain = Dial(0.03, "share/year", (0.0, 0.15), "Growth of the specialists' part of orders while serving grows", "Epoch AI: NVIDIA's part of AI compute fell to two thirds by 2025")
specialist_most = Dial(0.8, "share", (0.1, 1.0), "Most of specialists among orders, over the part of labs' compute money that serves", "assumption")
specialist_speed = Dial(0.1, "1/quarter", (0.01, 1.0), "Part of the way to that gone in a quarter", "assumption")
specialist_edge = Dial(1.6, "ratio", (0.5, 5.0), "Tokens a specialist serves for each that a GPU of the same price serves", "vendors' claims 2-10; assumption")
