"""How a lab chooses what to spend on: what capability is worth to it, and what buys it most.

`worth` of an OOM comes from demand and from owners, the elasticities from the production functions
that the economy runs on. Shapes (labs, worlds), uses first. Money in USD a quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.economy.agents.own_strategies import answer_of
from sim.economy.agents.strategies import Marginal, Outlook
from sim.economy.state import DATA, EXPERIMENTS, FINAL, POST, PRODUCT
from sim.equations import capability, data, finance, scaling, spending
from sim.units import OOM, USD, Array, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

NEXT_READS = 2.0  # tokens of the next run over the last: four times the compute, at its root
LEAST_WANTED = 1.0  # USD a quarter: keeps a lab that wants nothing in being


def normal_split(research: Any) -> Share:
    """Shares of development money that labs begin with, (uses, 1, worlds or 1), by the dials."""
    weights = (
        research.weight_final,
        research.weight_experiments,
        research.weight_post,
        research.weight_data,
        research.weight_product,
    )
    named = np.stack(np.broadcast_arrays(*map(np.atleast_1d, weights)))[:, None, :]
    return named / named.sum(axis=0)


class Choice:
    """What each lab wants to spend on every use, were cash free."""

    def __init__(self, labs: Labs, rules: Sequence[type[Marginal]]):
        self.labs, self.model = labs, labs.model
        self.rules = {  # rows of the labs that decide otherwise than at the margin
            wants: np.flatnonzero([rule.wants == wants for rule in rules])
            for wants in dict.fromkeys(rule.wants for rule in rules)
            if wants != Marginal.wants
        }
        self.weights: tuple[Any, Share] = (None, 0.0)  # worked out once for the dials in force

    def worth(self) -> USD:
        """What one more OOM, kept up, is worth a quarter to each lab and its owners."""
        labs, dials = self.labs, self.model.dials
        rules, capital = dials.research, dials.capital
        sellers, research = self.model.customers.sellers, labs.research
        profit = spending.worth_of_capability(
            sellers.by_capability,
            labs.growth,
            rules.foresight,
            rules.gestation,
            capital.discount,
        )
        hazard = finance.prize_hazard(
            research.frontier, research.pace, capital.prize_oom, capital.prize_width
        )
        share = finance.prize_share(research.capability, labs.alive, capital.closeness)
        believed = np.clip(research.learning.belief, 0.0, 1.0)
        rent = spending.prize_rent(capital.prize * believed, hazard, share, capital.closeness)
        total = np.maximum(profit, 0.0) + capital.prize_weight * rent
        return np.where(labs.alive, total + labs.corporate * self.stake(), 0.0)

    def stake(self) -> USD:
        """What an OOM is worth a quarter to a parent for its other business."""
        dials = self.model.dials
        return spending.threat(
            dials.lab("parent_cash_flow"), dials.capital.parent_stake, self.heed()
        )

    def heed(self) -> Share:
        """How far a parent heeds the threat: in full once a product for everybody shows it."""
        dials = self.model.dials
        shown = self.model.year >= dials.demand.launch
        return np.where(shown, 1.0, dials.capital.parent_before)

    # ------------------------------------------------------------ elasticities

    def elasticities(self) -> OOM:
        """OOM of capability that e times the money of each use would add; product is apart."""
        dials, research = self.model.dials, self.labs.research
        rules, algorithms = dials.scaling, research.algorithms
        believed = np.maximum(research.learning.belief, 0.0)
        of_run = research.part_of_run()
        buys = believed * research.return_to_tokens / np.log(10.0)
        lead = capability.lead_elasticity(
            algorithms.lead,
            algorithms.own_found * 4.0,
            algorithms.found * 4.0,
            algorithms.taken_up,
            rules.lead_leak,
            rules.diffusion,
            rules.algorithms_effort,
        )
        answer = np.zeros((PRODUCT, *self.labs.shape))
        answer[FINAL] = buys * of_run
        answer[EXPERIMENTS] = believed * ((1.0 - of_run) / np.log(10.0) + lead)
        answer[POST] = capability.post_training_elasticity(
            research.reinforced,
            research.base_flop,
            dials.research.post_reference,
            research.post_gain,
            rules.post_training_slope,
            rules.post_training_limit,
        )
        answer[DATA] = believed * self._of_data()
        return answer

    def _of_data(self) -> OOM:
        """The same of unique text, for the next run."""
        dials, research = self.model.dials, self.labs.research
        run = scaling.counted(
            research.parameters * NEXT_READS,
            np.maximum(self.model.publishers.unique, 1.0),
            research.seen * NEXT_READS,
            dials.scaling.law,
            dials.data.repeat_decay,
            dials.data.excess_decay,
        )
        return scaling.data_elasticity(run)

    # ------------------------------------------------------------ wants

    def wanted(self, worth: USD, elasticity: OOM) -> USD:
        """Money for each use at which the next dollar, and the wages that go with it, bring just
        themselves, (uses, labs, worlds)."""
        labs, dials, sellers = self.labs, self.model.dials, self.model.customers.sellers
        left = 1.0 - dials.research.people
        worth = worth * left
        publishers = self.model.publishers
        money = np.empty((PRODUCT + 1, *labs.shape))
        money[:PRODUCT] = worth * elasticity
        money[DATA] = data.text_worth_buying(
            worth,
            elasticity[DATA],
            publishers.price,
            publishers.unique,
            publishers.left,
            dials.capital.discount,
            dials.data.text_decay,
            dials.data.budget_speed,
        )
        pull = np.maximum(sellers.by_appeal, 0.0) * left
        money[PRODUCT] = spending.advertising_wanted(
            pull, labs.average(self._on_product()), dials.research.advertising
        )
        return self._by_strategy(np.where(labs.alive, money, 0.0))

    def _on_product(self) -> USD:
        """What each lab spent on product last quarter."""
        return self.labs.plan.split[PRODUCT] * self.labs.plan.development

    def _by_strategy(self, money: USD) -> USD:
        """What each lab's strategy makes of that."""
        labs, rules = self.labs, self.model.dials.research
        if self.weights[0] is not rules:
            self.weights = rules, normal_split(rules)
        largest = np.where(labs.alive, labs.revenue, -1.0).argmax(axis=0)
        leader = labs.plan.split[:, largest, np.arange(labs.shape[1])][:, None, :]
        outlook = Outlook(money, self.weights[1], leader, rules.hedged)
        answer = money
        for wants, rows in self.rules.items():
            if answer is money:
                answer = money.copy()
            answer[:, rows] = answer_of(wants, outlook.of(rows), self._whose(rows))
        return np.maximum(answer, LEAST_WANTED / len(answer))

    def _whose(self, rows: Array) -> str:
        """Labs that are asked together, each with its strategy, as a message names them."""
        labs = self.labs
        return ", ".join(f"{labs.strategies[row]} of {labs.names[row]}" for row in rows)

    def returns(self, worth: USD, elasticity: OOM, wanted: USD, spent: USD) -> Ratio:
        """What the next dollar brings in each use, people's wages with it, (uses, labs, worlds)."""
        worth = worth * (1.0 - self.model.dials.research.people)
        rest = spending.next_dollar(1.0, wanted[DATA:PRODUCT], spent[DATA:PRODUCT])
        training = spending.next_dollar(worth, elasticity[:DATA], spent[:DATA])
        lost = spending.QUIET * self.labs.average(self._on_product())  # in the noise
        heard = spending.next_dollar(1.0, wanted[PRODUCT:] + lost, spent[PRODUCT:] + lost)
        return np.concatenate([training, rest, heard])
