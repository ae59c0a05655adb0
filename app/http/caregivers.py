"""Caregivers, named by the patient on their phone or by the team in the patient's file."""

from __future__ import annotations

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from app.http import door
from app.http.door import AnyRequest, asking
from app.services import caregivers
from app.services.caregivers import CaregiverCode, CaregiverLine, NewCaregiver


class Caregivers(Struct, frozen=True):
    """Who may report and note intakes for this patient; `most` at a time."""

    caregivers: list[CaregiverLine]
    most: int


@get("/caregivers", guards=[door.patients], operation_id="listMyCaregivers")
async def get_mine(request: AnyRequest) -> Caregivers:
    """Who may speak for the calling patient."""
    return await _listed(request, request.user.person_id)


@post("/caregivers", guards=[door.patients], operation_id="nameMyCaregiver")
async def post_mine(data: JSONBody[NewCaregiver], request: AnyRequest) -> CaregiverCode:
    """The patient names somebody who may report and note intakes for them; the code is theirs to hand over."""
    return await _named(request, request.user.person_id, data)


@post("/caregivers/{caregiver_id:uuid}/activation", guards=[door.patients], operation_id="issueMyCaregiversCode")
async def post_my_code(caregiver_id: FromPath[UUID], request: AnyRequest) -> CaregiverCode:
    """A new one-time code for a caregiver's phone; older unused ones end."""
    return await _code(request, request.user.person_id, caregiver_id)


@delete("/caregivers/{caregiver_id:uuid}", guards=[door.patients], operation_id="endMyCaregiver")
async def delete_mine(caregiver_id: FromPath[UUID], request: AnyRequest) -> None:
    """From now on this caregiver says nothing for the patient any more."""
    await _ended(request, request.user.person_id, caregiver_id)


@get("/patients/{patient_id:uuid}/caregivers", guards=[door.clinical], operation_id="listCaregivers")
async def get_caregivers(patient_id: FromPath[UUID], request: AnyRequest) -> Caregivers:
    """Who may speak for a patient."""
    return await _listed(request, patient_id)


@post("/patients/{patient_id:uuid}/caregivers", guards=[door.coordinators], operation_id="nameCaregiver")
async def post_caregiver(
    patient_id: FromPath[UUID], data: JSONBody[NewCaregiver], request: AnyRequest
) -> CaregiverCode:
    """The team names a caregiver at the patient's wish."""
    return await _named(request, patient_id, data)


@post(
    "/patients/{patient_id:uuid}/caregivers/{caregiver_id:uuid}/activation",
    guards=[door.coordinators],
    operation_id="issueCaregiversCode",
)
async def post_code(patient_id: FromPath[UUID], caregiver_id: FromPath[UUID], request: AnyRequest) -> CaregiverCode:
    """A new one-time code for a caregiver's phone; older unused ones end."""
    return await _code(request, patient_id, caregiver_id)


@delete(
    "/patients/{patient_id:uuid}/caregivers/{caregiver_id:uuid}",
    guards=[door.coordinators],
    operation_id="endCaregiver",
)
async def delete_caregiver(patient_id: FromPath[UUID], caregiver_id: FromPath[UUID], request: AnyRequest) -> None:
    """The team ends it at the patient's wish."""
    await _ended(request, patient_id, caregiver_id)


async def _listed(request: AnyRequest, patient_id: UUID) -> Caregivers:
    async with asking(request) as ask:
        return Caregivers(await caregivers.listed(ask.con, ask.safe, ask.caller, patient_id), caregivers.MOST)


async def _named(request: AnyRequest, patient_id: UUID, new: NewCaregiver) -> CaregiverCode:
    async with asking(request) as ask:
        return await caregivers.name(ask.con, ask.safe, ask.caller, patient_id, new)


async def _code(request: AnyRequest, patient_id: UUID, caregiver_id: UUID) -> CaregiverCode:
    async with asking(request) as ask:
        return await caregivers.new_code(ask.con, ask.caller, patient_id, caregiver_id)


async def _ended(request: AnyRequest, patient_id: UUID, caregiver_id: UUID) -> None:
    async with asking(request) as ask:
        await caregivers.end(ask.con, ask.caller, patient_id, caregiver_id)


HANDLERS = [
    get_mine,
    post_mine,
    post_my_code,
    delete_mine,
    get_caregivers,
    post_caregiver,
    post_code,
    delete_caregiver,
]
