"""Power: what is connected, what it costs, what a chip draws."""

from sim.parameters.dial import Dial

connected_us = Dial(4.0, "GW", (0.05, 10.0), "Power connected for AI chips in 2020, United States and allies", "AI chips' draw and headroom", log=True)
connected_china = Dial(0.8, "GW", (0.01, 5.0), "Power connected for AI chips in 2020, China", "assumption", log=True)
connection_growth = Dial(0.65, "1/year", (0.0, 1.5), "Most that connected power can grow in a year", "Epoch AI and EPRI 2025: over 100 GW by 2030; grid waits 2-7 years")
connection_slowing = Dial(0.05, "1/year", (0.0, 0.5), "Fading of that growth", "assumption; IEA 2025")
connect_from = Dial(0.2, "share", (0.0, 0.4), "Use of connected power at which more is begun", "assumption")
connect_full = Dial(0.5, "share", (0.45, 0.95), "Use from which connections grow as fast as they can", "assumption; utilities plan for a reserve")
draw = Dial(1.4, "kW/H100e", (0.6, 3.0), "All-in draw of a new H100-equivalent in 2023", "Sevilla et al. 2024: 1.7 kW peak; Epoch AI: 1.0 kW IT in 2025")
draw_trend = Dial(0.13, "OOM/year", (0.0, 0.2), "Fall of that draw", "Epoch AI and EPRI 2025: 26-40 % a year")
price = Dial(0.07, "USD/kWh", (0.02, 0.3), "Price of power while there is headroom", "EIA 2024: 8.2 cents, industrial")
scarcity = Dial(1.0, "elasticity", (0.0, 5.0), "How the price rises as connections fill up", "assumption")
scarcity_steepness = Dial(4.0, "elasticity", (1.0, 12.0), "How late that rise comes: exponent of the use of connections", "as in congestion (Bureau of Public Roads 1964)")
