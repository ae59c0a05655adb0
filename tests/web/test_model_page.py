"""The model on screens: an oncologist reads and decides, a nurse sees it where it is heard, patient and nurse say what happened."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from playwright.async_api import expect

from tests.stories.cast import BAD_NAUSEA, NAUSEA
from tests.web.browsers import Room
from tests.web.inspection import faults
from tests.world import START, World

BECAUSE = "Relu ensemble avec la pharmacienne, sur nos propres patients."

LIVE = """
with p as (
    insert into risk_proposal select e.id, gen_random_uuid(), $1, 0.0001, 0.0002, 5, 5, $2, app_now(), null
    from establishment e where e.name like '% A' returning establishment_id, id
), named as (
    insert into risk_approval select p.establishment_id, p.id, s.id, app_now(), true from p
    join staff s on s.establishment_id = p.establishment_id and s.role = 'oncologist'
)
insert into risk_mode (establishment_id, number, mode, card_sha256, yellow_from, orange_from, yellow_budget, orange_budget, reason, set_at,
                       set_by, proposal_id)
select p.establishment_id, 1 + (select count(*) from risk_mode m where m.establishment_id = p.establishment_id), 'live', $1, 0.0001, 0.0002,
       5, 5, $2, app_now(), s.id, p.id
from p join staff s on s.establishment_id = p.establishment_id and s.name like 'oncologist A%'
"""

WEEK = """
insert into risk_monitor select id, $1, app_now(), $2, $3 from establishment where name like '% A'
"""


async def weeks(world: World, sha256: str) -> None:
    """Six weekly looks, the last one just inside what is allowed."""
    for number in range(6):
        observed, expected = 10 + 3 * number, 14.0 + number
        of = {
            "reports": 200 + 40 * number,
            "observed": observed,
            "expected": expected,
            "ratio": observed / expected,
            "low": observed / expected * 0.7,
            "high": observed / expected * 1.35,
            "rising": 1.2 * number,
            "falling": 0.0,
        }
        watch = {
            "reports": 60,
            "scored": 57,
            "abstained": {"regimen_unknown": 3},
            "missing": {"ecog": 1.0, "weight_loss_pct": 0.7},
            "alerts": 14,
            "alerts_by_model": number,
            "calibration": of,
            "psi": None,
        }
        await world.rows(WEEK, (START - timedelta(days=1, weeks=5 - number)).date(), sha256, json.dumps(watch))


async def test_an_oncologist_reads_what_it_would_have_done_and_a_nurse_finds_no_trace(room: Room) -> None:
    patient = await room.world.new_patient("capecitabine_mono")
    (await patient.report(NAUSEA, measurements={"temperature_c": 37.4})).ok(201)
    (await patient.report({})).ok(201)
    desk = await room.desk()
    await desk.sign_in("oncologist")
    await desk.page.get_by_role("navigation").get_by_role("link", name="Modèle").click()
    await expect(desk.title).to_have_text("Modèle de risque")
    await expect(
        desk.says("Modèle synthétique (« synthetic ») : appris sur des patients inventés").first
    ).to_be_visible()
    await expect(desk.says(re.compile("Dans l’ombre.: tout est calculé"))).to_be_visible()
    await expect(desk.says("C’est le réglage de départ")).to_be_visible()
    score = desk.main.locator("details").filter(has_text=re.compile("à 7 jours.*à 14 jours")).last
    await score.locator("summary").click()
    await expect(score).to_contain_text("Patient habituel")
    await expect(score).to_contain_text("Total")
    found = await faults(desk, "model-shadow")
    await desk.main.get_by_text("Proposer, et approuver en mon nom").first.click()
    await desk.button("Proposer, et approuver en mon nom").click()
    await expect(desk.main.get_by_role("alert")).to_contain_text("Donnez un budget pour l’orange")
    found += await faults(desk, "model-proposal")

    await desk.page.get_by_label("Points que le modèle peut relever à orange").fill("5")
    await desk.main.locator("#proposal-why").fill(BECAUSE)
    await desk.page.get_by_label("Je sais que cette carte").check()
    desk.foresee("409", "/api/model")
    await desk.button("Proposer, et approuver en mon nom").click()
    await expect(desk.main.get_by_role("alert")).to_contain_text("depuis moins de deux semaines")

    nurse = await room.desk()
    await nurse.sign_in("level2")
    await expect(nurse.page.get_by_role("navigation").get_by_role("link", name="Modèle")).to_have_count(0)
    await nurse.go("/model")
    await expect(nurse.says("Modèle de risque")).to_have_count(0)
    assert not found, "\n".join(found)


async def test_where_it_is_heard_the_alert_says_why_and_one_click_silences_it(room: Room) -> None:
    oncologist = await room.world.sign_in("oncologist")
    sha256 = (await oncologist.get("/api/model")).ok(200)["card"]["sha256"]
    await room.world.rows(LIVE, sha256, BECAUSE)
    await weeks(room.world, sha256)
    patient = await room.world.new_patient("capecitabine_mono")
    assert (await patient.report(NAUSEA)).ok(201)["level"] == "orange"
    nurse = await room.desk()
    await nurse.sign_in("level2")
    await expect(nurse.says("le modèle met en premier les risques les plus élevés")).to_be_visible()
    await nurse.press(patient.name)
    await expect(nurse.says("Pourquoi le modèle a relevé cette alerte")).to_be_visible()
    await expect(nurse.says("ni des causes, ni des conseils")).to_be_visible()
    found = await faults(nurse, "model-alert")

    desk = await room.desk()
    await desk.sign_in("oncologist")
    await desk.go("/model")
    await expect(desk.says(re.compile("Entendu.: il peut relever"))).to_be_visible()
    await expect(desk.says(re.compile("Approuvé par.: .*oncologist"))).to_be_visible()
    found += await faults(desk, "model-live")
    await desk.main.get_by_text("Changer le réglage").click()
    await desk.main.locator("#setting-why").fill(BECAUSE)
    await desk.press("Revenir à la décision précédente")
    await expect(desk.says(re.compile("Dans l’ombre.: tout est calculé"))).to_be_visible()
    await expect(desk.says("C’est fait.")).to_be_visible()
    found += await faults(desk, "model-back")
    assert not found, "\n".join(found)


async def test_a_patient_answers_the_fortnights_question(room: Room) -> None:
    made, name = await room.world.enrol("capecitabine_mono", first_name="Jeanne", last_name="Martin")
    first = await room.world.activate(name, made["activation"]["code"])
    (await first.report({})).ok(201)
    await room.world.clock.advance(days=16)
    code = (await (await room.world.sign_in("level1")).post(f"/api/patients/{first.me['id']}/activation")).ok(201)[
        "code"
    ]
    phone = await room.phone()
    await phone.sign_in(code)
    await expect(phone.says("Et depuis deux semaines ?")).to_be_visible()
    found = await faults(phone, "outcome")
    await phone.press("Envoyer")
    await expect(phone.main.get_by_role("alert")).to_contain_text("Répondez à cette question")
    await phone.main.locator("#outcome-visit-yes").check()
    await phone.main.locator("#outcome-severe-no").check()
    await phone.main.get_by_label("Quel jour ?").fill("2026-11-30")
    found += await faults(phone, "outcome-answered")
    await phone.press("Envoyer")
    await expect(phone.says("Merci, c’est noté.")).to_be_visible()
    assert await room.world.value("select visit_on::text from outcome_answer") == "2026-11-30"
    assert not found, "\n".join(found)


async def test_a_nurse_finds_the_open_question_and_fills_it_in(room: Room) -> None:
    patient = await room.world.new_patient("capecitabine_mono")
    (await patient.report(BAD_NAUSEA)).ok(201)
    await room.world.clock.advance(days=16)
    desk = await room.desk()
    await desk.sign_in("level2")
    await desk.press("Patients")
    await desk.main.get_by_text("Questions de suivi sans réponse (1)").click()
    found = await faults(desk, "outcomes-list")
    await desk.main.locator(".open").get_by_role("link").click()
    await expect(desk.says("Suivi : qu’est-il arrivé ?")).to_be_visible()
    await desk.press("Enregistrer")
    form = desk.main.get_by_role("group")
    await form.filter(has_text="urgences").get_by_label("Non").check()
    await form.filter(has_text="Effet grave").get_by_label("On ne sait pas").check()
    found += await faults(desk, "outcomes-form")
    await desk.main.locator("form").get_by_role("button", name="Enregistrer").click()
    await expect(desk.says("rempli par l’équipe")).to_be_visible()
    assert await room.world.value("select severe is null and not visit from outcome_answer")
    assert not found, "\n".join(found)
