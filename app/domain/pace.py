"""Storms: the first messages to a person go out at once, then one bundle a minute with counts. Nothing of it hides anything on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from app.domain.verdicts import TriageLevel

WINDOW = timedelta(minutes=1)
"""One bundle in this time (reliability.md, storm)."""

SINGLES = 3
"""Messages that go out one by one in a window before a person's phone is spared. An operational choice: at one, the second red of a quiet
evening would wait up to a minute, and a red must be on its way within two seconds (N4)."""


class Pace(Struct, frozen=True):
    """What a person was sent in the current window: since when, the gravest level of it, how many."""

    window_at: datetime
    level: TriageLevel
    sent: int


class Turn(Struct, frozen=True):
    """What to do with a person's due calls, gravest first: so many alone, or all in one bundle, the rest not before `held_until`."""

    alone: int
    bundled: int
    held_until: datetime | None
    pace: Pace | None


def turn(pace: Pace | None, due: Sequence[TriageLevel], now: datetime) -> Turn:
    """How `due` calls (gravest first, never empty) leave now. Something graver than the window has seen never waits for its end.

    A window that lies in the future belongs to a clock that was wrong, and counts for nothing.
    """
    gravest = due[0]
    if pace is None or not timedelta(0) <= now - pace.window_at < WINDOW or gravest > pace.level:
        if len(due) <= SINGLES:
            return Turn(len(due), 0, None, Pace(now, gravest, len(due)))
        return Turn(0, len(due), None, Pace(now, gravest, SINGLES))
    alone = min(max(SINGLES - pace.sent, 0), len(due))
    after = Pace(pace.window_at, pace.level, pace.sent + alone) if alone else None
    return Turn(alone, 0, pace.window_at + WINDOW if alone < len(due) else None, after)
