"""What the engine counts is what SQL counts that knows nothing of the engine, on a thousand patients."""

from __future__ import annotations

from datetime import timedelta

from app.db import courses as stored
from app.domain.adherence import measure
from app.services import adherence, courses
from app.services.measures import counted
from tests.cast import Cast
from tests.rules.book import rulebook
from tests.services.diaries import NOW, SINCE, UNTIL, write
from tests.services.recount import COLUMNS, recount

PATIENTS = 1000


async def test_python_and_sql_count_the_same_of_a_thousand_patients(cast: Cast) -> None:
    people = await write(cast.superuser, cast.a.id, PATIENTS)
    by_sql = await recount(cast.superuser, cast.a.id, SINCE, UNTIL, NOW)
    compared = doses = 0
    async with cast.asking(cast.a) as con:
        for n, who in enumerate(people):
            row = await stored.one(con, cast.a.id, who.course_id)
            assert row is not None
            known = courses.loaded(row, rulebook())
            entries = await adherence.told(con, cast.a.id, known, SINCE, UNTIL)
            rows = adherence.count_days(known, entries, SINCE, UNTIL, NOW) if n % 10 == 0 else []
            for drug in known.course.regimen.drugs:
                counts = measure(known.course, drug, entries, SINCE, UNTIL, NOW)
                by_python = {name: getattr(counts, name) for name in COLUMNS}
                assert by_python == by_sql[who.course_id, drug.inn], (who.regimen, drug.inn, known.course)
                if rows:  # and so do the days that are kept, added up
                    of_days = counted(day for day in rows if day.drug == drug.inn)
                    assert {name: getattr(of_days, name) for name in COLUMNS} == by_python
                compared, doses = compared + 1, doses + counts.taken
    assert compared > PATIENTS
    assert doses > 30 * PATIENTS
    assert SINCE + timedelta(days=89) == UNTIL
