"""What a page shows of a case besides what was reported: who has it, what it waits for, what is silent, why people were called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from app.db.alerts import AlertRow, NotificationRow, RoundRow, RungRow
from app.db.cases import MuteRow
from app.domain.mutes import Mute, counted_with, standing
from app.domain.policies import PARTNER
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.verdicts import Fired, Grade, TriageLevel
from app.services import call_words


class PersonLine(Struct, frozen=True):
    """A professional."""

    id: UUID
    name: str


class HandOverLine(Struct, frozen=True):
    """A case that is offered and not yet accepted: until then `giver` has it."""

    id: UUID
    giver: PersonLine
    to: PersonLine
    asked_at: datetime
    answer_by: datetime
    to_me: bool


class PauseLine(Struct, frozen=True):
    """What a case waits for, and until when at most."""

    reason: str
    from_at: datetime
    until_at: datetime


class MuteLine(Struct, frozen=True):
    """A symptom that calls nobody for a while; `silent_reports` says how many were silent by it, each report counted with one mute."""

    id: UUID
    symptom: str
    title: Text
    level: str
    grade: int
    reason: str
    by: str
    from_at: datetime
    until_at: datetime
    silent_reports: int


class MutableLine(Struct, frozen=True):
    """A symptom of the alert's report that may be muted, and until when at most. Red never is."""

    symptom: str
    title: Text
    until_at_most: datetime


class StepLine(Struct, frozen=True):
    """One rung of the ladder: whom, when, and what came of it. No recipients: the end, undeliverable."""

    step: int
    recipients: list[Text]
    or_partner: bool  # a partner's people are called where nobody of ours is on duty
    due_at: datetime
    done_at: datetime | None
    outcome: str | None


class PolicyLine(Struct, frozen=True):
    """The escalation policy that the alert was born with, and its ladder of now."""

    id: str
    title: Text
    since: str
    steps: list[StepLine]


class WhyCalled(Struct, frozen=True):
    """Rule, recipient logic and step of one call."""

    cause: str  # what began the round: report, adherence, missed_reports, read_by_hand, risk, forgotten, not_answered
    rules: list[str]  # ids of the rules that led it
    level: str
    kind: str  # ladder, forgotten, not_answered, handed_over, hand_over_refused, contact_overdue, pause_ended
    recipient: str  # for whose task it is
    logic: Text  # why this person
    basis: str  # duty, everyone, cover, owner, named
    round: int
    step: int


def why_called(call: NotificationRow, rounds: list[RoundRow]) -> WhyCalled:
    """Rule, recipient logic and step; a round that was begun by time has the rules of the one before."""
    so_far = [r for r in rounds if r.round <= call.round]
    ruled = next((r for r in reversed(so_far) if r.reasons), None)
    return WhyCalled(
        cause=so_far[-1].cause if so_far else "report",
        rules=ruled.reasons if ruled else [],
        level=so_far[-1].level if so_far else "",
        kind=call.why,
        recipient=so_far[-1].recipient if so_far else call.recipient.removeprefix(PARTNER),
        logic=call_words.logic(call.recipient),
        basis=call.basis,
        round=call.round,
        step=call.step,
    )


def owner(row: AlertRow) -> PersonLine | None:
    """Who has it, or had it last."""
    return PersonLine(row.owner_id, row.owner or "") if row.owner_id else None


def hand_over(row: AlertRow, me: UUID) -> HandOverLine | None:
    """What is offered to whom."""
    id_, giver, to = row.hand_over_id, row.hand_over_from, row.hand_over_to
    asked, by = row.hand_over_asked_at, row.hand_over_answer_by
    if id_ is None or giver is None or to is None or asked is None or by is None:
        return None
    names = row.hand_over_from_name or "", row.hand_over_to_name or ""
    return HandOverLine(id_, PersonLine(giver, names[0]), PersonLine(to, names[1]), asked, by, to_me=to == me)


def pause(row: AlertRow) -> PauseLine | None:
    """What it waits for."""
    if row.paused_until is None or row.paused_at is None or row.pause_reason is None:
        return None
    return PauseLine(row.pause_reason, row.paused_at, row.paused_until)


def mutes(rows: list[MuteRow], silent: Counter[UUID], rulebook: Rulebook) -> list[MuteLine]:
    """The symptoms that are silent now, with their names."""
    lines = []
    for row in rows:
        symptom = rulebook.symptoms.get(row.symptom)
        title = symptom.title if symptom else Text(row.symptom, row.symptom)
        args = row.level, row.grade, row.reason, row.by, row.from_at, row.until_at, silent[row.id]
        lines += [MuteLine(row.id, row.symptom, title, *args)] if row.holds else []
    return lines


def silent_by(
    rows: list[MuteRow], reports: Iterable[tuple[datetime, Mapping[str, Grade], Iterable[Fired]]]
) -> Counter[UUID]:
    """How many silent reports each mute counts; `reports`: when, grades and what fired. Each is counted once."""
    found: Counter[UUID] = Counter()
    for at, grades, fired in reports:
        held = [_known(row) for row in rows if row.from_at <= at < min(row.until_at, row.ended_at or row.until_at)]
        if mute := counted_with(held, grades, fired):
            found[mute] += 1
    return found


def _known(row: MuteRow) -> Mute:
    return Mute(row.id, row.symptom, TriageLevel(row.level), row.grade, tuple(row.rules), row.until_at)


def mutable(
    grades: Mapping[str, Grade], fired: Iterable[Fired], key: str, rulebook: Rulebook, now: datetime
) -> list[MutableLine]:
    """What of a report may be muted by the policy of its alert."""
    mine, lines = rulebook.policies.of_alert(key), []
    for symptom in rulebook.symptoms.values():
        stands = standing(symptom.id, grades, fired) if symptom.kind != "safety_item" else None
        if stands and (at_most := mine.mute_at_most(stands.level)):
            lines.append(MutableLine(symptom.id, symptom.title, now + at_most))
    return lines


def policy(key: str, rungs: list[RungRow], rulebook: Rulebook) -> PolicyLine:
    """The policy of an alert with the ladder as it stands."""
    mine = rulebook.policies.of_alert(key)
    steps = [
        StepLine(
            r.step,
            call_words.called(r.recipients),
            r.partnered and call_words.asks_partner(r.recipients),
            r.due_at,
            r.done_at,
            r.outcome,
        )
        for r in rungs
    ]
    return PolicyLine(mine.id, mine.title, mine.since.isoformat(), steps)
