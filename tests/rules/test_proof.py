"""The rulebook is proved; and a rulebook with a fault is not."""

from collections.abc import Iterator
from functools import cache

import pytest
import yaml

from app.domain import monotone, proof
from app.domain.claims import Flaw, Proved
from app.domain.proof import prove
from app.domain.rulebook import Rulebook, decode
from app.domain.witnesses import Space
from app.services import rule_tools
from tests.rules.book import files, rulebook


@cache
def proved() -> tuple[Proved, ...]:
    return tuple(prove(rulebook()))


def test_every_claim_holds() -> None:
    assert [flaw.what for claim in proved() for flaw in claim.flaws] == []
    assert len(proved()) == 8
    assert sum(claim.reports for claim in proved()) > 300_000


def test_each_rule_has_a_witness_or_a_reason_to_be_silent() -> None:
    matters = next(claim for claim in proved() if claim.witnesses)
    witnessed = {witness.rule for witness in matters.witnesses}
    excused = {words.split(":")[0] for words in matters.justified}
    assert witnessed | excused == set(rulebook().rules)
    assert not witnessed & excused
    for witness in matters.witnesses:
        assert witness.rule in witness.report.verdict(rulebook()).reasons


def test_only_green_grades_and_unreachable_grades_of_yes_no_questions_are_silent() -> None:
    excused = [words.split(":")[0] for claim in proved() for words in claim.justified if claim.witnesses]
    assert all(id_[-3:] in ("_g1", "_g2", "_g3") for id_ in excused)


# ------------------------------------------------------------------ planted faults


def broken(path: str, old: str, new: str) -> Rulebook:
    content = files()[path].decode()
    assert old in content, f"{old!r} is not in {path}"
    return decode({**files(), path: content.replace(old, new, 1).encode()})


def said(*claims: Proved) -> str:
    flaws: Iterator[Flaw] = (flaw for claim in claims for flaw in claim.flaws)
    return "\n".join(flaw.what for flaw in flaws)


HEAD = """
    source: made up
    evidence: [D]
    owner: nobody
    review_by: 2027-06-30
    values:
      - from: 2026-01-01
"""
RULE = "rules:\n  - id: made_up\n    title: {fr: Inventée, en: Made up}" + HEAD


def test_a_level_that_falls_with_the_grade_is_found() -> None:
    book = broken("symptoms/mouth_sores.yaml", "grade_3: red", "grade_3: yellow")
    assert "mouth_sores" in said(monotone.symptoms_are_monotone(book))


def test_a_rule_that_can_never_hold_is_found() -> None:
    never = '        level: red\n        when: {all: [{m: [temperature_c, ">=", 39]}, {m: [temperature_c, "<", 38]}]}\n'
    book = broken("combinations/infection.yaml", "rules:\n", RULE + never)
    assert "made_up never speaks" in said(proof.every_rule_matters(book, Space(book)))


def test_a_rule_that_others_always_outdo_is_found() -> None:
    outdone = '        level: yellow\n        when: {grade: [chest_pain, ">=", 1]}\n'
    book = broken("combinations/chest.yaml", "rules:\n", RULE + outdone)
    assert "made_up speaks but never decides" in said(proof.every_rule_matters(book, Space(book)))


def test_two_levels_for_one_condition_are_found() -> None:
    other = '        level: orange\n        when: {m: [systolic, "<", 90]}\n'
    book = broken("combinations/chest.yaml", "rules:\n", RULE + other)
    assert "have the same condition" in said(proof.no_contradiction(book))


def test_a_rule_that_stops_when_things_get_worse_is_found() -> None:
    book = broken("measurements/oxygen.yaml", 'when: {m: [spo2_pct, "<", 90]}', 'when: {m: [spo2_pct, "==", 89]}')
    assert "spo2_pct" in said(monotone.measurements_are_monotone(book, Space(book)))


def test_an_extra_dose_that_calms_is_found() -> None:
    twice = '{over_adherence_class: [standard]}, {fact: [total_extra, "{}", 2]}'
    book = broken("adherence/adherence.yaml", twice.replace("{}", ">="), twice.replace("{}", "=="))
    assert "over_adherence" in said(monotone.rules_are_monotone(book, Space(book)))


def test_a_grade_that_calms_a_combination_is_found() -> None:
    path = "combinations/digestive.yaml"
    book = broken(
        path, '{all: [{grade: [diarrhoea, ">=", 2]}, {grade: [vomiting, ">=", 2]}]}', '{grade: [nausea, "==", 2]}'
    )
    assert "nausea" in said(monotone.rules_are_monotone(book, Space(book)))


def test_an_emergency_that_waits_longer_is_found() -> None:
    book = broken("escalation/levels.yaml", "contact_minutes: 30", "contact_minutes: 90")
    assert "may wait longer" in said(proof.outcomes_are_total(book))


def test_a_measurement_table_that_turns_back_is_found() -> None:
    book = broken("symptoms/diarrhoea.yaml", "{at_least: 7, grade: 3}", "{at_least: 7, grade: 1}")
    assert "diarrhoea: stools_over_baseline" in said(monotone.grades_are_monotone(book))


# ------------------------------------------------------------------ how it is told


def test_a_counter_example_can_be_pasted_as_a_vignette() -> None:
    book = broken("symptoms/mouth_sores.yaml", "grade_3: red", "grade_3: yellow")
    flaw = monotone.symptoms_are_monotone(book).flaws[0]
    vignettes = yaml.safe_dump({"vignettes": [{"id": "X", **yaml.safe_load(rule_tools.as_vignette(flaw.reports[1]))}]})
    told = rule_tools.run(files(), "pasted.yaml", vignettes.encode())
    assert told.status == 0
    assert told.text.startswith("X: red")


def test_the_proof_is_told_claim_by_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_tools, "claims", lambda _: iter(proved()))
    told = rule_tools.prove(files(), witnesses=True)
    assert told.status == 0
    assert "proved: no rule is dead or entirely shadowed" in told.text
    assert "  fever_neutropenia_risk: {regimen: abemaciclib" in told.text
    assert told.text.endswith("0 flaws")
