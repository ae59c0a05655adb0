"""Adherence of ten thousand patients over ninety days in one call, and one patient's line over a year, by the real endpoints.

    .venv/bin/python -m tests.bench.cohort [--patients 10000]

Two hundred courses with a year of plan, orders, intakes and weekly reports are counted by the engine; their days stand for as many more
patients as wanted, each with an identity of its own. Goals: the cohort within 5 s, the line of a year p95 within 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import uvloop
from uuid_utils.compat import uuid7

from app.db import accounts, days, sessions
from app.db import courses as stored
from app.db.cluster import throwaway
from app.db.door import connect_pool, establishment_tx
from app.db.migrate import migrate
from app.domain.people import Identity
from app.services import adherence, courses, rulebooks, seed
from app.services.sign_in import new_token, token_hash
from app.services.vault import Vault
from tests.bench.reports import ROOT, Load, free_port, row, wait_for
from tests.services.diaries import NOW, SINCE, UNTIL, write

SOME = 200
YEAR = UNTIL - timedelta(days=364)
REPORTS = 52

TWINS = "create temp table twin (old_patient uuid, old_course uuid, patient uuid, course uuid, identity bytea)"
CLONE_PATIENTS = """
insert into patient (establishment_id, id, identity, identity_token, timezone, created_at)
select p.establishment_id, t.patient, t.identity, uuid_send(t.patient), p.timezone, p.created_at
from twin t join patient p on p.id = t.old_patient
"""
CLONE_COURSES = """
insert into course (establishment_id, id, patient_id, regimen, started_on, state, prescription, created_at)
select c.establishment_id, t.course, t.patient, c.regimen, c.started_on, c.state, c.prescription, c.created_at
from twin t join course c on c.id = t.old_course
"""
ACCESS = """
insert into access (establishment_id, id, patient_id, role, basis, from_at)
select establishment_id, gen_random_uuid(), id, 'oncologist', 'care_team', created_at from patient p where establishment_id = $1
  and not exists (select from access a where a.patient_id = p.id and a.role = 'oncologist')
"""
TOLD = """
with r as (
    insert into report (establishment_id, patient_id, id, course_id, received_at, told_at, author_kind, author_id, content, content_sha256,
                        cycle, day_of_cycle)
    select $1, p, gen_random_uuid(), c, $4::timestamptz - n * interval '7 days', $4::timestamptz - n * interval '7 days', 'patient', p,
           '{"answers": {"diarrhoea": {"F": 2}, "fatigue": {"S": 2, "I": 1}}, "measurements": {"weight_kg": 71.5}}', '\\x00', 2, 9
    from unnest($2::uuid[], $3::uuid[]) x (p, c), generate_series(1, $5) n returning id, patient_id)
insert into verdict (establishment_id, patient_id, report_id, id, level, emergency, recipient, hold, reasons, detail, rulebook, judged_at)
select $1, patient_id, id, gen_random_uuid(), 'green', false, 'none', false, '{}',
       '{"grades": {"diarrhoea": {"grade": 1, "complete": true}, "fatigue": {"grade": 2, "complete": true}}}', 'bench', app_now() from r
"""


def ask(path: str, cookie: str) -> bytes:
    """One GET as bytes."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-vigie={cookie}\r\n\r\n".encode()


async def filled(
    superuser: asyncpg.Connection, owner: asyncpg.Pool, here: UUID, vault: Vault, number: int
) -> list[UUID]:
    """The patients; those returned have a whole year."""
    rulebook = rulebooks.read(ROOT / "rules")
    people = await write(superuser, here, SOME, since=YEAR)
    async with establishment_tx(owner, here) as con:
        safe = await vault.of(con, here)
        for who in people:
            stood = await stored.one(con, here, who.course_id)
            assert stood is not None
            known = courses.loaded(stood, rulebook)
            entries = await adherence.told(con, here, known, YEAR, UNTIL)
            await days.write(
                con, here, who.course_id, who.patient_id, adherence.count_days(known, entries, YEAR, UNTIL, NOW)
            )

    def sealed(patient: UUID, n: int) -> bytes:
        return safe.seal_identity(patient, Identity("Camille", f"Essai {n}", date(1960, 1, 1), "+33600000000"))

    for n, who in enumerate(people):
        await superuser.execute(
            "update patient set identity = $2 where id = $1", who.patient_id, sealed(who.patient_id, n)
        )
    twins = []
    for n in range(number - SOME):
        who, patient = people[n % SOME], uuid4()
        twins.append((who.patient_id, who.course_id, patient, uuid4(), sealed(patient, n)))
    await superuser.execute(TWINS)
    await superuser.copy_records_to_table("twin", records=twins)
    await superuser.execute(CLONE_PATIENTS)
    await superuser.execute(CLONE_COURSES)
    columns = await superuser.fetch(
        "select column_name from information_schema.columns where table_name = 'adherence_day' order by ordinal_position"
    )
    names = [r["column_name"] for r in columns]
    source = ", ".join({"course_id": "t.course", "patient_id": "t.patient"}.get(name, f"d.{name}") for name in names)
    await superuser.execute(
        f"insert into adherence_day ({', '.join(names)}) select {source} "  # noqa: S608 - the table's own columns
        "from twin t join adherence_day d on d.course_id = t.old_course where d.day >= $1",
        SINCE,
    )
    await superuser.execute(ACCESS, here)
    ids, theirs = [who.patient_id for who in people], [who.course_id for who in people]
    await superuser.execute(TOLD, here, ids, theirs, NOW, REPORTS)
    await superuser.execute("vacuum analyze")
    return ids


async def main(number: int) -> None:
    """Fill, serve, ask."""
    with throwaway(shared_buffers="256MB") as cluster, tempfile.TemporaryDirectory() as home:
        where = cluster.connect_args()
        await migrate(where, ROOT / "migrations", lambda _: None)
        owner, pool = await connect_pool(where, "vigie_owner", size=2), await connect_pool(where, "vigie_app", size=2)
        master, vault = {"bench": bytes(32)}, Vault({"bench": bytes(32)})
        place = (await seed.seed(owner, pool, vault, master, rulebooks.read(ROOT / "rules"))).establishments[0]
        superuser = await asyncpg.connect(**cluster.superuser_args(where["database"]))
        ids = await filled(superuser, owner, place.id, vault, number)
        doctor = next(s for s in place.staff if s.role == "oncologist")
        async with pool.acquire() as con:
            token = new_token(place.id, doctor.id)
            account = await accounts.of_person(con, place.id, doctor.id)
            assert account is not None
            await sessions.add(con, token_hash(token), uuid7(), account, "full", "bench", timedelta(days=1))
        total = await superuser.fetchval("select count(*) from adherence_day where day >= $1", SINCE)
        await superuser.close()
        await pool.close()
        await owner.close()
        port = free_port()
        environment = os.environ | {
            "VIGIE_PROFILE": "test", "VIGIE_DATABASE_URL": cluster.dsn(), "VIGIE_DATA": home, "VIGIE_PORT": str(port),
            "VIGIE_INTERNAL_PORT": str(free_port()), "VIGIE_LOG": f"{home}/log",
            "VIGIE_MASTER_KEYS": "bench:" + base64.b64encode(bytes(32)).decode(),
        }  # fmt: skip
        server = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=environment, cwd=ROOT)  # noqa: ASYNC220 - it serves meanwhile
        try:
            await wait_for(port)
            print(f"{number} patients, {total} kept days of 90, {os.cpu_count()} cores\n")
            window = f"from={SINCE}&to={UNTIL}"
            cohort = Load([ask(f"/api/cohort?{window}", token)] * 5, port)
            started = time.perf_counter()
            row("cohort, 90 days", 1, await cohort.run(1), cohort.took)
            year = f"from={YEAR}&to={UNTIL}"
            await Load([ask(f"/api/patients/{i}/timeline?{year}", token) for i in ids[:20]], port).run(1)
            line = Load([ask(f"/api/patients/{i}/timeline?{year}", token) for i in ids], port)
            row("line of a patient, a year", 1, await line.run(1), line.took)
            calendar = Load([ask(f"/api/patients/{i}/adherence?{year}", token) for i in ids], port)
            row("calendar of a patient, a year", 1, await calendar.run(1), calendar.took)
            print(f"\nall asked in {time.perf_counter() - started:.0f} s")
        finally:
            server.terminate()
            server.wait(10)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000)
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(arguments.patients))
