"""What one actor tells another: frozen records, one a quarter, each built in one place.

A market or a department builds a record, its owner takes it, everybody may read it, nobody changes
it. Shapes are (labs, worlds) unless said; products are (flagship, mini); flows are per quarter.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from sim.units import (
    USD,
    Flag,
    H100e_hours,
    H100e_hours_per_Mtok,
    Log,
    Mtok,
    Ratio,
    Share,
    Tokens,
    USD_per_Mtok,
)

USES = ("final_runs", "experiments", "post_training", "data", "product")  # of development money
FINAL, EXPERIMENTS, POST, DATA, PRODUCT = range(len(USES))  # the first three are training
SOURCES = ("crawled", "licensed", "grounded", "verified")  # of text that is bought
CRAWLED, LICENSED, GROUNDED, VERIFIED = range(len(SOURCES))
CAUSES = ("insolvent", "sold", "merged", "closed", "given_up")  # why a lab ended
INSOLVENT, SOLD, MERGED, CLOSED, GIVEN_UP = range(len(CAUSES))
WENT = ("buyer", "rivals", "open_weights", "nobody")  # to whom the users of such a lab turn
FIRST_PRICE = 40.0  # USD a Mtok, before the first price is set
PRODUCTS = 2
MOST_ON_CONTRACT = 0.8  # of a region's hours, that labs can hold


class Record:
    """A dataclass of arrays that nobody changes: not its fields, nor what they hold."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # every record is a dataclass
            array = getattr(self, field.name)
            if array.flags.writeable:  # what another record held is safe
                seen = array.view()
                seen.setflags(write=False)
                object.__setattr__(self, field.name, seen)


@dataclass(frozen=True)
class Plan(Record):
    """What each lab decided, on last quarter's news."""

    price: USD_per_Mtok  # (products, labs, worlds)
    unit_cost: USD_per_Mtok  # (products, labs, worlds), marginal
    hours_per_Mtok: H100e_hours_per_Mtok  # (products, labs, worlds)
    on_offer: Flag  # (products, labs, worlds)
    test_time_multiple: Ratio  # tokens of thought for one of the answer
    budget: USD  # of development: all but serving
    allowance: USD  # from the parent
    heading: USD  # where the budget is heading: what is wanted, as far as means go
    split: Share  # (uses, labs, worlds), of what is left of the budget after wages
    development: USD  # the budget after wages
    advertising: Log  # pull on users' choice
    serving_bid: USD
    training_bid: USD  # (final runs, experiments, post-training; labs, worlds)
    data_budget: USD
    worth: USD  # of one more OOM of capability, kept up, a quarter
    wanted: USD  # (uses, labs, worlds): what each use would get if cash were free
    returns: Ratio  # (uses, labs, worlds): what the next dollar brings, discounted
    shadow_price: Ratio  # of cash: what a dollar more would bring, above itself

    @classmethod
    def first(cls, budget: USD, allowance: USD, split: Share) -> Plan:
        """What holds before the first plan is made, for a budget of (labs, worlds)."""
        nothing = np.zeros(budget.shape)
        every = np.zeros((PRODUCTS, *budget.shape))
        return cls(
            price=every + FIRST_PRICE,
            unit_cost=every,
            hours_per_Mtok=every,
            on_offer=every > 0.0,
            test_time_multiple=nothing + 1.0,
            budget=budget,
            allowance=allowance,
            heading=budget,
            split=split,
            development=nothing,
            advertising=nothing,
            serving_bid=nothing,
            training_bid=np.zeros((POST + 1, *budget.shape)),
            data_budget=nothing,
            worth=nothing,
            wanted=np.zeros(split.shape),
            returns=np.zeros(split.shape),
            shadow_price=nothing,
        )


@dataclass(frozen=True)
class Compute(Record):
    """The compute each lab got."""

    hours: H100e_hours
    cost: USD
    serving_share: Share  # of hours and cost
    training_hours: H100e_hours  # (final runs, experiments, post-training; labs, worlds)
    held: H100e_hours  # on contract, paid whether used or not
    held_cost: USD

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Compute:
        zeros = np.zeros(shape)
        return cls(zeros, zeros, zeros, np.zeros((POST + 1, *shape)), zeros, zeros)

    @cached_property
    def serving_hours(self) -> H100e_hours:
        return self.hours * self.serving_share

    @cached_property
    def serving_cost(self) -> USD:
        return self.cost * self.serving_share

    @cached_property
    def training_cost(self) -> USD:
        return self.cost * (1.0 - self.serving_share)


@dataclass(frozen=True)
class DataBought(Record):
    """Text that each lab bought."""

    cost: USD
    spent: USD  # (sources, labs, worlds)
    tokens: Tokens  # (sources, labs, worlds), useful ones

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> DataBought:
        by_source = np.zeros((len(SOURCES), *shape))
        return cls(np.zeros(shape), by_source, by_source)


@dataclass(frozen=True)
class Sellers(Record):
    """What customers' choices tell each lab of its demand."""

    sold: Mtok  # (products, labs, worlds), as many as would be at list price
    # what is lost or won counts for as long as it would have stayed
    lost: Mtok  # (products, labs, worlds), of these, that a dollar a Mtok more would lose
    lost_at_cost: Mtok  # (products, labs, worlds), of those that are to be served
    passed: Mtok  # (products, labs, worlds): USD that its other product would gain by that dollar
    by_appeal: USD  # gross profit for a unit more of utility
    by_capability: USD  # gross profit for an OOM more of capability
    by_tokens: Share  # of work that thinking helps with that pays for every token
    deep_spread: Share  # S (1 - S) of such work done in depth
    deep_answer: Ratio  # how tasks done in depth answer their utility
    success: Share  # of demanding work, plainly

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Sellers:
        zeros, every = np.zeros(shape), np.zeros((PRODUCTS, *shape))
        return cls(every, every, every, every, zeros, zeros, zeros, zeros, zeros + 1.0, zeros)


@dataclass(frozen=True)
class TokensSold(Record):
    """Tokens of each lab's models: wanted, served by itself or by hosts, and paid for."""

    sales: USD  # (products, labs, worlds), what users would pay if all were served
    paid: Mtok  # (products, labs, worlds), wanted and paid for
    free: Mtok  # (products, labs, worlds), wanted of what is given away
    self_served: Share  # the lab's own part; of open weights, hosts serve the rest
    serving_need: H100e_hours  # to serve all that is asked of the lab itself
    free_burden: Ratio  # hours needed over hours paid for
    fill_rate: Share  # requests to the lab itself that are paid for, and were served
    free_filled: Share  # those that are not paid for, and were served of what hours were left
    filled: Share  # paid requests for its models that were served, by hosts too
    revenue: USD
    served: Mtok  # by the lab itself, free ones too
    flagship: Mtok  # of the flagship, served and paid for

    def need_at(self, hours_per_Mtok: H100e_hours_per_Mtok) -> H100e_hours:
        """Hours to serve all that was asked of the lab itself, if a Mtok of each product took so
        many, (products, labs, worlds)."""
        return ((self.paid + self.free) * hours_per_Mtok).sum(axis=0) * self.self_served

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> TokensSold:
        zeros, ones, every = np.zeros(shape), np.ones(shape), np.zeros((PRODUCTS, *shape))
        return cls(every, every, every, ones, zeros, ones, ones, ones, ones, zeros, zeros, zeros)


@dataclass(frozen=True)
class Funding(Record):
    """What the capital market decided on each lab."""

    raised: USD  # equity, seeds, and debts taken over for equity
    failed: Flag  # sold or closed

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Funding:
        return cls(np.zeros(shape), np.zeros(shape, bool))


@dataclass(frozen=True)
class Ends(Record):
    """What became of the labs that could not go on as they were."""

    ended: Flag  # (causes, labs, worlds), no lab of more than one
    rescued: Flag  # of those that creditors called
    refused: Flag  # the others of these
    diluted: Share  # of a rescued lab's shares, that who rescued it holds
    creditors_lost: USD  # loans and bills that are never paid
    owners_lost: USD  # put in, and not got back
    obligations_lost: USD  # still to be paid for compute, under contracts that are not kept
    moved: USD  # (WENT, worlds): worth of the work that users of the failed had given to them

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Ends:
        zeros, none = np.zeros(shape), np.zeros(shape, bool)
        by_cause, moved = np.zeros((len(CAUSES), *shape), bool), np.zeros((len(WENT), shape[1]))
        return cls(by_cause, none, none, zeros, zeros, zeros, zeros, moved)

    @cached_property
    def failed(self) -> Flag:
        """Sold or closed, for whatever cause."""
        return self.ended.any(axis=0)


@dataclass(frozen=True)
class Bills(Record):
    """What each lab paid beyond compute and data."""

    wages: USD
    product: USD
    labelling: USD
    levy: USD
    distillation: USD  # to the leader, for tokens to learn from
    exit_fees: USD  # to clouds, to leave contracts
    tax: USD

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Bills:
        return cls(*np.zeros((7, *shape)))
