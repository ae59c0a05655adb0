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
    known = [mute for mute in mutes if mute.until_at > at]
    speaking = [fired for fired in verdict.fired if fired.level > TriageLevel.GREEN]
    return bool(speaking) and all(any(_knows(mute, fired, verdict.grades) for mute in known) for fired in speaking)


def counted_with(mutes: Sequence[Mute], grades: Mapping[str, Grade], fired: Iterable[Fired]) -> UUID | None:
    """The one mute that a silent report is counted with, of those that held then: whichever knew what spoke loudest, the latest made
    first. So a report that several of them cover is counted once. `mutes`: oldest first.
    """
    speaking = sorted((one for one in fired if one.level > TriageLevel.GREEN), key=lambda one: -one.level.rank)
    knowing = (mute.id for one in speaking for mute in reversed(mutes) if _knows(mute, one, grades))
    return next(knowing, None)


def _knows(mute: Mute, fired: Fired, grades: Mapping[str, Grade]) -> bool:
    if fired.symptom != mute.symptom or fired.id not in mute.rules or fired.level > mute.level:
        return False
    grade = grades.get(mute.symptom)
    return grade is not None and grade.complete and grade.grade <= mute.grade
