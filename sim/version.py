"""The versions that a result depends on."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = ("numpy", "mesa", "xarray", "pandas", "pyarrow")


def versions() -> dict[str, str]:
    """Version of python, of this package and of those it calculates and writes with."""
    from sim import __version__

    found = {"sim": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found
