"""Migrations on a database that has patients: what was there is carried over, although no establishment is asking."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
from msgspec import json

from app.db.cluster import Cluster
from app.db.migrate import migrate
from app.services.courses import OrderContent
from tests.conftest import MIGRATIONS

HERE, PATIENT, COURSE, INTAKE, NURSE, REPORT, ALERT, CALL = (uuid4() for _ in range(8))
TAKEN = datetime(2026, 11, 2, 8, 5, tzinfo=UTC)


async def people(con: asyncpg.Connection) -> None:
    """An establishment with a patient, a course of two weeks ago and a dose, as the release before courses kept them."""
    await con.execute(
        "insert into establishment values ($1, 'A', 'public', 'Europe/Paris', '01', '', 'k', now())", HERE
    )
    await con.execute("insert into patient values ($1, $2, '', '', 'fr', 'Europe/Paris', now())", HERE, PATIENT)
    await con.execute(
        "insert into course values ($1, $2, $3, 'letrozole', '2026-11-01', 'active', '{}', $4)",
        HERE,
        COURSE,
        PATIENT,
        TAKEN,
    )
    await con.execute(
        "insert into intake values ($1, $2, $3, $4, '2026-11-02', 0, 'taken', null, $5, 'patient', $2)",
        *(HERE, PATIENT, INTAKE, COURSE, TAKEN),
    )


@asynccontextmanager
async def carried_over(
    cluster: Cluster, folder: Path, *what: Callable[[asyncpg.Connection], Awaitable[None]]
) -> AsyncIterator[asyncpg.Connection]:
    """A database of the release before courses, filled, then brought to this one; row level security is forced again everywhere."""
    for file in MIGRATIONS.glob("[0-9]*.sql"):
        if file.name < "0006":
            shutil.copy(file, folder)
    name = await cluster.create_database_from("template1")
    try:
        await migrate(cluster.connect_args(name), folder, say=lambda _: None)
        con = await asyncpg.connect(**cluster.superuser_args(name))
        try:
            for fill in what:
                await fill(con)
            await migrate(cluster.connect_args(name), MIGRATIONS, say=lambda _: None)
            yield con
            left_open = "select relname from pg_class where relrowsecurity and not relforcerowsecurity"
            assert await con.fetch(left_open) == []
        finally:
            await con.close()
    finally:
        await cluster.drop_database(name)


async def test_courses_and_intakes_are_carried_over(cluster: Cluster, tmp_path: Path) -> None:
    async with carried_over(cluster, tmp_path, people) as con:
        order = await con.fetchrow(
            "select number, kind, content, entered_by from course_order where course_id = $1", COURSE
        )
        assert tuple(order[:2]) == (1, "start")
        assert order["entered_by"] is None
        began = json.decode(order["content"], type=OrderContent)
        assert began.at == datetime(2026, 11, 1, 2, 0, tzinfo=UTC), "03:00 where the patient is"
        intake = await con.fetchrow("select drug, slot, taken_at, undone_at from intake where id = $1", INTAKE)
        assert tuple(intake) == ("", 0, TAKEN, None)
        watched = await con.fetchrow("select patient_id, look_at from adherence_state where course_id = $1", COURSE)
        assert tuple(watched) == (PATIENT, TAKEN)


async def an_episode(con: asyncpg.Connection) -> None:
    """A red alert that a nurse has taken, and a call that failed, as the release before hand-overs kept them."""
    await con.execute("insert into staff values ($1, $2, 'N', 'coordinator', 2, 'fr', null, $3)", HERE, NURSE, TAKEN)
    await con.execute(
        "insert into report values ($1, $2, $3, null, $4, $4, 'patient', $2, '{}', '', null, 1, 1)",
        *(HERE, PATIENT, REPORT, TAKEN),
    )
    await con.execute(
        "insert into alert (establishment_id, id, patient_id, state, level, emergency, recipient, read_by_hand, hold, reasons,"
        " opened_at, last_report_id, last_report_at, changed_at, acknowledge_due_at, contact_due_at, acknowledged_at, acknowledged_by)"
        " values ($1, $2, $3, 'acknowledged', 'red', false, 'oncologist', false, false, '{x}', $4, $5, $4, $4, $4, $4, $4, $6)",
        *(HERE, ALERT, PATIENT, TAKEN, REPORT, NURSE),
    )
    await con.execute(
        "insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, level, state, token, run_after,"
        " created_at) values ($1, $2, $3, 1, 0, $4, 'level2', 'red', 'failed', 't', $5, $5)",
        *(HERE, CALL, ALERT, NURSE, TAKEN),
    )


async def test_an_episode_that_somebody_has_keeps_its_owner_and_its_timer(cluster: Cluster, tmp_path: Path) -> None:
    async with carried_over(cluster, tmp_path, people, an_episode) as con:
        alert = await con.fetchrow("select owner_id, realert_at from alert where id = $1", ALERT)
        assert tuple(alert) == (NURSE, TAKEN + timedelta(hours=4))
        begun = await con.fetchrow("select round, cause, acknowledged_by from alert_round where alert_id = $1", ALERT)
        assert tuple(begun) == (1, "report", NURSE)
        assert await con.fetchval("select waits from notification where id = $1", CALL) is False
