"""The plan on the phone, intakes under the phone's own ids, reminders, and boxes at home."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post, put
from litestar.enums import RequestEncodingType
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, JSONBody
from msgspec import Meta, Struct

from app.domain.drugs import MissedReason
from app.domain.errors import IntakeDiffers
from app.http import door
from app.http.door import AnyRequest, asking, house_of, submitting
from app.services import hand_overs, intakes, plans, reminders, stops, supplies
from app.services.hand_overs import HandOverReceipt
from app.services.intakes import IntakeDraft, IntakeReceipt, NamedDraft, QueueLine
from app.services.plans import Plan, PlanRead, ReminderChoice
from app.services.reminders import Snooze, Snoozed
from app.services.supplies import NewSupply, Supplies

INTAKE_EXAMPLE = Example(
    summary="The evening dose, taken",
    value={
        "drug": "capecitabine",
        "kind": "taken",
        "at": "2026-11-24T20:04:00+01:00",
        "slot": {"day": "2026-11-24", "number": 1},
    },
)
Draft = Annotated[IntakeDraft, Body(media_type=RequestEncodingType.JSON, examples=[INTAKE_EXAMPLE])]
AGAIN = {200: ResponseSpec(data_container=IntakeReceipt, description="The first answer again", generate_examples=False)}


class Queue(Struct, frozen=True, forbid_unknown_fields=True):
    """What a phone has kept while it had no network, oldest first."""

    intakes: Annotated[list[NamedDraft], Meta(min_length=1, max_length=intakes.MOST_AT_ONCE)]


class QueueDone(Struct, frozen=True):
    """What became of each entry, in the same order."""

    intakes: list[QueueLine]


class StopTold(Struct, frozen=True, forbid_unknown_fields=True):
    """The patient has stopped alone, and why."""

    reason: MissedReason


@get("/plan", guards=[door.at_home], operation_id="readPlan")
async def get_plan(request: AnyRequest) -> Plan:
    """The patient's plan: this cycle and the next, for when there is no network."""
    async with asking(request) as ask:
        here, patient = ask.caller.establishment_id, ask.caller.patient_id
        return await plans.plan(ask.con, house_of(request).rulebook, here, patient)


@post("/plan/read", guards=[door.submitters], status_code=204, operation_id="readPlanReceipt")
async def post_plan_read(data: JSONBody[PlanRead], request: AnyRequest) -> Response[None]:
    """The phone says which plan it shows; the clinic sees that an order has arrived."""
    async with submitting(request) as (con, _, who):
        teller = await intakes.proven(con, who)
        await plans.read(con, teller.establishment_id, teller.patient_id, data)
    return Response(None, status_code=204)


@put(
    "/intakes/{intake_id:uuid}",
    guards=[door.submitters],
    status_code=201,
    operation_id="putIntake",
    responses=AGAIN,
    response_description="Kept, counted and judged",
)
async def put_intake(intake_id: FromPath[UUID], data: Draft, request: AnyRequest) -> Response[IntakeReceipt]:
    """What became of a dose. The answer says what to do now. 200 with the first answer when the phone sends it again."""
    house = house_of(request)
    async with submitting(request) as (con, _, who):
        done = await intakes.submit(con, house.rulebook, await intakes.proven(con, who), intake_id, data)
    if done.alerted:
        house.hints.say(who.establishment_id)
    if done.receipt is None:
        raise IntakeDiffers
    return Response(done.receipt, status_code=200 if done.receipt.duplicate else 201)


@post("/intakes/batch", guards=[door.submitters], status_code=200, operation_id="sendIntakes")
async def post_intakes(data: JSONBody[Queue], request: AnyRequest) -> QueueDone:
    """A queue of intakes at once. What cannot be kept is told by its code and holds up nothing."""
    house = house_of(request)
    async with submitting(request) as (con, _, who):
        teller = await intakes.proven(con, who)
        lines, alerted = await intakes.submit_queue(con, house.rulebook, teller, data.intakes)
    if alerted:
        house.hints.say(who.establishment_id)
    return QueueDone(lines)


@post("/intakes/{intake_id:uuid}/undo", guards=[door.submitters], status_code=204, operation_id="undoIntake")
async def post_undo(intake_id: FromPath[UUID], request: AnyRequest) -> Response[None]:
    """Take an intake back, within ten minutes. After that a correction is a new entry with `replaces`."""
    house = house_of(request)
    async with submitting(request) as (con, _, who):
        alerted = await intakes.undo(con, house.rulebook, await intakes.proven(con, who), intake_id)
    if alerted:
        house.hints.say(who.establishment_id)
    return Response(None, status_code=204)


@put("/stops/{stop_id:uuid}", guards=[door.submitters], status_code=200, operation_id="putStop")
async def put_stop(stop_id: FromPath[UUID], data: JSONBody[StopTold], request: AnyRequest) -> stops.StopReceipt:
    """The patient says that they have stopped alone. Nothing is planned otherwise by it; somebody looks."""
    house = house_of(request)
    async with submitting(request) as (con, _, who):
        teller = await intakes.proven(con, who)
        receipt, alerted = await stops.tell(con, house.rulebook, teller, stop_id, data.reason)
    if alerted:
        house.hints.say(who.establishment_id)
    return receipt


@put("/reminders", guards=[door.patients], operation_id="setReminders")
async def put_reminders(data: JSONBody[ReminderChoice], request: AnyRequest) -> Plan:
    """What the patient wants to be reminded of, at their own hours, and where their clock is. The plan as it is then."""
    rulebook = house_of(request).rulebook
    async with asking(request) as ask:
        known = await plans.choose(ask.con, rulebook, ask.caller, data)
        await reminders.rewrite(ask.con, ask.caller.establishment_id, known, known.row.now)
        return await plans.plan_of(ask.con, rulebook, ask.caller.establishment_id, known)


@post("/reminders/snooze", guards=[door.submitters], status_code=200, operation_id="snoozeReminder")
async def post_snooze(data: JSONBody[Snooze], request: AnyRequest) -> Snoozed:
    """Put a reminder off, within the intake's window. It comes hours after Vigie was last open: the device's credential is enough."""
    async with submitting(request) as (con, _, who):
        teller = await intakes.proven(con, who)
        rulebook = house_of(request).rulebook
        return await reminders.snooze(con, rulebook, teller.establishment_id, teller.patient_id, data)


@get("/boxes-at-home", guards=[door.at_home], operation_id="readSupplies")
async def get_supplies(request: AnyRequest) -> Supplies:
    """What is left at home, and until when it lasts."""
    async with asking(request) as ask:
        return await supplies.own(ask.con, house_of(request).rulebook, ask.caller)


@put("/boxes-at-home/{hand_over_id:uuid}", guards=[door.submitters], status_code=200, operation_id="putHandOver")
async def put_hand_over(
    hand_over_id: FromPath[UUID], data: JSONBody[NewSupply], request: AnyRequest
) -> HandOverReceipt:
    """New boxes, told from home. The same id again changes nothing; what is at home is read at GET."""
    async with submitting(request) as (con, _, who):
        teller = await intakes.proven(con, who)
        return await hand_overs.tell(con, house_of(request).rulebook, teller, hand_over_id, data)


HANDLERS = [
    get_plan,
    post_plan_read,
    put_intake,
    post_intakes,
    post_undo,
    put_stop,
    put_reminders,
    post_snooze,
    get_supplies,
    put_hand_over,
]
