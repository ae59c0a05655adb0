"""French first, English at a tap, on both faces and without network; the page says which it speaks."""

from __future__ import annotations

from playwright.async_api import expect

from tests.web.browsers import Room


async def test_the_patients_face_speaks_english_at_a_tap_also_offline_and_remembers_it(room: Room):
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne")
    phone = await room.phone()
    await expect(phone.page.locator("html")).to_have_attribute("lang", "fr")
    await phone.sign_in(made["activation"]["code"])
    await phone.under_worker()
    await phone.offline()  # English was never asked for: the worker has it all the same
    await phone.press("Réglages")
    await phone.press("English")
    await expect(phone.title).to_have_text("Settings")
    await expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    await phone.reload()
    await expect(phone.title).to_have_text("Settings")
    await expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    await phone.press("Home")
    await expect(phone.title).to_have_text("Hello Jeanne")
    await phone.press("Tell how I am")
    await expect(phone.page.get_by_text("Question 1 of")).to_be_visible()
    await expect(phone.title).to_contain_text("In the last 7 days")
    await phone.answer({"chest_pain.S": 4})
    await phone.press("Send")
    await expect(phone.title).to_have_text("Kept on this phone")
    await expect(phone.says("Call 15 or 112 now")).to_be_visible()
    await expect(phone.main.get_by_role("link", name="Call 15")).to_have_attribute("href", "tel:15")
    await phone.online()
    await expect(phone.title).to_have_text("Call 15 or 112 now")
    left = await phone.page.evaluate("() => document.body.innerText")
    assert not [word for word in ("Appel", "équipe", "Envoi", "Réglages", "Accueil") if word in left], left


async def test_the_clinics_face_speaks_english_at_a_tap_and_remembers_it(room: Room):
    desk = await room.desk()
    await expect(desk.page.locator("html")).to_have_attribute("lang", "fr")
    await desk.sign_in("level2")
    patient = await room.world.new_patient("capecitabine_mono")
    (await patient.report({"chest_pain": {"S": 4}})).ok(201)
    await expect(desk.row("Urgence vitale")).to_be_visible()
    await desk.press("Réglages")
    await desk.press("English")
    await expect(desk.title).to_have_text("Settings")
    await expect(desk.page.locator("html")).to_have_attribute("lang", "en")
    await desk.reload()
    await desk.press("Alerts")
    await desk.row("Life at risk").get_by_role("link").click()
    await expect(desk.button("I take it")).to_be_visible()
    left = await desk.page.evaluate("() => document.body.innerText")
    assert not [word for word in ("alerte", "Évolution", "prévenu", "Réglages") if word in left], left


async def test_a_clinic_page_opened_without_network_says_so_in_the_language_chosen(room: Room):
    desk = await room.desk()
    await desk.under_worker()
    await desk.press("English")
    await expect(desk.title).to_have_text("Sign in")
    await desk.offline()
    await desk.reload()
    await expect(desk.title).to_have_text("Sign in")
    await desk.page.get_by_label("Login").fill("x")
    await desk.page.get_by_label("Password").fill("y")
    await desk.page.get_by_label("6-digit code").fill("123456")
    await desk.press("Enter")
    await expect(desk.says("Vigie does not answer.")).to_be_visible()
