"""The version of this package, and those that a result depends on."""

from __future__ import annotations

import platform
from importlib import metadata

__version__ = "0.2.0"
PACKAGES = ("numpy", "mesa", "xarray", "pandas", "pyarrow")


def versions() -> dict[str, str]:
    """Version of python, of this package and of those it calculates and writes with."""
    found = {"sim": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found
