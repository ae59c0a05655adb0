"""The audit trail: sealed into one chain per establishment, and a changed row breaks it."""

from __future__ import annotations

import asyncpg

from app.db import events
from app.db.events import link, seal
from tests.cast import Cast, Tenant

FIELDS = "establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail, seq, chain"


async def broken_at(cast: Cast, tenant: Tenant) -> int | None:
    """The first link that does not follow from its row and the link before; None when the chain holds."""
    query = f"select {FIELDS} from event where establishment_id = $1 and seq is not null order by seq"  # noqa: S608 - names from this file
    before = bytes(32)
    for n, row in enumerate(await cast.superuser.fetch(query, tenant.id), start=1):
        if row["seq"] != n or row["chain"] != link(before, row):
            return n
        before = row["chain"]
    return None


async def sealed(cast: Cast) -> int:
    async with cast.worker.acquire() as con, con.transaction():
        return await seal(con)


async def something_happens(cast: Cast, tenant: Tenant, times: int = 5) -> None:
    for n in range(times):
        async with cast.asking(tenant) as con:
            detail = '{"what": "thing ' + str(n) + '"}'
            await events.add(con, tenant.nurse, "patient_read", patient_id=tenant.patient.id, detail=detail)


async def test_each_establishment_has_a_chain_of_its_own(cast: Cast) -> None:
    await something_happens(cast, cast.a)
    await something_happens(cast, cast.b, 3)
    await sealed(cast)
    assert await cast.superuser.fetchval("select count(*) from event where seq is null") == 0
    for tenant in (cast.a, cast.b):
        assert await broken_at(cast, tenant) is None


async def test_the_chain_goes_on_where_it_stopped(cast: Cast) -> None:
    for _ in range(3):
        await something_happens(cast, cast.a)
        assert await sealed(cast) > 0
    assert await sealed(cast) == 0
    assert await broken_at(cast, cast.a) is None


async def test_a_batch_that_is_too_small_is_only_slower(cast: Cast) -> None:
    await something_happens(cast, cast.a, 7)
    await something_happens(cast, cast.b, 7)
    async with cast.worker.acquire() as con:
        while await seal(con, batch=3):
            pass
    assert await broken_at(cast, cast.a) is None
    assert await broken_at(cast, cast.b) is None


async def changed(cast: Cast, change: str, seq: int) -> int | None:
    """Where the chain breaks after somebody with all rights has changed one row."""
    await something_happens(cast, cast.a, 8)
    await sealed(cast)
    assert await broken_at(cast, cast.a) is None
    await cast.superuser.execute(change, cast.a.id, seq)
    return await broken_at(cast, cast.a)


async def test_a_changed_row_breaks_the_chain(cast: Cast) -> None:
    assert (
        await changed(cast, "update event set actor_id = gen_random_uuid() where establishment_id = $1 and seq = $2", 4)
        == 4
    )


async def test_a_row_whose_time_was_changed_breaks_the_chain(cast: Cast) -> None:
    change = "update event set at = at + interval '1 microsecond' where establishment_id = $1 and seq = $2"
    assert await changed(cast, change, 2) == 2


async def test_a_row_taken_away_breaks_the_chain(cast: Cast) -> None:
    assert await changed(cast, "delete from event where establishment_id = $1 and seq = $2", 5) == 5


async def test_two_rows_swapped_break_the_chain(cast: Cast) -> None:
    change = (
        "update event e set detail = o.detail from event o where e.establishment_id = $1 and o.establishment_id = $1"
        " and (e.seq, o.seq) in (($2::bigint, $2::bigint + 1), ($2::bigint + 1, $2::bigint))"
    )
    assert await changed(cast, change, 6) == 6 or await broken_at(cast, cast.a) is not None


async def test_an_event_that_is_rolled_back_leaves_no_hole(cast: Cast) -> None:
    class Undone(Exception):
        pass

    try:
        async with cast.asking(cast.a) as con:
            await events.add(con, cast.a.nurse, "patient_read")
            raise Undone
    except Undone:
        pass
    await something_happens(cast, cast.a, 2)
    await sealed(cast)
    assert await broken_at(cast, cast.a) is None


async def test_a_sealed_row_is_sealed_once(cast: Cast) -> None:
    await something_happens(cast, cast.a, 3)
    await sealed(cast)
    before = await cast.superuser.fetch("select id, seq, chain from event order by id")
    async with cast.worker.acquire() as con:
        for row in before:
            await con.execute(events.SEAL, cast.a.id, row["id"], 99, b"forged")
    assert await cast.superuser.fetch("select id, seq, chain from event order by id") == before


async def test_two_leaders_at_once_do_not_fork_the_chain(cast: Cast) -> None:
    await something_happens(cast, cast.a, 6)
    async with cast.worker.acquire() as one, cast.worker.acquire() as other:
        first = one.transaction()
        await first.start()
        await seal(one)
        try:
            async with other.transaction():
                await other.execute("set local lock_timeout = '200ms'")
                await seal(other)
        except asyncpg.PostgresError:
            pass
        await first.commit()
    await sealed(cast)
    assert await broken_at(cast, cast.a) is None
