"""Smart boxes: whose they are, what they said, and when they were not in use."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class BoxRow(Struct, frozen=True):
    """A device, and when it was last heard."""

    id: UUID
    patient_id: UUID
    course_id: UUID
    drug: str
    label: str
    issued_at: datetime
    last_heard_at: datetime | None
    revoked_at: datetime | None


class PauseRow(Struct, frozen=True):
    """A time in which a box was not in use; `noted_by`: patient or staff."""

    id: UUID
    box_id: UUID
    from_at: datetime
    until_at: datetime | None
    reason: str
    noted_by: str


class OpeningRow(Struct, frozen=True):
    """One opening as the device told it."""

    box_id: UUID
    drug: str
    opened_at: datetime


ADD_BOX = """
insert into box (establishment_id, id, patient_id, course_id, drug, label, token_hash, issued_by, issued_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, app_now())
"""

# A revoked box says nothing any more, whatever it sends; one whose patient has left neither.
BOX_SPEAKING = """
select b.id, b.patient_id, b.course_id, b.drug, b.label, b.issued_at, b.last_heard_at, b.revoked_at, app_now() as at
from box b join patient p on (p.establishment_id, p.id) = (b.establishment_id, b.patient_id)
where b.establishment_id = $1 and b.token_hash = $2 and b.revoked_at is null and p.left_at is null
"""

BOXES = """
select id, patient_id, course_id, drug, label, issued_at, last_heard_at, revoked_at
from box where establishment_id = $1 and patient_id = $2 order by issued_at, id
"""

REVOKE_BOX = """
update box set revoked_at = app_now(), revoked_by = $4
where establishment_id = $1 and patient_id = $2 and id = $3 and revoked_at is null returning id
"""

HEARD_BOX = "update box set last_heard_at = app_now() where establishment_id = $1 and id = $2"

# The device's own ids: what it sends again, or while it does not know whether it was heard, is there once.
ADD_EVENTS = """
insert into box_event (establishment_id, box_id, event_id, patient_id, opened_at, received_at)
select $1, $2, e.id, $3, e.at, app_now() from unnest($4::text[], $5::timestamptz[]) e (id, at)
on conflict do nothing returning event_id
"""

OPENINGS = """
select e.box_id, b.drug, e.opened_at
from box_event e join box b on (b.establishment_id, b.id) = (e.establishment_id, e.box_id)
where e.establishment_id = $1 and e.patient_id = $2 and b.course_id = $3 and e.opened_at >= $4 and e.opened_at < $5
order by e.opened_at, e.event_id
"""

ADD_PAUSE = """
insert into box_pause (establishment_id, box_id, id, from_at, until_at, reason, noted_by_kind, noted_by, noted_at)
select $1, b.id, gen_random_uuid(), $4, $5, $6, $7, $8, app_now() from box b
where b.establishment_id = $1 and b.patient_id = $2 and b.id = $3 returning id
"""

# In use again: a pause that lasts ends now, whatever end was announced.
END_PAUSES = """
update box_pause set until_at = $3
where establishment_id = $1 and box_id = $2 and withdrawn_at is null and from_at < $3 and (until_at is null or until_at > $3)
returning id
"""

# One that has not begun never was.
WITHDRAW_PAUSES = """
update box_pause set withdrawn_at = $3, withdrawn_by_kind = $4, withdrawn_by = $5
where establishment_id = $1 and box_id = $2 and withdrawn_at is null and from_at >= $3 returning id
"""

PAUSES = """
select u.id, u.box_id, u.from_at, u.until_at, u.reason, u.noted_by_kind
from box_pause u join box b on (b.establishment_id, b.id) = (u.establishment_id, u.box_id)
where u.establishment_id = $1 and b.patient_id = $2 and u.withdrawn_at is null order by u.from_at, u.id
"""


async def add(
    con: asyncpg.Connection,
    establishment_id: UUID,
    box_id: UUID,
    patient_id: UUID,
    course_id: UUID,
    drug: str,
    label: str,
    token_hash: bytes,
    issued_by: UUID,
) -> None:
    """A box for one drug of a course."""
    args = establishment_id, box_id, patient_id, course_id, drug, label, token_hash, issued_by
    await con.execute(ADD_BOX, *args)


async def by_token(
    con: asyncpg.Connection, establishment_id: UUID, token_hash: bytes
) -> tuple[BoxRow, datetime] | None:
    """The box that holds this token and what time it is; None when it was revoked."""
    row = await con.fetchrow(BOX_SPEAKING, establishment_id, token_hash)
    return row and (BoxRow(*tuple(row)[:-1]), row["at"])


async def of_patient(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> list[BoxRow]:
    """Every box the patient has or had."""
    return [BoxRow(*row) for row in await con.fetch(BOXES, establishment_id, patient_id)]


async def revoke(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, box_id: UUID, by: UUID) -> bool:
    """Its token is worth nothing any more; False when it was not in use."""
    return await con.fetchval(REVOKE_BOX, establishment_id, patient_id, box_id, by) is not None


async def keep_events(
    con: asyncpg.Connection, establishment_id: UUID, box: BoxRow, ids: list[str], times: list[datetime]
) -> int:
    """Keep what a box tells; how many were new."""
    await con.execute(HEARD_BOX, establishment_id, box.id)
    return len(await con.fetch(ADD_EVENTS, establishment_id, box.id, box.patient_id, ids, times))


async def openings(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, course_id: UUID, begin: datetime, end: datetime
) -> list[OpeningRow]:
    """Openings of a course's boxes in a time, oldest first."""
    rows = await con.fetch(OPENINGS, establishment_id, patient_id, course_id, begin, end)
    return [OpeningRow(*row) for row in rows]


async def pause(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    box_id: UUID,
    from_at: datetime,
    until_at: datetime | None,
    reason: str,
    by_kind: str,
    by: UUID,
) -> UUID | None:
    """The box was, or is, not in use; None when it is not this patient's."""
    args = establishment_id, patient_id, box_id, from_at, until_at, reason, by_kind, by
    return await con.fetchval(ADD_PAUSE, *args)


async def end_pauses(
    con: asyncpg.Connection, establishment_id: UUID, box_id: UUID, at: datetime, by_kind: str, by: UUID
) -> bool:
    """In use again; False when it was in use, and nothing else was announced."""
    ended = await con.fetch(END_PAUSES, establishment_id, box_id, at)
    withdrawn = await con.fetch(WITHDRAW_PAUSES, establishment_id, box_id, at, by_kind, by)
    return bool(ended or withdrawn)


async def pauses(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> list[PauseRow]:
    """Times in which the patient's boxes were not in use."""
    return [PauseRow(*row) for row in await con.fetch(PAUSES, establishment_id, patient_id)]
