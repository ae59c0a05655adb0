"""The tools for the people who own the rules."""

import json
from datetime import date

import msgspec
import pytest

from app.domain.compiled import CompiledRulebook
from app.domain.phrases import say
from app.services import rule_tools
from tests.rules.book import files, rulebook

TODAY = date(2026, 11, 22)


def changed(path: str, old: str, new: str) -> dict[str, bytes]:
    content = files()[path].decode()
    assert old in content
    return {**files(), path: content.replace(old, new, 1).encode()}


# ------------------------------------------------------------------ check


def test_check_finds_nothing_wrong_and_says_that_the_rules_await_signature() -> None:
    told = rule_tools.check(files(), TODAY)
    assert told.status == 0
    assert "29 regimens" in told.text
    assert "awaits the signature of clinicians" in told.text


def test_check_tells_which_case_fails() -> None:
    told = rule_tools.check(changed("symptoms/rash.yaml", "grade_2: orange", "grade_2: yellow"), TODAY)
    assert told.status == 1
    assert "symptoms/rash.cases.yaml: cases[2]: rash_g2 must speak (orange), and is silent" in told.text


def test_check_tells_a_rule_without_cases() -> None:
    without = {path: content for path, content in files().items() if path != "counts/counts.cases.yaml"}
    told = rule_tools.check(without, TODAY)
    assert told.status == 1
    assert "three_yellows: no case just short of it" in told.text


def test_check_tells_the_vignette_that_differs() -> None:
    told = rule_tools.check(changed("vignettes.yaml", "because: [joint_pain_g2]", "because: [fatigue_g2]"), TODAY)
    assert "vignettes.yaml: V001: because ['joint_pain_g2'], expected ['fatigue_g2']" in told.text
    assert told.status == 1


def test_an_overdue_review_warns_and_is_an_error_when_strict() -> None:
    later = date(2027, 7, 1)
    assert rule_tools.check(files(), later).status == 0
    told = rule_tools.check(files(), later, strict=True)
    assert told.status == 1
    assert "warning: rule fever_40 was to be reviewed by 2027-06-30 (oncology)" in told.text


def test_check_of_a_broken_rulebook_tells_all_its_problems() -> None:
    told = rule_tools.check(changed("overlays/lungs.yaml", "grade: [cough,", "grade: [couhg,"), TODAY)
    assert told.status == 1
    assert "there is no symptom `couhg`" in told.text
    assert told.text.endswith("1 to mend")


# ------------------------------------------------------------------ run


def test_run_prints_each_vignette_and_agrees() -> None:
    told = rule_tools.run(files(), "vignettes.yaml", files()["vignettes.yaml"])
    assert told.status == 0
    assert "V036: red, emergency, pulmonary_embolism_suspected" in told.text
    assert told.text.endswith("40 vignettes, 0 differ")


def test_run_says_where_a_vignette_differs() -> None:
    content = files()["vignettes.yaml"].replace(b"recipient: level1", b"recipient: level2", 1)
    told = rule_tools.run(files(), "mine.yaml", content)
    assert told.status == 1
    assert "differs: recipient level1, expected level2" in told.text


def test_run_as_json_is_for_programs() -> None:
    told = rule_tools.run(files(), "vignettes.yaml", files()["vignettes.yaml"], as_json=True)
    first = json.loads(told.text)[0]
    assert (first["id"], first["level"], first["recipient"]) == ("V001", "yellow", "level1")
    assert first["reasons"] == first["because"] == ["joint_pain_g2"]
    assert (first["emergency"], first["hold"], first["differs"]) == (False, False, None)


def test_run_does_not_pass_over_what_the_rulebook_does_not_know() -> None:
    told = rule_tools.run(
        files(), "mine.yaml", b"vignettes: [{id: mine, regimen: letrozole, answers: {nausaea: {F: 4}}}]"
    )
    assert told.status == 1
    assert "not in the rulebook, so not judged: answers.nausaea" in told.text


def test_run_compares_the_hold_when_the_vignette_speaks_of_it() -> None:
    mine = b"vignettes: [{id: mine, regimen: letrozole, expect: {level: green, recipient: none, hold: true}}]"
    assert "differs: hold False, expected True" in rule_tools.run(files(), "mine.yaml", mine).text


def test_run_needs_no_expectation() -> None:
    told = rule_tools.run(files(), "mine.yaml", b"vignettes: [{id: mine, regimen: letrozole}]")
    assert told.text.startswith("mine: green, none, -")


def test_run_refuses_a_file_that_is_no_vignettes() -> None:
    told = rule_tools.run(files(), "mine.yaml", b"vignettes: [{id: mine, regime: letrozole}]")
    assert told.status == 1
    assert "`regime` is not known here" in told.text
    assert "`regimen` is missing" in told.text


# ------------------------------------------------------------------ compile, explain, diff


def test_compile_gives_a_document_that_reads_back() -> None:
    told = rule_tools.compile_rules(files())
    book = msgspec.json.decode(told.text, type=CompiledRulebook)
    assert len(book.regimens) == 29
    assert book.awaiting_signature
    one = msgspec.json.decode(rule_tools.compile_rules(files(), regimen="letrozole").text, type=CompiledRulebook)
    assert list(one.regimens) == ["letrozole"]
    assert rule_tools.compile_rules(files(), regimen="letrazole").status == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["→ rouge: Fièvre à 38,0 °C", "Température ≥ 38", "oncologue de garde", "La prochaine dose attend"]),
        ("en", ["→ red: Fever of 38.0 °C", "Temperature ≥ 38", "on-call oncologist", "The next dose waits"]),
    ],
)
def test_explain_tells_each_step_in_words(language: str, words: list[str]) -> None:
    report = b"{regimen: palbociclib, answers: {nausea: {F: 1, S: 1}}, measurements: {temperature_c: 38.1}}"
    told = rule_tools.explain_report(files(), "report.yaml", report, "fr" if language == "fr" else "en")
    assert told.status == 0
    for word in words:
        assert word in told.text
    assert "F1 S1 → grade 1" in told.text


def test_explain_marks_what_gave_the_level_and_what_lies_below() -> None:
    told = rule_tools.explain_report(files(), "vignettes.yaml", files()["vignettes.yaml"])
    assert "→ rouge: Toxicité précoce au cycle 1" in told.text
    assert "· orange: Aphtes ou bouche douloureuse, grade 2 (mouth_sores_g2)" in told.text
    assert "état de départ" not in told.text
    assert "déjà présent avant le traitement" in told.text


def test_every_rule_can_be_said_in_both_languages() -> None:
    for rule in rulebook().rules.values():
        for value in rule.values:
            assert value.when is not None
            assert say(value.when, rulebook(), "fr") != say(value.when, rulebook(), "en")


def test_diff_says_what_changed_in_words() -> None:
    after = changed("overlays/lungs.yaml", "level: red", "level: orange")
    told = rule_tools.diff(files(), after)
    assert "~ rule dyspnoea_ild_high" in told.text
    assert "before: Essoufflement nouveau, risque pulmonaire élevé du médicament; red shortness_of_breath" in told.text
    assert "nothing that decides has changed" in rule_tools.diff(files(), files()).text


def test_diff_tells_a_rule_gone() -> None:
    content = files()["overlays/eyes.yaml"].decode()
    start = content.index("  - id: ocular_drug_g2")
    told = rule_tools.diff(files(), {**files(), "overlays/eyes.yaml": content[:start].encode()})
    assert "- rule ocular_drug_g2" in told.text


def test_a_comment_is_no_change() -> None:
    after = {**files(), "overlays/eyes.yaml": b"# mine\n" + files()["overlays/eyes.yaml"]}
    assert "nothing that decides has changed" in rule_tools.diff(files(), after).text
