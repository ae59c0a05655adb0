"""The rulebook as pages to read: one per symptom and per regimen, with the rules that speak of it, in words."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import msgspec

from app.domain.conditions import Condition, Traits, leaves, settled
from app.domain.phrases import say
from app.domain.rulebook import Rulebook
from app.domain.rules import Rule
from app.domain.texts import Text
from app.domain.treatments import Regimen, Schedule
from app.domain.verdicts import TriageLevel


class PageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a rule says, and where it comes from."""

    rule: str
    title: Text
    when: Text
    level: TriageLevel
    symptom: str | None
    emergency: bool
    hold: bool
    source: str
    evidence: tuple[str, ...]
    owner: str
    review_by: date


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A symptom or a regimen. `checked` says block by block how well a regimen's facts were verified (V, P, B)."""

    id: str
    kind: Literal["symptom", "regimen"]
    title: Text
    questions: tuple[Text, ...] = ()
    facts: tuple[Text, ...] = ()
    lines: tuple[PageLine, ...] = ()
    advice: tuple[Text, ...] = ()
    schedule: Schedule | None = None
    checked: dict[str, str] = {}


def pages(rulebook: Rulebook) -> list[Page]:
    """Every page, symptoms first, each in the order of its French title."""
    symptoms = sorted((symptom_page(id_, rulebook) for id_ in rulebook.symptoms), key=lambda p: p.title.fr)
    return symptoms + sorted((regimen_page(id_, rulebook) for id_ in rulebook.regimens), key=lambda p: p.title.fr)


def search(rulebook: Rulebook, words: str) -> list[Page]:
    """Pages that hold every one of these words somewhere, in either language; all pages for no word."""
    wanted = words.casefold().split()
    return [p for p in pages(rulebook) if all(word in _everything(p) for word in wanted)]


def symptom_page(id_: str, rulebook: Rulebook) -> Page:
    """A symptom: its questions, what each grade gives, the rules that look at it, the advice. Raises KeyError."""
    symptom = rulebook.symptoms[id_]
    looks = symptom.looks_like
    return Page(
        id=id_,
        kind="symptom",
        title=symptom.title,
        questions=tuple(symptom.questions[a] for a in symptom.attributes),
        facts=tuple(text for text in (looks.grade_1, looks.grade_2, looks.grade_3) if text),
        lines=(
            *_own_lines(id_, rulebook),
            *(line for rule in rulebook.rules.values() for line in _about(id_, rule, rulebook)),
        ),
        advice=tuple(a.body for a in rulebook.advice.values() if a.when and _mentions(id_, a.when)),
    )


def regimen_page(id_: str, rulebook: Rulebook) -> Page:
    """A regimen: calendar, intake, notes, and the rules that its properties call up. Raises KeyError."""
    regimen = rulebook.regimens[id_]
    intake = regimen.intake
    told = (intake.food, intake.missed_dose, intake.vomited_dose, intake.double_dose) if intake else ()
    return Page(
        id=id_,
        kind="regimen",
        title=regimen.title,
        facts=(*told, *regimen.special, *regimen.dose_rules),
        lines=tuple(line for rule in rulebook.rules.values() for line in _called_up(rule, regimen, rulebook)),
        schedule=regimen.schedule,
        checked=regimen.evidence,
    )


def _own_lines(id_: str, rulebook: Rulebook) -> Iterator[PageLine]:
    effects = rulebook.base.get(id_) or ((rulebook.safety[id_],) if id_ in rulebook.safety else ())
    for grade, effect in enumerate(effects, 1):
        when = Text("oui", "yes") if id_ in rulebook.safety else Text(f"grade {grade}", f"grade {grade}")
        level = effect.fired.level
        yield _line(rulebook.rules[effect.fired.id], when, level, id_, effect.emergency, effect.hold)


def _about(id_: str, rule: Rule, rulebook: Rulebook) -> Iterator[PageLine]:
    for value in rule.values:
        if value.when and value.level and (value.symptom == id_ or _mentions(id_, value.when)):
            emergency = value.recipient == "emergency"
            yield _line(rule, _said(value.when, rulebook), value.level, value.symptom, emergency, value.hold)


def _called_up(rule: Rule, regimen: Regimen, rulebook: Rulebook) -> Iterator[PageLine]:
    """Values that ask about the regimen and are answered yes by this one."""
    traits = Traits(regimen.flags, regimen.level, regimen.over_adherence_class)
    for value in rule.values:
        if not value.when or not value.level:
            continue
        about = [c for c in leaves(value.when) if c.flag is not None or c.over_adherence_class is not None]
        if about and any(settled(c, traits) for c in about):
            emergency = value.recipient == "emergency"
            yield _line(rule, _said(value.when, rulebook), value.level, value.symptom, emergency, value.hold)


def _line(rule: Rule, when: Text, level: TriageLevel, symptom: str | None, emergency: bool, hold: bool) -> PageLine:
    return PageLine(
        rule=rule.id,
        title=rule.title,
        when=when,
        level=level,
        symptom=symptom,
        emergency=emergency,
        hold=hold,
        source=rule.source,
        evidence=rule.evidence,
        owner=rule.owner,
        review_by=rule.review_by,
    )


def _mentions(id_: str, condition: Condition) -> bool:
    return any(id_ in (c.grade[0] if c.grade else None, c.new_or_worse, c.present) for c in leaves(condition))


def _said(condition: Condition, rulebook: Rulebook) -> Text:
    return Text(say(condition, rulebook, "fr"), say(condition, rulebook, "en"))


def _everything(page: Page) -> str:
    texts = [page.title, *page.questions, *page.facts, *page.advice]
    texts += [text for line in page.lines for text in (line.title, line.when)]
    ids = " ".join([page.id, *(line.rule for line in page.lines)])
    return " ".join([ids, *(f"{text.fr} {text.en}" for text in texts)]).casefold()
