"""What the clinic says aloud to who does not look at the list: in the language of now, and gone again so that it can be heard again."""

from __future__ import annotations

from playwright.async_api import expect

from tests.web.browsers import Room

CHEST_PAIN = {"chest_pain": {"S": 4}}


async def test_an_urgent_alert_is_said_in_the_language_of_now_and_said_again_for_the_same_name(room: Room) -> None:
    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.go("settings")
    await expect(desk.title).to_have_text("Réglages")
    aloud = desk.page.get_by_role("alert").filter(has_text="Louise Aloud")
    for born_on in ("1950-01-01", "1951-01-01"):
        made, _ = await room.world.enrol("letrozole", first_name="Louise", last_name="Aloud", born_on=born_on)
        patient = await room.world.activate("Louise", made["activation"]["code"])
        (await patient.report(CHEST_PAIN)).ok(201)
        if born_on == "1950-01-01":
            await expect(aloud).to_have_text("Nouvelle alerte urgente : Louise Aloud.")
            await desk.press("English")
        await expect(aloud).to_have_text("New urgent alert: Louise Aloud.")
        await expect(aloud).to_have_count(0)
