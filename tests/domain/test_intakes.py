"""Entries that are only added, and what they come to."""

from datetime import UTC, date, datetime, timedelta

from app.domain.adherence import measure
from app.domain.answers import Answers, answers
from app.domain.calendars import calendar
from app.domain.courses import main_drugs
from app.domain.intakes import Intake, effective, kind_for, unreported, what_to_do
from app.domain.orders import CycleStart
from app.domain.schedules import schedule
from tests.domain.plans import order
from tests.domain.test_schedules import MONDAY, at, course
from tests.rules.book import rulebook

CAPECITABINE = course("capecitabine_mono", doses={"capecitabine": 2000})
EVENING = datetime(2026, 1, 6, 19, tzinfo=UTC)


def entry(id_: str, kind: str, day: date = MONDAY, number: int | None = 0, **more: object) -> Intake:
    said: dict[str, object] = {"recorded_at": at(day, "08:05"), **more}
    return Intake(id=id_, drug="capecitabine", day=day, number=number, kind=kind, **said)  # type: ignore[arg-type] # kinds as told


def sorted_out(*entries: Intake, days: int = 21) -> Answers:
    plan = calendar(CAPECITABINE, main_drugs(CAPECITABINE)[0], MONDAY, MONDAY + timedelta(days=days - 1))
    assert plan is not None
    return answers(plan, effective(entries))


def test_a_correction_replaces_and_both_are_kept() -> None:
    told = [entry("1", "missed", reason="forgot"), entry("2", "taken", replaces="1")]
    assert [e.id for e in effective(told)] == ["2"]
    assert [e.id for e in effective([*told, entry("3", "undone", replaces="2")])] == ["1"]
    assert [e.id for e in effective([*told, entry("3", "late", replaces="2")])] == ["3"]


def test_what_is_undone_counts_no_more() -> None:
    tapped = entry("1", "taken")
    assert effective([tapped, entry("2", "undone", replaces="1")]) == ()


def test_a_slot_answered_by_two_phones_is_one_dose() -> None:
    by_both = [entry("1", "taken"), entry("2", "taken", author_kind="caregiver", recorded_at=at(MONDAY, "09:00"))]
    assert sorted_out(*by_both).taken.bit_count() == 1


def test_the_box_is_believed_over_the_app_and_the_app_over_a_later_report() -> None:
    said = [
        entry("1", "missed", source="app", reason="forgot", recorded_at=at(MONDAY, "23:00")),
        entry("2", "taken", source="box", recorded_at=at(MONDAY, "08:00")),
        entry("3", "missed", source="report", recorded_at=at(MONDAY, "23:30")),
    ]
    assert [e.id for e in effective(said)] == ["2"]
    assert [e.id for e in effective(said[:1] + said[2:])] == ["1"]


def test_an_extra_dose_told_by_two_sources_is_one_and_by_any_is_enough() -> None:
    by_app = entry("1", "extra", number=None, taken_at=at(MONDAY, "10:00"))
    by_box = entry("2", "extra", number=None, taken_at=at(MONDAY, "10:02"), source="box")
    assert sorted_out(by_app, by_box).extra == 1
    assert sorted_out(by_box).extra == 1
    assert sorted_out(by_box, by_app, entry("3", "extra", number=None, taken_at=at(MONDAY, "22:00"))).extra == 2


def test_part_of_a_dose_is_partial_and_more_than_it_is_a_dose_too_many() -> None:
    assert sorted_out(entry("1", "taken", mg=1800)).taken == 1  # 90 %
    assert sorted_out(entry("1", "taken", mg=1790)).partial == 1
    assert sorted_out(entry("1", "taken", mg=2200)).extra == 0  # 110 %
    assert sorted_out(entry("1", "taken", mg=2210)).extra == 1
    assert sorted_out(entry("1", "taken", mg=4000)).extra == 1
    assert sorted_out(entry("1", "taken", mg=6000)).extra == 2


def test_late_inside_the_window_is_on_time_and_outside_it_is_still_taken() -> None:
    slot = schedule(CAPECITABINE, MONDAY, MONDAY)[0]
    assert kind_for(slot, at(MONDAY, "11:00")) == "taken"
    assert kind_for(slot, at(MONDAY, "11:01")) == "late"
    found = sorted_out(
        entry("1", "late", taken_at=at(MONDAY, "11:01")), entry("2", "late", number=1, taken_at=at(MONDAY, "22:00"))
    )
    assert (found.taken.bit_count(), found.on_time.bit_count()) == (2, 1)
    assert sorted_out(entry("1", "late", taken_at=at(MONDAY, "11:00"))).on_time == 1


def test_silence_is_unreported_and_never_missed() -> None:
    slots = schedule(CAPECITABINE, MONDAY, MONDAY + timedelta(days=1))
    told = [entry("1", "taken"), entry("2", "missed", number=1, reason="forgot")]
    assert [s.key for s in unreported(slots, told, EVENING)] == [("capecitabine", MONDAY + timedelta(days=1), 0)]
    assert unreported(slots, told, at(MONDAY + timedelta(days=1), "10:59")) == ()
    counts = measure(CAPECITABINE, main_drugs(CAPECITABINE)[0], told, MONDAY, MONDAY + timedelta(days=1), EVENING)
    assert (counts.expected, counts.taken, counts.missed, counts.unreported) == (3, 1, 1, 1)
    assert counts.taking_rate is not None
    assert counts.taking_rate < (counts.taking_rate_of_reported or 0)


def test_a_vomited_dose_was_taken_and_is_counted_apart() -> None:
    counts = measure(
        CAPECITABINE, main_drugs(CAPECITABINE)[0], [entry("1", "vomited")], MONDAY, MONDAY, at(MONDAY, "12:00")
    )
    assert (counts.expected, counts.taken, counts.vomited) == (1, 1, 1)


def test_a_dose_told_for_a_slot_that_was_put_on_hold_meanwhile_is_a_dose_during_the_hold() -> None:
    held = course("capecitabine_mono", doses={"capecitabine": 2000}, orders=(order(1, "hold", at(MONDAY, "07:00")),))
    counts = measure(held, main_drugs(held)[0], [entry("1", "taken")], MONDAY, MONDAY, EVENING)
    assert (counts.expected, counts.held, counts.during_hold) == (0, 2, 1)


def test_a_dose_told_for_a_slot_that_a_shifted_cycle_has_left_empty_is_one_on_a_rest_day() -> None:
    shift = order(
        1, "dose_change", at(MONDAY + timedelta(days=20), "07:00"), next_cycle=CycleStart(2, date(2026, 2, 2))
    )
    moved = course("capecitabine_mono", doses={"capecitabine": 2000}, orders=(shift,))
    emptied = MONDAY + timedelta(days=21)  # C2D1, until it was put off by a week
    counts = measure(
        moved, main_drugs(moved)[0], [entry("1", "taken", emptied)], emptied, emptied, at(emptied, "12:00")
    )
    assert (counts.expected, counts.taken, counts.rest_day, counts.extra) == (0, 0, 1, 0)


def test_what_to_do_now_is_the_text_of_the_regimen() -> None:
    texts = rulebook().regimen("capecitabine_mono").intake
    assert texts is not None
    assert what_to_do(texts, "missed") == texts.missed_dose
    assert what_to_do(texts, "vomited") == texts.vomited_dose
    assert what_to_do(texts, "extra") == texts.double_dose
    assert what_to_do(texts, "taken") is None
