"""A smart box from the desk to the patient's home: handed out, heard, set beside the diary, paused by either, withdrawn."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.async_api import expect
from uuid_utils.compat import uuid7

from tests.web.browsers import Desk, Room
from tests.web.inspection import faults
from tests.web.test_intakes import phone_of
from tests.web.test_treatment_screens import open_file
from tests.world import START, Person

NEXT_DAY = START + timedelta(days=1, hours=2)  # noon in Paris: the window of eight o'clock has closed
BOX = "Pilulier connecté et carnet"


async def at_the_box(room: Room, patient_id: str) -> Desk:
    """The nurse, at the patient's boxes."""
    desk = await room.desk()
    await desk.sign_in("level2")
    await open_file(desk, patient_id, "stock")
    await expect(desk.says(BOX)).to_be_visible()
    return desk


async def handed_out(desk: Desk, label: str) -> str:
    """A new box; its secret."""
    await desk.press("Donner un pilulier")
    await desk.press("Donner ce pilulier")
    await expect(desk.main.get_by_role("alert")).to_be_focused()
    await desk.page.get_by_label("Nom du pilulier").fill(label)
    await desk.press("Donner ce pilulier")
    await expect(desk.says("Il ne sera plus affiché.")).to_be_visible()
    secret = await desk.main.locator("code").inner_text()
    assert secret.startswith("vbx_")
    return secret


async def opened(room: Room, secret: str, id_: str, at: str) -> int:
    """What the box sends of itself; the status of the answer."""
    body = {"events": [{"id": id_, "opened_at": at}]}
    return (await room.world.ask("POST", "/api/box-events", body, Authorization=f"Bearer {secret}")).status


async def test_a_box_is_handed_out_and_its_secret_is_shown_once(room: Room):
    made, _ = await room.world.enrol(
        "capecitabine_mono", first_name="Jeanne", last_name="Martin", prescription={"doses": {"capecitabine": 1500}}
    )
    desk = await at_the_box(room, made["id"])
    await expect(desk.says("Aucun pilulier connecté.")).to_be_visible()
    secret = await handed_out(desk, "n° 12")
    found = await faults(desk, "box-secret")
    assert await opened(room, secret, "1", "2026-11-24T08:55:00Z") == 200
    await desk.press("C’est fait, masquer le secret")
    await expect(desk.main.locator("code")).to_have_count(0)
    await desk.reload()
    await expect(desk.says("Dernières nouvelles")).to_be_visible()
    await expect(desk.main.locator("code")).to_have_count(0)
    assert secret not in await desk.page.content()
    await desk.main.get_by_role("button", name="Retirer : n° 12").click()
    await expect(desk.says("Son secret ne vaudra plus rien")).to_be_visible()
    await desk.press("Retirer ce pilulier")
    await expect(desk.says("Retiré.")).to_be_visible()
    await expect(desk.main.get_by_role("button", name=re.compile("^Retirer"))).to_have_count(0)
    assert await opened(room, secret, "2", "2026-11-24T08:56:00Z") == 401
    assert not found, "\n".join(found)


async def test_an_oncologist_may_pause_a_box_and_hands_none_out(room: Room):
    made, _ = await room.world.enrol("letrozole", first_name="Jeanne", last_name="Martin")
    nurse = await room.world.sign_in("level2")
    issued = await nurse.post(f"/api/patients/{made['id']}/boxes", {"drug": "letrozole", "label": "n° 12"})
    issued.ok(201)
    desk = await room.desk()
    await desk.sign_in("oncologist")
    await open_file(desk, made["id"], "stock")
    await expect(desk.main.get_by_role("button", name="N’est pas utilisé : n° 12")).to_be_visible()
    await expect(desk.main.get_by_role("button", name=re.compile("^Retirer"))).to_have_count(0)
    await expect(desk.main.get_by_role("button", name="Donner un pilulier")).to_have_count(0)


async def told(jeanne: Person, number: int) -> None:
    """The next day's dose, as her phone says it was taken."""
    day = str(NEXT_DAY.date())
    draft = {
        "drug": "capecitabine",
        "kind": "taken",
        "at": f"{day}T07:05:00Z",
        "slot": {"day": day, "number": number},
    }
    (await jeanne.put(f"/api/intakes/{uuid7()}", draft)).ok(201)


async def test_a_dose_that_the_diary_has_and_the_box_has_not_is_shown_until_the_box_was_not_in_use(room: Room):
    made, _ = await room.world.enrol(
        "capecitabine_mono", first_name="Jeanne", last_name="Martin", prescription={"doses": {"capecitabine": 1500}}
    )
    jeanne = await room.world.activate("Jeanne", made["activation"]["code"])
    nurse = await room.world.sign_in("level2")
    body = {"drug": "capecitabine", "label": "n° 12"}
    (await nurse.post(f"/api/patients/{made['id']}/boxes", body)).ok(201)
    await room.world.clock.set(NEXT_DAY)
    await told(jeanne, 0)
    desk = await at_the_box(room, made["id"])
    row = desk.main.get_by_role("row").filter(has_text="mercredi 25 novembre 2026")
    await expect(row).to_contain_text("prise 1")
    await expect(row.get_by_role("cell")).to_have_text([re.compile("pris$"), re.compile("pas ouvert$")])
    await expect(desk.says(re.compile(r"Prises attendues que le pilulier a vues\s: 0 sur 1"))).to_be_visible()
    found = await faults(desk, "box-difference")

    await desk.main.get_by_role("button", name="N’est pas utilisé : n° 12").click()
    await desk.main.get_by_role("region", name=BOX).get_by_role("button", name="Enregistrer").click()
    await expect(desk.main.get_by_role("alert")).to_be_focused()
    found += await faults(desk, "box-pause")
    await desk.page.get_by_label("Pourquoi ?").select_option("En panne")
    await desk.page.get_by_label("À partir de").fill("2026-11-25T06:00")
    await desk.page.get_by_label("Jusqu’à").fill("2026-11-25T05:00")
    await desk.main.get_by_role("region", name=BOX).get_by_role("button", name="Enregistrer").click()
    await expect(desk.says("La fin vient après le début.")).to_be_visible()
    await desk.page.get_by_label("Jusqu’à").fill("")
    await desk.main.get_by_role("region", name=BOX).get_by_role("button", name="Enregistrer").click()
    await expect(desk.says("Son silence ne compte pas pendant ce temps.")).to_be_visible()
    await expect(desk.says(re.compile(r"Pas utilisé à partir du mer\. 25 nov\..* 06:00"))).to_be_visible()
    await expect(desk.says("Aucune différence entre le pilulier et le carnet")).to_be_visible()
    await desk.main.get_by_role("button", name="De nouveau utilisé : n° 12").click()
    await expect(desk.says("Le pilulier compte de nouveau.")).to_be_visible()
    await expect(desk.says(re.compile("Pas utilisé du mer"))).to_be_visible()
    assert not found, "\n".join(found)


async def test_a_patient_says_that_the_box_stays_at_home_and_the_clinic_sees_it(room: Room):
    phone = await phone_of(room)
    nurse = await room.world.sign_in("level2")
    patient_id = await phone.page.evaluate(
        "async () => (await (await fetch('/api/me', { headers: { 'Vigie-Face': 'patient' } })).json()).id"
    )
    body = {"drug": "capecitabine", "label": "n° 12"}
    (await nurse.post(f"/api/patients/{patient_id}/boxes", body)).ok(201)
    await phone.reload()
    await phone.press("Traitement")
    await expect(phone.says("Pilulier connecté : n° 12")).to_be_visible()
    await phone.press("Je n’utilise pas mon pilulier")
    await expect(phone.page.get_by_label("Du", exact=True)).to_have_value("2026-11-24")
    found = await faults(phone, "plan-box")
    await phone.page.get_by_label("Au (facultatif)").fill("2026-11-20")
    await phone.press("Noter ces jours")
    await expect(phone.says("Le dernier ne peut pas venir avant.")).to_be_visible()
    await phone.page.get_by_label("Du", exact=True).fill("2026-11-27")
    await phone.page.get_by_label("Au (facultatif)").fill("2026-11-29")
    await phone.press("Noter ces jours")
    await expect(phone.says("Premier jour : vendredi 27 novembre.")).to_be_visible()
    await expect(phone.says("Dernier jour : dimanche 29 novembre.")).to_be_visible()
    await phone.offline()
    await phone.reload()
    await expect(phone.says("Dernier jour : dimanche 29 novembre.")).to_be_visible()
    await phone.online()
    desk = await at_the_box(room, patient_id)
    await expect(desk.says("Dit par le patient.")).to_be_visible()
    await phone.press("Je l’utilise de nouveau")
    await expect(phone.button("Je n’utilise pas mon pilulier")).to_be_visible()
    await desk.reload()
    await expect(desk.says("Aucune nouvelle encore.")).to_be_visible()
    await expect(desk.main.get_by_text("Dit par le patient.")).to_have_count(0)
    assert not found, "\n".join(found)
