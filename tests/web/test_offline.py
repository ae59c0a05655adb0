"""Without network the phone keeps, advises and waits; with it, each report leaves exactly once."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.web.browsers import REFUSED, Phone, Room, poll

FIVE_TIMES_ONLINE = "() => { for (let n = 0; n < 5; n += 1) dispatchEvent(new Event('online')) }"


async def reports_of(phone: Phone) -> int:
    """How many reports the server has of everybody in this world."""
    return int(await phone.world.value("select count(*) from report"))


async def sent(phone: Phone, count: int = 1) -> None:
    """Wait until the server has so many reports; the queue on screen is empty then."""

    async def there() -> bool:
        return await reports_of(phone) == count

    await poll(there, f"the server does not have {count} report(s)")
    await expect(phone.main.get_by_text(re.compile("envois? en attente"))).to_have_count(0)


async def phone_of_a_new_patient(room: Room, **options: object) -> Phone:
    """Signed in, and everything needed offline is on the phone."""
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne")
    phone = await room.phone(**options)
    await phone.sign_in(made["activation"]["code"])
    await phone.second_visit()
    return phone


async def test_offline_the_app_opens_keeps_the_report_advises_and_sends_it_once_when_the_network_is_back(room: Room):
    phone = await phone_of_a_new_patient(room)
    await phone.offline()
    await phone.reload()
    await expect(phone.title).to_have_text("Bonjour Jeanne")
    await expect(phone.page.get_by_text("Pas de connexion")).to_be_visible()
    await phone.answer({"chest_pain.S": 4})
    await phone.send()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    await expect(phone.says("Personne ne l’a encore lu.")).to_be_visible()
    await expect(phone.says("Urgence vitale")).to_be_visible()  # judged on the phone, by the same rules
    await expect(phone.says("Appelez le 15 ou le 112 maintenant")).to_be_visible()
    await expect(phone.main.get_by_role("link", name="Appeler le 15")).to_have_attribute("href", "tel:15")
    await phone.reload()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    await expect(phone.main.get_by_role("link", name="Appeler le 15")).to_be_visible()
    await phone.press("Accueil")
    await expect(phone.says("1 envoi en attente")).to_be_visible()
    await expect(phone.button("Envoyer maintenant")).to_be_visible()
    assert await reports_of(phone) == 0

    await phone.online()
    await sent(phone)
    await expect(phone.says("Appelez le 15 ou le 112 maintenant")).to_be_visible()  # the home has heard of it
    row = (await room.world.rows("select level, emergency, reports from alert"))[0]
    assert (row["level"], row["emergency"], row["reports"]) == ("red", True, 1)


async def test_what_the_phone_judges_calm_it_does_not_dress_up_as_an_emergency(room: Room):
    phone = await phone_of_a_new_patient(room)
    await phone.offline()
    await phone.answer()
    await phone.send()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    await expect(phone.says("Habituel")).to_be_visible()
    await expect(phone.main.get_by_role("link", name="Appeler le 15")).to_have_count(0)
    await expect(phone.page.get_by_role("contentinfo").get_by_role("link", name="Appeler le 15")).to_be_visible()


async def test_five_online_events_at_once_send_a_report_once(room: Room):
    phone = await phone_of_a_new_patient(room)
    await phone.offline()
    await phone.answer()
    await phone.send()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    tried = len(phone.puts())
    await phone.online()
    await phone.page.evaluate(FIVE_TIMES_ONLINE)
    await sent(phone)
    assert len(phone.puts()) - tried == 1


async def test_a_dead_server_behind_a_living_network_loses_nothing_and_gets_the_report_once(room: Room):
    phone = await phone_of_a_new_patient(room)
    phone.foresee(REFUSED)
    await phone.answer({"nausea.F": 4, "nausea.S": 4})
    await room.world.serve.stop()
    try:
        await phone.send()
        await expect(phone.title).to_have_text("Gardé sur ce téléphone")
        assert await phone.page.evaluate("() => navigator.onLine")
        await phone.page.evaluate(FIVE_TIMES_ONLINE)
        await expect(phone.button("Envoyer maintenant")).to_be_enabled()
    finally:
        room.world.serve.start()
        await room.world.live()
    tried = len(phone.puts())
    await phone.page.evaluate(FIVE_TIMES_ONLINE)
    await sent(phone)
    await expect(phone.title).not_to_have_text("Gardé sur ce téléphone")
    assert len(phone.puts()) - tried == 1


async def test_three_reports_of_three_days_offline_arrive_in_order_and_the_late_green_closes_no_red(room: Room):
    phone = await phone_of_a_new_patient(room)
    await phone.offline()
    for answers in ({"chest_pain.S": 4}, {"nausea.F": 2, "nausea.S": 1}, {}):
        await phone.answer(answers)
        await phone.send()
        await phone.press("Accueil")
    await expect(phone.says("3 envois en attente")).to_be_visible()
    await phone.online()
    await sent(phone, 3)
    rows = await room.world.rows(
        "select v.level from verdict v join report r on (r.establishment_id, r.id) = (v.establishment_id, v.report_id)"
        " order by r.received_at"
    )
    levels = [row["level"] for row in rows]
    assert (levels[0], levels[-1]) == ("red", "green")
    alert = (await room.world.rows("select level, state, reports from alert"))[0]
    assert (alert["level"], alert["state"]) == ("red", "open")


async def test_a_phone_whose_clock_is_ten_years_ahead_still_reports(room: Room):
    phone = await phone_of_a_new_patient(room, years_ahead=10)
    await phone.answer({"chest_pain.S": 4})
    await phone.send()
    await expect(phone.title).to_have_text("Appelez le 15 ou le 112 maintenant")
    assert await reports_of(phone) == 1


async def test_a_page_closed_at_once_leaves_the_sending_to_the_worker(room: Room):
    phone = await phone_of_a_new_patient(room)
    await phone.offline()
    await phone.answer()
    await phone.send()
    await expect(phone.title).to_have_text("Gardé sur ce téléphone")
    await phone.page.close()
    await phone.online()  # the browser wakes the worker by itself: Background Sync
    phone.page = await phone.context.new_page()
    await phone.page.goto(phone.home)
    await sent(phone)
