"""Every page of the clinic, for whoever it is made: readable by all on a desk and on a phone, and wholly in English for who asks for it."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import expect

from tests.stories.test_partner_cover import agree
from tests.web.browsers import Desk, Room
from tests.web.inspection import faults
from tests.web.test_duty_pages import planning

NIGHTS: dict[str, Any] = {
    "side": "covered",
    "disciplines": ["level2", "oncologist"],
    "hours": [{"from_minute": 0, "to_minute": 10080}],
    "from_on": "2026-11-01",
    "until_on": "2027-10-31",
    "regimens": ["capecitabine_mono", "letrozole"],
}

# For whom, where, what it is called in French and in English. `ALERT` and `PATIENT` stand for those of the test.
PAGES = [
    ("level2", "", "Alertes", "Alerts"),
    ("level2", "alerts/ALERT", "Alerte de Jeanne Martin", "Alert of Jeanne Martin"),
    ("level2", "patients", "Patients", "Patients"),
    ("level2", "patients/new", "Inscrire un patient", "Enrol a patient"),
    ("level2", "patients/PATIENT", "Jeanne Martin", "Jeanne Martin"),
    ("level2", "patients/PATIENT/treatment", "Jeanne Martin", "Jeanne Martin"),
    ("level2", "patients/PATIENT/line", "Jeanne Martin", "Jeanne Martin"),
    ("level2", "patients/PATIENT/stock", "Jeanne Martin", "Jeanne Martin"),
    ("level2", "cohort", "Vue d’ensemble des prises", "Overview of intakes"),
    ("level2", "roster", "Tour de garde", "Roster"),
    ("level2", "reach", "Comment me joindre", "How to reach me"),
    ("level2", "rules", "Règles", "Rules"),
    ("level2", "rules/policies/standard", "Règle commune", "Common rule"),
    ("level2", "rules/regimens/capecitabine_mono", "Capécitabine", "Capecitabine"),
    ("level2", "rules/symptoms/chest_pain", "Douleur dans la poitrine", "Chest pain"),
    ("level2", "settings", "Réglages", "Settings"),
    ("oncologist", "model", "Modèle de risque", "Risk model"),
    ("manager", "overview", "Vue d’ensemble", "Overview"),
    ("manager", "roster", "Tour de garde", "Roster"),
    ("manager", "agreements", "Conventions de coopération", "Cooperation agreements"),
    ("manager", "indicators", "Indicateurs", "Indicators"),
    ("manager", "delivery", "Acheminement", "Delivery"),
]

# Names, which have no English.
NAMES = re.compile(r"Établissement [AB]|Prénom\S*|Jeanne Martin|\w+\.second A|Français")
FRENCH = re.compile(
    r"[éèêàâçùûôîïœ«]|\s[:;!?](?:\s|$)|\b(?:le|la|les|des|une|du|est|sont|pour|dans|avec|qui|que|sur|pas|aucune?|vous|votre|nous|cette|ce|et|ou)\b",
    re.IGNORECASE,
)
# What a catalogue gives for a key that it has not.
KEY = re.compile(r"(?<![\w./@-])[a-z]+(?:\.(?!md\b)[a-z0-9-]+)+(?![\w@/])")


def left_in_french(text: str) -> list[str]:
    """The lines of an English page that are French, or the name of a missing word."""
    lines = [NAMES.sub("", line).strip() for line in text.splitlines()]
    return [line for line in lines if FRENCH.search(line) or KEY.search(line)]


async def lived(room: Room) -> dict[str, str]:
    """A patient with an alert that was called for and could not be delivered, an agreement in force, a hole in the roster."""
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne", last_name="Martin")
    patient = await room.world.activate("Jeanne", made["activation"]["code"])
    (await patient.report({"nausea": {"F": 4, "S": 4}, "fatigue": {"S": 2, "I": 1}}, note="Depuis hier.")).ok(201)
    await agree(room.world, **NIGHTS)
    nurse = await room.world.sign_in("level2")
    await nurse.add_phone("Duty phone")
    (row,) = (await nurse.worklist())["alerts"]
    return {"ALERT": row["id"], "PATIENT": made["id"]}


async def open_page(desk: Desk, path: str, title: str) -> None:
    """Go there and wait until everything of it is there."""
    await desk.go(path)
    await expect(desk.title).to_have_text(title)
    await expect(desk.main.get_by_text(re.compile("^(Chargement|Loading)…$"))).to_have_count(0)


async def test_every_page_of_the_clinic_is_readable_by_all_and_speaks_english(room: Room) -> None:
    found: list[str] = []
    desks: dict[str, Desk] = {}
    async with planning(room.world):
        places = await lived(room)
        for english in (False, True):
            for who, path, *titles in PAGES:
                where = re.sub("ALERT|PATIENT", lambda word: places[word.group()], path)
                if who not in desks:
                    desks[who] = await room.desk()
                    await desks[who].sign_in(who)
                desk, title = desks[who], titles[english]
                await open_page(desk, where, title)
                if english:
                    text = await desk.page.evaluate("() => document.body.innerText")
                    found += [f"{who}, {path}: not English: {line}" for line in left_in_french(text)]
                else:
                    found += await faults(desk, f"page-{who}-{path.replace('/', '-').lower() or 'worklist'}")
            for desk in desks.values() if not english else ():
                await open_page(desk, "settings", "Réglages")
                await desk.press("English")
                await expect(desk.page.locator("html")).to_have_attribute("lang", "en")
    assert not found, "\n".join(found)
