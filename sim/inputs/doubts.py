"""What may be used as it is said, but is hardly meant so: to be said aloud before a run."""

from __future__ import annotations

from collections.abc import Sequence

from sim.dates import quarter_index, quarter_label
from sim.errors import cut, plain
from sim.inputs.draft import END
from sim.inputs.policy import LAWS, Policy
from sim.inputs.scenario import Scenario
from sim.inputs.setting import DEFAULT
from sim.parameters import LAB_FIELDS

MOST_NAMES = 6  # in one sentence
LONG_AGO = 80  # quarters before the start: 1902 for 2020, and not the year a lab was founded
ALL_OF_IT = 1.0  # a levy of so much doubles what training costs; a per cent may have been meant


def doubts(scenario: Scenario, policy: Policy) -> list[str]:
    """A sentence for each: laws and events out of the run's time, odd rates, a calibration left."""
    return doubts_of([scenario], [policy])


def doubts_of(scenarios: Sequence[Scenario], policies: Sequence[Policy]) -> list[str]:
    """The same of several: what each leaves in doubt, and each policy in each scenario."""
    found = [doubt for scenario in scenarios for doubt in doubts_of_scenario(scenario)]
    found += [doubt for policy in policies for doubt in doubts_of_policy(policy)]
    for scenario in scenarios:
        for policy in policies:
            found += _laws_out_of_time(scenario, policy)
    return found


def doubts_of_scenario(scenario: Scenario) -> list[str]:
    """What a scenario alone leaves in doubt."""
    found = []
    if late := scenario.late_events:
        dates = _some([event.date for event in late])
        found.append(
            f"{scenario.name}: events of {dates} come after the end {scenario.end} of the run: "
            "they change nothing."
        )
    found += _labs_out_of_time(scenario)
    if scenario.calibration and (gone := scenario.left_calibration):
        found.append(
            f"{scenario.name}: {_some(list(gone))}: said otherwise in {_some(_places(gone))}, and "
            f"so out of the calibration {scenario.calibration.name}; the other dials keep what "
            "the record says of them."
        )
    return found


def doubts_of_policy(policy: Policy) -> list[str]:
    """What a policy alone leaves in doubt."""
    found = []
    for law, dated in policy.laws.items():
        for quarter, change in dated.items():
            if LAWS[law].unit.startswith("share of") and float(change.value) >= ALL_OF_IT:
                found.append(
                    f"{change.where} {quarter_label(quarter)} is {plain(float(change.value))}, "
                    f"which is {plain(100.0 * float(change.value))} %. "
                    f"If you meant per cent, write {plain(float(change.value) / 100.0)}."
                )
    return found


def _labs_out_of_time(scenario: Scenario) -> list[str]:
    """Dates of labs that may be a slip; not those that a run cut short does not reach."""
    start = quarter_index(scenario.start)
    end = max(quarter_index(scenario.end), quarter_index(END))
    late, early = [], []
    for lab, fields in scenario.labs.items():
        for name, setting in fields.items():
            if LAB_FIELDS[name].kind == "date":
                said = f"labs.{lab}.{name} = {setting.value}"
                quarter = quarter_index(str(setting.value))
                late += [said] if quarter > end else []
                early += [said] if quarter < start - LONG_AGO else []
    found = []
    if late:
        found.append(
            f"{scenario.name}: {_some(late)}: after the end {scenario.end} of the run, which does "
            "not see it."
        )
    if early:
        found.append(
            f"{scenario.name}: {_some(early)}: long before the start {scenario.start} of the run. "
            "If that is no slip, nothing is wrong."
        )
    return found


def _laws_out_of_time(scenario: Scenario, policy: Policy) -> list[str]:
    start, end = quarter_index(scenario.start), quarter_index(scenario.end)
    found = []
    for dated in policy.laws.values():
        place = next(iter(dated.values())).where
        late = sorted(quarter for quarter in dated if quarter > end)
        early = sorted(quarter for quarter in dated if quarter < start)
        if len(late) == len(dated):
            found.append(
                f"{place}: never comes into force: its first date is {quarter_label(late[0])}, and "
                f"{scenario.name} ends with {scenario.end}. Date it earlier, or run for longer."
            )
        elif late:
            dates = _some([quarter_label(quarter) for quarter in late])
            found.append(
                f"{place}: what is dated {dates} comes after the end {scenario.end} of "
                f"{scenario.name}: it changes nothing."
            )
        if early:
            dates = _some([quarter_label(quarter) for quarter in early])
            found.append(
                f"{place}: {dates} is before the start {scenario.start} of {scenario.name}: the "
                "last of them is in force from the first quarter."
            )
    return found


def _places(settings: dict[str, str]) -> list[str]:
    places = dict.fromkeys(settings.values())
    return ["the defaults" if place == DEFAULT else place for place in places]


def _some(names: list[str]) -> str:
    """The first few names, and how many more."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(cut(name, 80) for name in names[:MOST_NAMES]) + more
