"""The prose of the validation report. Its numbers are computed in writeup.py and beside it."""

HEAD = """\
# Validation

What the model says of what happened, where it was fitted and where it was not; and where it fails.
Made by `{command}`: tables, lists and figures are computed, the prose around them is
[wording.py](../sim/history/validation/wording.py). Errors are in orders of magnitude (OOM, log10): 0.30 is a
factor of two, or {points:.0f} points of the Epoch Capabilities Index one OOM of compute."""

IN_SHORT = """\
Dials were fitted to the record until the end of a year, and the next two years were foretold from
the worlds that came of it, against two naive forecasts that know the same years: the last value of
each series, and the straight line through its logarithms. What is to be reached was set before the
refit. The first column is a forecast of another kind: made by a version of which nothing had been
fitted to the year it is scored on, and never made again."""

UNSEEN = """\
**What "unseen" means here.** The calibration did not see the year it is scored on. Those who chose
the mechanisms and the ranges of the dials had seen all years: many ranges are marked as fits to
2020-2024 (`python -m sim show continued`), some dials are an observation over again (the split of
OpenAI's compute in 2024, its revenue before the launch), the maps to the capabilities index and the
time horizon are regressions on models of the record, 2024's among them, the part of the world's
capital spending that four clouds have is that of 2024 and 2025, and mechanisms were mended when the
back-test showed them wrong (CHANGELOG.md says which), 2025's misses by version 0.1 among them. So
this is evidence that one set of mechanisms can tell six years at once, and not of skill in years
that nobody had seen. No row of the record is of a date after December 2025: 2026 is held out, and
is the next test."""

SEEN = """\
A calibration sees the rows of its years. Those who choose mechanisms and ranges see more: today's
were chosen by people who had read what version 0.1 missed in 2025. So of 2025 only version 0.1's
forecast, frozen when nothing of 2025 was on its record, is one; the rest says whether one set of
mechanisms, fitted to fewer years, tells the others. What its makers took from papers of any date is
structure: elasticities, costs of hardware, exponents of scaling, and no outcome of 2025."""

FROZEN = """\
What commit {commit}, its record and its calibration ending with {until}, said of {rows} observations
of {year} that joined the record afterwards, as it was:
[forecasts/version-0.1-on-2025.csv](../sim/history/validation/forecasts/version-0.1-on-2025.csv).
Its numbers are not computed again with a newer model, whatever it would say. Medians, bands, errors
and CRPS are the file's, and so are the points of the naive forecasts. The file has no spread of the
naive ones; theirs follows the rules under *Method*, from the rows that version 0.1 had on record."""

NOT_ON_RECORD = """\
What the economy says and no row can be held against, by why. Facts that were found and not used are
in [record.md](record.md)."""

RECORD = """\
[record.csv](../sim/history/record/record.csv): an observation a row, each with its source, a 90 %
interval (the source's, or one assumed from the confidence: 10 %, 30 % or a factor of two either
way), and a note where judgement was needed. [observables.py](../sim/history/record/observables.py) says
in code what each means in the model: run-rate or calendar year, list price or price paid, one lab
or all, and the maps to the Epoch Capabilities Index and to METR's time horizon with their own
errors. Some concepts are near and not the same, with intervals widened for it: NVIDIA's chips in
China against all chips there, surveys of use against the model's shares of tasks."""

METHOD = """\
## Method

**Scores.** For each row: the median of the worlds less what happened (error), the continuous ranked
probability score (CRPS; mean distance less half the spread, the fair version of Ferro 2014) and
whether the 90 % band holds what happened, the observation's own error counted in. A world that says
nothing is there (a lab that is closed has no revenue) counts as off by three OOM; of prices and
capability of a closed lab a world says nothing, and is left out of that row.

**Naive forecasts** are normals in logs: their spread is that of the errors they made on the series
before, or with fewer than two of those, about half of the time, 0.4 OOM a root of a year. A series
without an earlier row has none, and is not compared.

**Calibration.** Rounds of worlds, each with luck of its own; an emulator of second degree for
what the dials make of each row on average over luck; weights by a likelihood in logs that knows
the intervals of the sources, the luck (its covariance over all rows) and the model's own error:
shared by a group, shared by a series (Student t, so that no single series decides), and a row's
own. How large that error is, is taken from the record too (the factor at which it is likeliest).
Weighted worlds say where the next round draws. At the end worlds are resampled whole, so that
correlations stay. In a toy economy of two labs and six dials, planted dials are inside the 90 %
interval in at least eight plants of ten, each of them (`tests/test_calibration.py`).

**Bands** here are worlds (dials and luck) plus the model's own error, as the calibration found it;
from the ranges alone, worlds only. **Bands of `run` and `compare` are worlds only**: they answer
what would differ between dials, not how far the model may be off. `forecast` adds that, as a
process that knows the horizon.

**What history does not decide** keeps its stated range: the onset of a plateau, what an order of
magnitude is worth beyond it, and every dial that moves no row by 0.02 OOM. A dial that a scenario
or `--set` gives another range leaves the calibration; the others keep theirs."""

DIALS = """\
Medians and 90 % intervals of the dials that the record until {until} informs, those that moved or
narrowed most first. Worlds keep all dials together, so their correlations are in the file."""

HOW_TO_READ = """\
Error and bias: median over rows of the model's median less the record, without and with its sign.
CRPS, bands and width: fitted, and in brackets from the stated ranges alone. Naive forecasts: their
CRPS, and in brackets the model's on the rows that they can forecast, and how many those are. Width:
median of the 90 % band. A group of five to ten rows moves by 10 to 20 % with one row, so read the
last line first."""

FIGURES = """\
Line and bands: the worlds and the model's own error. Points: the record, with 90 % intervals."""

LIMITS = """\
What we think these have in common:

- **One year is one draw.** The labs' luck of a year (whose model was early, who raised money
  when) is common to many rows. The frontier of the record jumps with GPT-4, stands for a year and
  jumps again; the model's climbs steadily, and the price of a given capability with it.
- **Prices of single products** are a product choice (Opus and Haiku dear, Flash cheap). The model
  has one margin rule for all labs, and luck for the rest.
- **Serving costs too little** here, even where it is fitted: labs' bills for it are a third of the
  record's, so gross margins are too high from 2024 on, and forecasts of them higher still. Peaks of
  load, long contexts, pictures and voice are not in the model.
- **Tokens**: far too many in early 2024, about right in 2025; those on surfaces that Google and
  ByteDance own are missing.
- **Rounds**: labs raise much at once when runway is short, and nothing in many a year; the real ones
  raised in every year, when markets were open.
- **Series that grow as smoothly as chips delivered** leave little for a model to add to a straight
  line a year ahead."""

TRACE = """\
## TRACE

The elements of TRACE (Grimm et al. 2014, Ecological Modelling 280), and where each is.

- **Problem formulation**: [README](../README.md). Plateau or continued scaling, and what follows
  for revenue, prices, chips, power and valuations; for conditional what-ifs; a forecast is what `forecast` makes of
  them, with what the model is off by.
- **Model description**: [model.md](model.md), and each module's docstring; equations with their
  sources in `sim/equations`.
- **Data evaluation**: the record, above. Every dial has a unit, a range and a source:
  `python -m sim show continued`.
- **Conceptual model evaluation**: [model.md](model.md), last section, and
  [CHANGELOG](../CHANGELOG.md): ideas that turned out wrong.
- **Implementation verification**: `make test`. Hand-checked cases of equations, laws that any
  such economy obeys, identities of money, tokens, chips and power in every world, a golden file.
- **Model output verification**: this page in sample; stylised facts in
  `tests/test_stylised_facts.py`.
- **Model analysis**: `python -m sim compare`, with paired worlds; `calibrate` lists the dials
  that move nothing on record.
- **Model output corroboration**: this page on years not fitted, with what "unseen" means above."""
