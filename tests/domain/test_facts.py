"""What the rules may know of intakes, and who hears of it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.adherence import NOTHING, Counts, measure
from app.domain.courses import Course, main_drugs
from app.domain.facts import PatientStop, facts, reports_missed
from app.domain.intakes import Intake
from app.domain.intensity import intensity
from app.domain.phases import phases
from app.domain.reports import AdherenceFacts, Chart
from app.domain.schedules import schedule
from app.domain.triage import judge_chart
from tests.domain.plans import order
from tests.domain.test_schedules import MONDAY, at, course
from tests.rules.book import rulebook

NOW = at(MONDAY + timedelta(days=9), "02:00")


def taken(which: Course, since: int, until: int, kind: str = "taken", reason: str | None = None) -> list[Intake]:
    slots = schedule(which, MONDAY + timedelta(days=since - 1), MONDAY + timedelta(days=until - 1))
    return [
        Intake(
            id=str(s.key),
            drug=s.drug,
            day=s.day,
            number=s.number,
            kind=kind,
            reason=reason,
            recorded_at=s.due_at,
            taken_at=s.due_at,  # type: ignore[arg-type] # kinds as told
        )
        for s in slots
    ]


def test_seven_days_of_a_complex_regimen_and_fourteen_of_a_simple_one() -> None:
    imatinib, letrozole = course("imatinib"), course("letrozole")
    later = at(MONDAY + timedelta(days=29), "12:00")
    assert facts(imatinib, taken(imatinib, 1, 30), later).doses_expected == 7
    assert facts(letrozole, taken(letrozole, 1, 30), later).doses_expected == 14


def test_days_on_hold_are_not_counted_and_do_not_break_a_run_of_missed_ones() -> None:
    hold = (
        order(1, "hold", at(MONDAY + timedelta(days=3), "03:00")),
        order(2, "resume", at(MONDAY + timedelta(days=6), "03:00")),
    )
    imatinib = course("imatinib", orders=hold)
    told = [
        e
        for e in taken(imatinib, 1, 9, "missed", "forgot")
        if not MONDAY + timedelta(days=3) <= e.day < MONDAY + timedelta(days=6)
    ]
    known = facts(imatinib, told, at(MONDAY + timedelta(days=8), "23:00"))
    assert (known.doses_expected, known.consecutive_days_missed) == (4, 4)


def test_days_without_an_answer_neither_count_as_missed_nor_end_a_run() -> None:
    imatinib = course("imatinib")
    silent = [*taken(imatinib, 3, 3, "missed", "forgot"), *taken(imatinib, 5, 6, "missed", "forgot")]
    assert facts(imatinib, silent, NOW).consecutive_days_missed == 3
    assert facts(imatinib, [*silent, *taken(imatinib, 4, 4)], NOW).consecutive_days_missed == 2
    assert facts(imatinib, [], NOW).doses_expected == 0
    told = facts(imatinib, taken(imatinib, 1, 5), NOW)
    assert (told.doses_taken, told.doses_expected) == (3, 3)


def test_a_day_with_one_dose_missed_and_one_never_told_is_not_known_to_be_without_a_dose() -> None:
    abemaciclib = course("abemaciclib")
    told = taken(abemaciclib, 3, 6, "missed", "forgot")
    assert facts(abemaciclib, told, NOW).consecutive_days_missed == 4
    assert facts(abemaciclib, told[1:-1], NOW).consecutive_days_missed == 2


def test_a_reason_given_for_a_dose_on_hold_is_not_a_reason_for_missing_one() -> None:
    held = course("imatinib", orders=(order(1, "hold", at(MONDAY + timedelta(days=5), "03:00")),))
    told = taken(course("imatinib"), 4, 8, "missed", "side_effect")
    assert facts(held, told, NOW).missed_reasons == {"side_effect": 2}


def test_three_days_without_a_dose_are_a_drug_holiday_and_two_are_none() -> None:
    imatinib = course("imatinib")
    drug, until = main_drugs(imatinib)[0], MONDAY + timedelta(days=8)
    for days, holidays in ((2, 0), (3, 1), (5, 1)):
        told = [*taken(imatinib, 1, days, "missed", "forgot"), *taken(imatinib, days + 1, 9)]
        assert measure(imatinib, drug, told, MONDAY, until, NOW).holidays == holidays
    twice = [
        *taken(imatinib, 1, 3, "missed", "forgot"),
        *taken(imatinib, 4, 4),
        *taken(imatinib, 5, 9, "missed", "forgot"),
    ]
    assert measure(imatinib, drug, twice, MONDAY, until, NOW).holidays == 2


def test_a_dose_not_yet_due_is_not_expected() -> None:
    imatinib = course("imatinib")
    noon = at(MONDAY, "12:00")
    assert facts(imatinib, [], noon) == AdherenceFacts(window_days=7)
    assert facts(imatinib, taken(imatinib, 1, 1), noon).doses_taken == 1


def test_the_patients_own_stop_is_told_and_a_clinicians_is_not_the_patients() -> None:
    stop = PatientStop(at=NOW - timedelta(days=1), reason="felt_well")
    assert facts(course("imatinib"), [], NOW, stops=[stop]).patient_stopped
    again = PatientStop(at=NOW - timedelta(days=1), resumed_at=NOW)
    assert not facts(course("imatinib"), [], NOW, stops=[again]).patient_stopped
    ended = course("imatinib", orders=(order(1, "start", at(MONDAY, "03:00")), order(2, "stop", NOW)))
    assert not facts(ended, [], NOW, stops=[stop]).patient_stopped


def test_of_two_drugs_taken_together_the_worse_one_counts_and_partners_do_not() -> None:
    both = course("dabrafenib_trametinib")
    told = [e for e in taken(both, 1, 9) if e.drug == "dabrafenib"]
    told += [e for e in taken(both, 1, 9, "missed", "forgot") if e.drug == "trametinib"]
    known = facts(both, told, NOW)
    assert (known.doses_taken, known.doses_expected) == (0, 7)
    other = [e for e in taken(both, 1, 9) if e.drug == "trametinib"]
    other += [e for e in taken(both, 1, 9, "missed", "forgot") if e.drug == "dabrafenib"]
    known = facts(both, other, NOW)
    assert (known.doses_taken, known.doses_expected) == (0, 14)
    prednisone = course("abiraterone_prednisone")
    told = [e for e in taken(prednisone, 1, 9) if e.drug == "abiraterone"]
    told += [e for e in taken(prednisone, 1, 9, "missed", "forgot") if e.drug == "prednisone"]
    assert facts(prednisone, told, NOW).doses_taken == 7


@pytest.mark.parametrize(("days", "level"), [(6, "green"), (7, "yellow")])
def test_a_treatment_not_begun_after_a_week_goes_to_the_administrative_coordination(days: int, level: str) -> None:
    known = facts(course("capecitabine_mono"), [], at(MONDAY + timedelta(days=days), "12:00"))
    verdict = judge_chart(Chart("capecitabine_mono", adherence=known), rulebook())
    assert verdict.level.value == level
    assert verdict.recipient.value == ("level1" if level == "yellow" else "none")


def test_a_course_on_hold_or_begun_is_not_a_course_not_begun() -> None:
    imatinib = course("imatinib")
    assert facts(imatinib, taken(imatinib, 1, 1), NOW).days_not_begun == 0
    assert facts(imatinib, taken(imatinib, 1, 1, "missed", "forgot"), NOW).days_not_begun == 8
    held = course("imatinib", orders=(order(1, "start", at(MONDAY, "03:00")), order(2, "hold", at(MONDAY, "04:00"))))
    assert facts(held, [], NOW).days_not_begun == 0


@pytest.mark.parametrize(
    ("regimen", "reasons", "recipient"),
    [
        ("imatinib", {}, "level2"),
        ("imatinib", {"forgot": 2}, "level2"),
        ("imatinib", {"ran_out": 2}, "level1"),
        ("imatinib", {"travel": 1, "cost": 1}, "level1"),
        ("imatinib", {"ran_out": 1, "side_effect": 1}, "level2"),
        ("imatinib", {"ran_out": 1, "forgot": 1}, "level2"),
        ("letrozole", {"forgot": 2}, "level1"),
        ("letrozole", {"side_effect": 1, "forgot": 1}, "level2"),
        ("letrozole", {"ran_out": 2}, "level1"),
    ],
)
def test_toxicity_goes_to_the_nurses_and_supply_to_the_administration(
    regimen: str, reasons: dict[str, int], recipient: str
) -> None:
    known = AdherenceFacts(doses_expected=7, doses_taken=5, missed_reasons=reasons)
    verdict = judge_chart(Chart(regimen, adherence=known), rulebook())
    assert verdict.reasons == ("under_adherence_mild",)
    assert verdict.recipient.value == recipient


def test_a_reason_for_missing_says_nothing_of_a_dose_too_many_and_nothing_calms_an_orange() -> None:
    double = AdherenceFacts(doses_expected=7, doses_taken=7, extra_doses=1, missed_reasons={"ran_out": 1})
    assert judge_chart(Chart("imatinib", adherence=double), rulebook()).recipient.value == "level2"
    many = AdherenceFacts(doses_expected=7, doses_taken=7, extra_doses=2, missed_reasons={"side_effect": 1})
    assert judge_chart(Chart("letrozole", adherence=many), rulebook()).recipient.value == "level1"
    severe = AdherenceFacts(doses_expected=7, doses_taken=2, missed_reasons={"ran_out": 5})
    verdict = judge_chart(Chart("imatinib", adherence=severe), rulebook())
    assert (verdict.level.value, verdict.recipient.value) == ("orange", "level2")


@pytest.mark.parametrize(
    ("regimen", "cycle_1", "days", "missed"),
    [
        ("imatinib", True, 3, 0),
        ("imatinib", True, 4, 1),
        ("imatinib", True, 7, 2),
        ("imatinib", True, 13, 4),
        ("imatinib", False, 7, 0),
        ("imatinib", False, 15, 2),
        ("letrozole", True, 14, 0),
        ("letrozole", True, 29, 2),
    ],
)
def test_reports_are_missed_by_the_cadence_of_the_regimen(regimen: str, cycle_1: bool, days: int, missed: int) -> None:
    start = MONDAY if cycle_1 else MONDAY - timedelta(days=300)
    which = course(regimen, started_on=start)
    last = None if cycle_1 else MONDAY
    assert reports_missed(which, last, MONDAY + timedelta(days=days), rulebook()) == missed


def test_counts_of_patients_add_up_and_keep_what_is_unreported_in_sight() -> None:
    imatinib = course("imatinib")
    drug, until = main_drugs(imatinib)[0], MONDAY + timedelta(days=8)
    one = measure(imatinib, drug, taken(imatinib, 1, 9), MONDAY, until, NOW)
    other = measure(imatinib, drug, taken(imatinib, 1, 3), MONDAY, until, NOW)
    total = sum((one, other), NOTHING)
    assert (total.patients, total.expected, total.taken, total.unreported) == (2, 18, 12, 6)
    assert Counts().taking_rate is None
    assert Counts().timing is None


def test_a_week_without_a_planned_dose_has_no_intensity() -> None:
    palbociclib = course("palbociclib")
    rest = MONDAY + timedelta(days=21), MONDAY + timedelta(days=27)
    dose = intensity(palbociclib, main_drugs(palbociclib)[0], [], *rest, at(MONDAY + timedelta(days=40), "12:00"))
    assert dose is not None
    assert dose.relative is None
    assert dose.mg_per_week == 0


def test_the_three_phases() -> None:
    imatinib = course("imatinib")
    drug = main_drugs(imatinib)[0]
    late = phases(imatinib, drug, taken(imatinib, 3, 9), datetime(2026, 1, 20, 12, tzinfo=UTC))
    assert (late.initiation_days, late.persistence_days, late.discontinued) == (2, 7, None)
    assert late.implementation is not None
    assert (
        late.implementation.unreported == 6
    )  # days 10 to 15; silence ends nothing, and today's dose is still within its window
    alone = phases(imatinib, drug, taken(imatinib, 3, 9), NOW, [PatientStop(at=NOW)])
    assert alone.discontinued == "patient"
    assert phases(imatinib, drug, [], NOW).initiation_days is None
    assert phases(imatinib, drug, [], NOW).planned_on == date(2026, 1, 5)
