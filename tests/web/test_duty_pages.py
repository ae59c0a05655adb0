"""Who is there and who can be reached: the roster and its holes, agreements of two managers, tests of devices, dead letters, indicators."""

from __future__ import annotations

import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import expect

from tests.push_service import Step
from tests.web.browsers import Desk, Room, poll
from tests.web.inspection import faults
from tests.world import World

CHEST_PAIN = {"chest_pain": {"S": 4}}
BAD_DIARRHOEA = {"diarrhoea": {"F": 4}}


@asynccontextmanager
async def planning(world: World) -> AsyncIterator[None]:
    """What is planned in here is forgotten afterwards."""
    try:
        yield
    finally:
        await world.rows("delete from cover")
        await world.rows("delete from duty_change")
        await world.rows("delete from coverage_hole")
        await world.rows("delete from agreement")


async def test_a_hole_in_the_roster_is_shown_in_red_and_filled(room: Room):
    desk = await room.desk()
    await desk.sign_in("manager")
    async with planning(room.world):
        await desk.press("Garde")
        await expect(desk.says(re.compile("Aucun trou"))).to_be_visible()
        found = await faults(desk, "roster")
        await desk.press("Noter un changement")
        await desk.page.get_by_label("Absence", exact=True).check()
        await desk.page.locator("#change-who").select_option(label="level2 A, Coordination soignante")
        await desk.page.get_by_label("Du", exact=True).fill("2026-11-28")
        await desk.page.get_by_label("à (heure de début)").fill("20:00")
        await desk.page.get_by_label("Au", exact=True).fill("2026-11-29")
        await desk.page.get_by_label("à (heure de fin)").fill("08:00")
        found += await faults(desk, "roster-change")
        await desk.press("Enregistrer")
        await expect(desk.says("Trous des 14 prochains jours (1)")).to_be_visible()
        await expect(desk.main.locator(".week").get_by_text("Personne de garde").first).to_be_visible()
        await expect(desk.says("level2 A : absence")).to_be_visible()
        found += await faults(desk, "roster-hole")

        nurse = await room.desk()
        await nurse.sign_in("level2.second")
        await nurse.press("Garde")
        await expect(nurse.says("Trous des 14 prochains jours (1)")).to_be_visible()
        await expect(nurse.button("Combler")).to_be_hidden()

        await desk.press("Combler")
        who = desk.page.locator("#change-who")
        await expect(who.get_by_role("option", name="oncologist A")).to_have_count(0)
        await who.select_option(label="level2.second A, Coordination soignante")
        await expect(desk.page.get_by_label("Du", exact=True)).to_have_value("2026-11-28")
        await expect(desk.page.get_by_label("à (heure de fin)")).to_have_value("08:00")
        await desk.press("Enregistrer")
        await expect(desk.says(re.compile("Aucun trou"))).to_be_visible()
        await expect(desk.main.locator(".week").get_by_text("level2.second A").first).to_be_visible()
    assert not found, "\n".join(found)


async def test_the_week_names_its_holidays_and_a_turn_is_added(room: Room):
    desk = await room.desk()
    await desk.sign_in("manager")
    await desk.go("roster/2026-12-25")
    await expect(desk.says("Noël")).to_be_visible()
    await desk.page.get_by_text("Ajouter une garde de chaque semaine").click()
    form = desk.main.locator("#turn-who")
    await form.select_option(label="level2.second A, Coordination soignante")
    await desk.page.get_by_label("lundi", exact=True).first.check()
    await desk.page.get_by_label("De", exact=True).fill("20:00")
    await desk.page.get_by_label("À", exact=True).fill("08:00")
    found = await faults(desk, "roster-turn")
    await desk.press("Ajouter")
    await expect(desk.says("Garde ajoutée.")).to_be_visible()
    (turn,) = await room.world.rows(
        "select d.from_minute, d.to_minute from duty d join staff s on s.id = d.staff_id where s.name = 'level2.second A'"
    )
    assert (turn["from_minute"], turn["to_minute"]) == (20 * 60, 32 * 60)
    await room.world.rows("delete from duty d using staff s where s.id = d.staff_id and s.name = 'level2.second A'")
    assert not found, "\n".join(found)


async def test_an_agreement_holds_once_both_managers_have_signed_and_either_ends_it(room: Room):
    ours, theirs = await room.desk(), await room.desk()
    await ours.sign_in("manager")
    await theirs.sign_in("manager", "B")
    async with planning(room.world):
        await ours.press("Conventions")
        await expect(ours.says("Aucune convention.")).to_be_visible()
        await ours.press("Proposer")
        await ours.press("Signer et proposer")
        await expect(ours.says("Choisissez l’établissement.")).to_be_visible()
        found = await faults(ours, "agreement-propose")
        await ours.page.get_by_label("Avec quel établissement").select_option(index=1)
        await ours.page.get_by_label("le téléphone du patient").uncheck()
        await ours.page.get_by_label("Certains traitements").check()
        await ours.press("Signer et proposer")
        await expect(ours.says("Choisissez au moins un traitement.")).to_be_visible()
        for regimen in ("Capécitabine", "Létrozole"):
            await ours.page.get_by_label(regimen, exact=True).check()
        await ours.press("Signer et proposer")
        await expect(ours.says("En attente du partenaire (1)")).to_be_visible()

        await theirs.press("Conventions")
        await poll(lambda: reloaded(theirs, "À signer (1)"), "the partner's manager does not see the proposal")
        await expect(theirs.says("Nous couvrons les patients de Établissement A")).to_be_visible()
        found += await faults(theirs, "agreement-to-sign")
        await theirs.press("Signer")
        await expect(
            theirs.says(
                "En vigueur",
            )
        ).to_be_visible()

        await poll(lambda: reloaded(ours, "En vigueur et à venir (1)"), "the signature does not come across")
        await expect(ours.says("Établissement B couvre nos patients")).to_be_visible()
        await expect(ours.says("Capécitabine et Létrozole")).to_be_visible()
        (row,) = await room.world.rows("select regimens, regimen_levels from agreement where side = 'covered'")
        assert (row["regimens"], row["regimen_levels"]) == (["capecitabine_mono", "letrozole"], None)
        await expect(ours.main).not_to_contain_text("le téléphone du patient")
        found += await faults(ours, "agreement-running")
        await ours.press("Y mettre fin")
        await ours.main.get_by_role("button", name="Y mettre fin").click()
        await expect(ours.says("Terminées (1)")).to_be_visible()
        assert not found, "\n".join(found)


async def reloaded(desk: Desk, words: str) -> bool:
    """Look at the page again; whether it says so."""
    await desk.reload()
    await expect(desk.main.get_by_text("Chargement…")).to_have_count(0)
    return await desk.main.get_by_text(words).count() > 0


async def test_a_tap_on_a_test_message_proves_a_device_and_the_roster_shows_it(room: Room):
    nurse = await room.world.sign_in("level2")
    phone = await nurse.add_phone("Téléphone de garde")
    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.press("Réglages")
    await desk.press("Voir et modifier")
    await expect(desk.says("Pas encore essayé")).to_be_visible()
    found = await faults(desk, "reach")
    await desk.press("Essayer maintenant : Téléphone de garde")
    await expect(desk.says("Essai envoyé : touchez le message reçu")).to_be_visible()
    message = await phone.next()
    assert "alert" not in message.json["notification"]["navigate"]

    await desk.go(message.json["notification"]["navigate"].partition("#/")[2])
    await expect(desk.says("Merci : vous êtes joignable par ce moyen.")).to_be_visible()
    found += await faults(desk, "reachable")
    await desk.go("reach")
    await expect(desk.says("Essai réussi à 10:0")).to_be_visible()
    await desk.press("Garde")
    await expect(desk.says("Joignable, essai réussi")).to_be_visible()
    assert not found, "\n".join(found)


async def test_a_call_that_failed_can_be_read_on_the_alert_and_among_the_dead_letters(room: Room):
    nurse = await room.world.sign_in("level2")
    phone = await nurse.add_phone()
    room.world.push.script(phone.id, Step(status=410))
    await room.world.leave_screens()
    patient = await room.world.new_patient("capecitabine_mono")
    (await patient.report({"nausea": {"F": 4, "S": 4}})).ok(201)
    await poll(
        lambda: room.world.value("select count(*) from notification where state = 'failed' and recipient = 'level2'"),
        "the call to the dead device does not fail",
    )
    desk = await room.desk()
    await desk.sign_in("oncologist")
    await desk.main.get_by_role("listitem").filter(has_text="Dans la journée").first.get_by_role("link").click()
    called = desk.main.get_by_role("region", name="Qui a été prévenu")
    await expect(called).to_contain_text("Échec")
    await called.get_by_text("Pourquoi level2 A, et ce qu’est devenu l’appel").click()
    await expect(called).to_contain_text("Notification : l’appareil n’accepte plus les notifications")
    await expect(called).to_contain_text("Étape 1 de l’escalade")
    await expect(called).to_contain_text("Le patient a fait son point : Nausées, grade 3")
    found = await faults(desk, "alert-life")

    manager = await room.desk()
    await manager.sign_in("manager")
    await manager.press("Acheminement")
    row = manager.main.get_by_role("row").filter(has_text="level2 A")
    await expect(row).to_contain_text("Appel pour une alerte")
    await expect(manager.main).not_to_contain_text("Prénom")
    found += await faults(manager, "delivery")
    await manager.press("Indicateurs")
    await expect(manager.says("Par niveau")).to_be_visible()
    await expect(manager.main.get_by_role("row").filter(has_text="Orange")).to_be_visible()
    found += await faults(manager, "indicators")
    async with manager.page.expect_download() as download:
        await manager.press("Télécharger en CSV")
    path = await (await download.value).path()
    assert path.read_text("utf-8").startswith("section,key,measure,value")
    assert not found, "\n".join(found)


async def test_an_alert_that_reached_nobody_is_a_red_banner_on_every_screen(room: Room):
    await room.world.leave_screens()
    patient = await room.world.new_patient("capecitabine_mono")
    await room.world.leave_screens()
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await poll(
        lambda: room.world.value("select count(*) from alert where state = 'undeliverable'"),
        "the alert does not become undeliverable",
        30,
    )
    manager = await room.desk()
    await manager.sign_in("manager")
    banner = re.compile("1 alerte n’a pu être remise à personne")
    await expect(manager.page.get_by_text(banner)).to_be_visible()
    desk = await room.desk()
    await desk.sign_in("level2")
    await expect(desk.page.get_by_text(banner)).to_be_visible()
    found = await faults(desk, "worklist-undeliverable")
    await desk.row("Rouge").get_by_role("link").click()
    await expect(desk.says(re.compile("Nous n’avons pu joindre personne"))).to_be_visible()
    await desk.press("Je prends en charge")
    await expect(desk.page.get_by_text(banner)).to_be_hidden()
    assert not found, "\n".join(found)


async def test_the_heartbeat_turns_red_when_the_server_stands_still(room: Room):
    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.live()
    silent = desk.page.get_by_text(re.compile("Aucune nouvelle du serveur depuis"))
    await expect(silent).to_be_hidden()
    for word in ("Failed to load", "net::ERR", "TimeoutError"):
        desk.foresee(word)
    try:
        room.world.serve.signal(signal.SIGSTOP)
        await desk.page.evaluate("() => { const real = Date.now; Date.now = () => real() + 95_000 }")
        await expect(silent).to_be_visible()
        await expect(desk.says(re.compile("dernier signe il y a \\d{2,3} s"))).to_be_visible()
        found = await faults(desk, "worklist-silent")
    finally:
        room.world.serve.signal(signal.SIGCONT)
    await expect(silent).to_be_hidden(timeout=30_000)
    assert not found, "\n".join(found)


async def test_a_manager_changes_the_opening_hours_from_a_day_on(room: Room):
    desk = await room.desk()
    await desk.sign_in("manager")
    await desk.press("Garde")
    opening = desk.main.get_by_role("region", name="Heures d’ouverture et règle d’escalade")
    await expect(opening).to_contain_text("Celles du référentiel : du lundi au vendredi de 08:00 à 18:00")
    await opening.get_by_text("Changer à partir d’un jour").click()
    for day in ("lundi", "mardi", "mercredi", "jeudi", "vendredi"):
        await opening.get_by_label(day, exact=True).uncheck()
    await opening.get_by_label("Ouvre à").fill("17:00")
    await opening.get_by_label("Ferme à").fill("09:00")
    await opening.get_by_role("button", name="Enregistrer").click()
    await expect(opening.get_by_role("alert")).to_be_focused()
    await expect(opening.get_by_role("alert")).to_contain_text("Choisissez au moins un jour.")
    await expect(opening.get_by_role("alert")).to_contain_text("La fin doit être après le début.")
    found = await faults(desk, "roster-opening-error")
    try:
        for day in ("lundi", "samedi"):
            await opening.get_by_label(day, exact=True).check()
        await opening.get_by_label("Ouvre à").fill("09:00")
        await opening.get_by_label("Ferme à").fill("17:00")
        await opening.get_by_label("À partir du").fill("2026-12-01")
        await opening.get_by_role("button", name="Enregistrer").click()
        await expect(desk.says("Enregistré. Les alertes déjà ouvertes gardent leur règle.")).to_be_visible()
        await expect(opening).to_contain_text(
            "À partir du 1er décembre 2026 : lundi et samedi, de 09:00 à 17:00. Règle commune."
        )
        await expect(opening).to_contain_text("Celles du référentiel")
        (row,) = await room.world.rows("select from_on, weekdays, opens, closes, policy from establishment_setting")
        assert [str(value) for value in row] == ["2026-12-01", "[0, 5]", "09:00:00", "17:00:00", "standard"]
    finally:
        await room.world.rows("delete from establishment_setting")
    assert not found, "\n".join(found)


async def test_a_killed_engine_turns_the_bar_red_and_says_what_to_do(room: Room):
    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.live()
    bar = desk.page.get_by_text(re.compile("Le moteur d’alerte ne répond plus depuis"))
    look = "() => document.dispatchEvent(new Event('visibilitychange'))"  # as one who comes back to the page
    await desk.page.evaluate(look)
    await expect(bar).to_be_hidden()
    engine = room.world.work
    await engine.kill()
    try:
        # the lease was last renewed 75 seconds ago: the page asks once, and counts the rest by itself
        await room.world.rows(
            "update lease set until_at = clock_timestamp() - interval '69 seconds' where name = 'sweeps'"
        )
        await desk.page.evaluate(look)
        await expect(bar).to_be_visible(timeout=40_000)
        await expect(bar).to_contain_text("aucun message ne part. Regardez cette liste, et prévenez l’exploitant.")
        await expect(desk.says("En direct")).to_be_visible()
        found = await faults(desk, "worklist-engine")
    finally:
        engine.start()
        await room.world.led()
    await desk.page.evaluate(look)
    await expect(bar).to_be_hidden()
    assert not found, "\n".join(found)
