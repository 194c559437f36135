"""What several tests share: the main scenario, cut short."""

import pytest

from sim.inputs.scenario import Scenario

END = "2021-Q2"


@pytest.fixture(scope="session")
def scenario():
    """The continued scenario, six quarters of it."""
    return Scenario.load("continued").change({"end": END})


@pytest.fixture
def short():
    """The same as arguments of the command line."""
    return ["continued", "--set", f"end={END}"]
