"""Power: what is connected, what it costs, what a chip draws."""

from sim.parameters.dial import Dial

connected_us = Dial(8.0, "GW", (0.05, 30.0), "Power that AI chips could use in 2020, United States and allies", "a third of what data centres drew there, IEA 2025: 269 TWh in the world, 31 GW", log=True)
connected_china = Dial(1.6, "GW", (0.01, 10.0), "Power that AI chips could use in 2020, China", "assumption; the same part", log=True)
connection_growth = Dial(1.0, "1/year", (0.0, 3.0), "Most that connected power can grow in a year, by plan", "AI chips drew 2.4 GW at the end of 2023, 8.1 in 2024, 19 in 2025, and OpenAI three times as much each year, Epoch AI; other data centres gave way")
connection_slowing = Dial(0.06, "1/year", (0.0, 0.5), "Fading of that growth", "Epoch AI and EPRI 2025: over 100 GW by 2030; IEA 2025")
lag = Dial(3.0, "years", (0.5, 15.0), "From when a connection or a power station is begun to when it works, on average", "grid waits 2-7 years, own turbines and converted sites 1-3; Epoch AI and EPRI 2025")
connect_from = Dial(0.1, "share", (0.0, 0.25), "Need, chips on order too, over what is connected or begun, from which more is begun", "assumption")
connect_full = Dial(0.4, "share", (0.3, 0.95), "The same from which as much is begun as can be", "assumption; utilities plan for a reserve")
own_supply = Dial(0.3, "1/year", (0.0, 2.0), "What more is begun in a year, over what is connected, for each time that power and place together get e times as dear", "assumption; own turbines at 1.5-2 times the grid's price, xAI and Stargate 2024-2025; the record to 2025 does not ask for it")
draw = Dial(1.7, "kW/H100e", (0.6, 3.0), "All-in draw of a new H100-equivalent in 2023", "Sevilla et al. 2024: 1.7 kW peak; Epoch AI: 1.0 kW IT in 2025")
draw_trend = Dial(0.1, "OOM/year", (0.0, 0.2), "Fall of that draw", "Epoch AI and EPRI 2025: 26-40 % a year")
price = Dial(0.07, "USD/kWh", (0.02, 0.3), "Price of power", "EIA 2024: 8.2 cents, industrial")
operation = Dial(0.02, "USD/kWh", (0.0, 0.1), "Staff and upkeep of a data centre, by what it draws", "10-20 USD a kW and month; assumption")
lease_years = Dial(3.0, "years", (0.5, 15.0), "For how long a place with power is let, on average", "capacity auctions yearly, power contracts and leases 3-15 years; assumption")
