"""The treatment's screens on both faces: no axe violation in either light, no sideways scroll, room for a thumb, no error logged."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from playwright.async_api import expect
from uuid_utils.compat import uuid7

from tests.web.browsers import Desk, Room
from tests.web.inspection import faults
from tests.web.test_intakes import TAKE, morning, phone_of
from tests.world import START, Person


async def lived(room: Room) -> tuple[dict[str, Any], Person]:
    """Jeanne, nine days into her third cycle: most doses taken, one missed, one extra, two reports, a box.

    She was enrolled nine days ago: what was before is nobody's to answer for.
    """
    await room.world.clock.set(START - timedelta(days=9))
    made, _ = await room.world.enrol(
        "capecitabine_mono",
        first_name="Jeanne",
        last_name="Martin",
        prescription={"doses": {"capecitabine": 1500}},
    )
    await room.world.clock.set(START)
    nurse = await room.world.sign_in("level2.second")  # the session of nine days ago has ended
    code = (await nurse.post(f"/api/patients/{made['id']}/activation")).ok(201)["code"]
    jeanne = await room.world.activate("Jeanne", code)
    for back in range(7, 0, -1):
        day = (START - timedelta(days=back)).date()
        for number, hour in ((0, "07:10"), (1, "19:05")):
            if (back, number) == (2, 1):
                continue  # nobody says anything
            kind = "missed" if (back, number) == (4, 0) else "taken"
            draft = {
                "drug": "capecitabine",
                "kind": kind,
                "at": f"{day}T{hour}:00Z",
                "slot": {"day": str(day), "number": number},
                **({"reason": "side_effect"} if kind == "missed" else {}),
            }
            (await jeanne.put(f"/api/intakes/{uuid7()}", draft)).ok(201)
    day = (START - timedelta(days=3)).date()
    extra = {"drug": "capecitabine", "kind": "extra", "at": f"{day}T21:00:00Z"}
    (await jeanne.put(f"/api/intakes/{uuid7()}", extra)).ok(201)
    (await jeanne.report({"nausea": {"F": 2, "S": 1}}, measurements={"weight_kg": 69.0})).ok(201)
    (await jeanne.report({"diarrhoea": {"F": 3}}, measurements={"weight_kg": 68.2})).ok(201)
    box = {"drug": "capecitabine", "strength_mg": 500, "units": 60}
    (await jeanne.put(f"/api/boxes-at-home/{uuid7()}", box)).ok(200)
    return made, jeanne


async def test_the_patients_treatment_screens_are_readable_by_all(room: Room):
    phone = await phone_of(room)
    found: list[str] = []

    async def look(name: str) -> None:
        found.extend(await faults(phone, name))

    await look("today-open")
    await phone.offline()
    await morning(phone).get_by_role("button", name=TAKE).click()
    await expect(morning(phone)).to_contain_text("Gardé sur ce téléphone")
    await look("today-kept")
    await phone.online()
    await expect(morning(phone)).to_contain_text("Envoyé")
    await look("today-sent")
    await phone.press("J’ai pris une dose en plus")
    await expect(phone.title).to_have_text("Une dose en plus")
    await look("extra")
    await phone.press("Noter")
    await expect(phone.title).to_have_text("C’est noté")
    await look("extra-saved")
    await phone.press("Revenir à l’accueil")
    await look("today-extra")
    await phone.main.get_by_role("group", name=re.compile("^vers 20:00")).get_by_role("link").click()
    await phone.press("Noter")
    await expect(phone.page.get_by_role("alert")).to_be_focused()
    await look("dose-error")
    await phone.page.get_by_label("Pas pris").check()
    await look("dose-missed")
    await phone.page.get_by_label("Pris plus tôt").check()
    await phone.page.get_by_label("Une partie seulement").check()
    await look("dose-part")
    await phone.page.get_by_label("Pas pris").check()
    await phone.page.get_by_label("À cause d’un effet gênant").check()
    await phone.press("Noter")
    await expect(phone.title).to_have_text("C’est noté")
    await look("dose-saved")
    await phone.press("Traitement")
    await expect(phone.title).to_have_text("Mon traitement")
    await look("plan")
    await phone.press("J’ai reçu une boîte")
    await phone.press("Noter cette boîte")
    await expect(phone.page.get_by_role("alert")).to_be_focused()
    await look("box-error")
    await phone.page.get_by_label("Capécitabine 500 mg").check()
    await phone.page.get_by_label("Combien de comprimés").fill("60")
    await phone.press("Noter cette boîte")
    await expect(phone.says(re.compile("Il vous reste environ"))).to_be_visible()
    await look("box-saved")
    await phone.press("J’arrête ce traitement de moi-même")
    await expect(phone.title).to_have_text("J’arrête de moi-même")
    await look("stop")
    await phone.press("Accueil")
    await phone.go("reminders")
    await expect(phone.title).to_have_text("Mes rappels")
    await phone.page.get_by_label("Me rappeler une fois encore").check()
    await look("reminders")
    assert not found, "\n".join(found)


async def test_days_without_a_dose_are_readable_by_all(room: Room):
    phone = await phone_of(room, days=15)
    await expect(phone.says("Ne prenez rien aujourd’hui")).to_be_visible()
    found = await faults(phone, "today-rest")
    assert not found, "\n".join(found)


async def open_file(desk: Desk, patient_id: str, part: str) -> None:
    """One part of a patient's file."""
    await desk.go(f"patients/{patient_id}/{part}")
    await expect(desk.title).to_contain_text("Martin")


async def test_the_clinics_treatment_pages_are_readable_by_all(room: Room):
    made, _ = await lived(room)
    desk = await room.desk()
    await desk.sign_in("oncologist")
    found: list[str] = []

    async def look(name: str) -> None:
        found.extend(await faults(desk, name))

    await open_file(desk, made["id"], "treatment")
    await expect(desk.says("Doses en vigueur")).to_be_visible()
    await look("orders")
    await desk.press("Voir le plan avant de signer")
    await expect(desk.says("Ce que la signature met en place")).to_be_visible()
    await look("start-preview")
    await open_file(desk, made["id"], "line")
    await expect(desk.says("Calendrier des prises")).to_be_visible()
    await look("line")
    await desk.page.get_by_text("Les mêmes valeurs en tableau").click()
    await look("line-table")
    await open_file(desk, made["id"], "stock")
    await expect(desk.says("Pilulier connecté et carnet")).to_be_visible()
    await look("stock")
    await desk.go("cohort")
    await expect(desk.says("Patients à revoir")).to_be_visible()
    await look("cohort")
    assert not found, "\n".join(found)
