"""A run that will not fit the memory or the disk is refused before it begins."""

import shutil
from types import SimpleNamespace

import pytest

from sim.economy.measures import OF_THE_MARKET
from sim.errors import BadInput
from sim.outputs import tables
from sim.running import room
from sim.running.ensemble import run


def test_what_a_world_takes_is_what_is_recorded(scenario):
    for measures in (None, OF_THE_MARKET, ("revenue", "spending", "lab_share")):
        r = run(scenario, worlds=4, measures=measures)
        kept = sum(array.nbytes for array in r.dataset.data_vars.values())
        assert 4 * room.bytes_a_world(scenario, measures) == kept


def test_a_run_that_does_not_fit_says_what_would(scenario, monkeypatch):
    monkeypatch.setattr(room, "available_memory", lambda: 400_000_000)
    with pytest.raises(BadInput, match="900,000 .* 400 MB are free. Run at most about") as refused:
        run(scenario, worlds=900_000)
    assert len(str(refused.value).splitlines()) == 1 and "measures=" in str(refused.value)
    assert run(scenario, worlds=2).worlds == 2


@pytest.mark.parametrize("measures", ["revenue", None])
def test_fewer_measures_take_less(scenario, monkeypatch, measures):
    monkeypatch.setattr(room, "available_memory", lambda: 1_000_000_000)
    told = (None if measures is None else (measures,), 1, 1024)
    if measures:
        room.refuse_too_large([scenario], 200_000, *told)
    else:
        with pytest.raises(BadInput, match="worlds: 200,000"):
            room.refuse_too_large([scenario], 200_000, *told)


def test_nothing_is_refused_where_nobody_knows(scenario, monkeypatch):
    monkeypatch.setattr(room, "available_memory", lambda: None)
    room.refuse_too_large([scenario], 10**6, None, 1, 1024)


def test_memory_is_the_least_that_anybody_grants(monkeypatch, tmp_path):
    files = {
        "/proc/meminfo": ["MemTotal: 9 kB", "MemAvailable:  2000000 kB"],
        "/c/most": ["1500000000"],
        "/c/now": ["1000000000"],
        "/c/memory.stat": ["anon 5", "inactive_file 200000000"],
    }
    monkeypatch.setattr(room, "_lines", lambda file: files.get(file, []))
    monkeypatch.setattr(room, "CGROUPS", {"": ("/c", "most", "now")})
    assert room.available_memory() == 700_000_000
    files |= {"/proc/self/cgroup": ["1:cpu:/x", "0::/a/b"], "/c/a/now": ["100"]}
    files |= {"/c/a/b/most": ["900000000"], "/c/a/b/now": ["0"], "/c/a/most": ["500000100"]}
    assert room.available_memory() == 500_000_000  # a group around that of this process
    files["/c/a/most"] = ["max"]
    assert room.available_memory() == 700_000_000
    files["/c/most"] = ["max"]
    assert room.available_memory() == 900_000_000
    del files["/proc/self/cgroup"]
    assert room.available_memory() == 2_000_000 * 1024
    files["/c/most"] = [str(2**63 - 4096)]  # how version 1 says that there is no limit
    assert room.available_memory() == 2_000_000 * 1024


def test_here_somebody_knows():
    assert (room.available_memory() or 1) > 0


def test_a_full_disk_is_said_before_anything_is_written(scenario, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    r = run(scenario, worlds=2, measures="revenue")
    tables.refuse_full_disk(tmp_path, 999)
    with pytest.raises(BadInput, match="1.0 kB are free. Choose another folder"):
        tables.refuse_full_disk(tmp_path / "not" / "there", 2000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    with pytest.raises(BadInput, match="10 B|0.0 kB"):
        r.save(tmp_path / "out")
    assert not list(tmp_path.iterdir())
