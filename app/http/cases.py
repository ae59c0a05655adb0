"""What is done with an alert that somebody has: contact, hand-over, pause, mute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from app.http import door
from app.http.door import AnyRequest, Asking, asking_about, house_of
from app.services import alert_pages, cases
from app.services.alert_pages import AlertPage
from app.services.cases import AsSeen, Contact, HandOver, MuteSymptom, Pause, Refusal


async def done(request: AnyRequest, alert_id: UUID, act: Callable[[Asking], Awaitable[None]]) -> AlertPage:
    """Do something with one alert, at home or where the caller covers for; the page as it is then. Worklists hear of it."""
    house = house_of(request)
    async with asking_about(request, alert_id) as ask:
        await act(ask)
        page = await alert_pages.page(ask.con, ask.safe, house.rulebook, ask.caller, alert_id, ask.now)
    house.hints.say(ask.caller.establishment_id)
    if ask.caller.guest:
        house.hints.say(ask.caller.guest.home_establishment_id)
    return page


@post("/alerts/{alert_id:uuid}/contact", guards=[door.acting], status_code=200, operation_id="recordContact")
async def post_contact(alert_id: FromPath[UUID], data: JSONBody[Contact], request: AnyRequest) -> AlertPage:
    """The patient was spoken to: the contact delay is met."""
    book = house_of(request).rulebook
    return await done(
        request, alert_id, lambda ask: cases.record_contact(ask.con, book, ask.caller, alert_id, data, ask.now)
    )


@post("/alerts/{alert_id:uuid}/hand-over", guards=[door.acting], status_code=200, operation_id="handOver")
async def post_hand_over(alert_id: FromPath[UUID], data: JSONBody[HandOver], request: AnyRequest) -> AlertPage:
    """Offer the case to a named colleague; the giver keeps it until they accept."""
    book = house_of(request).rulebook
    return await done(
        request, alert_id, lambda ask: cases.hand_over(ask.con, book, ask.caller, alert_id, data, ask.now)
    )


@post("/alerts/{alert_id:uuid}/hand-over/accept", guards=[door.acting], status_code=200, operation_id="acceptHandOver")
async def post_accept(alert_id: FromPath[UUID], data: JSONBody[AsSeen], request: AnyRequest) -> AlertPage:
    """Take over a case that was offered to the caller."""
    book = house_of(request).rulebook
    return await done(request, alert_id, lambda ask: cases.accept(ask.con, book, ask.caller, alert_id, data.version))


@post("/alerts/{alert_id:uuid}/hand-over/refuse", guards=[door.acting], status_code=200, operation_id="refuseHandOver")
async def post_refuse(alert_id: FromPath[UUID], data: JSONBody[Refusal], request: AnyRequest) -> AlertPage:
    """Leave a case with its giver, with a reason."""
    return await done(request, alert_id, lambda ask: cases.refuse(ask.con, ask.caller, alert_id, data))


@post(
    "/alerts/{alert_id:uuid}/hand-over/withdraw", guards=[door.acting], status_code=200, operation_id="withdrawHandOver"
)
async def post_withdraw(alert_id: FromPath[UUID], data: JSONBody[AsSeen], request: AnyRequest) -> AlertPage:
    """Keep a case that the caller had offered."""
    return await done(request, alert_id, lambda ask: cases.withdraw(ask.con, ask.caller, alert_id, data.version))


@post("/alerts/{alert_id:uuid}/take-over", guards=[door.acting], status_code=200, operation_id="takeOver")
async def post_take_over(alert_id: FromPath[UUID], data: JSONBody[AsSeen], request: AnyRequest) -> AlertPage:
    """Take a case from a colleague who cannot be asked."""
    book = house_of(request).rulebook
    return await done(request, alert_id, lambda ask: cases.take_over(ask.con, book, ask.caller, alert_id, data.version))


@post("/alerts/{alert_id:uuid}/pause", guards=[door.acting], status_code=200, operation_id="pauseAlert")
async def post_pause(alert_id: FromPath[UUID], data: JSONBody[Pause], request: AnyRequest) -> AlertPage:
    """Let the case wait for something; it ends by itself, and at once when something worse comes."""
    book = house_of(request).rulebook
    return await done(request, alert_id, lambda ask: cases.pause(ask.con, book, ask.caller, alert_id, data, ask.now))


@post("/alerts/{alert_id:uuid}/resume", guards=[door.acting], status_code=200, operation_id="resumeAlert")
async def post_resume(alert_id: FromPath[UUID], data: JSONBody[AsSeen], request: AnyRequest) -> AlertPage:
    """The case waits no longer."""
    book = house_of(request).rulebook
    return await done(request, alert_id, lambda ask: cases.resume(ask.con, book, ask.caller, alert_id, data.version))


@post("/alerts/{alert_id:uuid}/mutes", guards=[door.acting], status_code=200, operation_id="muteSymptom")
async def post_mute(alert_id: FromPath[UUID], data: JSONBody[MuteSymptom], request: AnyRequest) -> AlertPage:
    """Let one symptom of this patient call nobody for a while, as long as it is no worse."""
    book = house_of(request).rulebook
    return await done(request, alert_id, lambda ask: cases.mute(ask.con, book, ask.caller, alert_id, data, ask.now))


@post("/alerts/{alert_id:uuid}/mutes/{mute_id:uuid}/end", guards=[door.acting], status_code=200, operation_id="endMute")
async def post_end_mute(alert_id: FromPath[UUID], mute_id: FromPath[UUID], request: AnyRequest) -> AlertPage:
    """Let a muted symptom call again."""
    return await done(request, alert_id, lambda ask: cases.end_mute(ask.con, ask.caller, alert_id, mute_id))


HANDLERS = [
    post_contact,
    post_hand_over,
    post_accept,
    post_refuse,
    post_withdraw,
    post_take_over,
    post_pause,
    post_resume,
    post_mute,
    post_end_mute,
]
