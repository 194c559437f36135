"""What several tests share: one thread, no deadlines, and the main scenario, cut short."""

import os

# The matrices are small: two threads take longer over them than one. Before numpy is imported.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import hypothesis  # noqa: E402
import pytest  # noqa: E402

from sim.inputs.scenario import Scenario  # noqa: E402

# A slow or a busy machine is no reason to fail.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

END = "2021-Q2"


@pytest.fixture(scope="session")
def scenario():
    """The continued scenario, six quarters of it."""
    return Scenario.load("continued").change({"end": END})


@pytest.fixture
def short():
    """The same as arguments of the command line."""
    return ["continued", "--set", f"end={END}"]
