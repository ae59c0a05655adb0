"""The rulebook as pages that a clinician reads: one per symptom and per regimen, every rule in words, with its source and review date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from msgspec import Struct

from app.domain.conditions import Condition, Traits, leaves, settled
from app.domain.dose_pages import AdaptingRule, RegimenDoses, adapting, doses_of
from app.domain.itemfiles import RegimenFile, SymptomFile
from app.domain.phrases import LEVEL_WORDS, say
from app.domain.policies import PolicyEntry, PolicyValue
from app.domain.rulebook import Rulebook
from app.domain.rulefiles import TrendValue
from app.domain.rules import Rule
from app.domain.texts import Text
from app.domain.treatments import IntakeTexts, Regimen
from app.domain.verdicts import TriageLevel


class Provenance(Struct, frozen=True):
    """Where a statement comes from, who answers for it, until when it holds unreviewed."""

    source: str
    evidence: list[str]
    owner: str
    review_by: date
    overdue: bool


class ValuePage(Struct, frozen=True):
    """A dated value of a rule: from which day, when it speaks, what it asks for."""

    since: date
    when: Text | None
    level: str | None
    emergency: bool
    hold: bool
    symptom: str | None


class RulePage(Struct, frozen=True):
    """One rule."""

    id: str
    title: Text
    family: str
    symptom: str | None
    values: list[ValuePage]
    provenance: Provenance


class AskedPage(Struct, frozen=True):
    """One question of a symptom."""

    attribute: str
    question: Text


class SymptomPage(Struct, frozen=True):
    """One symptom: how it is asked, what the grades look like, what each grade gives, which rules look at it."""

    id: str
    title: Text
    kind: str
    asked: list[AskedPage]
    looks_like: list[Text | None]
    levels: list[str]
    measurement: Text | None
    baseline_adjustable: bool
    codes: list[str]
    rules: list[str]
    advice: list[Text]
    note: str | None
    provenance: Provenance


class InteractionPage(Struct, frozen=True):
    """Something to ask the patient about."""

    question: Text
    severity: str
    note: str | None


class RegimenPage(Struct, frozen=True):
    """One regimen: what it is, what to watch, the rules it calls up, what the patient does about a missed or doubled dose."""

    id: str
    title: Text
    inn: list[str]
    level: int
    drug_class: str | None
    used_for: list[str]
    flags: list[Text]
    over_adherence_class: str
    schedule: Text | None
    intake: IntakeTexts | None
    interactions: list[InteractionPage]
    special: list[Text]
    doses: RegimenDoses
    dose_rules: list[AdaptingRule]
    rules: list[str]
    checked: dict[str, str]
    source: str
    owner: str
    review_by: date
    overdue: bool


class PolicyPage(Struct, frozen=True):
    """One escalation policy: its value of each day, the latest last."""

    id: str
    title: Text
    values: list[PolicyValue]
    provenance: Provenance


class RulebookPages(Struct, frozen=True):
    """Everything in force on a day, to be read and searched."""

    version: str
    in_force_from: date
    editions: list[date]
    title: Text
    statement: Text
    awaiting_signature: bool
    symptoms: list[SymptomPage]
    regimens: list[RegimenPage]
    rules: list[RulePage]
    policies: list[PolicyPage]


def pages(rulebook: Rulebook, today: date) -> RulebookPages:
    """The rulebook in force, in words; a review whose day has passed is marked overdue."""
    return RulebookPages(
        version=rulebook.version,
        in_force_from=rulebook.in_force_from,
        editions=list(rulebook.shelf.dates),
        title=rulebook.title,
        statement=rulebook.statement,
        awaiting_signature=rulebook.awaiting_signature,
        symptoms=[_symptom(s, rulebook, today) for s in rulebook.symptoms.values()],
        regimens=[_regimen(r, rulebook, today) for r in rulebook.regimen_files.values() if r.id in rulebook.regimens],
        rules=[_rule(r, rulebook, today) for r in rulebook.rules.values()],
        policies=[_policy(p, today) for p in rulebook.policies.entries],
    )


def both(condition: Condition, rulebook: Rulebook) -> Text:
    """A condition in words."""
    return Text(say(condition, rulebook, "fr"), say(condition, rulebook, "en"))


def _policy(policy: PolicyEntry, today: date) -> PolicyPage:
    return PolicyPage(
        id=policy.id,
        title=policy.title,
        values=sorted(policy.values, key=lambda value: value.since),
        provenance=Provenance(
            policy.source, list(policy.evidence), policy.owner, policy.review_by, policy.review_by < today
        ),
    )


def _rule(rule: Rule, rulebook: Rulebook, today: date) -> RulePage:
    return RulePage(
        id=rule.id,
        title=rule.title,
        family=rule.family,
        symptom=rule.symptom,
        values=list(_values(rule, rulebook)),
        provenance=Provenance(rule.source, list(rule.evidence), rule.owner, rule.review_by, rule.review_by < today),
    )


def _values(rule: Rule, rulebook: Rulebook) -> Iterator[ValuePage]:
    """The dated values of a rule; rules that count or compare say their condition themselves."""
    for v in rule.values:
        yield ValuePage(
            since=v.since,
            when=both(v.when, rulebook) if v.when else None,
            level=v.level.value if v.level else None,
            emergency=v.recipient == "emergency",
            hold=v.hold,
            symptom=v.symptom,
        )
    for count in rulebook.counts:
        if count.id == rule.id:
            c = count.value
            risky = Text("à haut risque ", "high-risk ") if c.among == "high_risk" else Text("", "")
            when = Text(
                f"au moins {c.at_least} symptômes {risky.fr}différents au niveau {LEVEL_WORDS[c.reached].fr} ou plus",
                f"at least {c.at_least} different {risky.en}symptoms at {LEVEL_WORDS[c.reached].en} or above",
            )
            yield ValuePage(c.since, when, c.level.value, False, False, None)
    if rule.id in _TRENDS:
        when, level = _TRENDS[rule.id](rulebook.trend)
        yield ValuePage(rulebook.trend.since, when, level and level.value, False, False, None)


def _worsening(t: TrendValue) -> tuple[Text, TriageLevel | None]:
    top = LEVEL_WORDS[t.worsening_never_above]
    return Text(
        f"une réponse a monté d'au moins {t.worsening_points} points depuis le point précédent, s'il date d'au plus "
        f"{t.worsening_within_days:g} jours : le symptôme monte d'un cran, jamais au-dessus de {top.fr}",
        f"an answer rose by {t.worsening_points} points or more since the report before, if that is at most "
        f"{t.worsening_within_days:g} days old: the symptom goes up one step, never above {top.en}",
    ), t.worsening_never_above


def _persistence(t: TrendValue) -> tuple[Text, TriageLevel | None]:
    return _lasting(t.persistence_grade, t.persistence_within_days, Text("", "")), t.persistence_level


def _persistence_high(t: TrendValue) -> tuple[Text, TriageLevel | None]:
    risky = Text("symptôme à haut risque, ", "high-risk symptom, ")
    return _lasting(t.persistence_grade, t.persistence_high_within_days, risky), t.persistence_high_level


def _lasting(grade: int, days: float, who: Text) -> Text:
    return Text(
        f"{who.fr}grade ≥ {grade} aujourd'hui et aux deux points précédents, tous deux d'au plus {days:g} jours",
        f"{who.en}grade ≥ {grade} today and in the two reports before, both at most {days:g} days old",
    )


def _baseline(_: TrendValue) -> tuple[Text, TriageLevel | None]:
    return Text(
        "le symptôme est comme avant le traitement, ne s'est pas aggravé, et aucune règle du médicament ne le vise : "
        "il descend d'un cran (jamais depuis rouge)",
        "the symptom is as it was before the treatment, has not worsened, and no rule of the drug looks at it: "
        "it goes down one step (never from red)",
    ), None


_TRENDS: dict[str, Callable[[TrendValue], tuple[Text, TriageLevel | None]]] = {
    "worsening_2_points": _worsening,
    "persistence": _persistence,
    "persistence_high": _persistence_high,
    "baseline_stable": _baseline,
}


def _symptom(symptom: SymptomFile, rulebook: Rulebook, today: date) -> SymptomPage:
    given = rulebook.base.get(symptom.id) or ((rulebook.safety[symptom.id],) if symptom.id in rulebook.safety else ())
    measured = rulebook.measurements.get(symptom.measurement or "")
    look = symptom.looks_like
    c = symptom.codes
    return SymptomPage(
        id=symptom.id,
        title=symptom.title,
        kind=symptom.kind,
        asked=[AskedPage(a, symptom.questions[a]) for a in symptom.attributes],
        looks_like=[look.grade_1, look.grade_2, look.grade_3],
        levels=["emergency" if effect.emergency else effect.fired.level.value for effect in given],
        measurement=measured.title if measured else None,
        baseline_adjustable=symptom.baseline_adjustable,
        codes=[*c.pro_ctcae, *(f"CTCAE v5 {c.ctcae_v5}" for _ in "." if c.ctcae_v5)],
        rules=[rule.id for rule in rulebook.rules.values() if symptom.id in set(_symptoms_of(rule))],
        advice=[a.body for a in rulebook.advice.values() if a.when and symptom.id in set(_symptoms_in(a.when))],
        note=symptom.note,
        provenance=Provenance(
            symptom.source, list(symptom.evidence), symptom.owner, symptom.review_by, symptom.review_by < today
        ),
    )


def _symptoms_of(rule: Rule) -> Iterator[str]:
    """Every symptom a rule raises or looks at."""
    if rule.symptom:
        yield rule.symptom
    for value in rule.values:
        if value.symptom:
            yield value.symptom
        if value.when:
            yield from _symptoms_in(value.when)


def _symptoms_in(condition: Condition) -> Iterator[str]:
    for leaf in leaves(condition):
        yield from filter(None, (leaf.grade and leaf.grade[0], leaf.present, leaf.new_or_worse))


def _calls_up(regimen: Regimen, rule: Rule) -> bool:
    """Whether a rule asks about the regimen and this one answers yes."""
    traits = Traits(regimen.flags, regimen.level, regimen.over_adherence_class)
    return any(
        settled(leaf, traits)
        for value in rule.values
        if value.when
        for leaf in leaves(value.when)
        if leaf.flag is not None or leaf.over_adherence_class is not None
    )


def _regimen(file: RegimenFile, rulebook: Rulebook, today: date) -> RegimenPage:
    regimen = rulebook.regimens[file.id]
    return RegimenPage(
        id=file.id,
        title=file.title,
        inn=list(file.inn),
        level=regimen.level,
        drug_class=file.drug_class,
        used_for=list(file.used_for),
        flags=[_flag(name, value, rulebook) for name, value in regimen.flags.items() if value not in (False, "low")],
        over_adherence_class=regimen.over_adherence_class,
        schedule=_schedule(file, rulebook),
        intake=file.intake,
        interactions=[
            InteractionPage(rulebook.interactions[i.ask], i.severity, i.note)
            for i in file.interactions
            if i.ask in rulebook.interactions
        ],
        special=list(file.special),
        doses=doses_of(regimen, rulebook.regimens),
        dose_rules=adapting(file.dose_rules),
        rules=[rule.id for rule in rulebook.rules.values() if _calls_up(regimen, rule)],
        checked={block: str(code) for block, code in file.evidence.items()},
        source=file.source,
        owner=file.owner,
        review_by=file.review_by,
        overdue=file.review_by < today,
    )


def _flag(name: str, value: object, rulebook: Rulebook) -> Text:
    title = rulebook.flags[name].title
    return title if value is True else Text(f"{title.fr} ({_STRENGTH[str(value)].fr})", f"{title.en} ({value})")


_STRENGTH = {"moderate": Text("modéré", "moderate"), "high": Text("élevé", "high")}


def _schedule(file: RegimenFile, rulebook: Rulebook) -> Text | None:
    s = rulebook.regimens[file.id].schedule
    if s is None:
        return None
    days = ", ".join(f"{a}–{b}" if a != b else f"{a}" for a, b in s.on_days)
    return Text(
        f"Cycle de {s.cycle_days} jours, {s.times_per_day} prise(s) par jour, jours {days}",
        f"{s.cycle_days}-day cycle, {s.times_per_day} intake(s) a day, days {days}",
    )
