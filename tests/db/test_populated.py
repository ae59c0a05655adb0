"""Migrations on a database that has patients: what was there is carried over, although no establishment is asking."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
from msgspec import json

from app.db.cluster import Cluster
from app.db.migrate import migrate
from app.services.courses import OrderContent
from tests.conftest import MIGRATIONS

HERE, PATIENT, COURSE, INTAKE = (uuid4() for _ in range(4))
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


async def test_courses_and_intakes_are_carried_over(cluster: Cluster, tmp_path: Path) -> None:
    for file in MIGRATIONS.glob("[0-9]*.sql"):
        if file.name < "0006":
            shutil.copy(file, tmp_path)
    name = await cluster.create_database_from("template1")
    try:
        await migrate(cluster.connect_args(name), tmp_path, say=lambda _: None)
        con = await asyncpg.connect(**cluster.superuser_args(name))
        await people(con)
        await migrate(cluster.connect_args(name), MIGRATIONS, say=lambda _: None)
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
        forced = await con.fetch(
            "select relname from pg_class where relname = any($1) and not relforcerowsecurity",
            ["intake", "course", "patient"],
        )
        assert forced == []
        await con.close()
    finally:
        await cluster.drop_database(name)
