"""Smart boxes: their own open endpoint, and how the clinic issues and reads them."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from app.http import door
from app.http.door import AnyRequest, asking, boxing, house_of
from app.services import box_pauses, boxes, plans
from app.services.box_pauses import NewPause, OwnPause
from app.services.boxes import BoxEvents, BoxHeard, BoxPage, IssuedBox, NewBox
from app.services.plans import Plan

# `| None` stands inside: litestar does not see a parameter that is only one part of a union
First = Annotated[date | None, QueryParameter(name="from", description="First day.")]
Last = Annotated[date | None, QueryParameter(name="to", description="Last day, included.")]


@post("/box-events", guards=[door.boxes], status_code=200, operation_id="sendBoxEvents", security=[{"box": []}])
async def post_events(data: JSONBody[BoxEvents], request: AnyRequest) -> BoxHeard:
    """Openings of a smart box, by the bearer token of the device. Sending one again changes nothing."""
    house = house_of(request)
    async with boxing(request) as (con, box, now):
        heard, alerted = await boxes.hear(con, house.rulebook, request.scope["user"].establishment_id, box, data, now)
    if alerted:
        house.hints.say(request.scope["user"].establishment_id)
    return heard


@post("/patients/{patient_id:uuid}/boxes", guards=[door.coordinators], operation_id="issueBox")
async def post_box(patient_id: FromPath[UUID], data: JSONBody[NewBox], request: AnyRequest) -> IssuedBox:
    """A token for a smart box, shown once."""
    async with asking(request) as ask:
        return await boxes.issue(ask.con, house_of(request).rulebook, ask.caller, patient_id, data)


@delete("/patients/{patient_id:uuid}/boxes/{box_id:uuid}", guards=[door.coordinators], operation_id="revokeBox")
async def delete_box(patient_id: FromPath[UUID], box_id: FromPath[UUID], request: AnyRequest) -> None:
    """The box's token is worth nothing any more; what it said stays."""
    async with asking(request) as ask:
        await boxes.revoke(ask.con, ask.caller, house_of(request).rulebook, patient_id, box_id)


@post(
    "/patients/{patient_id:uuid}/boxes/{box_id:uuid}/pauses",
    guards=[door.acting],
    status_code=204,
    operation_id="pauseBox",
)
async def post_pause(
    patient_id: FromPath[UUID], box_id: FromPath[UUID], data: JSONBody[NewPause], request: AnyRequest
) -> Response[None]:
    """The box was not in use: its silence means nothing then."""
    async with asking(request) as ask:
        await box_pauses.pause(ask.con, house_of(request).rulebook, ask.caller, patient_id, box_id, data)
    return Response(None, status_code=204)


@post(
    "/patients/{patient_id:uuid}/boxes/{box_id:uuid}/resumed",
    guards=[door.acting],
    status_code=204,
    operation_id="resumeBox",
)
async def post_resumed(patient_id: FromPath[UUID], box_id: FromPath[UUID], request: AnyRequest) -> Response[None]:
    """The box is in use again: what lasts ends now, what was announced is withdrawn."""
    async with asking(request) as ask:
        await box_pauses.resume(ask.con, house_of(request).rulebook, ask.caller, patient_id, box_id)
    return Response(None, status_code=204)


@get("/patients/{patient_id:uuid}/boxes", guards=[door.clinical], operation_id="readBoxes")
async def get_boxes(patient_id: FromPath[UUID], request: AnyRequest, first: First = None, last: Last = None) -> BoxPage:
    """The patient's boxes beside the diary: openings day by day, and where the sources disagree."""
    async with asking(request) as ask:
        return await boxes.page(ask.con, house_of(request).rulebook, ask.caller, patient_id, first, last)


@post("/smart-boxes/{box_id:uuid}/pauses", guards=[door.patients], status_code=200, operation_id="pauseOwnBox")
async def post_own_pause(box_id: FromPath[UUID], data: JSONBody[OwnPause], request: AnyRequest) -> Plan:
    """The patient does not use their box on these days. The plan as it is then."""
    rulebook = house_of(request).rulebook
    async with asking(request) as ask:
        known = await box_pauses.pause_own(ask.con, rulebook, ask.caller, box_id, data)
        return await plans.plan_of(ask.con, rulebook, ask.caller.establishment_id, known)


@post("/smart-boxes/{box_id:uuid}/resumed", guards=[door.patients], status_code=200, operation_id="resumeOwnBox")
async def post_own_resumed(box_id: FromPath[UUID], request: AnyRequest) -> Plan:
    """The patient uses their box again. The plan as it is then."""
    rulebook = house_of(request).rulebook
    async with asking(request) as ask:
        known = await box_pauses.resume_own(ask.con, rulebook, ask.caller, box_id)
        return await plans.plan_of(ask.con, rulebook, ask.caller.establishment_id, known)


HANDLERS = [
    post_events,
    post_box,
    delete_box,
    post_pause,
    post_resumed,
    get_boxes,
    post_own_pause,
    post_own_resumed,
]
