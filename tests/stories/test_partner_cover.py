"""The partner covers the night of 14 July: their nurse is called, sees this alert and nothing else, and only until morning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.stories.cast import BAD_DIARRHOEA, BAD_NAUSEA, alert_of, hear
from tests.world import Person, Phone, World, until

EVENING = datetime(2027, 7, 14, 17, 30, tzinfo=UTC)  # half past seven in Paris
NIGHT = datetime(2027, 7, 14, 21, 0, tzinfo=UTC)
MORNING = datetime(2027, 7, 15, 6, 0, 5, tzinfo=UTC)
FROM, TO = "2027-07-14T20:00:00+02:00", "2027-07-15T08:00:00+02:00"
WEDNESDAY = 2 * 1440
TERMS: dict[str, Any] = {
    "side": "covered",
    "disciplines": ["level2", "oncologist"],
    "hours": [{"from_minute": WEDNESDAY + 20 * 60, "to_minute": WEDNESDAY + 32 * 60}],
    "from_on": "2027-07-14",
    "until_on": "2027-07-14",
}


def person_id(world: World, name: str, tenant: str) -> str:
    return next(s["id"] for s in world.tenant(tenant)["staff"] if s["name"] == f"{name} {tenant}")


async def agree(world: World, **terms: Any) -> tuple[Person, str]:
    """Both managers sign; manager A and the agreement."""
    ours, theirs = await world.sign_in("manager"), await world.sign_in("manager", "B")
    partner = next(
        p for p in (await ours.get("/api/agreements")).ok(200)["partners"] if p["id"] == world.tenant("B")["id"]
    )
    body = {**TERMS, "partner": partner["id"], **terms}
    agreement = (await ours.post("/api/agreements", body)).ok(201)["id"]

    async def there() -> bool:
        known = (await theirs.get("/api/agreements")).ok(200)["agreements"]
        return any(a["id"] == agreement and a["side"] == "covering" for a in known)

    await until(there, 10, "the partner's manager has not got it")
    (await theirs.post(f"/api/agreements/{agreement}/sign")).ok(204)

    async def signed() -> bool:
        known = (await ours.get("/api/agreements")).ok(200)["agreements"]
        return any(a["id"] == agreement and a["partner_signed_at"] for a in known)

    await until(signed, 10, "the signature has not come back")
    return ours, agreement


async def nobody_tonight(world: World, manager: Person) -> None:
    """Everybody of ours who would be on duty is away for the night."""
    for name in ("level2", "oncologist"):
        body = {"kind": "absence", "staff": person_id(world, name, "A"), "from_at": FROM, "to_at": TO}
        (await manager.post("/api/roster/changes", body)).ok(201)


async def their_nurse(world: World) -> tuple[Person, Phone]:
    nurse = await world.sign_in("level2", "B")
    return nurse, await nurse.add_phone()


async def covered(nurse: Person) -> list[dict[str, Any]]:
    """What stands on a nurse's worklist for the partner; her own patients may have alerts of their own by then."""
    return [row for row in (await nurse.worklist())["alerts"] if row["covered_for"]]


async def test_the_partner_covers_the_night_of_14_july(fresh: World):
    await fresh.clock.set(EVENING)
    manager, _ = await agree(fresh)
    await nobody_tonight(fresh, manager)
    holes = (await manager.get("/api/roster/coverage")).ok(200)["holes"]
    assert [h for h in holes if h["recipient"] in ("level2", "oncologist") and h["from_at"] < "2027-07-15"] == []
    patient, other = await fresh.new_patient("capecitabine_mono"), await fresh.new_patient("palbociclib")
    (await other.report(BAD_NAUSEA)).ok(201)
    before = await alert_of(fresh, other)

    await fresh.clock.set(NIGHT)
    nurse, phone = await their_nurse(fresh)
    await fresh.leave_screens()
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phone)
    alert = await alert_of(fresh, patient)
    rows = await covered(nurse)
    assert [(row["id"], row["covered_for"]["name"]) for row in rows] == [(str(alert["id"]), "Établissement A")]
    page = (await nurse.get(f"/api/alerts/{alert['id']}")).ok(200)
    assert page["patient"]["phone"] == "01 99 00 30 00"
    why = {n["called_because"]["recipient"]: n["called_because"] for n in page["notifications"]}
    assert {n["called_because"]["basis"] for n in page["notifications"]} == {"cover"}, why
    assert (await nurse.get(f"/api/alerts/{before['id']}")).status == 404, "this alert, and no other of theirs"
    assert (await nurse.get(f"/api/patients/{patient.me['id']}")).status == 404
    taken = (await nurse.acknowledge(rows[0])).ok(200)
    assert (taken["alert"]["state"], taken["alert"]["owner"]["name"]) == ("acknowledged", "level2 B")
    (await nurse.post(f"/api/alerts/{alert['id']}/contact", {"version": taken["alert"]["version"]})).ok(200)

    await fresh.clock.set(MORNING)
    again = await fresh.sign_in("level2", "B")
    assert (await again.get(f"/api/alerts/{alert['id']}")).status == 404, "the cover is over"
    assert await covered(again) == []

    async def back_home() -> bool:
        return (await alert_of(fresh, patient))["state"] == "open"

    await until(back_home, 10, "nobody at home is called for what the partner had")
    verbs = await fresh.rows("select establishment_id, verb from event where verb like 'cover_%'")
    assert {(str(row[0]), row[1]) for row in verbs} == {
        (fresh.tenant(letter)["id"], verb) for letter in "AB" for verb in ("cover_opened", "cover_closed")
    }


async def test_before_the_hours_and_after_the_end_of_an_agreement_the_partner_sees_and_hears_nothing(fresh: World):
    await fresh.clock.set(EVENING)
    manager, agreement = await agree(fresh)
    body = {
        "kind": "absence",
        "staff": person_id(fresh, "level2", "A"),
        "from_at": "2027-07-14T12:00:00+02:00",
        "to_at": TO,
    }
    (await manager.post("/api/roster/changes", body)).ok(201)
    nurse, phone = await their_nurse(fresh)
    await fresh.leave_screens()
    patient, second = await fresh.new_patient("capecitabine_mono"), await fresh.new_patient("palbociclib")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    early = await alert_of(fresh, patient)
    assert (await nurse.get(f"/api/alerts/{early['id']}")).status == 404
    assert phone.requests == []

    await fresh.clock.set(NIGHT)
    await nobody_tonight(fresh, await fresh.sign_in("manager"))
    nurse, phone = await their_nurse(fresh)
    await fresh.leave_screens()
    (await second.report(BAD_DIARRHOEA)).ok(201)
    await hear(phone)
    alert = await alert_of(fresh, second)
    (await nurse.get(f"/api/alerts/{alert['id']}")).ok(200)
    manager = await fresh.sign_in("manager")
    (await manager.post(f"/api/agreements/{agreement}/end")).ok(204)

    async def shut() -> bool:
        return (await nurse.get(f"/api/alerts/{alert['id']}")).status == 404

    await until(shut, 10, "an agreement that was ended still opens a file")

    async def closed() -> bool:
        return not await fresh.value("select count(*) from access where basis = 'cover' and until_at > app_now()")

    await until(closed, 10, "the file is not shut")


async def test_an_agreement_that_only_one_side_has_signed_covers_nothing(fresh: World):
    await fresh.clock.set(EVENING)
    manager = await fresh.sign_in("manager")
    (await manager.post("/api/agreements", {**TERMS, "partner": fresh.tenant("B")["id"]})).ok(201)
    await nobody_tonight(fresh, manager)
    patient = await fresh.new_patient("capecitabine_mono")
    await fresh.clock.set(NIGHT)
    nurse, phone = await their_nurse(fresh)
    ours = await (await fresh.sign_in("oncologist.second")).add_phone()
    await fresh.leave_screens()
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(ours)  # the last resort at once: nobody else is there
    assert phone.requests == []
    assert (await nurse.get(f"/api/alerts/{(await alert_of(fresh, patient))['id']}")).status == 404
