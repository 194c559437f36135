"""Costs: what a training run and a token take."""

from sim.parameters.dial import Dial

training_utilisation = Dial(0.30, "share", (0.1, 0.7), "Useful part of peak FLOP/s in training", "model FLOP utilisation of PaLM .46, Llama 3 .38-.43, GPT-4 .32-.36; less what restarts lose")
serving_utilisation = Dial(0.25, "share", (0.05, 0.7), "Useful part of peak FLOP/s in serving, before overheads", "rough fit to prices 2020-2024")
serving_overhead = Dial(180.0, "ratio", (5.0, 300.0), "Cost of serving in 2020 over 2N FLOP a token at that utilisation", "rough fit to API prices 2020-2024", log=True)
serving_progress = Dial(0.44, "OOM/year", (0.05, 0.8), "Fall of the overhead: kernels, batching, sparsity, smaller models of like capability", "fit by hand to the record; price at constant capability falls 9-900 times a year, Epoch AI 2025", log=True)
serving_floor = Dial(0.035, "ratio", (0.01, 1.0), "Least overhead: one parameter in thirty active, at good utilisation", "DeepSeek-V3: 37 of 671 billion active", log=True)
mini_parameters = Dial(0.10, "share", (0.02, 0.5), "Parameters of the small product over the flagship's", "price gaps of 10-30 times within families", log=True)
design_luck = Dial(0.25, "OOM", (0.0, 1.0), "Luck of how dear a new model is to serve: standard deviation at like compute", "2024's small models of three labs: .13 to 1.6 USD a Mtok")
overtraining = Dial(4.0, "ratio", (1.0, 1e4), "Most tokens a flagship is trained on over the compute-optimal number, to be cheap to serve", "Llama 3.1 405B: twice; small siblings up to 90 times", log=True)
serving_life = Dial(1.5, "years", (0.25, 5.0), "Time for which a lab expects to serve a model when it chooses its size", "deprecation dates of OpenAI models")
