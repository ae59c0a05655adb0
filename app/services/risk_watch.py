"""The weekly look at the model of one establishment: kept as a row, and the model frozen when it must be."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import asyncpg
from msgspec import json

from app.db import events, risk_decisions, risk_monitors, risk_scores
from app.db.risk_scores import ShadowRow
from app.domain.outcomes import HORIZONS, Known, Label, at_risk, label
from app.domain.risk_modes import Mode
from app.domain.technical import TechnicalKind
from app.domain.watching import Scored, Watch, freeze_reason, watch
from app.services import outcomes, technical
from app.services.risk_scoring import Models

log = logging.getLogger("vigie.risk")
WEEK = timedelta(weeks=1)
MATURE_OVER = timedelta(weeks=26)  # outcomes of half a year: older ones speak of another workflow
PSI_OVER = timedelta(weeks=8)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


async def look(con: asyncpg.Connection, models: Models, here: UUID, now: datetime) -> Watch | None:
    """Look at the week that ended last Monday; None when that is done, or the model is off.

    Whoever writes the row first has looked; a second worker finds it there and does nothing.
    """
    week_on = monday(now.date())
    if await risk_monitors.has(con, here, week_on):
        return None
    rows = await risk_decisions.modes(con, here)
    if rows and rows[0].mode == Mode.OFF:
        return None
    sha256 = rows[0].card_sha256 if rows else models.sha256
    until = datetime.combine(week_on, time(), UTC)
    seen = await seen_until(con, here, sha256, until, now.date())
    if not await risk_monitors.keep(con, here, week_on, sha256, json.encode(seen).decode()):
        return None
    model = await models.of(con, here, sha256)
    reviewed = max(
        (f.ended_at.date() for f in await risk_decisions.freezes(con, here) if f.reason == "card_age" and f.ended_at),
        default=date.min,
    )
    card_on = max(model.card.reviewed_on, reviewed) if model else None
    reason = freeze_reason(seen, card_on, now.date())
    if reason:
        detail = json.encode(seen.calibration).decode()
        if frozen := await risk_decisions.freeze(con, here, reason, detail):
            log.warning("the risk model is frozen: levels are those of the rules", extra={"reason": reason})
            await events.add_by_system(con, here, "risk_frozen", frozen, json.encode({"reason": reason}).decode())
            await technical.tell(con, here, TechnicalKind.RISK_FROZEN, {"reason": reason})
    return seen


async def look_at_card(con: asyncpg.Connection, models: Models, here: UUID) -> None:
    """Say to who runs the house that the card of this release cannot be used; renewed for as long as it is so."""
    if models.fault:
        await technical.tell(con, here, TechnicalKind.RISK_CARD, {"reason": models.fault[:80]})


async def seen_until(con: asyncpg.Connection, here: UUID, sha256: str, until: datetime, today: date) -> Watch:
    """The week before `until`, with every outcome that is complete by now."""
    known = await outcomes.known_of_all(con, here)
    rows = await risk_scores.between(con, here, sha256, until - MATURE_OVER, until)
    old = [scored(row, known.get(row.patient_id, Known()), today) for row in rows]
    week = [one for one, row in zip(old, rows, strict=True) if row.scored_at >= until - WEEK]
    recent = [row.p7 for row in rows if row.p7 is not None and row.scored_at >= until - PSI_OVER]
    before = [row.p7 for row in rows if row.p7 is not None and row.scored_at < until - PSI_OVER]
    return watch(week, old, recent, before)


def scored(row: ShadowRow, known: Known, today: date) -> Scored:
    """A stored score with what became of it within 7 days, as far as that is known."""
    became = label(row.reported_on, HORIZONS[0], today, known)
    return Scored(
        p7=row.p7,
        abstained=row.abstained,
        missing=tuple(row.missing),
        rules_level=row.rules_level,
        model_level=row.model_level,
        raised=row.raised,
        at_risk=at_risk(row.reported_on, known.happenings),
        happened=None if became in (Label.PENDING, Label.UNKNOWN) else became is Label.YES,
    )
