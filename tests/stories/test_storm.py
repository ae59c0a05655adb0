"""A rule gone wild, or a bad week: a thousand reds in a minute bury nobody's phone, and nothing is hidden (F21)."""

from __future__ import annotations

from collections import Counter

from tests.jobs.conftest import MANY
from tests.world import World, until

COUNT = 1000


async def test_f21_a_thousand_reds_in_a_minute_are_a_few_messages_and_none_is_hidden(
    fresh: World,
) -> None:
    nurse, oncologist = await fresh.sign_in("level2"), await fresh.sign_in("oncologist")
    phone, other = await nurse.add_phone(), await oncologist.add_phone()
    patient = await fresh.new_patient()
    await fresh.leave_screens()
    (await patient.report({"diarrhoea": {"F": 4}})).ok(201)
    first = await phone.next(5)
    assert first.json["notification"]["title"] == "Vigie : une alerte vous attend"
    await fresh.rows(MANY, COUNT - 1, "red", ["oncologist,level2", "any_oncologist", ""], "1 second")

    async def climbed() -> bool:
        return await fresh.value("select count(*) from notification") == 2 * COUNT

    await until(climbed, 30, "not everybody was called for")
    await fresh.clock.advance(seconds=61)
    titles = [f"Vigie : {n} alertes vous attendent" for n in range(2, COUNT + 1)]
    for device in (phone, other):
        await until(
            lambda device=device: any(m.json["notification"]["title"] in titles for m in device.messages),
            20,
            "no bundle",
        )

    async def all_sent() -> bool:
        waiting = "select count(*) from notification where sent_at is null"
        return await fresh.value(waiting) == 0

    await until(all_sent, 20, "calls are left")
    for device in (phone, other):
        bundles = [m for m in device.requests if m.json["notification"]["title"] in titles]
        singles = [m for m in device.requests if m not in bundles]
        assert 1 <= len(bundles) <= 2, "at the start of a minute, and of the next one"
        assert len(singles) <= 3
        counts = [int(m.json["notification"]["title"].split()[2]) for m in bundles]
        assert sum(counts) + len(singles) == COUNT, "everything was told, each once"
        assert {m.json["notification"]["navigate"] for m in bundles} == {
            f"http://localhost:{fresh.env['VIGIE_PORT']}/clinic/#/"
        }

    overview = (await (await fresh.sign_in("manager")).get("/api/overview")).ok(200)
    assert overview["open"]["red"] == COUNT, "nothing is hidden"

    for bundle in (m for m in phone.messages if m.json["notification"]["title"] in titles):
        await phone.receipt(bundle)
    states = Counter(
        row[0]
        for row in await fresh.rows(
            "select state from notification n join staff s on s.id = n.staff_id where s.name = 'level2 A'"
        )
    )
    assert states["received"] >= COUNT - 3, "one receipt is for all of its bundle"


async def test_a_rule_storm_is_a_technical_alert_and_ends_by_itself(fresh: World) -> None:
    manager = await fresh.sign_in("manager")
    phone = await manager.add_phone()
    await fresh.leave_screens()
    await fresh.rows(MANY, 60, "yellow", ["level2", ""], "-1 day")

    async def told() -> list[str]:
        page = (await manager.get("/api/technical")).ok(200)
        return [alert["kind"] for alert in page["alerts"] if alert["ended_at"] is None]

    async def storm() -> bool:
        return await told() == ["rule_storm"]

    await until(storm, 30, "a storm is not seen")
    notice = await phone.next(10)
    assert notice.json["notification"]["title"] == "Vigie : un problème technique"
    assert notice.json["notification"]["navigate"].endswith("/clinic/#/technical")
    await fresh.clock.advance(seconds=70)

    async def over() -> bool:
        return await told() == []

    await until(over, 30, "it does not end")
