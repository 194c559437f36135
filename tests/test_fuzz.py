"""Files changed at random, by structure and by letter: one line that says what, or a valid run."""

import pytest
from fuzzer import KINDS, fuzz

CASES, SEED = 400, 20_260
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_no_file_ends_in_a_traceback_or_a_nan(tmp_path, part):
    ended, faults = fuzz(range(part, CASES, PARTS), SEED, tmp_path)
    assert not faults, "".join(
        f"\npython tests/fuzzer.py --seed {SEED} --only {case}\n{trace}" for case, trace in faults
    )
    assert sum(ended.values()) == CASES // PARTS


def test_the_fuzzer_reaches_both_ends_of_every_kind(tmp_path):
    ended, _ = fuzz(range(150), SEED + 1, tmp_path)
    for kind in KINDS:
        assert ended[kind, "refused"] and ended[kind, "fine"], f"{kind}: {dict(ended)}"
