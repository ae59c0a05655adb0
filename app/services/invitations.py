"""The first person of an establishment, and every one after: by a code that works once. There is no default account."""

from __future__ import annotations

from datetime import datetime

import asyncpg
from msgspec import structs

from app.db import accounts, establishments
from app.db.door import establishment_tx
from app.domain.people import Establishment
from app.services.founding import Professional, add_professional, found
from app.services.sign_in import INVITATION, issue_code
from app.services.vault import Vault


class CannotInvite(Exception):
    """The invitation makes no sense; the message says what to change."""


async def invite(
    owner: asyncpg.Pool, master: dict[str, bytes], establishment: Establishment, who: Professional
) -> tuple[str, datetime]:
    """Add a professional and issue their code; an establishment with a new name is founded. Raises CannotInvite."""
    async with owner.acquire() as con:
        if await accounts.by_login(con, who.login):
            raise CannotInvite(f"{who.login} has an account already.")
        known = await establishments.named(con, establishment.name)
        if known is None and not establishment.phone:
            raise CannotInvite(f"{establishment.name!r} is new: give its telephone with --phone (patients see it).")
        if known is None:
            await found(con, master, establishment)
    here = establishment if known is None else structs.replace(establishment, id=known)
    async with establishment_tx(owner, here.id) as con:
        _, account = await add_professional(con, here.id, who)
        return await issue_code(con, account, "invitation", INVITATION)


async def key_problems(con: asyncpg.Connection, master: dict[str, bytes]) -> list[str]:
    """Master keys that establishments need and that are not configured here, or are other keys under the same name."""
    vault, unopened = Vault(master), set()
    for ring in await establishments.keyrings(con):
        if (await vault.of(con, ring.establishment.id)).key is None:
            unopened.add(ring.data_key_id)
    return [
        f"master key {name!r} is in use but {'not in' if name not in master else 'another one in'} VIGIE_MASTER_KEYS: "
        "names cannot be read; put the right one back"
        for name in sorted(unopened)
    ]
