"""A partner's nurse on her own screen: the covered alert is on her worklist, she takes it, and it is gone when the cover is."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.async_api import expect

from tests.stories.cast import BAD_DIARRHOEA
from tests.stories.test_partner_cover import EVENING, agree, nobody_tonight
from tests.web.browsers import Room
from tests.web.inspection import faults
from tests.web.test_duty_pages import planning

BEFORE_MORNING = datetime(2027, 7, 15, 5, 45, tzinfo=UTC)  # a quarter to eight in Paris: the cover ends at eight


async def test_a_partners_nurse_takes_the_alert_she_covers_and_loses_it_with_the_cover(room: Room) -> None:
    world = room.world
    async with planning(world):
        await world.clock.set(EVENING)
        manager, _ = await agree(world, shares=["alert", "reports"])
        await nobody_tonight(world, manager)
        await world.clock.set(BEFORE_MORNING)
        made, _ = await world.enrol("capecitabine_mono", first_name="Jeanne", last_name="Martin")
        patient = await world.activate("Jeanne", made["activation"]["code"])
        desk = await room.desk()
        await desk.sign_in("level2", "B")
        await desk.live()
        await expect(desk.row("Jeanne Martin")).to_have_count(0)

        (await patient.report(BAD_DIARRHOEA)).ok(201)
        await expect(desk.row("Jeanne Martin")).to_contain_text(
            "Patient de Établissement A, que vous couvrez jusqu’à 08:00"
        )
        found = await faults(desk, "worklist-covered")
        await desk.row("Jeanne Martin").get_by_role("link").click()
        await expect(desk.says(re.compile("Vous voyez ce que la convention partage"))).to_be_visible()
        await expect(desk.says(re.compile("La convention ne partage pas le téléphone du patient"))).to_be_visible()
        await desk.press("Je prends en charge")
        await expect(desk.button("J’ai parlé au patient")).to_be_visible()
        found += await faults(desk, "alert-covered")
        await desk.press("J’ai parlé au patient")
        await expect(desk.says("Noté : le patient a été joint.")).to_be_visible()
        taken = "select a.state, s.name from alert a join staff s on (s.establishment_id, s.id) = (a.establishment_id, a.owner_id)"
        assert [tuple(row) for row in await world.rows(taken)] == [("acknowledged", "level2 B")]

        await world.clock.advance(minutes=16)
        desk.foresee("status of 404")
        over = desk.says("Le relais est terminé : vous n’avez plus accès à cette alerte.")
        await expect(over).to_be_visible(timeout=60_000)  # the open page lets go by itself: told, or at its next look
        await expect(desk.main).not_to_contain_text("Jeanne")
        found += await faults(desk, "alert-cover-over")
        await desk.reload()
        await expect(desk.says("Cette page n’existe pas, ou vous n’y avez pas accès.")).to_be_visible()
        await desk.go("")
        await desk.live()
        await expect(desk.row("Jeanne Martin")).to_have_count(0)
    assert not found, "\n".join(found)
