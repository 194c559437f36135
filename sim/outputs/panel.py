"""A panel of a figure that holds predictions against observations."""

from __future__ import annotations

from dataclasses import dataclass

from sim.units import Array


@dataclass(frozen=True)
class Panel:
    """One series: what the worlds predict over time, and what was observed, both in its unit."""

    title: str
    unit: str
    log: bool  # whether a logarithmic axis suits it
    when: Array  # years, (periods,)
    predicted: Array  # (periods, worlds)
    observed_when: Array  # years, (points,)
    observed: Array  # (points,)
    low: Array  # (points,): the 90 % interval of each
    high: Array
