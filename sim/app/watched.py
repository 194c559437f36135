"""One world to watch: an economy that a page can step, and that never shows a traceback."""

from __future__ import annotations

import logging
import math
import uuid
from collections.abc import Mapping
from typing import Any

import mesa

from sim.errors import BadInput
from sim.inputs.scenario import Scenario
from sim.outputs.results import Results
from sim.parameters import Dial, Value, find

log = logging.getLogger(__name__)

# The few dials on the page, ranked by what they do; one that the model has not is left out.
DIALS = (
    "scaling.regime",
    "scaling.late_slope",
    "scaling.onset",
    "demand.elasticity",
    "demand.imitation",
    "chips.capacity_growth",
    "power.connection_growth",
    "beliefs.doubt",
    "capital.pool_growth",
)
SEEDS = 999


class Watched(mesa.Model):
    """One world of a scenario at its central dials, some of them moved.

    It holds the economy instead of being one, so that Mesa's page, which makes a new model from
    its sliders on Reset and has a meaning of its own for `scenario`, can use it as it is.
    `trouble` is a sentence for the visitor if something failed, and then it no longer runs.
    """

    def __init__(self, story: str = "continued", luck: int = 0, **kwargs: Value) -> None:
        super().__init__(rng=0)  # our luck is in named streams; nothing draws from Mesa's
        kwargs.pop("scenario", None)  # Mesa 3.5 hands over one of its own on Reset
        self.story = story
        self.trouble = ""
        self.economy: Any = None
        self.source: Scenario | None = None
        self._text = ""
        try:
            self.source = changed(story, kwargs)
            self._text = self.source.text
            self.economy = economy_of(self.source, int(luck))
        except BadInput as error:
            self._stop(str(error))
        except Exception:
            self._stop(reported("building the model"))

    def step(self) -> None:
        """One quarter further, unless the horizon is reached."""
        if self.economy is None or self.economy.finished:
            self.running = False
            return
        try:
            self.economy.step()
            self.running = not self.economy.finished
        except Exception:
            self._stop(reported("a quarter"))

    @property
    def quarter(self) -> int:
        """Quarters done."""
        return int(self.economy.quarter) if self.economy is not None else 0

    @property
    def quarters(self) -> list[str]:
        """Every quarter up to the horizon."""
        return self.source.quarters if self.source is not None else []

    def results(self) -> Results | None:
        """What was recorded so far, None before the first quarter."""
        if self.economy is None or not self.quarter or self.source is None:
            return None
        about = {"scenario": self.story, "title": self.source.title, "scenario_text": self._text}
        return Results(self.economy.recorder.dataset(), about)

    def _stop(self, sentence: str) -> None:
        self.trouble = sentence
        self.running = False


def economy_of(scenario: Scenario, seed: int) -> Any:
    """One world with every dial at its centre; the seed decides its luck."""
    from sim.economy.model import AIEconomy

    return AIEconomy(scenario, worlds=1, seed=seed, dials=scenario.central())


def changed(story: str, moved: Mapping[str, Value]) -> Scenario:
    """The scenario with those dials changed that differ from its centre. BadInput out of range.

    A slider rounds what it is given to its nearest notch, which is no wish of the visitor's.
    """
    scenario = Scenario.load(story)
    centre, dials = centres(scenario), shown_dials()
    differs = {
        name: value
        for name, value in moved.items()
        if name not in centre or _apart(value, centre[name], dials[name])
    }
    return scenario.change(differs, where="page") if differs else scenario


def _apart(value: Value, centre: Value, dial: Dial) -> bool:
    if isinstance(value, str) or isinstance(centre, str):
        return value != centre
    return abs(value - centre) > 0.51 * notch(dial)


def centres(scenario: Scenario) -> dict[str, Value]:
    """Where the page's dials stand in a scenario."""
    dials = scenario.central()
    found: dict[str, Value] = {}
    for name in shown_dials():
        subject, _, dial = name.partition(".")
        value = getattr(getattr(dials, subject), dial)
        found[name] = value if isinstance(value, str) else float(value)
    return found


def shown_dials() -> dict[str, Dial]:
    """The dials of the page that the model knows: numbers, and choices by name."""
    found = {}
    for name in DIALS:
        try:
            dial = find(name)
        except BadInput:
            continue
        if dial.kind in ("number", "choice"):
            found[name] = dial
    return found


def notch(dial: Dial) -> float:
    """The step of a dial's slider: a round number, at least a hundred of them."""
    if isinstance(dial.value, int):
        return 1.0
    low, high = dial.allowed
    return float(10.0 ** math.floor(math.log10((high - low) / 100)))


def reported(during: str, error: BaseException | None = None) -> str:
    """Log an exception in full (the one at hand), and return a sentence with its number."""
    number = uuid.uuid4().hex[:8]
    log.error("trouble %s during %s", number, during, exc_info=error or True)
    return f"Something went wrong (number {number}); the server's log has the rest."
