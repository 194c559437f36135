"""AIEconomy: the AI industry, a quarter at a time, in as many worlds as you like."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import mesa
import numpy as np

from sim.economy import saved_state
from sim.economy.accounts import Ledger
from sim.economy.agents.chipmaker import Chipmakers
from sim.economy.agents.cloud import Clouds
from sim.economy.agents.customer import Customers
from sim.economy.agents.host import Hosts
from sim.economy.agents.investor import Investors
from sim.economy.agents.lab import Lab, Labs
from sim.economy.agents.lender import Lenders
from sim.economy.agents.own_strategies import (
    AnyStrategies,
    names_of,
    own_in,
    strategies_from,
    told_with,
)
from sim.economy.agents.publisher import Publishers
from sim.economy.agents.utility import Utilities
from sim.economy.markets import capital, chips, compute, data, projects, tokens
from sim.economy.measures import COORDS, MEASURES, chosen
from sim.economy.recorder import Recorder
from sim.errors import BadInput, quoted
from sim.inputs.dials import Dials
from sim.inputs.loading import AnyPolicy, AnyScenario, loaded
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.luck import Luck

MOST_WORLDS = 100_000  # of one model; `run` takes any number, a block after the other


class AIEconomy(mesa.Model):
    """Labs, their suppliers, funders and customers, in as many worlds as you like.

    `worlds` is a number of worlds, or the ids of those wanted: world 7 is the same world whether
    it runs alone or among thousands. Every attribute of every agent has worlds as last axis.
    `record` is whether measures are noted each quarter, or the names of those wanted.
    `strategies` take the place of the scenario's, by lab: {"openai": MyStrategy}, a class derived
    from sim.Marginal, or the name of a built-in.
    """

    scenario: Scenario = None  # type: ignore[assignment]  # ours: from 3.5 on Mesa has one too
    utilities: Utilities
    chipmakers: Chipmakers
    clouds: Clouds
    hosts: Hosts
    publishers: Publishers
    investors: Investors
    lenders: Lenders
    customers: Customers
    labs: Labs
    ledger: Ledger
    recorder: Recorder | None
    policy: Policy

    def __init__(
        self,
        scenario: AnyScenario = "continued",
        policy: AnyPolicy = None,
        worlds: int | np.ndarray = 1,
        seed: int = 0,
        dials: Dials | None = None,
        record: bool | Iterable[str] = True,
        strategies: AnyStrategies = None,
    ):
        told, law = loaded(scenario, policy)
        rules = strategies_from(strategies, told)
        told = told_with(told, rules)
        numbers = _numbers_of(worlds)
        luck = Luck(seed, numbers)
        if not isinstance(dials, Dials | None):
            raise BadInput(f"dials: {quoted(dials)} is no Dials. Give scenario.draw(seed, worlds).")
        super().__init__(rng=luck.seed)
        self.scenario, self.policy = told, law
        self.worlds, self.size, self.luck = numbers, len(numbers), luck
        self.strategies, self.own_strategies = rules, names_of(own_in(rules))
        self.own_dials = dials is not None
        self.drawn = self.scenario.draw(luck.seed, numbers) if dials is None else dials
        self._turn_to(0)

        self.utilities, self.chipmakers = Utilities(self), Chipmakers(self)
        self.clouds, self.hosts = Clouds(self), Hosts(self)
        self.publishers, self.investors = Publishers(self), Investors(self)
        self.lenders = Lenders(self)
        self.customers, self.labs = Customers(self), Labs(self)
        for row in range(len(self.labs.names)):
            Lab(self, self.labs, row)
        self.ledger = Ledger(len(self.labs.names), self.size)
        # Mesa up to 3.4 counts agents by model, and so keeps it for ever; ours are all made now
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self._record(record)

    def _record(self, measures: bool | Iterable[str]) -> None:
        """Note all measures, none, or those named, in the quarters that are left."""
        none = measures is None or measures is False
        noted = {} if none else chosen(MEASURES if measures is True else measures)
        coords = {**COORDS, "lab": self.labs.names}
        left = self.scenario.quarters[self.quarter :]
        self.recorder = Recorder(noted, left, self.worlds, coords) if noted else None

    def save(self, file: Path | str) -> Path:
        """Write the state that the next quarter begins with to a file that ends in .npz.

        BadInput if it would not tell where it came from, as with dials or strategies of one's own.
        """
        return saved_state.save(self, file)

    @classmethod
    def restore(
        cls,
        file: Path | str,
        scenario: AnyScenario | None = None,
        policy: AnyPolicy = None,
        record: bool | Iterable[str] = True,
        strategies: AnyStrategies = None,
    ) -> AIEconomy:
        """An economy that goes on from a saved state, to the bit as if it had never stopped.

        With another `scenario` (of the same labs), `policy` or `strategies`, those hold from here
        on. BadInput if the file is none, or does not fit.
        """
        about, arrays = saved_state.read(file)
        where = f"restore: {file}"
        model = cls(
            saved_state.scenario_in(about, where) if scenario is None else scenario,
            saved_state.policy_in(about, where) if policy is None else policy,
            worlds=arrays.pop("worlds"),
            seed=about["seed"],
            record=False,
            strategies=strategies,
        )
        saved_state.put_back(model, about, arrays, where)
        model._turn_to(about["quarter"])
        model._record(record)
        return model

    def _turn_to(self, quarter: int) -> None:
        """Set clock, dials, law and luck to a quarter; at the end the clock stays on the last."""
        quarters = self.scenario.quarters
        self.quarter = quarter
        self.date = quarters[min(quarter, len(quarters) - 1)]
        self.year = int(self.date[:4]) + (int(self.date[-1]) - 1) / 4.0  # start of the quarter
        self.years = self.year - 2020.0  # when trends begin
        self.since_2023 = self.year - 2023.0  # in whose money and prices most dials are stated
        self.dials = self.drawn.in_force(quarter)
        self.law = self.policy.in_force(self.date)
        self.luck.turn_to(quarter)

    @property
    def finished(self) -> bool:
        """Whether the scenario's last quarter is done."""
        return self.quarter >= len(self.scenario.quarters)

    def step(self) -> None:
        """One quarter, in the order the money moves. BadInput if none is left."""
        if self.finished:
            raise BadInput(f"step: the scenario ends with {self.scenario.end}. Give a later 'end'.")
        self.ledger.open(self.date, self.labs.cash)
        self.ledger.hold(self._firms())

        self.labs.decide()  # prices, budgets, bids: on last quarter's news
        data.clear(self.labs, self.publishers)  # licences and synthetic tokens
        compute.clear(self.labs, self.clouds, self.hosts)  # scarce chips follow the money
        self.labs.train()  # compute and data become capability
        tokens.clear(
            self.labs, self.hosts, self.customers
        )  # who looks around weighs success and price
        self.labs.settle()  # revenue, costs, tax, cash
        capital.clear(self.labs, self.investors, self.lenders)  # who is funded, who fails
        # orders and deliveries
        bills = chips.clear(self.clouds, self.chipmakers, self.utilities, self.labs)
        # clouds pay and borrow, or fail
        projects.clear(self.clouds, self.chipmakers, self.lenders, self.labs, bills)

        self.ledger.close(self.labs.cash, self.labs.debt, self.lenders.loans)
        owed = self.clouds.treasury.debt, self.clouds.treasury.vendor_debt
        lent = {"lenders": self.lenders.on_chips, "chipmakers": self.chipmakers.loans}
        pairs = dict(zip(lent, zip(owed, lent.values(), strict=True), strict=True))
        self.ledger.close_firms(self._firms(), pairs)
        if self.recorder:
            self.recorder.note(self)
        self._turn_to(self.quarter + 1)
        self.running = not self.finished

    def _firms(self) -> dict[str, np.ndarray]:
        """Cash of clouds and chipmakers, (firms, worlds)."""
        return {"clouds": self.clouds.treasury.cash, "chipmakers": self.chipmakers.cash[None]}

    def run(self) -> AIEconomy:
        """All quarters of the scenario that are left."""
        while not self.finished:
            self.step()
        return self


def _numbers_of(worlds: int | np.ndarray) -> np.ndarray:
    """The numbers of the worlds wanted: of a count, the first ones. BadInput if it is neither."""
    numbers = np.asarray(worlds)
    if numbers.ndim == 0 and numbers.dtype.kind in "iu" and 0 < numbers <= MOST_WORLDS:
        return np.arange(int(numbers))
    if numbers.ndim != 1 or not numbers.size:
        raise BadInput(
            f"worlds: {quoted(worlds)} is not possible. Give how many there are to be, from 1 to "
            f"{MOST_WORLDS:,} at a time, or their numbers in a row."
        )
    return numbers
