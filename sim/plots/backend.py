"""matplotlib, whatever backend the environment asks for: figures are drawn without any.

A notebook leaves MPLBACKEND behind for every program it starts, and matplotlib cannot even be
imported where that names none that it knows.
"""

from __future__ import annotations

import os
import sys

if "matplotlib" not in sys.modules:
    asked = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    finally:
        if asked is not None:
            os.environ["MPLBACKEND"] = asked
    if asked:  # what matplotlib itself would do, for pyplot
        try:
            matplotlib.rcParams["backend"] = asked
        except ValueError:
            pass  # pyplot will choose one
