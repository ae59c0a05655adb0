"""The internal listener: never reachable from outside.

The OpenAPI document, health, metrics, in demo and test the canary's device, and in test the clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import Litestar, get, post, put
from litestar.datastructures import State
from litestar.params import JSONBody
from msgspec import Meta, Struct

from app.db import clock
from app.http import canary, door, health, metrics
from app.http.api import openapi_document
from app.http.door import AnyRequest, StrictRequest
from app.http.problems import HANDLERS as EXCEPTION_HANDLERS


class ClockTime(Struct, frozen=True):
    """What time Vigie thinks it is."""

    at: datetime
    frozen: bool


class SetClock(Struct, frozen=True, forbid_unknown_fields=True):
    """A time to go to; frozen there, or running on from it."""

    at: Annotated[datetime, Meta(tz=True)]
    frozen: bool = False


class AdvanceClock(Struct, frozen=True, forbid_unknown_fields=True):
    """How far to go on."""

    seconds: Annotated[float, Meta(ge=0, le=366 * 86400)]


@get("/openapi.json", guards=[door.public], include_in_schema=False)
async def get_openapi() -> dict[str, Any]:
    """The API's description."""
    return openapi_document()


@get("/clock", guards=[door.public], include_in_schema=False)
async def get_clock(request: AnyRequest) -> ClockTime:
    """Read the clock."""
    return ClockTime(*await clock.read(request.app.state.owner))


@put("/clock", guards=[door.public], include_in_schema=False)
async def put_clock(data: JSONBody[SetClock], request: AnyRequest) -> ClockTime:
    """Set the clock: every timer and all SQL time follow."""
    await clock.set_to(request.app.state.owner, data.at, frozen=data.frozen)
    return ClockTime(*await clock.read(request.app.state.owner))


@post("/clock/advance", guards=[door.public], status_code=200, include_in_schema=False)
async def post_advance(data: JSONBody[AdvanceClock], request: AnyRequest) -> ClockTime:
    """Advance the clock."""
    await clock.advance(request.app.state.owner, data.seconds)
    return ClockTime(*await clock.read(request.app.state.owner))


@post("/clock/reset", guards=[door.public], status_code=200, include_in_schema=False)
async def post_reset(request: AnyRequest) -> ClockTime:
    """Back to real time."""
    await clock.reset(request.app.state.owner)
    return ClockTime(*await clock.read(request.app.state.owner))


CLOCK = [get_clock, put_clock, post_advance, post_reset]


def internal_app(state: dict[str, Any], *, with_clock: bool) -> Litestar:
    """For the operator and for tests; `state["owner"]` is a pool that may move the clock (test profile only)."""
    return Litestar(
        [get_openapi, metrics.get_metrics, *canary.HANDLERS, *health.HANDLERS, *(CLOCK if with_clock else ())],
        state=State(state),
        request_class=StrictRequest,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
