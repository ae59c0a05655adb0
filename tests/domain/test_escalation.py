"""Who is called, in which order and when, with the delays of the rulebook in force."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.civil import OpeningHours
from app.domain.escalation import Due, Step, due, first_call, waits_for_nobody
from app.domain.escalation import plan as plan_of
from app.domain.rulefiles import Outcome
from app.domain.triage import Recipient, TriageLevel
from tests.domain.test_civil import MINUTES, paris
from tests.rules.book import rulebook

WEEK = OpeningHours("Europe/Paris", time(8), time(18), frozenset(range(5)))
WAIT = rulebook().levels
YELLOW, ORANGE, RED, EMERGENCY = (WAIT[name] for name in ("yellow", "orange", "red", "red_emergency"))
POLICY = rulebook().policies.on("standard", date(2026, 11, 23))
LEVELS = {id(YELLOW): (TriageLevel.YELLOW, False), id(ORANGE): (TriageLevel.ORANGE, False)}
LEVELS |= {id(RED): (TriageLevel.RED, False), id(EMERGENCY): (TriageLevel.RED, True)}
CALLED = st.sampled_from([r for r in Recipient if r is not Recipient.NONE])
WAITS = st.sampled_from([YELLOW, ORANGE, RED, EMERGENCY])


def span(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def plan(recipient: Recipient, wait: Outcome, at: datetime, hours: OpeningHours) -> tuple[Step, ...]:
    """The ladder of the common rule."""
    return plan_of(recipient, *LEVELS[id(wait)], POLICY, rulebook(), at, hours)


@pytest.mark.parametrize(
    "night", ["2026-11-22T03:00", "2026-07-14T23:00", "2026-12-31T23:59", "2026-03-29T01:59", "2026-10-25T02:30"]
)
def test_red_is_called_at_once_day_and_night(night: str) -> None:
    at = paris(night)
    assert first_call(RED, at, WEEK) == at
    assert due(RED, at, WEEK) == Due(at + span(30), at + span(60))
    assert due(EMERGENCY, at, WEEK) == Due(at + span(15), at + span(30))


def test_a_red_delay_is_as_long_on_the_nights_when_the_clocks_change() -> None:
    for night in ("2026-03-29T01:50", "2026-10-25T02:50"):
        at = paris(night)
        assert due(RED, at, WEEK).acknowledge_at - at == span(30)


@pytest.mark.parametrize(
    ("told", "called", "acknowledged", "spoken"),
    [
        # in the morning: two hours, four hours
        ("2026-11-23T09:00", "2026-11-23T09:00", "2026-11-23T11:00", "2026-11-23T13:00"),
        # in the afternoon: nobody phones after closing, so by ten the next morning
        ("2026-11-23T15:00", "2026-11-23T15:00", "2026-11-23T17:00", "2026-11-24T10:00"),
        ("2026-11-23T17:00", "2026-11-23T17:00", "2026-11-24T09:00", "2026-11-24T10:00"),
        # on Friday afternoon: what is left of the two hours runs on Saturday morning, not on Monday
        ("2026-11-20T17:00", "2026-11-20T17:00", "2026-11-21T09:00", "2026-11-21T10:00"),
        ("2026-11-20T17:30", "2026-11-20T17:30", "2026-11-21T09:30", "2026-11-21T10:00"),
        # on Saturday at eight sharp: now, and within two hours
        ("2026-11-21T08:00", "2026-11-21T08:00", "2026-11-21T10:00", "2026-11-21T10:00"),
        # in the evening and at night: when the door opens
        ("2026-11-23T21:00", "2026-11-24T08:00", "2026-11-24T10:00", "2026-11-24T10:00"),
        ("2026-11-24T05:00", "2026-11-24T08:00", "2026-11-24T10:00", "2026-11-24T10:00"),
        # on Friday evening: Monday is past the hard limit, so Saturday morning
        ("2026-11-20T19:00", "2026-11-21T08:00", "2026-11-21T10:00", "2026-11-21T10:00"),
        # on Saturday at noon: Sunday morning
        ("2026-11-21T12:00", "2026-11-22T08:00", "2026-11-22T10:00", "2026-11-22T10:00"),
        # on Saturday at nine: by ten on Sunday would be more than a day
        ("2026-11-21T09:00", "2026-11-22T08:00", "2026-11-22T09:00", "2026-11-22T09:00"),
        # on the eve of 14 July: the morning of the holiday itself
        ("2026-07-13T20:00", "2026-07-14T08:00", "2026-07-14T10:00", "2026-07-14T10:00"),
        # on Easter Saturday
        ("2026-04-04T20:00", "2026-04-05T08:00", "2026-04-05T10:00", "2026-04-05T10:00"),
        # on the evening before the clocks change: eight on the wall, an hour earlier or later by the sun
        ("2026-03-28T20:00", "2026-03-29T08:00", "2026-03-29T10:00", "2026-03-29T10:00"),
        ("2026-10-24T20:00", "2026-10-25T08:00", "2026-10-25T10:00", "2026-10-25T10:00"),
    ],
)
def test_an_orange_is_called_when_somebody_is_there_and_never_waits_over_a_weekend(
    told: str, called: str, acknowledged: str, spoken: str
) -> None:
    at = paris(told)
    assert first_call(ORANGE, at, WEEK) == paris(called)
    assert due(ORANGE, at, WEEK) == Due(paris(acknowledged), paris(spoken))


def test_a_sunday_evening_orange_waits_for_monday_morning_and_no_longer() -> None:
    assert first_call(ORANGE, paris("2026-11-22T19:00"), WEEK) == paris("2026-11-23T08:00")


@pytest.mark.parametrize(
    ("told", "called", "acknowledged", "spoken"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00", "2026-11-24T18:00", "2026-11-25T18:00"),
        ("2026-11-20T19:00", "2026-11-23T08:00", "2026-11-24T18:00", "2026-11-25T18:00"),
        ("2026-07-13T20:00", "2026-07-15T08:00", "2026-07-16T18:00", "2026-07-17T18:00"),
    ],
)
def test_a_yellow_waits_for_working_days(told: str, called: str, acknowledged: str, spoken: str) -> None:
    at = paris(told)
    assert first_call(YELLOW, at, WEEK) == paris(called)
    assert due(YELLOW, at, WEEK) == Due(paris(acknowledged), paris(spoken))


PARTNER1, PARTNER2 = ("level1", "partner_level1"), ("level2", "partner_level2")
PARTNER_ONCOLOGIST = ("oncologist", "partner_oncologist")
BOTH = ("oncologist", "level2", "partner_oncologist", "partner_level2")


@pytest.mark.parametrize(
    ("recipient", "rungs"),
    [
        (Recipient.LEVEL1, [PARTNER1, PARTNER2, ("any_coordinator",), ()]),
        (Recipient.LEVEL2, [PARTNER2, PARTNER_ONCOLOGIST, ("any_oncologist",), ()]),
        (Recipient.ONCOLOGIST, [BOTH, ("any_oncologist",), ()]),
        (Recipient.EMERGENCY, [BOTH, ("any_oncologist",), ()]),
    ],
)
def test_each_recipient_has_a_ladder_that_ends_in_the_last_resort_and_then_undeliverable(
    recipient: Recipient, rungs: list[tuple[str, ...]]
) -> None:
    at = paris("2026-11-23T09:00")
    assert [step.recipients for step in plan(recipient, RED, at, WEEK)] == rungs


def test_a_red_at_three_climbs_every_half_hour_until_nobody_is_left() -> None:
    at = paris("2026-11-22T03:00")
    steps = plan(Recipient.ONCOLOGIST, RED, at, WEEK)
    assert [step.due_at - at for step in steps] == [span(0), span(30), span(60)]


def test_an_orange_of_friday_evening_climbs_on_saturday() -> None:
    steps = plan(Recipient.LEVEL2, ORANGE, paris("2026-11-20T19:00"), WEEK)
    assert steps[0].due_at == paris("2026-11-21T08:00"), "the nurse on duty is called on Saturday morning"
    assert steps[1].due_at == paris("2026-11-21T10:00"), "then the oncologist on call, two hours later"
    assert steps[2].due_at == paris("2026-11-21T11:00"), "then every oncologist"
    assert steps[3].due_at == paris("2026-11-21T12:00"), "and by noon nobody may pretend that all is well"


@pytest.mark.parametrize(
    ("told", "rungs"),
    [
        ("2026-11-23T09:00", ["2026-11-23T09:00", "2026-11-23T11:00", "2026-11-23T12:00", "2026-11-23T13:00"]),
        ("2026-11-23T17:00", ["2026-11-23T17:00", "2026-11-24T09:00", "2026-11-24T10:00", "2026-11-24T11:00"]),
        ("2026-11-23T20:00", ["2026-11-24T08:00", "2026-11-24T10:00", "2026-11-24T11:00", "2026-11-24T12:00"]),
        ("2026-11-20T17:00", ["2026-11-20T17:00", "2026-11-21T09:00", "2026-11-21T10:00", "2026-11-21T11:00"]),
        ("2026-11-21T12:00", ["2026-11-22T08:00", "2026-11-22T10:00", "2026-11-22T11:00", "2026-11-22T12:00"]),
    ],
)
def test_an_orange_climbs_after_two_hours_and_then_every_hour_once_somebody_was_called(
    told: str, rungs: list[str]
) -> None:
    assert [step.due_at for step in plan(Recipient.LEVEL2, ORANGE, paris(told), WEEK)] == [paris(r) for r in rungs]


def test_only_yellow_waits_where_nobody_answers() -> None:
    assert {level for level in TriageLevel if waits_for_nobody(level)} == {TriageLevel.ORANGE, TriageLevel.RED}


@given(WAITS, MINUTES)
def test_nothing_is_due_before_it_was_told_and_acknowledging_comes_before_speaking(wait: Outcome, at: datetime) -> None:
    times = due(wait, at, WEEK)
    assert at < times.acknowledge_at <= times.contact_at
    assert first_call(wait, at, WEEK) >= at


@given(WAITS, MINUTES)
def test_no_delay_passes_its_hard_limit(wait: Outcome, at: datetime) -> None:
    if wait.hard_limit_minutes:
        limit = at + span(wait.hard_limit_minutes)
        times = due(wait, at, WEEK)
        assert first_call(wait, at, WEEK) < limit
        assert times.acknowledge_at <= limit
        assert times.contact_at <= limit


@given(CALLED, WAITS, MINUTES)
def test_a_ladder_begins_with_the_first_call_and_never_goes_back_in_time(
    recipient: Recipient, wait: Outcome, at: datetime
) -> None:
    steps = plan(recipient, wait, at, WEEK)
    times = [step.due_at for step in steps]
    assert times[0] == first_call(wait, at, WEEK) >= at
    assert times == sorted(times)
    assert all(earlier < later for earlier, later in pairwise(times))
    assert [step.recipients for step in steps[:-1]] == list(POLICY.rungs(recipient))
    assert all(who.startswith("any_") for who in steps[-2].recipients), "the last resort is never empty"
    assert steps[-1].recipients == ()


@given(MINUTES)
def test_an_orange_is_never_called_at_night(at: datetime) -> None:
    local = first_call(ORANGE, at, WEEK).astimezone(WEEK.zone)
    assert time(8) <= local.time() < time(18)


@given(MINUTES)
def test_an_orange_is_undeliverable_at_the_latest_four_hours_after_its_first_morning(at: datetime) -> None:
    steps = plan(Recipient.LEVEL2, ORANGE, at, WEEK)
    assert steps[-1].due_at - steps[0].due_at <= timedelta(hours=20)
    local = steps[-1].due_at.astimezone(WEEK.zone)
    assert steps[-1].due_at - at <= timedelta(hours=29), local


OFFICES = st.frozensets(st.sampled_from(["level1", "level2", "oncologist", "partner_level2", "any_oncologist"]))


def climbed(steps: tuple[Step, ...], there: frozenset[str]) -> tuple[dict[str, datetime], datetime]:
    """When each of those who are there is called, and when the end is seen: an urgent rung without anybody hurries the next."""
    called: dict[str, datetime] = {}
    hurried: datetime | None = None
    at = steps[0].due_at
    for step in steps:
        at = min(step.due_at, hurried) if hurried else step.due_at
        found = there & set(step.recipients)
        for who in found:
            called.setdefault(who, at)
        hurried = None if found else at
    return called, at


@given(MINUTES, OFFICES)
def test_red_is_never_slower_than_orange_at_any_instant_whoever_is_there(at: datetime, there: frozenset[str]) -> None:
    orange_plan = plan(Recipient.LEVEL2, ORANGE, at, WEEK)
    orange, orange_end = climbed(orange_plan, there)
    for recipient, wait in ((Recipient.ONCOLOGIST, RED), (Recipient.EMERGENCY, EMERGENCY)):
        steps = plan(recipient, wait, at, WEEK)
        assert all(mine.due_at <= other.due_at for mine, other in zip(steps, orange_plan, strict=False)), "rung by rung"
        red, red_end = climbed(steps, there)
        assert all(red[who] <= when for who, when in orange.items()), "whom orange calls, red has called by then"
        assert red_end <= orange_end, "and its end is seen no later"


@given(MINUTES)
def test_an_emergency_is_never_slower_than_another_red(at: datetime) -> None:
    fast, slow = plan(Recipient.EMERGENCY, EMERGENCY, at, WEEK), plan(Recipient.ONCOLOGIST, RED, at, WEEK)
    assert all(mine.due_at <= other.due_at for mine, other in zip(fast, slow, strict=True))
