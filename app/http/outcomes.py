"""The fortnightly question: on the patient's phone, and for the nurse who fills it in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath
from msgspec import Struct

from app.http import door
from app.http.door import AnyRequest, asking
from app.services import outcomes
from app.services.outcomes import OutcomeAnswer, OutcomeQuestion, OutcomeWindow, Unanswered


class OwnQuestion(Struct, frozen=True):
    """What is asked now; null when nothing is."""

    question: OutcomeQuestion | None


class OutcomeWindows(Struct, frozen=True):
    """Every fortnight of a patient, newest first."""

    windows: list[OutcomeWindow]


class UnansweredList(Struct, frozen=True):
    """Patients whose question is open."""

    patients: list[Unanswered]


ANSWER_EXAMPLE = Example(
    summary="One night at the emergency ward, nothing severe",
    value={"first_on": "2026-11-10", "visit": True, "visit_on": "2026-11-14", "severe": False, "severe_on": None},
)
Answered = Annotated[OutcomeAnswer, Body(media_type=RequestEncodingType.JSON, examples=[ANSWER_EXAMPLE])]


@get("/outcome", guards=[door.patients], operation_id="readOutcomeQuestion")
async def get_outcome(request: AnyRequest) -> OwnQuestion:
    """Whether the patient is asked about the last fortnight."""
    async with asking(request) as ask:
        return OwnQuestion(await outcomes.own_question(ask.con, ask.caller, ask.now))


@post("/outcome", guards=[door.patients], operation_id="answerOutcome")
async def post_outcome(data: Answered, request: AnyRequest) -> OwnQuestion:
    """The patient says what happened; the answer holds the next question, if there is one."""
    async with asking(request) as ask:
        await outcomes.answer_own(ask.con, ask.caller, data, ask.now)
        return OwnQuestion(await outcomes.own_question(ask.con, ask.caller, ask.now))


@get("/outcomes", guards=[door.coordinators], operation_id="listUnansweredOutcomes")
async def get_outcomes(request: AnyRequest) -> UnansweredList:
    """Patients whose fortnight nobody has answered for yet."""
    async with asking(request) as ask:
        return UnansweredList(await outcomes.unanswered(ask.con, ask.safe, ask.caller, ask.now))


@get("/patients/{patient_id:uuid}/outcomes", guards=[door.acting], operation_id="readPatientOutcomes")
async def get_patient_outcomes(patient_id: FromPath[UUID], request: AnyRequest) -> OutcomeWindows:
    """What is known of each fortnight of a patient."""
    async with asking(request) as ask:
        return OutcomeWindows(await outcomes.of_patient(ask.con, ask.caller, patient_id, ask.now))


@post("/patients/{patient_id:uuid}/outcomes", guards=[door.acting], operation_id="answerPatientOutcome")
async def post_patient_outcome(patient_id: FromPath[UUID], data: Answered, request: AnyRequest) -> OutcomeWindows:
    """A professional fills in what happened; a later answer speaks louder than an earlier one."""
    async with asking(request) as ask:
        return OutcomeWindows(await outcomes.answer_for(ask.con, ask.caller, patient_id, data, ask.now))


HANDLERS = [get_outcome, post_outcome, get_outcomes, get_patient_outcomes, post_patient_outcome]
