"""What the patient is told at once, and when a report was told."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.triage import TriageLevel

# An operational limit, not a clinical one: a phone that says it was told earlier than this, or in the future, has a wrong clock.
OLDEST_BELIEVED = timedelta(days=14)
CLOCK_DRIFT = timedelta(minutes=5)


class Advice(Struct, frozen=True):
    """One piece of self-care advice."""

    id: str
    title: Text
    body: Text


class Receipt(Struct, frozen=True):
    """The answer to a report: what to do now and what happens next."""

    report_id: UUID
    received_at: datetime
    duplicate: bool
    level: TriageLevel
    emergency: bool
    hold: bool
    read_by_hand: bool
    headline: Text
    next: Text
    contact_due_at: datetime | None
    advice: list[Advice]
    rulebook_version: str


class Words(Struct, frozen=True):
    """What the patient reads first."""

    headline: Text
    next: Text


# For a symptom that a nurse has muted: nobody is called for it, so no delay is promised.
KNOWN_SYMPTOM = Words(
    Text("Votre équipe connaît ce symptôme", "Your team knows about this symptom"),
    Text(
        "Elle l'a noté et le suit avec vous ; elle ne vous appellera pas pour ce rapport. Si quelque chose s'aggrave ou vous inquiète, "
        "envoyez un nouveau rapport ou téléphonez à l'équipe sans attendre. Ceci n'est pas un service d'urgence : en cas d'urgence, "
        "15 ou 112.",
        "It has noted it and follows it with you; it will not call you about this report. If anything gets worse or worries you, send a "
        "new report or phone the team without waiting. This is not an emergency service: in an emergency, 15 or 112.",
    ),
)


def words(rulebook: Rulebook, level: TriageLevel, emergency: bool, *, muted: bool) -> Words:
    """Headline and what happens next: those of the level, unless nobody is going to be called."""
    if muted:
        return KNOWN_SYMPTOM
    outcome = rulebook.outcome(level, emergency)
    return Words(outcome.headline, outcome.next)


def told_at(answered_at: datetime, now: datetime) -> datetime:
    """When the patient answered, or `now` where the phone's clock cannot be believed."""
    return answered_at if now - OLDEST_BELIEVED <= answered_at <= now + CLOCK_DRIFT else now


def advice(rulebook: Rulebook, ids: tuple[str, ...]) -> list[Advice]:
    """The texts of these pieces of advice that are (still) in the rulebook, in order."""
    return [Advice(a.id, a.title, a.body) for id_ in ids if (a := rulebook.advice.get(id_))]
