"""What owners of labs got for their money, and how far funding fell: numbers of a whole run."""

from __future__ import annotations

import numpy as np

from sim.outputs.results import Results

LEAST, MOST = -0.99, 20.0  # a year, between which a return is looked for
HALVINGS = 60


def rate_of_return(flows: np.ndarray) -> np.ndarray:
    """The yearly rate at which flows to owners (quarters, worlds) are worth nothing: their IRR.

    Below zero is money put in. By bisection: LEAST where nothing ever comes back, and nan where
    nothing was put in.
    """
    when = 0.25 * np.arange(len(flows))[:, None]
    low = np.full(flows.shape[1], np.log1p(LEAST))
    high = np.full(flows.shape[1], np.log1p(MOST))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        worth = (flows * np.exp(-middle * when)).sum(axis=0)
        low, high = np.where(worth > 0.0, middle, low), np.where(worth > 0.0, high, middle)
    rate = np.expm1(0.5 * (low + high))
    return np.where((flows < 0.0).any(axis=0), rate, np.nan)


def on_equity(results: Results, bought: str = "") -> np.ndarray:
    """Return on all equity in labs to the end of the run, 1/year, (worlds,).

    Who buys all labs at the end of a quarter (the first, if none is named) at their worth, puts in
    what owners put in from then on, gets what they get, and holds what labs are worth at the end.
    Parents' allowances are put in.
    """
    start = results.quarters.index(bought) if bought else 0
    paid = results["owners_paid"].sum("lab_kind").transpose("quarter", "world").values / 4.0
    hold = results["owners_hold"].sum("lab_kind").transpose("quarter", "world").values
    flows = -paid[start:]
    flows[0] = -hold[start]
    flows[-1] += hold[-1]
    return rate_of_return(flows)


def drawdown(flow: np.ndarray) -> np.ndarray:
    """The largest fall of a yearly rate (quarters, worlds) from its peak until then, a share.

    Of the mean of four quarters, for rounds come in lumps; 0 where it never fell.
    """
    sums = np.cumsum(np.concatenate([np.zeros((1, flow.shape[1])), flow]), axis=0)
    span = min(4, len(flow))
    year = (sums[span:] - sums[:-span]) / span
    peak = np.maximum.accumulate(year, axis=0)
    fall: np.ndarray = (1.0 - year / np.maximum(peak, 1e-9)).max(axis=0)
    return np.where(peak[-1] > 0.0, fall, 0.0)
