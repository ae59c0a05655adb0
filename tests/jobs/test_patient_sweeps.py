"""Sweeps that go from patient to patient: one who cannot be judged is put off alone, and a database that is away puts off nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db.door import establishment_tx, hold_person
from app.jobs.courses import CourseSweeps
from app.jobs.outcomes import OutcomeSweeps
from tests.cast import Cast, Patient
from tests.courses_cast import at
from tests.jobs.conftest import Silent
from tests.model_cast import told
from tests.rules.book import rulebook
from tests.world import START

LATER = START + timedelta(days=3)
TABLES = ("adherence_state", "outcome_timer")


@pytest.fixture
async def two(cast: Cast) -> list[Patient]:
    """Two patients with a report, three days ago: both sweeps have to look at both of them now."""
    two = cast.a.patients[:2]
    for each in two:
        await told(cast, each, {})
    await at(cast, LATER)
    return two


async def look_at(cast: Cast, table: str, who: Patient) -> datetime:
    """When the sweep of this table looks at this patient again."""
    found = await cast.superuser.fetchval(f"select look_at from {table} where patient_id = $1", who.id)  # noqa: S608 - a constant
    assert isinstance(found, datetime)
    return found


async def sweep(cast: Cast, table: str) -> None:
    """One tick."""
    if table == "adherence_state":
        await CourseSweeps(cast.worker, cast.app, rulebook(), Silent()).look_at_courses()  # type: ignore[arg-type] # see Silent
    else:
        await OutcomeSweeps(cast.worker, cast.app, rulebook()).look_at_questions()


@pytest.mark.parametrize("table", TABLES)
async def test_one_that_cannot_be_judged_is_put_off_for_an_hour_and_the_others_go_on(
    cast: Cast, two: list[Patient], table: str
) -> None:
    broken, fine = two
    assert [await look_at(cast, table, each) <= LATER for each in two] == [True, True]
    await cast.superuser.execute("update course set prescription = '[]' where patient_id = $1", broken.id)
    await sweep(cast, table)
    assert await look_at(cast, table, broken) == LATER + timedelta(hours=1)
    assert await look_at(cast, table, fine) > LATER + timedelta(hours=1)


@pytest.mark.parametrize("table", TABLES)
async def test_a_database_that_does_not_answer_in_time_puts_off_nobody(
    cast: Cast, two: list[Patient], table: str
) -> None:
    """Nothing is wrong with the patient: the whole tick is tried again a moment later."""
    before = [await look_at(cast, table, each) for each in two]
    async with establishment_tx(cast.owner, cast.a.id) as con:
        for each in two:
            await hold_person(con, each.id)
        with pytest.raises(TimeoutError):
            await sweep(cast, table)
    assert [await look_at(cast, table, each) for each in two] == before
