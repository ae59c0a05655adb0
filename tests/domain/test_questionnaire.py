"""What a patient is asked."""

import pytest

from app.domain.questionnaire import Questionnaire, interval_days, questionnaire
from app.domain.reports import Answer, PastReport
from app.domain.treatments import CycleDay
from tests.rules.book import rulebook

REGIMENS = sorted(rulebook().regimens)


def ask(regimen: str, last: PastReport | None = None, on: CycleDay | None = None) -> Questionnaire:
    return questionnaire(rulebook().regimen(regimen), rulebook(), last, on)


@pytest.mark.parametrize("regimen", REGIMENS)
def test_it_takes_three_minutes_at_most_even_when_everything_is_present(regimen: str) -> None:
    assert 1 <= ask(regimen).minutes <= 3


@pytest.mark.parametrize("regimen", REGIMENS)
def test_every_symptom_can_be_told_and_none_is_asked_twice(regimen: str) -> None:
    asked = ask(regimen)
    ids = [item.id for item in (*asked.items, *asked.more, *asked.safety)]
    assert len(ids) == len(set(ids))
    assert set(ids) == {s.id for s in rulebook().symptoms.values() if s.attributes}


def test_hand_and_foot_skin_is_asked_under_capecitabine_and_not_under_letrozole() -> None:
    assert "hand_foot_syndrome" in [item.id for item in ask("capecitabine_mono").items]
    assert "hand_foot_syndrome" in [item.id for item in ask("letrozole").more]


def test_joint_pain_is_asked_under_letrozole_because_it_is_frequent_there() -> None:
    assert "joint_pain" in [item.id for item in ask("letrozole").items]


def test_blood_pressure_is_measured_under_a_drug_that_raises_it() -> None:
    assert {"systolic", "diastolic"} <= {m.id for m in ask("sunitinib_4_2").measurements}
    assert "systolic" not in {m.id for m in ask("letrozole").measurements}


def test_what_was_there_last_time_is_asked_again() -> None:
    last = PastReport(7, {"vaginal_bleeding": Answer(P=1), "headache": Answer(F=0)})
    ids = [item.id for item in ask("letrozole", last).items]
    assert "vaginal_bleeding" in ids
    assert "headache" not in ids


def test_worry_and_urgency_are_asked_of_everybody() -> None:
    assert {"worried", "cannot_wait", "contact_requested"} <= {item.id for item in ask("letrozole").safety}


def test_every_measurement_of_an_item_is_described() -> None:
    for regimen in REGIMENS:
        asked = ask(regimen)
        described = {m.id for m in asked.measurements}
        assert {i.measurement for i in (*asked.items, *asked.more) if i.measurement} <= described


def test_the_first_question_of_an_item_is_its_leading_attribute() -> None:
    diarrhoea = next(i for i in ask("letrozole").items if i.id == "diarrhoea")
    assert [q.attribute for q in diarrhoea.attributes] == ["F"]
    pain = next(i for i in ask("letrozole").items if i.id == "pain")
    assert [q.attribute for q in pain.attributes] == ["F", "S", "I"]


def test_an_unknown_drug_is_asked_for_fever_and_breath() -> None:
    ids = [item.id for item in ask("not_in_the_rulebook").items]
    assert {"chills", "cough", "shortness_of_breath"} <= set(ids)


def test_reports_come_closer_together_in_the_first_cycles_of_a_complex_treatment() -> None:
    book = rulebook()
    assert interval_days(book.regimen("capecitabine_mono"), 2, book) == 3
    assert interval_days(book.regimen("capecitabine_mono"), 3, book) == 7
    assert interval_days(book.regimen("letrozole"), 1, book) == 14


def test_the_gravest_safety_questions_come_first() -> None:
    ids = [item.id for item in ask("letrozole").safety]
    assert set(ids[:3]) == {"confusion", "fainting", "self_harm_thoughts"}
    assert ids[-1] == "worried"


@pytest.mark.parametrize(("on", "asked"), [(CycleDay(1, 35), True), (CycleDay(1, 36), False), (CycleDay(2, 3), False)])
def test_signs_of_tumour_lysis_are_asked_in_the_first_five_weeks_of_venetoclax_only(on: CycleDay, asked: bool) -> None:
    items = {item.id for item in ask("venetoclax", on=on).items}
    assert ({"palpitations", "muscle_pain", "urine_colour_change"} <= items) is asked


def test_signs_of_tumour_lysis_are_not_asked_under_another_drug() -> None:
    assert "urine_colour_change" not in {item.id for item in ask("letrozole", on=CycleDay(1, 3)).items}


@pytest.mark.parametrize("regimen", REGIMENS)
def test_it_stays_short_on_the_first_days_too(regimen: str) -> None:
    assert ask(regimen, on=CycleDay(1, 1)).minutes <= 3
