"""What lies at home, until when it lasts, and what dispensing tells."""

from datetime import date, timedelta
from fractions import Fraction

from app.domain.courses import main_drugs
from app.domain.dosing import Units
from app.domain.intakes import Intake
from app.domain.stock import Dispensed, Stock, stock
from app.domain.supply import Fill, days_supplied, medication_possession_ratio, pill_count, proportion_of_days_covered
from app.domain.treatments import combined
from tests.domain.plans import order
from tests.domain.test_facts import taken
from tests.domain.test_schedules import MONDAY, at, course
from tests.rules.book import rulebook

CAPECITABINE = course("capecitabine_mono", doses={"capecitabine": 2150})
BOXES = [
    Dispensed(drug="capecitabine", on=MONDAY, strength_mg=500, units=120),
    Dispensed(drug="capecitabine", on=MONDAY, strength_mg=150, units=60),
]


def held(days: int, entries: bool = True, **more: object) -> Stock:
    which = course("capecitabine_mono", doses={"capecitabine": 2150}, **more)
    told = taken(which, 1, days) if entries else []
    found = stock(which, main_drugs(which)[0], BOXES, told, at(MONDAY + timedelta(days=days), "03:00"))
    assert found is not None
    return found


def test_what_is_left_and_the_day_the_boxes_no_longer_make_a_dose() -> None:
    now = held(2)
    assert now.left == (Units(500, 104, "500 mg"), Units(150, 56, "150 mg"))
    assert now.gap_on == MONDAY + timedelta(
        days=22
    )  # 30 doses of 4 × 500 mg: 28 of cycle 1, day 22, and none on day 23
    assert now.days_left == 20
    assert now.remind_on == MONDAY + timedelta(days=15)


def test_a_rest_week_uses_nothing_and_a_hold_makes_the_boxes_last() -> None:
    longer = held(2, orders=(order(1, "hold", at(MONDAY + timedelta(days=12), "03:00")),
                             order(2, "resume", at(MONDAY + timedelta(days=14), "03:00"))))  # fmt: skip
    assert longer.gap_on == MONDAY + timedelta(days=24)


def test_silence_is_supposed_taken_so_that_the_reminder_comes_rather_too_early() -> None:
    quiet = held(2, entries=False)
    assert quiet.left == (Units(500, 120, "500 mg"), Units(150, 60, "150 mg"))
    assert quiet.gap_on == held(2).gap_on


def test_a_reduced_dose_is_made_of_other_boxes() -> None:
    reduced = (order(1, "dose_change", at(MONDAY + timedelta(days=7), "03:00"), doses={"capecitabine": 1800.0}),)
    # 14 doses of 4 × 500 mg, then 64 tablets are 21 doses of 3: 14 in cycle 1, 7 in cycle 2, so none on the evening of day 25
    assert held(2, orders=reduced).gap_on == MONDAY + timedelta(days=24)


def test_two_tablets_of_forty_make_eighty_where_there_are_no_others() -> None:
    osimertinib = course("osimertinib")
    found = stock(
        osimertinib,
        main_drugs(osimertinib)[0],
        [Dispensed(drug="osimertinib", on=MONDAY, strength_mg=40, units=60)],
        [],
        at(MONDAY, "03:00"),
    )
    assert found is not None
    assert found.gap_on == MONDAY + timedelta(days=30)


def test_without_boxes_or_strengths_nothing_is_said() -> None:
    drug = main_drugs(CAPECITABINE)[0]
    assert stock(CAPECITABINE, drug, [], [], at(MONDAY, "08:00")) is None


def test_boxes_and_doses_of_one_drug_are_not_those_of_another() -> None:
    both = course("palbociclib", regimen=combined(rulebook().regimen("palbociclib"), rulebook().regimen("letrozole")))
    palbociclib, letrozole = both.regimen.drugs
    boxes = [Dispensed(drug="palbociclib", on=MONDAY, strength_mg=125, units=21)]
    told = [
        Intake(id=str(n), drug="letrozole", day=MONDAY, number=n, kind="taken", recorded_at=at(MONDAY, "08:05"))
        for n in (0, None)
    ]
    now = at(MONDAY, "07:00")
    found = stock(both, palbociclib, boxes, told, now)
    assert found is not None
    assert found.left == (Units(125, 21, "125 mg"),)
    assert found.gap_on == MONDAY + timedelta(days=28), "the whole of cycle 1"
    assert stock(both, letrozole, boxes, told, now) is None
    many = [*boxes, Dispensed(drug="letrozole", on=MONDAY, strength_mg=2.5, units=30)]
    found = stock(both, palbociclib, many, told, now)
    assert found is not None
    assert found.left == (Units(125, 21, "125 mg"),)


def test_the_supply_of_an_intermittent_drug_covers_its_rest_days() -> None:
    palbociclib = rulebook().regimen("palbociclib").schedule
    assert palbociclib is not None
    assert days_supplied(palbociclib, 63) == 84
    assert days_supplied(palbociclib, 70) == 91
    fills = [Fill(MONDAY, days_supplied(palbociclib, 21)), Fill(MONDAY + timedelta(days=28), 28)]
    assert proportion_of_days_covered(fills, MONDAY, MONDAY + timedelta(days=55)) == 1


def test_a_fill_before_the_period_still_covers_its_first_days() -> None:
    fills = [Fill(date(2025, 12, 20), 30)]
    assert proportion_of_days_covered(fills, date(2026, 1, 1), date(2026, 1, 30)) == Fraction(18, 30)
    assert medication_possession_ratio(fills, date(2026, 1, 1), date(2026, 1, 30)) == 0


def test_what_an_early_refill_adds_is_used_after_what_is_left_and_no_day_is_covered_twice() -> None:
    fills = [Fill(MONDAY, 30), Fill(MONDAY + timedelta(days=14), 30)]
    assert proportion_of_days_covered(fills, MONDAY, MONDAY + timedelta(days=39)) == 1
    assert proportion_of_days_covered(fills, MONDAY, MONDAY + timedelta(days=79)) == Fraction(60, 80)


def test_pills_counted() -> None:
    assert pill_count(60, 4, 56) == 1
    assert pill_count(60, 0, 56) == Fraction(60, 56)
    assert pill_count(60, 0, 0) is None
