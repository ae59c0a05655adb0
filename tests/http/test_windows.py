"""The days that are asked for are the days that are answered, under the names that the document gives them."""

from __future__ import annotations

from datetime import timedelta

from tests.world import START, World

TODAY = START.date()
FIRST, LAST = TODAY - timedelta(days=20), TODAY - timedelta(days=3)
QUERY = f"from={FIRST}&to={LAST}"


async def test_the_line_the_calendar_and_the_cohort_are_of_the_days_asked_for(fresh: World) -> None:
    patient = await fresh.new_patient("letrozole")
    oncologist = await fresh.sign_in("oncologist")
    for path in (
        f"/api/patients/{patient.me['id']}/timeline",
        f"/api/patients/{patient.me['id']}/adherence",
        "/api/cohort",
    ):
        page = (await oncologist.get(f"{path}?{QUERY}")).ok(200)
        assert (page["first"], page["last"]) == (str(FIRST), str(LAST)), path


async def test_a_window_that_cannot_be_is_refused_by_the_name_of_its_first_day(fresh: World) -> None:
    patient = await fresh.new_patient("letrozole")
    oncologist = await fresh.sign_in("oncologist")
    answer = await oncologist.get(
        f"/api/patients/{patient.me['id']}/timeline?from={TODAY}&to={TODAY - timedelta(days=1)}"
    )
    assert answer.status == 422
    assert [fault["path"] for fault in answer.json["errors"]] == ["from"]


async def test_a_table_holds_only_the_days_asked_for(fresh: World) -> None:
    patient = await fresh.new_patient("letrozole")
    await fresh.clock.advance(days=5)
    first, last = TODAY + timedelta(days=3), TODAY + timedelta(days=5)
    oncologist = await fresh.sign_in("oncologist")
    text = (await oncologist.get(f"/api/patients/{patient.me['id']}/days.csv?from={first}&to={last}")).text
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [str(first + timedelta(days=n)) for n in range(3)]
