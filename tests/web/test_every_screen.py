"""Every screen of both faces: no axe violation in either light, no sideways scroll, room for a thumb, no error logged."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.web.browsers import Phone, Room
from tests.web.inspection import faults
from tests.world import Person


async def test_the_patients_screens_are_readable_by_all(room: Room):
    phone = await room.phone()
    found: list[str] = []

    async def look(name: str) -> None:
        found.extend(await faults(phone, name))

    await look("sign-in")
    await phone.press("Entrer")
    await expect(phone.page.get_by_role("alert")).to_be_focused()
    await look("sign-in-error")
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne", last_name="Martin")
    await phone.sign_in(made["activation"]["code"])
    await look("home-first")
    await walk_the_questions(phone, look)
    await look("summary")
    await phone.offline()
    await phone.send()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    await look("kept-emergency")
    await phone.press("Accueil")
    await expect(phone.says("1 envoi en attente")).to_be_visible()
    await look("home-waiting")
    await phone.press("Réglages")
    await expect(phone.title).to_have_text("Réglages")
    await look("settings")
    await phone.press("Se déconnecter")
    await expect(phone.page.get_by_role("dialog")).to_be_visible()
    await look("sign-out-dialog")
    await phone.press("Annuler")
    await phone.press("Accueil")
    await phone.online()
    await expect(phone.says("1 envoi en attente")).to_be_hidden()
    await look("home-open")
    await phone.press("Revoir la réponse")
    await expect(phone.title).to_have_text("Appelez le 15 ou le 112 maintenant")
    await look("result-emergency")
    await phone.press("Mes envois")
    await expect(phone.button("Revoir la réponse du")).to_be_visible()
    await look("history")
    nurse = await room.world.sign_in("level2")
    (row,) = (await nurse.worklist())["alerts"]
    taken = (await nurse.acknowledge(row)).ok(200)
    await phone.go("")
    await phone.reload()
    await expect(phone.says(re.compile("Une personne de l’équipe s’en occupe"))).to_be_visible()
    await look("home-taken")
    (await nurse.close_alert(taken["alert"])).ok(200)
    await phone.reload()
    await expect(phone.says(re.compile("L’équipe s’en est occupée"))).to_be_visible()
    await look("home-settled")
    for name, answers in (("orange", {"nausea.F": 4, "nausea.S": 4}), ("red", {"diarrhoea.F": 4})):
        await phone.answer(answers)
        await phone.send()
        await expect(phone.says("Envoyé.")).to_be_visible()
        await look(f"result-{name}")
        await phone.press("Accueil")
    assert not found, "\n".join(found)


async def patient(room: Room, regimen: str, name: str) -> Person:
    """Somebody with a name, signed in on a phone of their own."""
    first, last = name.split()
    made, _ = await room.world.enrol(regimen, first_name=first, last_name=last)
    return await room.world.activate(name, made["activation"]["code"])


async def walk_the_questions(phone: Phone, look: Callable[[str], Awaitable[None]]) -> None:
    """Through a whole questionnaire; one screen of each kind is looked at, with and without its errors."""
    seen: set[str] = set()

    async def each(step: str) -> None:
        kind = step if step in ("more", "note") else step.partition(".")[0 if step.startswith("measure.") else 2]
        if kind in seen:
            return
        seen.add(kind)
        await look(f"question-{kind}")
        if step in ("more", "note"):
            return
        await phone.press("Continuer")
        await expect(phone.page.get_by_role("alert")).to_be_focused()
        await look(f"question-{kind}-error")
        if kind == "measure":
            await phone.page.locator("#number").fill("51")
            await phone.press("Continuer")
            await expect(phone.title).to_contain_text("est-ce bien cela")
            await look("question-measure-implausible")
            await phone.press("Corriger")

    await phone.answer_by_hand(
        {"chest_pain.S": 4, "diarrhoea.F": 2, "nausea.F": 2, "nausea.S": 1},
        note="J’ai mal depuis ce matin.",
        chosen=("headache",),
        look=each,
    )


async def test_the_clinics_screens_are_readable_by_all(room: Room):
    desk = await room.desk()
    found: list[str] = []

    async def look(name: str) -> None:
        found.extend(await faults(desk, name))

    await look("clinic-sign-in")
    await desk.press("Entrer")
    await expect(desk.page.get_by_role("alert")).to_be_focused()
    await look("clinic-sign-in-error")
    await desk.sign_in("level2")
    await desk.live()
    await look("worklist-empty")

    first = await patient(room, "capecitabine_mono", "Jeanne Martin")
    (await first.report({"nausea": {"F": 2, "S": 1}})).ok(201)
    (await first.report({"chest_pain": {"S": 4}}, note="J’ai mal depuis ce matin.")).ok(201)
    (await (await patient(room, "letrozole", "Odile Bernard")).report({"fatigue": {"S": 2, "I": 2}})).ok(201)
    (await (await patient(room, "palbociclib", "Paul Girard")).report({"nausea": {"F": 4, "S": 4}})).ok(201)
    rows = desk.main.get_by_role("listitem")
    await expect(rows).to_have_count(3)
    await desk.portrait("worklist.png", below=rows.last)
    await look("worklist")
    await desk.row("Urgence vitale").get_by_role("link").click()
    await expect(desk.button("Je prends en charge")).to_be_visible()
    await look("alert-open")
    await desk.press("Je prends en charge")
    await desk.press("Clôturer")
    await desk.press("Utile, clôturer")
    await expect(desk.page.get_by_text("Dites ce que vous avez fait.")).to_be_visible()
    await look("alert-close-error")
    await desk.page.get_by_label("Patient appelé").check()
    await desk.page.get_by_label("Réglé à domicile").check()
    await desk.page.get_by_text("Toxicité, hospitalisation, note").click()
    await look("alert-close-more")
    await desk.press("Pas utile, clôturer")
    await expect(desk.says("Alerte clôturée.")).to_be_visible()
    await look("alert-closed")
    await desk.press("Page du patient")
    await expect(desk.says("Donner un nouveau code")).to_be_visible()
    await look("patient")
    await desk.press("Donner un nouveau code")
    await expect(desk.says("Il ne sera plus affiché")).to_be_visible()
    await look("patient-code")
    await desk.page.get_by_role("navigation").get_by_role("link", name="Patients").click()
    await expect(desk.page.get_by_role("searchbox")).to_be_visible()
    await look("patients")
    await desk.press("Inscrire un patient")
    await expect(desk.page.get_by_label("Prénom")).to_be_visible()
    await look("enrol")
    await desk.press("Inscrire")
    await expect(desk.main.get_by_role("alert")).to_be_focused()
    await look("enrol-error")
    await desk.press("Règles")
    await expect(desk.page.get_by_role("searchbox")).to_be_visible()
    await look("rules")
    for name in ("Capécitabine", "Douleur dans la poitrine"):
        await desk.main.get_by_role("link", name=name, exact=True).first.click()
        await expect(desk.title).to_have_text(name)
        await look(f"rules-{name}")
        await desk.press("Règles")
        await expect(desk.page.get_by_role("searchbox")).to_be_visible()
    await desk.press("Réglages")
    await expect(desk.title).to_have_text("Réglages")
    await look("clinic-settings")
    assert not found, "\n".join(found)


async def test_the_screens_of_those_who_see_no_patient_are_readable_by_all(room: Room):
    desk = await room.desk()
    await desk.sign_in("manager")
    await expect(desk.title).to_have_text("Vue d’ensemble")
    found = await faults(desk, "overview")
    joining = await room.desk(path="#/join/AAAA-BBBB-CCCC")
    joining.foresee("status of 401", "/api/join/begin")
    found += await faults(joining, "join-refused")
    assert not found, "\n".join(found)
