"""One rule: its card, its effect, and its condition compiled for a regimen."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

import msgspec

from app.domain.conditions import Condition, Test, Traits, compile_condition
from app.domain.documents import RULE_FOLDERS, Documents
from app.domain.itemfiles import Flag, RegimenFile, SymptomFile
from app.domain.rulefiles import AdviceEntry, BaseLevel, CountValue, Dated, Family, RuleEntry, RuleValue, Sourced
from app.domain.texts import Text
from app.domain.treatments import Regimen
from app.domain.verdicts import LEVELS, Fired, TriageLevel

D = TypeVar("D", bound=Dated)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that can be a reason, with where it comes from. `values` is empty when the family says the condition."""

    id: str
    title: Text
    family: Family
    file: str
    source: str
    evidence: tuple[str, ...]
    owner: str
    review_by: date
    symptom: str | None = None
    values: tuple[RuleValue, ...] = ()


class Effect(msgspec.Struct, frozen=True):
    """What a rule asks for when it speaks; `rank` is the level as a number, 0 green to 3 red."""

    fired: Fired
    rank: int
    emergency: bool = False
    hold: bool = False


class Spoken(msgspec.Struct, frozen=True):
    """A rule compiled for one regimen."""

    test: Test
    effect: Effect


class Program(msgspec.Struct, frozen=True):
    """All conditions compiled for one regimen, whose flags are settled once."""

    regimen: Regimen
    on_symptoms: tuple[Spoken, ...]
    on_report: tuple[Spoken, ...]
    hold_on: tuple[Test, ...]
    advice: tuple[tuple[AdviceEntry, Test, Test], ...]


class Count(msgspec.Struct, frozen=True):
    """A rule that counts symptoms."""

    id: str
    value: CountValue


def in_force(values: Iterable[D], day: date) -> tuple[D, ...]:
    """The values of the latest date that is not after `day`."""
    begun = [v for v in values if v.since <= day]
    latest = max((v.since for v in begun), default=None)
    return tuple(v for v in begun if v.since == latest)


def base_effects(symptom: SymptomFile, day: date) -> tuple[Effect, ...]:
    """What grades 1 to 3 give, or a yes to a safety item; empty when nothing is in force."""
    ids = [symptom.id] if symptom.kind == "safety_item" else [f"{symptom.id}_g{n}" for n in (1, 2, 3)]
    given: tuple[BaseLevel, ...] = next((v.by_grade() for v in in_force(symptom.levels, day)), ())
    effects = []
    for id_, word in zip(ids, given, strict=False):
        level = TriageLevel.RED if word == "emergency" else TriageLevel(word)
        effects.append(Effect(Fired(id_, level, symptom.id), level.rank, word == "emergency"))
    return tuple(effects)


def cards(documents: Documents, day: date) -> Iterable[Rule]:
    """A card for every id that can be a reason."""
    for file, symptom in documents.symptoms.items():
        if symptom.kind == "safety_item":
            yield _card(symptom, symptom.id, symptom.title, "safety", file, symptom.id)
        elif symptom.levels:
            for n in (1, 2, 3):
                title = Text(f"{symptom.title.fr}, grade {n}", f"{symptom.title.en}, grade {n}")
                yield _card(symptom, f"{symptom.id}_g{n}", title, "symptom", file, symptom.id)
    for file, measurements in documents.measurements.items():
        yield from (_entry_card(rule, "measurement", file, day) for rule in measurements.rules)
    for file, rules in documents.rules.items():
        family = RULE_FOLDERS[file.split("/")[0]]
        yield from (_entry_card(rule, family, file, day) for rule in rules.rules)
    for file, counts in documents.counts.items():
        yield from (_card(rule, rule.id, rule.title, "count", file) for rule in counts.rules)
    for file, trend in documents.trend.items():
        yield from (_card(rule, rule.id, rule.title, "trend", file) for rule in trend.rules)


def _entry_card(rule: RuleEntry, family: Family, file: str, day: date) -> Rule:
    values = tuple(v for v in in_force(rule.values, day) if not v.withdrawn)
    return _card(rule, rule.id, rule.title, family, file, values=values)


def _card(
    sourced: Sourced,
    id_: str,
    title: Text,
    family: Family,
    file: str,
    symptom: str | None = None,
    values: tuple[RuleValue, ...] = (),
) -> Rule:
    return Rule(
        id=id_,
        title=title,
        family=family,
        file=file,
        source=sourced.source,
        evidence=sourced.evidence,
        owner=sourced.owner,
        review_by=sourced.review_by,
        symptom=symptom,
        values=values,
    )


def regimen_on(file: RegimenFile, day: date, flags: Mapping[str, Flag]) -> tuple[Regimen, tuple[Condition, ...]]:
    """A regimen with a value for every flag, and the conditions under which its next dose waits."""
    value = (in_force(file.values, day) or file.values[:1])[0]
    defaults = {flag.id: flag.values[0] if flag.values else False for flag in flags.values()}
    regimen = Regimen(
        id=file.id,
        title=file.title,
        inn=file.inn,
        level=value.level,
        flags={**defaults, **value.flags},
        over_adherence_class=value.over_adherence_class,
        schedule=value.schedule,
        intake=file.intake,
        incidence=file.incidence,
        interactions=file.interactions,
        special=file.special,
        dose_rules=file.dose_rules,
        drugs=value.drugs,
        partners=value.partners,
        evidence=dict(file.evidence),
    )
    return regimen, value.hold_on


def compile_program(
    regimen: Regimen, hold_on: tuple[Condition, ...], rules: Mapping[str, Rule], advice: Iterable[AdviceEntry]
) -> Program:
    """Compile every rule for one regimen; rules that its flags rule out are left out."""
    traits = Traits(regimen.flags, regimen.level, regimen.over_adherence_class)
    on_symptoms: list[Spoken] = []
    on_report: list[Spoken] = []
    for rule in rules.values():
        for value in rule.values:
            if value.when is None or value.level is None:
                continue
            test = compile_condition(value.when, traits)
            if test is False:
                continue
            effect = Effect(
                Fired(rule.id, value.level, value.symptom),
                LEVELS.index(value.level),
                value.recipient == "emergency",
                value.hold,
            )
            (on_symptoms if value.symptom else on_report).append(Spoken(_as_test(test), effect))
    return Program(
        regimen=regimen,
        on_symptoms=tuple(on_symptoms),
        on_report=tuple(on_report),
        hold_on=tuple(_as_test(compile_condition(c, traits)) for c in hold_on),
        advice=tuple((a, _test_of(a.when, traits, True), _test_of(a.unless, traits, False)) for a in advice),
    )


def _test_of(condition: Condition | None, traits: Traits, default: bool) -> Test:
    return _as_test(default if condition is None else compile_condition(condition, traits))


def _as_test(test: Test | bool) -> Test:
    if isinstance(test, bool):
        return (lambda _: True) if test else (lambda _: False)
    return test
