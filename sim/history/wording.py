"""The prose of the validation report. Its numbers are computed in validation.py."""

HEAD = """\
# Validation

Made by `{command}`, never by hand.
What the model says of what happened, where it was fitted and where it was not; and where it fails.
All errors are in orders of magnitude (OOM, log10): 0.30 is a
factor of two."""

IN_SHORT = """\
Dials were fitted to the record until the end of a year, and the next year was foretold from the
worlds that came of it, against two naive forecasts that know the same years: the last value of each
series, and the straight line through its logarithms."""

SHARPNESS = """\
Wide bands hold everything; read coverage and width together.

**What "unseen" means here.** The calibration did not see the year it is scored on. The people who
chose the mechanisms and the ranges of the dials had seen all years, and went back to mechanisms
when the back-test showed one to be wrong (CHANGELOG.md says which). The column "from ranges
alone" shows how much of the skill is in those choices. Nothing after December 2024 was used
anywhere: that is the test still to come."""

RECORD = """\
[record.csv](../sim/history/record.csv): an observation a row, each with its source, a 90 %
interval (the source's, or one assumed from the confidence: 10 %, 30 % or a factor of two either
way), and a note where judgement was needed. [observables.py](../sim/history/observables.py) says
in code what each means in the model: run-rate or calendar year, list price or price paid, one lab
or all, and the maps to the Epoch Capabilities Index and to METR's time horizon with their own
errors. Only what the model really speaks about is in it."""

METHOD = """\
## Method

**Scores.** For each row: the median of the worlds less what happened (error), the continuous ranked
probability score (CRPS; mean distance less half the spread, the fair version of Ferro 2014) and
whether the 90 % band holds what happened, the observation's own error counted in. A world that has
lost the lab that a row is about counts as off by three OOM. Naive forecasts get the spread of the
errors they made on the series before.

**Calibration.** Rounds of worlds, each with luck of its own; an emulator of second degree for
what the dials make of each row on average over luck; weights by a likelihood in logs that knows
the intervals of the sources, the luck (its covariance over all rows) and the model's own error:
shared by a group, shared by a series (Student t, so that no single series decides), and a row's
own. How large that error is, is taken from the record too (the factor at which it is likeliest).
Weighted worlds say where the next round draws. At the end worlds are resampled whole, so that
correlations stay. Planted dials are found again in more than eight plants of ten
(`tests/test_calibration.py`).

**Bands** are worlds (dials and luck) plus the model's own error, as the calibration found it.

**What history does not decide** keeps its stated range: the onset of a plateau, what an order of
magnitude is worth beyond it, and every dial that moves no row by 0.02 OOM."""

DIALS = """\
Medians and 90 % intervals of the dials that the record until 2024 informs, those that moved or
narrowed most first. Worlds keep all dials together, so their correlations are in the file."""

HOW_TO_READ = """\
Error and bias: median over rows of the model's median less the record, without and with its sign.
For naive forecasts: their CRPS, and in brackets the model's on the rows that they can forecast.
Width: median of the 90 % band."""

FIGURES = """\
Line and bands: the worlds and the model's own error. Points: the record, with 90 % intervals."""

LIMITS = """\
What these have in common:

- **One year is one draw.** The labs' luck of a year (whose model was early, who raised money
  when) is common to many rows. GPT-4 came a year before its compute was cheap, and the frontier
  then stood still until 2024: the model says a steady climb, too low in early 2023 and too high a
  year later; the price of GPT-4's capability falls too early with it.
- **Prices of single products** are a product choice (Opus and Haiku dear, Flash cheap). The model
  has one margin rule for all labs and luck for the rest.
- **Rounds are lumpier** than the model's: 2022 had hardly any, 2021 and 2023 had one that was
  most of the year.
- **Tokens** are the least certain part of the record, and the model's are above it.
- Chips, their deliveries and NVIDIA's revenue are so smooth that a straight line in logs is hard
  to beat a year ahead."""

TRACE = """\
## TRACE

The elements of TRACE (Grimm et al. 2014, Ecological Modelling 280), and where each is.

- **Problem formulation**: [README](../README.md). Plateau or continued scaling, and what follows
  for revenue, prices, chips, power and valuations; for conditional what-ifs, not forecasts.
- **Model description**: [model.md](model.md), and each module's docstring; equations with their
  sources in `sim/equations`.
- **Data evaluation**: the record, above. Every dial has a unit, a range and a source: `python -m
  sim show continued`.
- **Conceptual model evaluation**: [model.md](model.md), last section, and
  [CHANGELOG](../CHANGELOG.md): ideas that turned out wrong.
- **Implementation verification**: `make test`. Hand-checked cases of equations, laws that any
  such economy obeys, identities of money, tokens, chips and power in every world, a golden file.
- **Model output verification**: this page in sample; stylised facts in
  `tests/test_stylised_facts.py`.
- **Model analysis**: `python -m sim compare`, with paired worlds; `calibrate` lists the dials
  that move nothing on record.
- **Model output corroboration**: this page on years not fitted. Nothing after December 2024 has
  been used."""
