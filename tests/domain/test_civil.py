"""Opening hours on the wall clock: weekends, French holidays, and the two nights a year when an hour is lost or lived twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.civil import OpeningHours, holiday_name, local_day, local_midnight

ZONE = "Europe/Paris"
PARIS = ZoneInfo(ZONE)
WEEK = OpeningHours(ZONE, time(8), time(18), frozenset(range(5)))
NEAR, FAR = datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2029-12-31")
MINUTES = st.datetimes(NEAR, FAR, timezones=st.just(UTC)).map(lambda at: at.replace(second=0, microsecond=0))


def paris(text: str, fold: int = 0) -> datetime:
    """An instant as a clock in Paris shows it, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 7, 14),  # a Tuesday
        date(2027, 1, 1),  # a Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 14),  # Ascension, a Thursday
        date(2026, 5, 25),  # Whit Monday
        date(2028, 4, 17),  # Easter Monday of another year
    ],
)
def test_nobody_works_on_a_french_holiday(day: date) -> None:
    assert day.weekday() < 5
    assert not WEEK.works_on(day)
    assert not WEEK.is_open(datetime.combine(day, time(11), PARIS))


def test_the_days_around_a_holiday_are_working_days() -> None:
    assert WEEK.works_on(date(2026, 7, 13))
    assert WEEK.works_on(date(2026, 7, 15))
    assert not WEEK.works_on(date(2026, 7, 18)), "a Saturday"


def test_the_door_opens_at_eight_and_closes_at_eighteen() -> None:
    assert not WEEK.is_open(paris("2026-11-23T07:59:59"))
    assert WEEK.is_open(paris("2026-11-23T08:00"))
    assert WEEK.is_open(paris("2026-11-23T17:59:59"))
    assert not WEEK.is_open(paris("2026-11-23T18:00"))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T07:00", "2026-11-23T08:00"),
        ("2026-11-23T12:00", "2026-11-23T12:00"),
        ("2026-11-23T18:00", "2026-11-24T08:00"),
        ("2026-11-20T19:00", "2026-11-23T08:00"),  # Friday evening
        ("2026-07-13T18:30", "2026-07-15T08:00"),  # over 14 July
        ("2026-12-31T18:30", "2027-01-04T08:00"),  # over New Year's Day and a weekend
        ("2026-04-03T18:30", "2026-04-07T08:00"),  # over Easter
    ],
)
def test_the_next_opening_is_known(now: str, opens: str) -> None:
    assert WEEK.next_open(paris(now)) == paris(opens)


@pytest.mark.parametrize(
    ("saturday", "monday_utc"),
    [
        ("2026-03-28T20:00", datetime(2026, 3, 30, 6, tzinfo=UTC)),
        ("2026-10-24T20:00", datetime(2026, 10, 26, 7, tzinfo=UTC)),
    ],
)
def test_f15_f16_the_door_opens_at_eight_on_the_wall_after_the_clocks_change(
    saturday: str, monday_utc: datetime
) -> None:
    assert WEEK.next_open(paris(saturday)) == monday_utc


def test_the_next_morning_is_eight_on_the_wall_on_any_day() -> None:
    assert WEEK.next_morning(paris("2026-11-20T19:00")) == paris("2026-11-21T08:00"), "a Saturday"
    assert WEEK.next_morning(paris("2026-11-21T07:00")) == paris("2026-11-21T08:00"), "the same day, before eight"
    assert WEEK.next_morning(paris("2026-03-28T23:30")) == datetime(2026, 3, 29, 6, tzinfo=UTC), "an hour was lost"
    assert WEEK.next_morning(paris("2026-10-24T23:30")) == datetime(2026, 10, 25, 7, tzinfo=UTC), "an hour came twice"


def test_both_two_thirties_of_the_autumn_night_are_closed_and_an_hour_apart() -> None:
    first, second = paris("2026-10-25T02:30"), paris("2026-10-25T02:30", fold=1)
    assert second - first == timedelta(hours=1)
    assert not WEEK.is_open(first)
    assert not WEEK.is_open(second)
    assert WEEK.next_open(first) == WEEK.next_open(second) == paris("2026-10-26T08:00")


@pytest.mark.parametrize(
    ("now", "days", "ends"),
    [
        ("2026-11-23T09:00", 1, "2026-11-24T18:00"),
        ("2026-11-20T09:00", 1, "2026-11-23T18:00"),
        ("2026-11-20T19:00", 1, "2026-11-24T18:00"),  # Friday evening counts as Monday
        ("2026-11-21T12:00", 2, "2026-11-25T18:00"),  # so does Saturday
        ("2026-07-13T09:00", 1, "2026-07-15T18:00"),
        ("2026-12-31T09:00", 1, "2027-01-04T18:00"),
    ],
)
def test_a_working_day_ends_at_its_closing(now: str, days: int, ends: str) -> None:
    assert WEEK.after_working_days(paris(now), days) == paris(ends)


def test_a_patient_in_guadeloupe_has_another_day_than_one_in_paris() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert local_day(late, ZONE) == date(2026, 11, 24)
    assert local_day(late, "America/Guadeloupe") == date(2026, 11, 23)
    assert local_midnight(late, ZONE) == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert local_midnight(late, "America/Guadeloupe") == datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_midnight_is_told_in_the_offset_it_had() -> None:
    assert local_midnight(paris("2026-10-25T12:00"), ZONE) == datetime(2026, 10, 24, 22, tzinfo=UTC), "still summer"
    assert local_midnight(paris("2026-03-29T12:00"), ZONE) == datetime(2026, 3, 28, 23, tzinfo=UTC), "still winter"


@given(MINUTES)
def test_the_next_opening_is_never_in_the_past_and_really_open(at: datetime) -> None:
    opening = WEEK.next_open(at)
    assert opening >= at
    assert WEEK.is_open(opening)
    assert opening == at or not WEEK.is_open(opening - timedelta(minutes=1)), "the door had been shut until then"
    assert WEEK.next_open(opening) == opening


@given(MINUTES)
def test_the_next_morning_is_within_a_day_and_an_hour(at: datetime) -> None:
    morning = WEEK.next_morning(at)
    assert timedelta(0) <= morning - at <= timedelta(hours=25)
    assert morning.astimezone(PARIS).time() == time(8)


def test_a_public_holiday_has_a_name_in_both_languages_and_other_days_have_none():
    national = holiday_name(date(2026, 7, 14))
    assert national is not None
    assert (national.fr, national.en) == ("Fête nationale", "National Day")
    assert holiday_name(date(2026, 7, 15)) is None
