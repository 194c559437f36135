"""The modules of the project and the rooms they are in, for the tests that read code."""

from economy import ROOT

SIM = ROOT / "sim"
MODULES = sorted(SIM.rglob("*.py"))


def room_of(dotted):
    """The room of a module: "economy.agents.lab" is in economy."""
    return dotted.split(".")[0] or "__init__"


def name_of(path):
    parts = path.relative_to(SIM).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
