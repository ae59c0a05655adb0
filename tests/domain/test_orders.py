"""What can be signed after what, and where a course then stands."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.orders import CourseState, CycleStart, Order, state_at, why_not
from tests.domain.plans import order

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def signed(*kinds: str) -> tuple[Order, ...]:
    return tuple(order(n, kind, MONDAY + timedelta(days=n)) for n, kind in enumerate(kinds))


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((), CourseState.PLANNED),
        (("start",), CourseState.ACTIVE),
        (("start", "hold"), CourseState.ON_HOLD),
        (("start", "hold", "resume"), CourseState.ACTIVE),
        (("start", "hold", "dose_change"), CourseState.ON_HOLD),
        (("start", "stop"), CourseState.STOPPED),
        (("start", "complete"), CourseState.COMPLETED),
        (("start", "stop", "resume"), CourseState.STOPPED),
    ],
)
def test_a_course_stands_where_its_orders_put_it(kinds: tuple[str, ...], state: CourseState) -> None:
    assert state_at(signed(*kinds), MONDAY + timedelta(days=30)) is state


def test_an_order_signed_ahead_holds_from_its_day_on() -> None:
    orders = signed("start", "hold")
    assert state_at(orders, MONDAY) is CourseState.ACTIVE
    assert state_at(orders, MONDAY + timedelta(days=1)) is CourseState.ON_HOLD


@pytest.mark.parametrize(
    ("before", "kind", "words"),
    [
        ((), "hold", "the course is planned"),
        (("start",), "start", "the course is active"),
        (("start",), "resume", "what can: hold"),
        (("start", "hold"), "hold", "the course is on_hold"),
        (("start", "stop"), "resume", "a new course"),
        (("start",), "dose_change", "says the new dose"),
    ],
)
def test_what_cannot_follow_is_refused_in_words_that_say_what_can(
    before: tuple[str, ...], kind: str, words: str
) -> None:
    said = why_not(order(9, kind, MONDAY + timedelta(days=9)), signed(*before))
    assert said is not None
    assert words in said


def test_what_can_follow_is_not_refused() -> None:
    later = MONDAY + timedelta(days=9)
    assert why_not(order(9, "start", later), ()) is None
    assert why_not(order(9, "hold", later), signed("start")) is None
    assert why_not(order(9, "dose_change", later, doses={"sunitinib": 37.5}), signed("start")) is None
    assert why_not(order(9, "dose_change", later, next_cycle=CycleStart(2, later.date())), signed("start")) is None


def test_an_order_needs_a_reason_a_real_dose_and_its_place_in_time() -> None:
    later = MONDAY + timedelta(days=9)
    blank = Order(id="1", kind="hold", at=later, signed_by="dr", signed_at=later, reason=" ")
    assert why_not(blank, signed("start")) == "an order needs a reason"
    assert "more than 0 mg" in (why_not(order(9, "dose_change", later, doses={"a": 0.0}), signed("start")) or "")
    assert "later order" in (why_not(order(9, "hold", MONDAY), signed("start", "hold", "resume")) or "")
    past = CycleStart(2, date(2026, 1, 6))
    assert "today or later" in (why_not(order(9, "dose_change", later, next_cycle=past), signed("start")) or "")


def test_one_drug_can_be_held_while_the_course_goes_on() -> None:
    orders = (*signed("start"), order(5, "hold", MONDAY + timedelta(days=5), drugs=("trametinib",)))
    assert state_at(orders, MONDAY + timedelta(days=6)) is CourseState.ACTIVE
    resume = order(9, "resume", MONDAY + timedelta(days=9), drugs=("trametinib",))
    assert why_not(resume, orders) is None
    assert "not on hold" in (
        why_not(order(9, "resume", MONDAY + timedelta(days=9), drugs=("dabrafenib",)), orders) or ""
    )
