"""The patient's doses: one tap, with or without network, never a doubt whether it was taken, and the plan as the team signs it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from playwright.async_api import expect

from tests.web.browsers import Phone, Room, poll
from tests.world import START

TAKE = re.compile("^Je l’ai pris")
LATER = """() => {
  const then = Date.now;
  Date.now = () => then() + 660_000;
  document.dispatchEvent(new Event('visibilitychange'));
}"""
"""Eleven minutes pass on the phone too."""


async def phone_of(room: Room, regimen: str = "capecitabine_mono", *, days: int = 50, **doses: float) -> Phone:
    """A patient on a regimen since so many days, signed in, with everything needed offline on the phone.

    Fifty days of capecitabine: cycle 3, day 9, doses at 08:00 and 20:00; it is ten o'clock.
    """
    prescription: dict[str, Any] = {"doses": doses or {"capecitabine": 1500}}
    started_on = str((START - timedelta(days=days)).date())
    made, _ = await room.world.enrol(
        regimen, first_name="Jeanne", last_name="Martin", prescription=prescription, started_on=started_on
    )
    phone = await room.phone()
    await phone.sign_in(made["activation"]["code"])
    await phone.second_visit()
    return phone


async def intakes(phone: Phone) -> list[Any]:
    """What the server has of everybody's doses, undone ones too."""
    return await phone.world.rows(
        "select drug, slot_on, slot, state, reason, mg, undone_at, replaces from intake order by recorded_at, id"
    )


async def kept(phone: Phone, count: int) -> list[Any]:
    """Wait until the server has so many doses."""

    async def there() -> bool:
        return len(await intakes(phone)) == count

    await poll(there, f"the server does not have {count} intake(s)")
    return await intakes(phone)


def morning(phone: Phone) -> Any:
    """What the home says of the dose of eight o'clock."""
    return phone.main.get_by_role("group", name=re.compile("^vers 08:00"))


async def test_a_dose_tapped_offline_is_kept_said_loudly_and_sent_once_when_the_network_is_back(room: Room):
    phone = await phone_of(room)
    await expect(morning(phone)).to_contain_text("3 × 500 mg")
    await expect(morning(phone)).to_contain_text("30 minutes")  # the food rule
    await phone.offline()
    await morning(phone).get_by_role("button", name=TAKE).click()
    await expect(morning(phone)).to_contain_text("Pris à 10:")
    await expect(morning(phone)).to_contain_text("C’est noté : ne le reprenez pas.")
    await expect(morning(phone)).to_contain_text("Gardé sur ce téléphone")
    await expect(morning(phone).get_by_role("button", name=TAKE)).to_have_count(0)
    await expect(phone.says("1 envoi en attente")).to_be_visible()
    await phone.reload()
    await expect(morning(phone)).to_contain_text("Pris à 10:")
    assert await intakes(phone) == []

    tried = len(phone.puts())
    await phone.online()
    await phone.page.evaluate("() => { for (let n = 0; n < 5; n += 1) dispatchEvent(new Event('online')) }")
    (row,) = await kept(phone, 1)
    assert (row["drug"], row["slot"], row["state"]) == ("capecitabine", 0, "taken")
    await expect(morning(phone)).to_contain_text("Envoyé")
    await expect(phone.says("1 envoi en attente")).to_be_hidden()
    assert len(phone.puts()) - tried == 1
    await phone.reload()
    await expect(morning(phone)).to_contain_text("Pris à 10:")


async def test_a_tap_is_taken_back_within_ten_minutes_and_corrected_afterwards(room: Room):
    phone = await phone_of(room)
    await morning(phone).get_by_role("button", name=TAKE).click()
    await kept(phone, 1)
    await expect(morning(phone)).to_contain_text("Envoyé")
    await morning(phone).get_by_role("button", name=re.compile("^Annuler")).click()
    await expect(morning(phone)).to_contain_text("Annulé : rien n’est noté pour cette prise.")

    async def undone() -> bool:
        return (await intakes(phone))[0]["undone_at"] is not None

    await poll(undone, "the intake was not undone")
    await morning(phone).get_by_role("button", name=TAKE).click()
    await kept(phone, 2)
    await phone.world.clock.advance(minutes=11)
    await phone.page.evaluate(LATER)
    await morning(phone).get_by_role("link", name=re.compile("^Corriger")).click()
    await phone.page.get_by_label("Pas pris").check()
    await phone.page.get_by_label("À cause d’un effet gênant").check()
    await phone.press("Noter")
    await expect(phone.title).to_have_text("C’est noté")
    await expect(phone.says("Un effet gênant ? Dites-le aussi dans votre point")).to_be_visible()
    rows = await kept(phone, 3)
    assert (rows[-1]["state"], rows[-1]["reason"]) == ("missed", "side_effect")
    assert rows[-1]["replaces"] is not None
    await phone.press("Revenir à l’accueil")
    await expect(morning(phone)).to_contain_text("Pas pris")


async def test_a_tap_taken_back_before_it_has_left_never_leaves(room: Room):
    phone = await phone_of(room)
    await phone.offline()
    await morning(phone).get_by_role("button", name=TAKE).click()
    await expect(morning(phone)).to_contain_text("Gardé sur ce téléphone")
    tried = len(phone.puts())
    await morning(phone).get_by_role("button", name=re.compile("^Annuler")).click()
    await expect(morning(phone).get_by_role("button", name=TAKE)).to_be_visible()
    await phone.online()
    await expect(phone.says("1 envoi en attente")).to_be_hidden()
    await phone.answer()
    await phone.send()
    await expect(phone.says("Envoyé")).to_be_visible()  # a report behind it has left: so would have the dose
    assert await intakes(phone) == []
    assert len([url for url in phone.puts()[tried:] if "/intakes/" in url]) == 0


async def test_a_missed_dose_is_answered_at_once_in_the_leaflets_own_words_without_network(room: Room):
    phone = await phone_of(room)
    await phone.offline()
    await morning(phone).get_by_role("link", name=re.compile("^Autre réponse")).click()
    await phone.press("Noter")
    await expect(phone.page.get_by_role("alert")).to_be_focused()
    await phone.page.get_by_label("Pas pris").check()
    await phone.page.get_by_label("J’ai oublié").check()
    await phone.press("Noter")
    await expect(phone.title).to_have_text("C’est noté")
    await expect(phone.says("Gardé sur ce téléphone")).to_be_visible()
    await expect(phone.says("Que faire maintenant")).to_be_visible()
    await expect(phone.says("Ne la prenez pas. Continuez à l'heure prévue suivante.")).to_be_visible()
    await phone.online()
    (row,) = await kept(phone, 1)
    assert (row["state"], row["reason"]) == ("missed", "forgot")


async def test_a_part_of_a_dose_is_told_in_tablets(room: Room):
    phone = await phone_of(room, capecitabine=1650)
    await expect(morning(phone)).to_contain_text("1 × 150 mg")
    await morning(phone).get_by_role("link", name=re.compile("^Autre réponse")).click()
    await phone.page.get_by_label("Pris à l’instant").check()
    await phone.page.get_by_label("Une partie seulement").check()
    await phone.page.get_by_label("Combien de comprimés ou gélules de 500 mg").fill("4")
    await phone.press("Noter")
    await expect(phone.page.get_by_role("alert")).to_contain_text(
        "un nombre entier, moins en tout que ce qui était prévu"
    )
    await phone.page.get_by_label("Combien de comprimés ou gélules de 500 mg").fill("2")
    await phone.page.get_by_label("Combien de comprimés ou gélules de 150 mg").fill("1")
    await phone.press("Noter")
    await expect(phone.title).to_have_text("C’est noté")
    (row,) = await kept(phone, 1)
    assert (row["state"], row["mg"]) == ("taken", 1150)


async def test_an_extra_dose_of_a_narrow_drug_says_whom_to_call_and_reaches_the_team(room: Room):
    phone = await phone_of(room)
    await phone.press("J’ai pris une dose en plus")
    await phone.press("Noter")
    await expect(phone.title).to_have_text("C’est noté")
    await expect(phone.says("Appelez votre équipe maintenant.")).to_be_visible()
    await expect(phone.main.get_by_role("link", name="Appeler le 15")).to_be_visible()
    (row,) = await kept(phone, 1)
    assert row["state"] == "extra"
    alert = (await phone.world.rows("select level, state from alert"))[0]
    assert alert["state"] == "open"
    desk = await room.desk()
    await desk.sign_in("oncologist")
    line = desk.main.get_by_role("listitem").first
    await expect(line).to_contain_text(re.compile("constaté à \\d{2}:\\d{2}"))
    await expect(line).not_to_contain_text("point")  # nobody has sent one
    await phone.press("Revenir à l’accueil")
    await expect(phone.says("Transmis à l’équipe. Personne ne l’a encore pris en charge.")).to_be_visible()
    await expect(phone.says("Vous n’avez encore rien envoyé.")).to_be_hidden()


async def test_who_has_never_sent_anything_sees_that_and_that_the_team_will_call(room: Room):
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne")
    await room.world.clock.advance(days=16)

    async def missed() -> bool:
        found = "select count(*) from alert where patient_id = $1::text::uuid and state = 'open'"
        return bool(await room.world.value(found, made["id"]))

    await poll(missed, "nobody was told of the reports that did not come")
    phone = await room.phone()
    await phone.sign_in(await room.world.new_code(made["id"]))
    await expect(phone.says("Suivi par l’équipe")).to_be_visible()
    await expect(phone.says("Vous n’avez encore rien envoyé.")).to_be_visible()


async def test_a_rest_day_says_to_take_nothing_also_offline(room: Room):
    phone = await phone_of(room, days=15)  # day 16 of 21
    await expect(phone.says("Ne prenez rien aujourd’hui")).to_be_visible()
    await expect(phone.says("C’est un jour de repos : il fait partie du traitement.")).to_be_visible()
    await expect(phone.page.get_by_role("button", name=TAKE)).to_have_count(0)
    await phone.offline()
    await phone.reload()
    await expect(phone.says("Ne prenez rien aujourd’hui")).to_be_visible()
    await phone.press("Traitement")
    await expect(phone.main.get_by_role("table")).to_contain_text("repos : rien à prendre")


async def test_in_the_rest_week_of_one_drug_the_other_goes_on_and_the_first_is_named_as_off(room: Room):
    started_on = str((START - timedelta(days=22)).date())  # day 23 of 28
    made, _ = await room.world.enrol(
        "palbociclib",
        first_name="Jeanne",
        started_on=started_on,
        prescription={"doses": {"palbociclib": 125, "letrozole": 2.5}, "partners": ["letrozole"]},
    )
    phone = await room.phone()
    await phone.sign_in(made["activation"]["code"])
    await expect(phone.says("Palbociclib : ne prenez rien aujourd’hui.")).to_be_visible()
    await morning(phone).get_by_role("button", name=TAKE).click()
    (row,) = await kept(phone, 1)
    assert row["drug"] == "letrozole"
