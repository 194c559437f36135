"""An economy of AI labs, their suppliers, funders and customers, in as many worlds as you like."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.version import __version__

if TYPE_CHECKING:
    from sim.economy.agents.strategies import Marginal
    from sim.economy.model import AIEconomy
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario
    from sim.outputs.comparison import compare
    from sim.outputs.results import Results
    from sim.running.ensemble import run
    from sim.running.explaining import explain

__all__ = [
    "AIEconomy",
    "Marginal",
    "Policy",
    "Results",
    "Scenario",
    "__version__",
    "compare",
    "explain",
    "run",
]

# A public name is fetched when it is first asked for, so that sim.equations needs numpy alone.
_HOME = {
    "AIEconomy": "sim.economy.model",
    "Marginal": "sim.economy.agents.strategies",
    "Policy": "sim.inputs.policy",
    "Results": "sim.outputs.results",
    "Scenario": "sim.inputs.scenario",
    "compare": "sim.outputs.comparison",
    "explain": "sim.running.explaining",
    "run": "sim.running.ensemble",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
