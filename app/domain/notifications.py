"""A push message, what came of one attempt to send it, and when to try again. No clock and no network here."""

import base64
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import ceil
from uuid import UUID

from msgspec import Struct

BACKOFF = (2.0, 5.0, 15.0)
"""Seconds before the second, third and fourth attempt; then the next device or person is a better use of the time."""

SHORTEST_WAIT = 1.0
"""Seconds. A push service that says "Retry-After: 0" is not hammered."""

LONGEST_WAIT = 86_400.0
"""Seconds. Any longer Retry-After is the same to us, and a ridiculous one must not overflow a date."""

LONGEST_PAYLOAD = 3_993
"""Bytes before encryption: 4,096 that every push service must take (RFC 8030, 7.2) less 103 of aes128gcm."""

LONGEST_TTL = 28 * 86_400
"""Seconds. Google's push service keeps nothing longer than four weeks."""

TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Urgency(StrEnum):
    """How much of its battery a phone should spend on hearing this now (RFC 8030, 5.3)."""

    VERY_LOW = "very-low"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class PushMessage(Struct, frozen=True, kw_only=True):
    """What one device is to be shown.

    `payload` is the JSON text for the service worker, without health data. Of two messages with the same `topic` the
    push service keeps the newer. After `expires_at` nobody wants it any more. `attempt` counts from 1.
    """

    payload: bytes
    urgency: Urgency
    topic: str
    expires_at: datetime
    attempt: int = 1

    def __repr__(self) -> str:
        return f"PushMessage(topic={self.topic!r}, attempt={self.attempt})"


class OutcomeKind(StrEnum):
    """What the sender should do next."""

    ACCEPTED = "accepted"  # the push service has it; only the service worker's receipt says that it was shown
    GONE = "gone"  # forget the subscription, take the next device now
    RETRY = "retry"  # the same device again after `retry_after` seconds, if the deadline allows
    GIVE_UP = "give_up"  # keep the subscription, take the next device or person now
    OUR_FAULT = "our_fault"  # keep the subscription, take the next device or person now, technical alert
    REFUSED = "refused"  # we do not send there: keep the subscription for a human, next device now, technical alert


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one attempt. `because` is a stable word for logs and screens and holds nothing from outside.

    `attempted` is False when nothing left this machine: then the attempt does not count.
    """

    kind: OutcomeKind
    because: str
    status: int | None = None
    retry_after: float | None = None
    attempted: bool = True


def outcome_of(status: int, retry_after: str | None, attempt: int, now: datetime) -> Outcome:
    """What an HTTP answer of a push service means (RFC 8030 and what the four services do).

    `retry_after` is the header as it came: seconds or an HTTP date, against the true time `now`. A service that says
    when to come back is asked again for as long as the caller's deadline allows; any other trouble ends after four
    attempts.
    """
    because = f"http_{status}"
    match status:
        case 404 | 410:
            return Outcome(kind=OutcomeKind.GONE, because=because, status=status)
        case 429 | 503 if (wait := wait_asked(retry_after, now)) is not None:
            return Outcome(kind=OutcomeKind.RETRY, because=because, status=status, retry_after=wait)
        case 408 | 425 | 429:
            return again(because, attempt, status)
        case _ if 200 <= status <= 299:
            return Outcome(kind=OutcomeKind.ACCEPTED, because="accepted", status=status)
        case _ if 300 <= status <= 399:
            return Outcome(kind=OutcomeKind.REFUSED, because=because, status=status)
        case _ if 500 <= status <= 599:
            return again(because, attempt, status)
        case _:
            # 400, 401, 403, 413 and whatever nobody foresaw. Never "gone": after a mistake of ours (a wrong key, a
            # wrong clock) every subscription would answer this, and all of them would be lost in one night.
            return Outcome(kind=OutcomeKind.OUR_FAULT, because=because, status=status)


def again(because: str, attempt: int, status: int | None = None) -> Outcome:
    """Try again after 2, 5 and 15 seconds; after the fourth attempt leave this device."""
    if attempt > len(BACKOFF):
        return Outcome(kind=OutcomeKind.GIVE_UP, because=because, status=status)
    wait = BACKOFF[max(attempt, 1) - 1]
    return Outcome(kind=OutcomeKind.RETRY, because=because, status=status, retry_after=wait)


def next_attempt_at(outcome: Outcome, now: datetime, deadline: datetime) -> datetime | None:
    """When to try this device again; None when not at all, since the next escalation step begins at `deadline`."""
    if outcome.kind is not OutcomeKind.RETRY or outcome.retry_after is None:
        return None
    at = now + timedelta(seconds=outcome.retry_after)
    return at if at < deadline else None


def wait_asked(retry_after: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, between one second and one day; None when it says nothing."""
    if retry_after is None or len(retry_after) > 40 or not retry_after.isascii():
        return None
    text = retry_after.strip()
    if text.isdigit():
        return min(max(float(text), SHORTEST_WAIT), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(max((at - now).total_seconds(), SHORTEST_WAIT), LONGEST_WAIT)


def unsendable(message: PushMessage, now: datetime) -> Outcome | None:
    """Why this message is not worth a connection, or None."""
    if not 0 < len(message.payload) <= LONGEST_PAYLOAD:
        return Outcome(kind=OutcomeKind.OUR_FAULT, because="payload_too_long_or_empty", attempted=False)
    if TOPIC.fullmatch(message.topic) is None:
        return Outcome(kind=OutcomeKind.OUR_FAULT, because="topic_malformed", attempted=False)
    if message.expires_at <= now:
        return Outcome(kind=OutcomeKind.GIVE_UP, because="expired", attempted=False)
    return None


def time_to_live(message: PushMessage, now: datetime) -> int:
    """Whole seconds for which the push service should keep the message for a phone that is off."""
    return min(max(ceil((message.expires_at - now).total_seconds()), 1), LONGEST_TTL)


def topic_of(alert_id: UUID) -> str:
    """The topic under which messages about one alert replace each other: 22 url-safe characters."""
    return base64.urlsafe_b64encode(alert_id.bytes).rstrip(b"=").decode("ascii")


def urgency_of(triage_level: str) -> Urgency:
    """High for red and orange: a sleeping Android phone otherwise delays it by minutes."""
    return Urgency.HIGH if triage_level in ("red", "orange") else Urgency.NORMAL
