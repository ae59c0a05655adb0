"""The worked examples A to Q of the clinical reference, computed from plan, orders and entries."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.adherence import measure
from app.domain.boxes import box_intakes
from app.domain.courses import Course, Zone, main_drugs
from app.domain.facts import PatientStop, facts
from app.domain.intakes import Intake
from app.domain.intensity import intensity
from app.domain.orders import CycleStart, Order
from app.domain.reports import Chart
from app.domain.schedules import schedule
from app.domain.supply import Fill, medication_possession_ratio, proportion_of_days_covered
from app.domain.triage import judge_chart
from tests.rules.book import rulebook

START = date(2026, 1, 5)
EXAMPLES = yaml.safe_load((Path(__file__).parent / "adherence.examples.yaml").read_text())


def day(number: int) -> date:
    return START + timedelta(days=number - 1)


def instant(told: str) -> datetime:
    """ "4 08:01", on the wall clock of the patient, who lives in UTC."""
    number, _, clock = told.partition(" ")
    return datetime.combine(day(int(number)), time.fromisoformat(clock), UTC)


def slot(told: str) -> tuple[date, int]:
    number, _, of_day = told.partition(".")
    return day(int(number)), int(of_day)


def fraction(told: str | None) -> Fraction | None:
    return None if told in (None, "none") else Fraction(told)


def course_of(example: dict[str, Any]) -> Course:
    orders = [
        Order(
            id=str(n),
            kind=o["kind"],
            at=datetime.combine(day(o["day"]), time(3), UTC),
            signed_by="dr",
            signed_at=datetime.combine(day(o["day"]), time(3), UTC),
            reason="example",
            doses=o.get("doses", {}),
            next_cycle=CycleStart(o["next_cycle"], day(o["next_on"])) if "next_cycle" in o else None,
        )
        for n, o in enumerate(example.get("orders", []))
    ]
    return Course(
        regimen=rulebook().regimen(example["regimen"]),
        started_on=START,
        zones=(Zone("UTC"),),
        starts_with=example.get("starts_with", 0),
        doses=example.get("doses", {}),
        orders=tuple(orders),
    )


def told(course: Course, example: dict[str, Any]) -> list[Intake]:
    """Every planned intake as planned, except what the example says."""
    drug = main_drugs(course)[0]
    if "openings" in example:
        return list(box_intakes(course, drug, [instant(o) for o in example["openings"]]))
    missed = {slot(s) for s in example.get("missed", [])}
    amounts = {slot(s): mg for s, mg in example.get("amounts", {}).items()}
    hours = {slot(s): time.fromisoformat(clock) for s, clock in example.get("at", {}).items()}
    entries = []
    for planned in schedule(course, START, day(example["days"])):
        if planned.held:
            continue
        where = (planned.day, planned.number)
        at = datetime.combine(planned.day, hours[where], UTC) if where in hours else planned.due_at
        common: dict[str, Any] = {"id": f"{where}", "drug": drug.inn, "day": planned.day, "number": planned.number}
        if where in missed:
            entries.append(Intake(kind="missed", reason="forgot", recorded_at=planned.closes_at, **common))
        else:
            entries.append(Intake(kind="taken", taken_at=at, recorded_at=at, mg=amounts.get(where), **common))
    for extra in example.get("extras", []):
        at = instant(extra)
        entries.append(
            Intake(id=extra, drug=drug.inn, day=at.date(), number=None, kind="extra", taken_at=at, recorded_at=at)
        )
    return entries


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "regimen" in e], ids=lambda e: e["id"])
def test_worked_example(example: dict[str, Any]) -> None:
    course, expect = course_of(example), dict(example["expect"])
    drug, entries = main_drugs(course)[0], told(course_of(example), example)
    last, now = day(example["days"]), datetime.combine(day(example["days"] + 1), time(23), UTC)
    counts = measure(course, drug, entries, START, last, now)
    dose = intensity(course, drug, entries, START, last, now)
    stops = [PatientStop(at=datetime.combine(day(d), time(3), UTC)) for d in [example.get("stopped_on")] if d]
    known = facts(course, entries, now, stops=stops, over=(START, last))
    slots = schedule(course, START, last)
    found: dict[str, object] = {
        "expected": counts.expected,
        "taking": counts.taking_rate,
        "total": counts.total_intake_ratio,
        "extra": counts.total_extra,
        "rest_day": counts.rest_day,
        "during_hold": counts.during_hold,
        "partial": counts.partial,
        "timing": counts.timing,
        "correct": counts.correct_dosing_days,
        "consecutive": known.consecutive_days_missed,
        "first": f"{(slots[0].day - START).days + 1}.{slots[0].number}",
        "last": f"{(slots[-1].day - START).days + 1}.{slots[-1].number}",
    }
    if dose is not None:
        per_day = {name: rate and rate / 7 for name, rate in (("d", dose.mg_per_week), ("p", dose.planned_mg_per_week))}
        found |= {
            "planned_mg": dose.planned_ug // 1000,
            "prescribed_mg": dose.prescribed_ug // 1000,
            "delivered_mg": dose.delivered_ug // 1000,
            "prescribed_rdi": dose.prescribed_relative,
            "rdi": dose.relative,
            "of_prescribed": dose.taken_of_prescribed,
            "delivered_per_day": per_day["d"],
            "planned_per_day": per_day["p"],
            "rdi_percent": f"{float(dose.relative or 0) * 100:.2f}",
        }
    verdict = judge_chart(Chart(example["regimen"], adherence=known), rulebook())
    found |= {"level": verdict.level.value, "because": list(verdict.reasons), "recipient": verdict.recipient.value}
    for name, wanted in expect.items():
        got = found[name]
        assert got == (fraction(wanted) if isinstance(got, Fraction) or got is None else wanted), name
    assert counts.expected == counts.taken + counts.partial + counts.missed + counts.unreported


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "fills" in e], ids=lambda e: e["id"])
def test_worked_example_of_dispensing(example: dict[str, Any]) -> None:
    fills = [Fill(day(on), days) for on, days in example["fills"]]
    last = day(example["days"])
    assert proportion_of_days_covered(fills, START, last) == fraction(example["expect"]["pdc"])
    assert medication_possession_ratio(fills, START, last) == fraction(example["expect"]["mpr"])


def test_all_seventeen_examples_are_there() -> None:
    assert [e["id"] for e in EXAMPLES] == list("ABCDEFGHIJKLMNOPQ")
