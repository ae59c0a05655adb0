"""Saying that something is wrong with Vigie itself: once, to those who can do something about it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import invariants, notices, sessions, technical
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.technical import ENDS_AFTER, STORM, WATCHED, WORDS, TechnicalKind, sending_trouble
from app.domain.texts import Text

__all__ = ["TechnicalAlert", "lines", "sending_trouble", "tell", "watch"]

log = logging.getLogger("vigie.technical")

WANTED_FOR = timedelta(hours=12)


class TechnicalAlert(Struct, frozen=True):
    """Something that is or was wrong, in words, with what to do."""

    id: UUID
    kind: str
    title: Text
    todo: Text
    first_at: datetime
    last_at: datetime
    times: int
    ended_at: datetime | None


async def tell(
    con: asyncpg.Connection, establishment_id: UUID, kind: TechnicalKind, detail: dict[str, str | int] | None = None
) -> None:
    """Open or renew the alert of this kind; managers and administrators hear of a new one. `detail` holds codes and counts only."""
    alert_id, new = await technical.open_or_renew(con, establishment_id, kind, json.encode(detail or {}).decode())
    if not new:
        return
    until = await sessions.database_time(con) + WANTED_FOR
    for staff_id in await technical.who_is_told(con, establishment_id):
        await notices.put(
            con,
            NewNotice(
                establishment_id=establishment_id,
                person_kind=PersonKind.STAFF,
                person_id=staff_id,
                kind=NoticeKind.TECHNICAL_ALERT,
                subject_id=alert_id,
                dedupe_key=f"technical:{alert_id}:{staff_id}",
                expires_at=until,
            ),
        )


async def watch(con: asyncpg.Connection, seen_before: frozenset[tuple[UUID, str]]) -> frozenset[tuple[UUID, str]]:
    """Ask what must never be; what was so at the last look too is told. Returns what is so now, for the next look.

    Twice, because a database that comes back or a clock that jumps makes everything late for a moment.
    """
    found = await invariants.broken(con, STORM)
    now = frozenset((b.establishment_id, b.kind) for b in found)
    await technical.end_well(con, WATCHED, sorted(now))
    await technical.end_old(con, ENDS_AFTER.total_seconds())
    for broken in sorted(found, key=lambda b: (b.establishment_id, b.kind)):
        at_once = broken.kind in (TechnicalKind.UNDELIVERABLE, TechnicalKind.RULE_STORM)
        if at_once or (broken.establishment_id, broken.kind) in seen_before:
            await tell(con, broken.establishment_id, TechnicalKind(broken.kind), {"count": broken.count})
            if broken.kind == TechnicalKind.STUCK_ALERT:
                log.critical("open alerts that no timer watches", extra={"count": broken.count})
            elif not at_once:
                log.warning("late", extra={"what": broken.kind, "count": broken.count})
    return now


async def lines(con: asyncpg.Connection, establishment_id: UUID) -> list[TechnicalAlert]:
    """What is wrong now, then what was lately."""
    found = []
    for row in await technical.lines(con, establishment_id):
        words = WORDS[TechnicalKind(row.kind)]
        found.append(
            TechnicalAlert(
                row.id, row.kind, words.title, words.todo, row.first_at, row.last_at, row.times, row.ended_at
            )
        )
    return found
