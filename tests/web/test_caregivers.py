"""Jeanne names Paul on her phone; he logs and answers for her on his; the nurse sees whose word it is; she ends it."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.web.browsers import Phone, Room
from tests.web.inspection import faults
from tests.web.test_intakes import TAKE, kept, morning, phone_of

CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")


async def name_paul(jeanne: Phone) -> str:
    """Through the settings; the code that Jeanne may hand over."""
    await jeanne.go("settings")
    await jeanne.press("Ajouter un proche")
    await jeanne.press("Créer son code")
    await expect(jeanne.page.get_by_role("alert")).to_be_focused()
    await jeanne.page.get_by_label("Son prénom et son nom").fill("Paul Martin")
    await jeanne.page.get_by_label("conjoint ou conjointe").check()
    await jeanne.press("Créer son code")
    code = jeanne.main.get_by_text(CODE)
    await expect(code).to_be_visible()
    return await code.inner_text()


async def pauls_phone(room: Room, code: str) -> Phone:
    """Another phone, in his hands."""
    paul = await room.phone()
    await paul.page.get_by_label("Votre code d’activation").fill(code)
    await paul.press("Entrer")
    await expect(paul.title).to_have_text("Pour Jeanne")
    await expect(paul.says("Vous notez pour Jeanne, sous votre nom.")).to_be_visible()
    return paul


async def test_paul_speaks_for_jeanne_until_she_ends_it(room: Room):
    jeanne = await phone_of(room)
    paul = await pauls_phone(room, await name_paul(jeanne))
    await paul.second_visit()
    await morning(paul).get_by_role("button", name=TAKE).click()
    await expect(morning(paul)).to_contain_text("Envoyé")
    await kept(paul, 1)
    await jeanne.go("")
    await jeanne.reload()
    await expect(morning(jeanne)).to_contain_text("noté par un proche")
    await paul.begin()
    await expect(paul.says("« vous » veut dire Jeanne")).to_be_visible()
    await paul.answer({"diarrhoea.F": 4})
    await paul.send()
    await expect(paul.title).to_contain_text("Un médecin doit vous parler")

    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.row("Jeanne Martin").get_by_role("link").first.click()
    await expect(desk.says("dit par Paul Martin, conjoint ou conjointe")).to_be_visible()

    await jeanne.go("settings")
    await jeanne.press("Retirer Paul Martin")
    await expect(jeanne.says("Ce qu’elle a déjà noté reste.")).to_be_visible()
    await jeanne.main.get_by_role("button", name="Retirer Paul Martin").click()
    await expect(jeanne.says("Paul Martin ne peut plus rien envoyer.")).to_be_visible()
    await expect(jeanne.says("Personne pour l’instant.")).to_be_visible()

    paul.foresee("401")
    await paul.go("")
    await paul.reload()
    await expect(paul.says("reste sur ce téléphone tant que vous n’avez pas un nouveau code")).to_be_visible()
    await paul.answer()
    await paul.send()
    await expect(paul.title).to_have_text("Gardé sur ce téléphone")


async def test_the_team_names_a_caregiver_in_the_patients_file(room: Room):
    made, _ = await room.world.enrol("letrozole", first_name="Jeanne", last_name="Martin")
    desk = await room.desk()
    await desk.sign_in("level1")
    await desk.go(f"patients/{made['id']}")
    await desk.press("Ajouter un proche")
    await desk.page.get_by_label("Son prénom et son nom").fill("Rose Martin")
    await desk.page.get_by_label("fils ou fille").check()
    await desk.press("Créer son code")
    code = desk.main.get_by_text(CODE)
    await expect(code).to_be_visible()
    await expect(desk.says("n’a pas encore utilisé son code")).to_be_visible()
    await pauls_phone(room, await code.inner_text())
    found = await faults(desk, "caregivers-file")
    assert not found, "\n".join(found)


async def test_the_screens_of_caregivers_are_readable_by_all(room: Room):
    jeanne = await phone_of(room)
    found: list[str] = []
    code = await name_paul(jeanne)
    found += await faults(jeanne, "caregivers-code")
    paul = await pauls_phone(room, code)
    found += await faults(paul, "caregiver-home")
    await paul.press("Traitement")
    await expect(paul.title).to_have_text("Mon traitement")
    await expect(paul.button("Mes rappels")).not_to_be_visible()
    found += await faults(paul, "caregiver-plan")
    await paul.go("")
    await paul.begin()
    await expect(paul.says("« vous » veut dire Jeanne")).to_be_visible()
    found += await faults(paul, "caregiver-question")
    await paul.go("settings")
    await expect(paul.title).to_have_text("Réglages")
    found += await faults(paul, "caregiver-settings")
    assert not found, "\n".join(found)
