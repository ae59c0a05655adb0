"""Courses as clinicians see and order them; intakes and boxes told for a patient; refills; leaving."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post, put
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, JSONBody
from msgspec import Struct

from app.db.door import establishment_tx
from app.domain.errors import IntakeDiffers
from app.http import door
from app.http.door import AnyRequest, asking, house_of
from app.http.intakes import AGAIN, Draft
from app.services import course_orders, course_pages, course_previews, intakes, supplies
from app.services.course_orders import Leaving, Signature
from app.services.course_pages import CoursePage
from app.services.course_previews import CyclePage, NewCourse, PreviewAsk
from app.services.courses import NewOrder
from app.services.intakes import IntakeReceipt
from app.services.supplies import NewSupply, RefillLine, Supplies

ORDER_EXAMPLE = Example(
    summary="Hold for diarrhoea, by the label's second rule",
    value={"after": 1, "kind": "hold", "reason": "diarrhée de grade 2", "rule": 1},
)
Order = Annotated[NewOrder, Body(media_type=RequestEncodingType.JSON, examples=[ORDER_EXAMPLE])]


class Refills(Struct, frozen=True):
    """Everyone who needs new boxes, most pressing first."""

    refills: list[RefillLine]


@get("/patients/{patient_id:uuid}/course", guards=[door.clinical], operation_id="readCourse")
async def get_course(patient_id: FromPath[UUID], request: AnyRequest) -> CoursePage:
    """One patient's course: orders, doses in force, what the label suggests, boxes at home."""
    async with asking(request) as ask:
        return await course_pages.page(ask.con, house_of(request).rulebook, ask.caller, patient_id)


@post("/patients/{patient_id:uuid}/courses", guards=[door.oncologists], operation_id="beginCourse")
async def post_course(patient_id: FromPath[UUID], data: JSONBody[NewCourse], request: AnyRequest) -> CoursePage:
    """Another treatment, once the last one has been stopped or completed; signed as it begins."""
    async with asking(request) as ask:
        return await course_orders.begin(ask.con, ask.safe, house_of(request).rulebook, ask.caller, patient_id, data)


@post("/courses/preview", guards=[door.staff], status_code=200, operation_id="previewCourse")
async def post_course_preview(data: JSONBody[NewCourse], request: AnyRequest) -> CyclePage:
    """The first cycle of a treatment that is not recorded yet: tablets and dates."""
    async with asking(request) as ask:
        zone = ask.safe.establishment.timezone
        return await course_previews.preview_course(house_of(request).rulebook, ask.caller, data, zone)


@post(
    "/patients/{patient_id:uuid}/orders/preview", guards=[door.clinical], status_code=200, operation_id="previewOrder"
)
async def post_preview(patient_id: FromPath[UUID], data: JSONBody[PreviewAsk], request: AnyRequest) -> CyclePage:
    """The whole cycle as an order would make it, before it is signed."""
    async with asking(request) as ask:
        return await course_previews.preview_order(ask.con, house_of(request).rulebook, ask.caller, patient_id, data)


@post("/patients/{patient_id:uuid}/orders", guards=[door.oncologists], operation_id="signOrder")
async def post_order(patient_id: FromPath[UUID], data: Order, request: AnyRequest) -> CoursePage:
    """Sign an order: hold, resume, dose change, stop, complete. The patient's plan follows at once."""
    house = house_of(request)
    async with asking(request) as ask:
        page = await course_orders.order(ask.con, house.rulebook, ask.caller, patient_id, data)
    house.hints.say(request.user.establishment_id)
    return page


@post("/patients/{patient_id:uuid}/orders/start/signature", guards=[door.oncologists], operation_id="signStart")
async def post_signature(patient_id: FromPath[UUID], data: JSONBody[Signature], request: AnyRequest) -> CoursePage:
    """Sign the start that the coordination has copied, with the prescription corrected where it must be."""
    async with asking(request) as ask:
        return await course_orders.sign(ask.con, house_of(request).rulebook, ask.caller, patient_id, data)


@put(
    "/patients/{patient_id:uuid}/intakes/{intake_id:uuid}",
    guards=[door.clinical],
    status_code=201,
    operation_id="assistIntake",
    responses=AGAIN,
)
async def put_assisted(
    patient_id: FromPath[UUID], intake_id: FromPath[UUID], data: Draft, request: AnyRequest
) -> Response[IntakeReceipt]:
    """What became of a dose, told by a professional for their patient, under the professional's name."""
    house, caller = house_of(request), request.user
    async with establishment_tx(house.pool, caller.establishment_id, lock=patient_id) as con:
        teller = await intakes.assisting(con, caller, patient_id)
        done = await intakes.submit(con, house.rulebook, teller, intake_id, data)
    if done.alerted:
        house.hints.say(caller.establishment_id)
    if done.receipt is None:
        raise IntakeDiffers
    return Response(done.receipt, status_code=200 if done.receipt.duplicate else 201)


@put("/patients/{patient_id:uuid}/boxes-at-home/{hand_over_id:uuid}", guards=[door.clinical], operation_id="dispense")
async def put_dispensing(
    patient_id: FromPath[UUID], hand_over_id: FromPath[UUID], data: JSONBody[NewSupply], request: AnyRequest
) -> Supplies:
    """Boxes handed over or given back, told by the pharmacist or the team. The same id again changes nothing."""
    async with asking(request) as ask:
        rulebook = house_of(request).rulebook
        return await supplies.record(ask.con, rulebook, ask.caller, patient_id, hand_over_id, data)


@get("/refills", guards=[door.acting], operation_id="listRefills")
async def get_refills(request: AnyRequest) -> Refills:
    """Who needs new boxes before they are empty."""
    async with asking(request) as ask:
        return Refills(await supplies.refills(ask.con, ask.safe, house_of(request).rulebook, ask.caller))


@post(
    "/patients/{patient_id:uuid}/refill/settled",
    guards=[door.coordinators],
    status_code=204,
    operation_id="settleRefill",
)
async def post_refill_settled(patient_id: FromPath[UUID], request: AnyRequest) -> Response[None]:
    """The coordination has seen to it; new boxes, once recorded, settle it too."""
    async with asking(request) as ask:
        await supplies.dismiss(ask.con, house_of(request).rulebook, ask.caller, patient_id)
    return Response(None, status_code=204)


@post("/patients/{patient_id:uuid}/leaving", guards=[door.coordinators], status_code=204, operation_id="leavePatient")
async def post_leaving(patient_id: FromPath[UUID], data: JSONBody[Leaving], request: AnyRequest) -> Response[None]:
    """The patient has died, moved or is no longer followed: nothing reminds, asks or watches any more."""
    async with asking(request) as ask:
        await course_orders.leave(ask.con, house_of(request).rulebook, ask.caller, patient_id, data)
    return Response(None, status_code=204)


HANDLERS = [
    get_course,
    post_course,
    post_course_preview,
    post_preview,
    post_order,
    post_signature,
    put_assisted,
    put_dispensing,
    get_refills,
    post_refill_settled,
    post_leaving,
]
