"""What the patient is told at once, and whether the phone's clock is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.receipts import CLOCK_DRIFT, OLDEST_BELIEVED, advice, told_at
from app.domain.triage import TriageLevel
from tests.rules.book import rulebook

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=5), 3 * DAY, OLDEST_BELIEVED, -CLOCK_DRIFT])
def test_a_phone_that_was_offline_for_days_is_believed(ago: timedelta) -> None:
    assert told_at(NOW - ago, NOW) == NOW - ago


@pytest.mark.parametrize("off", [-6 * 365 * DAY, -15 * DAY, timedelta(minutes=6), DAY, 40 * 365 * DAY])
def test_a_phone_whose_clock_is_wrong_by_days_or_years_is_not(off: timedelta) -> None:
    assert told_at(NOW + off, NOW) == NOW


def test_the_ends_of_the_calendar_do_no_harm() -> None:
    for extreme in (
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23, minutes=59))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=23, minutes=59))),
    ):
        assert told_at(extreme, NOW) == NOW


@given(st.datetimes(timezones=st.timezones()))
def test_nothing_was_ever_told_long_ago_or_in_the_future(answered: datetime) -> None:
    told = told_at(answered, NOW)
    assert NOW - OLDEST_BELIEVED <= told <= NOW + CLOCK_DRIFT
    assert told in (answered, NOW)


def test_an_emergency_has_words_of_its_own() -> None:
    assert "15" in rulebook().outcome(TriageLevel.RED, True).headline.fr
    assert rulebook().outcome(TriageLevel.RED, True) is rulebook().levels["red_emergency"]
    assert rulebook().outcome(TriageLevel.RED, False) is rulebook().levels["red"]


@pytest.mark.parametrize("level", list(TriageLevel))
def test_every_level_has_words_in_both_languages_and_says_whom_to_call_in_an_emergency(level: TriageLevel) -> None:
    for emergency in {False, level is TriageLevel.RED}:
        said = rulebook().outcome(level, emergency)
        for text in (said.headline.fr + said.next.fr, said.headline.en + said.next.en):
            assert "15" in text
            assert "112" in text


def test_advice_comes_in_the_order_asked_for_and_without_what_the_rulebook_no_longer_has() -> None:
    first, second = list(rulebook().advice)[:2]
    assert [a.id for a in advice(rulebook(), (second, "gone_since", first))] == [second, first]
    assert all(a.title.fr and a.body.en for a in advice(rulebook(), tuple(rulebook().advice)))
