"""The outbox of notices: neutral messages to a patient or a professional that are not an alert's call."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.domain.notices import NewNotice, NoticeKind

# A key that was used once is spent, whatever became of its notice: sweeps may put what they find as often as they like.
PUT = """
insert into notice (establishment_id, id, person_kind, person_id, kind, subject_id, target_id, dedupe_key, state, token, run_after,
                    expires_at, created_at)
select $1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, 'pending', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
       coalesce($8, app_now()), $9, app_now()
where greatest(coalesce($8, app_now()), app_now()) < $9
on conflict (establishment_id, dedupe_key) do nothing returning id
"""

# Also what a channel has accepted: a late tap on it changes nothing any more.
CANCEL = """
update notice set state = 'cancelled' where establishment_id = $1 and dedupe_key = $2 and state in ('pending', 'accepted') returning id
"""

CANCEL_ABOUT = """
update notice set state = 'cancelled'
where establishment_id = $1 and kind = $2 and subject_id = $3 and state in ('pending', 'accepted') returning id
"""


async def put(con: asyncpg.Connection, notice: NewNotice) -> UUID | None:
    """Keep a notice to be sent; its id, or None when its key is spent or it would have expired already.

    In the caller's transaction, as vigie_app or vigie_worker. Hints are not needed: a sender looks once a second.
    """
    n = notice
    return await con.fetchval(
        PUT,
        n.establishment_id,
        n.person_kind,
        n.person_id,
        n.kind,
        n.subject_id,
        n.target_id,
        n.dedupe_key,
        n.run_after,
        n.expires_at,
    )


async def cancel(con: asyncpg.Connection, establishment_id: UUID, dedupe_key: str) -> bool:
    """Do not send it, or expect nothing of it any more; False when there was nothing to cancel. A sender may be at it already."""
    return await con.fetchval(CANCEL, establishment_id, dedupe_key) is not None


async def cancel_about(con: asyncpg.Connection, establishment_id: UUID, kind: NoticeKind, subject_id: UUID) -> int:
    """Cancel every notice of a kind about one thing (a course, a hand-over); how many."""
    return len(await con.fetch(CANCEL_ABOUT, establishment_id, kind, subject_id))
