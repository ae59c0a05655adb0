"""Patients as the clinic sees them: the list, one file, enrolling, a code for the phone."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.domain.dose_pages import RegimenDoses, doses_of
from app.domain.errors import NotFound
from app.domain.people import Identity
from app.domain.texts import Text
from app.http import door
from app.http.door import AnyRequest, asking, house_of
from app.services import patients
from app.services.courses import Prescription
from app.services.patients import Activation, Enrolment, PatientLine, PatientPage

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S", examples=["Jeanne"])]


class NewPatient(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is enrolled, and on what."""

    first_name: Name
    last_name: Name
    born_on: date
    phone: Annotated[str, Meta(min_length=3, max_length=40, pattern=r"^[0-9+() .-]+$", examples=["06 12 34 56 78"])]
    locale: Literal["fr", "en"]
    regimen: Annotated[str, Meta(max_length=64, examples=["capecitabine_mono"])]
    started_on: date
    weight_kg: Annotated[float, Meta(ge=25, le=300)] | None = None  # plausible range of weight_kg in symptoms.yaml
    prescription: Prescription | None = None  # as the coordination copies it; an oncologist signs it later


class Patients(Struct, frozen=True):
    """Everyone the caller may see."""

    patients: list[PatientLine]


class Enrolled(Struct, frozen=True):
    """The new patient, and the code to hand over."""

    id: UUID
    activation: Activation


class RegimenChoice(Struct, frozen=True):
    """A regimen of the rulebook."""

    id: str
    title: Text
    level: int


class Regimens(Struct, frozen=True):
    """Every regimen of the rulebook."""

    regimens: list[RegimenChoice]


@get("/patients", guards=[door.clinical], operation_id="listPatients")
async def get_patients(request: AnyRequest) -> Patients:
    """Every patient the caller may see."""
    async with asking(request) as ask:
        return Patients(
            await patients.list_patients(ask.con, ask.safe, house_of(request).rulebook, ask.caller, ask.now)
        )


@get("/patients/{patient_id:uuid}", guards=[door.clinical], operation_id="readPatient")
async def get_patient(patient_id: FromPath[UUID], request: AnyRequest) -> PatientPage:
    """One patient's file."""
    async with asking(request) as ask:
        return await patients.page(ask.con, ask.safe, house_of(request).rulebook, ask.caller, patient_id, ask.now)


@post("/patients", guards=[door.coordinators], operation_id="enrolPatient")
async def post_patient(data: JSONBody[NewPatient], request: AnyRequest) -> Enrolled:
    """Enrol a patient; the answer holds the one-time code to hand over at the consultation."""
    identity = Identity(data.first_name.strip(), data.last_name.strip(), data.born_on, data.phone)
    who = Enrolment(
        identity, data.locale, data.regimen, data.started_on, data.weight_kg, data.prescription or Prescription()
    )
    async with asking(request) as ask:
        return Enrolled(*await patients.enrol(ask.con, ask.safe, house_of(request).rulebook, ask.caller, who))


@post("/patients/{patient_id:uuid}/activation", guards=[door.coordinators], operation_id="issueActivation")
async def post_activation_code(patient_id: FromPath[UUID], request: AnyRequest) -> Activation:
    """A new one-time code; older unused ones end."""
    async with asking(request) as ask:
        return await patients.new_code(ask.con, ask.caller, patient_id)


@get("/regimens", guards=[door.staff], operation_id="listRegimens")
async def get_regimens(request: AnyRequest) -> Regimens:
    """What can be chosen at enrolment."""
    known = house_of(request).rulebook.regimens.values()
    return Regimens(sorted((RegimenChoice(r.id, r.title, r.level) for r in known), key=lambda r: r.title.fr))


@get("/regimens/{regimen:str}", guards=[door.staff], operation_id="readRegimenDoses")
async def get_regimen(regimen: FromPath[str], request: AnyRequest) -> RegimenDoses:
    """What a prescription of one regimen can say: drugs, doses, tablets, calendars, and what may go beside it."""
    known = house_of(request).rulebook.regimens
    if regimen not in known:
        raise NotFound
    return doses_of(known[regimen], known)


HANDLERS = [get_patients, get_patient, post_patient, post_activation_code, get_regimens, get_regimen]
