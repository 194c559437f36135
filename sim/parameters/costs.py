"""Costs: what a training run and a token take."""

from sim.parameters.dial import Dial

training_utilisation = Dial(0.30, "share", (0.1, 0.7), "Useful part of peak FLOP/s in training", "model FLOP utilisation of PaLM .46, Llama 3 .38-.43, GPT-4 .32-.36; less what restarts lose")
serving_utilisation = Dial(0.25, "share", (0.05, 0.7), "Useful part of peak FLOP/s in serving, before overheads", "rough fit to prices 2020-2024")
serving_overhead = Dial(180.0, "ratio", (5.0, 300.0), "Cost of serving in 2020 over 2N FLOP a token at that utilisation", "rough fit to API prices 2020-2024", log=True)
serving_progress = Dial(0.2, "OOM/year", (0.02, 0.8), "Fall of the overhead by what everybody finds: kernels, batching, number formats, sparsity", "fit to the record; price at constant capability falls 9-900 times a year, Epoch AI 2025", log=True)
serving_floor = Dial(0.125, "ratio", (0.02, 1.0), "Least overhead: half of the peak in four-bit numbers, four times the peak in BF16", "a token still multiplies all active parameters; NVIDIA data sheets", log=True)
mini_parameters = Dial(0.10, "share", (0.02, 0.5), "Parameters of the small product over the flagship's", "price gaps of 10-30 times within families", log=True)
design_luck = Dial(0.25, "OOM", (0.0, 1.0), "Luck of how dear a new model is to serve: standard deviation at like compute", "2024's small models of three labs: .13 to 1.6 USD a Mtok")
serving_learning = Dial(0.2, "share", (0.0, 0.5), "Fall of the overhead with each doubling of tokens served (learning by doing)", "learning rates of 10-30 % a doubling, Wright 1936; Thompson 2010", log=False)
serving_spill = Dial(0.5, "share", (0.0, 1.0), "Part of what others learn by serving that a lab learns too", "open serving software; Irwin and Klenow 1994 find a third in chips")
serving_known = Dial(1e5, "Mtok", (1e2, 1e9), "Tokens served from which learning begins", "about a month of GPT-3 in 2020; assumption", log=True)
serving_money = Dial(0.1, "Mtok/USD", (0.0, 100.0), "What a dollar of product spending teaches of serving, in tokens served", "assumption")
