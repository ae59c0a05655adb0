"""What the label says of adapting the dose, and which of its sentences speak of the last report. Proposals: nothing follows them alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import reports
from app.db.orders import OrderRow
from app.domain.courses import main_drugs
from app.domain.dosing import reachable
from app.domain.drugs import DoseRule, Drug, Suggestion, suggestions
from app.domain.orders import CourseState, state_at
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.services.courses import Loaded, OrderContent
from app.services.reports import detail_of


class DoseRuleLine(Struct, frozen=True):
    """A sentence of the label about adapting the dose: a suggestion with its source. `number` goes with an order that follows it."""

    number: int
    text: Text
    suggests: list[Suggestion]


class SuggestedDose(Struct, frozen=True):
    """A dose in mg per intake that a suggestion means, and the nearest that the boxes make, at or below and at or above it."""

    drug: str
    mg: float
    below: float | None
    above: float | None


class LabelFit(Struct, frozen=True):
    """A suggestion that speaks of a symptom as it was in the last report. Its scale is the patient's: a hint, for the prescriber to judge.

    `occurrence`: one more than the holds and dose changes that were signed by this rule before.
    """

    rule: int
    symptom: Text
    grade: int
    occurrence: int
    suggestion: Suggestion
    doses: list[SuggestedDose]


class Label(Struct, frozen=True):
    """What the label says, where this was taken from, and what of it fits now."""

    rules: list[DoseRuleLine]
    fits: list[LabelFit]
    source: str
    checked: str | None
    review_by: date | None


_content = json.Decoder(OrderContent)


async def label_of(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    establishment_id: UUID,
    known: Loaded,
    listed: list[OrderRow],
    in_force: dict[str, float | None],
) -> Label:
    """The label of a course. `in_force`: mg per intake now, by drug."""
    file, rules = rulebook.regimen_files.get(known.row.regimen), known.regimen.dose_rules
    last = await reports.latest(con, establishment_id, known.row.patient_id, 1)
    grades = {id_: g.grade for id_, g in detail_of(last[0]).grades.items()} if last else {}
    fits = [
        LabelFit(n, rulebook.symptoms[id_].title, grade, time, each, doses(known, each, in_force))
        for n, rule in enumerate(rules)
        for time in (occurrence(known, listed, n),)
        for id_, grade in sorted(grades.items(), key=lambda one: (-one[1], one[0]))
        if grade > 0 and id_ in rulebook.symptoms
        for each in _of(rule, id_, grade, time)
    ]
    return Label(
        rules=[DoseRuleLine(n, Text(r.fr, r.en), list(r.suggests)) for n, r in enumerate(rules)],
        fits=[] if known.ended else fits,
        source=file.source if file else "",
        checked=file.evidence.get("label_dose_rules") if file else None,
        review_by=file.review_by if file else None,
    )


def _of(rule: DoseRule, symptom: str, grade: int, time: int) -> Iterable[Suggestion]:
    return (each for found in suggestions((rule,), symptom, grade, time) for each in found.suggests)


def occurrence(known: Loaded, listed: list[OrderRow], rule: int) -> int:
    """Which time this is: a hold that still lasts belongs to the time for which it was signed."""
    held, before = None, 0
    for row in listed:
        follows = _content.decode(row.content).rule == rule
        before += follows and row.kind in ("hold", "dose_change")
        held = follows if row.kind == "hold" else held
    lasts = held is True and state_at(known.course.orders, known.row.now) is CourseState.ON_HOLD
    return before if lasts else before + 1


def doses(known: Loaded, suggestion: Suggestion, in_force: dict[str, float | None]) -> list[SuggestedDose]:
    """In mg, where the label says how much and of what: by itself it names no drug, so of a treatment with one drug only."""
    mains = main_drugs(known.course)
    if len(mains) != 1:
        return []
    (drug,) = mains
    start, now = known.course.doses.get(drug.inn, drug.dose.mg), in_force.get(drug.inn)
    if suggestion.resume_pct is not None and start is not None:
        return [_dose(drug, start * suggestion.resume_pct / 100)]
    if suggestion.reduce_by_mg is not None and now is not None and now > suggestion.reduce_by_mg:
        return [_dose(drug, now - suggestion.reduce_by_mg)]
    return []


def _dose(drug: Drug, mg: float) -> SuggestedDose:
    return SuggestedDose(drug.inn, round(mg, 3), *reachable(drug, mg))
