"""What is being written survives; a session that ends loses nothing; one phone, two people, no leak."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.web.browsers import Phone, Room, poll

NOTE = "Ma voisine Odile ne doit pas le savoir."

EVERYTHING_KEPT = """async () => {
  const text = [];
  const read = (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      text.push(new TextDecoder('latin1').decode(value));
    } else if (value instanceof CryptoKey) text.push(`key extractable=${value.extractable}`);
    else if (value && typeof value === 'object') Object.values(value).forEach(read);
    else text.push(String(value));
  };
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result) });
    for (const store of db.objectStoreNames) {
      const all = db.transaction(store).objectStore(store).getAll();
      read(await new Promise((done) => { all.onsuccess = () => done(all.result) }));
    }
    db.close();
  }
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) text.push(request.url);
  }
  return [...text, JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.body.textContent].join('\\n');
}"""


SLOW_TO_FINISH = """(() => {
  const asked = ServiceWorkerContainer.prototype.getRegistration;
  const finished = new Promise((done) => { globalThis.finish = done });
  ServiceWorkerContainer.prototype.getRegistration = async function (...of) {
    await finished;
    return asked.apply(this, of);
  };
})();"""
"""The last thing that a phone looks after once somebody has signed in, the subscription to pushes, waits until it is told to go on."""


async def new_patient(room: Room, first_name: str) -> tuple[str, str]:
    """Id and activation code."""
    made, _ = await room.world.enrol("capecitabine_mono", first_name=first_name)
    return made["id"], made["activation"]["code"]


async def reports_of(room: Room, patient: str) -> int:
    """How many reports the server has of one patient."""
    return int(await room.world.value("select count(*) from report where patient_id = $1::text::uuid", patient))


async def arrived(room: Room, patient: str, count: int = 1) -> None:
    """Wait until the server has so many reports of this patient."""

    async def there() -> bool:
        return await reports_of(room, patient) == count

    await poll(there, f"the server does not have {count} report(s) of this patient")


async def test_who_begins_before_everything_has_come_is_not_sent_back_home(room: Room):
    _, code = await new_patient(room, "Jeanne")
    phone = await room.phone(script=SLOW_TO_FINISH)
    await phone.sign_in(code)
    await phone.press("Faire mon point")
    await expect(phone.page.locator("#choice-0")).to_be_visible()
    await phone.page.evaluate("() => finish()")
    await phone.page.wait_for_load_state("networkidle")
    await expect(phone.page.locator("#choice-0")).to_be_visible()
    assert phone.where().startswith("report/")


async def test_a_reload_in_the_middle_keeps_every_answer_and_the_place(room: Room):
    _, code = await new_patient(room, "Jeanne")
    phone = await room.phone()
    await phone.sign_in(code)
    await phone.begin()
    first = phone.where()
    await phone.answer({"fatigue.S": 2, "nausea.F": 3}, until="vomiting.F")
    place = phone.where()
    await phone.reload()
    assert phone.where() == place
    await phone.go("")
    await expect(phone.button("Reprendre mon point")).to_be_visible()
    await phone.begin()
    assert phone.where() == place
    await phone.answer()
    summary = phone.main.get_by_role("definition").or_(phone.main.locator("dd"))
    await expect(summary.first).to_contain_text("Moyen")
    await phone.go(first)
    await expect(phone.page.locator("#choice-2")).to_be_checked()


async def test_the_browsers_back_keeps_answers_and_the_way_forward(room: Room):
    _, code = await new_patient(room, "Jeanne")
    phone = await room.phone()
    await phone.sign_in(code)
    await phone.answer({"fatigue.S": 1}, until="vomiting.F")
    for _ in range(2):
        before = phone.page.url
        await phone.page.go_back()
        await expect(phone.page).not_to_have_url(before)
    asked = phone.where().removeprefix("report/")
    await expect(phone.page.locator("input:checked")).to_have_count(1)
    await phone.press("Continuer")
    await expect(phone.page).not_to_have_url(re.compile(re.escape(asked) + "$"))
    await phone.answer()
    await expect(phone.title).to_have_text("Relisez vos réponses")


async def test_after_sending_back_does_not_bring_the_questions_up_again(room: Room):
    patient, code = await new_patient(room, "Jeanne")
    phone = await room.phone()
    await phone.sign_in(code)
    await phone.answer()
    await phone.send()
    await expect(phone.says("Envoyé.")).to_be_visible()
    await phone.page.go_back()
    await expect(phone.title).to_have_text("Bonjour Jeanne")
    await arrived(room, patient)


async def test_when_the_session_has_ended_the_device_credential_still_sends(room: Room):
    patient, code = await new_patient(room, "Jeanne")
    phone = await room.phone()
    await phone.sign_in(code)
    await phone.second_visit()
    phone.foresee("status of 401")
    phone.foresee("status of 403")
    await room.world.clock.advance(hours=25)
    await phone.reload()
    await expect(phone.says(re.compile("demandez un nouveau code"))).to_be_visible()
    await phone.answer({"chest_pain.S": 4})
    await phone.send()
    await expect(phone.title).to_have_text("Appelez le 15 ou le 112 maintenant")
    await arrived(room, patient)


async def test_when_even_the_device_is_unknown_the_report_waits_for_a_new_code(room: Room):
    patient, code = await new_patient(room, "Jeanne")
    phone = await room.phone()
    await phone.sign_in(code)
    await phone.second_visit()
    phone.foresee("status of 401")
    await phone.answer({"nausea.F": 4, "nausea.S": 4})
    await phone.context.clear_cookies()
    await phone.send()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    await expect(phone.says(re.compile("quand vous aurez entré un nouveau code"))).to_be_visible()
    await phone.reload()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    assert await reports_of(room, patient) == 0

    await phone.press("Entrer un code")
    await phone.sign_in(await room.world.new_code(patient))
    await arrived(room, patient)
    await expect(phone.says(re.compile("Votre accès a expiré"))).to_have_count(0)


async def test_an_unsent_report_of_who_signed_out_stays_sealed_and_the_next_person_never_sees_it(room: Room):
    jeanne, code_of_jeanne = await new_patient(room, "Jeanne")
    paul, code_of_paul = await new_patient(room, "Paul")
    phone = await room.phone()
    await phone.sign_in(code_of_jeanne)
    await phone.second_visit()
    await phone.offline()
    await phone.answer({"chest_pain.S": 4}, note=NOTE)
    await phone.send()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    await sign_out(phone)
    await expect(phone.says(re.compile("1 envoi d’une autre personne attend, sous clé"))).to_be_visible()
    kept = await phone.page.evaluate(EVERYTHING_KEPT)
    assert "extractable=false" in kept
    assert "Odile" not in kept
    assert "Jeanne" not in kept
    assert "chest_pain" not in kept

    await phone.online()
    await phone.reload()
    await phone.sign_in(code_of_paul)
    await expect(phone.title).to_have_text("Bonjour Paul")
    await expect(phone.main.get_by_text("en attente")).to_have_count(0)
    await phone.press("Mes envois")
    await expect(phone.says("Rien pour l’instant.")).to_be_visible()
    assert "Odile" not in await phone.page.evaluate(EVERYTHING_KEPT)
    await phone.press("Accueil")
    await phone.answer({"nausea.F": 2, "nausea.S": 1})
    await phone.send()
    await expect(phone.says("Envoyé.")).to_be_visible()
    await arrived(room, paul)
    assert await reports_of(room, jeanne) == 0
    await sign_out(phone)
    await expect(phone.says(re.compile("1 envoi d’une autre personne attend"))).to_be_visible()

    await phone.sign_in(await room.world.new_code(jeanne))
    await arrived(room, jeanne)
    assert await reports_of(room, paul) == 1
    assert await room.world.value("select emergency from alert where patient_id = $1::text::uuid", jeanne) is True


async def test_signing_out_with_nothing_unsent_leaves_nothing_on_the_phone(room: Room):
    patient, code = await new_patient(room, "Jeanne")
    phone = await room.phone()
    await phone.sign_in(code)
    await phone.answer({"nausea.F": 2, "nausea.S": 1}, note=NOTE)
    await phone.send()
    await arrived(room, patient)
    await sign_out(phone)
    kept = await phone.page.evaluate(EVERYTHING_KEPT)
    assert "Odile" not in kept
    assert patient not in kept
    assert await phone.page.evaluate("async () => (await indexedDB.databases()).map((one) => one.name)") == ["vigie"]
    assert not [c for c in await phone.context.cookies() if c["name"].startswith("__Host-")]


async def sign_out(phone: Phone) -> None:
    """Through the settings; confirms when something still waits."""
    await phone.press("Réglages")
    await expect(phone.title).to_have_text("Réglages")
    await phone.main.get_by_role("button", name="Se déconnecter").click()
    dialog = phone.page.get_by_role("dialog")
    await expect(dialog.or_(phone.page.get_by_label("Votre code d’activation")).first).to_be_visible()
    if await dialog.is_visible():
        await dialog.get_by_role("button", name="Se déconnecter").click()
    await expect(phone.page.get_by_label("Votre code d’activation")).to_be_visible()
