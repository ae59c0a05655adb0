"""Is this process alive, and is it any use."""

from __future__ import annotations

from litestar import Response, get
from msgspec import Struct

from app.db import health
from app.http import door
from app.http.door import StrictRequest, house_of
from app.http.problems import UNREACHABLE


class Live(Struct, frozen=True):
    """The process answers."""

    status: str = "live"


class Ready(Struct, frozen=True):
    """Whether it can do its work. `sweeps`: seconds since a worker last led the sweeps."""

    status: str
    database: bool
    sweeps: float | None
    rulebook: str


@get("/health/live", guards=[door.public], include_in_schema=False)
async def get_live() -> Live:
    """The process answers."""
    return Live()


@get("/health/ready", guards=[door.public], include_in_schema=False)
async def get_ready(request: StrictRequest) -> Response[Ready]:
    """The database answers and somebody leads the sweeps; 503 otherwise."""
    house = house_of(request)
    try:
        async with house.pool.acquire(timeout=2) as con:
            age = await health.sweeps_age(con)
    except UNREACHABLE:
        return Response(Ready("database unreachable", False, None, house.rulebook.version), status_code=503)
    good = age is not None and age < 60
    return Response(
        Ready("ready" if good else "no worker leads the sweeps", True, age, house.rulebook.version),
        status_code=200 if good else 503,
    )


HANDLERS = [get_live, get_ready]
