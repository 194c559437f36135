"""Plausible out of the box: medians within a factor of three of what happened, 2022 to 2024."""

import numpy as np
import pytest
from economy import at, told

WORLDS = 256
FACTOR = 3.0

# Ends of years. Sources by number of the record behind this project; Epoch AI's data hubs
# (notable models, AI companies, AI chip sales) of January 2026 unless it says otherwise.
RECORD = {
    "revenue": {  # USD a year, annualised
        # OpenAI earned 28M in 2022 (B012), Z.ai ran at 8.6M (B031)
        "2022-Q4": 28e6 + 8.6e6,
        # OpenAI at 1.6-2.0B (B016, B017), Anthropic at 0.1B (B001)
        "2023-Q4": 1.8e9 + 0.1e9,
        # OpenAI at 5.5B (B022), Anthropic at 1B (B003), xAI at 0.1B (B036)
        "2024-Q4": 5.5e9 + 1.0e9 + 0.1e9,
    },
    "training_run": {  # FLOP
        # PaLM was the largest (A049, 2.5e24) until GPT-4 ten weeks later (A061, 2.1e25): between
        "2022-Q4": (2.53e24 * 2.1e25) ** 0.5,
        "2023-Q4": 5e25,  # Gemini 1.0 Ultra (A083)
        "2024-Q4": 5e25,  # nothing known was larger before Grok-3 in February 2025
    },
    "chips": {  # H100e in use
        # NVIDIA sold 0.29M since the start of 2022 (E022); older ones and TPUs: 0.4M is assumed
        "2022-Q4": 0.29e6 + 0.4e6,
        # NVIDIA 1.39M (E024), Google's TPU 0.21M (E031), and half of the older ones
        "2023-Q4": 1.39e6 + 0.21e6 + 0.2e6,
        # NVIDIA 4.72M (E026), TPU 0.95M (E033), AMD 0.55M (E038), Trainium 0.31M (E042)
        "2024-Q4": 4.72e6 + 0.95e6 + 0.55e6 + 0.31e6,
    },
    "rent": {  # USD an hour of an H100
        "2022-Q4": 1.0 / 0.312,  # an A100, 0.312 of an H100, at about 1 USD (A186)
        "2023-Q4": 3.0,  # a year's contract, SemiAnalysis (E163)
        "2024-Q4": 2.92,  # 2.85 and 2.99 on the market (E157, E158)
    },
}
CASES = [(measure, quarter) for measure, record in RECORD.items() for quarter in record]


@pytest.mark.parametrize(("measure", "quarter"), CASES)
def test_the_median_is_within_a_factor_of_three_of_the_record(measure, quarter):
    model = told("continued", WORLDS, end="2024-Q4")
    median, happened = np.median(at(model, measure, quarter)), RECORD[measure][quarter]
    ratio = median / happened
    assert 1.0 / FACTOR < ratio < FACTOR, (
        f"{measure} of {quarter} is {median:.3g}, {ratio:.2f} times the {happened:.3g} on record"
    )


@pytest.mark.parametrize("measure", RECORD)
def test_what_happened_is_not_out_of_the_question(measure):
    """The record of 2024 lies within the range of the worlds, widened by a half."""
    model = told("continued", WORLDS, end="2024-Q4")
    worlds = at(model, measure, "2024-Q4")
    assert worlds.min() / 1.5 < RECORD[measure]["2024-Q4"] < 1.5 * worlds.max()
