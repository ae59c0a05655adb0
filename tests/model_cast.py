"""What tests of the model beside the rules need: reports through the real service with a card, and decisions taken for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from msgspec import convert
from uuid_utils.compat import uuid7

from app.db import clock
from app.db.door import establishment_tx
from app.domain.people import Submitter
from app.domain.reports import ReportDraft
from app.services.reports import Submission, submit_report
from app.services.risk_scoring import Models
from tests import risk_card
from tests.cast import Cast, Patient, Tenant
from tests.rules.book import rulebook
from tests.world import START

MODELS = Models(risk_card.content())
FEVERISH = {"fever": {"P": 1}, "fatigue": {"S": 1}}
BECAUSE = "Because the pharmacist and I have looked at it together."


async def told(
    cast: Cast,
    who: Patient,
    answers: dict[str, dict[str, int]] | None = None,
    *,
    models: Models | None = MODELS,
    report_id: UUID | None = None,
    answered_at: datetime = START,
    **more: Any,
) -> Submission:
    """A report as it comes through the door, with this card beside the rules."""
    draft = {"answered_at": answered_at, "questionnaire": "test", "answers": answers or {}, **more}
    submitter = Submitter(who.establishment_id, who.id, [await cast._credential(who)])
    async with establishment_tx(cast.app, who.establishment_id, lock=who.id) as con:
        safe = await cast.vault.of(con, who.establishment_id)
        return await submit_report(
            con, safe, rulebook(), submitter, report_id or uuid7(), convert(draft, ReportDraft), models
        )


async def go(cast: Cast, at: datetime) -> None:
    """Move the house's clock, and let it stand there."""
    await clock.set_to(cast.owner, at, frozen=True)


async def live(
    cast: Cast, tenant: Tenant, *, yellow: float | None = 0.05, orange: float = 0.2, sha256: str | None = None
) -> None:
    """Put live in force, as if two people had agreed: for tests of what follows from it."""
    proposal, card = uuid4(), sha256 or MODELS.sha256
    await cast.superuser.execute(
        "insert into risk_proposal values ($1, $2, $3, $4, $5, $6, 5, $7, app_now(), null)",
        tenant.id,
        proposal,
        card,
        yellow,
        orange,
        5 if yellow else None,
        BECAUSE,
    )
    await cast.superuser.execute(
        "insert into risk_mode (establishment_id, number, mode, card_sha256, yellow_from, orange_from, yellow_budget, orange_budget,"
        " reason, set_at, set_by, proposal_id) select $1, 1 + count(*), 'live', $2, $3, $4, $5, 5, $6, app_now(), $7, $8"
        " from risk_mode where establishment_id = $1",
        tenant.id,
        card,
        yellow,
        orange,
        5 if yellow else None,
        BECAUSE,
        tenant.staff["oncologist"].person_id,
        proposal,
    )


async def scores(cast: Cast, who: Patient | None = None) -> list[asyncpg.Record]:
    """Everything that was stored of the model, oldest first."""
    return await cast.superuser.fetch(  # type: ignore[no-any-return] # asyncpg ships no types
        "select * from risk_score where $1::uuid is null or patient_id = $1 order by scored_at, report_id",
        who.id if who else None,
    )


async def shadow_weeks(cast: Cast, tenant: Tenant, weeks: int = 6, per_week: int = 5) -> None:
    """Some weeks of reports of every patient of an establishment, each a little different, up to START."""
    await cast.superuser.execute(
        "update course set created_at = $2 where establishment_id = $1", tenant.id, START - timedelta(weeks=weeks)
    )
    for day in range(weeks * 7, 0, -1):
        if day % 7 >= per_week:
            continue
        at = START - timedelta(days=day)
        await go(cast, at)
        for number, patient in enumerate(tenant.patients):
            mild = ("fatigue", "insomnia", "dry_skin", "taste_change", "hot_flashes", "anxiety")
            answers = {name: {"S": int((day + number) % (place + 2) == 0)} for place, name in enumerate(mild)}
            await told(cast, patient, answers, answered_at=at - timedelta(minutes=number))
    await go(cast, START)
