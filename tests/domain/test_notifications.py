"""What each answer of a push service means, told for every status there is."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.notifications import (
    Outcome,
    OutcomeKind,
    PushMessage,
    Urgency,
    again,
    next_attempt_at,
    outcome_of,
    time_to_live,
    topic_of,
    unsendable,
    urgency_of,
    wait_asked,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HALF_A_MINUTE_LATER = "Mon, 23 Nov 2026 12:00:30 GMT"


def expected(status: int) -> OutcomeKind:
    """The table, written the other way round from the code: by what we do."""
    if status in range(200, 300):
        return OutcomeKind.ACCEPTED
    if status in (404, 410):
        return OutcomeKind.GONE
    if status in (408, 425, 429) or status in range(500, 600):
        return OutcomeKind.RETRY
    if status in range(300, 400):
        return OutcomeKind.REFUSED
    return OutcomeKind.OUR_FAULT


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_every_status_has_its_outcome(attempt: int) -> None:
    for status in range(100, 1000):
        outcome = outcome_of(status, None, attempt, NOON)
        assert outcome.kind is expected(status), status
        assert outcome.status == status
        assert outcome.attempted
        assert (outcome.retry_after is not None) == (outcome.kind is OutcomeKind.RETRY)


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_our_own_mistakes_never_cost_a_subscription(status: int) -> None:
    for attempt in range(1, 10):
        for header in (None, "5", HALF_A_MINUTE_LATER):
            assert outcome_of(status, header, attempt, NOON).kind is OutcomeKind.OUR_FAULT


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_trouble_is_tried_again_after_two_five_and_fifteen_seconds_and_then_left(status: int) -> None:
    outcomes = [outcome_of(status, None, attempt, NOON) for attempt in (1, 2, 3, 4, 5)]
    assert [outcome.retry_after for outcome in outcomes] == [2, 5, 15, None, None]
    assert [outcome.kind for outcome in outcomes[3:]] == [OutcomeKind.GIVE_UP, OutcomeKind.GIVE_UP]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("attempt", [1, 4, 40])
@pytest.mark.parametrize(("header", "seconds"), [("7", 7), (HALF_A_MINUTE_LATER, 30)])
def test_a_service_that_says_when_is_asked_again_then(status: int, attempt: int, header: str, seconds: float) -> None:
    outcome = outcome_of(status, header, attempt, NOON)
    assert (outcome.kind, outcome.retry_after) == (OutcomeKind.RETRY, seconds)


@pytest.mark.parametrize("status", [500, 502, 404, 410, 201, 301])
def test_retry_after_means_nothing_elsewhere(status: int) -> None:
    assert outcome_of(status, "7", 1, NOON) == outcome_of(status, None, 1, NOON)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("0", 1),
        (" 12 ", 12),
        ("9" * 30, 86_400),
        ("9" * 5_000, None),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 1),
        ("Monday, 23-Nov-26 12:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 12:00:30", 30),
        ("Mon, 23 Nov 2026 13:00:30 +0100", 30),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("Mon, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_a_second_and_a_day(header: str | None, seconds: float | None) -> None:
    assert wait_asked(header, NOON) == seconds


def test_a_date_without_a_zone_does_not_follow_the_zone_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Pacific/Noumea")
        time.tzset()
        wait = wait_asked("Mon, 23 Nov 2026 12:00:30", NOON)
    time.tzset()
    assert wait == 30


@given(header=st.text() | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,5} [\d:]{1,8} \S{0,6}\Z"))
def test_no_retry_after_is_too_strange(header: str) -> None:
    assert outcome_of(429, header, 1, NOON).kind is OutcomeKind.RETRY


def test_retries_end_where_the_next_escalation_step_begins() -> None:
    retry = again("timed_out", 2)
    assert next_attempt_at(retry, NOON, NOON + timedelta(seconds=5.1)) == NOON + timedelta(seconds=5)
    assert next_attempt_at(retry, NOON, NOON + timedelta(seconds=5)) is None


@pytest.mark.parametrize("kind", [kind for kind in OutcomeKind if kind is not OutcomeKind.RETRY])
def test_only_a_retry_has_a_next_time(kind: OutcomeKind) -> None:
    assert next_attempt_at(Outcome(kind=kind, because="x"), NOON, NOON + timedelta(days=1)) is None


def message(payload: bytes = b"{}", topic: str = "t", lives: float = 60) -> PushMessage:
    """A message made at noon."""
    return PushMessage(payload=payload, urgency=Urgency.HIGH, topic=topic, expires_at=NOON + timedelta(seconds=lives))


def test_the_longest_payload_may_go_and_one_byte_more_may_not() -> None:
    assert unsendable(message(b"x" * 3_993), NOON) is None
    refused = unsendable(message(b"x" * 3_994), NOON)
    assert refused is not None
    assert (refused.kind, refused.attempted) == (OutcomeKind.OUR_FAULT, False)
    assert unsendable(message(b""), NOON) is not None


@pytest.mark.parametrize("topic", ["", "a" * 33, "a/b", "a\r\nb", "é", "a\n"])
def test_a_topic_that_a_push_service_would_refuse_is_our_fault(topic: str) -> None:
    refused = unsendable(message(topic=topic), NOON)
    assert refused is not None
    assert refused.kind is OutcomeKind.OUR_FAULT


def test_nobody_is_woken_by_a_message_that_has_expired() -> None:
    assert unsendable(message(lives=0.001), NOON) is None
    refused = unsendable(message(lives=0), NOON)
    assert refused is not None
    assert (refused.kind, refused.because) == (OutcomeKind.GIVE_UP, "expired")


@pytest.mark.parametrize(("lives", "ttl"), [(0.2, 1), (59.1, 60), (3_600, 3_600), (1e8, 2_419_200)])
def test_time_to_live_is_never_the_zero_that_drops_a_message_for_a_phone_that_is_off(lives: float, ttl: int) -> None:
    assert time_to_live(message(lives=lives), NOON) == ttl


def test_an_alert_keeps_its_topic() -> None:
    alert = UUID("0192f0c8-7b1e-7c3a-9d2e-5a1b2c3d4e5f")
    assert topic_of(alert) == topic_of(alert) != topic_of(UUID(int=0))
    assert unsendable(message(topic=topic_of(alert)), NOON) is None


def test_red_and_orange_are_urgent() -> None:
    assert [urgency_of(level) for level in ("red", "orange", "yellow", "green")] == ["high", "high", "normal", "normal"]


def test_the_payload_does_not_show_in_a_traceback() -> None:
    assert "canary" not in repr(message(b"canary"))
