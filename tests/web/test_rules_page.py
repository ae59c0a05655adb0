"""The rulebook as the clinic reads it: a nurse finds diarrhoea, follows a rule, and reads what a drug asks of her."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect

from tests.web.browsers import Room
from tests.web.inspection import faults


async def test_a_nurse_finds_diarrhoea_follows_a_rule_and_reads_capecitabine(room: Room) -> None:
    desk = await room.desk()
    await desk.sign_in("level2")
    found = []
    await desk.page.get_by_role("navigation").get_by_role("link", name="Règles").click()
    await expect(desk.title).to_have_text("Règles")
    await expect(desk.says("En attente de signature.")).to_be_visible()
    await expect(desk.says(re.compile("Symptômes \\(\\d+\\)"))).to_be_visible()
    await expect(desk.says("Aucun rejeu publié.")).to_be_visible()
    await expect(desk.title).to_be_focused()  # the heading shown while loading had it, and is gone
    found += await faults(desk, "rules")

    search = desk.page.get_by_role("searchbox", name="Chercher dans les règles")
    await search.fill("diarrhee")
    await expect(desk.page.get_by_role("status").filter(has_text="résultats pour « diarrhee »")).to_be_visible()
    await expect(search).to_be_focused()
    await expect(desk.page).to_have_url(re.compile("#/rules/search/diarrhee$"))
    found += await faults(desk, "rules-search")

    await search.press("ArrowDown")
    first = desk.main.get_by_role("link", name="Diarrhée", exact=True)
    await expect(first).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await expect(desk.title).to_have_text("Diarrhée")
    await expect(desk.title).to_be_focused()
    third = desk.main.get_by_role("row").filter(has_text="7 selles de plus")
    await expect(third).to_contain_text("Rouge, urgent")
    await expect(desk.says("Triage téléphonique UKONS")).to_be_visible()
    await expect(desk.says(re.compile("À relire avant le 30 juin 2027"))).to_be_visible()
    found += await faults(desk, "rules-symptom")

    await desk.press("Toxicité de grade 2 sous fluoropyrimidine : suspendre")
    await expect(desk.title).to_contain_text("Toxicité de grade 2 sous fluoropyrimidine")
    await expect(desk.says("Demande de suspendre la prochaine prise")).to_be_visible()
    await expect(desk.says("médicament : fluoropyrimidine et Diarrhée : grade ≥ 2")).to_be_visible()
    found += await faults(desk, "rules-rule")

    await desk.page.go_back()
    await expect(desk.title).to_have_text("Diarrhée")
    await desk.page.go_back()
    await expect(search).to_have_value("diarrhee")
    await search.fill("brivudine")
    await desk.press("Capécitabine")
    await expect(desk.title).to_have_text("Capécitabine")
    await expect(desk.says("1 bloc à vérifier par un pharmacien")).to_be_visible()
    await expect(desk.main.get_by_role("heading", name="Interactions à demander")).to_contain_text("À vérifier")
    asked = desk.main.get_by_role("row").filter(has_text="brivudine")
    await expect(asked).to_contain_text("Contre-indiqué")
    found += await faults(desk, "rules-regimen")
    assert not found, "\n".join(found)


async def test_a_published_replay_is_shown_and_what_is_unknown_is_said(room: Room) -> None:
    patient = await room.world.new_patient("capecitabine_mono")
    (await patient.report({"nausea": {"F": 2, "S": 1}})).ok(201)
    done = await asyncio.to_thread(room.world.vigie, "rules", "replay", "--since", "2026-11-01", "--publish")
    assert done.returncode == 0, done.stderr
    desk = await room.desk()
    await desk.sign_in("manager")
    await desk.press("Règles")
    await expect(desk.says("Points reçus depuis le 1er novembre 2026")).to_be_visible()
    await expect(desk.main.get_by_role("row").filter(has_text="Rouge, urgent")).to_contain_text("0 (0,0)")
    await expect(desk.says("Aucun point n’est jugé autrement.")).to_be_visible()
    found = await faults(desk, "rules-replay")
    await desk.go("/rules/symptoms/no_such")
    await expect(desk.says("Cette page n’existe pas dans les règles en vigueur.")).to_be_visible()
    assert not found, "\n".join(found)


async def test_a_review_whose_day_has_passed_is_said_in_words_in_english_too(room: Room) -> None:
    await room.world.clock.advance(days=230)
    desk = await room.desk()
    await desk.sign_in("oncologist")
    await desk.page.evaluate("localStorage.setItem('vigie-lang', 'en')")
    await desk.reload()
    await desk.press("Rules")
    await expect(desk.says(re.compile("\\d+ reviews overdue"))).to_be_visible()
    found = await faults(desk, "rules-overdue")
    await desk.go("/rules/symptoms/fever")
    await expect(desk.title).to_have_text("Fever")
    await expect(desk.says("Review overdue: it was due on 30 June 2027")).to_be_visible()
    await expect(desk.says("No level per grade: the rules below decide.")).to_be_visible()
    found += await faults(desk, "rules-fever-overdue")
    await desk.go("/rules/rules/three_oranges")
    await expect(desk.title).to_have_text("Three symptoms at orange")
    found += await faults(desk, "rules-count")
    await desk.go("/rules/symptoms/chest_pain")
    await expect(desk.says("Life at risk")).to_be_visible()
    found += await faults(desk, "rules-chest-pain")
    assert not found, "\n".join(found)


async def test_the_doses_of_a_regimen_are_laid_out_drug_by_drug(room: Room) -> None:
    desk = await room.desk()
    await desk.sign_in("oncologist")
    await desk.go("/rules/regimens/capecitabine_mono")
    await expect(desk.title).to_have_text("Capécitabine")
    doses = desk.main.get_by_role("region", name=re.compile("^Doses"))
    row = doses.get_by_role("row").filter(has_text="selon la surface corporelle")
    await expect(row).to_contain_text("1 250 mg/m²")
    await expect(row).to_contain_text("150 mg, 500 mg")
    await expect(row).to_contain_text("jours 1 à 14 d’un cycle de 21 jours")
    await expect(row).to_contain_text("à 12 h d’écart")
    await expect(doses.get_by_role("row").filter(has_text="dose de nombreux centres")).to_contain_text("1 000 mg/m²")
    adapting = desk.main.get_by_role("region", name=re.compile("^Adaptation de dose"))
    grade_2 = adapting.get_by_role("row").filter(has_text="Grade 2 - arrêter")
    await expect(grade_2).to_contain_text(
        "grade 2, fois n° 2 : suspendre, jusqu’au grade 1 ou moins, puis reprendre à 75 %"
    )
    await expect(adapting).to_contain_text("Vu dans une source")
    await expect(adapting).to_contain_text("Source :")
    found = await faults(desk, "rules-doses")
    await desk.go("/rules/regimens/venetoclax")
    await expect(doses).to_contain_text("Montée progressive : 20, 50, 100, 200, 400 mg, 7 jours à chaque palier")
    found += await faults(desk, "rules-doses-ramp")
    await desk.go("/rules/regimens/palbociclib")
    await expect(doses).to_contain_text("Peut être prescrit avec : Létrozole")
    found += await faults(desk, "rules-doses-palbociclib")
    assert not found, "\n".join(found)
