"""AIEconomy: the AI industry, a quarter at a time, in as many worlds as you like."""

from __future__ import annotations

from collections.abc import Iterable

import mesa
import numpy as np

from sim.economy.accounts import Ledger
from sim.economy.agents.chipmaker import Chipmakers
from sim.economy.agents.cloud import Clouds
from sim.economy.agents.customer import Customers
from sim.economy.agents.host import Hosts
from sim.economy.agents.investor import Investors
from sim.economy.agents.lab import Lab, Labs
from sim.economy.agents.publisher import Publishers
from sim.economy.agents.utility import Utilities
from sim.economy.markets import capital, chips, compute, data, tokens
from sim.economy.measures import COORDS, MEASURES, chosen
from sim.inputs.dials import Dials
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.luck import Luck
from sim.outputs.results import Recorder


class AIEconomy(mesa.Model):
    """Labs, their suppliers, funders and customers, in as many worlds as you like.

    `worlds` is a number of worlds, or the ids of those wanted: world 7 is the same world whether
    it runs alone or among thousands. Every attribute of every agent has worlds as last axis.
    `record` is whether measures are noted each quarter, or the names of those wanted.
    """

    scenario: Scenario = None  # type: ignore[assignment]  # ours: from 3.5 on Mesa has one too
    utilities: Utilities
    chipmakers: Chipmakers
    clouds: Clouds
    hosts: Hosts
    publishers: Publishers
    investors: Investors
    customers: Customers
    labs: Labs
    ledger: Ledger
    recorder: Recorder | None

    def __init__(
        self,
        scenario: Scenario | str = "continued",
        policy: Policy | None = None,
        worlds: int | np.ndarray = 1,
        seed: int = 0,
        dials: Dials | None = None,
        record: bool | Iterable[str] = True,
    ):
        super().__init__(rng=seed)
        self.scenario = Scenario.load(scenario) if isinstance(scenario, str) else scenario
        self.policy = policy or Policy()
        self.worlds = np.arange(worlds) if isinstance(worlds, int) else np.asarray(worlds)
        self.size = len(self.worlds)
        self.luck = Luck(seed, self.worlds)
        self.drawn = dials or self.scenario.draw(seed, self.worlds)
        self._turn_to(0)

        self.utilities, self.chipmakers = Utilities(self), Chipmakers(self)
        self.clouds, self.hosts = Clouds(self), Hosts(self)
        self.publishers, self.investors = Publishers(self), Investors(self)
        self.customers, self.labs = Customers(self), Labs(self)
        for row in range(len(self.labs.names)):
            Lab(self, self.labs, row)
        self.ledger = Ledger(len(self.labs.names), self.size)
        coords = {**COORDS, "lab": self.labs.names}
        noted = chosen(tuple(MEASURES if record is True else record or ()))
        self.recorder = (
            Recorder(noted, self.scenario.quarters, self.worlds, coords) if noted else None
        )

    def _turn_to(self, quarter: int) -> None:
        """Set clock, dials, law and luck to a quarter; at the end the clock stays on the last."""
        quarters = self.scenario.quarters
        self.quarter = quarter
        self.date = quarters[min(quarter, len(quarters) - 1)]
        self.year = int(self.date[:4]) + (int(self.date[-1]) - 1) / 4.0  # start of the quarter
        self.years = self.year - 2020.0  # when trends begin
        self.dials = self.drawn.in_force(quarter)
        self.law = self.policy.in_force(self.date)
        self.luck.turn_to(quarter)

    @property
    def finished(self) -> bool:
        """Whether the scenario's last quarter is done."""
        return self.quarter >= len(self.scenario.quarters)

    def step(self) -> None:
        """One quarter, in the order the money moves."""
        self.ledger.open(self.date, self.labs.cash)

        self.labs.decide()  # prices, budgets, bids: on last quarter's news
        data.clear(self.labs, self.publishers)  # licences and synthetic tokens
        compute.clear(self.labs, self.clouds, self.hosts)  # scarce chips follow the money
        self.labs.train()  # compute and data become capability
        tokens.clear(self.labs, self.hosts, self.customers)  # buyers weigh success, price and habit
        self.labs.settle()  # revenue, costs, tax, cash
        capital.clear(self.labs, self.investors)  # who is funded, who runs out of road
        # orders and deliveries
        chips.clear(self.clouds, self.chipmakers, self.utilities, self.labs)

        self.ledger.close(self.labs.cash)
        if self.recorder:
            self.recorder.note(self)
        self._turn_to(self.quarter + 1)
        self.running = not self.finished

    def run(self) -> AIEconomy:
        """All quarters of the scenario that are left."""
        while not self.finished:
            self.step()
        return self
