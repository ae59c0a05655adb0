"""How long the plan and the measures of ninety days take, one patient and ten thousand, without a database.

.venv/bin/python -m tests.bench.adherence
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from app.domain.adherence import NOTHING, count, measure
from app.domain.answers import answers
from app.domain.calendars import calendar
from app.domain.courses import Course, Zone, main_drugs
from app.domain.facts import facts
from app.domain.intakes import Intake, effective
from app.domain.orders import Order
from app.domain.schedules import schedule
from app.services import rulebooks
from tests.bench.reports import ROOT
from tests.bench.triage import microseconds

SINCE, UNTIL = date(2026, 8, 1), date(2026, 10, 29)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PATIENTS = 10_000


def courses(number: int) -> Iterator[Course]:
    """Patients on any regimen, begun at any time, every fifth with a week on hold."""
    rng, book = random.Random(1), rulebooks.read(ROOT / "rules")  # noqa: S311 - repeatable, not secret
    regimens = list(book.regimens.values())
    for n in range(number):
        regimen = rng.choice(regimens)
        start = SINCE - timedelta(days=rng.randint(0, 200))
        held = datetime(2026, 8, 20, 10, tzinfo=UTC) + timedelta(days=rng.randint(0, 40))
        orders = [
            Order(id=k, kind=k, at=at, signed_by="dr", signed_at=at, reason="r")  # type: ignore[arg-type] # two of the kinds
            for k, at in (("hold", held), ("resume", held + timedelta(days=7)))
        ]
        yield Course(
            regimen=regimen,
            started_on=start,
            zones=(Zone("Europe/Paris"),),
            doses={d.inn: 100.0 for d in regimen.drugs if d.dose.mg is None},
            orders=tuple(orders) if n % 5 == 0 else (),
        )


def told(course: Course, rng: random.Random) -> list[Intake]:
    """Ninety days as a patient ticks them."""
    entries = []
    for slot in schedule(course, SINCE, UNTIL):
        fate = rng.random()
        if fate < 0.05 or slot.held:
            continue
        kind = "missed" if fate < 0.1 else "taken"
        entries.append(
            Intake(
                id=f"{slot.key}", drug=slot.drug, day=slot.day, number=slot.number, kind=kind, recorded_at=slot.due_at,  # type: ignore[arg-type] # two of the kinds
                taken_at=slot.due_at + timedelta(minutes=rng.randint(-200, 200)),
            )
        )  # fmt: skip
    return entries


def main() -> None:
    """Print the table."""
    rng = random.Random(2)  # noqa: S311 - repeatable, not secret
    few = list(courses(200))
    diaries = [told(course, rng) for course in few]
    course, diary = few[0], diaries[0]
    drug = main_drugs(course)[0]
    rows = {
        f"schedule, 90 days, {course.regimen.id}": lambda: schedule(course, SINCE, UNTIL),
        "calendar of a drug, 90 days": lambda: calendar(course, drug, SINCE, UNTIL),
        f"effective, {len(diary)} entries": lambda: effective(diary),
        f"measure, {len(diary)} entries": lambda: measure(course, drug, diary, SINCE, UNTIL, NOW),
        "facts of the last days": lambda: facts(course, diary, NOW),
    }
    for name, work in rows.items():
        print(f"{name:<44} p50 {microseconds(work)[0]:7.1f} µs")
    started, total, doses = time.perf_counter(), NOTHING, 0
    for n in range(PATIENTS):
        each, mine = few[n % len(few)], effective(diaries[n % len(few)])
        doses += len(mine)
        for line in main_drugs(each):
            if plan := calendar(each, line, SINCE, UNTIL):
                total += count(plan, answers(plan, mine), NOW)
    took = time.perf_counter() - started
    print(f"{PATIENTS} patients, {doses} entries: {took:.2f} s ({took / PATIENTS * 1e3:.3f} ms a patient)")


if __name__ == "__main__":
    main()
