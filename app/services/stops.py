"""The patient has stopped alone and says so: kept, judged at once, in words that blame nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db import intakes
from app.domain.drugs import MissedReason
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.triage import TriageLevel
from app.services import adherence, courses
from app.services.intakes import Teller


class StopReceipt(Struct, frozen=True):
    """What happens next; `level` null when it was told before or nobody has to look."""

    id: UUID
    recorded_at: datetime
    level: TriageLevel | None
    headline: Text | None
    next: Text | None


async def tell(
    con: asyncpg.Connection, rulebook: Rulebook, who: Teller, stop_id: UUID, reason: MissedReason
) -> tuple[StopReceipt, bool]:
    """Keep a stop once and judge it; also whether a worklist has changed. Over once a dose is taken again. Raises NoCourse."""
    here = who.establishment_id
    known = await courses.current(con, rulebook, here, who.patient_id)
    now = known.row.now
    args = here, who.patient_id, stop_id, known.row.id, now, reason, who.kind, who.author_id
    if not await intakes.stop(con, *args):
        return StopReceipt(stop_id, now, None, None, None), False
    look = await adherence.look_again(con, rulebook, here, known, now)
    verdict = look.verdict if look.alert_id else None
    outcome = rulebook.on(now.date()).outcome(verdict.level, verdict.emergency) if verdict else None
    receipt = StopReceipt(
        stop_id,
        now,
        verdict.level if verdict else None,
        outcome.headline if outcome else None,
        outcome.next if outcome else None,
    )
    return receipt, verdict is not None
