"""Roster and agreements by their services: what managers may write, what is refused, and how signatures travel."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.db import agreements as agreement_rows
from app.db.door import establishment_tx
from app.domain.errors import AgreementSettled, ContentRefused, NotFound
from app.domain.people import Caller
from app.services import agreements, escalation, rosters
from app.services.agreements import Propose, WeeklyHours
from app.services.rosters import AddChange, AddSetting, AddTurn, EndTurn, Swap
from tests.cast import Cast, Tenant
from tests.rules.book import rulebook
from tests.world import START

CHEST_PAIN = {"chest_pain": {"S": 3}}
NAUSEA = {"nausea": {"F": 4, "S": 4}}
SOON = START + timedelta(hours=1)
NIGHT = WeeklyHours(20 * 60, 32 * 60)


def manager(tenant: Tenant) -> Caller:
    return tenant.staff["manager"]


async def do(cast: Cast, tenant: Tenant, act: Any, *args: Any) -> Any:
    async with cast.asking(tenant) as con:
        return await act(con, manager(tenant), *args)


async def page(cast: Cast) -> rosters.RosterPage:
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        return await rosters.page(con, safe, rulebook(), manager(cast.a), None, 7, SOON)


async def test_a_turn_is_added_shown_and_ended_and_all_is_written_down(cast: Cast) -> None:
    second = cast.a.staff["level2.second"].person_id
    turn = await do(cast, cast.a, rosters.add_turn, AddTurn(second, 0, 480, holidays="off"))
    assert second in {t.staff_id for t in (await page(cast)).turns}
    await do(cast, cast.a, rosters.end_turn, turn, EndTurn(date(2026, 11, 23)))
    assert second not in {t.staff_id for t in (await page(cast)).turns}, "it ended yesterday"
    with pytest.raises(NotFound):
        await do(cast, cast.a, rosters.end_turn, uuid4(), EndTurn(date(2026, 11, 23)))
    verbs = await cast.superuser.fetch(
        "select verb from event where actor_id = $1 order by at, verb", manager(cast.a).person_id
    )
    assert {row["verb"] for row in verbs} == {"turn_added", "turn_ended"}


@pytest.mark.parametrize("name", ["manager", "city", "administrator"])
async def test_who_is_never_on_duty_has_no_turn(cast: Cast, name: str) -> None:
    with pytest.raises(ContentRefused):
        await do(cast, cast.a, rosters.add_turn, AddTurn(cast.a.staff[name].person_id, 0, 480))


async def test_nobody_of_another_establishment_can_be_put_on_the_roster(cast: Cast) -> None:
    stranger = cast.b.nurse.person_id
    with pytest.raises(ContentRefused):
        await do(cast, cast.a, rosters.add_turn, AddTurn(stranger, 0, 480))
    with pytest.raises(ContentRefused):
        await do(cast, cast.a, rosters.add_change, AddChange("extra", stranger, SOON, SOON + timedelta(hours=1)))
    with pytest.raises(ContentRefused):
        await do(cast, cast.a, rosters.swap, Swap(cast.a.nurse.person_id, stranger, SOON, SOON + timedelta(hours=1)))


async def test_a_swap_moves_the_next_call_and_is_cancelled_as_a_whole(cast: Cast) -> None:
    nurse, second = cast.a.nurse.person_id, cast.a.staff["level2.second"].person_id
    swap = await do(cast, cast.a, rosters.swap, Swap(nurse, second, SOON, SOON + timedelta(hours=8)))
    await cast.report(cast.a.patients[1], NAUSEA)
    assert await called(cast) == [second]
    await do(cast, cast.a, rosters.cancel_change, swap)
    assert await cast.superuser.fetchval("select count(*) from duty_change where cancelled_at is null") == 0
    await cast.report(cast.a.patients[0], NAUSEA)
    assert sorted(await called(cast)) == sorted([second, nurse])


async def called(cast: Cast) -> list[UUID]:
    return [row[0] for row in await cast.superuser.fetch("select staff_id from notification order by created_at")]


async def test_a_nurse_does_not_stand_in_for_an_oncologist(cast: Cast) -> None:
    oncologist = cast.a.staff["oncologist"].person_id
    with pytest.raises(ContentRefused):
        await do(cast, cast.a, rosters.swap, Swap(oncologist, cast.a.nurse.person_id, SOON, SOON + timedelta(hours=8)))


async def test_opening_hours_of_an_establishment_are_its_own(cast: Cast) -> None:
    """Open on Saturday too: an orange of Friday evening is called then at nine, when this house opens."""
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        new = AddSetting(date(2026, 11, 24), list(range(6)), time(9), time(17))
        await rosters.add_setting(con, safe, rulebook(), manager(cast.a), new, SOON)
    friday = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)
    await cast.superuser.execute("update clock set frozen_at = $1", friday)
    await cast.report(cast.a.patient, NAUSEA, answered_at=friday)
    rungs = await cast.superuser.fetch("select due_at from escalation order by step")
    assert rungs[0]["due_at"] == datetime(2026, 11, 28, 8, 0, tzinfo=UTC), "nine in Paris"
    await cast.report(cast.b.patient, NAUSEA, answered_at=friday)
    assert await cast.superuser.fetchval(
        "select min(due_at) from escalation where establishment_id = $1", cast.b.id
    ) == datetime(2026, 11, 28, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        AddSetting(date(2026, 11, 23), [0], time(8), time(18)),
        AddSetting(date(2026, 11, 25), [0], time(18), time(8)),
        AddSetting(date(2026, 11, 25), [0], time(8), time(18), "unheard_of"),
    ],
    ids=["yesterday", "closes before it opens", "no such policy"],
)
async def test_settings_that_make_no_sense_are_refused(cast: Cast, wrong: AddSetting) -> None:
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        with pytest.raises(ContentRefused):
            await rosters.add_setting(con, safe, rulebook(), manager(cast.a), wrong, SOON)


async def look_ahead(cast: Cast) -> set[UUID]:
    async with cast.worker.acquire() as con, con.transaction():
        return await rosters.look_ahead(con, rulebook(), SOON)


async def test_holes_are_found_ahead_once_and_closed_when_somebody_is_there(cast: Cast) -> None:
    assert await look_ahead(cast) == set(), "everybody of the seed is on duty day and night"
    start = SOON + timedelta(days=3)
    absence = AddChange("absence", cast.a.staff["oncologist"].person_id, start, start + timedelta(hours=6))
    change = await do(cast, cast.a, rosters.add_change, absence)
    assert await look_ahead(cast) == {cast.a.id}
    assert await look_ahead(cast) == set(), "it is told once"
    told = await cast.superuser.fetch("select person_id, kind from notice where kind = 'coverage_hole'")
    assert [row["person_id"] for row in told] == [manager(cast.a).person_id]
    (hole,) = (await page(cast)).holes
    assert (hole.recipient, hole.from_at, hole.to_at) == ("oncologist", start, start + timedelta(hours=6))
    assert hole.told_at is not None
    await do(cast, cast.a, rosters.cancel_change, change)
    await look_ahead(cast)
    assert (await page(cast)).holes == []


def terms(**more: Any) -> Propose:
    days = {"from_on": date(2026, 11, 1), "until_on": date(2026, 12, 31)}
    hours = [WeeklyHours(0, 10080)]
    return Propose(**{"side": "covered", "disciplines": ["level2"], "hours": hours, **days, **more})


async def propose(cast: Cast, **more: Any) -> UUID:
    async with cast.asking(cast.a) as con:
        return await agreements.propose(con, rulebook(), manager(cast.a), terms(**{"partner": cast.b.id, **more}))


async def carry(cast: Cast) -> None:
    async with cast.worker.acquire() as con, con.transaction():
        await agreement_rows.carry(con)


async def in_force(cast: Cast, **more: Any) -> UUID:
    agreement = await propose(cast, **more)
    await carry(cast)
    await do(cast, cast.b, agreements.sign, agreement)
    await carry(cast)
    return agreement


async def agreed(cast: Cast, tenant: Tenant) -> list[agreements.AgreementLine]:
    async with cast.asking(tenant) as con:
        place = (await cast.vault.of(con, tenant.id)).establishment
        return (await agreements.page(con, place, manager(tenant), SOON)).agreements


async def test_a_proposal_arrives_at_the_partner_with_the_same_terms_and_the_other_side(cast: Cast) -> None:
    agreement = await propose(cast, shares=("alert", "contact"))
    assert await agreed(cast, cast.b) == [], "not before it was carried"
    await carry(cast)
    await carry(cast)
    (theirs,) = await agreed(cast, cast.b)
    assert (theirs.id, theirs.side, theirs.partner_id) == (agreement, "covering", cast.a.id)
    assert (theirs.shares, theirs.signed_at) == (["alert", "contact"], None)
    assert (theirs.stands, theirs.covers_until) == ("to_sign", None)
    with pytest.raises(AgreementSettled):
        await do(cast, cast.a, agreements.sign, agreement)


async def test_no_side_can_say_that_the_other_has_signed(cast: Cast) -> None:
    agreement = await propose(cast)
    for statement in (
        "update agreement set partner_signed_at = app_now() where id = $1",
        "update agreement set until_on = until_on + 365 where id = $1",
        "delete from agreement where id = $1",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with establishment_tx(cast.app, cast.a.id) as con:
                await con.execute(statement, agreement)


@pytest.mark.parametrize(
    "wrong",
    [
        {"until_on": date(2026, 10, 1)},
        {"hours": [WeeklyHours(600, 600)]},
        {"regimens": ["unheard_of"]},
        {"shares": ("contact",)},
        {"partner": uuid4()},
    ],
    ids=["ends before it begins", "no hours", "no such treatment", "nothing to see", "nobody"],
)
async def test_terms_that_make_no_sense_are_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(ContentRefused):
        await propose(cast, **wrong)


async def nobody_at_a(cast: Cast) -> None:
    await cast.superuser.execute("delete from duty where establishment_id = $1", cast.a.id)


async def climb(cast: Cast) -> None:
    for _ in range(4):
        async with cast.worker.acquire() as con, con.transaction():
            await escalation.climb(con)


@pytest.mark.parametrize(
    ("more", "calls"),
    [
        ({}, True),
        ({"regimens": ["capecitabine_mono"]}, True),
        ({"regimens": ["palbociclib"]}, False),
        ({"regimen_levels": [2]}, True),
        ({"regimen_levels": [1]}, False),
        ({"disciplines": ["level1"]}, False),
        ({"hours": [NIGHT]}, False),
        ({"until_on": date(2026, 11, 23)}, False),
    ],
)
async def test_a_partner_is_called_for_what_was_agreed_only(cast: Cast, more: dict[str, Any], calls: bool) -> None:
    await in_force(cast, **more)
    await nobody_at_a(cast)
    await cast.report(cast.a.patient, NAUSEA)
    await climb(cast)
    assert (cast.b.nurse.person_id in await called(cast)) is calls
    assert await cast.superuser.fetchval("select count(*) from cover") == (2 if calls else 0)


async def test_a_partner_is_not_called_while_somebody_of_ours_is_on_duty(cast: Cast) -> None:
    await in_force(cast)
    await cast.report(cast.a.patient, NAUSEA)
    await climb(cast)
    assert await called(cast) == [cast.a.nurse.person_id]


async def test_a_guest_is_nobodys_last_resort_and_no_colleague(cast: Cast) -> None:
    await in_force(cast)
    await nobody_at_a(cast)
    await cast.report(cast.a.patient, CHEST_PAIN)
    await climb(cast)
    assert cast.b.nurse.person_id in await called(cast)
    assert cast.b.nurse.person_id not in {member.id for member in (await page(cast)).people}
    with pytest.raises(ContentRefused):
        await do(cast, cast.a, rosters.add_turn, AddTurn(cast.b.nurse.person_id, 0, 60))
