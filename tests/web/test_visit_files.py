"""What is taken along to the visit, downloaded from the page; and the cohort of a centre with its filters."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

from playwright.async_api import expect
from uuid_utils.compat import uuid7

from tests.web.browsers import Desk, Room
from tests.web.inspection import faults
from tests.web.pdf_text import drawn, pages
from tests.web.test_orders import oncologist
from tests.web.test_treatment_screens import lived, open_file
from tests.world import START


async def downloaded(desk: Desk, link: str) -> tuple[str, bytes]:
    """The file behind a link of the page: its name and what is in it."""
    async with desk.page.expect_download() as waiting:
        await desk.press(link)
    file = await waiting.value
    return file.suggested_filename, Path(await file.path()).read_bytes()


async def test_the_page_for_the_visit_is_one_page_and_says_whose_it_is(room: Room):
    made, _ = await lived(room)
    desk = await oncologist(room)
    await open_file(desk, made["id"], "line")
    await expect(desk.says("Calendrier des prises")).to_be_visible()
    name, page = await downloaded(desk, "Fiche de consultation (PDF)")
    assert name == "visit.pdf", "its name says nothing of the patient"
    assert page.startswith(b"%PDF-")
    assert pages(page) == 1
    assert "Jeanne Martin" in drawn(page)


async def test_the_table_opens_with_its_header_and_holds_the_days_of_the_window(room: Room):
    made, _ = await lived(room)
    desk = await oncologist(room)
    await open_file(desk, made["id"], "line")
    await desk.page.get_by_label("Période").select_option("14 jours")
    await expect(desk.main.get_by_role("link", name="CSV")).to_have_attribute(
        "href", re.compile("from=2026-11-11&to=2026-11-24")
    )
    name, table = await downloaded(desk, "CSV")
    assert name == "days.csv"
    text = table.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("day,drug,cycle,day_of_cycle,planned,held,expected,taken,")
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    assert {row["drug"] for row in rows} == {"capecitabine"}
    assert rows[-1]["day"] == "2026-11-24"
    assert min(row["day"] for row in rows) >= "2026-11-11"
    (extra,) = [row for row in rows if row["day"] == "2026-11-21"]
    assert (extra["taken"], extra["extra"]) == ("2", "1")


async def forgetful(room: Room) -> None:
    """Odile, on letrozole: of eight doses two were taken."""
    await room.world.clock.set(START - timedelta(days=9))
    made, _ = await room.world.enrol("letrozole", first_name="Odile", last_name="Bernard")
    odile = await room.world.activate("Odile", made["activation"]["code"])
    await room.world.clock.set(START - timedelta(hours=1))
    for back in range(8, 0, -1):
        day = str((START - timedelta(days=back)).date())
        kind = "taken" if back in (1, 2) else "missed"
        draft = {"drug": "letrozole", "kind": kind, "at": f"{day}T07:10:00Z", "slot": {"day": day, "number": 0}}
        (await odile.put(f"/api/intakes/{uuid7()}", draft | ({"reason": "forgot"} if kind == "missed" else {}))).ok(201)


async def test_the_cohort_shows_who_stands_out_by_molecule_and_by_what(room: Room):
    await forgetful(room)
    await lived(room)
    desk = await oncologist(room)
    await desk.go("cohort")
    molecules = desk.main.get_by_role("region", name="Par molécule").get_by_role("row")
    await expect(molecules.filter(has_text="Létrozole")).to_be_visible()
    await expect(molecules.filter(has_text="Capécitabine")).to_be_visible()
    await expect(desk.says(re.compile("patients? suivis?"))).to_be_visible()
    people = desk.main.get_by_role("region", name="Patients à revoir").get_by_role("row")
    odile, jeanne = people.filter(has_text="Odile Bernard"), people.filter(has_text="Jeanne Martin")
    await expect(odile).to_contain_text("Moins de 80 % des prises")
    await expect(odile).to_contain_text("25 %")
    await expect(jeanne).to_contain_text("Doses en plus")
    found = await faults(desk, "cohort-filled")

    await desk.page.get_by_label("Molécule", exact=True).select_option("Létrozole")
    await expect(jeanne).to_have_count(0)
    await expect(odile).to_be_visible()
    await expect(molecules.filter(has_text="Capécitabine")).to_have_count(0)
    await desk.page.get_by_label("Molécule", exact=True).select_option("Toutes")
    await expect(jeanne).to_be_visible()
    await desk.page.get_by_label("Afficher").select_option("Doses en plus")
    await expect(odile).to_have_count(0)
    await expect(jeanne).to_be_visible()
    await desk.page.get_by_label("Afficher").select_option("Loin des autres sur cette molécule")
    await expect(desk.says("Aucun patient ne correspond.")).to_be_visible()
    await desk.page.get_by_label("Afficher").select_option("Tout ce qui ressort")
    await desk.page.get_by_label("Période").select_option("28 jours")
    alert = await room.world.value(
        "select a.id from alert a join intake i using (patient_id) where i.drug = 'letrozole' limit 1"
    )
    open_alert = odile.get_by_role("link", name=re.compile("^Alerte ouverte"))
    await expect(open_alert).to_have_attribute("href", f"#/alerts/{alert}")
    await odile.get_by_role("link", name="Odile Bernard", exact=True).click()
    await expect(desk.title).to_contain_text("Odile Bernard")
    assert not found, "\n".join(found)


async def test_a_centre_sees_its_own_cohort_and_no_other(room: Room):
    await forgetful(room)
    elsewhere = await room.world.sign_in("oncologist", "B")
    page = (await elsewhere.get("/api/cohort")).ok(200)
    assert "Odile Bernard" not in str(page)
    here = await room.world.sign_in("oncologist")
    assert page["centre"] != (await here.get("/api/cohort")).ok(200)["centre"]
