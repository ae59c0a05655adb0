"""The body guard: every body is read whole and proved harmless before anything else happens, in particular before a connection is taken.

litestar and msgspec alone let through: invalid UTF-8 and deep nesting (500), duplicate keys (the last wins), `"1"` for 1, form bodies
decoded as JSON (CSRF without preflight), and the NUL that PostgreSQL refuses. Measured in reliability.md.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from app.domain.errors import BodyRefused, BodyTooLarge, ForeignOrigin, MediaTypeRefused, Refusal
from app.http.asgi import App, Message, Receive, Scope, Send
from app.http.problems import MEDIA_TYPE, problem

REPORT_LIMIT = 64 * 1024
LIMIT = 256 * 1024
DEEPEST = 32
LONGEST_NUMBER = 32
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON = re.compile(rb'^application/json\s*(?:;\s*charset="?utf-8"?\s*)?$', re.IGNORECASE)
# C0 controls except tab and newline, and lone surrogates, as they look once decoded.
_BAD_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
# A string is taken whole, also one that never ends (possessive): trying again from each of its quotes would take minutes.
_MARKS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class BodyGuard:
    """ASGI middleware. `origin` is the only place that browsers may write from."""

    def __init__(self, app: App, origin: str) -> None:
        self.app, self.origin = app, origin.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the body already read."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        try:
            self._refuse_foreign(headers)
            body = await _read(receive, headers, REPORT_LIMIT if scope["path"].startswith("/api/reports") else LIMIT)
            if body is None:
                return None  # the client is gone in the middle of its body: nothing was begun
            if body:
                if not _JSON.match(headers.get(b"content-type", b"")):
                    raise MediaTypeRefused
                check_json(body)
        except Refusal as why:
            return await _refuse(send, why)
        return await self.app(scope, _replay(body, receive), send)

    def _refuse_foreign(self, headers: dict[bytes, bytes]) -> None:
        """A browser always sends one of the two headers with a write; without both it is not a browser and holds no foreign cookie."""
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if site is not None:
            if site not in (b"same-origin", b"none") and origin != self.origin:
                raise ForeignOrigin
        elif origin is not None and origin != self.origin:
            raise ForeignOrigin


def check_json(body: bytes) -> None:
    """Refuse what a strict reader would: depth, duplicate keys, NaN, long numbers, control characters. Raises BodyRefused."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BodyRefused("The body is not valid UTF-8.") from None
    if text.count("{") + text.count("[") > DEEPEST and _depth(text) > DEEPEST:
        raise BodyRefused(f"The body is nested deeper than {DEEPEST} levels.")
    try:
        value = _strict.decode(text)
        if "\\" in text:  # without an escape, JSON cannot hold a control character or a lone surrogate
            _refuse_bad_text(value)
    except (ValueError, RecursionError) as why:
        raise BodyRefused(str(why) if isinstance(why, _Unfit) else "The body is not valid JSON.") from None


class _Unfit(ValueError):
    """Valid JSON that we do not take."""


def _depth(text: str) -> int:
    """Deepest nesting, by one pass that knows strings."""
    deepest = depth = 0
    for found in _MARKS.finditer(text):
        mark = found.group()
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unfit("The body holds the same key twice in one object.")
    return found


def _refuse_bad_text(value: object) -> None:
    if isinstance(value, str):
        if _BAD_TEXT.search(value):
            raise _Unfit("The body holds control characters or broken text.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_bad_text(key)
            _refuse_bad_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_bad_text(inner)


def _number(digits: str) -> None:
    if len(digits) > LONGEST_NUMBER:
        raise _Unfit(f"The body holds a number of more than {LONGEST_NUMBER} characters.")


def _not_a_number(_: str) -> None:
    raise _Unfit("The body holds NaN or Infinity, which are not JSON.")


_strict = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_int=_number, parse_float=_number, parse_constant=_not_a_number
)


async def _read(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes | None:
    """The whole body; None when the client has gone. Raises BodyTooLarge by declared and by counted length."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit() or len(declared) > 12 or int(declared) > limit:
        raise BodyTooLarge(f"The body is larger than {limit // 1024} kB. Send less at once.")
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge(f"The body is larger than {limit // 1024} kB. Send less at once.")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(send: Send, why: Refusal) -> None:
    body = msgspec.json.encode(problem(why))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": why.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
