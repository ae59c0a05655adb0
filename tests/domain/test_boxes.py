"""Smart boxes: presumed intakes, days, times that do not count, and disagreement."""

from datetime import timedelta

import pytest

from app.domain.adherence import measure
from app.domain.boxes import Difference, NotMonitored, box_counts, box_days, box_intakes, differences, events
from app.domain.courses import main_drugs
from app.domain.facts import facts
from app.domain.intakes import Intake
from app.domain.schedules import schedule
from tests.domain.test_schedules import MONDAY, at, course

ABEMACICLIB = course("abemaciclib")
DRUG = main_drugs(ABEMACICLIB)[0]
TUESDAY = MONDAY + timedelta(days=1)


def test_openings_less_than_fifteen_minutes_apart_are_one() -> None:
    told = [at(MONDAY, clock) for clock in ("08:00", "08:07", "20:02", "20:17")]
    assert events(told) == (told[0], told[2], told[3])
    assert events(reversed(told)) == events(told)


def test_each_day_is_compared_with_its_plan() -> None:
    openings = [at(MONDAY, "08:00"), at(MONDAY, "20:00"), at(TUESDAY, "08:00")]
    openings += [at(MONDAY + timedelta(days=2), clock) for clock in ("08:00", "12:00", "20:00")]
    days = box_days(ABEMACICLIB, DRUG, openings, MONDAY, MONDAY + timedelta(days=3))
    assert [(d.openings, d.planned, d.value) for d in days] == [
        (2, 2, "exact"),
        (1, 2, "fewer"),
        (3, 2, "more"),
        (0, 2, "none"),
    ]


def test_a_night_opening_belongs_to_the_evening_before() -> None:
    days = box_days(ABEMACICLIB, DRUG, [at(MONDAY, "08:00"), at(TUESDAY, "00:40")], MONDAY, TUESDAY)
    assert [d.openings for d in days] == [2, 0]


def test_a_time_that_is_not_monitored_leaves_numerator_and_denominator() -> None:
    hospital = NotMonitored(since=at(TUESDAY, "03:00"), until=at(MONDAY + timedelta(days=2), "03:00"), why="hospital")
    openings = [at(MONDAY, "08:00"), at(MONDAY, "20:00"), at(TUESDAY, "10:00")]
    now = at(MONDAY + timedelta(days=4), "12:00")
    counts = box_counts(ABEMACICLIB, DRUG, openings, MONDAY, TUESDAY, now, [hospital])
    assert (counts.expected, counts.taken, counts.total_extra) == (2, 2, 0)
    days = box_days(ABEMACICLIB, DRUG, openings, MONDAY, TUESDAY, [hospital])
    assert [d.monitored for d in days] == [True, False]


def test_the_same_opening_sent_twice_is_the_same_intake() -> None:
    once = box_intakes(ABEMACICLIB, DRUG, [at(MONDAY, "08:00")], device="b1")
    assert once == box_intakes(ABEMACICLIB, DRUG, [at(MONDAY, "08:00"), at(MONDAY, "08:00")], device="b1")


def test_a_third_opening_is_enough_to_raise_a_dose_too_many_that_nobody_told() -> None:
    openings = [at(MONDAY, clock) for clock in ("08:00", "09:00", "20:00")]
    diary = [said(s.number, "taken") for s in schedule(ABEMACICLIB, MONDAY, MONDAY)]
    entries = [*diary, *box_intakes(ABEMACICLIB, DRUG, openings)]
    known = facts(ABEMACICLIB, entries, at(TUESDAY, "02:00"))
    assert (known.doses_taken, known.extra_doses) == (2, 1)


def said(number: int, kind: str, source: str = "app") -> Intake:
    when = at(MONDAY, "23:00" if source == "report" else "21:00")
    return Intake(
        id=f"{source}{number}",
        drug="abemaciclib",
        day=MONDAY,
        number=number,
        kind=kind,
        recorded_at=when,
        source=source,  # type: ignore[arg-type] # as told
    )


def test_where_the_sources_disagree_all_is_kept_and_told() -> None:
    box = box_intakes(ABEMACICLIB, DRUG, [at(MONDAY, "08:00")])
    entries = [*box, said(0, "missed"), said(1, "missed", "report"), said(1, "taken")]
    assert differences(entries) == (
        Difference(("abemaciclib", MONDAY, 0), (("app", "missed"), ("box", "taken")), "taken"),
        Difference(("abemaciclib", MONDAY, 1), (("app", "taken"), ("report", "missed")), "taken"),
    )
    counts = measure(ABEMACICLIB, DRUG, entries, MONDAY, MONDAY, at(TUESDAY, "12:00"))
    assert counts.taken == 2


@pytest.mark.parametrize("monitored", [True, False])
def test_a_dose_told_while_the_box_stayed_shut_is_a_difference_where_the_box_was_watching(monitored: bool) -> None:
    slots = schedule(ABEMACICLIB, MONDAY, MONDAY)
    periods = [] if monitored else [NotMonitored(since=at(MONDAY, "03:00"), why="battery")]
    found = differences([said(0, "taken")], slots, periods, boxed=["abemaciclib"], now=at(TUESDAY, "12:00"))
    told = (Difference(("abemaciclib", MONDAY, 0), (("app", "taken"), ("box", "not_opened")), "taken"),)
    assert found == (told if monitored else ())
