"""The grammar refuses what cannot be judged by, and says so in words that mend it."""

from collections.abc import Mapping
from datetime import date

import pytest

from app.domain.rulebook import RulebookErrors, content_hash, decode
from app.domain.verdicts import TriageLevel
from app.domain.yamls import Problem
from tests.rules.book import files, rulebook

NAUSEA = "symptoms/nausea.yaml"
LUNGS = "overlays/lungs.yaml"


def changed(path: str, old: str, new: str) -> dict[str, bytes]:
    """The rulebook with one thing changed in one file."""
    content = files()[path].decode()
    assert old in content, f"{old!r} is not in {path}"
    return {**files(), path: content.replace(old, new, 1).encode()}


def problems(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    with pytest.raises(RulebookErrors) as caught:
        decode(files)
    return caught.value.problems


def only_problem(files: Mapping[str, bytes]) -> Problem:
    found = problems(files)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def test_everything_is_there() -> None:
    book = rulebook()
    assert len([s for s in book.symptoms.values() if s.kind != "safety_item"]) == 39
    assert len(book.measurements) == 11
    assert len(book.regimens) == 29
    assert book.awaiting_signature


def test_every_rule_says_where_it_comes_from_who_answers_for_it_and_until_when() -> None:
    for rule in rulebook().rules.values():
        assert rule.source, rule.id
        assert rule.owner, rule.id
        assert rule.title.fr, rule.id
        assert rule.title.en, rule.id
        assert rule.review_by > date(2026, 1, 1), rule.id


def test_an_unknown_symptom_is_named_with_the_nearest_one() -> None:
    problem = only_problem(changed(LUNGS, "grade: [cough,", "grade: [couhg,"))
    assert problem.file == LUNGS
    assert problem.path == "rules[3].values[0].when"
    assert "there is no symptom `couhg`" in problem.what
    assert problem.example == "cough"


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        (LUNGS, "flag: [ild_risk, high]", "flag: [ild_ris, high]", "no flag `ild_ris`"),
        (LUNGS, "flag: [ild_risk, high]", "flag: [ild_risk, hihg]", "no value of the flag ild_risk `hihg`"),
        (LUNGS, "flag: [ild_risk, high]", "flag: ild_risk", "say which ones count"),
        ("measurements/oxygen.yaml", "m: [spo2_pct,", "m: [spo2,", "no measurement `spo2`"),
        (LUNGS, "symptom: shortness_of_breath", "symptom: breath", "no symptom `breath`"),
        ("escalation/levels.yaml", "[missed_reports_2, ", "[missed_reports, ", "no rule `missed_reports`"),
        ("regimens/imatinib.yaml", "fluid_retention_risk: true", "fluid_risk: true", "no flag `fluid_risk`"),
        (
            "regimens/imatinib.yaml",
            "neutropenia_risk: moderate",
            "neutropenia_risk: true",
            "is not a value of the flag",
        ),
        ("regimens/imatinib.yaml", "fluid_retention_risk: true", "fluid_retention_risk: some", "is yes or no"),
        ("regimens/imatinib.yaml", "ask: grapefruit", "ask: lemon", "no question `lemon`"),
        ("regimens/imatinib.yaml", "id: imatinib", "id: imatinibe", "the file is called imatinib.yaml"),
        (NAUSEA, "id: nausea", "id: fatigue", "the symptom `fatigue` is also in symptoms/fatigue.yaml"),
        (LUNGS, "id: cough_ild_high", "id: cough_dyspnoea_ild", "the rule `cough_dyspnoea_ild`"),
        ("symptoms/diarrhoea.yaml", "at_least: 7", "at_least: 3", "the rows go from the highest value down"),
        ("grading/composite.yaml", "S: [0, 1, 2, 3, 3]", "S: [0, 1, 2, 2, 3]", "not the published 215 cells"),
        (LUNGS, "level: red", "level: rouge", "Invalid enum value 'rouge'"),
        (LUNGS, 'grade: [cough, ">=", 1]', 'grade: [cough, ">=", 4]', "grades go from 0 to 3"),
        (LUNGS, "review_by:", "reviewed_by:", "`reviewed_by` is not known here"),
        (NAUSEA, "attributes: [F, S]", "attributes: [F, S, I]", "no question for attribute I"),
        (NAUSEA, "attributes: [F, S]", "attributes: [S, F]", "no composite table for the attributes SF"),
        (NAUSEA, "grade_3: orange", "grade_4: orange", "`grade_4` is not known here"),
        ("rulebook.yaml", "status: awaiting_signature", "status: signed", "goes with at least one name"),
    ],
)
def test_what_is_wrong_is_said(path: str, old: str, new: str, words: str) -> None:
    found = problems(changed(path, old, new))
    assert any(problem.file == path and words in problem.what for problem in found), "\n".join(map(str, found))


def test_all_errors_of_all_files_come_at_once() -> None:
    broken = {
        **changed(LUNGS, "grade: [cough,", "grade: [couhg,"),
        NAUSEA: files()[NAUSEA].replace(b"class: standard", b"class: normal").replace(b"review_by: ", b"review: "),
        "symptoms/new.yaml": b"id: [",
        "odd/place.yaml": b"id: x",
    }
    told = problems(broken)
    assert {p.file for p in told} == {LUNGS, NAUSEA, "symptoms/new.yaml", "odd/place.yaml"}
    assert {p.path for p in told if p.file == NAUSEA} == {"class", "review", ""}


def test_a_key_given_twice_is_refused_instead_of_the_last_one_winning() -> None:
    problem = only_problem(changed(NAUSEA, "class: standard", "class: standard\nclass: comfort"))
    assert "the key `class` is there twice" in problem.what


def test_two_values_for_the_same_day_are_refused() -> None:
    line = "  - {from: 2026-01-01, grade_1: green, grade_2: yellow, grade_3: orange}\n"
    problem = only_problem(changed(NAUSEA, line, line + line))
    assert "two values are in force from 2026-01-01" in problem.what


def test_a_missing_file_is_told() -> None:
    left = {path: content for path, content in files().items() if path != "trend/trend.yaml"}
    assert "this file is missing" in only_problem(left).what


def test_a_problem_reads_as_one_sentence_with_an_example() -> None:
    problem = only_problem(changed(LUNGS, "grade: [cough,", "grade: [couhg,"))
    assert str(problem) == (
        "overlays/lungs.yaml: rules[3].values[0].when: there is no symptom `couhg`\n    for example: cough"
    )


# ------------------------------------------------------------------ dates

NEW = "\n  - {from: 2027-03-01, grade_1: yellow, grade_2: yellow, grade_3: orange}\n"


def test_a_new_value_is_in_force_from_its_day_on_and_the_old_one_stays_before() -> None:
    book = decode(changed(NAUSEA, "grade_3: orange}\n", "grade_3: orange}" + NEW))
    assert book.in_force_from == date(2027, 3, 1)
    before, after = book.on(date(2027, 2, 28)), book.on(date(2027, 3, 1))
    assert before.base["nausea"][0].fired.level is TriageLevel.GREEN
    assert after.base["nausea"][0].fired.level is TriageLevel.YELLOW
    assert before.version.startswith("2026-01-01.")
    assert after.version.startswith("2027-03-01.")
    assert after is book


def test_what_is_older_than_the_rulebook_is_judged_by_its_first_edition() -> None:
    assert rulebook().on(date(2020, 1, 1)).version == rulebook().version


def test_a_withdrawn_rule_no_longer_speaks() -> None:
    withdrawn = "    values:\n      - {from: 2027-01-01, withdrawn: true}\n"
    book = decode(changed("measurements/oxygen.yaml", "    values:\n", withdrawn))
    assert book.on(date(2026, 6, 1)).rules["spo2_90_93"].values
    assert not book.on(date(2027, 1, 1)).rules["spo2_90_93"].values


def test_the_version_follows_the_content_and_not_the_line_ends() -> None:
    crlf = {path: content.replace(b"\n", b"\r\n") for path, content in files().items()}
    assert content_hash(crlf) == content_hash(files())
    assert content_hash(changed(LUNGS, "level: red", "level: orange")) != content_hash(files())
    assert rulebook().version == f"2026-01-01.{content_hash(files())}"


def test_cases_are_no_part_of_the_version() -> None:
    less = {path: content for path, content in files().items() if not path.endswith(".cases.yaml")}
    assert content_hash(less) == content_hash(files())
