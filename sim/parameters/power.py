"""Power: what is connected, what it costs, what a chip draws."""

from sim.parameters.dial import Dial

connected_us = Dial(4.0, "GW", (0.05, 10.0), "Power connected for AI chips in 2020, United States and allies", "AI chips' draw and headroom", log=True)
connected_china = Dial(0.8, "GW", (0.01, 5.0), "Power connected for AI chips in 2020, China", "assumption", log=True)
connection_growth = Dial(0.65, "1/year", (0.0, 1.5), "Most that connected power can grow in a year", "Epoch AI and EPRI 2025: over 100 GW by 2030; grid waits 2-7 years")
connection_slowing = Dial(0.05, "1/year", (0.0, 0.5), "Fading of that growth", "assumption; IEA 2025")
draw = Dial(1.4, "kW/H100e", (0.6, 3.0), "All-in draw of a new H100-equivalent in 2023", "Sevilla et al. 2024: 1.7 kW peak; Epoch AI: 1.0 kW IT in 2025")
draw_trend = Dial(0.13, "OOM/year", (0.0, 0.2), "Fall of that draw", "Epoch AI and EPRI 2025: 26-40 % a year")
price = Dial(0.07, "USD/kWh", (0.02, 0.3), "Price of power while there is headroom", "EIA 2024: 8.2 cents, industrial")
scarcity = Dial(1.0, "elasticity", (0.0, 5.0), "How the price rises as connections fill up", "assumption")
