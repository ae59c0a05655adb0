"""What a call and a notice look like on their way: neutral words, one link, a token. The same for every channel."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct, json

from app.domain.escalation import waits_for_nobody
from app.domain.notices import WORDING, NoticeKind, PersonKind, opened_url, urgency_of_notice
from app.domain.notifications import PushMessage, Urgency, topic_of, urgency_of
from app.domain.texts import Text
from app.domain.verdicts import TriageLevel

WANTED_FOR = timedelta(hours=4)  # a call that could not be shown by then is superseded by the escalation

# Neutral on purpose: a locked screen is read by anybody.
_CALL = Text("Vigie : une alerte vous attend", "Vigie: an alert is waiting for you")
_CALL_BODY = Text("Ouvrez Vigie pour la prendre en charge.", "Open Vigie to take it.")
_BUNDLE = Text("Vigie : {count} alertes vous attendent", "Vigie: {count} alerts are waiting for you")
_BUNDLE_BODY = Text("Ouvrez Vigie pour les prendre en charge.", "Open Vigie to take them.")
_TRIAL = Text("Vigie : essai", "Vigie: test")
_TRIAL_BODY = Text("Ceci est un essai : rien à faire.", "This is a test: nothing to do.")
_WHY = Text(
    "Vous recevez ce message parce que vous travaillez avec Vigie. N'y répondez pas : personne ne le lit.",
    "You receive this message because you work with Vigie. Do not answer it: nobody reads it.",
)


class Message(Struct, frozen=True, kw_only=True):
    """One message to one person. After `expires_at` nobody wants it; messages with the same `topic` replace each other on a device."""

    id: UUID
    title: str
    body: str
    footer: str
    locale: str
    url: str
    topic: str
    receipt: str
    urgency: Urgency
    sticky: bool
    expires_at: datetime
    attempt: int

    def __repr__(self) -> str:
        return f"Message({self.topic!r}, attempt={self.attempt})"

    def push(self) -> PushMessage:
        """As declarative web push; the service worker reads the same document."""
        shown = {
            "title": self.title,
            "body": self.body,
            "lang": self.locale,
            "navigate": self.url,
            "tag": self.topic,
            "require_interaction": self.sticky,
        }
        receipt = {"url": "/api/receipts", "token": self.receipt}
        return PushMessage(
            payload=json.encode({"web_push": 8030, "notification": shown, "receipt": receipt}),
            urgency=self.urgency,
            topic=self.topic,
            expires_at=self.expires_at,
            attempt=self.attempt,
        )

    def text(self) -> str:
        """As the body of an e-mail."""
        return f"{self.body}\n\n{self.url}\n\n-- \n{self.footer}\n"

    def short(self) -> str:
        """As one SMS, or as words to be read aloud: without the link, which would be cut."""
        return f"{self.title}. {self.body}"


def receipt_token(establishment_id: UUID, token: str) -> str:
    """What comes back with a receipt: the establishment must be known before its rows can be read."""
    return f"{establishment_id.hex}.{token}"


def call(
    *,
    establishment_id: UUID,
    message_id: UUID,
    alert_id: UUID,
    staff_id: UUID,
    token: str,
    level: TriageLevel,
    locale: str,
    count: int,
    created_at: datetime,
    attempt: int,
    origin: str,
) -> Message:
    """A call about one alert, or about `count` of them in a storm."""
    many = count > 1
    title, body = (_BUNDLE, _BUNDLE_BODY) if many else (_CALL, _CALL_BODY)
    return Message(
        id=message_id,
        title=title.of(locale).format(count=count),
        body=body.of(locale),
        footer=_WHY.of(locale),
        locale=locale,
        url=f"{origin}/clinic/#/" if many else f"{origin}/clinic/#/alerts/{alert_id}",
        topic=topic_of(staff_id if many else alert_id),  # a newer bundle replaces an older one
        receipt=receipt_token(establishment_id, token),
        urgency=urgency_of(level),
        sticky=waits_for_nobody(level),
        expires_at=created_at + WANTED_FOR,
        attempt=attempt,
    )


def notice(
    *,
    establishment_id: UUID,
    message_id: UUID,
    person_kind: PersonKind,
    kind: NoticeKind,
    subject_id: UUID | None,
    token: str,
    locale: str,
    code: str | None,
    expires_at: datetime,
    attempt: int,
    origin: str,
) -> Message:
    """A notice; `code` is what its reader must type, for the kind that has one."""
    words = WORDING[kind]
    receipt = receipt_token(establishment_id, token)
    return Message(
        id=message_id,
        title=words.title.of(locale),
        body=words.body.of(locale).format(code=code or ""),
        footer=_WHY.of(locale),
        locale=locale,
        url=opened_url(origin, person_kind, kind, subject_id, receipt),
        topic=topic_of(message_id),
        receipt=receipt,
        urgency=urgency_of_notice(kind),
        sticky=kind is NoticeKind.REACHABILITY_TEST,
        expires_at=expires_at,
        attempt=attempt,
    )


def trial(message_id: UUID, origin: str, now: datetime) -> Message:
    """What an operator sends to see that a channel works."""
    return Message(
        id=message_id,
        title=_TRIAL.fr,
        body=_TRIAL_BODY.fr,
        footer=_WHY.fr,
        locale="fr",
        url=f"{origin}/clinic/",
        topic=topic_of(message_id),
        receipt="",
        urgency=Urgency.NORMAL,
        sticky=False,
        expires_at=now + WANTED_FOR,
        attempt=1,
    )
