"""What whoever runs the house looks at: technical alerts, and what could not be delivered."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from msgspec import Struct

from app.db import events, health, undelivered
from app.db.undelivered import DeadLetter
from app.domain.errors import CannotResend, NotFound
from app.http import door
from app.http.door import AnyRequest, asking, house_of
from app.services import technical
from app.services.technical import TechnicalAlert

LOOK_BACK = timedelta(days=14)
MOST_LETTERS = 500


class TechnicalPage(Struct, frozen=True):
    """What is or was wrong with Vigie itself. `sweeps`: seconds since a worker last led the sweeps; null when none ever did."""

    now: datetime
    sweeps: float | None
    alerts: list[TechnicalAlert]


class Undelivered(Struct, frozen=True):
    """What reached nobody in the last fourteen days, newest first."""

    letters: list[DeadLetter]


class Alive(Struct, frozen=True):
    """The age of the engine behind the pages, for their heartbeat. `sweeps`: seconds since a worker last led the sweeps."""

    at: datetime
    sweeps: float | None


@get("/heartbeat", guards=[door.fully_signed_in], operation_id="readHeartbeat")
async def get_heartbeat(request: AnyRequest) -> Alive:
    """For any open page, of patients too: that server, database and sweeps are alive. Red after 90 s without, by the page's own clock."""
    async with asking(request) as ask:
        return Alive(ask.now, await health.sweeps_age(ask.con))


@get("/technical", guards=[door.watchers], operation_id="listTechnicalAlerts")
async def get_technical(request: AnyRequest) -> TechnicalPage:
    """What is wrong now, then what was in the last 30 days, each with what to do."""
    async with asking(request) as ask:
        lines = await technical.lines(ask.con, ask.caller.establishment_id)
        return TechnicalPage(ask.now, await health.sweeps_age(ask.con), lines)


@get("/undelivered", guards=[door.watchers], operation_id="listUndelivered")
async def get_undelivered(request: AnyRequest) -> Undelivered:
    """Calls and notices that reached nobody, with the reason and what was done next. No patient is named."""
    async with asking(request) as ask:
        since = ask.now - LOOK_BACK
        return Undelivered(await undelivered.letters(ask.con, ask.caller.establishment_id, since, MOST_LETTERS))


@post("/undelivered/calls/{call_id:uuid}/resend", guards=[door.watchers], status_code=204, operation_id="resendCall")
async def post_resend_call(call_id: FromPath[UUID], request: AnyRequest) -> None:
    """Call that person again, by every way they have. The ladder does not go back for it."""
    await _resend(request, "call", call_id)


@post(
    "/undelivered/notices/{notice_id:uuid}/resend", guards=[door.watchers], status_code=204, operation_id="resendNotice"
)
async def post_resend_notice(notice_id: FromPath[UUID], request: AnyRequest) -> None:
    """Send the notice again, by every way its person has."""
    await _resend(request, "notice", notice_id)


async def _resend(request: AnyRequest, kind: str, letter_id: UUID) -> None:
    async with asking(request) as ask:
        if not await undelivered.known(ask.con, ask.caller.establishment_id, kind, letter_id):
            raise NotFound
        if not await undelivered.resend(ask.con, ask.caller.establishment_id, kind, letter_id):
            raise CannotResend
        await events.add(ask.con, ask.caller, "message_resent", subject_id=letter_id)
    house_of(request).hints.say(request.user.establishment_id)


HANDLERS = [get_heartbeat, get_technical, get_undelivered, post_resend_call, post_resend_notice]
