"""The manager's indicators, on a page and as CSV."""

from __future__ import annotations

from datetime import date

from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery

from app.http import door
from app.http.door import AnyRequest, asking
from app.services import indicators
from app.services.indicators import Indicators

CSV = {200: ResponseSpec(data_container=str, media_type="text/csv", description="CSV", generate_examples=False)}


@get("/indicators", guards=[door.managers], operation_id="readIndicators")
async def get_indicators(
    request: AnyRequest, since: FromQuery[date | None] = None, until: FromQuery[date | None] = None
) -> Indicators:
    """Times, escalations, load and who did the work, in a period (the last four weeks when none is given). No patient."""
    async with asking(request) as ask:
        return await indicators.page(ask.con, ask.safe.establishment, ask.caller, ask.now, since, until)


@get("/indicators.csv", guards=[door.managers], operation_id="downloadIndicators", responses=CSV)
async def get_indicators_csv(
    request: AnyRequest, since: FromQuery[date | None] = None, until: FromQuery[date | None] = None
) -> Response[str]:
    """The same as CSV: section, key, measure, value."""
    async with asking(request) as ask:
        found = await indicators.page(ask.con, ask.safe.establishment, ask.caller, ask.now, since, until)
    name = f"vigie-{found.since}-{found.until}.csv"
    return Response(
        indicators.csv(found),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


HANDLERS = [get_indicators, get_indicators_csv]
