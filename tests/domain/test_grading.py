"""Answers and measurements to grades."""

import itertools
from hashlib import sha256

import pytest
import yaml

from app.domain.grading import canonical_sha256, percent_of_baseline
from app.domain.reports import Answer
from app.domain.verdicts import Grade
from tests.rules.book import files, rulebook

GRADER = rulebook().grader
TABLES = yaml.safe_load(files()["grading/composite.yaml"])["tables"]
CELLS = [(letters, scores) for letters in TABLES for scores in itertools.product(range(5), repeat=len(letters))]


def cell(letters: str, scores: tuple[int, ...]) -> int:
    """Straight from the file, without the code under test."""
    table = TABLES[letters]
    for score in scores:
        table = table[score]
    assert isinstance(table, int)
    return table


def test_there_are_215_cells_and_they_are_the_published_ones() -> None:
    assert len(CELLS) == 215
    order = sorted(CELLS, key=lambda c: (["FSI", "FS", "FI", "SI", "F", "S", "I"].index(c[0]), c[1]))
    lines = "".join(f"{k} {''.join(map(str, s))} {cell(k, s)}\n" for k, s in order)
    published = "b8b25e7ff8f85f6326c83559a555b976a133d161083d8424225cc88dc17de40d"
    assert sha256(lines.encode()).hexdigest() == published
    assert canonical_sha256(GRADER.composite) == published


@pytest.mark.parametrize(("letters", "scores"), CELLS)
def test_cell(letters: str, scores: tuple[int, ...]) -> None:
    answer = Answer(**dict(zip(letters, scores, strict=True)))
    assert GRADER.composite.grade(letters, answer) == Grade(cell(letters, scores), True)


SPOT = [
    ("FSI", (1, 0, 0), 0), ("FS", (1, 0), 1), ("FI", (1, 0), 1), ("FSI", (2, 0, 0), 0), ("FSI", (3, 0, 0), 1),
    ("FSI", (4, 1, 1), 1), ("FSI", (4, 1, 2), 2), ("FSI", (4, 1, 4), 3), ("FSI", (3, 1, 4), 2), ("FSI", (1, 2, 0), 1),
    ("FSI", (2, 2, 0), 2), ("FSI", (1, 4, 1), 2), ("FSI", (4, 4, 1), 2), ("FSI", (2, 3, 2), 2), ("FSI", (3, 3, 2), 3),
    ("FS", (2, 4), 2), ("FS", (3, 3), 3), ("FS", (4, 1), 1), ("SI", (3, 0), 1), ("SI", (4, 2), 2), ("SI", (2, 4), 3),
    ("FI", (2, 4), 2), ("F", (2,), 1), ("F", (4,), 3), ("S", (3,), 3), ("I", (4,), 2), ("FSI", (0, 4, 4), 0),
    ("SI", (0, 3), 0),
]  # fmt: skip


@pytest.mark.parametrize(("letters", "scores", "grade"), SPOT)
def test_cells_that_a_naive_rule_gets_wrong(letters: str, scores: tuple[int, ...], grade: int) -> None:
    answer = Answer(**dict(zip(letters, scores, strict=True)))
    assert GRADER.composite.grade(letters, answer).grade == grade


@pytest.mark.parametrize("letters", TABLES)
def test_a_worse_score_never_lowers_the_grade(letters: str) -> None:
    for scores in itertools.product(range(5), repeat=len(letters)):
        for place in range(len(letters)):
            if scores[place] < 4:
                worse = (*scores[:place], scores[place] + 1, *scores[place + 1 :])
                assert cell(letters, worse) >= cell(letters, scores)


def test_a_leading_zero_settles_it_without_the_other_questions() -> None:
    assert GRADER.composite.grade("FSI", Answer(F=0)) == Grade(0, True)


def test_with_a_score_missing_the_others_speak_and_the_grade_is_incomplete() -> None:
    assert GRADER.composite.grade("FS", Answer(S=3)) == Grade(3, False)
    assert GRADER.composite.grade("FSI", Answer(F=3, S=2)) == Grade(2, False)
    assert GRADER.composite.grade("SI", Answer(S=2)) == Grade(2, False)


def test_preferring_not_to_say_is_not_a_zero_that_counts_as_complete() -> None:
    assert GRADER.composite.grade("FSI", Answer()) == Grade(0, False)


def grade(symptom: str, answers: dict[str, Answer], measurements: dict[str, float], weight: float | None = None) -> int:
    grades = GRADER.grades(answers, GRADER.measured(answers, measurements, weight))
    return grades[symptom].grade if symptom in grades else 0


def test_the_count_leads_and_words_are_worth_at_most_one_grade_less() -> None:
    almost_constantly = {"diarrhoea": Answer(F=4)}
    assert grade("diarrhoea", almost_constantly, {}) == 3
    assert grade("diarrhoea", almost_constantly, {"stools_over_baseline": 3}) == 2
    assert grade("diarrhoea", almost_constantly, {"stools_over_baseline": 0}) == 2
    assert grade("diarrhoea", {"diarrhoea": Answer(F=1)}, {"stools_over_baseline": 7}) == 3


def test_with_a_count_and_no_answer_the_count_alone_speaks() -> None:
    assert grade("vomiting", {}, {"vomiting_episodes_24h": 2}) == 2


@pytest.mark.parametrize(("stools", "expected"), [(0, 0), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3), (40, 3)])
def test_stools_above_usual(stools: float, expected: int) -> None:
    assert grade("diarrhoea", {}, {"stools_over_baseline": stools}) == expected


@pytest.mark.parametrize(("percent", "expected"), [(0, 0), (0.5, 1), (9.9, 1), (10, 2), (30, 2), (30.5, 3)])
def test_share_of_skin(percent: float, expected: int) -> None:
    assert grade("rash", {"rash": Answer(P=1)}, {"rash_bsa_pct": percent}) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(100, 95.1, 0), (100, 95, 1), (66, 62.7, 1), (61, 57.95, 1), (70, 65.8, 1), (100, 90, 2), (100, 80, 3)],
)
def test_weight_loss_is_graded_at_exactly_five_percent_whatever_the_weight(
    before: float, now: float, expected: int
) -> None:
    assert grade("weight_loss", {}, {"weight_kg": now}, before) == expected


def test_without_a_starting_weight_there_is_no_weight_loss() -> None:
    assert grade("weight_loss", {}, {"weight_kg": 40}) == 0
    assert grade("weight_loss", {}, {"weight_kg": 40}, 0) == 0


def test_percentages_are_rounded_to_a_millionth() -> None:
    assert percent_of_baseline("loss_pct", 62.7, 66) == 5.0
    assert percent_of_baseline("gain_pct", 84.2, 80) == 5.25


def test_fever_without_a_thermometer_is_taken_for_38() -> None:
    yes = {"fever": Answer(P=1)}
    assert GRADER.measured(yes, {}, None)["temperature_c"] == 38.0
    assert GRADER.measured(yes, {"temperature_c": 37.2}, None)["temperature_c"] == 37.2
    assert "temperature_c" not in GRADER.measured({"fever": Answer(P=0)}, {}, None)


@pytest.mark.parametrize(("celsius", "shown"), [(38.0, 1), (39.0, 1), (39.1, 2), (40.0, 2), (40.1, 3)])
def test_the_height_of_a_fever_is_shown_but_no_rule_counts_on_it(celsius: float, shown: int) -> None:
    measured = {"temperature_c": celsius}
    grades = GRADER.grades({}, measured)
    assert "fever" not in grades
    assert GRADER.displayed(grades, measured)["fever"].grade == shown
