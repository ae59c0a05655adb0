"""The rulebook as pages to read."""

from datetime import date

from app.domain.pages import RegimenPage, SymptomPage, pages
from tests.rules.book import rulebook

TODAY = date(2026, 11, 22)
READ = pages(rulebook(), TODAY)


def symptom(id_: str) -> SymptomPage:
    return next(s for s in READ.symptoms if s.id == id_)


def regimen(id_: str) -> RegimenPage:
    return next(r for r in READ.regimens if r.id == id_)


def test_there_is_a_page_for_each_symptom_regimen_and_rule() -> None:
    book = rulebook()
    assert {s.id for s in READ.symptoms} == set(book.symptoms)
    assert {r.id for r in READ.regimens} == set(book.regimens)
    assert {r.id for r in READ.rules} == set(book.rules)


def test_the_page_of_chest_pain_tells_its_grades_the_rules_on_it_and_the_advice() -> None:
    page = symptom("chest_pain")
    assert page.levels == ["red", "emergency", "emergency"]
    assert {"chest_pain_g1", "chest_pain_fluoropyrimidine", "chest_pain_dyspnoea"} <= set(page.rules)
    assert page.advice
    assert page.provenance.source


def test_a_rule_is_told_in_words_with_its_level_and_what_it_asks() -> None:
    rule = next(r for r in READ.rules if r.id == "chest_pain_fluoropyrimidine")
    (value,) = rule.values
    assert value.when is not None
    assert value.when.fr == "médicament : fluoropyrimidine et Douleur dans la poitrine : grade ≥ 1"
    assert (value.level, value.emergency, value.hold) == ("red", True, True)
    assert rule.provenance.owner


def test_the_page_of_a_drug_tells_the_rules_that_it_calls_up_and_how_well_they_were_checked() -> None:
    page = regimen("capecitabine_mono")
    assert {"fluoropyrimidine_g2", "hfs_drug_g2", "fever_neutropenia_risk", "over_adherence"} <= set(page.rules)
    assert "bleeding_drug_g1" not in page.rules
    assert page.checked["interactions"] == "B"
    assert page.schedule is not None
    assert any("DPD" in text.fr for text in page.special)


def test_every_rule_with_a_condition_on_a_symptom_or_a_drug_is_on_some_page() -> None:
    told = {id_ for page in (*READ.symptoms, *READ.regimens) for id_ in page.rules}
    untold = [r for r in READ.rules if r.values and r.id not in told]
    assert all(r.family in ("measurement", "reporting", "adherence", "count", "trend") for r in untold)


def test_a_review_whose_day_has_passed_is_marked() -> None:
    assert not any(rule.provenance.overdue for rule in READ.rules)
    late = pages(rulebook(), date(2100, 1, 1))
    assert all(page.provenance.overdue for page in late.symptoms)
    assert all(page.overdue for page in late.regimens)


def test_rules_that_count_or_compare_say_their_condition_too() -> None:
    said = {r.id: r.values for r in READ.rules if r.family in ("count", "counts", "trend")}
    assert {"two_high_risk_oranges", "three_oranges", "three_yellows", "worsening_2_points"} <= set(said)
    assert all(len(values) == 1 and values[0].when for values in said.values())
    (count,) = said["two_high_risk_oranges"]
    assert count.when is not None
    assert count.when.en == "at least 2 different high-risk symptoms at orange or above"
    assert count.level == "red"


def test_each_escalation_policy_is_a_page_with_its_source_and_its_latest_value_last() -> None:
    (standard,) = [policy for policy in READ.policies if policy.id == "standard"]
    assert standard.title.fr
    assert standard.provenance.source
    assert not standard.provenance.overdue
    assert [value.since for value in standard.values] == sorted(value.since for value in standard.values)
    assert standard.values[-1].fallback.level2 == ("any_oncologist",)
