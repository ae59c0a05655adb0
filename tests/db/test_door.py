"""The one door to the database: it says who is asking, it ends what it begins, and it tells when nobody answers."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.db.door import STALE, connect_pool, crowd_tx, establishment_tx
from app.domain.errors import Unavailable
from tests.cast import Cast
from tests.world import free_ports, until

WHO = "select asking_establishment()"
KEPT = "select count(*) from event"
WRITE = "insert into event (establishment_id, id, at, actor_kind, verb) values ($1, gen_random_uuid(), app_now(), 'system', 'x')"


async def test_a_transaction_knows_for_whom_it_is(cast: Cast) -> None:
    for tenant in (cast.a, cast.b, cast.a):
        async with cast.asking(tenant) as con:
            assert await con.fetchval(WHO) == tenant.id
    async with cast.app.acquire() as con:
        assert await con.fetchval(WHO) is None


async def test_what_was_written_is_kept_at_the_end(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        before = await con.fetchval(KEPT)
        await con.execute(WRITE, cast.a.id)
    async with cast.asking(cast.a) as con:
        assert await con.fetchval(KEPT) == before + 1


@pytest.mark.parametrize("why", [ValueError, asyncio.CancelledError, KeyboardInterrupt])
async def test_whatever_goes_wrong_inside_nothing_is_kept(cast: Cast, why: type[BaseException]) -> None:
    async def wrong() -> None:
        async with cast.asking(cast.a) as con:
            await con.execute(WRITE, cast.a.id)
            raise why

    with pytest.raises(why):
        await wrong()
    async with cast.app.acquire() as con:
        assert not con.is_in_transaction()
    assert await cast.superuser.fetchval("select count(*) from event where verb = 'x'") == 0
    idle = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
    assert await cast.superuser.fetchval(idle) == 0


async def test_only_an_id_ever_gets_into_the_opening_statement(cast: Cast) -> None:
    evil: Any = "'; set local app.establishment = '" + str(cast.b.id)
    with pytest.raises(ValueError, match="UUID"):
        async with establishment_tx(cast.app, evil):
            pass


async def test_one_patients_reports_come_in_one_at_a_time_and_others_do_not_wait(cast: Cast) -> None:
    patient, inside = cast.a.patient.id, asyncio.Event()
    order: list[str] = []

    async def second() -> None:
        await inside.wait()
        async with cast.asking(cast.a, lock=patient):
            order.append("second")

    async def another() -> None:
        await inside.wait()
        async with cast.asking(cast.a, lock=cast.a.patients[1].id):
            order.append("another patient")

    tasks = [asyncio.create_task(second()), asyncio.create_task(another())]
    async with cast.asking(cast.a, lock=patient):
        inside.set()
        await until(lambda: order == ["another patient"], 3, "another patient had to wait")
        await asyncio.sleep(0.1)
        order.append("first")
    await asyncio.gather(*tasks)
    assert order == ["another patient", "first", "second"]


@pytest.mark.parametrize("lock", [UUID(int=0), UUID(int=(1 << 128) - 1), UUID(int=1 << 127), UUID(int=(1 << 127) - 1)])
async def test_any_id_can_be_locked(cast: Cast, lock: UUID) -> None:
    async with cast.asking(cast.a, lock=lock) as con:
        assert await con.fetchval(WHO) == cast.a.id


async def test_connections_that_the_database_has_dropped_are_replaced(cast: Cast) -> None:
    async with cast.app.acquire() as one, cast.app.acquire() as two:
        pids = [await con.fetchval("select pg_backend_pid()") for con in (one, two)]
    for pid in pids:
        await cast.superuser.execute("select pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.1)
    async with cast.asking(cast.a) as con:
        assert await con.fetchval(WHO) == cast.a.id


async def test_a_connection_that_breaks_inside_is_an_error_and_the_next_one_works(cast: Cast) -> None:
    async def broken() -> None:
        async with cast.asking(cast.a) as con:
            await con.execute(WRITE, cast.a.id)
            me = await con.fetchval("select pg_backend_pid()")
            await cast.superuser.execute("select pg_terminate_backend($1)", me)
            await con.execute(WRITE, cast.a.id)

    with pytest.raises((*STALE, asyncpg.OperatorInterventionError)):  # all of which the API answers with 503
        await broken()
    async with cast.asking(cast.a) as con:
        assert await con.fetchval("select count(*) from event where verb = 'x'") == 0


async def test_a_database_that_is_not_there_is_named_unavailable(cast: Cast) -> None:
    pool = await connect_pool(cast.where, "vigie_app", size=1)
    try:
        async with pool.acquire():  # the only connection is taken: three seconds, then an answer
            with pytest.raises(Unavailable):
                async with establishment_tx(pool, cast.a.id):
                    pass
    finally:
        await pool.close()


async def test_nobody_connects_to_a_port_where_no_database_is() -> None:
    with pytest.raises(OSError, match=r".+"):
        await connect_pool({"host": "127.0.0.1", "port": free_ports(1)[0], "user": "x", "database": "x"}, "vigie_app")


async def test_an_establishment_that_nobody_knows_is_empty(cast: Cast) -> None:
    async with establishment_tx(cast.app, uuid4()) as con:
        assert await con.fetchval("select count(*) from patient") == 0


async def test_a_crowd_does_not_wait_for_long_and_leaves_a_clean_connection(cast: Cast) -> None:
    held, free = cast.a.patients[:2]
    async with cast.asking(cast.a, lock=held.id):
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with crowd_tx(cast.app, cast.a.id, [free.id, held.id], 50):
                pytest.fail("somebody else has one of them")
        async with cast.asking(cast.a, lock=free.id) as con:
            assert await con.fetchval(WHO) == cast.a.id, "what the crowd had taken is given back"
            assert await con.fetchval("show lock_timeout") == "0"


async def test_two_crowds_of_the_same_people_do_not_wait_for_each_other(cast: Cast) -> None:
    people = [uuid4() for _ in range(40)]

    async def crowd(ids: list[UUID]) -> None:
        for _ in range(20):
            async with crowd_tx(cast.app, cast.a.id, ids, 20_000) as con:
                assert await con.fetchval(WHO) == cast.a.id

    async with asyncio.timeout(60):
        await asyncio.gather(crowd(people), crowd(people[::-1]), crowd(people[20:] + people[:20]))
