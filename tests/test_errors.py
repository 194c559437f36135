"""Sentences about bad input: one line each, printable, whatever they quote."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import BadInput, clean, nearest, quoted

deep = []
for _ in range(100_000):
    deep = [deep]


class Failing:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "word",
    [
        deep,
        16**5000,
        -(16**5000),
        [16**5000],
        Failing(),
        np.arange(10_000).reshape(100, 100),
        "x" * 10**6,
        "\x1b" * 1000,
        "\u202e",
        "\ud800",
        "a\nb\u2028c\x85d",
        b"\x1b",
        object,
    ],
    ids=type,
)
def test_anything_can_be_quoted(word):
    text = quoted(word)
    assert 0 < len(text) <= 80 and text.isprintable()
    text.encode()


@given(st.text(alphabet=st.characters()))
def test_a_problem_is_one_line_that_a_terminal_does_not_obey(text):
    (line,) = BadInput(text, *[]).problems
    line.encode()
    assert len(line) < 600 and len(line.splitlines()) <= 1
    assert not set(line) & set("\x1b\x07\u202e\u2066\u200f\r\n\x85")
    assert clean(clean(text)) == clean(text)


def test_what_is_written_in_letters_stays():
    for text in ("Café 中文 \U0001f680", "a \\ b", "שלום", ""):
        assert clean(text) == text


def test_a_long_problem_keeps_its_place_and_its_remedy():
    (line,) = BadInput("mine.toml: " + "x" * 5000 + " Leave it out.").problems
    assert line.startswith("mine.toml: x") and line.endswith(" Leave it out.") and " ... " in line


def test_a_problem_travels_between_processes():
    error = pickle.loads(pickle.dumps(BadInput("a\nb", "c")))
    assert error.problems == ("a b", "c") and str(error) == "a b\nc"


def test_names_listed_are_few_and_short():
    said = nearest("x" * 10_000, ["y" * 300 + str(n) for n in range(100)])
    assert len(said) < 500 and "more" in said
    assert nearest("colour", ["color", "other"]).startswith("Did you mean 'color'? Known: color")
