"""The outbox of notices: put once, cancelled, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.db import notices
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from tests.cast import Cast, cast, seeded
from tests.world import START

__all__ = ["cast", "seeded"]


def reminder(cast: Cast, key: str, **more: Any) -> NewNotice:
    """A reminder for the first patient, wanted until tomorrow."""
    who = cast.a.patient
    given: dict[str, Any] = {"subject_id": uuid4(), "expires_at": START + timedelta(days=1), **more}
    return NewNotice(
        establishment_id=cast.a.id,
        person_kind=PersonKind.PATIENT,
        person_id=who.id,
        kind=NoticeKind.INTAKE_REMINDER,
        dedupe_key=key,
        **given,
    )


async def test_a_notice_is_kept_once_per_key_and_establishment(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        assert await notices.put(con, reminder(cast, "intake:1")) is not None
        assert await notices.put(con, reminder(cast, "intake:1")) is None
        assert await notices.put(con, reminder(cast, "intake:2")) is not None
    assert await cast.superuser.fetchval("select count(*) from notice") == 2


async def test_the_worker_may_put_one_too(cast: Cast) -> None:
    async with cast.worker.acquire() as con, con.transaction():
        assert await notices.put(con, reminder(cast, "intake:1")) is not None
        assert await con.fetchval("select locale from patient where id = $1", cast.a.patient.id) == "fr"


async def test_a_notice_that_would_have_expired_is_not_kept(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        assert await notices.put(con, reminder(cast, "late", expires_at=START)) is None
        assert await notices.put(con, reminder(cast, "never", run_after=START + timedelta(days=2))) is None


async def test_a_cancelled_notice_stays_cancelled(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        about = reminder(cast, "intake:1")
        await notices.put(con, about)
        assert await notices.cancel(con, cast.a.id, "intake:1")
        assert not await notices.cancel(con, cast.a.id, "intake:1")
        assert await notices.put(con, about) is None
        assert about.subject_id is not None
        await notices.put(con, reminder(cast, "intake:2", subject_id=about.subject_id))
        assert await notices.cancel_about(con, cast.a.id, NoticeKind.INTAKE_REMINDER, about.subject_id) == 1
    assert await cast.superuser.fetchval("select array_agg(distinct state) from notice") == ["cancelled"]


async def test_another_establishment_neither_sees_nor_cancels_it(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        await notices.put(con, reminder(cast, "intake:1"))
    async with cast.asking(cast.b) as con:
        assert await con.fetchval("select count(*) from notice") == 0
        assert not await notices.cancel(con, cast.a.id, "intake:1")
