"""What the oncologist signs, and how it arrives on the phone; the line of one patient by keyboard."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.web.browsers import Desk, Phone, Room, poll
from tests.web.test_intakes import TAKE, morning, phone_of
from tests.web.test_treatment_screens import lived, open_file


async def owner(phone: Phone) -> str:
    """The id of whoever is signed in on this phone."""
    asked = "async () => (await (await fetch('/api/me', { headers: { 'Vigie-Face': 'patient' } })).json()).id"
    return str(await phone.page.evaluate(asked))


async def oncologist(room: Room) -> Desk:
    """An oncologist at a desk."""
    desk = await room.desk()
    await desk.sign_in("oncologist")
    return desk


async def test_an_oncologist_signs_the_start_after_seeing_the_whole_cycle(room: Room):
    made, _ = await room.world.enrol(
        "capecitabine_mono", first_name="Jeanne", last_name="Martin", prescription={"doses": {"capecitabine": 1500}}
    )
    desk = await oncologist(room)
    await open_file(desk, made["id"], "treatment")
    await expect(desk.says("À signer par un oncologue")).to_be_visible()
    start = desk.main.get_by_role("region", name="Signer le début")
    await start.get_by_label("Capécitabine, mg par prise").fill("1300")
    await start.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(start.get_by_role("table")).to_contain_text("jour de prise, Capécitabine 2 × 1 300 mg")
    await expect(start.get_by_role("table")).to_contain_text("repos")
    assert await room.world.value("select count(*) from order_signature") == 0
    await start.get_by_role("button", name="Signer le début").click()
    await expect(desk.says(re.compile("Signé par oncologist A"))).to_be_visible()
    await expect(desk.says("1 300 mg, 2 prises par jour")).to_be_visible()
    assert await room.world.value("select count(*) from order_signature") == 1


async def test_a_dose_that_no_box_makes_is_told_before_it_is_signed(room: Room):
    made, _ = await room.world.enrol(
        "capecitabine_mono", first_name="Jeanne", last_name="Martin", prescription={"doses": {"capecitabine": 1500}}
    )
    desk = await oncologist(room)
    await open_file(desk, made["id"], "treatment")
    start = desk.main.get_by_role("region", name="Signer le début")
    await start.get_by_label("Capécitabine, mg par prise").fill("1333")
    await start.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(start.get_by_role("alert")).to_contain_text("1333 mg")


async def test_a_hold_signed_in_the_clinic_reaches_the_phone_is_read_and_the_clinic_sees_it(room: Room):
    phone = await phone_of(room)
    desk = await oncologist(room)
    await open_file(desk, await owner(phone), "treatment")
    order = desk.main.get_by_role("region", name="Nouvelle décision")
    await order.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(order.get_by_role("alert")).to_be_focused()
    await order.get_by_label("Pause").check()
    await order.get_by_label("Motif").fill("diarrhée de grade 2")
    await order.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(desk.says("Rien n’est encore signé.")).to_be_visible()
    await expect(order.get_by_role("table")).to_contain_text("pause")
    assert await room.world.value("select state from course order by created_at desc limit 1") == "active"
    await order.get_by_role("button", name="Signer : pause").click()
    await expect(desk.says("Signé. Le téléphone du patient n’a pas encore lu ce changement.")).to_be_visible()
    await expect(desk.says("Pas encore lu sur le téléphone du patient")).to_be_visible()

    await phone.reload()
    await expect(phone.says("Votre plan a changé")).to_be_visible()
    await expect(phone.says("Pause : ne prenez plus rien jusqu’à nouvel avis.")).to_be_visible()
    await expect(phone.says("Ne prenez plus rien")).to_be_visible()
    # the dose of eight o'clock may have been taken before the decision: it is asked for, not offered
    await expect(morning(phone)).to_contain_text("Ne la prenez pas maintenant.")
    await expect(phone.page.get_by_role("button", name=TAKE)).to_have_count(0)
    await phone.offline()
    await phone.reload()
    await expect(phone.says("Votre plan a changé")).to_be_visible()
    await phone.press("J’ai lu et compris")
    await expect(phone.says("Votre plan a changé")).to_be_hidden()
    await phone.reload()
    await expect(phone.says("Votre plan a changé")).to_be_hidden()
    assert await room.world.value("select count(*) from plan_receipt where number = 2") == 0
    await phone.online()
    await phone.page.evaluate("() => dispatchEvent(new Event('online'))")  # a reloaded page may not hear of it

    async def read() -> bool:
        return bool(await room.world.value("select count(*) from plan_receipt where number = 2"))

    await poll(read, "the receipt of the plan has not left")
    await desk.reload()
    await expect(desk.says(re.compile("Lu sur le téléphone du patient"))).to_be_visible()


async def test_a_rule_of_the_label_is_where_a_decision_starts_and_nothing_more(room: Room):
    made, _ = await lived(room)
    desk = await oncologist(room)
    await open_file(desk, made["id"], "treatment")
    await expect(desk.says("Correspond au dernier grade signalé : Diarrhée, grade 2")).to_be_visible()
    await expect(desk.says(re.compile(r"^Source\s:"))).to_be_visible()
    await desk.main.get_by_role("button", name=re.compile("^Partir de cette règle : grade 2")).click()
    order = desk.main.get_by_role("region", name="Nouvelle décision")
    await expect(order.get_by_label("Pause")).to_be_checked()
    await expect(order.get_by_label("Motif")).not_to_be_empty()
    assert await room.world.value("select count(*) from course_order where number > 1") == 0


async def test_the_line_is_read_day_by_day_by_keyboard(room: Room):
    made, _ = await lived(room)
    desk = await oncologist(room)
    await open_file(desk, made["id"], "line")
    cursor = desk.page.get_by_role("slider", name="Jour lu sur la frise")
    reading = desk.main.get_by_role("status").filter(has_text="novembre 2026")
    await expect(reading).to_contain_text("mardi 24 novembre 2026, cycle 3, jour 9.")
    await expect(reading).to_contain_text("Diarrhée grade 2.")
    await cursor.focus()
    await desk.page.keyboard.press("ArrowLeft")
    await expect(reading).to_contain_text("lundi 23 novembre 2026, cycle 3, jour 8.")
    await expect(reading).to_contain_text("prévu 3 000 mg, pris 3 000 mg")
    for _ in range(2):
        await desk.page.keyboard.press("ArrowLeft")
    await expect(reading).to_contain_text("samedi 21 novembre 2026")
    await expect(reading).to_contain_text("En plus : 1 500 mg.")
    await desk.page.keyboard.press("PageDown")
    await expect(reading).to_contain_text("samedi 14 novembre 2026")
    await desk.page.keyboard.press("End")
    await expect(reading).to_contain_text("mardi 24 novembre 2026")
    await desk.page.get_by_text("Les mêmes valeurs en tableau").click()
    row = desk.main.get_by_role("row").filter(has_text="samedi 21 novembre 2026")
    await expect(row).to_contain_text("En plus : 1 500 mg.")
    measures = desk.main.get_by_role("region", name=re.compile("^Mesures : Capécitabine"))
    await expect(measures).to_contain_text("Une prise sans réponse n’est pas une prise manquée")


async def test_a_nurse_notes_a_dose_that_the_patient_tells_on_the_telephone(room: Room):
    phone = await phone_of(room)
    desk = await room.desk()
    await desk.sign_in("level2")
    await open_file(desk, await owner(phone), "line")
    told = desk.main.get_by_role("region", name="Noter une prise pour le patient")
    await told.get_by_label("Vers quelle heure ?").fill("08:00")
    await told.get_by_label("Prise", exact=True).check()
    await told.get_by_role("button", name="Enregistrer").click()
    await expect(told.get_by_text("Enregistré à votre nom.")).to_be_visible()
    await phone.reload()
    await expect(morning(phone)).to_contain_text("C’est noté : ne le reprenez pas.")
    await expect(morning(phone)).to_contain_text("noté par l’équipe")
