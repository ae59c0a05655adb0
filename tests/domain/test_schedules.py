"""The plan to the dose: for every regimen, any start, any zone and any sequence of orders."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.courses import Course, Hours, Zone, day_of, due_at, main_drugs
from app.domain.orders import CycleStart
from app.domain.schedules import Extra, Slot, preview, schedule, slot_of, too_close
from app.domain.treatments import combined, rescheduled
from tests.domain.plans import REGIMENS, ZONES, courses, order, slowly
from tests.rules.book import rulebook

MONDAY = date(2026, 1, 5)
PARIS = (Zone("Europe/Paris"),)
TWO_YEARS = timedelta(days=729)


def course(name: str, **more: object) -> Course:
    given_: dict[str, object] = {"regimen": rulebook().regimen(name), "started_on": MONDAY, "zones": PARIS}
    return Course(**(given_ | more))  # type: ignore[arg-type] # names and types of Course


def at(day: date, clock: str, zone: str = "Europe/Paris") -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)


# what each label says of one cycle, counted by hand from regimens.yaml: drug, intakes
LABEL = {
    "abemaciclib": {"abemaciclib": 56},
    "abiraterone_prednisone": {"abiraterone": 28, "prednisone": 28},
    "anastrozole": {"anastrozole": 28},
    "bicalutamide": {"bicalutamide": 28},
    "cabozantinib": {"cabozantinib": 28},
    "capecitabine_mono": {"capecitabine": 28},
    "capox_capecitabine": {"capecitabine": 28},
    "dabrafenib_trametinib": {"dabrafenib": 56, "trametinib": 28},
    "enzalutamide": {"enzalutamide": 28},
    "erlotinib": {"erlotinib": 28},
    "everolimus": {"everolimus": 28},
    "exemestane": {"exemestane": 28},
    "ibrutinib": {"ibrutinib": 28},
    "imatinib": {"imatinib": 28},
    "lenalidomide_dex": {"lenalidomide": 21, "dexamethasone": 4},
    "letrozole": {"letrozole": 28},
    "niraparib": {"niraparib": 28},
    "olaparib": {"olaparib": 56},
    "osimertinib": {"osimertinib": 28},
    "palbociclib": {"palbociclib": 21},
    "pazopanib": {"pazopanib": 28},
    "regorafenib": {"regorafenib": 21},
    "ribociclib": {"ribociclib": 21},
    "sunitinib_4_2": {"sunitinib": 28},
    "tamoxifen": {"tamoxifen": 28},
    "temozolomide_maintenance": {"temozolomide": 5},
    "trifluridine_tipiracil": {"trifluridine": 20},
    "venetoclax": {"venetoclax": 35},
    "vinorelbine_oral_weekly": {"vinorelbine": 1},
}


def test_the_labels_of_all_regimens_are_there() -> None:
    assert sorted(LABEL) == REGIMENS
    assert len(LABEL) == 29


@pytest.mark.parametrize("regimen", REGIMENS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_every_cycle_has_the_doses_of_its_label(regimen: str, data: st.DataObject) -> None:
    any_course = msgspec.structs.replace(data.draw(courses(regimen)), orders=())
    slots = schedule(any_course, any_course.started_on, any_course.started_on + TWO_YEARS)
    for drug, number in LABEL[regimen].items():
        cycles = Counter(slot.cycle for slot in slots if slot.drug == drug)
        whole = sorted(cycles)[:-1]
        assert {cycles[cycle] for cycle in whole} <= {number}
        assert len(whole) >= 730 // 42 - 2
        assert {slot.drug for slot in slots} == set(LABEL[regimen])


@pytest.mark.parametrize("regimen", REGIMENS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_plan_is_what_a_pharmacist_writes_into_a_calendar(regimen: str, data: st.DataObject) -> None:
    any_course = data.draw(courses(regimen, travels=True))
    since = any_course.started_on + timedelta(days=data.draw(st.integers(-3, 60)))
    until = any_course.started_on + TWO_YEARS
    slots = schedule(any_course, since, until)
    for drug in any_course.regimen.drugs:
        mine = [(s.day, s.number, s.held) for s in slots if s.drug == drug.inn]
        assert sorted(mine) == list(slowly(any_course, drug, since, until))
    assert len({slot.key for slot in slots}) == len(slots)
    assert (
        slots
        == schedule(any_course, since, since + timedelta(days=99))
        + schedule(any_course, since + timedelta(days=100), until)
        or len(any_course.zones) > 1
    )


@pytest.mark.parametrize("regimen", REGIMENS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_an_order_changes_nothing_that_was_due_before_it(regimen: str, data: st.DataObject) -> None:
    any_course = data.draw(courses(regimen))
    since, until = any_course.started_on, any_course.started_on + timedelta(days=400)
    for number, last in enumerate(any_course.orders):
        before = msgspec.structs.replace(any_course, orders=any_course.orders[:number])
        after = msgspec.structs.replace(any_course, orders=any_course.orders[: number + 1])
        past = [[s for s in schedule(c, since, until) if s.due_at < last.at] for c in (before, after)]
        assert past[0] == past[1]
        if last.next_cycle is None and last.kind != "stop":
            keys = [[s.key for s in schedule(c, since, until)] for c in (before, after)]
            assert keys[0] == keys[1], "the schedule does not shift unless a clinician shifts it"
    if any_course.orders and any_course.orders[-1].kind == "stop":
        assert all(slot.due_at < any_course.orders[-1].at for slot in schedule(any_course, since, until))


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=20, deadline=None)
@given(minute=st.integers(180, 1619), year=st.integers(2025, 2027))
def test_days_of_23_and_25_hours_have_their_doses_at_the_patients_own_hour(zone: str, minute: int, year: int) -> None:
    clock = time(minute // 60 % 24, minute % 60)
    own = course("imatinib", zones=(Zone(zone),), started_on=date(year, 1, 1), hours={"imatinib": (Hours((clock,)),)})
    slots = schedule(own, date(year, 1, 1), date(year, 12, 31))
    assert [slot.day for slot in slots] == [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    lengths = set()
    for slot, following in pairwise(slots):
        lengths.add((following.due_at - slot.due_at).total_seconds() / 3600)
        local = slot.due_at.astimezone(ZoneInfo(zone))
        there = datetime.combine(local.date(), clock, ZoneInfo(zone))
        if there.astimezone(UTC).astimezone(ZoneInfo(zone)).time() == clock:  # the hour exists on that day
            assert local.time() == clock
            assert day_of(own.zones, slot.due_at) == slot.day
    changes = len({datetime(year, m, 15, tzinfo=ZoneInfo(zone)).utcoffset() for m in range(1, 13)}) > 1
    assert all(22 <= hours <= 26 for hours in lengths), "the clocks move by two hours at most"
    assert (len(lengths) > 1) is changes or zone == "Africa/Casablanca"


def test_an_hour_that_comes_twice_brings_the_dose_once_the_first_time_and_one_that_is_skipped_at_the_jump() -> None:
    own = course("imatinib", hours={"imatinib": (Hours((time(2, 30),)),)})
    autumn = schedule(own, date(2026, 10, 23), date(2026, 10, 25))
    assert [slot.due_at for slot in autumn] == [
        datetime(2026, 10, 24, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # 02:30 in summer time; it is shown again an hour later
        datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]
    spring = schedule(own, date(2026, 3, 27), date(2026, 3, 29))
    assert [slot.due_at for slot in spring] == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # 03:00: there is no 02:30
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize("regimen", REGIMENS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_tap_at_any_instant_belongs_to_one_slot_or_is_an_extra_dose(regimen: str, data: st.DataObject) -> None:
    any_course = data.draw(courses(regimen, travels=True))
    drug = main_drugs(any_course)[0].inn
    since = any_course.started_on + timedelta(days=data.draw(st.integers(0, 300)))
    slots = [s for s in schedule(any_course, since, since + timedelta(days=20)) if s.drug == drug and not s.held]
    answered = set()
    for slot in slots if len(any_course.zones) == 1 else ():
        assert slot_of(any_course, slot.due_at, answered, drug) == slot, "taken as planned"
        answered.add(slot.key)
    tapped = datetime.combine(since, time(), UTC) + timedelta(minutes=data.draw(st.integers(0, 20 * 1440)))
    for _ in range(4):
        where = slot_of(any_course, tapped, answered, drug)
        assert isinstance(where, Slot | Extra)
        if isinstance(where, Slot):
            assert where.key not in answered
            assert not where.held
            answered.add(where.key)
    assert isinstance(slot_of(any_course, tapped, answered, drug), Extra)


# ------------------------------------------------------------------ told one by one


def test_a_tap_after_midnight_belongs_to_the_evening_before() -> None:
    capecitabine = course("capecitabine_mono", doses={"capecitabine": 2000})
    tap = slot_of(capecitabine, at(MONDAY + timedelta(days=4), "00:40"))
    assert isinstance(tap, Slot)
    assert (tap.day, tap.number) == (MONDAY + timedelta(days=3), 1)


def test_two_doses_in_one_morning_are_a_double_and_not_an_early_evening_dose() -> None:
    capecitabine = course("capecitabine_mono", doses={"capecitabine": 2000})
    first = slot_of(capecitabine, at(MONDAY, "08:00"))
    assert isinstance(first, Slot)
    assert slot_of(capecitabine, at(MONDAY, "08:20"), {first.key}) == Extra("extra", MONDAY)
    assert isinstance(slot_of(capecitabine, at(MONDAY, "17:30"), {first.key}), Slot)


def test_a_dose_on_a_rest_day_or_during_a_hold_is_an_extra_one() -> None:
    held = order(1, "hold", at(MONDAY + timedelta(days=3), "10:00"))
    palbociclib = course("palbociclib", orders=(held,))
    assert slot_of(palbociclib, at(MONDAY + timedelta(days=3), "10:30")) == Extra("during_hold", date(2026, 1, 8))
    assert slot_of(course("palbociclib"), at(MONDAY + timedelta(days=21), "08:00")) == Extra(
        "rest_day", date(2026, 1, 26)
    )


def test_the_bedtime_dose_of_the_last_day_taken_at_three_is_not_a_dose_of_the_rest_day() -> None:
    late = (Hours((time(22),)),)
    palbociclib = course("palbociclib", hours={"palbociclib": late})
    tap = slot_of(palbociclib, at(MONDAY + timedelta(days=21), "03:30"))
    assert isinstance(tap, Slot)
    assert tap.cycle_day == 21


def test_palbociclib_pauses_while_letrozole_goes_on_and_so_does_a_hold() -> None:
    both = combined(rulebook().regimen("palbociclib"), rulebook().regimen("letrozole"))
    held = order(1, "hold", at(MONDAY + timedelta(days=7), "03:00"))
    slots = schedule(course("palbociclib", regimen=both, orders=(held,)), MONDAY, MONDAY + timedelta(days=27))
    assert Counter((slot.drug, slot.held) for slot in slots) == {
        ("palbociclib", False): 7,
        ("palbociclib", True): 14,
        ("letrozole", False): 28,
    }


def test_a_cycle_put_off_does_not_interrupt_the_daily_partner() -> None:
    both = combined(rulebook().regimen("palbociclib"), rulebook().regimen("letrozole"))
    shift = order(
        1, "dose_change", at(MONDAY + timedelta(days=24), "09:00"), next_cycle=CycleStart(2, date(2026, 2, 9))
    )
    slots = schedule(course("palbociclib", regimen=both, orders=(shift,)), MONDAY, MONDAY + timedelta(days=41))
    assert Counter(slot.drug for slot in slots) == {"palbociclib": 28, "letrozole": 42}


def test_dexamethasone_is_on_its_own_days() -> None:
    slots = schedule(course("lenalidomide_dex"), MONDAY, MONDAY + timedelta(days=27))
    assert [slot.cycle_day for slot in slots if slot.drug == "dexamethasone"] == [1, 8, 15, 22]
    assert [slot.cycle_day for slot in slots if slot.drug == "lenalidomide"] == list(range(1, 22))


def test_venetoclax_rises_by_weeks_and_a_hold_skips_no_step() -> None:
    plain = preview(course("venetoclax"))
    assert [slot.mg for slot in plain.slots[::7]] == [20, 50, 100, 200, 400]
    pause = (
        order(1, "hold", at(MONDAY + timedelta(days=10), "03:00")),
        order(2, "resume", at(MONDAY + timedelta(days=17), "03:00")),
    )
    slots = [s for s in schedule(course("venetoclax", orders=pause), MONDAY, MONDAY + timedelta(days=59)) if not s.held]
    assert Counter(slot.mg for slot in slots) == {20: 7, 50: 7, 100: 7, 200: 7, 400: 25}


def test_a_long_hold_in_the_ramp_up_skips_no_step_either() -> None:
    pause = (
        order(1, "hold", at(MONDAY + timedelta(days=10), "03:00")),
        order(2, "resume", at(MONDAY + timedelta(days=170), "03:00")),
    )
    slots = [
        s for s in schedule(course("venetoclax", orders=pause), MONDAY, MONDAY + timedelta(days=199)) if not s.held
    ]
    assert Counter(slot.mg for slot in slots) == {20: 7, 50: 7, 100: 7, 200: 7, 400: 12}


def test_an_order_holds_for_the_dose_due_at_its_very_instant() -> None:
    held = (
        order(1, "hold", at(MONDAY + timedelta(days=2), "08:00")),
        order(2, "resume", at(MONDAY + timedelta(days=4), "08:00")),
    )
    slots = schedule(course("imatinib", orders=held), MONDAY, MONDAY + timedelta(days=6))
    assert [slot.held for slot in slots] == [False, False, True, True, False, False, False]


def test_a_hold_signed_twice_began_with_the_first() -> None:
    held = (
        order(1, "hold", at(MONDAY + timedelta(days=1), "03:00")),
        order(2, "hold", at(MONDAY + timedelta(days=3), "03:00")),
        order(3, "resume", at(MONDAY + timedelta(days=5), "03:00")),
    )
    slots = schedule(course("imatinib", orders=held), MONDAY, MONDAY + timedelta(days=6))
    assert [slot.held for slot in slots] == [False, True, True, True, True, False, False]


def test_sunitinib_has_another_calendar() -> None:
    other = rescheduled(rulebook().regimen("sunitinib_4_2"), 0)
    slots = schedule(course("sunitinib_4_2", regimen=other), MONDAY, MONDAY + timedelta(days=41))
    assert [slot.cycle_day for slot in slots] == [*range(1, 15), *range(1, 15)]


def test_a_cycle_put_off_begins_on_its_day_and_the_dose_already_due_that_morning_stays() -> None:
    shift = order(
        1, "dose_change", at(MONDAY + timedelta(days=28), "09:00"), next_cycle=CycleStart(2, date(2026, 2, 9))
    )
    slots = schedule(course("palbociclib", orders=(shift,)), MONDAY, date(2026, 3, 1))
    days = [slot.day for slot in slots if slot.cycle == 2]
    assert days == [date(2026, 2, 2), *(date(2026, 2, 9) + timedelta(days=n) for n in range(21))]


def test_a_traveller_takes_by_the_clock_of_the_place_and_is_warned_of_short_intervals() -> None:
    tokyo = Zone("Asia/Tokyo", at(MONDAY + timedelta(days=2), "13:00"))
    away = course("abemaciclib", zones=(*PARIS, tokyo))
    slots = schedule(away, MONDAY, MONDAY + timedelta(days=4))
    local = [
        slot.due_at.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%d %H:%M")
        for slot in slots
        if slot.day > date(2026, 1, 7)
    ]
    assert local == ["08 08:00", "08 20:00", "09 08:00", "09 20:00"]
    assert [(a.key, b.key) for a, b in too_close(away, slots)] != []
    arrival = at(MONDAY + timedelta(days=2), "13:00")
    held = course("abemaciclib", zones=(*PARIS, tokyo), orders=(order(1, "hold", arrival),))
    waiting = schedule(held, MONDAY, MONDAY + timedelta(days=4))
    assert any(slot.held for slot in waiting)
    assert too_close(held, waiting) == (), "what is on hold is not taken"
    home = course("abemaciclib")
    assert too_close(home, schedule(home, MONDAY, MONDAY + timedelta(days=360))) == ()
    both = course("palbociclib", regimen=combined(rulebook().regimen("palbociclib"), rulebook().regimen("letrozole")))
    assert too_close(both, schedule(both, MONDAY, MONDAY + timedelta(days=60))) == (), "two drugs at one hour"


def test_what_was_told_before_a_journey_keeps_the_day_it_had_at_home() -> None:
    zones = (*PARIS, Zone("Asia/Tokyo", at(MONDAY + timedelta(days=2), "13:00")))
    assert day_of(zones, at(MONDAY + timedelta(days=1), "00:40")) == MONDAY, (
        "still Paris, though it is morning in Tokyo"
    )
    assert day_of(zones, at(MONDAY + timedelta(days=2), "23:00")) == MONDAY + timedelta(days=3), (
        "the morning after, in Tokyo"
    )


@settings(max_examples=200, deadline=None)
@given(
    names=st.lists(st.sampled_from(ZONES), min_size=2, max_size=5),
    gaps=st.lists(st.integers(1, 400), min_size=5, max_size=5),
    clocks=st.lists(st.integers(180, 1619), min_size=2, max_size=2, unique=True).map(sorted),
)
def test_intakes_never_change_places_wherever_a_traveller_goes(
    names: list[str], gaps: list[int], clocks: list[int]
) -> None:
    instant = datetime(2026, 3, 20, tzinfo=UTC)
    zones = [Zone(names[0])]
    for name, gap in zip(names[1:], gaps, strict=False):
        instant += timedelta(hours=gap)
        zones.append(Zone(name, instant))
    hours = [time(m // 60 % 24, m % 60) for m in clocks]
    days = [date(2026, 3, 15) + timedelta(days=n) for n in range(90)]
    dues = [due_at(tuple(zones), day, clock) for day in days for clock in hours]
    assert dues == sorted(dues)


def test_a_preview_tells_the_whole_cycle_its_boxes_and_what_cannot_be_made() -> None:
    whole = preview(course("capecitabine_mono", doses={"capecitabine": 2150}, starts_with=1))
    assert len(whole.slots) == 28
    assert [(u.strength_mg, u.count) for u in whole.boxes["capecitabine"]] == [(500, 112), (150, 28)]
    odd = preview(course("capecitabine_mono", doses={"capecitabine": 2125}))
    assert odd.problems == ("capecitabine: 2125 mg cannot be made of 150 mg, 500 mg; nearest: 2100 mg or 2150 mg",)
    assert preview(course("temozolomide_maintenance")).problems == (
        "temozolomide: the dose is not prescribed: give it in mg per intake",
    )
