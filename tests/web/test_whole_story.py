"""From a patient's tap to a nurse's closing, on two real screens."""

from __future__ import annotations

import re
import time

from playwright.async_api import expect

from tests.web.browsers import Room


async def test_chest_pain_tells_the_patient_to_call_15_and_the_nurse_takes_and_closes_it(room: Room):
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne", last_name="Martin")
    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.live()
    await expect(desk.says("Aucune alerte ouverte.")).to_be_visible()

    phone = await room.phone()
    await phone.sign_in(made["activation"]["code"])
    await phone.answer_by_hand({"chest_pain.S": 4})
    async with phone.page.expect_response(lambda answer: answer.request.method == "PUT") as arrived:
        await phone.send()
    await (await arrived.value).finished()
    answered = time.monotonic()

    row = desk.row("Jeanne Martin")
    await expect(row).to_be_visible()
    assert time.monotonic() - answered < 3  # within one second, and two for a loaded machine
    await expect(row).to_contain_text("Urgence vitale")
    await expect(row).to_contain_text("Sans réponse")

    await expect(phone.title).to_have_text("Appelez le 15 ou le 112 maintenant")
    await expect(phone.title).to_be_focused()
    call = phone.main.get_by_role("link", name="Appeler le 15")
    assert await call.get_attribute("href") == "tel:15"
    links = phone.main.get_by_role("link")
    assert await links.first.get_attribute("href") == "tel:15"
    await expect(call).to_be_in_viewport()
    await phone.portrait("patient.png")

    await phone.press("Accueil")
    await expect(phone.says(re.compile("Personne ne l’a encore pris en charge"))).to_be_visible()

    await row.get_by_role("link").click()
    await expect(desk.title).to_contain_text("Jeanne Martin")
    await expect(desk.says(re.compile("Il a été dit au patient d’appeler le 15"))).to_be_visible()
    await desk.press("Je prends en charge")
    await expect(desk.says("Vous l’avez")).to_be_visible()

    await phone.reload()
    await expect(phone.says(re.compile("Une personne de l’équipe s’en occupe"))).to_be_visible()

    await desk.press("Clôturer")
    await desk.page.get_by_label("Adressé aux urgences").check()
    await desk.page.get_by_label("Passage aux urgences").check()
    await desk.press("Utile, clôturer")
    await expect(desk.says("Alerte clôturée.")).to_be_visible()
    await phone.reload()
    await expect(phone.says(re.compile("L’équipe s’en est occupée."))).to_be_visible()
    await expect(phone.main.get_by_text("Appelez le 15 ou le 112 maintenant")).to_have_count(0)
    await phone.press("Revoir la réponse")
    await expect(phone.says(re.compile("Depuis, l’équipe s’en est occupée."))).to_be_visible()
    await desk.press("Toutes les alertes")
    await expect(desk.says("Aucune alerte ouverte.")).to_be_visible()
    await expect(desk.says(re.compile("1 clôturée aujourd’hui"))).to_be_visible()
    assert await room.world.value("select state from alert") == "closed"
