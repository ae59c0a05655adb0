"""The oncologist's line, the adherence calendar, the cohort, and what may be taken along: CSV and one page as PDF."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.http import door
from app.http.boxes import First, Last
from app.http.door import AnyRequest, asking, house_of
from app.services import cohort, exports, timeline
from app.services.cohort import Cohort, CohortAsk, Flag
from app.services.timeline import AdherencePage, Timeline

PATIENT = "/patients/{patient_id:uuid}"


@get(f"{PATIENT}/timeline", guards=[door.clinical], operation_id="readTimeline")
async def get_timeline(
    patient_id: FromPath[UUID], request: AnyRequest, first: First = None, last: Last = None
) -> Timeline:
    """Scheduled dose, taken dose, orders, grade per symptom, alerts and weight, over any window up to a year."""
    async with asking(request) as ask:
        return await timeline.page(ask.con, house_of(request).rulebook, ask.caller, patient_id, first, last)


@get(f"{PATIENT}/adherence", guards=[door.clinical], operation_id="readAdherence")
async def get_adherence(
    patient_id: FromPath[UUID], request: AnyRequest, first: First = None, last: Last = None
) -> AdherencePage:
    """The adherence calendar of a window and its numbers, with the part that is unreported."""
    async with asking(request) as ask:
        return await timeline.calendar_page(ask.con, house_of(request).rulebook, ask.caller, patient_id, first, last)


CSV_TABLE = {
    200: ResponseSpec(data_container=str, media_type="text/csv", description="A table", generate_examples=False)
}
PDF_PAGE = {
    200: ResponseSpec(
        data_container=bytes, media_type="application/pdf", description="One page", generate_examples=False
    )
}


@get(f"{PATIENT}/days.csv", guards=[door.clinical], operation_id="exportDays", responses=CSV_TABLE)
async def get_days_csv(
    patient_id: FromPath[UUID], request: AnyRequest, first: First = None, last: Last = None
) -> Response[bytes]:
    """One row for each drug and day."""
    async with asking(request) as ask:
        text = await exports.days_csv(ask.con, house_of(request).rulebook, ask.caller, patient_id, first, last)
    return _file(text.encode(), "text/csv; charset=utf-8", "days.csv")


@get(f"{PATIENT}/intakes.csv", guards=[door.clinical], operation_id="exportIntakes", responses=CSV_TABLE)
async def get_intakes_csv(
    patient_id: FromPath[UUID], request: AnyRequest, first: First = None, last: Last = None
) -> Response[bytes]:
    """One row for each entry that counts."""
    async with asking(request) as ask:
        text = await exports.intakes_csv(ask.con, house_of(request).rulebook, ask.caller, patient_id, first, last)
    return _file(text.encode(), "text/csv; charset=utf-8", "intakes.csv")


@get(f"{PATIENT}/visit.pdf", guards=[door.clinical], operation_id="exportVisit", responses=PDF_PAGE)
async def get_visit(
    patient_id: FromPath[UUID],
    request: AnyRequest,
    first: First = None,
    last: Last = None,
    language: Annotated[Literal["fr", "en"], QueryParameter(name="language", description="Of the page.")] = "fr",
) -> Response[bytes]:
    """One page for the visit."""
    async with asking(request) as ask:
        rulebook = house_of(request).rulebook
        page = await exports.visit_pdf(ask.con, ask.safe, rulebook, ask.caller, patient_id, first, last, language)
    return _file(page, "application/pdf", "visit.pdf")


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    """A download whose name says nothing of the patient."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


@get("/cohort", guards=[door.clinical], operation_id="readCohort")
async def get_cohort(
    request: AnyRequest,
    first: First = None,
    last: Last = None,
    regimen: Annotated[
        str | None, QueryParameter(name="regimen", max_length=64, description="Only this regimen.")
    ] = None,
    drug: Annotated[str | None, QueryParameter(name="drug", max_length=64, description="Only this molecule.")] = None,
    course_state: Annotated[
        str | None, QueryParameter(name="state", max_length=20, description="Only courses in this state.")
    ] = None,
    flag: Annotated[Flag | None, QueryParameter(name="flag", description="Only who stands out in this way.")] = None,
    offset: Annotated[int, QueryParameter(name="offset", ge=0, le=100_000, description="Lines to skip.")] = 0,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=200, description="Lines at most.")] = 50,
) -> Cohort:
    """The centre's patients over a window, molecule by molecule, and who stands out."""
    wanted = CohortAsk(first, last, regimen, drug, course_state, flag, offset, limit)
    async with asking(request) as ask:
        return await cohort.page(ask.con, ask.safe, house_of(request).rulebook, ask.caller, wanted, ask.now)


HANDLERS = [get_timeline, get_adherence, get_days_csv, get_intakes_csv, get_visit, get_cohort]
