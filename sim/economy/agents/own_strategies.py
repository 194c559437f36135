"""Strategies given in Python: by a lab's name, a class of one's own or the name of a built-in.

A class of one's own is checked when it is given, and what it answers each time it is asked.
"""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from sim.economy.agents.strategies import STRATEGIES, Marginal, Outlook
from sim.errors import BadInput, nearest, quoted
from sim.inputs.scenario import Scenario
from sim.units import USD

AnyStrategies: TypeAlias = Mapping[str, type[Marginal] | str] | None
Strategies: TypeAlias = dict[str, type[Marginal]]  # by the name of a lab

BUILT_IN = {rule: name for name, rule in STRATEGIES.items()}
ASKED = {rule.wants for rule in BUILT_IN}  # what needs no check
WAYS = "Give a class derived from sim.Marginal, or the name of a built-in"
FLAGS = ("open_weights", "distils", "updates")


def strategies_from(given: AnyStrategies, scenario: Scenario) -> Strategies:
    """Classes by lab, whatever they were given as. BadInput if a lab or a strategy is none."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadInput(f"strategies: {quoted(given)} is no table. Give {{'openai': MyStrategy}}.")
    for lab in given:
        if lab not in scenario.labs:
            hint = nearest(str(lab), scenario.labs)
            raise BadInput(f"strategies: {scenario.name} has no lab {quoted(lab)}. {hint}")
    return {lab: _strategy(f"strategies: {lab}", one) for lab, one in given.items()}


def own_in(strategies: Strategies) -> Strategies:
    """Those that are not built in, which no file can tell of."""
    return {lab: rule for lab, rule in strategies.items() if rule not in BUILT_IN}


def told_with(scenario: Scenario, strategies: Strategies) -> Scenario:
    """The scenario that names the built-in ones itself, so that files and manifests tell them."""
    named = {
        f"labs.{lab}.strategy": BUILT_IN[rule]
        for lab, rule in strategies.items()
        if rule in BUILT_IN and scenario.labs[lab]["strategy"].value != BUILT_IN[rule]
    }
    return scenario.change(named, "strategies") if named else scenario


def name_of(rule: type[Marginal]) -> str:
    """As scenarios call it; a class of one's own, as Python does."""
    return BUILT_IN.get(rule, rule.__name__)


def names_of(strategies: Strategies) -> dict[str, str]:
    """The names of strategies by lab."""
    return {lab: name_of(rule) for lab, rule in strategies.items()}


def stays_here(strategies: Strategies) -> str:
    """The name of a class that cannot be sent to another process; "" if there is none.

    One is found there by its module, and the script or notebook that runs is no module there.
    """
    for rule in strategies.values():
        module = sys.modules.get(rule.__module__)
        try:
            pickle.dumps(rule)
        except (pickle.PicklingError, AttributeError, TypeError):
            return rule.__name__
        if rule.__module__ == "__main__" or getattr(module, "__spec__", None) is None:
            return rule.__name__
    return ""


def _strategy(where: str, given: Any) -> type[Marginal]:
    """One strategy. BadInput if it is neither a class that decides nor the name of one."""
    if isinstance(given, str):
        if given not in STRATEGIES:
            raise BadInput(f"{where}: no strategy {quoted(given)}. {nearest(given, STRATEGIES)}")
        return STRATEGIES[given]
    if not isinstance(given, type):
        raise BadInput(f"{where}: {quoted(given)} is no class. {WAYS}, such as 'hedger'.")
    if not issubclass(given, Marginal):
        raise BadInput(f"{where}: {given.__name__} is no strategy. {WAYS}, such as 'hedger'.")
    for flag in FLAGS:
        if not isinstance(getattr(given, flag), (bool, np.bool_)):
            said = quoted(getattr(given, flag))
            raise BadInput(f"{where}: {given.__name__}.{flag} is {said}. Make it True or False.")
    try:
        inspect.signature(given.wants).bind(None)
    except (TypeError, ValueError):
        raise BadInput(
            f"{where}: {given.__name__}.wants cannot be asked with an outlook alone. "
            "Write it as: @staticmethod def wants(outlook)."
        ) from None
    return given


def answer_of(wants: Callable[[Outlook], USD], outlook: Outlook, whose: str) -> USD:
    """What a strategy wants, (uses, its labs, worlds).

    BadInput if one's own answers wrongly, or not at all; `whose` says which strategy of which labs.
    """
    if wants in ASKED:
        return wants(outlook)
    shape = outlook.wanted.shape
    shared = (_locked(each) for each in (outlook.normal, outlook.leader, outlook.hedged))
    try:
        answer = np.asarray(wants(Outlook(outlook.wanted.copy(), *shared)))
    except Exception as error:
        raise BadInput(
            f"strategies: {whose} fails in wants with {type(error).__name__}: {error}. "
            "Mend that class."
        ) from error
    if answer.shape != shape or answer.dtype.kind not in "iuf":
        raise BadInput(
            f"strategies: {whose} answers {answer.dtype} of shape {answer.shape}. Answer numbers "
            f"of the shape of outlook.wanted, here {shape}: (uses, labs, worlds)."
        )
    if not (np.isfinite(answer) & (answer >= 0.0)).all():
        raise BadInput(
            f"strategies: {whose} answers money that is below zero or not finite. Answer USD a "
            "quarter, 0 or more (a lab that is not at work wants 0: do not divide by it)."
        )
    return answer


def _locked(shared: Any) -> Any:
    """A view of what other labs look at, too: not to be changed."""
    seen = np.asarray(shared).view()
    seen.setflags(write=False)
    return seen
