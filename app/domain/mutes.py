"""Silencing one symptom of one patient: what a nurse knows of and follows calls nobody until it expires or gets worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from app.domain.verdicts import Fired, Grade, TriageLevel, Verdict


class MuteReason(StrEnum):
    """Why a symptom need not call anybody for a while."""

    KNOWN_AND_FOLLOWED = "known_and_followed"
    TREATMENT_GIVEN = "treatment_given"
    EXPECTED_EFFECT = "expected_effect"


class Mute(Struct, frozen=True):
    """What is known of one symptom: no more than this level and grade, by no other rule, and not for ever."""

    id: UUID
    symptom: str
    level: TriageLevel
    grade: int
    rules: tuple[str, ...]
    until_at: datetime


class Standing(Struct, frozen=True):
    """How one symptom stands in a judged report: what a mute would know of, and nothing worse."""

    level: TriageLevel
    grade: int
    rules: tuple[str, ...]


def standing(symptom: str, grades: Mapping[str, Grade], fired: Iterable[Fired]) -> Standing | None:
    """What may be muted of a symptom as it was reported; None where it has no whole grade, or nothing asks for anybody."""
    grade = grades.get(symptom)
    asking = [one for one in fired if one.symptom == symptom and one.level > TriageLevel.GREEN]
    if grade is None or not grade.complete or not asking:
        return None
    level = max((one.level for one in asking), key=lambda each: each.rank)
    return Standing(level, grade.grade, tuple(sorted({one.id for one in asking})))


def silences(mutes: Sequence[Mute], verdict: Verdict, at: datetime) -> bool:
    """Whether nothing in this verdict is news to who muted: every rule that asks for somebody is one they knew, of a muted symptom
    that is no worse than it was then. Red, a whole-report rule, an incomplete grade and a rule they did not know are never silent.
    """
    if not TriageLevel.GREEN < verdict.level < TriageLevel.RED or verdict.hold:
        return False
    known = {mute.symptom: mute for mute in mutes if mute.until_at > at}
    speaking = [fired for fired in verdict.fired if fired.level > TriageLevel.GREEN]
    return bool(speaking) and all(_known(fired, known, verdict) for fired in speaking)


def _known(fired: Fired, known: dict[str, Mute], verdict: Verdict) -> bool:
    mute = known.get(fired.symptom or "")
    if mute is None or fired.id not in mute.rules or fired.level > mute.level:
        return False
    grade = verdict.grades.get(mute.symptom)
    return grade is not None and grade.complete and grade.grade <= mute.grade
