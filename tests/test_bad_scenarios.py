"""What is wrong with a scenario is told in one line: file, place, and what to do."""

import pytest

from sim.errors import BadInput
from sim.inputs.draft import MOST_EVENTS, MOST_LABS
from sim.inputs.scenario import Scenario
from sim.inputs.toml_files import DEEPEST, LARGEST_FILE

TITLE = 'title = "Bad"\n'
LAB = '[labs.alpha]\ntitle = "Alpha"\n'
BAD = {
    "unknown subject": (
        "[demnd]\nelasticity = 1.2",
        ["'demnd'", "Did you mean 'demand'?", "Known: title"],
    ),
    "unknown dial": (
        "[demand]\nelasticty = 1.2",
        ["[demand] has no 'elasticty'", "Did you mean 'elasticity' (1.11 elasticity)?", "Known:"],
    ),
    "unknown field of a lab": (
        "[labs.beta]\ntitle = 'B'\ncahs = 1e8",
        ["[labs.beta] has no 'cahs'", "'cash' (1e+08 USD)"],
    ),
    "unknown lab, as it has no title": (
        "[labs.alhpa]\ncash = 1e8",
        ["[labs] has no 'alhpa'", "'alpha'", "new lab needs a title"],
    ),
    "unknown part of an interval": (
        "[scaling]\nonset = { low = 27, hihg = 29 }",
        ["[scaling] onset", "'hihg'", "'high'"],
    ),
    "a lab's name": ("[labs.'Open AI']\ntitle = 'x'", ["'Open AI'", "Use small letters"]),
    "a law": ("[law]\ncompute_levy_rate = 0.1", ["[law]", "by a policy", "scenarios/policies"]),
    "a text for a number": (
        "[scaling]\nonset = 'late'",
        ["[scaling] onset is 'late', not a number", "24 to 40 OOM"],
    ),
    "a flag for a number": ("[scaling]\nonset = true", ["[scaling] onset is True, not a number"]),
    "a list for a number": (
        "[scaling]\nonset = [27, 29]",
        ["[scaling] onset is [27, 29], not a number"],
    ),
    "a number for a flag": (
        "[labs.beta]\ntitle = 'B'\ncorporate = 1",
        ["[labs.beta] corporate is 1", "true or false"],
    ),
    "a number for a choice": (
        "[labs.beta]\ntitle = 'B'\nregion = 1",
        ["region is 1, not a name", "us, china"],
    ),
    "no such choice": (
        "[labs.beta]\ntitle = 'B'\nregion = 'chnia'",
        ["'chnia'", "Did you mean 'china'?"],
    ),
    "a number for a date": (
        "[labs.beta]\ntitle = 'B'\nopens = 2021",
        ["opens takes a date: 2021", "2027-06-01"],
    ),
    "a number for a text": ("[labs.beta]\ntitle = 3", ["[labs.beta] title is 3, not a text"]),
    "a table for a subject": ("demand = 3", ["[demand] is 3, not a table", "below it"]),
    "out of range": (
        "[demand]\nelasticity = 50",
        ["elasticity is 50, out of range", "1.01 to 3 elasticity"],
    ),
    "an end out of range": (
        "[demand]\nelasticity = { low = 0.5, high = 2 }",
        ["elasticity, 'low', is 0.5", "1.01 to"],
    ),
    "a number past any float": (
        "[demand]\nelasticity = 1" + "0" * 400,
        ["out of range", "1.01 to 3"],
    ),
    "nan": ("[demand]\nelasticity = nan", ["elasticity is nan", "Give a finite number"]),
    "infinity": (
        "[labs.beta]\ntitle = 'B'\ncash = inf",
        ["cash is inf", "Give a finite number", "USD"],
    ),
    "low above high": (
        "[scaling]\nonset = { low = 29, high = 27 }",
        ["low 29 not below high 27", "Swap"],
    ),
    "one end": ("[scaling]\nonset = { low = 27 }", ["has no 'high'", "Give both ends"]),
    "a centre outside": (
        "[scaling]\nonset = { low = 27, high = 29, value = 30 }",
        ["value 30 outside low 27"],
    ),
    "no value": ("[scaling]\nonset = { source = 'x' }", ["[scaling] onset has no value"]),
    "a source that is no text": (
        "[scaling]\nonset = { value = 27, source = 3 }",
        ["source is 3", "quotes"],
    ),
    "an uncertain name": (
        "[labs.beta]\ntitle = 'B'\nregion = { low = 'us', high = 'china' }",
        ["region is a choice, the same in all worlds"],
    ),
    "an event before the start": (
        "[[events]]\ndate = 2019-12-31\nset = { beliefs.news = 0 }",
        ["[[events]] 1 is dated 2019-Q4, before the start 2020-Q1", "Move it"],
    ),
    "an event without a date": (
        "[[events]]\nset = { beliefs.news = 0 }",
        ["[[events]] 1: 'date'", "Write it like"],
    ),
    "an event that sets nothing": (
        "[[events]]\ndate = 2022-01-01",
        ["[[events]] 1 sets nothing", "beliefs.news"],
    ),
    "an event's unknown key": (
        "[[events]]\ndate = 2022-01-01\nsett = { beliefs.news = 0 }",
        ["'sett'", "'set'"],
    ),
    "an event's unknown dial": (
        "[[events]]\ndate = 2022-01-01\nset = { beliefs.nws = 0 }",
        ["[[events]] 1", "[beliefs] has no 'nws'", "'news'"],
    ),
    "an event's number out of range": (
        "[[events]]\ndate = 2022-01-01\nset = { beliefs.news = -4 }",
        ["[[events]] 1 sets beliefs.news, which is -4, out of range", "-1 to 1"],
    ),
    "an event that sets a law": (
        "[[events]]\ndate = 2022-01-01\nset = { law.compute_levy_rate = 1 }",
        ["'law.compute_levy_rate'", "An event sets a dial of a subject"],
    ),
    "an event that sets a name": (
        "[[events]]\ndate = 2022-01-01\nset = { scaling.law = 'hoffmann2022' }",
        ["scaling.law, a choice", "numbers only"],
    ),
    "events in no list": ("[events]\ndate = 2022-01-01", ["'events'", "[[events]]"]),
    "end before start": (
        'end = "2019-Q4"',
        ["'start' 2020-Q1 to 'end' 2019-Q4 is 0 quarters", "1 to 160"],
    ),
    "a horizon without end": ('end = "2199-Q4"', ["720 quarters", "1 to 160"]),
    "an end in a year that is a slip": ('end = "2999-Q4"', ["'2999-Q4' is not in the years"]),
    "a lab that opens in a year that is a slip": (
        "[labs.beta]\ntitle = 'B'\nopens = '0202-Q2'",
        ["opens takes a date: '0202-Q2' is not in the years 1900 to 2199"],
    ),
    "another start": ('start = "2026-Q1"', ["'start' is 2026-Q1", "in 2020-Q1", "restore"]),
    "an earlier start": ("start = 2010-01-01", ["'start' is 2010-Q1", "Leave 'start' out"]),
    "the quarter before": ('start = "2019-Q4"', ["'start' is 2019-Q4"]),
    "an event after the end": (
        "[[events]]\ndate = 2041-01-01\nset = { beliefs.news = 0 }",
        ["[[events]] 1 is dated 2041-Q1, after the end 2040-Q4", "Move it"],
    ),
    "an event after an end of its own": (
        'end = "2030-Q4"\n[[events]]\ndate = 2031-01-01\nset = { beliefs.news = 0 }',
        ["after the end 2030-Q4", "change nothing"],
    ),
    "an event with a list": ("events = [3]", ["[[events]] 1 is 3, not a table"]),
    "an event whose changes are a number": (
        "[[events]]\ndate = 2022-01-01\nset = 3",
        ["[[events]] 1 'set' is 3, not a table"],
    ),
    "per cent for a share": (
        "[chips]\ncost_share = 35",
        ["cost_share is 35, out of range", "Did you mean 0.35?"],
    ),
    "a fall with a sign": ("[chips]\nprice_trend = -0.1", ["Did you mean 0.1?"]),
    "a logarithm for FLOP": (
        "[labs.beta]\ntitle = 'B'\nlargest_run = 22",
        ["largest_run is 22, out of range", "Did you mean 1e+22?"],
    ),
    "FLOP for a logarithm": ("[scaling]\nonset = 1e28", ["Did you mean 28?"]),
    "a decimal comma": ("[scaling]\nonset = '27,5'", ["'27,5', not a number", "point, 27.5"]),
    "an interval that no float can divide": (
        "[beliefs]\ndrift = { low = 0, high = 5e-324 }",
        ["drift has low and high 0 too close", "Give one value"],
    ),
    "an interval whose logarithms are one": (
        "[chips]\ncapacity = { low = 299999.99999999994, high = 300000 }",
        ["capacity has low and high 300000 too close"],
    ),
    "a hexadecimal number of 5,000 digits": (
        "[demand]\nelasticity = 0x" + "f" * 5000,
        ["elasticity is a number of 20000 binary digits, out of range"],
    ),
    "a decimal number of 5,000 digits": (
        "[demand]\nelasticity = " + "9" * 5000,
        ["is not TOML", "longer than any that can be used"],
    ),
    "a name of too many parts": ("a" + ".a" * 40_000 + " = 1", ["name of over 20 parts in line 2"]),
    "a quoted name of too many parts": (
        "set" + " . \"a\" . 'b'" * 15 + " = 1",
        ["name of over 20 parts in line 2"],
    ),
    "a table of too many parts": ("[demand" + ".a" * 300 + "]", ["name of over 20 parts"]),
    "a lab's name that is a page": (f"[labs.{'a' * 500}]\ntitle = 'x'", ["no name for a lab"]),
    "a start that is no date": ("start = 2020", ["'start': 2020 is no date", "Write it like"]),
    "no TOML": ("[demand\n", ["is not TOML", "line 2", "Correct that line"]),
    "one key twice": ("[demand]\nchurn = 0.1\nchurn = 0.2", ["is not TOML", "line 4"]),
    "nested too deeply": ("x = " + "[" * 5000, ["nested too deeply"]),
}


def write(folder, text, name="bad"):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path):
    with pytest.raises(BadInput) as caught:
        Scenario.load(path)
    return str(caught.value)


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_a_bad_scenario_is_refused_with_file_place_and_remedy(tmp_path, text, words):
    said = complaint(write(tmp_path, f"{TITLE}{text}\n{LAB}"))
    assert said.startswith((tmp_path / "bad.toml").as_posix())
    for word in words:
        assert word in said, said
    assert "\n" not in said and len(said) < 600, said


def test_a_missing_file_is_refused(tmp_path):
    assert "no such file" in complaint(tmp_path / "nowhere.toml")
    assert "no such file" in complaint(tmp_path)


def test_a_missing_name_is_refused_with_the_nearest(tmp_path):
    write(tmp_path, TITLE + LAB, "crunch")
    with pytest.raises(BadInput, match="'crnch'. Did you mean 'crunch'"):
        Scenario.load("crnch", folder=tmp_path)


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path):
    assert "larger than 200 kB" in complaint(write(tmp_path, "#" * (LARGEST_FILE + 1)))
    (tmp_path / "bad.toml").write_bytes(b'title = "x"\n# \xe9\n')
    assert "not UTF-8 text (line 2)" in complaint(tmp_path / "bad.toml")


def test_a_scenario_needs_a_title_of_its_own_and_labs(tmp_path):
    assert "has no 'title'" in complaint(write(tmp_path, LAB))
    assert "has 0 labs" in complaint(write(tmp_path, TITLE))
    write(tmp_path, TITLE + LAB, "parent")
    assert "has no 'title'" in complaint(write(tmp_path, 'extends = "parent"'))


def test_extends_in_a_circle_is_refused(tmp_path):
    write(tmp_path, TITLE + 'extends = "two"', "one")
    write(tmp_path, TITLE + 'extends = "one"', "two")
    said = complaint(tmp_path / "one.toml")
    assert "circle" in said and "one.toml" in said and "two.toml" in said


@pytest.mark.parametrize("parent", ["../up", "/etc/passwd", "a/b", "..", "", "up.toml", "a\\b"])
def test_extends_out_of_the_folder_is_refused(tmp_path, parent):
    write(tmp_path, TITLE + LAB, "up")
    (tmp_path / "in").mkdir()
    said = complaint(write(tmp_path / "in", f"{TITLE}extends = '{parent}'"))
    assert "bad.toml: 'extends'" in said and "same folder" in said


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "up.toml").symlink_to(write(tmp_path, TITLE + LAB, "up"))
    assert "a link out of its folder" in complaint(write(tmp_path / "in", 'extends = "up"'))


def test_a_parent_that_is_missing_is_refused_with_the_nearest(tmp_path):
    write(tmp_path, TITLE + LAB, "parent")
    said = complaint(write(tmp_path, TITLE + 'extends = "parnet"'))
    assert "bad.toml: 'extends'" in said and "Did you mean 'parent'" in said


def test_a_long_chain_of_parents_is_refused(tmp_path):
    write(tmp_path, TITLE + LAB, "v0")
    for number in range(1, DEEPEST + 1):
        write(tmp_path, f'{TITLE}extends = "v{number - 1}"', f"v{number}")
    assert Scenario.load(tmp_path / f"v{DEEPEST - 1}.toml").labs
    assert f"more than {DEEPEST} files" in complaint(tmp_path / f"v{DEEPEST}.toml")


def test_too_many_labs_and_events_are_refused(tmp_path):
    labs = "\n".join(f'[labs.l{n}]\ntitle = "L"' for n in range(MOST_LABS + 1))
    assert f"has {MOST_LABS + 1} labs" in complaint(write(tmp_path, TITLE + labs))
    event = "[[events]]\ndate = 2022-01-01\nset = { beliefs.news = 0 }\n"
    said = complaint(write(tmp_path, TITLE + LAB + event * (MOST_EVENTS + 1)))
    assert f"has {MOST_EVENTS + 1} events" in said


EVENT = "[[events]]\ndate = 2022-{day}\nset = {{ {dial} = 0.1 }}\n"


def test_two_events_of_a_quarter_do_not_set_one_dial(tmp_path):
    march, january = (EVENT.format(day=day, dial="beliefs.news") for day in ("03-01", "01-01"))
    said = complaint(write(tmp_path, TITLE + LAB + march + january))
    assert "[[events]] 2 sets beliefs.news in 2022-Q1, and so does" in said
    assert said.count("\n") == 0


def test_an_event_of_a_variant_replaces_what_its_parents_set_in_that_quarter(tmp_path):
    both = '{ "beliefs.news" = 0.3, "demand.churn" = 0.2 }'
    march = EVENT.format(day="03-01", dial="beliefs.news")
    write(tmp_path, TITLE + LAB + f"[[events]]\ndate = 2022-03-01\nset = {both}\n", "parent")
    variant = write(tmp_path, TITLE + 'extends = "parent"\n' + march.replace("03-01", "01-01"))
    story = Scenario.load(variant)
    assert [event.changes for event in story.events] == [
        {"demand.churn": 0.2},
        {"beliefs.news": 0.1},
    ]
    again = tmp_path / "again.toml"
    again.write_text(story.text)
    assert Scenario.load(again).text == story.text


def test_events_of_a_quarter_may_set_different_dials(tmp_path):
    events = EVENT.format(day="03-01", dial="beliefs.news")
    events += EVENT.format(day="01-01", dial="demand.churn")
    events += EVENT.format(day="04-01", dial="beliefs.news")
    assert len(Scenario.load(write(tmp_path, TITLE + LAB + events)).events) == 3


def test_a_problem_of_a_parent_names_the_parents_file(tmp_path):
    write(tmp_path, TITLE + "[demand]\nchurn = 9\n" + LAB, "parent")
    said = complaint(write(tmp_path, TITLE + 'extends = "parent"'))
    assert said.startswith((tmp_path / "parent.toml").as_posix() + ": [demand] churn is 9")


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    said = complaint(
        write(
            tmp_path,
            """
        [demand]
        elasticity = 50
        elasticty = 1
        [scaling]
        onset = nan
        """,
        )
    )
    assert len(said.splitlines()) == 5  # these three, no title and no lab


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"demand.elasticty": 1.2}, ["--set: [demand] has no 'elasticty'", "'elasticity'"]),
        ({"elasticity": 1.2}, ["--set: there is no 'elasticity'"]),
        ({"labs.alhpa.cash": 1e8}, ["--set: [labs] has no 'alhpa'", "'alpha'"]),
        ({"scaling.onset": (29, 27)}, ["--set: [scaling] onset", "Swap"]),
        ({"law.compute_levy_rate": 0.1}, ["--set: [law]", "policy"]),
        ({"extends": "toy"}, ["--set", "only a file"]),
        ({"demand": 1, "demand.elasticity": 2}, ["--set", "Leave one out"]),
        ({"demand.elasticity": "1.2"}, ["--set: [demand] elasticity is '1.2', not a number"]),
        ({"end": "soon"}, ["--set: 'end': 'soon' is no date"]),
        ({"start": "2026-Q1"}, ["--set: 'start' is 2026-Q1", "2020-Q1"]),
        ({"demand.elasticity": "1,2"}, ["'1,2', not a number", "1.2"]),
        ({"demand.elasticity": [1, 2, 3]}, ["is [1, 2, 3], not a number"]),
        ({"labs.alpha.region": ["us", "china"]}, ["region is a choice"]),
        ({".".join("a" * 3000): 1}, ["--set: there is no 'a.a.a"]),
        ({".".join(["title", *"a" * 6]): 1}, ["'title' is {'a':", "not a text"]),
        ({"title": 16**5000}, ["'title' is a number of", "not a text"]),
        ({"events": "none"}, ["'events' is no list"]),
        ({"events": [{"date": "2050-Q1", "set": {"beliefs.news": 0}}]}, ["after the end"]),
        ({3: 4}, ["there is no '3'"]),
        (3, ["--set: 3 is no table"]),
        (None, ["--set: None is no table"]),
    ],
)
def test_a_bad_change_is_refused_like_a_bad_file(tmp_path, changes, words):
    toy = Scenario.load(write(tmp_path, TITLE + LAB))
    with pytest.raises(BadInput) as caught:
        toy.change(changes, where="--set")
    assert len(str(caught.value)) < 600
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", [3, None, b"x", ["continued"], 1.5])
def test_what_is_no_name_is_refused(file):
    with pytest.raises(BadInput, match="no name and no path|there is no"):
        Scenario.load(file)
    with pytest.raises(BadInput, match="no name and no path"):
        Scenario.load("continued", folder=3)


def test_a_value_that_holds_itself_is_refused(tmp_path):
    toy, round_and_round = Scenario.load(write(tmp_path, TITLE + LAB)), []
    round_and_round.append(round_and_round)
    with pytest.raises(BadInput, match="nested too deeply"):
        toy.change({"demand.elasticity": round_and_round})


def test_an_own_end_does_not_cut_what_a_parent_says_without_a_word(tmp_path):
    event = "[[events]]\ndate = 2031-01-01\nset = { beliefs.news = 0 }\n"
    write(tmp_path, TITLE + LAB + event, "parent")
    variant = write(tmp_path, TITLE + 'extends = "parent"\nend = "2030-Q4"', "variant")
    assert [event.date for event in Scenario.load(variant).late_events] == ["2031-Q1"]
    late = 'extends = "parent"\nend = "2030-Q4"\n[[events]]\ndate = 2035-01-01\n'
    said = complaint(write(tmp_path, TITLE + late + "set = { beliefs.news = 0 }"))
    assert said.count("after the end") == 1 and "2035-Q1" in said
