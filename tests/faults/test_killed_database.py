"""PostgreSQL is killed, frozen, out of room while phones send: nothing acknowledged is lost, phones hear 503, service comes back by itself.

N2, N11, N12, F18, F19. The server is one of this file's own, with fsync, since these tests kill it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio

from app.db.cluster import Cluster, throwaway
from app.db.migrate import migrate
from tests.conftest import MIGRATIONS
from tests.faults.sizes import SIZES, as_time_allows, measured
from tests.faults.stream import Phones, nothing_open
from tests.world import World, assert_quiet, seed_database, until

CYCLES = SIZES.database_kills
DATABASE_TROUBLE = {"database unreachable", "sweep failed"}


@pytest_asyncio.fixture(scope="module")
async def durable() -> AsyncIterator[Cluster]:
    """A server that keeps what it has acknowledged."""
    with throwaway(durable=True) as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def world(durable: Cluster) -> AsyncIterator[World]:
    """A world on that server."""
    await migrate(durable.connect_args("vigie"), MIGRATIONS, say=lambda _: None)
    async with World.of(durable, await seed_database(durable, "vigie")) as world:
        world.foreseen |= DATABASE_TROUBLE
        yield world
        await world.stop()
        assert_quiet(world)


def postgres(server: Cluster) -> list[int]:
    """The server's processes, the first one first."""
    first = int((server.data / "postmaster.pid").read_text().split("\n")[0])
    stats = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    return [first, *(int(stat.split()[0]) for stat in stats if stat.rpartition(")")[2].split()[1] == str(first))]


def kill(server: Cluster) -> None:
    """SIGKILL to all of it."""
    for pid in postgres(server):
        os.kill(pid, signal.SIGKILL)


def limit_files(server: Cluster, most: str) -> None:
    """Let the server's processes write no file beyond so many bytes, or "unlimited"; by its own account, the only one that surely may."""
    account = Path(f"/proc/{postgres(server)[0]}").stat()
    for pid in postgres(server):  # those that come later have their limits from the first one
        subprocess.run(
            ["prlimit", f"--pid={pid}", f"--fsize={most}:"], user=account.st_uid, group=account.st_gid, check=True
        )


async def comes_back(world: World, phones: Phones) -> float:
    """Seconds until a report is taken again."""
    begin = time.monotonic()

    async def taken() -> bool:
        answer = await phones.patients[0].report({})
        return answer.status == 201

    patient_reports = len(phones.sent)
    await until(taken, 30, "service does not come back")
    assert len(phones.sent) == patient_reports
    return time.monotonic() - begin


async def test_f18_n2_n11_n12_no_acknowledged_report_is_lost_when_the_database_is_killed(
    fresh: World, durable: Cluster
) -> None:
    phones = Phones([await fresh.new_patient() for _ in range(4)])
    returns, done = [], 0
    for done in as_time_allows(CYCLES):  # noqa: B007 - how far it went is told below
        stop = asyncio.Event()
        streaming = asyncio.create_task(phones.stream(stop))
        await asyncio.sleep(0.7)
        kill(durable)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(durable.start)
        begin, count = time.monotonic(), len(phones.answers)
        await until(
            lambda count=count: any(answer.status == 201 for answer in phones.answers[count:]), 10, "not back"
        )  # N11
        returns.append(time.monotonic() - begin)
        assert returns[-1] <= 10
        stop.set()
        await streaming
        await phones.send_the_rest()
    refused = [answer for answer in phones.answers if answer.status not in (200, 201)]
    assert refused
    assert {(answer.status, answer.code) for answer in refused} == {(503, "unavailable")}
    assert {answer.headers["Content-Type"] for answer in refused} == {"application/problem+json"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    slowest = max(answer.seconds for answer in phones.answers)
    assert slowest <= 5  # N12
    await phones.assert_kept_once(fresh)
    measured("N2", f"0 in {CYCLES} cycles", f"0 of {len(phones.sent)} reports, {done} cycles", well=done == CYCLES)
    measured("N11", "10 s", f"{max(returns):.1f} s", well=max(returns) <= 10)
    measured("N12", "5 s", f"{slowest:.1f} s (killed)", well=slowest <= 5)


async def test_while_the_database_is_stopped_everybody_hears_503_and_afterwards_alerts_go_out(
    fresh: World, durable: Cluster
) -> None:
    nurse = await fresh.sign_in("level2")
    phone = await nurse.add_phone()
    patient = await fresh.new_patient()
    async with nurse.stream() as live:
        await asyncio.to_thread(durable.stop)
        try:
            answers = [
                await patient.report({}),
                await nurse.get("/api/worklist"),
                await nurse.get("/api/me"),
                await fresh.ask("POST", "/api/sign-in/activation", {"code": "AAAA-BBBB-CCCC"}),
                await fresh.ask("POST", "/api/receipts", {"token": "0" * 32 + ".x", "state": "received"}),
            ]
            live_, ready = await fresh.ask("GET", "/health/live"), await fresh.ask("GET", "/health/ready")
        finally:
            await asyncio.to_thread(durable.start)
        assert {(answer.status, answer.code) for answer in answers} == {(503, "unavailable")}
        assert max(answer.seconds for answer in answers) <= 5
        assert (live_.status, ready.status) == (200, 503)
        assert await comes_back(fresh, Phones([patient])) <= 10
        before = live.count("changed")
        (await patient.report({"diarrhoea": {"F": 4}})).ok(201)
        await live.next("changed", before, 5)
    await phone.next(15)
    await fresh.led()


async def test_f20_n12_a_frozen_database_answers_no_request_later_than_five_seconds(
    fresh: World, durable: Cluster
) -> None:
    patient = await fresh.new_patient()
    (await patient.report({})).ok(201)
    frozen = postgres(durable)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        answers = await asyncio.gather(*(patient.report({}) for _ in range(3)))
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert {answer.status for answer in answers} == {503}
    slowest = max(answer.seconds for answer in answers)
    measured("N12", "5 s", f"{slowest:.1f} s (frozen)", well=slowest <= 5.5)
    assert slowest <= 5.5  # N12: 5 s, and half a second for a loaded machine
    assert await comes_back(fresh, Phones([patient])) <= 10


# A table as large as a segment of the log, 16 MB: the log can still be written when no file may become larger, and this table cannot.
FILL = """
insert into report (establishment_id, patient_id, id, received_at, told_at, author_kind, author_id, content, content_sha256, cycle,
                    day_of_cycle, quarantined)
select establishment_id, patient_id, gen_random_uuid(), app_now() - interval '1 year', app_now() - interval '1 year', 'patient',
       patient_id, jsonb_build_object('filler', repeat('x', 1700)), '', 1, 1, true
from course, generate_series(1, 8200) where patient_id = $1
"""


async def test_f19_n12_while_the_disk_is_full_nothing_is_acknowledged_and_everything_goes_on_with_new_room(
    fresh: World, durable: Cluster
) -> None:
    full, patient, nurse = await fresh.new_patient(), await fresh.new_patient(), await fresh.sign_in("level2")
    await fresh.rows(FILL, full.me["id"])
    phones = Phones([patient])
    limit_files(durable, str(16 * 1024 * 1024))
    try:
        stop = asyncio.Event()
        streaming = asyncio.create_task(phones.stream(stop))
        await until(lambda: sum(answer.status == 503 for answer in phones.answers) > 10, 20, "the disk is not full")
        worklist = await nurse.get("/api/worklist")
        live = await fresh.ask("GET", "/health/live")
    finally:
        limit_files(durable, "unlimited")
    assert (worklist.status, live.status) == (200, 200), "what is there can be read"
    refused = [answer for answer in phones.answers if answer.status not in (200, 201)]
    assert {(answer.status, answer.code) for answer in refused} == {(503, "unavailable")}
    count = len(phones.answers)
    await until(lambda: any(answer.status == 201 for answer in phones.answers[count:]), 10, "not back")
    stop.set()
    await streaming
    await phones.send_the_rest()
    slowest = max(answer.seconds for answer in phones.answers)
    measured("N12", "5 s", f"{slowest:.1f} s (disk full)", well=slowest <= 5)
    assert slowest <= 5
    await fresh.rows("delete from report where patient_id = $1", full.me["id"])
    await phones.assert_kept_once(fresh)


async def test_f18_a_lost_listener_costs_speed_and_nothing_else(fresh: World) -> None:
    nurse = await fresh.sign_in("level2")
    phone = await nurse.add_phone()
    patient = await fresh.new_patient()
    async with nurse.stream() as live:
        listening = "select count(*) from pg_stat_activity where application_name = 'vigie hints'"

        async def both_listen() -> bool:
            return bool(await fresh.value(listening) == 2)

        await until(both_listen, 10, "listeners are not back after what the tests before have done to the database")
        killed = await fresh.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'vigie hints'"
        )
        assert len(killed) == 2
        before = live.count("changed")
        (await patient.report({"diarrhoea": {"F": 4}})).ok(201)
        await live.next("changed", before, 5)
        await phone.next(5)


async def test_connections_that_were_cut_cost_at_most_one_attempt(fresh: World) -> None:
    patient = await fresh.new_patient()
    for _ in range(8):
        await fresh.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name in ('vigie app', 'vigie worker')"
        )
        answers = await asyncio.gather(*(patient.report({}) for _ in range(6)))
        assert {answer.status for answer in answers} <= {201, 503}
        answers = await asyncio.gather(*(patient.report({}) for _ in range(6)))
        assert {answer.status for answer in answers} == {201}


async def test_a_database_error_in_the_middle_leaves_no_open_transaction(fresh: World, durable: Cluster) -> None:
    patient = await fresh.new_patient()
    holder = await asyncpg.connect(**durable.superuser_args(await fresh.value("select current_database()")))
    async with holder.transaction():
        await holder.execute("lock table report in access exclusive mode")
        answer = await patient.report({})
        assert (answer.status, answer.code) == (503, "unavailable")
        assert answer.seconds <= 5.5  # N12
    await holder.close()
    (await patient.report({})).ok(201)
    await until(lambda: nothing_open(fresh), 5, "a transaction was left open")
