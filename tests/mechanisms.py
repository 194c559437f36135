"""What the data can tell: the scenario fitted anew without each mechanism, and scored.

    python tests/mechanisms.py [--quick] [--worlds N] [--rounds N] [--tried N] [--seeds N] [--out F]

takes each mechanism away in turn (MECHANISMS), by a dial where one switches it off, by events that
are left out, or by putting something plainer in the place of one function for as long as the fit
lasts; there is no switch in the economy. The other dials are fitted anew, until the end of 2023
and of 2024, and the rows of these years and of the next are scored. What came of it is stored in
sim/history/validation/mechanisms.csv, which `python -m sim validation` reads. Half an hour on one
core with the sizes of its own accord; finished rounds are kept in --kept, so that it goes on after
it was stopped. With --quick, a minute, the shipped fits are used as they are, world by world: what
is no worse without even so is not asked for, but what is worse may be so for want of a fit.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from sim import parameters
from sim.economy.agents import customer, weighing
from sim.economy.agents.buyers import Buyers, Market
from sim.economy.agents.cloud import Clouds
from sim.economy.agents.customer import Customers
from sim.economy.agents.offers import Offers
from sim.equations import valuation
from sim.errors import BadInput
from sim.history.backtest.run import Dates, rows_between, scored, simulate
from sim.history.backtest.scores import Score
from sim.history.calibration.plan import Plan
from sim.history.calibration.posterior import Posterior
from sim.history.calibration.run import calibrate
from sim.history.record.rows import Row, fingerprint, read
from sim.history.validation.mechanisms import (
    SHIPPED,
    Compared,
    Ends,
    Mechanism,
    Table,
    compared,
    write,
)
from sim.inputs.calibration import Calibration
from sim.inputs.scenario import Scenario

Array = np.ndarray
Patches = Callable[[], Iterable[Any]]  # what to put in which place
YEARS = (2023, 2024)  # a fit until the end of each, and the year after it scored
BAND = (0.05, 0.5, 0.95)
KEPT = Path("outputs") / ".mechanisms"
HERE = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]  # rounds of other patches differ
LONGER = 3  # times as many worlds, and twice the rounds, where more dials are free and looked at
SIZES = {"worlds": 24_000, "rounds": 2, "tried": 1500, "seeds": 3}


# --- Plainer functions, each in the place of one that is taken away -------------------------------


def always_deep(plain: Array, deep: Array) -> tuple[Array, Array]:
    """Thinking as in version 0.1: all of a flagship's tasks are thought about."""
    return deep, np.ones_like(deep)


def everybody_found(customers: Customers) -> Array:
    """Nobody has to find models that think, for nobody is asked."""
    return np.ones(customers.model.size)


own_market = Market.__init__


def paying_by_token(self: Market, buyers: Buyers, work: int, segment: int) -> None:
    """As in version 0.1, everybody pays for tokens of thought, so they are in a task's price."""
    own_market(self, buyers, work, segment)
    self.by_token = True


EVERYBODY = slice(None)  # in the place of the row of developers, who pay by the token


SUBSTITUTION = 1.8  # of version 0.1


def ratio_margin(self: Offers, cost: Array) -> Array:
    """A margin in per cent of cost, e/(e - 1), as in version 0.1 (Atkeson and Burstein 2008)."""
    share, demand = self.model.customers.lab_share, self.model.dials.demand
    elasticity = 1.0 + SUBSTITUTION * (1.0 - share) + (demand.elasticity - 1.0) * share
    return cost * elasticity / (elasticity - 1.0)


own_price = Offers.price


def price_of_its_own(self: Offers, unit_cost: Array) -> Array:
    """A successor is priced anew: what a lab has just released is as if it had not been on offer.

    It stays on offer where hosts' limit is looked for.
    """
    customers, limit = self.model.customers, self._limit()
    before = customers.was_on_offer
    customers.was_on_offer = before & ~self.labs.research.shipped
    self._limit = lambda: limit  # type: ignore[method-assign]
    try:
        return own_price(self, unit_cost)
    finally:
        del self._limit
        customers.was_on_offer = before


def first_order(total: Array, rate: Array) -> Array:
    """Fading growth to first order in growth, as in the H-model (Fuller and Hsia 1984)."""
    return 1.0 / rate * (1.0 + np.maximum(total, 0.0) / np.add(rate, 1.0))


def building_by_price(self: Clouds) -> Array:
    """Servers and building as a part of the chip's price, that of early 2023."""
    dials = self.model.dials
    part = dials.compute.building * dials.power.draw / dials.chips.price
    return part * self.model.chipmakers.price


# --- The mechanisms ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """A mechanism, and how it is taken away; nothing to take away where it is missing."""

    name: str
    where: str
    without: str
    state: str = "there"
    dial: str = ""
    free: tuple[float, float] | None = None  # range of the dial, where the scenario has none
    changes: Mapping[str, Any] = field(default_factory=dict)
    fits: Mapping[str, Any] = field(default_factory=dict)  # ranges for a fit without it to adapt
    patches: Patches = tuple

    @property
    def can_be_scored(self) -> bool:
        return bool(self.changes) or self.patches is not tuple


MECHANISMS = (
    Trial(
        "thinking only where it is worth it",
        "`weighing.py`, `demand.deeper`",
        "a flagship thinks about every task, and everybody pays for that by the token",
        dial="scaling.test_time_slope",
        patches=lambda: (
            patch.object(weighing.demand, "deeper", always_deep),
            patch.object(Customers, "_found", everybody_found),
            patch.object(Market, "__init__", paying_by_token),
            patch.object(customer, "DEVELOPERS", EVERYBODY),
        ),
    ),
    Trial(
        "users find depth with time",
        "`demand.take_up`",
        "nearly all find models that think within a few months (.1 years)",
        dial="demand.take_up",
        free=(0.3, 2.5),
        changes={"demand.take_up": 0.1},
    ),
    Trial(
        "agents: deeper use from year to year",
        "`demand.agents`",
        "none: `demand.agents` 0",
        dial="demand.agents",
        changes={"demand.agents": 0.0},
    ),
    Trial(
        "what is given away runs on the flagship in part",
        "`tokens.py`, `demand.free_flagship`",
        "all of it on the small model: `demand.free_flagship` 0",
        dial="demand.free_flagship",
        changes={"demand.free_flagship": 0.0},
    ),
    Trial(
        "strength of each lab in each segment",
        "`demand.strength`",
        "labs are alike: `demand.strength` 0",
        dial="demand.strength",
        free=(0.05, 0.4),
        changes={"demand.strength": 0.0},
    ),
    Trial(
        "additive logit margin",
        "`offers.py`, `pricing.logit_price`",
        "a margin in per cent of cost, version 0.1's; its level free by `costs.serving_overhead`",
        dial="demand.taste",
        fits={"costs.serving_overhead": [60.0, 300.0]},
        patches=lambda: (patch.object(Offers, "_best_price", ratio_margin),),
    ),
    Trial(
        "successors inherit list prices",
        "`offers.py`, `pricing.speed`",
        "a release is priced anew",
        dial="pricing.speed",
        free=(0.15, 0.7),
        patches=lambda: (patch.object(Offers, "price", price_of_its_own),),
    ),
    Trial(
        "fading growth summed exactly",
        "`valuation.fading_growth`",
        "to first order in growth, the H-model",
        dial="capital.growth_fade",
        free=(1.5, 5.0),
        patches=lambda: (patch.object(valuation, "fading_growth", first_order),),
    ),
    Trial(
        "reinforcement as an axis of its own",
        "`scaling.post_training_slope`",
        "it brings nothing: slope 0",
        dial="scaling.post_training_slope",
        changes={"scaling.post_training_slope": 0.0},
    ),
    Trial(
        "power supply that answers price",
        "`power.own_supply`",
        "only what is planned is connected: `power.own_supply` 0",
        dial="power.own_supply",
        free=(0.05, 0.6),
        changes={"power.own_supply": 0.0},
    ),
    Trial(
        "building costs by kW",
        "`compute.building`",
        "a part of the chip's price",
        dial="compute.building",
        free=(9000.0, 22000.0),
        patches=lambda: (patch.object(Clouds, "building", building_by_price),),
    ),
    Trial(
        "export rules in the base",
        "`chips.exported_2022`, `_2023`, `_2025`",
        "all orders are let through",
        dial="chips.exported_2023",
        free=(0.15, 0.7),
        changes={
            "chips.exported_2022": 1.0,
            "chips.exported_2023": 1.0,
            "chips.exported_2025": 1.0,
        },
    ),
    Trial(
        "research productivity of each lab",
        "`scaling.talent`",
        "labs find alike: `scaling.talent` 0",
        dial="scaling.talent",
        free=(0.05, 0.6),
        changes={"scaling.talent": 0.0},
    ),
    Trial(
        "cached and batched input",
        "no module",
        "what is paid for a token is list price (seats pay more), while agents read the same text "
        "again at a tenth of it",
        state="missing",
    ),
    Trial(
        "tokens on surfaces that parents own",
        "`elsewhere.py` has their compute",
        "own products take compute and sell, but their tokens are not counted among all tokens",
        state="partly",
    ),
    Trial(
        "China as a market of its own",
        "regions for chips, power and clouds",
        "there is one market of tokens in the world",
        state="partly",
    ),
)


# --- Fits and scores -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Sizes:
    """How large everything is."""

    worlds: int  # of a fit, in all rounds
    rounds: int
    tried: int  # worlds of a score
    seeds: int  # fits with all mechanisms
    kept: Path | None = None  # folder of finished rounds
    quick: bool = False  # no fit of its own: dials as the shipped calibrations have them

    @property
    def longer(self) -> Sizes:
        """Of the one fit in which the dials of all mechanisms are free."""
        return replace(self, worlds=LONGER * self.worlds, rounds=2 * self.rounds)


def fitted(scenario: Scenario, rows: Sequence[Row], until: str, seed: int, sizes: Sizes, name: str):
    """The dials given the rows until the end of a year; `name` says whose rounds are kept."""
    plan = Plan(
        until=until,
        worlds=sizes.worlds,
        rounds=sizes.rounds,
        seed=seed,
        workers=1,  # what is patched is patched here, and not in another process
        cache=sizes.kept / f"{slug(name)}-{until}-{seed}-{HERE}" if sizes.kept else None,
    )
    return calibrate(scenario, rows, plan)


def drawing_from(found: Posterior) -> Scenario:
    """The scenario with this fit as its calibration."""
    uncertain = found.scenario.uncertain
    priors = {
        dotted: (uncertain[dotted][0].low, uncertain[dotted][0].high) for dotted in found.informed
    }
    made = Calibration(
        "mechanisms", "", {}, priors, found.columns(), "", found.weighted.error.total
    )
    return replace(found.scenario, calibration=made)


def scores_of(
    scenario: Scenario, rows: Sequence[Row], seed: int, sizes: Sizes, name: str
) -> dict[str, list[Score]]:
    """Scores by period, each year from a fit that ends with the year before."""
    found: dict[str, list[Score]] = {"unseen": []}
    for year in YEARS:
        if sizes.quick:
            fit = scenario.change({"calibration": f"{scenario.name}-until-{year}-Q4"})
        else:
            fit = drawing_from(fitted(scenario, rows, str(year), seed, sizes, name))
        then = str(year + 1)
        asked = rows_between(rows, Dates(until=then))
        with warnings.catch_warnings():  # that a dial leaves the calibration is the point here
            warnings.filterwarnings("ignore", message=".*said otherwise in")
            run = simulate(fit, asked, sizes.tried, seed, workers=1)
        if run.failures:
            raise BadInput(f"mechanisms: worlds without '{name}' failed: {run.failures[0].error}")
        if year == YEARS[-1]:
            found["in sample"] = scored(run, fit, rows, Dates(until=str(year))).scores
        found[then] = scored(run, fit, rows, Dates(since=then, until=then)).scores
        found["unseen"] += found[then]
    return found


@contextmanager
def taken_away(trial: Trial) -> Iterator[None]:
    """For as long as this lasts, something plainer stands in its place."""
    with ExitStack() as stack:
        for each in trial.patches():
            stack.enter_context(each)
        yield


def opened(scenario: Scenario) -> Scenario:
    """The scenario with the dial of every mechanism free."""
    return scenario.change({trial.dial: list(trial.free) for trial in MECHANISMS if trial.free})


def ends(quantiles: Iterable[float]) -> Ends:
    """5 %, 50 % and 95 % as plain numbers, in six digits as they are stored."""
    low, middle, high = (float(f"{number:.6g}") for number in quantiles)
    return low, middle, high


def shipped_dials(scenario: Scenario) -> dict[str, tuple[Ends, Ends]]:
    """Of each dial that the scenario's calibration informs, its quantiles before and after."""
    columns = scenario.calibration.columns if scenario.calibration else {}
    stated = {name: scenario.uncertain[name][0] for name in columns}
    return {
        name: (ends((said.low, said.value, said.high)), ends(np.quantile(columns[name], BAND)))
        for name, said in stated.items()
    }


def slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)


class Comparison:
    """Fits with all mechanisms, against which each is compared."""

    def __init__(
        self,
        scenario: Scenario,
        rows: Sequence[Row],
        sizes: Sizes,
        say: Callable[[str], None],
    ):
        self.scenario, self.rows, self.sizes = scenario.without_calibration(), rows, sizes
        self.say, self.last = say, max(row.period.last for row in rows) // 4
        self.moved = shipped_dials(scenario) if sizes.quick else self._freed_dials()
        self.with_it, self.as_fitted = [], self._as_fitted(self.scenario, "all")
        for seed in range(sizes.seeds):
            say(f"with all mechanisms, seed {seed}")
            self.with_it.append(scores_of(self.scenario, rows, seed, sizes, "all"))

    def _as_fitted(self, scenario: Scenario, name: str) -> dict[str, list[Score]]:
        """Scores with the shipped fits as they are, world by world."""
        return scores_of(scenario, self.rows, 0, replace(self.sizes, quick=True), name)

    def _freed_dials(self) -> dict[str, tuple[Ends, Ends]]:
        """Of each dial, its quantiles before and after, where those of all mechanisms are free."""
        self.say(f"all dials of mechanisms free, until the end of {self.last}")
        found = fitted(
            opened(self.scenario), self.rows, str(self.last), 0, self.sizes.longer, "open"
        )
        return {name: (ends(was), ends(now)) for name, was, now in found.moved()}

    @property
    def about(self) -> dict[str, str]:
        """What the table is made of."""
        return {
            "scenario_sha256": self.scenario.hash,
            "record_sha256": fingerprint(self.rows),
            "fits": "shipped" if self.sizes.quick else "own",
            "worlds": f"{self.sizes.worlds:,}",
            "rounds": str(self.sizes.rounds),
            "longer": f"{self.sizes.longer.worlds:,}",
            "tried": f"{self.sizes.tried:,}",
            "seeds": str(self.sizes.seeds),
            "last": str(self.last),
        }

    def told(self, trial: Trial) -> Mechanism:
        """One mechanism without, and its dial before and after."""
        prior, posterior = self.moved.get(trial.dial, (None, None))
        return Mechanism(
            mechanism=trial.name,
            where=trial.where,
            state=trial.state,
            without=trial.without,
            dial=trial.dial,
            unit=parameters.find(trial.dial).unit if trial.dial else "",
            prior=prior,
            posterior=posterior,
            scores=self._scores(trial) if trial.can_be_scored else {},
        )

    def _scores(self, trial: Trial) -> dict[str, Compared]:
        changes = {**trial.changes, **({} if self.sizes.quick else trial.fits)}
        with taken_away(trial):
            changed = self.scenario.change(changes) if changes else self.scenario
            without = scores_of(changed, self.rows, 0, self.sizes, trial.name)
            plainly = self.scenario.change(trial.changes) if trial.changes else self.scenario
            as_fitted = without if self.sizes.quick else self._as_fitted(plainly, trial.name)
        scores = {
            period: compared([found[period] for found in self.with_it], without[period])
            for period in without
        }
        scores["as fitted"] = compared([self.as_fitted["unseen"]], as_fitted["unseen"])
        unseen = scores["unseen"]
        self.say(
            f"{trial.name}: CRPS {unseen.crps_with:.4f} with it, {unseen.crps_without:.4f} "
            f"without, gain {unseen.gain:+.4f}, error {unseen.se:.4f}"
        )
        return scores


def main(given: Sequence[str] | None = None) -> int:
    """Fit, score and store; 2 if what is asked for is impossible."""
    parser = argparse.ArgumentParser(description="Each mechanism scored with it and without.")
    add = parser.add_argument
    add("--worlds", type=int, default=SIZES["worlds"], help="of a fit (%(default)s)")
    add("--rounds", type=int, default=SIZES["rounds"], help="of a fit (%(default)s)")
    add("--tried", type=int, default=SIZES["tried"], help="worlds of a score (%(default)s)")
    add("--seeds", type=int, default=SIZES["seeds"], help="fits with all of them (%(default)s)")
    add("--scenario", default="continued", help="what is fitted (%(default)s)")
    add("--only", nargs="+", metavar="WORD", help="mechanisms with one of these words in the name")
    add("--quick", action="store_true", help="with the shipped fits as they are, a minute")
    add("--kept", type=Path, default=KEPT, help="folder of finished rounds (%(default)s)")
    add("--out", type=Path, default=SHIPPED, help="the table (%(default)s)")
    asked = parser.parse_args(given)
    trials = [t for t in MECHANISMS if not asked.only or any(word in t.name for word in asked.only)]
    seeds = 1 if asked.quick else asked.seeds  # there is but one shipped fit
    sizes = Sizes(asked.worlds, asked.rounds, asked.tried, seeds, asked.kept, asked.quick)
    told: list[Mechanism] = []
    try:
        comparison = Comparison(
            Scenario.load(asked.scenario), read(), sizes, lambda line: print(line, flush=True)
        )
        for trial in trials:
            told.append(comparison.told(trial))
            write(asked.out, Table(comparison.about, tuple(told)))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    shutil.rmtree(asked.kept, ignore_errors=True)  # of use only to one that was stopped
    print(f"The table is {asked.out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
