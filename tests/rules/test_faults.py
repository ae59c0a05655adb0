"""Faults planted in the rules are caught by the cases: otherwise a green suite would mean nothing."""

import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec
import pytest

from app.domain.cases import Case, difference, failure, uncovered
from app.domain.conditions import Condition
from app.domain.documents import Documents, read_documents
from app.domain.itemfiles import MeasurementsFile
from app.domain.references import rule_entries
from app.domain.rulebook import Rulebook, Shelf, decode
from app.domain.rulefiles import RuleEntry, RulesFile, RuleValue
from app.domain.verdicts import LEVELS
from tests.rules.book import cases, files, rulebook, vignettes

TEMPERATURE, TREND = "measurements/temperature.yaml", "trend/trend.yaml"


def caught(book: Rulebook) -> list[str]:
    """All that cases and vignettes find wrong."""
    found = [words for _, case in cases() if (words := failure(case, book))]
    found += [words for v in vignettes() if (words := difference(v, v.verdict(book)))]
    return found + uncovered([case for _, case in cases()], book)


def broken(path: str, old: str, new: str) -> Rulebook:
    content = files()[path].decode()
    assert re.search(old, content), f"{old!r} is not in {path}"
    return decode({**files(), path: re.sub(old, new, content, count=1, flags=re.DOTALL).encode()})


def test_nothing_is_caught_without_a_fault() -> None:
    assert caught(rulebook()) == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(TEMPERATURE, r'temperature_c, ">=", 38.0', 'temperature_c, ">=", 37.9', id="lowered threshold"),
        pytest.param(TEMPERATURE, r'temperature_c, ">=", 38.0', 'temperature_c, ">", 38.0', id="bound left out"),
        pytest.param("overlays/lungs.yaml", r"  - id: cough_ild_high.*", "", id="deleted rule"),
        pytest.param("symptoms/rash.yaml", r"grade_2: orange", "grade_2: yellow", id="swapped level"),
        pytest.param("symptoms/fainting.yaml", r"present: emergency", "present: red", id="no call to 15"),
        pytest.param("symptoms/diarrhoea.yaml", r"at_least: 4", "at_least: 5", id="count moved"),
        pytest.param("symptoms/fever.yaml", r"value: 38.0", "value: 37.0", id="fever without thermometer forgotten"),
        pytest.param("counts/counts.yaml", r"at_least: 2", "at_least: 3", id="count of oranges"),
        pytest.param(TREND, r"worsening_points: 2", "worsening_points: 3", id="worsening of three points"),
        pytest.param(TREND, r"persistence_within_days: 21", "persistence_within_days: 20", id="window"),
        pytest.param(TREND, r"new_or_worse_within_days: 14", "new_or_worse_within_days: 13", id="new or worse"),
        pytest.param("measurements/blood_pressure.yaml", r"hold: true", "hold: false", id="no hold"),
        pytest.param("regimens/capecitabine_mono.yaml", r"fluoropyrimidine: true, ", "", id="flag lost"),
        pytest.param("escalation/levels.yaml", r"\[missed_reports_2, not_begun_7\]", "[]", id="administrative rule"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_caught(path: str, old: str, new: str) -> None:
    assert caught(broken(path, old, new)) != []


# ------------------------------------------------------------------ one fault in each number and word of each rule


def weaker(condition: Condition) -> Iterator[Condition]:
    """The condition with one limit moved by a step, or one part left out."""
    for word in ("all", "any"):
        parts: tuple[Condition, ...] = getattr(condition, word) or ()
        newer = {part.new_or_worse for part in parts}
        for i, part in enumerate(parts):
            implied = part.grade is not None and part.grade[0] in newer and part.grade[2] == 1  # by being new or worse
            if len(parts) > 1 and not implied:
                yield msgspec.structs.replace(condition, **{word: parts[:i] + parts[i + 1 :]})
            for changed in weaker(part):
                yield msgspec.structs.replace(condition, **{word: (*parts[:i], changed, *parts[i + 1 :])})
    if condition.grade:
        symptom, op, n = condition.grade
        yield from (msgspec.structs.replace(condition, grade=(symptom, op, m)) for m in (n - 1, n + 1) if m > 0)
    if condition.m:
        measurement, op, value = condition.m
        step = next((m.step for m in rulebook().measurements.values() if m.id == measurement), 1.0)
        yield from (msgspec.structs.replace(condition, m=(measurement, op, v)) for v in (value - step, value + step))
    if condition.cycle:
        yield msgspec.structs.replace(condition, cycle=(condition.cycle[0], condition.cycle[1] + 1))
    if condition.day:
        yield msgspec.structs.replace(condition, day=(condition.day[0], condition.day[1] - 1))


def faults(rule: RuleEntry) -> Iterator[tuple[str, RuleEntry]]:
    for i, value in enumerate(rule.values):
        assert value.when is not None
        assert value.level is not None
        values: list[RuleValue] = [msgspec.structs.replace(value, when=when) for when in weaker(value.when)]
        other = LEVELS[value.level.rank - 1]
        values.append(msgspec.structs.replace(value, level=other, recipient=None))
        for changed in values:
            what = f"{rule.id}: {msgspec.json.encode(changed.when).decode()} {changed.level}"
            yield what, msgspec.structs.replace(rule, values=(*rule.values[:i], changed, *rule.values[i + 1 :]))


def with_rule(documents: Documents, file: str, rule: RuleEntry) -> Documents:
    def swapped(rules: tuple[RuleEntry, ...]) -> tuple[RuleEntry, ...]:
        return tuple(rule if r.id == rule.id else r for r in rules)

    if file in documents.rules:
        mended = {**documents.rules, file: RulesFile(swapped(documents.rules[file].rules))}
        return msgspec.structs.replace(documents, rules=mended)
    old = documents.measurements[file]
    new = MeasurementsFile(old.measurements, old.derived, swapped(old.rules))
    return msgspec.structs.replace(documents, measurements={**documents.measurements, file: new})


DOCUMENTS = read_documents(files(), [])
RULES = [(file, rule) for file, _, rule in rule_entries(DOCUMENTS)]


@pytest.mark.parametrize(("file", "rule"), [pytest.param(f, r, id=r.id) for f, r in RULES])
def test_every_limit_and_every_part_of_a_rule_is_held_by_a_case(file: str, rule: RuleEntry) -> None:
    mine: dict[str, list[Case]] = defaultdict(list)
    for _, case in cases():
        mine[case.rule].append(case)
    survivors = []
    for what, fault in faults(rule):
        shelf = Shelf(with_rule(DOCUMENTS, file, fault), "fault")
        if not any(failure(case, shelf.on(shelf.dates[-1])) for case in mine[rule.id]):
            survivors.append(what)
    assert survivors == []
