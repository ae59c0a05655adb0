"""The roster, opening hours, coverage and cooperation agreements: read by all staff, changed by managers."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from app.http import door
from app.http.door import AnyRequest, asking, house_of
from app.services import agreements, rosters
from app.services.agreements import AgreementsPage, Propose
from app.services.rosters import AddChange, AddSetting, AddTurn, CoveragePage, EndTurn, RosterPage, Swap


class NewId(Struct, frozen=True):
    """Of what was added."""

    id: UUID


@get("/roster", guards=[door.staff], operation_id="readRoster")
async def get_roster(
    request: AnyRequest, start: FromQuery[date | None] = None, days: FromQuery[int] = 14
) -> RosterPage:
    """Who is on duty, from a day on (today when none is given)."""
    async with asking(request) as ask:
        return await rosters.page(ask.con, ask.safe, house_of(request).rulebook, ask.caller, start, days, ask.now)


@get("/roster/coverage", guards=[door.staff], operation_id="readCoverage")
async def get_coverage(request: AnyRequest) -> CoveragePage:
    """Where nobody will be in the next fourteen days."""
    async with asking(request) as ask:
        return await rosters.coverage(ask.con, ask.safe, house_of(request).rulebook, ask.caller, ask.now)


@post("/roster/turns", guards=[door.managers], operation_id="addTurn")
async def post_turn(data: JSONBody[AddTurn], request: AnyRequest) -> NewId:
    """A weekly turn of somebody."""
    async with asking(request) as ask:
        return NewId(await rosters.add_turn(ask.con, ask.caller, data))


@post("/roster/turns/{turn_id:uuid}/end", guards=[door.managers], status_code=204, operation_id="endTurn")
async def post_end_turn(turn_id: FromPath[UUID], data: JSONBody[EndTurn], request: AnyRequest) -> None:
    """A weekly turn is not worked any more after a day."""
    async with asking(request) as ask:
        await rosters.end_turn(ask.con, ask.caller, turn_id, data)


@post("/roster/changes", guards=[door.managers], operation_id="addDutyChange")
async def post_change(data: JSONBody[AddChange], request: AnyRequest) -> NewId:
    """Somebody is away, or on duty besides."""
    async with asking(request) as ask:
        return NewId(await rosters.add_change(ask.con, ask.caller, data))


@post("/roster/swaps", guards=[door.managers], operation_id="swapDuty")
async def post_swap(data: JSONBody[Swap], request: AnyRequest) -> NewId:
    """Somebody stands in for somebody else."""
    async with asking(request) as ask:
        return NewId(await rosters.swap(ask.con, ask.caller, data))


@post(
    "/roster/changes/{change_id:uuid}/cancel", guards=[door.managers], status_code=204, operation_id="cancelDutyChange"
)
async def post_cancel_change(change_id: FromPath[UUID], request: AnyRequest) -> None:
    """An absence, an extra turn or a swap does not take place."""
    async with asking(request) as ask:
        await rosters.cancel_change(ask.con, ask.caller, change_id)


@post("/roster/settings", guards=[door.managers], status_code=204, operation_id="addSetting")
async def post_setting(data: JSONBody[AddSetting], request: AnyRequest) -> None:
    """Other opening hours, or another escalation policy, from a day on."""
    async with asking(request) as ask:
        await rosters.add_setting(ask.con, ask.safe, house_of(request).rulebook, ask.caller, data, ask.now)


@get("/agreements", guards=[door.managers], operation_id="listAgreements")
async def get_agreements(request: AnyRequest) -> AgreementsPage:
    """Cooperation agreements, and with whom they can be made."""
    async with asking(request) as ask:
        return await agreements.page(ask.con, ask.safe.establishment, ask.caller, ask.now)


@post("/agreements", guards=[door.managers], operation_id="proposeAgreement")
async def post_agreement(data: JSONBody[Propose], request: AnyRequest) -> NewId:
    """Propose an agreement and sign our side of it."""
    async with asking(request) as ask:
        return NewId(await agreements.propose(ask.con, house_of(request).rulebook, ask.caller, data))


@post("/agreements/{agreement_id:uuid}/sign", guards=[door.managers], status_code=204, operation_id="signAgreement")
async def post_sign(agreement_id: FromPath[UUID], request: AnyRequest) -> None:
    """Sign our side of what a partner has proposed."""
    async with asking(request) as ask:
        await agreements.sign(ask.con, ask.caller, agreement_id)


@post("/agreements/{agreement_id:uuid}/end", guards=[door.managers], status_code=204, operation_id="endAgreement")
async def post_end(agreement_id: FromPath[UUID], request: AnyRequest) -> None:
    """End or refuse an agreement: what is open under it is shut within seconds."""
    async with asking(request) as ask:
        await agreements.end(ask.con, ask.caller, agreement_id)


HANDLERS = [
    get_roster,
    get_coverage,
    post_turn,
    post_end_turn,
    post_change,
    post_swap,
    post_cancel_change,
    post_setting,
    get_agreements,
    post_agreement,
    post_sign,
    post_end,
]
