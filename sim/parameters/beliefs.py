"""Beliefs: what labs and investors think an OOM of compute buys, and how they learn."""

from sim.parameters.dial import Dial

prior = Dial(1.0, "OOM/OOM", (0.0, 2.0), "What an OOM is thought to buy at the start (1: as much as ever)", "scaling laws of 2020")
doubt = Dial(0.15, "OOM/OOM", (0.01, 1.0), "Standard deviation of the prior: faith is its inverse", "assumption")
drift = Dial(0.06, "OOM/OOM/year", (0.0, 0.5), "How much the truth is thought to move in a year", "assumption")
own_noise = Dial(0.12, "OOM", (0.02, 2.0), "Noise in what a lab learns from its own release", "luck of a run, .1 OOM (Epoch AI 2026), and what benchmarks add")
rival_noise = Dial(0.3, "OOM", (0.05, 4.0), "Noise in what all learn from another's release", "a lab's compute is known to a factor of two or three, Epoch AI 2025")
news = Dial(0.0, "OOM/OOM", (-1.0, 1.0), "News without evidence: moves every belief by its change", "event")
spread = Dial(0.15, "OOM/OOM", (0.0, 1.0), "Spread of labs' beliefs at the start", "experts differ by as much on the returns to scale; assumption")
mood = Dial(0.15, "OOM/OOM", (0.0, 1.0), "Spread of what media and mood add to investors' belief (M61)", "venture funding swings by a factor of two around its trend, Gompers et al. 2008; assumption")
mood_life = Dial(2.0, "years", (0.25, 10.0), "Time in which a mood fades to 1/e", "venture cycles of four to six years, Gompers et al. 2008")
results = Dial(0.3, "OOM/OOM", (0.0, 2.0), "Belief that investors lose where a year's log growth of sales is one less than expected (M28)", "markets fall on earnings that disappoint, Barberis et al. 1998; assumption")
