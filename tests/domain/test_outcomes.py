"""Which fortnights are asked about, and when a report's outcome is a yes, a no, not yet known, or never."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outcomes import (
    Happening,
    Known,
    Label,
    Window,
    WindowState,
    at_risk,
    first_event,
    label,
    windows,
)

DAY = date(2026, 10, 1)


def on(day: int) -> date:
    """A day counted from DAY."""
    return DAY + timedelta(days=day)


FIRST = Window(on(1), on(14))
SECOND = Window(on(15), on(28))


def test_one_report_asks_for_the_fortnight_after_it() -> None:
    assert windows([DAY], on(40)) == [FIRST]


def test_a_later_report_asks_for_the_fortnight_that_its_horizon_reaches_into() -> None:
    assert windows([DAY, on(3)], on(40)) == [FIRST, SECOND]


def test_fortnights_in_which_nobody_told_anything_are_not_asked_about() -> None:
    asked = windows([DAY, on(100)], on(120))
    assert asked[0] == FIRST
    assert all(on(101) <= window.last_on for window in asked[1:])
    assert len(asked) == 3


def test_a_fortnight_is_due_when_it_is_over_and_for_fourteen_days() -> None:
    states = [FIRST.state(on(day), answered=False) for day in (14, 15, 28, 29)]
    assert states == [WindowState.RUNNING, WindowState.DUE, WindowState.DUE, WindowState.EXPIRED]
    assert FIRST.state(on(29), answered=True) is WindowState.ANSWERED


@given(st.lists(st.integers(0, 200), min_size=1, max_size=40))
def test_every_day_of_every_horizon_is_asked_about(told: list[int]) -> None:
    asked = windows([on(day) for day in told], on(400))
    covered = {window.first_on + timedelta(days=k) for window in asked for k in range(14)}
    assert all(on(day + ahead) in covered for day in told for ahead in range(1, 15))
    assert all(a.last_on < b.first_on for a, b in pairwise(asked)), "no day is asked about twice"


VISIT = Known((Happening("visit", on(5)),), (FIRST,))
NOTHING = Known((), (FIRST,))


@pytest.mark.parametrize(
    ("known", "today", "expected"),
    [
        (VISIT, 21, Label.PENDING),  # 7 days and 14 of grace are not over: neither a yes nor a no counts yet
        (NOTHING, 21, Label.PENDING),
        (VISIT, 22, Label.YES),
        (NOTHING, 22, Label.NO),
        (Known(), 22, Label.UNKNOWN),  # nobody answered: silence is no "no"
        (Known((Happening("visit", on(8)),), (FIRST,)), 22, Label.NO),  # one day too late
        (Known((Happening("visit", on(0)),), (FIRST,)), 22, Label.NO),  # that very day
        (Known((), (FIRST,), on(6)), 22, Label.UNKNOWN),  # left before the horizon ended
        (Known((Happening("toxicity", on(3)),), (), on(6)), 22, Label.YES),
    ],
)
def test_the_label_of_seven_days(known: Known, today: int, expected: Label) -> None:
    assert label(DAY, 7, on(today), known) is expected


def test_fourteen_days_need_every_day_answered_for() -> None:
    reported = on(3)
    assert label(reported, 14, on(40), Known((), (FIRST,))) is Label.UNKNOWN
    assert label(reported, 14, on(40), Known((), (FIRST, SECOND))) is Label.NO


def test_whoever_is_severely_ill_already_is_not_at_risk_of_becoming_so() -> None:
    episode = Happening("toxicity", on(0), on(4))
    assert [at_risk(on(day), [episode]) for day in (-1, 0, 4, 5)] == [True, False, False, True]


def test_the_first_of_two_events_is_told() -> None:
    known = Known((Happening("toxicity", on(9)), Happening("visit", on(4))))
    assert first_event(DAY, known) == ("visit", 4)
    assert first_event(on(9), known) is None
