"""Ways in: one-time codes, password with six digits, and what a stranger's guesses cost them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from msgspec import Struct

from app.db import accounts, sessions
from app.db.accounts import Account
from app.domain import codes
from app.domain.errors import CodeRefused, ContentRefused, CredentialsRefused, Fault, TooManyTries
from app.services.vault import Vault

FULL = timedelta(hours=12)  # absolute life of a professional's session; reliability.md, security base
FULL_PATIENT = timedelta(hours=24)
DEVICE = timedelta(days=90)  # may submit, reads nothing
ACTIVATION = timedelta(hours=72)
INVITATION = timedelta(hours=72)
DEMO_LINK = timedelta(days=30)
SHORTEST_PASSWORD = 12

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))  # unknown accounts cost the same work
_hashing = asyncio.Semaphore(2)  # argon2 takes 64 MB and 50 ms each


class Visitor(Struct, frozen=True):
    """What is known of a browser before anybody signs in."""

    address: str
    device: str
    device_token: bytes | None


class SignedIn(Struct, frozen=True):
    """Two secrets for two cookies: the session, and the device credential that outlives it."""

    account: Account
    session_token: str
    device_token: str
    session_life: timedelta


def token_hash(token: str) -> bytes:
    """What is kept of a cookie."""
    return hashlib.sha256(token.encode()).digest()


def new_token(establishment_id: UUID, person_id: UUID) -> str:
    """A cookie's value: whom it claims to speak for, so that the door can open at once, and 256 random bits that prove it."""
    return (
        base64.urlsafe_b64encode(establishment_id.bytes + person_id.bytes + secrets.token_bytes(32))
        .decode()
        .rstrip("=")
    )


def claims(token: str) -> tuple[UUID, UUID] | None:
    """Establishment and person that a cookie claims; worth nothing until its hash has been found among their sessions."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    return (UUID(bytes=raw[:16]), UUID(bytes=raw[16:32])) if len(raw) == 64 else None


async def issue_code(con: asyncpg.Connection, account_id: UUID, purpose: str, lasts: timedelta) -> tuple[str, datetime]:
    """A fresh one-time code, which ends the older ones of its kind; the code as typed, and its end."""
    await accounts.retire_codes(con, account_id, purpose)
    while True:
        code = codes.new_link_token() if purpose == "demo" else codes.new_code()
        if expires_at := await accounts.add_code(con, code.selector, code.secret_hash, purpose, account_id, lasts):
            return code.typed, expires_at


async def with_code(pool: asyncpg.Pool, typed: str, purpose: str, visitor: Visitor) -> SignedIn:
    """Sign in by a code that works once. Raises CodeRefused, TooManyTries."""
    async with pool.acquire() as con:
        code = await redeem(con, typed, purpose, visitor)
        async with con.transaction():
            if not await accounts.use_code(con, code.selector):
                raise CodeRefused
            return await _open(con, code.account, visitor)


class Redeemed(Struct, frozen=True):
    """A code that proved right; it still has to be used."""

    account: Account
    selector: str
    secret: str


async def redeem(con: asyncpg.Connection, typed: str, purpose: str, visitor: Visitor) -> Redeemed:
    """Check a code without using it up. Each wrong proof counts as one of its five tries. Raises CodeRefused, TooManyTries."""
    await _refuse_if_throttled(con, [_address_key(visitor)])
    found = codes.link_parts(typed) if purpose == "demo" else codes.parts(typed)
    tried = await accounts.try_code(con, found[0], purpose) if found else None
    right = found and tried and hmac.compare_digest(tried[0], codes.proof(found[1]))
    account = await accounts.by_id(con, tried[1]) if tried and right else None
    if found is None or account is None:
        await accounts.count_failure(con, [_address_key(visitor)])
        raise CodeRefused
    await accounts.right_code(con, found[0])
    return Redeemed(account, *found)


async def with_password(
    pool: asyncpg.Pool, vault: Vault, login: str, password: str, six_digits: str, visitor: Visitor
) -> SignedIn:
    """Sign in a professional. The same answer and the same work whether the account exists. Raises CredentialsRefused, TooManyTries.

    A device that this person has used before has a count of its own: a stranger's guesses never lock it out.
    """
    login = login.strip().casefold()
    async with pool.acquire() as con:
        account = await accounts.by_login(con, login)
        known = False
        if visitor.device_token is not None and account is not None:
            known = await sessions.known_device(con, visitor.device_token) == account.id
        whose = f"device|{login}|{visitor.device_token!r}" if known else f"login|{login}"
        keys = [_key(whose)] if known else [_key(whose), _address_key(visitor)]
        await _refuse_if_throttled(con, keys)
        now = await sessions.database_time(con)
        kept = account.password_hash if account and account.password_hash else _NOBODY
        right = await _verify(kept, password)
        step = None
        if account is not None and account.totp_secret is not None:
            safe = await vault.of(con, account.establishment_id)
            step = totp_step(
                safe.open("account", "totp_secret", account.id, account.totp_secret).decode(), six_digits, now
            )
        if not (account and right and step and await accounts.use_totp_step(con, account.id, step)):
            await accounts.count_failure(con, keys)
            raise CredentialsRefused
        await accounts.forget_failures(con, [_key(whose)])
        async with con.transaction():
            return await _open(con, account, visitor)


class Factors(Struct, frozen=True):
    """What an invited professional puts into their authenticator."""

    login: str
    otpauth_uri: str
    totp_secret: str


async def begin_joining(pool: asyncpg.Pool, vault: Vault, typed: str, visitor: Visitor) -> Factors:
    """An invited professional opens their link: a secret for their authenticator, the same one until they have joined."""
    async with pool.acquire() as con:
        code = await redeem(con, typed, "invitation", visitor)
        account = code.account
        if account.login is None:
            raise CodeRefused
        secret = await _joining_secret(con, vault, account, code.secret)
        uri = pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name="Vigie")
        return Factors(account.login, uri, secret)


async def join(
    pool: asyncpg.Pool, vault: Vault, typed: str, password: str, six_digits: str, visitor: Visitor
) -> SignedIn:
    """Set password and authenticator, and sign in. Raises CodeRefused, ContentRefused, CredentialsRefused."""
    if len(password) < SHORTEST_PASSWORD:
        fault = Fault("password", f"Use at least {SHORTEST_PASSWORD} characters; several words are easy to remember.")
        raise ContentRefused(fault.message, faults=(fault,))
    async with pool.acquire() as con:
        code = await redeem(con, typed, "invitation", visitor)
        account = code.account
        secret = await _joining_secret(con, vault, account, code.secret)
        step = totp_step(secret, six_digits, await sessions.database_time(con))
        if step is None:
            raise CredentialsRefused(
                "The six digits are not right. Wait for the next ones in your authenticator and try again."
            )
        async with con.transaction():
            if not await accounts.use_code(con, code.selector):  # first: of two who join at once, one sets the password
                raise CodeRefused
            await set_factors(con, vault, account, password, secret, step)
            return await _open(con, account, visitor)


async def set_factors(
    con: asyncpg.Connection, vault: Vault, account: Account, password: str, totp_secret: str, step: int
) -> None:
    """Keep a professional's password (hashed) and authenticator secret (sealed)."""
    safe = await vault.of(con, account.establishment_id)
    async with _hashing:
        hashed = await asyncio.to_thread(_hasher.hash, password)
    await accounts.set_factors(
        con, account.id, hashed, safe.seal("account", "totp_secret", account.id, totp_secret.encode()), step
    )


def totp_step(secret: str, six_digits: str, now: datetime) -> int | None:
    """The 30-second step these digits belong to, one step of clock drift allowed; None when they are wrong."""
    totp = pyotp.TOTP(secret)
    digits = "".join(c for c in six_digits if c in "0123456789")  # isdigit() takes digits that compare_digest cannot
    here = int(now.timestamp()) // 30
    for step in (here, here - 1, here + 1):
        if hmac.compare_digest(totp.at(step * 30), digits):
            return step
    return None


async def _joining_secret(con: asyncpg.Connection, vault: Vault, account: Account, code_secret: str) -> str:
    """Derived from the code and the establishment's key: nothing is stored for somebody who never joins."""
    safe = await vault.of(con, account.establishment_id)
    raw = hmac.new(safe.data_key, f"totp|{account.id}|{code_secret}".encode(), hashlib.sha256).digest()
    return base64.b32encode(raw[:20]).decode()


async def _open(con: asyncpg.Connection, account: Account, visitor: Visitor) -> SignedIn:
    """New tokens at every sign-in: what the browser held before is worth nothing (session fixation)."""
    session, device = (new_token(account.establishment_id, account.speaks_for) for _ in range(2))
    life = FULL if account.role.kind == "staff" else FULL_PATIENT
    name = visitor.device[:200] or "?"
    await sessions.add(con, token_hash(session), uuid4(), account.id, "full", name, life)
    await sessions.add(con, token_hash(device), uuid4(), account.id, "device", name, DEVICE)
    return SignedIn(account, session, device, life)


async def _verify(kept: str, password: str) -> bool:
    async with _hashing:
        try:
            return await asyncio.to_thread(_hasher.verify, kept, password)
        except VerifyMismatchError:
            return False


async def _refuse_if_throttled(con: asyncpg.Connection, keys: list[bytes]) -> None:
    if wait := await accounts.throttled_for(con, keys):
        raise TooManyTries(f"Too many tries. Wait {wait} seconds, then try again.", retry_after=wait)


def _key(what: str) -> bytes:
    return hashlib.sha256(what.encode()).digest()


def _address_key(visitor: Visitor) -> bytes:
    """Neighbours share a count: /24 for IPv4, /48 for IPv6."""
    try:
        address = ipaddress.ip_address(visitor.address)
    except ValueError:
        return _key("address|unknown")
    prefix = 24 if address.version == 4 else 48
    return _key(f"address|{ipaddress.ip_network((address, prefix), strict=False)}")
