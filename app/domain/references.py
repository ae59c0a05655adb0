"""Does every id that a rule file mentions exist? Everything that does not is told at once."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import PurePosixPath
from typing import get_args

from app.domain.conditions import Condition, leaves
from app.domain.documents import RULE_FOLDERS, Documents
from app.domain.drugs import MissedReason
from app.domain.grading import GRADABLE, canonical_sha256, composite
from app.domain.itemfiles import RegimenFile
from app.domain.plausible_plans import check_drugs
from app.domain.rulefiles import RuleEntry
from app.domain.treatments import FlagValue
from app.domain.yamls import Problem


class _Everything(frozenset[str]):
    """Ids of a kind whose own file cannot be read: complaining about each mention would hide the one real error."""

    def __contains__(self, _: object) -> bool:
        return True


class _Known:
    """The ids that may be mentioned."""

    def __init__(self, documents: Documents, unread: Collection[str]) -> None:
        symptoms = documents.symptoms.values()
        folders = {file.split("/")[0] for file in unread}
        stems = {PurePosixPath(file).stem for file in unread if file.startswith("symptoms/")}
        self.symptoms = {s.id for s in symptoms if s.kind != "safety_item"} | stems
        self.yes_no = {s.id for s in symptoms if "P" in s.attributes} | stems
        files = documents.measurements.values()
        measured = {m.id for file in files for m in file.measurements}
        lost = "measurements" in folders
        self.measured = _Everything() if lost else measured
        self.values = _Everything() if lost else measured | {d.id for file in files for d in file.derived}
        vocabularies = documents.vocabulary.values()
        self.flags = {flag.id: flag.values for vocabulary in vocabularies for flag in vocabulary.flags}
        asked = {ask for vocabulary in vocabularies for ask in vocabulary.interactions}
        self.vocabulary_read = "vocabulary" not in folders
        self.interactions = asked if self.vocabulary_read else _Everything()
        regimens = {PurePosixPath(file).stem for file in unread if file.startswith("regimens/")}
        self.regimens = {r.id for r in documents.regimens.values()} | regimens
        self.rules_read = not folders & {"symptoms", "measurements", "counts", "trend", *RULE_FOLDERS}


def check_references(documents: Documents, unread: Collection[str] = ()) -> Iterator[Problem]:
    """Every id given twice, mentioned without being there, or dated twice; and a composite table that was changed.

    Ids that files which could not be read may hold are given the benefit of the doubt.
    """
    known = _Known(documents, unread)
    yield from _twice("symptom", [(file, s.id) for file, s in documents.symptoms.items()])
    yield from _twice("regimen", [(file, r.id) for file, r in documents.regimens.items()])
    measured = [(file, m.id) for file, each in documents.measurements.items() for m in each.measurements]
    yield from _twice("measurement", measured)
    yield from _twice("advice", [(file, a.id) for file, each in documents.advice.items() for a in each.advice])
    yield from _twice("rule", list(rule_ids(documents)))
    yield from _check_symptoms(documents, known)
    yield from _check_measurements(documents, known)
    for file, path, rule in rule_entries(documents):
        yield from _check_rule(file, path, rule, known)
    for file, regimen in documents.regimens.items():
        yield from _named_as_file(file, regimen.id)
        yield from _check_regimen(file, "", regimen, known)
    for file, vocabulary in documents.vocabulary.items():
        yield from _check_regimen(file, "unknown_regimen.", vocabulary.unknown_regimen, known)
    yield from _check_rest(documents, known)


def rule_entries(documents: Documents) -> Iterator[tuple[str, str, RuleEntry]]:
    """Every rule with a condition: file, path inside the file, rule."""
    for file, measurements in documents.measurements.items():
        yield from ((file, f"rules[{i}]", rule) for i, rule in enumerate(measurements.rules))
    for file, rules in documents.rules.items():
        yield from ((file, f"rules[{i}]", rule) for i, rule in enumerate(rules.rules))


def rule_ids(documents: Documents) -> Iterator[tuple[str, str]]:
    """File and id of everything that can be a reason."""
    for file, symptom in documents.symptoms.items():
        if symptom.kind == "safety_item":
            yield file, symptom.id
        elif symptom.levels:
            yield from ((file, f"{symptom.id}_g{grade}") for grade in (1, 2, 3))
    yield from ((file, rule.id) for file, _, rule in rule_entries(documents))
    yield from ((file, rule.id) for file, each in documents.counts.items() for rule in each.rules)
    yield from ((file, rule.id) for file, each in documents.trend.items() for rule in each.rules)


def _twice(noun: str, ids: list[tuple[str, str]]) -> Iterator[Problem]:
    count = Counter(id_ for _, id_ in ids)
    for file, id_ in ids:
        if count[id_] > 1:
            others = sorted({f for f, i in ids if i == id_} - {file}) or ["this file, twice"]
            yield Problem(file, "id", f"the {noun} `{id_}` is also in {', '.join(others)}", f"id: {id_}_2")


def _named_as_file(file: str, id_: str) -> Iterator[Problem]:
    if PurePosixPath(file).stem != id_:
        yield Problem(file, "id", f"the file is called {PurePosixPath(file).name} but the id is `{id_}`", f"{id_}.yaml")


def _same_day(file: str, path: str, days: Iterable[tuple[date, str]]) -> Iterator[Problem]:
    for (day, what), times in Counter(days).items():
        if times > 1:
            text = f"two values{what} are in force from {day}: give the new one its own date"
            yield Problem(file, path, text, "from: 2027-01-01")


def _unknown(file: str, path: str, noun: str, id_: str, known: Collection[str]) -> Iterator[Problem]:
    if id_ not in known:
        choices = sorted(known)
        near = difflib.get_close_matches(id_, choices, 1) or choices[:1]
        yield Problem(file, path, f"there is no {noun} `{id_}`", near[0] if near else "")


def _check_symptoms(documents: Documents, known: _Known) -> Iterator[Problem]:
    for file, symptom in documents.symptoms.items():
        yield from _named_as_file(file, symptom.id)
        yield from _same_day(file, "levels", [(v.since, "") for v in symptom.levels])
        if symptom.codes.pro_ctcae and len(symptom.codes.pro_ctcae) != len(symptom.attributes):
            text = (
                f"{len(symptom.attributes)} attributes but {len(symptom.codes.pro_ctcae)} item codes, in the same order"
            )
            yield Problem(file, "codes.pro_ctcae", text, "[PROCTCAE_9A_SCL, PROCTCAE_9B_SCL]")
        if (letters := "".join(symptom.attributes)) not in GRADABLE:
            text = f"there is no composite table for the attributes {letters}, in this order"
            yield Problem(file, "attributes", text, "[F, S, I]")
        if symptom.measurement:
            yield from _unknown(file, "measurement", "measurement", symptom.measurement, known.measured)
        if rule := symptom.grade_from:
            yield from _unknown(file, "grade_from.measurement", "measurement", rule.measurement, known.values)
            limits = [row.at_least for row in rule.rows]
            if limits != sorted(limits, reverse=True):
                text = "the rows go from the highest value down: the first row reached wins"
                yield Problem(file, "grade_from.rows", text, "[{at_least: 7, grade: 3}, {at_least: 4, grade: 2}]")
        if symptom.assumed:
            yield from _unknown(file, "assumed.measurement", "measurement", symptom.assumed.measurement, known.measured)


def _check_measurements(documents: Documents, known: _Known) -> Iterator[Problem]:
    for file, each in documents.measurements.items():
        for i, measurement in enumerate(each.measurements):
            low, high = measurement.plausible
            if low >= high or measurement.step <= 0:
                text = "the plausible range goes from low to high, in steps above 0"
                yield Problem(file, f"measurements[{i}].plausible", text, "[30.0, 43.0]")
        for i, derived in enumerate(each.derived):
            path = f"derived[{i}].measurement"
            yield from _unknown(file, path, "measurement", derived.measurement, known.measured)


def _check_rule(file: str, path: str, rule: RuleEntry, known: _Known) -> Iterator[Problem]:
    keys = [
        (v.since, f" of `{rule.id}`" + (f" on {v.symptom}" if v.symptom else "") + f" {v.level}") for v in rule.values
    ]
    yield from _same_day(file, f"{path}.values", keys)
    for i, value in enumerate(rule.values):
        here = f"{path}.values[{i}]"
        if value.symptom:
            yield from _unknown(file, f"{here}.symptom", "symptom", value.symptom, known.symptoms)
        if value.when:
            yield from _check_condition(file, f"{here}.when", value.when, known)


def _check_condition(file: str, path: str, condition: Condition, known: _Known) -> Iterator[Problem]:
    for c in leaves(condition):
        if c.grade:
            yield from _unknown(file, path, "symptom", c.grade[0], known.symptoms)
            if not 0 <= c.grade[2] <= 3:
                yield Problem(file, path, f"grades go from 0 to 3, not {c.grade[2]}", '{grade: [cough, ">=", 2]}')
        elif c.new_or_worse:
            yield from _unknown(file, path, "symptom", c.new_or_worse, known.symptoms)
        elif c.present:
            yield from _unknown(file, path, "yes/no item", c.present, known.yes_no)
        elif c.m:
            yield from _unknown(file, path, "measurement", c.m[0], known.values)
        elif c.flag and known.vocabulary_read:
            name, *values = (c.flag,) if isinstance(c.flag, str) else c.flag
            yield from _unknown(file, path, "flag", name, known.flags)
            for value in values:
                yield from _unknown(file, path, f"value of the flag {name}", value, known.flags.get(name, ()))
            if not values and known.flags.get(name):
                text = f"the flag {name} has values: say which ones count"
                yield Problem(file, path, text, f"{{flag: [{name}, {known.flags[name][-1]}]}}")
        elif c.regimen_level is not None and c.regimen_level not in (1, 2):
            yield Problem(file, path, f"a regimen has level 1 or 2, not {c.regimen_level}", "{regimen_level: 2}")


def _check_regimen(file: str, path: str, regimen: RegimenFile, known: _Known) -> Iterator[Problem]:
    yield from _same_day(file, f"{path}values", [(v.since, "") for v in regimen.values])
    for i, value in enumerate(regimen.values):
        for name, given in value.flags.items() if known.vocabulary_read else ():
            here = f"{path}values[{i}].flags.{name}"
            yield from _unknown(file, here, "flag", name, known.flags)
            yield from _check_flag(file, here, name, given, known)
        yield from check_drugs(file, f"{path}values[{i}]", value)
        for j, id_ in enumerate(value.partners):
            yield from _unknown(file, f"{path}values[{i}].partners[{j}]", "regimen", id_, known.regimens)
        for j, condition in enumerate(value.hold_on):
            yield from _check_condition(file, f"{path}values[{i}].hold_on[{j}]", condition, known)
    for i, rule in enumerate(regimen.dose_rules):
        for j, suggestion in enumerate(rule.suggests):
            for id_ in suggestion.symptoms:
                yield from _unknown(
                    file, f"{path}dose_rules[{i}].suggests[{j}].symptoms", "symptom", id_, known.symptoms
                )
    for i, interaction in enumerate(regimen.interactions):
        yield from _unknown(file, f"{path}interactions[{i}].ask", "question", interaction.ask, known.interactions)


def _check_flag(file: str, path: str, name: str, given: FlagValue, known: _Known) -> Iterator[Problem]:
    choices = known.flags.get(name)
    if choices and given not in choices:
        yield Problem(file, path, f"`{given}` is not a value of the flag {name}", choices[0])
    if choices == () and not isinstance(given, bool):
        yield Problem(file, path, f"the flag {name} is yes or no, not `{given}`", "true")


def _check_rest(documents: Documents, known: _Known) -> Iterator[Problem]:
    codes = {code for symptom in documents.symptoms.values() for code in symptom.codes.pro_ctcae}
    for file, wording in documents.wording.items():
        for code in wording.questions:
            yield from _unknown(file, "questions", "item code", code, codes)
    yield from _twice("wording of", [(file, code) for file, w in documents.wording.items() for code in w.questions])
    for file, each in documents.advice.items():
        for i, advice in enumerate(each.advice):
            for word in ("when", "unless"):
                if condition := getattr(advice, word):
                    yield from _check_condition(file, f"advice[{i}].{word}", condition, known)
    for file, counts in documents.counts.items():
        for i, rule in enumerate(counts.rules):
            yield from _same_day(file, f"rules[{i}].values", [(v.since, "") for v in rule.values])
    for file, trend in documents.trend.items():
        yield from _same_day(file, "values", [(v.since, "") for v in trend.values])
    reasons = {id_ for _, id_ in rule_ids(documents)}
    for file, levels in documents.levels.items():
        yield from _same_day(file, "values", [(v.since, "") for v in levels.values])
        for i, value in enumerate(levels.values):
            for id_ in value.administrative_rules if known.rules_read else ():
                yield from _unknown(file, f"values[{i}].administrative_rules", "rule", id_, reasons)
            for id_ in sorted(value.by_reason.rules) if known.rules_read else ():
                yield from _unknown(file, f"values[{i}].by_reason.rules", "rule", id_, reasons)
            for word in ("nursing", "administrative"):
                for id_ in sorted(getattr(value.by_reason, word)):
                    yield from _unknown(file, f"values[{i}].by_reason.{word}", "reason", id_, get_args(MissedReason))
    either = known.measured if isinstance(known.measured, _Everything) else known.measured | known.symptoms
    for file, questionnaire in documents.questionnaire.items():
        for id_ in questionnaire.core:
            yield from _unknown(file, "core", "symptom", id_, known.symptoms)
        for flag, ids in questionnaire.by_flag.items():
            if known.vocabulary_read:
                yield from _unknown(file, "by_flag", "flag", flag, known.flags)
            for id_ in ids:
                yield from _unknown(file, f"by_flag.{flag}", "symptom or measurement", id_, either)
        for id_ in questionnaire.always_measured:
            yield from _unknown(file, "always_measured", "measurement", id_, known.measured)
    for file, table in documents.composite.items():
        if (found := canonical_sha256(composite(table.tables))) != table.canonical_sha256:
            yield Problem(file, "tables", f"these are not the published 215 cells (sha256 {found})")
