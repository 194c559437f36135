"""What must hold of labs' choices: every claim, as a table.

    python tests/statics.py [--worlds N] [--seed S] [--labs 2|11|20]

prints each claim on paired worlds (paired.py), then what a lab gains that alone does otherwise
(deviations.py). It ends with 1 if a claim fails that is not known to. A minute with the 150 worlds
of its own accord; more of them make errors smaller.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np
from deviations import REGRETS, regrets
from paired import LABS, SHIPPED, THEN, TURN, Claim, Told, applies, at, falls, found, rises, within

from sim.errors import BadInput

Array = np.ndarray
CLOSED = ("openai", "google", "anthropic", "xai")
OPENED = ("meta", "mistral", "deepseek", "alibaba", "entrant_china")
SEGMENTS = ("households", "developers", "enterprises", "governments")


# --- What is measured of a story as a whole -------------------------------------------------------


def closed_price(told: Told) -> Array:
    """Geometric mean of the list prices of labs that keep their weights, end of 2027."""
    rows = [told.labs.index(name) for name in CLOSED]
    return np.exp(np.nanmean(np.log(told.at("list price", "2027-Q4")[rows]), axis=0))


def moved(told: Told) -> Array:
    """Highest over lowest list price of OpenAI's flagship from 2022 to 2025."""
    price = told.during("list price", "2022-Q1", "2025-Q4")[:, told.labs.index("openai")]
    return np.nanmax(price, axis=0) / np.nanmin(price, axis=0)


def fall_of_constant(told: Told) -> Array:
    """How many times a year the price of GPT-4's capability fell, from its release on to 2025."""
    before, after = told.at("price_constant", "2023-Q1"), told.at("price_constant", "2025-Q4")
    return (before / after) ** (1.0 / 2.75)


def growth_of_cost(told: Told) -> Array:
    """How many times a year the cost of the largest run grew from 2024 to 2028."""
    return (told.at("run_cost", "2028-Q4") / told.at("run_cost", "2024-Q4")) ** 0.25


def by_lab_quarter(name: str) -> Callable[[Told], Array]:
    """Every quarter of every lab on offer from 2025 to 2030 by itself."""
    return lambda told: told.during(name, "2025-Q1", "2030-Q4")


def soon(name: str) -> Callable[[Told], Array]:
    """Mean over 2025 to 2027."""
    return lambda told: told.during(name, "2025-Q1", "2027-Q4").mean(axis=0)


# --- The claims ----------------------------------------------------------------------------------

DEAR = {"dials": {"data.licence_price": 200.0}}
CHEAP = {"dials": {"data.licence_price": 0.2}}
WORTHLESS = {"dials": {"scaling.post_training_slope": 0.0}}
IDLE = {
    "dials": {
        "scaling.run_share": 1.0,
        "scaling.lead_gain": 0.0,
        "scaling.absorption": 0.0,
        "scaling.algorithms_effort": 0.0,
    }
}
THINKING = {
    "dials": {"scaling.test_time_slope": 1.0},
    "against": {"scaling.test_time_slope": 0.2},
}
DEAR_CHIPS = {"dials": {"chips.price": 74000.0}}
PLATEAU, TURNED = {"story": "plateau"}, {"story": "inference_turn"}
DEMAND = {"times": {f"demand.potential_{segment}": 2.0 for segment in SEGMENTS}}
NONE_OPEN = {"dials": {f"labs.{name}.strategy": "marginal" for name in OPENED}}
INSIDE = within(1e-4, 1.0 - 1e-4)


def everywhere(why: str) -> dict[int, str]:
    """A claim that is known not to hold, in an industry of any size."""
    return dict.fromkeys(LABS, why)


SLOWLY = (
    "it takes a year to learn, a lab sheds 15 % a quarter, and compute is promised for three to "
    "five years, take or pay, and trained on (docs/model.md)"
)
SUBSTITUTES = "Sources of text are substitutes: the law of demand, and of cross-demand"
MARGIN = "Money goes where the next dollar brings most (Dorfman and Steiner 1954)"
SNELL = "Thinking and size are substitutes at a given cost (Snell et al. 2024; Jones 2021)"


def plateau(
    years: str, quarters: int, halve: float, turn: float, known_not: dict[int, str]
) -> tuple[Claim, Claim]:
    """What a plateau does so long after the first run beyond it, in which parts of worlds."""
    runs = Claim(
        f"Plateau, {years} years on: final runs against continued",
        "An OOM buys a tenth, so its marginal return is a tenth",
        at("final runs", THEN),
        falls(0.5),
        after=quarters,
        share=halve,
        known_not=known_not,
        **PLATEAU,
    )
    turned = Claim(
        f"Plateau, {years} years on: share of {', '.join(TURN)}",
        "What pays less makes room for what pays as before",
        at("turn of spending", THEN),
        rises(0.1),
        after=quarters,
        share=turn,
        known_not=known_not,
        **PLATEAU,
    )
    return runs, turned


CLAIMS = (
    Claim(
        "Licences ten times as dear: licensed text held",
        SUBSTITUTES,
        at("licensed tokens held"),
        falls(),
        **DEAR,
    ),
    Claim("Licences ten times as dear: other text", SUBSTITUTES, at("other text"), rises(), **DEAR),
    Claim(
        "Licences at a hundredth: licensed text held",
        SUBSTITUTES,
        at("licensed tokens held"),
        rises(),
        **CHEAP,
    ),
    Claim(
        "A tenth of public text: data's share, 2025-2027",
        "What is scarcer is worth more at the margin, and other text stands in for it "
        "(Muennighoff et al. 2023; Villalobos et al. 2024)",
        soon("data of development"),
        rises(),
        times={"data.public_stock": 0.1},
    ),
    Claim(
        "Post-training worthless: its share",
        MARGIN,
        at("post_training of development"),
        within(0.0, 0.02),
        **WORTHLESS,
    ),
    Claim(
        "Post-training twice as good: its share",
        MARGIN,
        at("post_training of development"),
        rises(),
        times={"scaling.post_training_slope": 2.0, "scaling.post_training_limit": 2.0},
    ),
    Claim(
        "Product pulls five times as much: its share",
        "The share of sales that is advertised is its elasticity over that of price "
        "(Dorfman and Steiner 1954; Nerlove and Arrow 1962)",
        at("product of development"),
        rises(),
        dials={"research.advertising": 0.5},
    ),
    Claim(
        "Experiments add nothing: their share",
        MARGIN,
        at("experiments of development"),
        within(0.0, 0.05),
        **IDLE,
    ),
    Claim(
        "Thinking worthless: none",
        "Nobody pays for tokens that bring nothing",
        at("longest thinking"),
        within(0.0, 1.0 + 1e-9),
        dials={"scaling.test_time_slope": 0.0},
    ),
    Claim("Thinking worth more: longer", SNELL, at("thinking"), rises(), **THINKING),
    Claim(
        "Thinking worth more: serving's share",
        "Longer answers are served, not trained",
        at("serving of spending", "2027-Q4"),
        rises(),
        share=0.55,
        **THINKING,
    ),
    Claim(
        "Thinking worth more: flagships small for the text they read",
        SNELL,
        at("tokens a parameter", "2027-Q4"),
        rises(),
        **THINKING,
    ),
    Claim(
        "Thinking worth more: tokens",
        "Each answer takes more of them, and more tasks succeed",
        at("tokens", "2027-Q4"),
        rises(),
        **THINKING,
    ),
    Claim(
        "Thinking worth more: Token GDP",
        "What works better is bought more",
        at("token_gdp", "2026-Q4"),
        rises(),
        **THINKING,
    ),
    Claim(
        "Thinking worth more: users' surplus",
        "Nobody must take it, so it cannot harm them",
        at("surplus"),
        rises(),
        **THINKING,
    ),
    Claim(
        "Chips twice as dear: fewer hours",
        "The law of demand: what is dearer is bought less",
        at("hours"),
        falls(),
        **DEAR_CHIPS,
    ),
    Claim(
        "Chips twice as dear: smaller models",
        "Least cost of training and serving (Sardana et al. 2024)",
        at("size"),
        falls(),
        **DEAR_CHIPS,
    ),
    Claim(
        "Chips twice as dear: data's share",
        "Text stands in for compute that is dear (Hicks 1932 on the elasticity of substitution)",
        at("data of development"),
        rises(),
        known_not=everywhere("they are complements: smaller runs read less"),
        **DEAR_CHIPS,
    ),
    *plateau("two", 8, halve=0.9, turn=0.9, known_not=everywhere(SLOWLY)),
    *plateau("three", 12, halve=0.9, turn=0.9, known_not=everywhere(SLOWLY)),
    *plateau("five", 20, halve=0.85, turn=0.6, known_not={}),
    Claim(
        "Turn to inference: final runs' share",
        MARGIN,
        at("final_runs of spending"),
        falls(),
        **TURNED,
    ),
    Claim(
        "Turn to inference: post-training's share",
        MARGIN,
        at("post_training of spending"),
        rises(),
        **TURNED,
    ),
    Claim(
        "Turn to inference: serving's share",
        MARGIN,
        at("serving of spending"),
        rises(),
        share=0.5,  # labs that answer longer raise prices, too
        **TURNED,
    ),
    Claim(  # in 2024, for from 2026 on serving is at its physical floor with or without
        "Twice the demand: overhead of serving, 2024",
        "Serving is learnt by serving (M31; Wright 1936; Irwin and Klenow 1994)",
        at("overhead", "2024-Q4"),
        falls(),
        **DEMAND,
    ),
    Claim(
        "Twice the demand: price of a given capability, 2024",
        "Know-how outweighs the scarcity of chips that demand brings (M31)",
        at("price_constant", "2024-Q4"),
        falls(),
        share=0.5,
        **DEMAND,
    ),
    Claim(
        "No open weights: prices of closed labs, 2027",
        "Hosts compete down to cost, and that caps what is a little better (M43)",
        closed_price,
        rises(),
        share=0.5,
        **NONE_OPEN,
    ),
    Claim(
        "Thinking strictly inside its bounds, 2025-2030",
        "Who chooses stands where margins are equal, not at a wall",
        by_lab_quarter("between no thought and most"),
        INSIDE,
        share=0.8,
        broken_by={"scaling.test_time_slope": 0.0},
    ),
    Claim(
        "Overtraining strictly inside its bounds, 2025-2030",
        "Likewise (Sardana et al. 2024)",
        by_lab_quarter("between optimal and most"),
        INSIDE,
        share=0.8,
        broken_by={"demand.launch": 2040.0, "demand.before_launch": 0.0},
    ),
    Claim(
        "Flagship's list price, highest over lowest, 2022-2025",
        "OpenAI's moved by 11: 37.5 USD a Mtok of GPT-4 in 2023, 3.44 of GPT-5 in August 2025",
        moved,
        within(1.0, 20.0),
        share=0.5,
        shipped_only=True,
        broken_by={"pricing.speed": 1.0, "demand.taste": 0.03},
    ),
    Claim(
        "Fall of the price of a given capability, times a year",
        "9 to 900 times by what is asked for (Epoch AI 2025)",
        fall_of_constant,
        within(9.0, 900.0),
        share=0.5,
        shipped_only=True,
        broken_by={"scaling.algorithms_speed": 0.1, "costs.serving_learning": 0.0},
    ),
    Claim(
        "Largest run in 2030, FLOP",
        "2e29 is feasible (Epoch AI 2024)",
        at("largest run"),
        within(3e27, 5e29),
        share=0.8,
        shipped_only=True,
        broken_by={"chips.capacity_growth": 0.02},
    ),
    Claim(
        "Cost of the largest run, 2024-2028, times a year",
        "2.4 times a year, 2.0 to 3.1 at 90 % (Cottier et al. 2024)",
        growth_of_cost,
        within(1.7, 3.1),  # cash is short, and a larger run is dearer to serve
        share=0.5,
        shipped_only=True,
        broken_by={"capital.budget_growth": 0.02, "capital.parent_growth": 0.02},
    ),
)


# --- The table -----------------------------------------------------------------------------------


def verdict(holds: bool, known_not: str) -> str:
    """One word, or why not."""
    if holds:
        return "yes" if not known_not else "yes, though held for impossible"
    return f"no, because {known_not}" if known_not else "NO"


def print_claims(worlds: int, seed: int, labs: int) -> int:
    """A line a claim; how many fail that are not known to."""
    print(f"{'claim':62s} {'before':>10s} {'after':>10s}  {'asked':24s} {'held':>5s} {'of':>4s}")
    failed = 0
    for claim in CLAIMS:
        if not applies(claim, labs):
            print(f"{claim.name:62s} not asked of {labs} labs")
            continue
        out, known_not = found(claim, worlds, seed, labs), claim.known_not.get(labs, "")
        failed += not out.holds and not known_not
        print(
            f"{claim.name:62s} {out.before:10.4g} {out.after:10.4g}  {claim.asked.words:24s} "
            f"{out.held:5.2f} {claim.share:4.2f}  {verdict(out.holds, known_not)}",
            flush=True,
        )
    return failed


def print_regrets(worlds: int, seed: int, labs: int, prize: bool) -> int:
    """A line a lab and deviation; how many pay that are not known to."""
    alone = "alone, this lab would" if prize else "alone, where nobody wants the prize"
    print(f"\n{alone:44s} {'gain':>7s} {'error':>6s} {'profit':>7s} {'error':>6s}")
    failed = 0
    for gain in regrets(worlds, seed, labs, prize=prize):
        known_not = REGRETS.get((labs, gain.lab, gain.does, prize), "")
        failed += gain.pays and not known_not
        print(
            f"{gain.lab + ': ' + gain.does:44s} {gain.objective:+7.3f} {gain.error:6.3f} "
            f"{gain.profit:+7.3f} {gain.profit_error:6.3f}  {verdict(not gain.pays, known_not)}"
            f"{', by its error alone' if gain.doubtful else ''}",
            flush=True,
        )
    return failed


def main(given: Sequence[str] | None = None) -> int:
    """Everything that must hold; 1 if something does not, 2 if what is asked for is impossible."""
    parser = argparse.ArgumentParser(description="What must hold of labs' choices, as a table.")
    parser.add_argument("--worlds", type=int, default=150, help="paired worlds (150)")
    parser.add_argument("--seed", type=int, default=0, help="of their luck (0)")
    parser.add_argument("--labs", type=int, default=SHIPPED, choices=LABS, help="industry (11)")
    asked = parser.parse_args(given)
    try:
        failed = print_claims(asked.worlds, asked.seed, asked.labs)
        for prize in (True, False):
            failed += print_regrets(asked.worlds, asked.seed, asked.labs, prize)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    print(f"\n{failed} of these do not hold." if failed else "\nAll of these hold.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
