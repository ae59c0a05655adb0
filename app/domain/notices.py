"""Notices: neutral messages that are not an alert's call, with their words and where they open. All texts are here, and none is clinical.

A locked screen is read by anybody, and so is a mailbox: a notice says that something waits in Vigie, never what or about whom.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from app.domain.notifications import Urgency
from app.domain.texts import Text


class NoticeKind(StrEnum):
    """What a notice is for. One kind, one text, one page."""

    INTAKE_REMINDER = "intake_reminder"
    REPORT_REMINDER = "report_reminder"
    OUTCOME_QUESTION = "outcome_question"
    PLAN_CHANGED = "plan_changed"
    REFILL = "refill"
    MESSAGE = "message"
    COVERAGE_HOLE = "coverage_hole"
    HANDOVER_OFFERED = "handover_offered"
    FORGOTTEN = "forgotten"
    TASK = "task"
    REACHABILITY_TEST = "reachability_test"
    CONTACT_CODE = "contact_code"
    TECHNICAL_ALERT = "technical_alert"


class PersonKind(StrEnum):
    """Which face a notice opens, and where its person is looked up."""

    STAFF = "staff"
    PATIENT = "patient"


class NewNotice(Struct, frozen=True, kw_only=True):
    """A notice to put into the outbox.

    `dedupe_key` is spent for ever within the establishment: putting it again does nothing, also after a cancel, so it names the occasion
    (`intake:<slot id>:<order version>`). Not sent before `run_after` (None: at once), nor after `expires_at`. `target_id` confines it to
    one device or contact.
    """

    establishment_id: UUID
    person_kind: PersonKind
    person_id: UUID
    kind: NoticeKind
    dedupe_key: str
    expires_at: datetime
    run_after: datetime | None = None
    subject_id: UUID | None = None
    target_id: UUID | None = None


class Wording(Struct, frozen=True):
    """What is shown, and where a tap leads: `page` is a fragment of the person's own face, with `{subject}` and `{token}` filled in."""

    title: Text
    body: Text
    page: str


WORDING: dict[NoticeKind, Wording] = {
    NoticeKind.INTAKE_REMINDER: Wording(
        Text("Vigie : un rappel pour vous", "Vigie: a reminder for you"),
        Text("Ouvrez Vigie pour le lire.", "Open Vigie to read it."),
        "/intakes",
    ),
    NoticeKind.REPORT_REMINDER: Wording(
        Text("Vigie : un questionnaire vous attend", "Vigie: a questionnaire is waiting for you"),
        Text("Quelques minutes suffisent.", "It takes a few minutes."),
        "/",
    ),
    NoticeKind.OUTCOME_QUESTION: Wording(
        Text("Vigie : une question vous attend", "Vigie: a question is waiting for you"),
        Text("Ouvrez Vigie quand vous avez une minute.", "Open Vigie when you have a minute."),
        "/question",
    ),
    NoticeKind.PLAN_CHANGED: Wording(
        Text("Vigie : du nouveau pour vous", "Vigie: something new for you"),
        Text("Ouvrez Vigie pour le lire.", "Open Vigie to read it."),
        "/plan",
    ),
    NoticeKind.REFILL: Wording(
        Text("Vigie : une démarche à prévoir", "Vigie: something to plan"),
        Text("Ouvrez Vigie pour la lire.", "Open Vigie to read it."),
        "/plan",
    ),
    NoticeKind.MESSAGE: Wording(
        Text("Vigie : un message pour vous", "Vigie: a message for you"),
        Text("Ouvrez Vigie pour le lire.", "Open Vigie to read it."),
        "/",
    ),
    NoticeKind.COVERAGE_HOLE: Wording(
        Text("Vigie : le tour de garde a un trou", "Vigie: the roster has a hole"),
        Text("Ouvrez le tour de garde pour le combler.", "Open the roster to fill it."),
        "/roster",
    ),
    NoticeKind.HANDOVER_OFFERED: Wording(
        Text("Vigie : un relais vous est proposé", "Vigie: a hand-over is offered to you"),
        Text("Ouvrez Vigie pour l'accepter ou le refuser.", "Open Vigie to accept or refuse it."),
        "/alerts/{subject}",
    ),
    NoticeKind.FORGOTTEN: Wording(
        Text("Vigie : une alerte prise attend une suite", "Vigie: an alert you took is waiting"),
        Text("Ouvrez Vigie pour la terminer ou la passer.", "Open Vigie to finish it or hand it over."),
        "/alerts/{subject}",
    ),
    NoticeKind.TASK: Wording(
        Text("Vigie : une tâche vous attend", "Vigie: a task is waiting for you"),
        Text("Ouvrez Vigie pour la voir.", "Open Vigie to see it."),
        "/",
    ),
    NoticeKind.REACHABILITY_TEST: Wording(
        Text("Vigie : touchez pour confirmer", "Vigie: tap to confirm"),
        Text(
            "Essai de la semaine : touchez ce message, rien d'autre.",
            "This week's test: tap this message, that is all.",
        ),
        "/reachable/{token}",
    ),
    NoticeKind.CONTACT_CODE: Wording(
        Text("Vigie : votre code", "Vigie: your code"),
        Text(
            "Saisissez {code} dans Vigie pour confirmer cette adresse. Ne le communiquez à personne.",
            "Enter {code} in Vigie to confirm this address. Give it to nobody.",
        ),
        "/settings",
    ),
    NoticeKind.TECHNICAL_ALERT: Wording(
        Text("Vigie : un problème technique", "Vigie: a technical problem"),
        Text("Ouvrez Vigie pour savoir quoi faire.", "Open Vigie to see what to do."),
        "/technical",
    ),
}

URGENT = frozenset({NoticeKind.HANDOVER_OFFERED, NoticeKind.FORGOTTEN, NoticeKind.TECHNICAL_ALERT})
"""For these a sleeping phone is woken."""

PATIENCE = timedelta(minutes=15)
"""How long a way that has accepted a notice, or is out of order, may take before the person's next way is tried."""


def urgency_of_notice(kind: NoticeKind) -> Urgency:
    """How much battery a phone should spend on it."""
    return Urgency.HIGH if kind in URGENT else Urgency.NORMAL


def opened_url(
    origin: str, person_kind: PersonKind, kind: NoticeKind, subject_id: UUID | None, receipt_token: str
) -> str:
    """The page that a tap opens, in the person's own face. The token is in the fragment, which no server or proxy ever sees."""
    face = "clinic" if person_kind is PersonKind.STAFF else "patient"
    page = WORDING[kind].page.format(subject=subject_id or "", token=receipt_token)
    return f"{origin}/{face}/#{page}"
