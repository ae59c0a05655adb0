"""The next treatment of a patient whose last one has ended, what the label suggests beside a decision, and doses after a journey."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from playwright.async_api import expect

from tests.web.browsers import Room
from tests.web.inspection import faults
from tests.web.test_intakes import phone_of
from tests.web.test_orders import oncologist, owner
from tests.web.test_treatment_screens import lived, open_file
from tests.world import Person

MOVED = """async () => (await fetch('/api/reminders', {
  method: 'PUT',
  headers: { 'Vigie-Face': 'patient', 'Content-Type': 'application/json' },
  body: JSON.stringify({ enabled: true, zone: 'Asia/Tokyo' }),
})).status"""
"""She has landed in Tokyo, and her phone says so."""


async def stopped(room: Room, patient_id: str) -> Person:
    """The oncologist has stopped what there was."""
    doctor = await room.world.sign_in("oncologist")
    order: dict[str, Any] = {"after": 1, "kind": "stop", "reason": "progression"}
    (await doctor.post(f"/api/patients/{patient_id}/orders", order)).ok(201)
    return doctor


async def test_another_treatment_is_chosen_seen_and_signed_and_the_phone_follows(room: Room):
    phone = await phone_of(room)
    patient_id = await owner(phone)
    await stopped(room, patient_id)
    desk = await oncologist(room)
    await open_file(desk, patient_id, "treatment")
    form = desk.main.get_by_role("region", name="Commencer un autre traitement")
    await form.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(form.get_by_role("alert")).to_be_focused()
    found = await faults(desk, "begin-error")
    await form.get_by_label("Traitement").select_option("Capécitabine")
    await expect(form.get_by_text("1 250 mg/m² de surface corporelle")).to_be_visible()
    await form.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(form.get_by_role("alert")).to_contain_text("Donnez une dose en mg")
    await form.get_by_label("Traitement").select_option("Palbociclib (avec hormonothérapie)")
    await form.get_by_label("Prescrit avec").select_option("Létrozole")
    await expect(form.get_by_text("Dose officielle : 2,5 mg.")).to_be_visible()
    await form.get_by_label("Palbociclib, mg par prise").fill("100")
    found += await faults(desk, "begin")
    await form.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(form.get_by_role("table")).to_contain_text("Palbociclib 1 × 100 mg")
    await expect(form.get_by_role("table")).to_contain_text("Létrozole 1 × 2,5 mg")
    found += await faults(desk, "begin-preview")
    assert (
        await room.world.value(
            "select count(*) from course where regimen = 'palbociclib' and patient_id = $1", UUID(patient_id)
        )
        == 0
    )
    await form.get_by_role("button", name="Signer et commencer").click()
    await expect(desk.says("Signé. Le téléphone du patient n’a pas encore lu ce changement.")).to_be_visible()
    await expect(desk.says("100 mg, 1 prise par jour")).to_be_visible()
    await expect(desk.says("2,5 mg, 1 prise par jour")).to_be_visible()
    kept = await room.world.rows(
        "select regimen, state from course where patient_id = $1 order by created_at", UUID(patient_id)
    )
    assert [row["regimen"] for row in kept] == ["capecitabine_mono", "palbociclib"]
    await phone.reload()
    await phone.press("Traitement")
    await expect(phone.says("Palbociclib")).to_be_visible()
    assert not found, "\n".join(found)


async def test_what_the_label_suggests_stands_beside_the_dose_and_not_in_it(room: Room):
    made, _ = await lived(room)
    desk = await oncologist(room)
    await open_file(desk, made["id"], "treatment")
    order = desk.main.get_by_role("region", name="Nouvelle décision")
    await order.get_by_label("Changement de dose").check()
    note = order.get_by_role("note", name="Ce que propose le RCP pour le dernier point")
    await expect(note).to_contain_text(
        "Diarrhée, grade 2, fois n° 1 : suspendre, jusqu’au grade 1 ou moins, puis reprendre à 100 %"
    )
    await expect(note).to_contain_text("Capécitabine : 1 500 mg par prise.")
    await expect(note).to_contain_text("Source :")
    await expect(order.get_by_label("Capécitabine, mg par prise")).to_have_value("")
    found = await faults(desk, "order-fits")
    await order.get_by_label("Motif").fill("essai")
    await order.get_by_role("button", name="Voir le plan avant de signer").click()
    await expect(order.get_by_role("alert")).to_contain_text("Donnez une dose en mg")  # nothing was filled in
    assert not found, "\n".join(found)


async def test_doses_that_come_too_close_after_a_journey_are_said_on_the_phone_and_before_signing(room: Room):
    phone = await phone_of(room)
    patient_id = await owner(phone)
    assert await phone.page.evaluate(MOVED) == 200
    await phone.reload()
    await phone.press("Traitement")
    await expect(phone.says(re.compile(r"^Attention au voyage, à 12:00\s: cette prise suit"))).to_be_visible()
    found = await faults(phone, "plan-close")
    desk = await oncologist(room)
    await open_file(desk, patient_id, "treatment")
    order = desk.main.get_by_role("region", name="Nouvelle décision")
    await order.get_by_label("Changement de dose").check()
    await order.get_by_label("Capécitabine, mg par prise").fill("1300")
    await order.get_by_label("Motif").fill("essai")
    await order.get_by_role("button", name="Voir le plan avant de signer").click()
    close = order.get_by_text("Prises trop rapprochées après un changement de fuseau horaire")
    await expect(close).to_be_visible()
    await expect(
        order.get_by_text(re.compile(r"Capécitabine\s: mar\. 24 nov\..* 16:00, puis mar\. 24 nov\..* 20:00"))
    ).to_be_visible()
    found += await faults(desk, "preview-close")
    assert not found, "\n".join(found)
