"""Debt: what lenders ask, how much they lend, and when they call it."""

from sim.parameters.dial import Dial

rate = Dial(0.045, "1/year", (0.0, 0.2), "Interest without risk", "US Treasury notes of five years, 2024: 4-4.5 %; 2020-2021 less")
volatility = Dial(0.6, "1/year^.5", (0.1, 2.0), "Volatility of what a lab is worth", "listed young technology firms, 50-80 % a year")
loss = Dial(0.6, "share", (0.05, 0.95), "What creditors lose of a loan on which a lab defaults", "unsecured bonds recover 40 %, Moody's 1983-2023; firms of ideas less")
of_worth = Dial(0.15, "share", (0.0, 0.9), "Most that a lab borrows, over its worth at work", "xAI 2025: 12.5B USD of debt at 113B; Anthropic 2.5B at 61B; software firms 10-20 %")
of_sales = Dial(1.0, "years", (0.0, 10.0), "Most that a lab borrows, over its sales of a year", "OpenAI 2024: a line of 4B USD at sales of 4B; loans on recurring revenue of one to two years")
years = Dial(5.0, "years", (0.5, 30.0), "Time in which a loan is paid back", "term loans and bonds of young firms run five years")
covenant = Dial(0.5, "share", (0.05, 2.0), "Debt over worth at work beyond which a loan is called", "covenants of loans on recurring revenue; assumption")
called_years = Dial(1.0, "years", (0.25, 10.0), "Time in which a loan that was called is paid back", "forbearance of a few quarters; assumption")
converted = Dial(0.8, "share", (0.0, 1.0), "Part of its debt that a rescued lab need not pay back: creditors take shares", "exchanges in distress, Gilson et al. 1990")
cut = Dial(0.4, "share", (0.0, 0.95), "Part of its spending that a rescued lab gives up at once", "staff fell by a third to a half in rescues of 2001-2003 and 2023; assumption")
advance = Dial(0.7, "share", (0.0, 0.85), "Part of what chips, servers and buildings cost that is lent to a neo-cloud on them", "CoreWeave's loans of 2023-2024 paid for 70-80 % of its chips; 7.9B USD of debt at 11.9B of equipment")
chip_volatility = Dial(0.35, "1/year^.5", (0.1, 2.0), "Volatility of what a neo-cloud's chips are worth", "gives the 9-14 % that CoreWeave paid in 2023-2024; ships and aircraft 30-50 %")
chip_loss = Dial(0.35, "share", (0.05, 0.95), "What lenders on chips reckon to lose where a cloud defaults", "secured loans recover 60-80 %, Moody's 1983-2023")
chip_years = Dial(5.0, "years", (0.5, 15.0), "Time in which a loan on chips is paid back", "five years, of which most over the first contracts of two to four: CoreWeave's filings")
chip_covenant = Dial(1.0, "share", (0.3, 2.0), "Debt over what chips and cash are worth beyond which a loan on chips is called", "assumption; loans on 70-80 %")
cover = Dial(1.2, "ratio", (0.0, 2.0), "Least cash flow over interest and repayments at which chips are lent on", "project finance asks 1.2-1.4")
vendor = Dial(0.1, "share", (0.0, 0.5), "Part of a neo-cloud's bill for chips that their maker lends, where its margin pays for the risk", "Lucent lent 7B USD of 38B sales in 2000; assumption for chips")
capital_ratio = Dial(0.1, "share", (0.02, 0.5), "Lenders' capital over what they lend to the industry", "Basel III asks 8-13 %")
purse = Dial(2e11, "USD/year", (1e9, 1e13), "Most that lenders lend to the industry in a year, in 2023, growing with the world", "private credit of 1.7T USD in 2023 and about 1.5T of new investment-grade bonds a year: a part of both; assumption", log=True)
capital_speed = Dial(0.1, "1/quarter", (0.01, 1.0), "Part of the capital that losses took which lenders make good in a quarter", "banks took two to three years after 1990 and 2008; Bernanke and Lown 1991")
