"""A push from the sender to a nurse's screen: encrypted, neutral, shown by the real worker, told back."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import pytest
from playwright.async_api import CDPSession, expect

from tests.push_service import Phone as Subscription
from tests.web.browsers import Room, Screen, poll

CLINICAL = (
    "poitrine",
    "douleur",
    "capécitabine",
    "cancer",
    "grade",
    "rouge",
    "urgen",
    "traitement",
    "jeanne",
    "martin",
)

# No browser here can reach a real push service: subscribing gives the scripted one's subscription, the rest is real.
SUBSCRIBE = """
const given = %s;
const kept = () => sessionStorage.getItem('subscribed') ? { ...given, toJSON: () => given, unsubscribe: async () => true } : null;
PushManager.prototype.subscribe = async function (options) {
  if (!options.userVisibleOnly) throw new Error('must be visible');
  sessionStorage.setItem('subscribed', btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey))));
  return kept();
};
PushManager.prototype.getSubscription = async () => kept();
"""

SHOWN = """async () => {
  const shown = await (await navigator.serviceWorker.ready).getNotifications();
  return shown.map(({ title, body, lang, tag, requireInteraction, data }) => ({ title, body, lang, tag, requireInteraction, data }));
}"""

# waitUntil refuses events that no browser made: the handler has run by then, only the waiting is not granted
CLICK = """async () => {
  const [shown] = await self.registration.getNotifications();
  try {
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification: shown }));
  } catch (refused) {
    if (refused.name !== 'InvalidStateError') throw refused;
  }
}"""


class Pushed:
    """A screen whose browser has subscribed, and the hand of the push service that reaches its worker."""

    def __init__(self, desk: Screen, cdp: CDPSession, registrations: list[str]) -> None:
        self.desk, self.cdp, self.registrations = desk, cdp, registrations

    async def deliver(self, text: str) -> dict[str, Any]:
        """What a browser does when its push service has a message for it, decrypted. Returns what was shown then.

        A worker that the browser is just putting to sleep may miss what this back door hands over: it knocks again.
        """
        address = {
            "origin": self.desk.room.url,
            "registrationId": await poll(self._registration, "no worker registered"),
        }
        for _ in range(3):
            await self.cdp.send("ServiceWorker.deliverPushMessage", {**address, "data": text})
            with contextlib.suppress(AssertionError):
                shown = await poll(lambda: self.desk.page.evaluate(SHOWN), "nothing was shown", seconds=5)
                return dict(shown[0])
        raise AssertionError("the worker has shown nothing, three times")

    async def _registration(self) -> str | None:
        return self.registrations[-1] if self.registrations else None


async def subscribed(room: Room, subscription: Subscription) -> Pushed:
    """level2 signs in at a desk and lets it notify."""
    desk = await room.desk(script=SUBSCRIBE % json.dumps(subscription.as_json()), permissions=["notifications"])
    cdp = await desk.context.new_cdp_session(desk.page)
    registrations: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(r["registrationId"] for r in told["registrations"] if not r["isDeleted"]),
    )
    await cdp.send("ServiceWorker.enable")
    await desk.sign_in("level2")
    await desk.under_worker()
    await desk.press("Activer les notifications")
    await expect(desk.says("Les notifications sont actives sur cet appareil.")).to_be_visible()
    return Pushed(desk, cdp, registrations)


async def reached(room: Room, state: str) -> None:
    """Wait until the call to level2 stands so. Not on her page: reading the alert there is itself a proof."""
    query = (
        "select n.state from notification n join staff s on (s.establishment_id, s.id) = (n.establishment_id, n.staff_id)"
        " where s.name = 'level2 A'"
    )

    async def there() -> bool:
        return [row["state"] for row in await room.world.rows(query)] == [state]

    await poll(there, f"the call is not {state}")


async def test_a_red_report_is_pushed_shown_in_neutral_words_received_and_opened(room: Room):
    subscription = room.world.push.subscribe()
    pushed = await subscribed(room, subscription)
    desk = pushed.desk
    given = await desk.page.evaluate("() => sessionStorage.getItem('subscribed')")
    wanted = (await (await room.world.sign_in("level2.second")).get("/api/push-key")).ok(200)["key"]
    assert given.rstrip("=").replace("+", "-").replace("/", "_") == wanted

    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne", last_name="Martin")
    patient = await room.world.activate("Jeanne", made["activation"]["code"])
    (await patient.report({"chest_pain": {"S": 4}}, note="J’ai mal à la poitrine")).ok(201)
    (message,) = await room.world.push.arrived(1)
    assert message.subscription == subscription.id
    await reached(room, "accepted")  # no proof of it yet

    assert message.text is not None
    shown = await pushed.deliver(message.text)
    assert shown["lang"] == "fr"
    assert shown["requireInteraction"] is True
    seen = f"{shown['title']} {shown['body']}".casefold()
    assert seen.strip()
    assert not [word for word in CLINICAL if word in seen]
    await reached(room, "received")

    await expect(desk.title).to_have_text("Alertes")
    (worker,) = desk.context.service_workers
    await worker.evaluate(CLICK)
    await expect(desk.title).to_contain_text("Jeanne Martin")
    await desk.reload()
    await expect(desk.main.get_by_role("listitem").filter(has_text="level2 A").first).to_contain_text("Ouverte")
    assert (
        await desk.page.evaluate("async () => (await (await navigator.serviceWorker.ready).getNotifications()).length")
        == 0
    )
    await reached(room, "opened")


@pytest.mark.parametrize("text", ["", "{", "not json", '{"notification": {}}', '{"notification": {"title": "Vigie"}}'])
async def test_a_push_that_cannot_be_read_is_still_shown(room: Room, text: str):
    pushed = await subscribed(room, room.world.push.subscribe())
    shown = await pushed.deliver(text)
    assert shown["title"] == "Vigie"
    assert shown["body"]


@pytest.mark.parametrize(
    "navigate", ["https://elsewhere.example/clinic/#/", "/patient/#/settings", "javascript:alert(1)"]
)
async def test_a_notification_never_leads_out_of_the_clinics_face(room: Room, navigate: str):
    pushed = await subscribed(room, room.world.push.subscribe())
    await pushed.desk.go("settings")
    await pushed.deliver(json.dumps({"notification": {"title": "Vigie", "body": "Ouvrez", "navigate": navigate}}))
    (worker,) = pushed.desk.context.service_workers
    await worker.evaluate(CLICK)
    await expect(pushed.desk.title).to_have_text("Alertes")
    assert pushed.desk.page.url.startswith(f"{pushed.desk.home}#/")
    assert len(pushed.desk.context.pages) == 1


async def test_a_browser_that_cannot_subscribe_says_so_and_the_worklist_goes_on(room: Room):
    desk = await room.desk(
        permissions=["notifications"],
        script="PushManager.prototype.subscribe = async () => { throw new DOMException('push service error', 'AbortError') };",
    )
    await desk.sign_in("level2")
    await desk.under_worker()
    await desk.press("Activer les notifications")
    await expect(desk.says(re.compile("L’activation n’a pas marché"))).to_be_visible()
    patient = await room.world.new_patient("capecitabine_mono")
    (await patient.report({"chest_pain": {"S": 4}})).ok(201)
    await expect(desk.row("Urgence vitale")).to_be_visible()
