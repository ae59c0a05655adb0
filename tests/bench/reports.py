"""How fast `PUT /api/reports/{id}` is, beside two floors in the same run with as many bytes.

    .venv/bin/python -m tests.bench.reports [--reports 3000]

Every report has 20 answers of a simulated patient (tests/bench/told.py) and opens an alert with a call to somebody on duty:
session check, row-level security, strict decode, chart, triage, the risk model in shadow, report, verdict, alert, ladder, notification
and audit, all durable.
The floors keep a response, an alert and an outbox row in one durable statement: by bare asyncpg, and behind a bare litestar handler.
Server, load generator and PostgreSQL share the machine's cores, so quote the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvloop
from msgspec import json
from uuid_utils.compat import uuid7

from app.db.cluster import Cluster, throwaway
from app.db.migrate import migrate
from app.domain.people import Identity
from app.services.sign_in import new_token, token_hash
from app.services.vault import Vault
from tests.bench.told import Told, told

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = (1, 16, 64)
LIVES = 500


def body(questionnaire: str, told: Told) -> bytes:
    """A report with 20 answers that is red on capecitabine at any hour of any day: 38.4 °C."""
    answers, measurements = told
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.encode(
        {"answered_at": now, "questionnaire": questionnaire, "answers": answers, "measurements": measurements}
    )


FLOOR_TABLES = """
create table if not exists floor_report (id uuid primary key, patient uuid not null, at timestamptz default now(), content jsonb not null);
create table if not exists floor_alert (id uuid primary key, report uuid not null, level text not null, at timestamptz default now());
create table if not exists floor_outbox (id uuid primary key, alert uuid not null, run_after timestamptz default now());
"""

FLOOR = """
with r as (insert into floor_report (id, patient, content) values ($1, $2, $3) returning id),
     a as (insert into floor_alert (id, report, level) select gen_random_uuid(), id, 'orange' from r returning id)
insert into floor_outbox (id, alert) select gen_random_uuid(), id from a
"""

PATIENTS = """
with p as (
    insert into patient (establishment_id, id, identity, identity_token, locale, timezone, created_at)
    select $1, x, sealed, uuid_send(x), 'fr', 'Europe/Paris', app_now() from unnest($2::uuid[], $4::bytea[]) t (x, sealed)),
c as (
    insert into course (establishment_id, id, patient_id, regimen, started_on, state, baseline, created_at)
    select $1, gen_random_uuid(), x, 'capecitabine_mono', current_date - 50, 'active', '{"weight_kg": 70}', app_now()
    from unnest($2::uuid[]) x),
a as (
    insert into account (id, establishment_id, kind, person_id, role, created_at)
    select x, $1, 'patient', x, 'patient', app_now() from unnest($2::uuid[]) x)
insert into session (token_hash, id, account_id, purpose, device, created_at, last_seen_at, expires_at)
select h, x, x, 'full', 'bench', app_now(), app_now(), app_now() + interval '1 day' from unnest($2::uuid[], $3::bytea[]) t (x, h)
"""


class Load:
    """Requests ready to be sent, taken one after the other by as many connections as wanted."""

    def __init__(self, requests: list[bytes], port: int) -> None:
        self.requests, self.port, self.took = requests, port, list[float]()

    async def run(self, connections: int) -> float:
        """Send all; requests per second."""
        queue = iter(self.requests)
        started = time.perf_counter()
        await asyncio.gather(*(self._one(queue) for _ in range(connections)))
        return len(self.requests) / (time.perf_counter() - started)

    async def _one(self, queue: Any) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for request in queue:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            answer = await reader.readexactly(length)
            self.took.append(time.perf_counter() - started)
            if not head.startswith((b"HTTP/1.1 201", b"HTTP/1.1 200")):
                raise SystemExit(f"refused: {head[:60]!r} {answer[:300]!r}")
        writer.close()


def row(name: str, connections: int, per_second: float, took: list[float]) -> None:
    """One line of the table."""
    ms = sorted(t * 1000 for t in took)
    p50, p95, p99 = (ms[min(len(ms) - 1, int(len(ms) * q))] for q in (0.5, 0.95, 0.99))
    print(f"{name:<28}{connections:>4}{per_second:>10.0f}/s   p50 {p50:6.2f}   p95 {p95:6.2f}   p99 {p99:6.2f} ms")


async def floor_asyncpg(
    where: dict[str, Any], content: bytes, connections: int, count: int
) -> tuple[float, list[float]]:
    """The statement by bare asyncpg."""
    pool = await asyncpg.create_pool(**where, min_size=connections, max_size=connections)
    took: list[float] = []
    text, left = content.decode(), iter(range(count))

    async def one() -> None:
        async with pool.acquire() as con:
            for _ in left:
                started = time.perf_counter()
                await con.execute(FLOOR, uuid7(), uuid4(), text)
                took.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    rate = count / (time.perf_counter() - started)
    await pool.close()
    return rate, took


def free_port() -> int:
    """A port nobody has."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def request(path: str, content: bytes, cookie: str = "") -> bytes:
    """One PUT as bytes."""
    extra = f"Cookie: __Host-vigie-patient={cookie}\r\n" if cookie else ""
    return (
        f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{extra}\r\n"
    ).encode() + content


async def wait_for(port: int) -> None:
    """Until something listens."""
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit("the server did not start")


async def measured_server(
    cluster: Cluster,
    command: list[str],
    environment: dict[str, str],
    port: int,
    make: Callable[[int], Awaitable[list[bytes]]],
    name: str,
    count: int,
) -> dict[int, float]:
    """Start a server, load it at each number of connections; prints what it cost."""
    process = subprocess.Popen(command, env=environment, cwd=ROOT)  # noqa: ASYNC220 - nothing else runs meanwhile
    rates: dict[int, float] = {}
    try:
        await wait_for(port)
        warm = Load(await make(200), port)
        await warm.run(8)
        for connections in CONNECTIONS:
            load = Load(await make(count if connections > 1 else count // 3), port)
            databases = family(cluster)
            before = cpu_seconds(process.pid), sum(map(cpu_seconds, databases))
            rates[connections] = await load.run(connections)
            spent = cpu_seconds(process.pid) - before[0], sum(map(cpu_seconds, databases)) - before[1]
            row(name, connections, rates[connections], load.took)
            server_us, database_us = (1e6 * s / len(load.requests) for s in spent)
            print(f"{'':32}CPU a report: server {server_us:.0f} µs, PostgreSQL {database_us:.0f} µs")
        memory = pss_mb(process.pid), sum(map(pss_mb, family(cluster)))
        print(f"{'':32}memory: server {memory[0]:.0f} MB, PostgreSQL {memory[1]:.0f} MB (Pss)\n")
    finally:
        process.terminate()
        process.wait(10)
    return rates


def pss_mb(process: int) -> float:
    """Proportional memory of a process; 0 once it is gone."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1]) / 1024


def cpu_seconds(process: int) -> float:
    """User and system time of a process; 0 once it is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family(cluster: Cluster) -> list[int]:
    """The server processes of PostgreSQL."""
    postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
    return [postmaster, *map(int, Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split())]


async def main(count: int) -> None:
    """The whole table."""
    with throwaway(durable=True, shared_buffers="256MB") as cluster:
        where = cluster.connect_args()
        await migrate(where, ROOT / "migrations", lambda _: None)
        port, inside = free_port(), free_port()
        with tempfile.TemporaryDirectory() as home:
            environment = {
                **os.environ,
                "VIGIE_PROFILE": "test",
                "VIGIE_DATABASE_URL": cluster.dsn(),
                "VIGIE_DATA": home,
                "VIGIE_PORT": str(port),
                "VIGIE_INTERNAL_PORT": str(inside),
                "VIGIE_LOG": f"{home}/log",
                "VIGIE_MASTER_KEYS": f"bench:{base64.b64encode(bytes(32)).decode()}",
            }
            out = subprocess.run(  # noqa: ASYNC221 - nothing else runs meanwhile
                [sys.executable, "-m", "app.cli", "seed"], env=environment, cwd=ROOT, check=True, capture_output=True
            )
            here = UUID(json.decode(out.stdout)["establishments"][0]["id"])
            owner = await asyncpg.connect(**where, server_settings={"role": "vigie_owner"})
            await owner.execute(f"set app.establishment = '{here}'")
            await owner.execute(FLOOR_TABLES)
            safe = await Vault({"bench": bytes(32)}).of(owner, here)
            somebody = Identity("Louise", "Banc", date(1956, 4, 2), "")
            lives = told(LIVES)
            content = max(
                (body("bench", one) for one in lives), key=len
            )  # for the floors: never less than what Vigie gets
            print(f"{len(content)} bytes a report, {count} reports a run, {os.cpu_count()} cores\n")
            floor: dict[int, float] = {}
            for connections in CONNECTIONS:
                floor[connections], took = await floor_asyncpg(
                    {**where, "server_settings": {"role": "vigie_owner"}}, content, connections, count
                )
                row("floor: asyncpg", connections, floor[connections], took)

            async def bare(n: int) -> list[bytes]:
                return [request(f"/reports/{uuid7()}", content) for _ in range(n)]

            async def reports(n: int) -> list[bytes]:
                people = [uuid4() for _ in range(n)]
                tokens = [new_token(here, person) for person in people]
                sealed = [safe.seal_identity(person, somebody) for person in people]
                await owner.execute(PATIENTS, here, people, [token_hash(t) for t in tokens], sealed)
                await owner.execute("analyze")
                fresh = [body("bench", one) for one in lives]
                return [request(f"/api/reports/{uuid7()}", fresh[i % LIVES], t) for i, t in enumerate(tokens)]

            bare_port = free_port()
            litestar = await measured_server(
                cluster,
                [sys.executable, "-m", "tests.bench.floor", str(bare_port)],
                environment,
                bare_port,
                bare,
                "floor: litestar + asyncpg",
                count,
            )
            before = await owner.fetchval("select pg_current_wal_lsn()")
            had = await owner.fetchval("select count(*) from report")
            vigie = await measured_server(
                cluster, [sys.executable, "-m", "app.cli", "serve"], environment, port, reports, "vigie", count
            )
            if abstained := await owner.fetchval("select count(*) from risk_score where abstained is not null"):
                raise SystemExit(
                    f"the model has not scored {abstained} reports: see what a patient of this bench lacks"
                )
            wal = await owner.fetchval("select pg_wal_lsn_diff(pg_current_wal_lsn(), $1)", before)
            made = await owner.fetchval("select count(*) from report") - had
            await owner.close()
            print()
            for connections in CONNECTIONS:
                print(
                    f"{connections:>3} connections: {vigie[connections] / litestar[connections]:.2f} of the litestar floor, "
                    f"{vigie[connections] / floor[connections]:.2f} of the asyncpg floor"
                )
            print(
                f"WAL: {float(wal) / max(made, 1) / 1024:.1f} kB a report (the making of its patient and session included)"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=3000)
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(arguments.reports))
