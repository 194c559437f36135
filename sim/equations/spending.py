"""How much a lab spends: what more capability promises, what it can pay, how fast it can change."""

from __future__ import annotations

import numpy as np

from sim.units import USD, Log, Ratio, Share, Years, per_Quarter

FULL_PROMISE = 0.5  # share of tasks unsolved from which belief and returns carry their full weight
QUIETEST, LOUDEST = 0.05, 20.0  # a lab's advertising over the average, as far as users hear it


def promise(belief: Ratio, return_to_compute: Ratio, unsolved: Share) -> Share:
    """What more capability can still win, 0 to 1: belief times return times tasks not yet solved.

    A modelling choice of ours: nothing where nothing is believed, to be had or left to solve.
    """
    return np.clip(belief * return_to_compute / FULL_PROMISE * unsolved, 0.0, 1.0)


def appetite(promised: Share, least: Share) -> Share:
    """Share of its means that a lab wants to spend: between the least intensity and all.

    A modelling choice of ours.
    """
    return least + (1.0 - least) * promised


def lasting(cash: USD, runway: Years) -> USD:
    """What cash allows a quarter so that it lasts for a runway.

    A runway rule: a modelling choice of ours.
    """
    return np.maximum(cash, 0.0) / (4.0 * runway)


def next_budget(budget: USD, affordable: USD, growth: per_Quarter, cut: per_Quarter) -> USD:
    """The budget moves to what is affordable as fast as a firm can hire or cut (Penrose 1959)."""
    return np.clip(affordable, budget * (1.0 - cut), budget * (1.0 + growth))


def parent_match(rival: USD, gross_profit: USD, most: USD) -> USD:
    """What a parent wants to give its lab: the rival's spending that profit does not pay for.

    Bounded by what the parent can spare (M25).
    """
    return np.minimum(np.maximum(rival - np.maximum(gross_profit, 0.0), 0.0), most)


def capacity_wanted(need: USD, before: USD, most_growth: Ratio) -> Ratio:
    """Growth of demand to book capacity for: last quarter's, from one to the most that is dared.

    A modelling choice of ours.
    """
    return np.clip(need / np.maximum(before, 1.0), 1.0, most_growth)


def advertising(spent: USD, average: USD, weight: Log) -> Log:
    """Pull of product spending on users' choice: weight times its log over the average.

    Constant elasticity of demand in advertising (Dorfman and Steiner 1954).
    """
    return weight * np.log(np.clip(spent / np.maximum(average, 1.0), QUIETEST, LOUDEST))
