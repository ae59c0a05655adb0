"""The patient's phone over hours and weeks: putting a reminder off, a hold, stopping alone, a week without network, boxes, the question."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from tests.push_service import Phone as Subscription
from tests.web.browsers import Phone, Room, poll
from tests.web.test_intakes import TAKE, intakes, kept, morning, phone_of
from tests.web.test_push import SUBSCRIBE, Pushed
from tests.world import START

EVENING = datetime(2026, 11, 24, 18, 55, tzinfo=UTC)  # five to eight in Paris
EIGHT = timedelta(minutes=6)  # past the dose of 20:00

# The worker lives in the machine's time: it is moved with the house's for this one tap. See test_push.CLICK for the exception.
TAP_LATER = """async (shift) => {
  const now = Date.now;
  Date.now = () => now() + shift;
  const [shown] = await self.registration.getNotifications();
  try {
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification: shown, action: 'later' }));
  } catch (refused) {
    if (refused.name !== 'InvalidStateError') throw refused;
  }
}"""

# So many days pass on the phone, from the next opening of the page on.
DAYS_PASS = """(() => {
  const Before = Date, shift = %d * 86_400_000;
  globalThis.Date = class extends Before {
    constructor(...at) { at.length ? super(...at) : super(Before.now() + shift); }
    static now() { return Before.now() + shift; }
  };
})();"""


async def reminded(room: Room, subscription: Subscription, count: int) -> str:
    """Wait until so many reminders of doses have come to this phone; the text of the last one."""

    async def there() -> list[str]:
        found = [m.text for m in room.world.push.messages if m.subscription == subscription.id and m.text]
        found = [text for text in found if json.loads(text)["notification"]["navigate"].endswith("#/intakes")]
        assert len(found) <= count, "one reminder too many"
        return found if len(found) == count else []

    return str((await poll(there, f"reminder {count} has not come", 40))[-1])


async def phone_that_rings(room: Room, subscription: Subscription) -> tuple[Phone, Pushed, str]:
    """A patient on capecitabine at 19:55, whose phone may notify; and who they are."""
    await room.world.clock.set(EVENING)
    made, _ = await room.world.enrol(
        "capecitabine_mono", first_name="Jeanne", prescription={"doses": {"capecitabine": 1500}}
    )
    phone = await room.phone(script=SUBSCRIBE % json.dumps(subscription.as_json()), permissions=["notifications"])
    cdp = await phone.context.new_cdp_session(phone.page)
    registrations: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(r["registrationId"] for r in told["registrations"] if not r["isDeleted"]),
    )
    await cdp.send("ServiceWorker.enable")
    await phone.sign_in(made["activation"]["code"])
    await phone.under_worker()
    await phone.press("Activer les notifications")
    await expect(phone.says("Les notifications sont actives sur cet appareil.")).to_be_visible()
    return phone, Pushed(phone, cdp, registrations), made["id"]


async def tap_later(room: Room, phone: Phone) -> None:
    """The button of the reminder that is on the screen."""
    (worker,) = phone.context.service_workers
    shift = (await room.world.now() - datetime.now(UTC)).total_seconds() * 1000
    await worker.evaluate(TAP_LATER, shift)


async def test_a_reminder_is_put_off_by_its_own_button_and_comes_again_half_an_hour_later(room: Room):
    subscription = room.world.push.subscribe()
    phone, pushed, patient_id = await phone_that_rings(room, subscription)
    await room.world.clock.advance(seconds=EIGHT.total_seconds())
    phone.foresee("status of 401")  # the session ends after half an hour: the button needs none
    text = await reminded(room, subscription, 1)
    await pushed.deliver(text)
    await tap_later(room, phone)
    query = "select due_at from reminder where patient_id = $1 and state = 'waiting' and due_at < $2"
    soon = EVENING + timedelta(hours=2)
    rows = await poll(lambda: room.world.rows(query, patient_id, soon), "the reminder was not put off")
    wait = (rows[0]["due_at"] - await room.world.now()).total_seconds()
    assert 25 * 60 < wait <= 30 * 60
    assert await phone.page.evaluate("() => location.hash") in ("", "#/"), "nothing opens: the patient is busy"
    await room.world.clock.set(rows[0]["due_at"] + timedelta(seconds=1))
    text = await reminded(room, subscription, 2)

    evening = phone.main.get_by_role("group", name=re.compile("^vers 20:00"))
    await evening.get_by_role("button", name=TAKE).click()
    await expect(evening).to_contain_text("Envoyé")
    await pushed.deliver(text)
    await tap_later(room, phone)  # nothing is left to be put off: it leads to what was told
    await expect(phone.page).to_have_url(re.compile("#/intakes$"))


@pytest.mark.parametrize(("kind", "words"), [("hold", "Pause : ne prenez plus rien"), ("stop", "Arrêt du traitement")])
async def test_after_a_hold_or_a_stop_the_phone_says_so_and_no_reminder_comes(room: Room, kind: str, words: str):
    subscription, still = room.world.push.subscribe(), room.world.push.subscribe()
    phone, _, patient_id = await phone_that_rings(room, subscription)
    other = await room.world.new_patient(
        "capecitabine_mono"
    )  # who goes on, and whose reminder shows that reminders are sent
    device = {"endpoint": still.endpoint, "keys": still.as_json()["keys"], "label": "phone"}
    (await other.post("/api/devices", device)).ok(201)
    oncologist = await room.world.sign_in("oncologist")
    order = {"after": 1, "kind": kind, "reason": "diarrhée de grade 3"}
    (await oncologist.post(f"/api/patients/{patient_id}/orders", order)).ok(201)
    await phone.reload()
    await expect(phone.says("Votre plan a changé")).to_be_visible()
    await expect(phone.main.get_by_text(words).first).to_be_visible()
    await expect(phone.page.get_by_role("button", name=TAKE)).to_have_count(0)
    await room.world.clock.advance(seconds=EIGHT.total_seconds())
    await reminded(room, still, 1)
    sent = "select count(*) from notice where kind = 'intake_reminder' and person_id = $1"
    assert await room.world.value(sent, patient_id) == 0


async def test_who_stops_alone_says_so_on_the_phone_and_the_nurse_sees_why_she_is_called(room: Room):
    phone = await phone_of(room)
    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.live()
    await phone.press("Traitement")
    await phone.press("J’arrête ce traitement de moi-même")
    await phone.press("Le dire à l’équipe")
    await expect(phone.page.get_by_role("alert")).to_be_focused()
    await phone.page.get_by_label("À cause d’un effet gênant").check()
    await phone.press("Le dire à l’équipe")
    await expect(phone.title).to_have_text("C’est dit")
    await expect(phone.says("Envoyé")).to_be_visible()
    await expect(desk.row("Martin")).to_contain_text("Traitement arrêté par le patient")
    row = (await room.world.rows("select level, recipient, reasons from alert"))[0]
    assert (row["level"], row["recipient"], row["reasons"]) == ("orange", "level2", ["patient_stopped"])
    (stop,) = await room.world.rows("select reason, author_kind from patient_stop")
    assert tuple(stop) == ("side_effect", "patient")


async def later_offline(phone: Phone, days: int) -> None:
    """So many days later, still without network, Vigie is opened again."""
    await phone.context.add_init_script(DAYS_PASS % days)
    await phone.reload()


async def test_a_whole_cycle_is_there_after_weeks_without_network_and_what_was_told_leaves_in_the_end(room: Room):
    phone = await phone_of(room, days=2)  # day 3 of 21: doses until day 14
    phone.foresee("status of 401")  # by the end the session is over, and only the phone's own credential sends
    await phone.offline()
    await later_offline(phone, 7)
    await expect(phone.says(re.compile("Sans réseau, Vigie ne sait pas si l’équipe"))).to_be_visible()
    await expect(morning(phone)).to_contain_text("3 × 500 mg")
    await morning(phone).get_by_role("button", name=TAKE).click()
    await expect(morning(phone)).to_contain_text("Gardé sur ce téléphone")
    await phone.press("Traitement")
    calendar = phone.main.get_by_role("table")
    await expect(calendar).to_contain_text("repos : rien à prendre")
    await phone.press("Cycle suivant")
    await expect(calendar).to_contain_text("à prendre")
    await expect(phone.main.get_by_role("row")).not_to_have_count(1)
    await phone.go("")
    await later_offline(phone, 5)  # day 15
    await expect(phone.says("Ne prenez rien aujourd’hui")).to_be_visible()
    await expect(phone.says("C’est un jour de repos")).to_be_visible()
    await later_offline(phone, 7)  # day 22: the next cycle begins
    await expect(morning(phone)).to_contain_text("3 × 500 mg")
    assert await intakes(phone) == []
    await room.world.clock.set(START + timedelta(days=19))
    await phone.online()
    (row,) = await kept(phone, 1)
    assert (str(row["slot_on"]), row["slot"], row["state"]) == ("2026-12-01", 0, "taken")
    await expect(phone.says("demandez un nouveau code")).to_be_visible()


async def test_days_before_enrolment_are_before_vigie_and_nobody_asks_about_them(room: Room):
    await room.world.clock.set(
        START + timedelta(hours=4)
    )  # 14:00: the dose of eight o'clock is past, and yesterday's too
    phone = await phone_of(room)
    await expect(morning(phone)).to_contain_text("C’était avant Vigie : rien à noter.")
    await expect(phone.main.get_by_text("L’avez-vous pris ?")).to_have_count(0)
    await expect(phone.main.get_by_text(re.compile("^Hier"))).to_have_count(0)
    await phone.press("Traitement")
    calendar = phone.main.get_by_role("table")
    await expect(calendar).to_contain_text("avant Vigie")
    await expect(calendar).to_contain_text("à prendre")
    await expect(calendar).not_to_contain_text("rien de noté")
    await phone.go("")
    await morning(phone).get_by_role("link", name=re.compile("^Autre réponse")).click()
    await phone.page.get_by_label("Pas pris").check()
    await phone.press("Noter")
    await expect(phone.title).to_have_text("C’est noté")  # what is told all the same is kept
    await kept(phone, 1)
    await phone.press("Revenir à l’accueil")
    phone.foresee("status of 401")  # of the session
    await room.world.clock.advance(seconds=86_400)
    await later_offline(phone, 1)
    await expect(
        phone.says(re.compile("^Hier, vers 20:00"))
    ).to_be_visible()  # since then there is something to answer for
    await expect(phone.main.get_by_text(re.compile("^Hier, vers 08:00"))).to_have_count(0)


async def boxes(room: Room) -> list[Any]:
    """What the server has of boxes."""
    return await room.world.rows("select strength_mg, units, author_kind from dispensing order by strength_mg")


async def test_a_box_may_be_of_any_strength_that_the_drug_is_sold_in_and_is_told_after_the_session_too(room: Room):
    phone = await phone_of(room)
    await phone.press("Traitement")
    await phone.press("J’ai reçu une boîte")
    await expect(phone.main.get_by_role("radio")).to_have_count(2)
    offered = (
        await phone.main.get_by_role("group", name="Quel dosage ?")
        .get_by_role("radio")
        .evaluate_all("all => all.map((one) => one.closest('label').innerText.trim())")
    )
    assert offered == ["Capécitabine 500 mg", "Capécitabine 150 mg"], "those of the plan first"
    await phone.page.get_by_label("Capécitabine 150 mg").check()
    await phone.page.get_by_label("Combien de comprimés").fill("60")
    await phone.press("Noter cette boîte")
    await expect(phone.says("Boîte notée.")).to_be_visible()
    await expect(phone.says("60 × 150 mg")).to_be_visible()

    await room.world.clock.advance(seconds=3_600)  # the session is over
    phone.foresee("status of 401")
    await phone.go("")
    await phone.reload()
    await expect(phone.says("demandez un nouveau code")).to_be_visible()
    await phone.press("Traitement")
    await expect(phone.says("Ce compte date de votre dernière connexion.")).to_be_visible()
    await phone.press("J’ai reçu une boîte")
    await phone.page.get_by_label("Capécitabine 500 mg").check()
    await phone.page.get_by_label("Combien de comprimés").fill("120")
    await phone.press("Noter cette boîte")
    await expect(phone.says("Boîte notée.")).to_be_visible()

    async def both() -> list[Any]:
        return found if len(found := await boxes(room)) == 2 else []

    found = await poll(both, "the box has not come")
    assert [tuple(row) for row in found] == [(150, 60, "patient"), (500, 120, "patient")]
    await expect(phone.main.get_by_text("60 × 150 mg")).to_have_count(0)  # not a count that the new box is not in


async def test_the_push_of_the_question_leads_to_it_past_everything_else(room: Room):
    made, name = await room.world.enrol("letrozole", first_name="Jeanne")
    jeanne = await room.world.activate(name, made["activation"]["code"])
    (await jeanne.report({})).ok(201)
    await room.world.clock.set(START + timedelta(days=15, hours=1))
    phone = await room.phone()
    await phone.sign_in(await room.world.new_code(made["id"]))
    heading = phone.page.get_by_role("heading", name="Et depuis deux semaines ?")
    await expect(heading).to_be_visible()
    await expect(heading).not_to_be_focused()
    await phone.go("question")
    await expect(heading).to_be_focused()
    await expect(heading).to_be_in_viewport()
