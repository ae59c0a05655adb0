"""The audit trail: rows written with what they tell of, sealed afterwards into one chain per establishment."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

import asyncpg

from app.domain.people import Author, Caller

ADD_EVENT = """
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail)
values ($1, gen_random_uuid(), app_now(), $2, $3, $4, $5, $6, $7)
"""

# Oldest first; id breaks ties, so that two leaders would seal in the same order.
UNSEALED = """
select establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail
from event where seq is null order by establishment_id, at, id limit $1
"""

CHAIN_HEAD = """
select seq, chain from event where establishment_id = $1 and seq is not null order by seq desc limit 1
"""

SEAL = "update event set seq = $3, chain = $4 where establishment_id = $1 and id = $2 and seq is null"


async def add(
    con: asyncpg.Connection,
    caller: Caller,
    verb: str,
    *,
    patient_id: UUID | None = None,
    subject_id: UUID | None = None,
    detail: str = "{}",
) -> None:
    """Write down who did what; `detail` is JSON with codes only, never a name or free text."""
    await add_as(con, caller.establishment_id, caller.author, verb, patient_id, subject_id, detail)


async def add_as(
    con: asyncpg.Connection,
    establishment_id: UUID,
    author: Author,
    verb: str,
    patient_id: UUID | None,
    subject_id: UUID | None,
    detail: str,
) -> None:
    """The same for who is known by what they have proved, not by a session."""
    await con.execute(ADD_EVENT, establishment_id, author.kind, author.id, verb, patient_id, subject_id, detail)


async def add_by_system(
    con: asyncpg.Connection, establishment_id: UUID, verb: str, subject_id: UUID | None, detail: str = "{}"
) -> None:
    """Write down what Vigie did by itself."""
    await con.execute(ADD_EVENT, establishment_id, "system", None, verb, None, subject_id, detail)


async def seal(con: asyncpg.Connection, batch: int = 500) -> int:
    """Chain unsealed rows: each link hashes the row and the link before. Only the leader calls this. Returns how many."""
    rows = await con.fetch(UNSEALED, batch)
    heads: dict[UUID, tuple[int, bytes]] = {}
    for row in rows:
        establishment = row["establishment_id"]
        if establishment not in heads:
            head = await con.fetchrow(CHAIN_HEAD, establishment)
            heads[establishment] = (head["seq"], head["chain"]) if head else (0, bytes(32))
        seq, before = heads[establishment]
        heads[establishment] = seq + 1, link(before, row)
        await con.execute(SEAL, establishment, row["id"], *heads[establishment])
    return len(rows)


def link(before: bytes, row: asyncpg.Record) -> bytes:
    """The chain value of a row after `before`: sha256 over it and every field, in the order of UNSEALED."""
    fields = [value.isoformat() if isinstance(value, datetime) else str(value) for value in tuple(row)[:9]]
    return hashlib.sha256(before + "\x1f".join(fields).encode()).digest()
