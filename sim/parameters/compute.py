"""Compute market: what is offered, who else bids, contracts and clouds' orders."""

from sim.parameters.dial import Dial

stock_us = Dial(8e4, "H100e", (5e3, 5e5), "AI chips in use in 2020, United States and allies", "NVIDIA data-centre revenue 2018-2020 and TPUs, in H100e", log=True)
stock_china = Dial(1e4, "H100e", (5e2, 1e5), "AI chips in use in 2020, China", "about an eighth of the world's, Pilz et al. 2025", log=True)
elsewhere = Dial(4.5e9, "USD/year", (1e8, 2e10), "Spending on AI compute by everybody but labs in 2020", "rough fit to rents and NVIDIA sales", log=True)
elsewhere_growth = Dial(0.50, "1/year", (0.0, 1.0), "Its own growth, fading by a tenth a year", "rough fit")
elsewhere_follow = Dial(2.5, "ratio", (0.0, 6.0), "What others spend for each dollar of the labs' compute", "labs use a quarter of AI chips, Epoch AI 2025")
elsewhere_ceiling = Dial(1.0e12, "USD/year", (1e10, 1e13), "Ceiling of what others spend on AI compute, 2023 money growing with the world", "a fifth of world IT spending", log=True)
elsewhere_volatility = Dial(0.06, "log/quarter", (0.0, 0.3), "Luck of the others' demand: standard deviation of shocks that fade in two years", "assumption")
life = Dial(7.0, "years", (2.0, 12.0), "Working life of a chip, on average", "written off in 4-6 years, at work for longer: Azure retired P100 and V100 after 7-8")
foresight = Dial(0.6, "share", (0.0, 1.0), "Part of the fall of chip prices that clouds reckon with when they build", "accounts write chips off evenly over 6 years; rough fit to rents of 2022-2024")
interest = Dial(0.10, "1/year", (0.01, 0.3), "Return that clouds need", "cost of capital of hyperscalers and neo-clouds, 8-15 %")
margin = Dial(0.0, "share", (-0.2, 2.0), "Rent above user cost at which a cloud expands", "gross margins of clouds; assumption")
extrapolation = Dial(1.0, "share", (0.0, 1.5), "Part of recent growth of demand that clouds expect to go on until delivery", "Greenwood and Hanson 2015 on investment waves; assumption")
order_speed = Dial(0.5, "1/quarter", (0.05, 1.0), "Part of the wanted gap in chips ordered in a quarter", "assumption")
building = Dial(1.55, "ratio", (1.1, 3.0), "Cost of an installed chip over the chip's price", "Epoch AI 2026: 1 GW site 38B USD; Bernstein 2025")
idle_rent = Dial(0.35, "share", (0.05, 0.9), "Lowest rent, as a share of user cost: below it chips are switched off", "H100 spot prices of 2024")
contract_share = Dial(0.5, "share", (0.0, 0.9), "Part of a lab's new compute taken on multi-year contract", "Microsoft, Oracle and CoreWeave filings")
contract_years = Dial(2.0, "years", (0.5, 5.0), "Length of a contract, take or pay", "one to three years")
