"""The cohort of ten thousand patients over ninety days in one call, and one patient's line over a year, on the embedded database.

.venv/bin/python -m tests.bench.courses [--patients 10000] [--reads 200]
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import uvloop
from msgspec import json
from uuid_utils.compat import uuid7

from app.db.cluster import throwaway
from app.db.days import DayRow
from app.db.door import connect_pool, establishment_tx
from app.db.migrate import migrate
from app.domain.people import Caller, Identity, Role
from app.domain.rulebook import Rulebook
from app.domain.schedules import schedule
from app.domain.triage import Grade
from app.services import adherence, cohort, courses, rulebooks, seed, timeline
from app.services.cohort import CohortAsk
from app.services.vault import Safe, Vault
from tests.bench.reports import ROOT

REGIMENS = ("capecitabine_mono", "palbociclib", "letrozole", "cabozantinib", "imatinib")
DAYS = 90


async def main(patients: int, reads: int) -> None:
    """Fill a throw-away database, then read it as an oncologist does."""
    rulebook = rulebooks.read(ROOT / "rules")
    with throwaway(shared_buffers="256MB") as cluster:
        where = cluster.connect_args()
        await migrate(where, ROOT / "migrations", lambda _: None)
        owner, pool = await connect_pool(where, "vigie_owner", size=2), await connect_pool(where, "vigie_app", size=2)
        master = {"bench": bytes(32)}
        vault = Vault(master)
        seeded = await seed.seed(owner, pool, vault, master, rulebook)
        here = seeded.establishments[0].id
        who = next(s.id for s in seeded.establishments[0].staff if s.role is Role.ONCOLOGIST)
        caller = Caller(who, who, here, who, Role.ONCOLOGIST, None, True)
        superuser = await asyncpg.connect(**cluster.superuser_args(where["database"]))
        async with establishment_tx(pool, here) as con:
            safe = await vault.of(con, here)
        began = time.monotonic()
        await fill(superuser, safe, rulebook, here, patients)
        year = await a_year(superuser, pool, rulebook, here, seeded.establishments[0].patients[0].id)
        await superuser.execute("analyze")
        print(f"{patients} patients over {DAYS} days written in {time.monotonic() - began:.0f} s")
        for _ in range(3):
            began = time.monotonic()
            async with establishment_tx(pool, here) as con:
                seen = await cohort.page(con, safe, rulebook, caller, CohortAsk(limit=200), datetime.now(UTC))
            taken = time.monotonic() - began
            print(f"cohort: {seen.patients} patients, {seen.total} stand out, {taken:.2f} s")
        times = []
        for _ in range(reads):
            began = time.monotonic()
            async with establishment_tx(pool, here) as con:
                line = await timeline.page(con, rulebook, caller, year, date.today() - timedelta(days=364), None)  # noqa: DTZ011 - of this machine
                answer = json.encode(line)
            times.append(time.monotonic() - began)
        times.sort()
        print(
            f"line of a year: {len(line.drugs[0].days)} days, {len(line.reports)} reports, {len(answer) // 1000} kB;"
            f" p50 {times[len(times) // 2] * 1000:.1f} ms, p95 {times[int(len(times) * 0.95)] * 1000:.1f} ms"
        )
        for end in (owner, pool, superuser):
            await end.close()


async def fill(con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, here: UUID, patients: int) -> None:
    """Ten thousand courses, each of some days as the engine counts them of what a patient told."""
    dice = random.Random(1)  # noqa: S311 - the same people each time
    today = date.today()  # noqa: DTZ011 - of this machine
    people, treated, days = [], [], []
    templates = [day_rows(rulebook, regimen, today, dice) for regimen in REGIMENS for _ in range(40)]
    now = datetime.now(UTC)
    for n in range(patients):
        patient, course = uuid4(), uuid4()
        identity = Identity(f"Prénom{n}", "Essai", date(1950, 1, 1), "01 99 00 30 00")
        people.append(
            (here, patient, safe.seal_identity(patient, identity), n.to_bytes(8, "big"), "fr", "Europe/Paris", now)
        )
        regimen, rows = templates[n % len(templates)]
        treated.append((here, course, patient, regimen, today - timedelta(days=100), "active", now))
        days += [(here, course, patient, *row) for row in rows]
    await con.copy_records_to_table(
        "patient",
        records=people,
        columns=["establishment_id", "id", "identity", "identity_token", "locale", "timezone", "created_at"],
    )
    await con.copy_records_to_table(
        "course",
        records=treated,
        columns=["establishment_id", "id", "patient_id", "regimen", "started_on", "state", "created_at"],
    )
    await con.execute(
        "insert into access (establishment_id, id, patient_id, role, basis, from_at)"
        " select establishment_id, gen_random_uuid(), id, 'oncologist', 'care_team', now() - interval '1 day' from patient"
    )
    columns = ["establishment_id", "course_id", "patient_id", *DayRow.__struct_fields__]
    await con.copy_records_to_table("adherence_day", records=days, columns=columns)


def day_rows(
    rulebook: Rulebook, regimen: str, today: date, dice: random.Random
) -> tuple[str, list[tuple[object, ...]]]:
    """Ninety days of one drug as tuples of the table's columns."""
    rows, cycle = [], 0
    known = rulebook.regimen(regimen)
    assert known.schedule is not None
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        on = (DAYS - back) % known.schedule.cycle_days + 1
        cycle = (DAYS - back) // known.schedule.cycle_days + 1
        planned = known.schedule.times_per_day if any(a <= on <= b for a, b in known.schedule.on_days) else 0
        taken = sum(dice.random() < 0.93 for _ in range(planned))
        missed = planned - taken
        row = DayRow(
            drug=known.drugs[0].inn,
            day=day,
            cycle=cycle,
            day_of_cycle=on,
            planned=planned,
            held=0,
            expected=planned,
            taken=taken,
            partial=0,
            on_time=taken,
            missed=missed,
            vomited=0,
            unreported=0,
            extra=int(dice.random() < 0.002),
            rest_day=0,
            during_hold=0,
            correct=taken == planned,
            planned_ug=planned * 100_000,
            prescribed_ug=planned * 100_000,
            delivered_ug=taken * 100_000,
            protocol_days=1,
            elapsed_days=1,
        )
        rows.append(tuple(getattr(row, name) for name in DayRow.__struct_fields__))
    return regimen, rows


async def a_year(con: asyncpg.Connection, pool: asyncpg.Pool, rulebook: Rulebook, here: UUID, patient: UUID) -> UUID:
    """One patient who has been followed for a year: every slot told, a report every third day."""
    now = datetime.now(UTC)
    begun = now - timedelta(days=380)
    await con.execute(
        "update course set started_on = $2, created_at = $3 where patient_id = $1", patient, begun.date(), begun
    )
    start = json.encode({"at": begun, "reason": "enrolment"}).decode()
    await con.execute(
        "update course_order set content = $2, entered_at = $3 where patient_id = $1", patient, start, begun
    )
    async with establishment_tx(pool, here) as tx:
        known = await courses.current(tx, rulebook, here, patient)
    slots = [s for s in schedule(known.course, begun.date(), now.date()) if s.closes_at < now]
    await con.executemany(
        "insert into intake (establishment_id, patient_id, id, course_id, drug, slot_on, slot, state, planned_at, taken_at, recorded_at,"
        " author_kind, author_id) values ($1, $2, $3, $4, $5, $6, $7, 'taken', $8, $8, $8, 'patient', $2)",
        [(here, patient, uuid7(), known.row.id, s.drug, s.day, s.number, s.due_at) for s in slots],
    )
    grades = json.encode(
        {"grades": {s: Grade(n % 4) for n, s in enumerate(("diarrhoea", "fatigue", "nausea", "hand_foot_syndrome"))}}
    )
    content = json.encode({"answers": {}, "measurements": {"weight_kg": 70.0}}).decode()
    for back in range(0, 365, 3):
        report, at = uuid7(), now - timedelta(days=back, hours=1)
        await con.execute(
            "insert into report (establishment_id, patient_id, id, course_id, received_at, told_at, author_kind, author_id, content,"
            " content_sha256, cycle, day_of_cycle) values ($1, $2, $3, $4, $5, $5, 'patient', $2, $6, '', 1, 1)",
            *(here, patient, report, known.row.id, at, content),
        )
        await con.execute(
            "insert into verdict (establishment_id, patient_id, report_id, id, level, emergency, recipient, hold, reasons, detail,"
            " rulebook, judged_at) values ($1, $2, $3, gen_random_uuid(), 'green', false, 'none', false, '{}', $4, 'bench', $5)",
            *(here, patient, report, grades.decode(), at),
        )
    async with establishment_tx(pool, here, lock=patient) as tx:
        known = await courses.current(tx, rulebook, here, patient)
        await adherence.recount(tx, here, known, begun.date(), now.date(), known.row.now)
    await con.execute("update adherence_state set counted_on = $2 where patient_id = $1", patient, now.date())
    return patient


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--reads", type=int, default=200)
    arguments = parser.parse_args()
    uvloop.run(main(arguments.patients, arguments.reads))
