"""The rulebook as one JSON document: the phone judges by it when there is no network.

The phone's evaluator (app/web/src/shared/triage) reads exactly this, and the same cases run on both.
"""

import msgspec

from app.domain.conditions import Condition
from app.domain.itemfiles import Assumed, Derived, GradeFrom, RegimenValue
from app.domain.rulebook import Rulebook
from app.domain.rulefiles import ByReason, Outcome, TrendValue
from app.domain.rules import in_force
from app.domain.texts import Text
from app.domain.treatments import FlagValue
from app.domain.verdicts import TriageLevel

FORMAT = 1


class CompiledEffect(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a grade or a yes gives."""

    id: str
    level: TriageLevel
    emergency: bool = False


class CompiledRule(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A rule with its condition."""

    id: str
    level: TriageLevel
    when: Condition
    symptom: str | None = None
    emergency: bool = False
    hold: bool = False


class CompiledSymptom(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A symptom: `letters` are its attributes in order, `effects` what grades 1 to 3 (or a yes) give."""

    kind: str
    title: Text
    letters: str
    effects: tuple[CompiledEffect, ...] = ()
    adjustable: bool = False
    grade_from: GradeFrom | None = None
    assumed: Assumed | None = None


class CompiledCount(msgspec.Struct, frozen=True):
    """A rule that counts symptoms."""

    id: str
    at_least: int
    among: str
    reached: TriageLevel
    level: TriageLevel


class CompiledRegimen(msgspec.Struct, frozen=True):
    """What conditions may ask about a regimen."""

    level: int
    flags: dict[str, FlagValue]
    over_adherence_class: str
    hold_on: tuple[Condition, ...]


class CompiledAdvice(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One piece of advice, in the order of the list."""

    id: str
    title: Text
    body: Text
    when: Condition | None = None
    unless: Condition | None = None
    only_with: str | None = None
    in_emergency: bool = False


class CompiledRulebook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in force on one day."""

    format: int
    version: str
    awaiting_signature: bool
    statement: Text
    tables: dict[str, tuple[int, ...]]
    symptoms: dict[str, CompiledSymptom]
    derived: tuple[Derived, ...]
    rules: tuple[CompiledRule, ...]
    counts: tuple[CompiledCount, ...]
    trend: TrendValue
    administrative_rules: tuple[str, ...]
    by_reason: ByReason
    levels: dict[str, Outcome]
    regimens: dict[str, CompiledRegimen]
    unknown_regimen: CompiledRegimen
    advice: tuple[CompiledAdvice, ...]
    titles: dict[str, Text]


def compiled(rulebook: Rulebook, regimen: str | None = None) -> CompiledRulebook:
    """The whole rulebook, or only what one regimen needs."""
    wanted = rulebook.regimens if regimen is None else {regimen: None} if regimen in rulebook.regimens else {}
    return CompiledRulebook(
        format=FORMAT,
        version=rulebook.version,
        awaiting_signature=rulebook.awaiting_signature,
        statement=rulebook.statement,
        tables=rulebook.grader.composite.flat,
        symptoms={id_: _symptom(id_, rulebook) for id_ in rulebook.symptoms},
        derived=rulebook.derived,
        rules=tuple(
            CompiledRule(
                id=rule.id,
                level=value.level,
                when=value.when,
                symptom=value.symptom,
                emergency=value.recipient == "emergency",
                hold=value.hold,
            )
            for rule in rulebook.rules.values()
            for value in rule.values
            if value.when is not None and value.level is not None
        ),
        counts=tuple(
            CompiledCount(c.id, c.value.at_least, c.value.among, c.value.reached, c.value.level)
            for c in rulebook.counts
        ),
        trend=rulebook.trend,
        administrative_rules=tuple(sorted(rulebook.administrative_rules)),
        by_reason=rulebook.by_reason,
        levels=rulebook.levels,
        regimens={id_: _regimen(id_, rulebook) for id_ in wanted},
        unknown_regimen=_regimen("", rulebook),
        advice=tuple(
            CompiledAdvice(
                id=a.id,
                title=a.title,
                body=a.body,
                when=a.when,
                unless=a.unless,
                only_with=a.only_with,
                in_emergency=a.in_emergency,
            )
            for a in rulebook.advice.values()
        ),
        titles={id_: rule.title for id_, rule in rulebook.rules.items()},
    )


def document(rulebook: Rulebook, regimen: str | None = None) -> bytes:
    """The compiled rulebook as JSON, the same bytes for the same rules."""
    return msgspec.json.encode(compiled(rulebook, regimen), order="deterministic")


def _symptom(id_: str, rulebook: Rulebook) -> CompiledSymptom:
    symptom = rulebook.symptoms[id_]
    effects = rulebook.base.get(id_) or ((rulebook.safety[id_],) if id_ in rulebook.safety else ())
    return CompiledSymptom(
        kind=symptom.kind,
        title=symptom.title,
        letters="".join(symptom.attributes),
        effects=tuple(CompiledEffect(e.fired.id, e.fired.level, e.emergency) for e in effects),
        adjustable=symptom.baseline_adjustable,
        grade_from=symptom.grade_from,
        assumed=symptom.assumed,
    )


def _regimen(id_: str, rulebook: Rulebook) -> CompiledRegimen:
    regimen = rulebook.regimen(id_)
    values: tuple[RegimenValue, ...] = ()
    if id_ in rulebook.regimen_files:
        values = in_force(rulebook.regimen_files[id_].values, rulebook.in_force_from)
    return CompiledRegimen(
        level=regimen.level,
        flags=regimen.flags,
        over_adherence_class=regimen.over_adherence_class,
        hold_on=values[0].hold_on if values else (),
    )
