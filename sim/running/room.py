"""Room for a run: how much memory it will take, and how much there is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path, PurePosixPath

from sim.economy.measures import COORDS, MEASURES, chosen
from sim.errors import BadInput
from sim.inputs.scenario import Scenario
from sim.outputs.amounts import in_bytes

TWICE = 2  # blocks travel, and worlds that failed are cut out, beside what is there already
WORLD = 7_000  # bytes of a model a world and lab while it runs, without what is recorded
CGROUPS = {  # root, most and now, of version 2 and of version 1
    "": ("/sys/fs/cgroup", "memory.max", "memory.current"),
    "memory": ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
}


def refuse_too_large(
    scenarios: Sequence[Scenario],
    worlds: int,
    measures: Iterable[str] | None,
    workers: int,
    block: int,
) -> None:
    """BadInput if a run of these scenarios would not fit the memory that is available."""
    have = available_memory()
    if have is None:
        return
    names = None if measures is None else tuple(measures)
    kept = sum(bytes_a_world(scenario, names) for scenario in scenarios)
    running = max(bytes_a_world(one, names) + WORLD * len(one.labs) for one in scenarios)
    need = TWICE * kept * worlds + running * workers * min(block, worlds)
    if need > have:
        fit = max(have - running * workers * min(block, worlds), 0) // (TWICE * kept)
        hint = f"at most about {float(f'{fit:.1e}'):,.0f}" if fit else "fewer"
        raise BadInput(
            f"worlds: {worlds:,} take about {in_bytes(need)} of memory, and {in_bytes(have)} are "
            f"free. Run {hint}, keep fewer with `measures=`, or leave --labs out."
        )


def bytes_a_world(scenario: Scenario, measures: Sequence[str] | None) -> int:
    """What is kept of one world: every quarter of every measure, or of those named."""
    lengths = {**{dim: len(names) for dim, names in COORDS.items()}, "lab": len(scenario.labs)}
    noted = (MEASURES if measures is None else chosen(measures)).values()
    kept = (prod(lengths[dim] for dim in one.dims) * one.dtype.itemsize for one in noted)
    return sum(kept) * len(scenario.quarters)


def available_memory() -> int | None:
    """Bytes that this process may still take, by the system, its container and its limits.

    None where nobody says.
    """
    found = [_free_of_machine(), *_free_of_cgroups(), _free_of_limit()]
    said = [most for most in found if most is not None]
    return min(said) if said else None


def _free_of_machine() -> int | None:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:  # elsewhere, all there is
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _free_of_cgroups() -> list[int | None]:
    """What the group of this process leaves, and every group around it."""
    places = dict.fromkeys(CGROUPS, "/")
    for line in _lines("/proc/self/cgroup"):  # number:controllers:place
        controllers, _, place = line.partition(":")[2].partition(":")
        places |= {one: place for one in controllers.split(",") if one in places}
    found = []
    for version, (root, most, now) in CGROUPS.items():
        inner = PurePosixPath("/", places[version])
        for folder in (inner, *inner.parents):
            group = f"{root}{folder}".rstrip("/")
            found.append(_free_of_cgroup(f"{group}/{most}", f"{group}/{now}"))
    return found


def _free_of_cgroup(most: str, now: str) -> int | None:
    limit, used = (next(iter(_lines(file)), "") for file in (most, now))
    if not (limit.isdigit() and used.isdigit()) or int(limit) > 1 << 60:
        return None
    # what is cached of files goes when it is needed
    file = Path(now).with_name("memory.stat")
    cached = [line.split()[1] for line in _lines(str(file)) if line.startswith("inactive_file ")]
    return max(int(limit) - int(used) + sum(map(int, cached)), 0)


def _free_of_limit() -> int | None:
    """What `ulimit -v` leaves to this process."""
    if os.name != "posix":
        return None
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = next(iter(_lines("/proc/self/statm")), "").split()
    if most == resource.RLIM_INFINITY or not pages:
        return None
    return int(max(most - int(pages[0]) * os.sysconf("SC_PAGE_SIZE"), 0))


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text().splitlines()
    except (OSError, ValueError):
        return []
