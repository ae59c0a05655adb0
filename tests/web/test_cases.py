"""A case between two nurses on two real screens: handed over, refused, accepted, raced for, paused, muted, and never lost."""

from __future__ import annotations

import re

from playwright.async_api import Request, Route, expect

from tests.web.browsers import Desk, Room
from tests.web.inspection import faults
from tests.world import Person

NAUSEA = {"nausea": {"F": 4, "S": 4}}
"""Orange: for the nurse."""
CHEST_PAIN = {"chest_pain": {"S": 4}}
"""Red, emergency."""
CONFLICT = "status of 409"


async def two_nurses(room: Room) -> tuple[Desk, Desk]:
    """One on duty, one at home with the page open."""
    first, second = await room.desk(), await room.desk()
    await first.sign_in("level2")
    await second.sign_in("level2.second")
    return first, second


async def ill(room: Room, answers: dict[str, dict[str, int]], name: str = "Jeanne Martin") -> Person:
    """A patient with a name who has just reported."""
    first, last = name.split()
    made, _ = await room.world.enrol("capecitabine_mono", first_name=first, last_name=last)
    patient = await room.world.activate(name, made["activation"]["code"])
    (await patient.report(answers)).ok(201)
    return patient


async def open_alert(desk: Desk, name: str = "Jeanne Martin") -> None:
    """From the worklist to the alert."""
    await desk.go("")
    await desk.row(name).get_by_role("link").click()
    await expect(desk.title).to_contain_text(name)


async def deaf(desk: Desk) -> None:
    """This screen hears no news any more, as on a bad line; it can still act."""

    async def stop(route: Route, _: Request) -> None:
        await route.abort()

    desk.foresee("net::ERR_FAILED")
    await desk.page.route("**/api/worklist", stop)
    await desk.page.route("**/api/worklist/stream", stop)
    await desk.page.evaluate("() => dispatchEvent(new Event('visibilitychange'))")


async def test_a_nurse_hands_a_case_to_another_who_refuses_once_and_then_accepts(room: Room):
    first, second = await two_nurses(room)
    await ill(room, NAUSEA)
    await open_alert(first)
    await first.press("Je prends en charge")
    await expect(first.says("Vous l’avez")).to_be_visible()
    found = await faults(first, "case-mine")

    await first.press("Passer la main")
    await expect(first.says("L’alerte reste à vous tant que la personne n’a pas accepté.")).to_be_visible()
    await first.press("Proposer")
    await expect(first.main.get_by_role("alert")).to_be_focused()
    found += await faults(first, "case-hand-over")
    await first.page.get_by_label("À qui").select_option(label="level2.second A, Coordination soignante")
    await first.press("Proposer")
    await expect(first.says(re.compile("Relais proposé à level2.second A"))).to_be_visible()

    await expect(second.says("Relais proposés à vous (1)")).to_be_visible()
    found += await faults(second, "worklist-offered")
    await open_alert(second)
    await expect(second.says("level2 A vous propose cette alerte.")).to_be_visible()
    await second.press("Refuser")
    await second.page.get_by_label("Je suis avec un autre patient").check()
    found += await faults(second, "case-refuse")
    await second.press("Refuser le relais")
    await expect(second.says("Relais refusé : l’alerte reste à level2 A")).to_be_visible()

    meanwhile = first.main.get_by_role("region", name="Pendant que cette page était ouverte")
    await expect(meanwhile).to_contain_text("Relais refusé, level2.second A (Je suis avec un autre patient)")
    found += await faults(first, "case-meanwhile")
    await first.press("J’ai lu")
    await expect(meanwhile).to_be_hidden()

    await first.press("Passer la main")
    await first.page.get_by_label("À qui").select_option(label="level2.second A, Coordination soignante")
    await first.press("Proposer")
    await second.press("Accepter")
    await expect(second.says("Vous avez l’alerte.")).to_be_visible()
    await expect(first.says("Prise par level2.second A")).to_be_visible()
    owner = await room.world.value("select s.name from alert a join staff s on s.id = a.owner_id")
    assert owner == "level2.second A"
    assert not found, "\n".join(found)


async def test_of_two_nurses_who_take_one_alert_the_slower_is_told_who_has_it(room: Room):
    first, second = await two_nurses(room)
    await ill(room, CHEST_PAIN)
    await open_alert(first)
    await open_alert(second)
    await expect(second.button("Je prends en charge")).to_be_visible()
    await deaf(second)
    await first.press("Je prends en charge")
    await expect(first.says("Vous l’avez")).to_be_visible()

    second.foresee(CONFLICT)
    await second.press("Je prends en charge")
    await expect(second.main.get_by_role("alert")).to_contain_text("Cette alerte a changé entre-temps.")
    await expect(second.says("Prise en charge, level2 A")).to_be_visible()
    await expect(second.says("Prise par level2 A")).to_be_visible()
    assert await room.world.value("select count(*) from event where verb = 'alert_acknowledged'") == 1


async def test_a_closing_that_comes_too_late_loses_nothing_that_was_typed(room: Room):
    first, second = await two_nurses(room)
    await ill(room, NAUSEA)
    await open_alert(first)
    await first.press("Je prends en charge")
    await open_alert(second)
    await second.press("Clôturer")
    await second.page.get_by_label("Conseils donnés").check()
    await second.page.get_by_label("Réglé à domicile").check()
    await second.page.get_by_text("Toxicité, hospitalisation, note").click()
    await second.page.get_by_label("Note (facultatif)").fill("Boit bien depuis midi.")
    await deaf(second)
    await first.press("Pas de réponse")
    await expect(first.says(re.compile("1 appel sans réponse"))).to_be_visible()

    second.foresee(CONFLICT)
    await second.press("Utile, clôturer")
    await expect(second.main.get_by_role("alert")).to_contain_text("Cette alerte a changé entre-temps.")
    await expect(second.says("Appel sans réponse, level2 A")).to_be_visible()
    await expect(second.page.get_by_label("Note (facultatif)")).to_have_value("Boit bien depuis midi.")
    found = await faults(second, "case-conflict")
    await second.press("Utile, clôturer")
    await expect(second.says("Alerte clôturée.")).to_be_visible()
    assert await room.world.value("select note from alert") == "Boit bien depuis midi."
    assert not found, "\n".join(found)


async def test_a_nurse_who_spoke_to_the_patient_closes_with_two_taps(room: Room):
    desk = await room.desk()
    await desk.sign_in("level2")
    await ill(room, CHEST_PAIN)
    await open_alert(desk)
    await expect(desk.says(re.compile("Si personne ne prend l’alerte avant"))).to_be_visible()
    await desk.press("Je prends en charge")
    await desk.press("J’ai parlé au patient")
    await expect(desk.says(re.compile("Patient joint"))).to_be_visible()
    await desk.page.get_by_label("Passage aux urgences").check()
    await desk.press("Utile, clôturer")
    await expect(desk.says("Alerte clôturée.")).to_be_visible()
    (closed,) = await room.world.rows("select action, outcome, useful, contacted_at from alert")
    assert (closed["action"], closed["outcome"], closed["useful"]) == ("called_patient", "emergency_visit", True)
    assert closed["contacted_at"] is not None


async def test_a_pause_has_a_reason_and_an_end_and_stays_in_sight(room: Room):
    desk = await room.desk()
    await desk.sign_in("level2")
    await ill(room, NAUSEA)
    await open_alert(desk)
    await desk.press("Je prends en charge")
    await desk.press("Mettre en pause")
    await desk.main.locator("#panel-pause").get_by_role("button", name="Mettre en pause").click()
    await expect(desk.says("Dites pourquoi.")).to_be_visible()
    found = await faults(desk, "case-pause")
    await desk.page.get_by_label("Attente d’un résultat").check()
    await desk.page.get_by_label("Dans 2 heures").check()
    await desk.main.locator("#panel-pause").get_by_role("button", name="Mettre en pause").click()
    await expect(desk.says(re.compile("En pause jusqu’à"))).to_be_visible()
    await desk.go("")
    await expect(desk.says("En pause (1)")).to_be_visible()
    await expect(desk.row("Jeanne Martin")).to_contain_text("Attente d’un résultat")
    found += await faults(desk, "worklist-paused")
    await open_alert(desk)
    await desk.press("Finir la pause")
    await expect(desk.says("La pause est finie.")).to_be_visible()
    assert await room.world.value("select paused_until from alert") is None
    assert not found, "\n".join(found)


async def test_a_muted_symptom_calls_nobody_until_it_is_worse(room: Room):
    desk = await room.desk()
    await desk.sign_in("level2")
    patient = await ill(room, NAUSEA)
    await open_alert(desk)
    await desk.press("Je prends en charge")
    await desk.press("Taire un symptôme")
    await expect(desk.says(re.compile("Une aggravation appelle toujours"))).to_be_visible()
    await desk.page.get_by_role("radio", name="Nausées").check()
    await desk.page.get_by_label("Connu et suivi").check()
    await desk.page.get_by_label("1 jour", exact=True).check()
    found = await faults(desk, "case-mute")
    await desk.main.locator("#panel-mute").get_by_role("button", name="Taire", exact=True).click()
    await expect(desk.says(re.compile("Nausées est tu jusqu’à.*par level2 A"))).to_be_visible()
    found += await faults(desk, "case-muted")

    (await patient.report(NAUSEA)).ok(201)
    await expect(desk.says("(1 point est resté silencieux)")).to_be_visible()
    assert await room.world.value("select state from alert") == "acknowledged"
    (await patient.report(CHEST_PAIN)).ok(201)
    await expect(desk.says("Sans réponse")).to_be_visible()
    assert await room.world.value("select level from alert") == "red"
    assert not found, "\n".join(found)


async def test_the_arrows_lead_from_one_alert_to_the_next_and_the_gravest_is_first(room: Room):
    desk = await room.desk()
    await desk.sign_in("level2")
    await ill(room, NAUSEA)
    await ill(room, CHEST_PAIN, "Odile Bernard")
    await expect(desk.says("À prendre (2)")).to_be_visible()
    await expect(desk.main.get_by_role("listitem").first).to_contain_text("Odile Bernard")
    await desk.main.get_by_role("link", name="Odile Bernard").focus()
    await desk.page.keyboard.press("ArrowDown")
    await expect(desk.main.get_by_role("link", name="Jeanne Martin")).to_be_focused()
    await desk.page.keyboard.press("Home")
    await desk.page.keyboard.press("Enter")
    await expect(desk.title).to_contain_text("Odile Bernard")
