"""Reports come in by one door: PUT under an id that the phone has made."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, get, put
from litestar.enums import RequestEncodingType
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath
from msgspec import Struct

from app.domain.errors import ReportDiffers
from app.domain.questionnaire import Questionnaire
from app.domain.receipts import Receipt
from app.domain.reports import ReportDraft
from app.http import door
from app.http.door import AnyRequest, asking, house_of, submitting
from app.services import patients
from app.services.offline import OfflineRulebook, offline_rulebook
from app.services.patients import Home, OwnReport
from app.services.reports import submit_report


class OwnReports(Struct, frozen=True):
    """The patient's own reports, newest first."""

    reports: list[OwnReport]


REPORT_EXAMPLE = Example(
    summary="Fever on capecitabine",
    value={
        "answered_at": "2026-11-22T21:04:00+01:00",
        "questionnaire": "2026-01-01.6cd0b6ba9f62",
        "answers": {"diarrhoea": {"F": 2}, "fatigue": {"S": 2, "I": 1}, "fever": {"P": 1}},
        "measurements": {"temperature_c": 38.4},
        "note": "Depuis ce soir.",
    },
)


Draft = Annotated[ReportDraft, Body(media_type=RequestEncodingType.JSON, examples=[REPORT_EXAMPLE])]


AGAIN = {200: ResponseSpec(data_container=Receipt, description="The first answer again", generate_examples=False)}


@put(
    "/reports/{report_id:uuid}",
    guards=[door.submitters],
    status_code=201,
    operation_id="putReport",
    responses=AGAIN,
    response_description="Kept and judged",
)
async def put_report(report_id: FromPath[UUID], data: Draft, request: AnyRequest) -> Response[Receipt]:
    """A patient, or their caregiver, says how things are. 201 the first time, 200 with the first answer when the phone sends it again."""
    house, who = house_of(request), request.scope["user"]
    async with house.together.turn(who, report_id, data) as done:
        if done is None:
            async with submitting(request) as (con, safe, _):
                done = await submit_report(con, safe, house.rulebook, who, report_id, data, house.models)
    if done.alerted:
        house.hints.say(who.establishment_id)
    if done.receipt is None:
        raise ReportDiffers
    return Response(done.receipt, status_code=200 if done.receipt.duplicate else 201)


@get("/reports", guards=[door.patients], operation_id="listOwnReports")
async def get_reports(request: AnyRequest) -> OwnReports:
    """The patient's own reports."""
    async with asking(request) as ask:
        return OwnReports(await patients.own_reports(ask.con, house_of(request).rulebook, ask.caller))


@get("/home", guards=[door.at_home], operation_id="readHome")
async def get_home(request: AnyRequest) -> Home:
    """The first screen of a patient or caregiver."""
    async with asking(request) as ask:
        return await patients.home(ask.con, ask.safe, house_of(request).rulebook, ask.caller, ask.now)


@get("/questionnaire", guards=[door.at_home], operation_id="readQuestionnaire")
async def get_questionnaire(request: AnyRequest) -> Questionnaire:
    """What this patient is asked, in both languages; the phone keeps it for when there is no network."""
    async with asking(request) as ask:
        rulebook = house_of(request).rulebook.on(ask.now.date())
        return await patients.own_questionnaire(ask.con, rulebook, ask.caller, ask.now)


@get("/rulebook", guards=[door.at_home], operation_id="readOfflineRulebook")
async def get_rulebook(request: AnyRequest) -> OfflineRulebook:
    """What the phone keeps to judge a report with no network. The server's verdict replaces the phone's."""
    async with asking(request) as ask:
        rulebook = house_of(request).rulebook.on(ask.now.date())
        return await offline_rulebook(ask.con, rulebook, ask.caller)


HANDLERS = [put_report, get_reports, get_home, get_questionnaire, get_rulebook]
