"""The rulebook as pages to read."""

from app.domain.rulepages import Page, pages, regimen_page, search, symptom_page
from app.domain.verdicts import TriageLevel
from tests.rules.book import rulebook


def rules(page: Page) -> set[str]:
    return {line.rule for line in page.lines}


def test_there_is_a_page_for_each_symptom_and_regimen() -> None:
    book = rulebook()
    assert len(pages(book)) == len(book.symptoms) + len(book.regimens)


def test_the_page_of_chest_pain_tells_its_grades_and_the_rules_on_it() -> None:
    page = symptom_page("chest_pain", rulebook())
    assert {"chest_pain_g1", "chest_pain_fluoropyrimidine", "chest_pain_dyspnoea"} <= rules(page)
    emergency = next(line for line in page.lines if line.rule == "chest_pain_fluoropyrimidine")
    assert emergency.emergency
    assert emergency.level is TriageLevel.RED
    assert emergency.when.fr == "médicament : fluoropyrimidine et Douleur dans la poitrine : grade ≥ 1"
    assert emergency.source
    assert emergency.owner
    assert page.advice


def test_the_page_of_a_drug_tells_the_rules_that_it_calls_up_and_how_well_they_were_checked() -> None:
    page = regimen_page("capecitabine_mono", rulebook())
    assert {"fluoropyrimidine_g2", "hfs_drug_g2", "fever_neutropenia_risk", "over_adherence"} <= rules(page)
    assert "bleeding_drug_g1" not in rules(page)
    assert page.checked["interactions"] == "B"
    assert page.schedule is not None
    assert any("DPD" in fact.fr for fact in page.facts)


def test_every_rule_with_a_condition_on_a_symptom_or_a_drug_is_on_some_page() -> None:
    book = rulebook()
    told = set().union(*(rules(page) for page in pages(book)))
    untold = {rule.id for rule in book.rules.values() if rule.values} - told
    assert all(book.rules[id_].family in ("measurement", "reporting", "adherence") for id_ in untold)


def test_search_finds_in_both_languages_and_by_id() -> None:
    book = rulebook()
    assert "capecitabine_mono" in [p.id for p in search(book, "capécitabine")]
    assert "chest_pain" in [p.id for p in search(book, "CHEST pain")]
    assert "osimertinib" in [p.id for p in search(book, "dyspnoea_ild_high")]
    assert search(book, "nowhere-to-be-found") == []
    assert len(search(book, "")) == len(pages(book))
