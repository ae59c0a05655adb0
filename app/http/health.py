"""Is this process alive, and is it any use."""

from __future__ import annotations

from litestar import Response, get
from msgspec import Struct

from app.db import health
from app.domain import canary
from app.http import door
from app.http.door import AnyRequest, house_of
from app.http.problems import UNREACHABLE

SILENT = 60.0  # seconds: a dead engine is noticed by then (N26)


class Live(Struct, frozen=True):
    """The process answers."""

    status: str = "live"


class Ready(Struct, frozen=True):
    """Whether the house does its work.

    `sweeps`, `invariants`, `canary`: seconds since a worker last led the sweeps, last looked for what must never be, and since the test
    alert last got through (null: never, or there is none here). `outbox_lag`: seconds that the oldest due message has waited.
    """

    status: str
    database: bool
    sweeps: float | None
    invariants: float | None
    outbox_lag: float | None
    canary: float | None
    rulebook: str


@get("/health/live", guards=[door.public], include_in_schema=False)
async def get_live() -> Live:
    """The process answers."""
    return Live()


@get("/health/ready", guards=[door.public], include_in_schema=False)
async def get_ready(request: AnyRequest) -> Response[Ready]:
    """The database answers, somebody leads the sweeps and looks for what must never be, messages leave, the canary lives; 503 otherwise."""
    house = house_of(request)
    version = house.rulebook.version
    try:
        async with (house.watch or house.pool).acquire(timeout=2) as con:
            ages = await health.ages(con)
            lag = await health.outbox_lag(con) if house.watch else None
    except UNREACHABLE:
        return Response(Ready("database unreachable", False, None, None, None, None, version), status_code=503)
    status = _status(ages, lag, house.canary.silent(ages) if house.canary else False)
    told = Ready(status, True, ages.get("sweeps"), ages.get("invariants"), lag, ages.get(canary.LEASE), version)
    return Response(told, status_code=200 if status == "ready" else 503)


def _status(ages: dict[str, float], lag: float | None, canary_silent: bool) -> str:
    """The first thing that is wrong, or "ready". A worker that has just begun to lead has not looked yet: that is well."""
    sweeps = ages.get("sweeps")
    if sweeps is None or sweeps >= SILENT:
        return "no worker leads the sweeps"
    if (looked := ages.get("invariants")) is not None and looked >= SILENT:
        return "nobody looks for what must never be"
    if lag is not None and lag >= SILENT:
        return "messages leave late"
    return "the canary is silent" if canary_silent else "ready"


HANDLERS = [get_live, get_ready]
