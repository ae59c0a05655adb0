"""Who leads, the audit chain that the leader seals, what is swept away, and a worker that loses a part of itself."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from app import main
from app.db import cleaning, events, leases
from app.main import NotReady
from tests.jobs.conftest import Desk


async def test_one_of_many_candidates_leads(desk: Desk) -> None:
    async def stand() -> int | None:
        async with desk.pool.acquire() as con:
            return await leases.take(con, "x", uuid4())

    tokens = await asyncio.gather(*(stand() for _ in range(20)))
    assert sorted(token for token in tokens if token is not None) == [1]


async def test_the_leader_keeps_its_token_and_a_successor_gets_the_next(desk: Desk) -> None:
    one, other = uuid4(), uuid4()
    async with desk.pool.acquire() as con:
        assert [await leases.take(con, "x", one) for _ in range(3)] == [1, 1, 1]
        assert await leases.take(con, "x", other) is None
        await desk.look.execute("update lease set until_at = clock_timestamp() - interval '1 millisecond'")
        assert await leases.take(con, "x", other) == 2
        assert await leases.take(con, "x", one) is None
        await leases.give_up(con, "x", one)  # not its to give
        assert await leases.take(con, "x", one) is None
        await leases.give_up(con, "x", other)
        assert await leases.take(con, "x", one) == 3


async def test_the_clock_of_a_test_moves_no_lease(desk: Desk) -> None:
    async with desk.pool.acquire() as con:
        await leases.take(con, "x", uuid4())
        await desk.look.execute("update clock set frozen_at = frozen_at + interval '1 year'")
        assert await leases.take(con, "x", uuid4()) is None


async def test_every_audit_row_is_sealed_into_the_chain_of_its_establishment(desk: Desk) -> None:
    count = await desk.value("select count(*) from event where seq is null")
    async with desk.pool.acquire() as con:
        first = await desk.value("select id from establishment limit 1")
        for n in range(30):
            await events.add_by_system(con, first, f"happened_{n}", None)
            if n % 10 == 0:
                async with con.transaction():
                    await events.seal(con, 7)
        while True:
            async with con.transaction():
                if not await events.seal(con, 7):
                    break
    assert await desk.value("select count(*) from event where seq is null") == 0
    assert await desk.value("select count(*) from event") >= count + 30
    assert await broken_links(desk) == []


async def test_a_changed_or_missing_audit_row_breaks_the_chain(desk: Desk) -> None:
    async with desk.pool.acquire() as con, con.transaction():
        first = await desk.value("select id from establishment limit 1")
        for n in range(5):
            await events.add_by_system(con, first, f"happened_{n}", None)
        await events.seal(con)
    assert await broken_links(desk) == []
    await desk.look.execute("update event set verb = 'nothing' where verb = 'happened_2'")
    assert len(await broken_links(desk)) == 1
    await desk.look.execute("update event set verb = 'happened_2' where verb = 'nothing'")
    assert await broken_links(desk) == []
    await desk.look.execute("delete from event where verb = 'happened_2'")
    assert len(await broken_links(desk)) == 1


async def broken_links(desk: Desk) -> list[int]:
    """Where the audit chain of an establishment does not follow from its rows."""
    rows = await desk.look.fetch(
        "select establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail, seq, chain from event"
        " where seq is not null order by establishment_id, seq"
    )
    broken, before, here = [], bytes(32), None
    for row in rows:
        if row["establishment_id"] != here:
            here, before = row["establishment_id"], bytes(32)
        if events.link(before, row) != row["chain"]:
            broken.append(row["seq"])
        before = row["chain"]
    return broken


async def test_only_what_nobody_can_use_is_swept_away(desk: Desk) -> None:
    throttle = "insert into throttle values ($1, 3, app_now() - $2::text::interval, app_now() - $2::text::interval)"
    await desk.look.execute(throttle, b"old", "2 days")
    await desk.look.execute(throttle, b"new", "1 hour")
    session = (
        "insert into session (token_hash, id, account_id, purpose, device, created_at, last_seen_at, expires_at, ended_at)"
        " select $1, gen_random_uuid(), id, 'full', 'x', app_now(), app_now(), app_now() + $2::text::interval,"
        " app_now() + $3::text::interval from account limit 1"
    )
    await desk.look.execute(session, b"long expired", "-31 days", None)
    await desk.look.execute(session, b"long ended", "1 day", "-31 days")
    await desk.look.execute(session, b"just expired", "-1 day", None)
    await desk.look.execute(session, b"live", "1 day", None)
    codes = await desk.value("select count(*) from one_time_code")
    async with desk.pool.acquire() as con:
        await cleaning.remove_dead(con)
    assert [row[0] for row in await desk.look.fetch("select token_hash from session order by 1")] == [
        b"just expired",
        b"live",
    ]
    assert [row[0] for row in await desk.look.fetch("select key from throttle")] == [b"new"]
    assert await desk.value("select count(*) from one_time_code") == codes


async def test_a_worker_that_loses_a_part_ends_as_a_whole() -> None:
    """Half a worker would look alive and send nothing."""

    async def for_ever() -> None:
        await asyncio.Event().wait()

    async def breaks() -> None:
        await asyncio.sleep(0)
        raise ArithmeticError

    lives, dies = asyncio.create_task(for_ever()), asyncio.create_task(breaks())
    with pytest.raises(NotReady, match="A part of the worker has ended"):
        await main._signal_or_end([lives, dies])
    lives.cancel()
