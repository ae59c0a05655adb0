"""Cooperation agreements: proposed by one manager, signed by both, ended by either."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct, structs

from app.db import agreements
from app.db.agreements import AgreementRow, Partner, Terms
from app.domain.civil import local_day
from app.domain.errors import AgreementSettled, ContentRefused, Fault, NotFound, Refusal
from app.domain.people import Caller, Establishment
from app.domain.policies import Discipline
from app.domain.roster import WEEK, Cover
from app.domain.rulebook import Rulebook

Shared = Literal["alert", "reports", "treatment", "contact"]


class AgreementLine(Struct, frozen=True):
    """An agreement as one side has it, how it stands today, and until when it covers if it does right now."""

    id: UUID
    side: str
    partner_id: UUID
    partner: str
    disciplines: list[str]
    regimen_levels: list[int] | None
    regimens: list[str] | None
    from_minutes: list[int]
    to_minutes: list[int]
    holidays: str
    from_on: date
    until_on: date
    shares: list[str]
    proposed_at: datetime
    signed_at: datetime | None
    signed_by: str | None
    partner_signed_at: datetime | None
    ended_at: datetime | None
    timezone: str
    stands: str  # to_sign, waiting, ahead, running, past, ended, refused
    covers_until: datetime | None


class AgreementsPage(Struct, frozen=True):
    """Every agreement of the establishment, and with whom others can be made from today on."""

    today: date
    agreements: list[AgreementLine]
    partners: list[Partner]


class WeeklyHours(Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes of the week where the patients are, from Monday 00:00; may pass the end of the week."""

    from_minute: Annotated[int, Meta(ge=0, lt=10080)]
    to_minute: Annotated[int, Meta(ge=1, le=20160)]


class Propose(Struct, frozen=True, forbid_unknown_fields=True):
    """Terms of an agreement, which the proposer signs. `side: covered`: the partner is called for our patients."""

    side: Literal["covered", "covering"]
    partner: UUID
    disciplines: Annotated[list[Discipline], Meta(min_length=1)]
    hours: Annotated[list[WeeklyHours], Meta(min_length=1, max_length=50)]
    from_on: date
    until_on: date
    holidays: Literal["as_usual", "all_day", "only"] = "as_usual"
    regimen_levels: list[Literal[1, 2]] | None = None
    regimens: Annotated[list[str], Meta(max_length=200)] | None = None
    shares: tuple[Shared, ...] = ("alert", "reports", "treatment", "contact")


async def page(con: asyncpg.Connection, place: Establishment, caller: Caller, now: datetime) -> AgreementsPage:
    """What is agreed, asked and over."""
    here = caller.establishment_id
    lines = [line(row, now) for row in await agreements.of(con, here)]
    return AgreementsPage(local_day(now, place.timezone), lines, await agreements.partners(con, here))


def line(row: AgreementRow, now: datetime) -> AgreementLine:
    """An agreement as it stands; hours, days and public holidays are those where the patients are."""
    today = local_day(now, row.timezone)
    return AgreementLine(**structs.asdict(row), stands=_stands(row, today), covers_until=_covers_until(row, now))


def _stands(row: AgreementRow, today: date) -> str:
    if row.ended_at:
        return "ended" if row.signed_at and row.partner_signed_at else "refused"
    if not row.signed_at:
        return "to_sign"
    if not row.partner_signed_at:
        return "waiting"
    return "ahead" if today < row.from_on else "past" if today > row.until_on else "running"


def _covers_until(row: AgreementRow, now: datetime) -> datetime | None:
    """The last night of an agreement goes on into the day after it."""
    if row.ended_at or not (row.signed_at and row.partner_signed_at):
        return None
    hours = tuple(row.from_minutes), tuple(row.to_minutes)
    cover = Cover(row.partner_id, tuple(row.disciplines), *hours, row.holidays, row.from_on, row.until_on)
    return cover.until(now, row.timezone)


async def propose(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, new: Propose) -> UUID:
    """Sign our side of new terms; the partner's manager sees them within seconds. Raises ContentRefused."""
    faults = []
    if new.until_on < new.from_on:
        faults.append(Fault("until_on", "Not before `from_on`."))
    for n, hours in enumerate(new.hours):
        if not 0 < hours.to_minute - hours.from_minute <= WEEK:
            faults.append(Fault(f"hours[{n}].to_minute", "After `from_minute`, by a week at most."))
    if unknown := sorted(set(new.regimens or ()) - rulebook.regimens.keys()):
        faults.append(Fault("regimens", f"Not in the rulebook: {', '.join(unknown)[:200]}."))
    if "alert" not in new.shares:
        faults.append(Fault("shares", "`alert` at least: nobody can be called for what they may not see."))
    if faults:
        raise ContentRefused(faults=tuple(faults))
    terms = Terms(
        side=new.side,
        partner_id=new.partner,
        disciplines=sorted(set(new.disciplines)),
        regimen_levels=sorted(set(new.regimen_levels)) if new.regimen_levels else None,
        regimens=sorted(set(new.regimens)) if new.regimens else None,
        from_minutes=[h.from_minute for h in new.hours],
        to_minutes=[h.to_minute for h in new.hours],
        holidays=new.holidays,
        from_on=new.from_on,
        until_on=new.until_on,
        shares=sorted(set(new.shares)),
    )
    agreement_id = uuid4()
    if not await agreements.propose(con, caller, agreement_id, terms):
        raise ContentRefused(faults=(Fault("partner", "Another establishment. Choose from `partners`."),))
    return agreement_id


async def sign(con: asyncpg.Connection, caller: Caller, agreement_id: UUID) -> None:
    """Sign our side of what the partner has proposed. Raises NotFound, AgreementSettled."""
    if not await agreements.sign(con, caller, agreement_id):
        raise await _refusal(con, caller, agreement_id)


async def _refusal(con: asyncpg.Connection, caller: Caller, agreement_id: UUID) -> Refusal:
    """Why nothing was changed: it is not ours, or there is nothing left to change."""
    ours = {row.id for row in await agreements.of(con, caller.establishment_id)}
    return AgreementSettled() if agreement_id in ours else NotFound()


async def end(con: asyncpg.Connection, caller: Caller, agreement_id: UUID) -> None:
    """End it, or refuse it: what is open under it is shut within seconds. Raises NotFound, AgreementSettled."""
    if not await agreements.end(con, caller, agreement_id):
        raise await _refusal(con, caller, agreement_id)
