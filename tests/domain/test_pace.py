"""Storms: the first messages to a person leave alone, the rest in one bundle a minute, and nothing graver waits for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.pace import SINGLES, WINDOW, Pace, turn
from app.domain.verdicts import TriageLevel

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RED, ORANGE, YELLOW = TriageLevel.RED, TriageLevel.ORANGE, TriageLevel.YELLOW


def test_the_first_three_leave_at_once_and_alone() -> None:
    first = turn(None, [RED], AT)
    assert (first.alone, first.bundled, first.held_until) == (1, 0, None)
    second = turn(first.pace, [RED, RED], AT + timedelta(seconds=10))
    assert (second.alone, second.bundled, second.held_until) == (2, 0, None)


def test_the_fourth_of_a_minute_waits_for_its_end_and_leaves_with_what_came_meanwhile() -> None:
    full = Pace(AT, RED, SINGLES)
    fourth = turn(full, [RED], AT + timedelta(seconds=20))
    assert (fourth.alone, fourth.bundled, fourth.held_until) == (0, 0, AT + WINDOW)
    later = turn(full, [RED] * 997, AT + WINDOW)
    assert (later.alone, later.bundled, later.held_until) == (0, 997, None)
    assert turn(later.pace, [RED] * 5, AT + WINDOW * 1.5).held_until == AT + WINDOW * 2, "one bundle a minute"


def test_a_thousand_at_once_are_one_bundle() -> None:
    assert turn(None, [RED] * 1000, AT).bundled == 1000


def test_a_red_never_waits_behind_yellows() -> None:
    full = Pace(AT, YELLOW, SINGLES)
    now = turn(full, [RED, YELLOW], AT + timedelta(seconds=1))
    assert (now.alone, now.held_until) == (2, None)
    assert turn(full, [YELLOW], AT + timedelta(seconds=1)).held_until == AT + WINDOW


def test_a_window_in_the_future_belongs_to_a_wrong_clock() -> None:
    assert turn(Pace(AT + timedelta(days=1), RED, SINGLES), [RED], AT).alone == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 90), st.lists(st.sampled_from([RED, ORANGE, YELLOW]), min_size=1, max_size=6)),
        max_size=40,
    )
)
def test_nobody_waits_a_minute_nor_is_anybody_shown_more_than_a_few_a_minute(
    arrivals: list[tuple[int, list[TriageLevel]]],
) -> None:
    """Whatever comes when: each call leaves within a minute, and in any minute a person sees few messages of one level."""
    pace, now = None, AT
    shown: list[tuple[datetime, TriageLevel]] = []
    waiting: list[tuple[datetime, TriageLevel]] = []
    for pause, levels in [*arrivals, (61, [YELLOW])]:
        now += timedelta(seconds=pause)
        due = sorted([*(level for _, level in waiting), *levels], key=lambda level: -level.rank)
        born = sorted([*waiting, *((now, level) for level in levels)], key=lambda one: (-one[1].rank, one[0]))
        decided = turn(pace, due, now)
        pace = decided.pace or pace
        gone = decided.alone + decided.bundled
        assert gone + (len(due) - gone if decided.held_until else 0) == len(due)
        shown += [(now, level) for level in due[: decided.alone]] + ([(now, due[0])] if decided.bundled else [])
        waiting = born[gone:]
        assert all(now - since < WINDOW for since, _ in waiting)
    for at, _ in shown:
        assert sum(at <= other < at + WINDOW for other, _ in shown) <= 3 * SINGLES
