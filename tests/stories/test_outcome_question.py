"""The fortnight's question reaches a real phone: one neutral push by day, with nobody's page open, and no more once it was answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from uuid_utils.compat import uuid7

from tests.push_service import Arrival
from tests.stories.cast import NOTHING
from tests.world import START, Person, Phone, World, until

ELEVEN = START + timedelta(days=15, hours=1)  # in Paris, on the day after the fortnight
CLINICAL = ("capécitabine", "urgence", "hôpital", "effet", "traitement", "cancer", "essai")


def opens_question(message: Arrival) -> bool:
    """Whether a tap on this push leads to the question."""
    return str(message.json["notification"]["navigate"]).endswith("/patient/#/question")


async def question(phone: Phone) -> Arrival:
    """The next push that is about the question; reminders of doses may come before it."""
    while True:
        message = await phone.next(40)
        if opens_question(message):
            return message


async def live_on(world: World, *patients: Person) -> None:
    """A fortnight in which nothing goes wrong: a dose at the beginning, and a report every other day."""
    dose = {"drug": "letrozole", "kind": "taken", "at": START.isoformat()}
    for patient in patients:
        (await patient.put(f"/api/intakes/{uuid7()}", dose)).ok(201)
    for day in range(0, 15, 2):
        await world.clock.set(START + timedelta(days=day))
        for patient in patients:
            (await patient.report(NOTHING)).ok(201)


async def brought(world: World, patient: Person, phone: Phone) -> Arrival:
    """The question at eleven, or soon after it: calls of the house, which the long jump of the clock may have made due, go first."""
    await world.clock.set(ELEVEN)
    while not await notices(world, patient):
        await until(lambda: looked_at(world, patient), 40, "nobody has looked at the question")
        assert await world.clock.read() < ELEVEN + timedelta(hours=2), "not asked"
        await world.clock.advance(minutes=5)
    return await question(phone)


async def looked_at(world: World, patient: Person) -> bool:
    """Nothing about this patient is due to be looked at any more."""
    query = "select count(*) = 0 from outcome_timer where patient_id = $1 and look_at <= app_now()"
    return bool(await world.value(query, patient.me["id"]))


async def notices(world: World, patient: Person) -> list[dict[str, Any]]:
    query = "select state, token from notice where kind = 'outcome_question' and person_id = $1"
    return [dict(row) for row in await world.rows(query, patient.me["id"])]


async def test_the_question_comes_to_the_phone_once_in_neutral_words_and_an_answer_ends_it(fresh: World) -> None:
    patient = await fresh.new_patient("letrozole")
    phone = await patient.add_phone()
    await live_on(fresh, patient)
    await fresh.clock.set(ELEVEN - timedelta(hours=2))
    await until(lambda: looked_at(fresh, patient), 40, "nobody has looked at the question")
    assert await notices(fresh, patient) == [], "not before eleven"

    message = await brought(fresh, patient, phone)
    seen = message.json["notification"]
    assert "question" in seen["title"]
    assert not [word for word in CLINICAL if word in f"{seen['title']} {seen['body']}".casefold()]
    await phone.receipt(message, "opened")
    assert [row["state"] for row in await notices(fresh, patient)] == ["opened"]

    patient = await fresh.activate(patient.name, await fresh.new_code(patient.me["id"]))
    asked = (await patient.get("/api/outcome")).ok(200)["question"]
    told = {"first_on": asked["first_on"], "visit": False, "severe": False}
    assert (await patient.post("/api/outcome", told)).ok()["question"] is None
    for days in (1, 2):
        await fresh.clock.set(ELEVEN + timedelta(days=days))
        await until(lambda: looked_at(fresh, patient), 40, "nobody has looked at the question")
    assert len(await notices(fresh, patient)) == 1
    assert sum(opens_question(each) for each in phone.messages) == 1


async def test_who_has_died_is_asked_nothing_while_another_is(fresh: World) -> None:
    gone, other = await fresh.new_patient("letrozole"), await fresh.new_patient("letrozole")
    phones = [await each.add_phone() for each in (gone, other)]
    await live_on(fresh, gone, other)
    nurse = await fresh.sign_in("level2")
    (await nurse.post(f"/api/patients/{gone.me['id']}/leaving", {"reason": "died"})).ok(204)
    await brought(fresh, other, phones[1])
    await until(lambda: looked_at(fresh, gone), 40, "nobody has looked at who has died")
    assert await notices(fresh, gone) == []
    assert not [each for each in phones[0].messages if opens_question(each)]
