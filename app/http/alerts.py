"""The worklist, its live stream, and what is done with an alert."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, JSONBody
from litestar.response import Stream
from msgspec import Meta, Struct, structs

from app.db import covers
from app.domain.errors import NotFound
from app.http import door
from app.http.cases import done
from app.http.door import AnyRequest, asking, asking_about, house_of
from app.http.pulse import Pulse
from app.services import alert_pages, alerts, worklists
from app.services.alert_pages import AlertPage
from app.services.alerts import CloseAlert
from app.services.worklists import Overview, Worklist


class Acknowledge(Struct, frozen=True, forbid_unknown_fields=True):
    """ "I have it", as the alert was at this version."""

    version: Annotated[int, Meta(ge=1, examples=[3])]


@get("/worklist", guards=[door.clinical], operation_id="readWorklist")
async def get_worklist(request: AnyRequest) -> Worklist:
    """Every open alert of the patients the caller may see, most urgent first; and those that they cover for another establishment."""
    house = house_of(request)
    async with asking(request) as ask:
        mine = await worklists.worklist(ask.con, ask.safe, house.rulebook, ask.caller, ask.now)
        elsewhere = await covers.covering(ask.con, ask.caller)
    covered = []
    for alert_id in dict.fromkeys(alert_id for _, alert_id in elsewhere):
        with suppress(NotFound):  # the cover has ended in between
            async with asking_about(request, alert_id) as there:
                covered += await worklists.covered(
                    there.con, there.safe, house.rulebook, there.caller, alert_id, there.now
                )
    return structs.replace(mine, alerts=[*mine.alerts, *covered]) if covered else mine


class WorklistEvent(Struct, frozen=True):
    """The data of a server-sent event; its name is `changed`, `heartbeat` or `bye`."""

    at: str


STREAM = {
    200: ResponseSpec(
        data_container=WorklistEvent, media_type="text/event-stream", description="Events", generate_examples=False
    )
}


@get("/worklist/stream", guards=[door.clinical], operation_id="streamWorklist", responses=STREAM)
async def get_stream(request: AnyRequest) -> Stream:
    """Server-sent events: `changed` when the worklist must be read again, `heartbeat` every 15 s, `bye` at shutdown."""
    pulse: Pulse = request.app.state.pulse
    session_id, establishment_id = request.user.session_id, request.user.establishment_id

    async def events() -> AsyncIterator[bytes]:
        async for name, at in pulse.of(establishment_id, session_id):
            yield f'id: {at}\nevent: {name}\ndata: {{"at": "{at}"}}\n\n'.encode()

    return Stream(
        events(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


@get("/alerts/{alert_id:uuid}", guards=[door.clinical], operation_id="readAlert")
async def get_alert(alert_id: FromPath[UUID], request: AnyRequest) -> AlertPage:
    """One alert: why, what the patient said, who was called."""
    async with asking_about(request, alert_id) as ask:
        return await alert_pages.page(ask.con, ask.safe, house_of(request).rulebook, ask.caller, alert_id, ask.now)


@post("/alerts/{alert_id:uuid}/acknowledge", guards=[door.acting], status_code=200, operation_id="acknowledgeAlert")
async def post_acknowledge(alert_id: FromPath[UUID], data: JSONBody[Acknowledge], request: AnyRequest) -> AlertPage:
    """Take the alert: escalation stops, nothing is closed."""
    book = house_of(request).rulebook
    return await done(
        request, alert_id, lambda ask: alerts.acknowledge(ask.con, book, ask.caller, alert_id, data.version)
    )


CLOSE_EXAMPLE = Example(
    summary="Called, settled at home",
    value={
        "version": 4,
        "action": "called_patient",
        "outcome": "settled_at_home",
        "toxicity": {"symptom": "diarrhoea", "ctcae_grade": 2},
        "hospitalised": False,
        "dose_changed": False,
        "verdict": "useful",
        "note": None,
    },
)


Closed = Annotated[CloseAlert, Body(media_type=RequestEncodingType.JSON, examples=[CLOSE_EXAMPLE])]


@post("/alerts/{alert_id:uuid}/close", guards=[door.acting], status_code=200, operation_id="closeAlert")
async def post_close(
    alert_id: FromPath[UUID],
    data: Closed,
    request: AnyRequest,
) -> AlertPage:
    """Close the alert with action, outcome and whether it was useful."""
    book = house_of(request).rulebook
    return await done(request, alert_id, lambda ask: alerts.close(ask.con, book, ask.caller, alert_id, data))


@get("/overview", guards=[door.staff], operation_id="readOverview")
async def get_overview(request: AnyRequest) -> Overview:
    """Counts of the establishment, and not one patient."""
    async with asking(request) as ask:
        return await worklists.overview(ask.con, ask.safe, ask.caller, ask.now)


HANDLERS = [get_worklist, get_stream, get_alert, post_acknowledge, post_close, get_overview]
