"""Signing in and out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import asyncpg
from litestar import Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.db import establishments, events, patients, sessions
from app.db.accounts import Account
from app.db.door import establishment_tx
from app.domain.errors import NotFound
from app.domain.people import AuthorKind, Caller, Role, SessionLine
from app.http import door
from app.http.door import PATIENT_COOKIES, STAFF_COOKIES, AnyRequest, House, asking, house_of
from app.services import caregivers, sign_in
from app.services.sign_in import Factors, SignedIn
from app.services.vault import Safe

Typed = Annotated[str, Meta(min_length=1, max_length=200)]


class CodeSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The one-time code from the care team."""

    code: Annotated[str, Meta(min_length=1, max_length=40, examples=["7K3M-Q2ZP-9TFA"])]


class PasswordSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A professional's sign-in."""

    login: Annotated[str, Meta(min_length=1, max_length=200, examples=["claire.moreau@ccr.example"])]
    password: Annotated[str, Meta(min_length=1, max_length=1000, examples=["quatre mots faciles à retenir"])]
    totp: Annotated[str, Meta(min_length=6, max_length=12, examples=["492039"])]


class LinkSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A demonstration link's token."""

    token: Typed


class JoinBegin(Struct, frozen=True, forbid_unknown_fields=True):
    """An invitation's code."""

    code: Typed


class Join(Struct, frozen=True, forbid_unknown_fields=True):
    """What a new professional chooses."""

    code: Typed
    password: Annotated[str, Meta(min_length=1, max_length=1000)]
    totp: Annotated[str, Meta(min_length=6, max_length=12)]


class MyEstablishment(Struct, frozen=True):
    """Where the caller belongs."""

    id: UUID
    name: str
    kind: str
    phone: str


class Me(Struct, frozen=True):
    """Who is signed in. `full` is false when only the device credential is left."""

    kind: AuthorKind
    id: UUID
    name: str
    role: Role
    coordination_level: int | None
    establishment: MyEstablishment
    profile: str
    full: bool


class Sessions(Struct, frozen=True):
    """The caller's live sign-ins."""

    sessions: list[SessionLine]


@post("/sign-in/activation", guards=[door.public], status_code=200, operation_id="signInWithCode")
async def post_activation(data: JSONBody[CodeSignIn], request: AnyRequest) -> Response[Me]:
    """A patient signs in with the code from the care team."""
    house = house_of(request)
    return await _welcome(house, await sign_in.with_code(house.pool, data.code, "activation", door.visitor(request)))


@post("/sign-in/password", guards=[door.public], status_code=200, operation_id="signInWithPassword")
async def post_password(data: JSONBody[PasswordSignIn], request: AnyRequest) -> Response[Me]:
    """A professional signs in with login, password and six digits."""
    house = house_of(request)
    signed_in = await sign_in.with_password(
        house.pool, house.vault, data.login, data.password, data.totp, door.visitor(request)
    )
    return await _welcome(house, signed_in)


@post("/sign-in/demo", guards=[door.public], status_code=200, operation_id="signInWithDemoLink")
async def post_demo(data: JSONBody[LinkSignIn], request: AnyRequest) -> Response[Me]:
    """A demonstration link signs its person in once. Registered in the demo profile only."""
    house = house_of(request)
    return await _welcome(house, await sign_in.with_code(house.pool, data.token, "demo", door.visitor(request)))


@post("/join/begin", guards=[door.public], status_code=200, operation_id="beginJoining")
async def post_join_begin(data: JSONBody[JoinBegin], request: AnyRequest) -> Factors:
    """An invited professional gets the secret for their authenticator."""
    house = house_of(request)
    return await sign_in.begin_joining(house.pool, house.vault, data.code, door.visitor(request))


@post("/join", guards=[door.public], status_code=200, operation_id="join")
async def post_join(data: JSONBody[Join], request: AnyRequest) -> Response[Me]:
    """An invited professional sets password and authenticator, and is signed in."""
    house = house_of(request)
    joined = await sign_in.join(house.pool, house.vault, data.code, data.password, data.totp, door.visitor(request))
    return await _welcome(house, joined)


@post("/sign-out", guards=[door.public], status_code=204, operation_id="signOut")
async def post_sign_out(request: AnyRequest) -> Response[None]:
    """End this browser's session and device credential."""
    held = door.cookies_of(request)
    if held:
        async with house_of(request).pool.acquire() as con:
            await sessions.end(con, [sign_in.token_hash(token) for token in held.values()])
    gone = [_cookie(name, "", 0) for name in held]
    return Response(None, status_code=204, cookies=gone)


@get("/me", guards=[door.signed_in], operation_id="readMe")
async def get_me(request: AnyRequest) -> Me:
    """Who is signed in here."""
    return await _me(house_of(request), request.user)


@get("/sessions", guards=[door.fully_signed_in], operation_id="listSessions")
async def get_sessions(request: AnyRequest) -> Sessions:
    """Everywhere the caller is signed in."""
    caller: Caller = request.user
    async with house_of(request).pool.acquire() as con:
        return Sessions(await sessions.of_account(con, caller.account_id, caller.session_id))


@delete("/sessions/{session_id:uuid}", guards=[door.fully_signed_in], operation_id="endSession")
async def delete_session(session_id: FromPath[UUID], request: AnyRequest) -> None:
    """End one of the caller's own sign-ins."""
    async with asking(request) as ask:
        if not await sessions.end_one(ask.con, ask.caller.account_id, session_id):
            raise NotFound
        await events.add(ask.con, ask.caller, "session_ended", subject_id=session_id)


async def _welcome(house: House, signed_in: SignedIn) -> Response[Me]:
    """New cookies and who they are for."""
    caller = _caller(signed_in.account)
    async with establishment_tx(house.pool, caller.establishment_id) as con:
        await events.add(con, caller, "signed_in")
    names = PATIENT_COOKIES if caller.at_home else STAFF_COOKIES
    cookies = [
        _cookie(names.session, signed_in.session_token, int(signed_in.session_life.total_seconds())),
        _cookie(names.device, signed_in.device_token, int(sign_in.DEVICE.total_seconds())),
    ]
    return Response(await _me(house, caller), status_code=200, cookies=cookies)


async def _me(house: House, caller: Caller) -> Me:
    async with establishment_tx(house.pool, caller.establishment_id) as con:
        safe = await house.vault.of(con, caller.establishment_id)
        name = await _name(con, safe, caller)
    e = safe.establishment
    return Me(
        kind=caller.kind,
        id=caller.person_id,
        name=name,
        role=caller.role,
        coordination_level=caller.coordination_level,
        establishment=MyEstablishment(e.id, e.name, e.kind, e.phone),
        profile=house.profile,
        full=caller.full,
    )


async def _name(con: asyncpg.Connection, safe: Safe, caller: Caller) -> str:
    """A device credential reads nothing, not even its owner's name."""
    if not caller.at_home:
        return await establishments.staff_name(con, caller.establishment_id, caller.person_id)
    if not caller.full:
        return ""
    if not caller.is_patient:
        return await caregivers.own_name(con, safe, caller)
    row = await patients.own(con, caller)
    return safe.identity(row.id, row.identity).name if row else ""


def _caller(account: Account) -> Caller:
    return Caller(
        account.id,
        account.id,
        account.establishment_id,
        account.person_id,
        account.role,
        account.coordination_level,
        True,
        on_behalf_of=account.on_behalf_of,
    )


def _cookie(name: str, value: str, seconds: int) -> Cookie:
    """`__Host-`: bound to this host, whole path, https (browsers also take it from http://localhost)."""
    return Cookie(name, value=value, path="/", max_age=seconds, secure=True, httponly=True, samesite="lax")


HANDLERS = [
    post_activation,
    post_password,
    post_join_begin,
    post_join,
    post_sign_out,
    get_me,
    get_sessions,
    delete_session,
]
DEMO_HANDLERS = [post_demo]
