"""Who is at the door, and the transaction opened for them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from msgspec import Struct, structs

from app.db import boxes as box_rows
from app.db import covers, events, sessions
from app.db.boxes import BoxRow
from app.db.door import STALE, establishment_tx, hold_person
from app.db.hints import Hints
from app.domain.errors import BoxRefused, NotForYou, NotFound, SignInNeeded, Unavailable
from app.domain.people import Caller, Guest, Role, Submitter
from app.domain.risk_modes import decides, evaluates
from app.domain.rulebook import Rulebook
from app.http.problems import decode_refused
from app.http.together import Together
from app.services.box_tokens import box_claim
from app.services.risk_scoring import Models
from app.services.sign_in import Visitor, claims, token_hash
from app.services.vault import Safe, Vault


class Cookies(Struct, frozen=True):
    """The two cookies of one face: the session, and the device credential that outlives it."""

    session: str
    device: str


# Each face has its own, so that one browser may hold a patient and a professional side by side, as a demonstration does.
STAFF_COOKIES = Cookies("__Host-vigie", "__Host-vigie-device")
PATIENT_COOKIES = Cookies("__Host-vigie-patient", "__Host-vigie-patient-device")
FACE_HEADER = "vigie-face"  # what our own pages send; without it the first face that holds anything speaks
_FACES = {"patient": PATIENT_COOKIES, "clinic": STAFF_COOKIES}
_TOUCH_EVERY = timedelta(minutes=1)


class Singer(Protocol):
    """What health and the internal listener need of the canary."""

    def silent(self, ages: dict[str, float]) -> bool:
        """Whether it has not got through for too long."""

    def hear(self, address: str, body: bytes) -> bool:
        """What its device is sent."""


class House(Struct, frozen=True):
    """What handlers use; built once by main."""

    pool: asyncpg.Pool
    vault: Vault
    rulebook: Rulebook
    models: Models
    together: Together
    hints: Hints
    profile: str
    origin: str
    push_key: str
    push_extra_origins: frozenset[str]
    demo_links: bool
    channels: frozenset[str] = frozenset({"web_push"})  # by which this house can reach anybody
    watch: asyncpg.Pool | None = None  # acts as the worker, who alone sees all outboxes: for health and metrics
    canary: Singer | None = None  # demo and test


class BoxClaim(Struct, frozen=True):
    """Which establishment a box's token names; worth nothing until its hash has been found among the boxes there."""

    establishment_id: UUID
    token_hash: bytes


class Asking(Struct, frozen=True):
    """An open transaction: who asks, when, and the establishment's keys."""

    con: asyncpg.Connection
    caller: Caller
    now: datetime
    safe: Safe


AnyConnection = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]


class StrictRequest(AnyRequest):
    """Decodes a body strictly and once: litestar's own decoding would take "5" for 5."""

    async def json(self) -> Any:
        """The body as the handler's Struct. Raises BodyRefused or ContentRefused with the place."""
        field = self.route_handler.parsed_data_field
        if field is None:
            return await super().json()
        try:
            return _decoder(field.annotation).decode(await self.body())
        except (msgspec.ValidationError, msgspec.DecodeError) as why:
            raise decode_refused(why) from None


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(annotation: Any) -> msgspec.json.Decoder[Any]:
    if (decoder := _decoders.get(annotation)) is None:
        decoder = _decoders[annotation] = msgspec.json.Decoder(annotation, strict=True)
    return decoder


def house_of(connection: AnyConnection) -> House:
    """The house, from anywhere a connection is known."""
    house: House = connection.app.state.house
    return house


def cookies_of(connection: AnyConnection, first: Cookies | None = None) -> dict[str, str]:
    """What this browser holds, by name: of the face that says it is asking, else of `first`, else of the other one."""
    face = connection.headers.get(FACE_HEADER)
    faces = [_FACES[face]] if face in _FACES else sorted(_FACES.values(), key=lambda names: names is not first)
    cookies = connection.cookies
    for names in faces:
        if held := {name: cookies[name] for name in (names.session, names.device) if name in cookies}:
            return held
    return {}


async def find_caller(connection: AnyConnection, first: Cookies | None = None) -> Caller:
    """The caller behind the cookies, remembered for the rest of the request. Raises SignInNeeded."""
    tokens = [token_hash(token) for token in cookies_of(connection, first).values()]
    if not tokens:
        raise SignInNeeded
    try:
        async with house_of(connection).pool.acquire(timeout=2) as con:
            visit = await _retried(con, tokens, connection)
            if visit is None:
                raise SignInNeeded
            if visit.caller.full and visit.now - visit.last_seen_at > _TOUCH_EVERY:
                await sessions.touch(con, visit.caller.session_id)
    except (*STALE, TimeoutError) as why:
        raise Unavailable from why
    connection.scope["user"], connection.state["now"] = visit.caller, visit.now
    return visit.caller


async def _retried(con: asyncpg.Connection, tokens: list[bytes], connection: AnyConnection) -> sessions.Visit | None:
    """After a database restart each stale connection fails once: ask again on another."""
    try:
        return await sessions.find(con, tokens)
    except STALE:
        async with house_of(connection).pool.acquire(timeout=2) as other:
            return await sessions.find(other, tokens)


@asynccontextmanager
async def asking(request: AnyConnection) -> AsyncIterator[Asking]:
    """The door: a transaction that says who is asking."""
    house, caller = house_of(request), request.scope["user"]
    async with establishment_tx(house.pool, caller.establishment_id) as con:
        yield Asking(con, caller, request.state["now"], await house.vault.of(con, caller.establishment_id))


@asynccontextmanager
async def asking_about(request: AnyConnection, alert_id: UUID) -> AsyncIterator[Asking]:
    """The door to one alert: of the caller's establishment, or of one that they cover for now, as a guest and for this alert only.

    Both houses must say so: theirs, that they were called there; the patient's, that they may come in. Else it is not there.
    """
    house, caller = house_of(request), request.scope["user"]
    async with establishment_tx(house.pool, caller.establishment_id) as con:
        elsewhere = await covers.covering(con, caller, alert_id)
        if not elsewhere:
            yield Asking(con, caller, request.state["now"], await house.vault.of(con, caller.establishment_id))
            return
    there = elsewhere[0][0]
    async with establishment_tx(house.pool, there) as con:
        let_in = await covers.let_in(con, there, caller, alert_id)
        if let_in is None:
            raise NotFound
        guest = as_guest(caller, there, *let_in)
        yield Asking(con, guest, request.state["now"], await house.vault.of(con, there))


def as_guest(caller: Caller, there: UUID, until_at: datetime, shares: tuple[str, ...]) -> Caller:
    """The caller as the other establishment knows them."""
    return structs.replace(caller, establishment_id=there, guest=Guest(caller.establishment_id, shares, until_at))


async def public(_: AnyConnection, __: BaseRouteHandler) -> None:
    """Open to everybody on purpose."""


async def signed_in(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """Anybody with a live session or device credential."""
    await find_caller(connection)


async def fully_signed_in(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """Anybody with a live full session."""
    if not (await find_caller(connection)).full:
        raise SignInNeeded


async def submitters(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """Patients and their caregivers, even when only the device credential is left: the end of a session never blocks a report.

    Only what the cookies claim is read here; the report's own transaction proves it, together with the chart (see `submitting`).
    """
    tokens = list(cookies_of(connection, PATIENT_COOKIES).values())
    claimed = {claim for token in tokens if (claim := claims(token))}
    if len(claimed) != 1:
        raise SignInNeeded
    connection.scope["user"] = Submitter(*claimed.pop(), [token_hash(token) for token in tokens])


@asynccontextmanager
async def submitting(request: AnyRequest) -> AsyncIterator[tuple[asyncpg.Connection, Safe, Submitter]]:
    """The door for a report: one patient at a time. Whoever uses it must load the chart, which proves the credential."""
    house, who = house_of(request), request.scope["user"]
    try:
        async with establishment_tx(house.pool, who.establishment_id, lock=who.patient_id) as con:
            yield con, await house.vault.of(con, who.establishment_id), who
    except (
        NotFound,
        SignInNeeded,
    ):  # an establishment or a patient that nobody knows, or a professional: who is told so
        await at_home(request, request.route_handler)
        raise SignInNeeded from None


async def at_home(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Patients, and caregivers for theirs, with a full session."""
    await _allow(connection, handler, PATIENT_COOKIES, lambda caller: caller.at_home)


async def patients(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Patients with a full session."""
    await _allow(connection, handler, PATIENT_COOKIES, lambda caller: caller.is_patient)


async def clinical(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who sees patients."""
    await _allow(connection, handler, STAFF_COOKIES, lambda caller: caller.is_clinical)


async def evaluators(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who evaluates the risk model: see `evaluates` in app/domain/risk_modes.py."""
    await _allow(connection, handler, STAFF_COOKIES, evaluates)


async def deciders(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who lowers the model's voice, tries a card beside it, or ends a freeze: clinicians."""
    await _allow(connection, handler, STAFF_COOKIES, decides)


async def acting(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who takes and closes alerts."""
    await _allow(connection, handler, STAFF_COOKIES, lambda caller: caller.acts_on_alerts)


async def oncologists(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who signs orders."""
    await _allow(connection, handler, STAFF_COOKIES, lambda caller: caller.role is Role.ONCOLOGIST)


async def boxes(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Smart boxes, by the bearer token of each. Only what the token claims is read here; `boxing` proves it. Raises BoxRefused."""
    scheme, _, token = str(connection.headers.get("authorization", "")).partition(" ")
    claimed = box_claim(token) if scheme.lower() == "bearer" else None
    if claimed is None:
        raise BoxRefused
    connection.scope["user"] = BoxClaim(claimed, token_hash(token))


@asynccontextmanager
async def boxing(request: AnyRequest) -> AsyncIterator[tuple[asyncpg.Connection, BoxRow, datetime]]:
    """The door for a smart box: one patient at a time. Raises BoxRefused for a token that nobody knows, or that was revoked."""
    house, claim = house_of(request), request.scope["user"]
    async with establishment_tx(house.pool, claim.establishment_id) as con:
        found = await box_rows.by_token(con, claim.establishment_id, claim.token_hash)
        if found is None:
            raise BoxRefused
        box, now = found
        await hold_person(con, box.patient_id)
        yield con, box, now


async def coordinators(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who enrols patients."""
    await _allow(connection, handler, STAFF_COOKIES, lambda caller: caller.coordination_level is not None)


async def managers(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who plans: roster, opening hours, agreements."""
    await _allow(connection, handler, STAFF_COOKIES, lambda caller: caller.role is Role.MANAGER)


async def staff(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Any professional."""
    await _allow(connection, handler, STAFF_COOKIES, lambda caller: not caller.at_home)


async def watchers(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Who runs the house or works in it: managers, administrators, coordinators. They see no patient by it."""
    await _allow(connection, handler, STAFF_COOKIES, lambda caller: caller.watches)


async def _allow(
    connection: AnyConnection, handler: BaseRouteHandler, first: Cookies, allowed: Callable[[Caller], bool]
) -> None:
    caller = await find_caller(connection, first)
    if not caller.full:
        raise SignInNeeded
    if not allowed(caller):
        house = house_of(connection)
        async with establishment_tx(house.pool, caller.establishment_id) as con:
            await events.add(con, caller, "denied", detail=msgspec.json.encode({"what": handler.handler_name}).decode())
        raise NotForYou


def visitor(request: AnyConnection) -> Visitor:
    """What is known of a browser before anybody signs in."""
    device = request.cookies.get(STAFF_COOKIES.device)
    return Visitor(
        address=request.client.host if request.client else "",
        device=_device_name(request.headers.get("user-agent", "")),
        device_token=hashlib.sha256(device.encode()).digest() if device else None,
    )


def _device_name(agent: str) -> str:
    """Two words a person recognises: a browser and a system."""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in agent), "Navigateur")
    system = next((name for mark, name in systems if mark in agent), "")
    return f"{browser} {system}".strip()
