"""Refusals become problem documents (RFC 9457): one table, never an echo of what was sent."""

from __future__ import annotations

import logging
import re
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from msgspec import Struct

from app.domain.errors import BodyRefused, ContentRefused, Fault, NotFound, Refusal, Unavailable
from app.services.vault import SealBroken

log = logging.getLogger("vigie.http")
MEDIA_TYPE = "application/problem+json"

UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,  # it cannot read or write a file
    asyncpg.InternalServerError,  # what PostgreSQL has no name for, such as a file that must not grow
    OSError,  # also FileNotFoundError: a stopped server takes its socket with it
    TimeoutError,
)


class Problem(Struct, frozen=True, omit_defaults=True):
    """A problem document. `code` is stable; `detail` says what to do; `errors` say where."""

    title: str
    status: int
    code: str
    detail: str
    type: str = "about:blank"
    errors: tuple[Fault, ...] = ()


def problem(refusal: Refusal) -> Problem:
    """The document for a refusal."""
    return Problem(refusal.title, refusal.status, refusal.code, refusal.detail, errors=refusal.faults)


def answer(refusal: Refusal) -> Response[bytes]:
    """The response for a refusal."""
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    elif isinstance(refusal, Unavailable):
        headers["Retry-After"] = "2"
    return Response(
        msgspec.json.encode(problem(refusal)), status_code=refusal.status, media_type=MEDIA_TYPE, headers=headers
    )


def on_refusal(_: Request[Any, Any, Any], why: Exception) -> Response[bytes]:
    """Our own refusals."""
    assert isinstance(why, Refusal)  # noqa: S101 - litestar calls this for Refusal only
    return answer(why)


def on_data_error(_: Request[Any, Any, Any], why: Exception) -> Response[bytes]:
    """PostgreSQL refused a value that passed our own checks: the sender's fault, and ours for not saying it earlier."""
    log.warning("the database refused a value", extra={"error": type(why).__name__})
    return answer(ContentRefused("A value cannot be stored. Check lengths, dates and special characters."))


def on_unreachable(_: Request[Any, Any, Any], why: Exception) -> Response[bytes]:
    """The database is away; nothing was kept."""
    log.error("database unreachable", extra={"error": type(why).__name__})
    return answer(Unavailable())


def on_http(request: Request[Any, Any, Any], why: Exception) -> Response[bytes]:
    """What litestar itself refuses."""
    assert isinstance(why, HTTPException)  # noqa: S101 - litestar calls this for HTTPException only
    if isinstance(why, NotFoundException):
        return answer(NotFound())
    if isinstance(why, MethodNotAllowedException):
        return answer(
            _refusal(405, "method_not_allowed", "Method not allowed", "This address does not accept this method.")
        )
    if isinstance(why, ValidationException):
        faults = _places(why)
        if any(fault.path == "data" for fault in faults):  # litestar's name for the whole body
            return answer(
                BodyRefused("This address expects a JSON body, and nothing was sent. Send it again with one.")
            )
        return answer(ContentRefused(faults=faults))
    if why.status_code >= 500:
        return on_anything(request, why)
    return answer(
        _refusal(
            why.status_code, "refused", "Refused", "The request cannot be understood. Check address and parameters."
        )
    )


def on_anything(request: Request[Any, Any, Any], why: Exception) -> Response[bytes]:
    """A fault of ours: say so, and log where without any content."""
    if isinstance(why, UNREACHABLE):
        return on_unreachable(request, why)
    if isinstance(why, SealBroken):
        log.critical("a sealed value cannot be opened", extra={"error": str(why)})
        detail = "Names cannot be read on this server: its keys are missing or wrong. Alerts still run. Tell the administrator."
        return answer(_refusal(500, "seal_broken", "Keys missing", detail))
    log.error("unhandled", exc_info=why, extra={"method": request.method, "route": _route(request)})
    return answer(
        _refusal(
            500, "fault", "A fault on our side", "Something went wrong here. Try again; nothing on your device is lost."
        )
    )


def decode_refused(why: msgspec.ValidationError | msgspec.DecodeError) -> Refusal:
    """msgspec's message, with its place, without the value."""
    text = str(why)
    found = re.search(r" - at `\$\.?(.*)`$", text)
    message = text[: found.start()] if found else text
    if isinstance(why, msgspec.ValidationError):
        return ContentRefused(faults=(Fault(found.group(1) if found else "", _plain(message)),))
    return BodyRefused()


def _plain(message: str) -> str:
    """Only the shapes of msgspec's messages that name types and limits; anything that quotes input is replaced."""
    if re.match(r"^(Expected|Object (missing|contains)|Invalid (UUID|RFC3339|ISO|enum))", message):
        return re.sub(r"^(Invalid enum value|Object contains unknown field).*", r"\1", message, flags=re.DOTALL) + "."
    return "Not acceptable here."


def _places(why: ValidationException) -> tuple[Fault, ...]:
    extra = why.extra if isinstance(why.extra, list) else []
    return tuple(Fault(str(e.get("key", "")), _plain(str(e.get("message", "")))) for e in extra if isinstance(e, dict))


def _refusal(status: int, code: str, title: str, detail: str) -> Refusal:
    refusal = Refusal(detail)
    refusal.status, refusal.code, refusal.title = status, code, title
    return refusal


def _route(request: Request[Any, Any, Any]) -> str:
    return str(request.scope.get("path_template", ""))


HANDLERS: dict[int | type[Exception], Any] = {
    Refusal: on_refusal,
    asyncpg.DataError: on_data_error,
    asyncpg.IntegrityConstraintViolationError: on_data_error,
    HTTPException: on_http,
    Exception: on_anything,
}
