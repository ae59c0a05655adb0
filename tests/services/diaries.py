"""Courses with orders, own hours and intakes, made up at random and written straight into the tables, as many as a test wants."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct, json

from app.domain.courses import Course, Hours, Zone
from app.domain.orders import CycleStart, Order
from app.domain.schedules import schedule
from app.domain.treatments import Regimen, combined
from tests.rules.book import rulebook

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
SINCE, UNTIL = date(2026, 8, 13), date(2026, 11, 10)  # 90 days, with the end of summer time in Europe and America
ENROLLED = datetime(2025, 11, 1, tzinfo=UTC)
ZONES = ("Europe/Paris", "Europe/Paris", "Europe/Paris", "America/New_York", "Indian/Reunion", "Pacific/Noumea")
REASONS = ("forgot", "side_effect", "ran_out", "cost", "felt_well", "travel", "doctor_said_so", "other")


class Followed(Struct, frozen=True):
    """One made-up patient."""

    patient_id: UUID
    course_id: UUID
    course: Course
    regimen: str


def course_of(dice: random.Random) -> tuple[str, tuple[str, ...], Course]:
    """Any regimen and start, with own hours now and then; held, reduced, put off or stopped, or none of it."""
    book = rulebook()
    id_ = dice.choice(sorted(book.regimens))
    regimen: Regimen = book.regimens[id_]
    partners = (dice.choice(regimen.partners),) if regimen.partners and dice.random() < 0.7 else ()
    whole = combined(regimen, *(book.regimens[p] for p in partners))
    started_on = SINCE + timedelta(days=dice.randint(-250, 20))
    hours: dict[str, tuple[Hours, ...]] = {}
    for drug in whole.drugs:
        line = drug.schedule or regimen.schedule
        if (
            line and dice.random() < 0.4
        ):  # not between two and three: the hour that a night skips or repeats has tests of its own
            minutes = sorted(dice.sample([*range(180, 1440), *range(1440, 1560)], line.times_per_day))
            times = tuple(time(m // 60 % 24, m % 60) for m in minutes)
            hours[drug.inn] = (Hours(times, SINCE + timedelta(days=dice.randint(-300, 60))),)
    orders = [_order(1, "start", datetime.combine(started_on, time(1), UTC))]
    at = datetime.combine(SINCE, time(), UTC) + timedelta(minutes=dice.randint(-20_000, 60_000))
    shifted = False
    for n in range(2, 2 + dice.choice((0, 0, 1, 2, 3, 4))):
        kind = (
            "resume"
            if orders[-1].kind == "hold"
            else dice.choice(("hold", "hold", "dose_change", "dose_change", "stop"))
        )
        doses = {whole.drugs[0].inn: float(dice.randint(1, 8) * 50)} if kind == "dose_change" else {}
        shift = None
        if kind != "stop" and not shifted and at.date() > started_on and dice.random() < 0.3:
            size = regimen.schedule.cycle_days if regimen.schedule else 28
            cycle = (at.date() - started_on).days // size + 2
            shift, shifted = CycleStart(cycle, at.date() + timedelta(days=dice.randint(0, 30))), True
        orders.append(_order(n, kind, at, doses=doses, next_cycle=shift))
        if kind == "stop":
            break
        at += timedelta(minutes=dice.randint(500, 40_000))
    course = Course(
        regimen=whole,
        started_on=started_on,
        zones=(Zone(dice.choice(ZONES)),),
        starts_with=1 if regimen.schedule and regimen.schedule.evening_start and dice.random() < 0.5 else 0,
        doses={d.inn: 100.0 for d in whole.drugs if d.dose.mg is None},
        hours=hours,
        orders=tuple(orders),
        ramp_up=False,  # the steps of a ramp-up have tests of their own
    )
    return id_, partners, course


def _order(n: int, kind: str, at: datetime, **more: object) -> Order:
    return Order(id=f"{n:06}", kind=kind, at=at, signed_by="", signed_at=at, reason="made up", **more)  # type: ignore[arg-type] # as drawn


def rows_of(dice: random.Random, establishment: UUID, who: Followed, since: date) -> list[tuple[object, ...]]:
    """What the patient told of the days. Three in ten take by a plan that knows no order: doses fall into holds and after a stop."""
    course = who.course
    known = (
        course
        if dice.random() < 0.7
        else Course(**{f: getattr(course, f) for f in course.__struct_fields__ if f != "orders"})
    )
    rows: list[tuple[object, ...]] = []

    def tell(drug: str, day: date, slot: int | None, state: str, at: datetime, **more: object) -> UUID:
        id_ = uuid4()
        told_at = at + timedelta(minutes=dice.randint(0, 30))
        rows.append(
            (establishment, who.patient_id, id_, who.course_id, drug, day, slot, state, more.get("reason"), more.get("mg"), at,
             more.get("told_at", told_at), more.get("replaces"), more.get("undone_at"), who.patient_id)
        )  # fmt: skip
        return id_

    for slot in schedule(known, since, UNTIL):
        fate = dice.random()
        if slot.due_at > NOW or fate < 0.08:
            continue
        at = slot.due_at + timedelta(minutes=dice.randint(-30, 30) if fate < 0.8 else dice.randint(-1200, 1200))
        if fate < 0.16:
            tell(slot.drug, slot.day, slot.number, "missed", at, reason=dice.choice(REASONS))
        elif fate < 0.18:
            wrong = tell(slot.drug, slot.day, slot.number, "missed", at, reason="other")
            tell(slot.drug, slot.day, slot.number, "taken", at, replaces=wrong)
        elif fate < 0.20:
            tell(slot.drug, slot.day, slot.number, "taken", at, undone_at=at + timedelta(minutes=3))
        elif fate < 0.22 and slot.mg:
            ratio = dice.choice((0.5, 0.89, 0.9, 1.1, 1.2, 2.0, 3.0))
            tell(slot.drug, slot.day, slot.number, "taken", at, mg=round(slot.mg * ratio, 3))
        elif fate < 0.24:
            first = tell(slot.drug, slot.day, slot.number, "taken", at)
            redo = tell(
                slot.drug, slot.day, slot.number, "missed", at, replaces=first, undone_at=at + timedelta(minutes=5)
            )
            assert redo != first
        elif fate < 0.26:  # two phones, one dose
            tell(slot.drug, slot.day, slot.number, "missed", at, reason="forgot", told_at=at + timedelta(hours=1))
            tell(slot.drug, slot.day, slot.number, "late", at, told_at=at + timedelta(hours=2))
        else:
            tell(slot.drug, slot.day, slot.number, dice.choice(("taken",) * 8 + ("late", "vomited")), at)
    for _ in range(dice.choice((0, 0, 0, 1, 2, 4))):
        day = SINCE + timedelta(days=dice.randint(0, (UNTIL - SINCE).days))
        tell(
            dice.choice(course.regimen.drugs).inn,
            day,
            None,
            "extra",
            datetime.combine(day, time(dice.randint(6, 20)), UTC),
        )
    return rows


_TABLES = {
    "patient": ("establishment_id", "id", "identity", "identity_token", "timezone", "created_at"),
    "course": ("establishment_id", "id", "patient_id", "regimen", "started_on", "state", "prescription", "created_at"),
    "course_order": ("establishment_id", "course_id", "number", "patient_id", "kind", "content", "entered_at"),
    "course_hours": ("establishment_id", "course_id", "drug", "since", "patient_id", "times", "changed_at"),
    "intake": (
        "establishment_id", "patient_id", "id", "course_id", "drug", "slot_on", "slot", "state", "reason", "mg", "taken_at", "recorded_at",
        "replaces", "undone_at", "author_kind", "author_id",
    ),
}  # fmt: skip


async def write(
    superuser: asyncpg.Connection, establishment: UUID, number: int, seed: int = 1, since: date = SINCE
) -> list[Followed]:
    """So many patients in an establishment, with what they told from `since` on; the clock stands at NOW."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
    found = []
    for _ in range(number):
        regimen, partners, course = course_of(dice)
        who = Followed(uuid4(), uuid4(), course, regimen)
        found.append(who)
        rows["patient"].append(
            (establishment, who.patient_id, b"-", who.patient_id.bytes, course.zones[0].name, ENROLLED)
        )
        prescription = {
            "doses": course.doses,
            "partners": partners,
            "starts_with": course.starts_with,
            "ramp_up": False,
        }
        told = json.encode(prescription).decode()
        rows["course"].append(
            (establishment, who.course_id, who.patient_id, regimen, course.started_on, "active", told, ENROLLED)
        )
        for order in course.orders:
            content = {"at": order.at, "reason": order.reason, "doses": order.doses, "next_cycle": order.next_cycle}
            told = json.encode(content).decode()
            rows["course_order"].append(
                (establishment, who.course_id, int(order.id), who.patient_id, order.kind, told, order.signed_at)
            )
        for drug, chosen in course.hours.items():
            rows["course_hours"] += [
                (establishment, who.course_id, drug, each.since, who.patient_id, list(each.times), NOW)
                for each in chosen
            ]
        rows["intake"] += [(*row[:-1], "patient", row[-1]) for row in rows_of(dice, establishment, who, since)]
    for table, columns in _TABLES.items():
        await superuser.copy_records_to_table(table, records=rows[table], columns=columns)
    await superuser.execute("update clock set shift = '0', frozen_at = $1", NOW)
    await superuser.execute("analyze patient, course, course_order, course_hours, intake")
    return found
