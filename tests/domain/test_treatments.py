"""Where in the cycles a day falls."""

from datetime import date

from app.domain.texts import Text
from app.domain.treatments import NOT_BEGUN, CycleDay, Regimen, Schedule, is_on_day, position

SCHEDULE = Schedule(cycle_days=21, on_days=((1, 14),), times_per_day=2, interval_h=12, timing_window_h=3)
CAPECITABINE = Regimen(
    id="capecitabine_mono",
    title=Text("Capécitabine", "Capecitabine"),
    inn=("capecitabine",),
    level=2,
    flags={},
    over_adherence_class="high",
    schedule=SCHEDULE,
)
START = date(2026, 11, 2)


def test_the_first_day_is_c1d1() -> None:
    assert position(CAPECITABINE, START, START) == CycleDay(1, 1)


def test_the_day_after_the_last_day_of_a_cycle_opens_the_next() -> None:
    assert position(CAPECITABINE, START, date(2026, 11, 22)) == CycleDay(1, 21)
    assert position(CAPECITABINE, START, date(2026, 11, 23)) == CycleDay(2, 1)


def test_before_the_start_nothing_has_begun() -> None:
    assert position(CAPECITABINE, START, date(2026, 11, 1)) == NOT_BEGUN


def test_a_summer_time_change_does_not_move_the_days() -> None:
    assert position(CAPECITABINE, date(2026, 3, 28), date(2026, 3, 30)) == CycleDay(1, 3)


def test_rest_days_are_those_without_planned_doses() -> None:
    assert is_on_day(SCHEDULE, 14)
    assert not is_on_day(SCHEDULE, 15)
