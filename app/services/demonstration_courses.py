"""The demonstration's treatments: doses, signatures, holds, weeks of intakes slot by slot, boxes at home, and one smart box."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID, uuid5

import asyncpg
from msgspec import Struct

from app.db import boxes, clock, demonstration, stock
from app.db.demonstration import Intakes
from app.db.door import establishment_tx
from app.db.stock import DispensingRow
from app.domain.courses import day_of
from app.domain.dosing import calculated, reachable
from app.domain.drugs import Drug
from app.domain.intakes import kind_for
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.schedules import Slot, schedule
from app.services import adherence, course_pages, courses, daily, reminders, supplies
from app.services import boxes as smart_boxes
from app.services.boxes import NewBox
from app.services.courses import Loaded, NewOrder, Prescription

HEIGHT_CM = 168  # nobody here has a height: that of everybody, for the body surface (Mosteller)
SUPPLY_DAYS = 56


class Treated(Struct, frozen=True):
    """A patient of the demonstration with who signs and who follows. `trouble`: 0 to 1, how badly it goes."""

    establishment_id: UUID
    patient_id: UUID
    oncologist: Caller
    nurse: Caller
    trouble: float
    visitor: bool


def prescription(rulebook: Rulebook, regimen: str, weight_kg: float) -> Prescription:
    """Doses by label and body surface, of few tablets; an endocrine partner where the regimen goes with one."""
    surface = min(max((weight_kg * HEIGHT_CM / 3600) ** 0.5, 0.5), 3.5)
    known = rulebook.regimen(regimen)
    doses = {
        drug.inn: mg
        for drug in known.drugs
        if drug.dose.mg is None and (mg := in_few_tablets(drug, calculated(drug.dose, surface)))
    }
    return Prescription(doses=doses, partners=known.partners[:1])


def in_few_tablets(drug: Drug, mg: float) -> float | None:
    """The nearest dose of a few tablets: at most two of each strength but the largest. A choice of the demonstration only.

    For capecitabine that gives the steps of its label's own table (1,800, 2,000, 2,150 mg …), where exact mg/m2 would ask for eight
    tablets. A dose that the label itself rounds stays as it is; so does one whose tablets are not in the rulebook.
    """
    if drug.dose.round_to_mg is not None or not drug.strengths_mg:
        below, above = reachable(drug, mg)
        return below or above
    largest, *others = sorted(drug.strengths_mg, reverse=True)
    small = {sum(each) for each in product(*((0, one, 2 * one) for one in others))}
    most = int(mg // largest) + 1
    sums = {whole * largest + rest for whole in range(most + 1) for rest in small} - {0}
    return min(sums, key=lambda made: (abs(made - mg), made))


async def treat(
    owner: asyncpg.Pool,
    pool: asyncpg.Pool,
    rulebook: Rulebook,
    treated: list[Treated],
    now: datetime,
    dice: random.Random,
) -> None:
    """Orders of the past, then what was taken, then what the rules say of it an hour ago."""
    for n, who in enumerate(treated):
        if n % 5 != 4:  # one in five still waits for a signature
            await _sign(owner, pool, rulebook, who, now)
        if who.trouble > 0.32 and not who.visitor:
            await _hold(owner, pool, rulebook, who, now, dice)
        if n == 2:
            await _issue_box(owner, pool, rulebook, who, now)
    await clock.set_to(owner, now - timedelta(hours=1), frozen=True)
    for n, who in enumerate(treated):
        async with establishment_tx(pool, who.establishment_id, lock=who.patient_id) as con:
            known = await courses.current(con, rulebook, who.establishment_id, who.patient_id)
            await _intakes(con, who, known, dice)
            await _supply(con, who, known, n)
            await _openings(con, who, known, dice)
            await adherence.watch(con, who.establishment_id, known, known.row.now)
            await reminders.rewrite(con, who.establishment_id, known, known.row.now)
        async with establishment_tx(pool, who.establishment_id, lock=who.patient_id) as con:
            await daily.look(con, rulebook, who.establishment_id, known.row.id)


async def _sign(owner: asyncpg.Pool, pool: asyncpg.Pool, rulebook: Rulebook, who: Treated, now: datetime) -> None:
    await clock.set_to(owner, now - timedelta(weeks=5) + timedelta(hours=3), frozen=True)
    async with establishment_tx(pool, who.establishment_id) as con:
        known = await courses.current(con, rulebook, who.establishment_id, who.patient_id)
        await courses.countersign(con, rulebook, who.oncologist, known, None)


async def _hold(
    owner: asyncpg.Pool, pool: asyncpg.Pool, rulebook: Rulebook, who: Treated, now: datetime, dice: random.Random
) -> None:
    """A week without, then resumed, mostly with less."""
    since = now - timedelta(days=dice.randint(10, 22))
    for kind, at, reason in (
        ("hold", since, "effet indésirable de grade 2"),
        ("resume", since + timedelta(days=6), "retour au grade 1"),
    ):
        await clock.set_to(owner, at, frozen=True)
        async with establishment_tx(pool, who.establishment_id, lock=who.patient_id) as con:
            known = await courses.current(con, rulebook, who.establishment_id, who.patient_id)
            if known.course.started_on >= at.date():
                return
            doses = {}
            if kind == "resume":
                doses = {d.id: lower for d in _lines(known) if (lower := _lower(d)) is not None}
            order = NewOrder(after=known.row.last, kind=kind, reason=reason, doses=doses)  # type: ignore[arg-type] # two of the kinds
            await courses.sign_order(con, who.oncologist, known, order, known.row.now)


def _lines(known: Loaded) -> list[course_pages.DrugLine]:
    today = day_of(known.course.zones, known.row.now)
    return [course_pages.drug_line(known.course, d, today) for d in known.course.regimen.drugs if not d.partner]


def _lower(drug: course_pages.DrugLine) -> float | None:
    """The next smaller tablet, where one tablet is the dose."""
    return (
        max((s for s in drug.strengths_mg if drug.mg and s < drug.mg), default=None) if len(drug.units) == 1 else None
    )


async def _intakes(con: asyncpg.Connection, who: Treated, known: Loaded, dice: random.Random) -> None:
    """Every slot of the past weeks as the patient ticked it: mostly taken, some late, a few missed, a few never answered."""
    now = known.row.now
    today = day_of(known.course.zones, now)
    slots = schedule(known.course, max(adherence.counted_from(known), today - timedelta(days=34)), today)
    rows = Intakes([], [], [], [], [], [], [], [])
    for slot in slots:
        if slot.held or slot.closes_at > now or (who.visitor and slot.day == today):
            continue
        fate = dice.random() + (0.0 if who.visitor else 0.6 * max(0.0, who.trouble - 0.3))
        if fate > 0.97:
            continue  # unreported is not missed
        _add(rows, slot, dice, "missed" if fate > 0.93 and not who.visitor else "taken")
    if who.trouble > 0.42 and slots and not who.visitor:
        _extra(rows, slots)
    await demonstration.add_intakes(con, who.establishment_id, who.patient_id, known.row.id, rows)


def _add(rows: Intakes, slot: Slot, dice: random.Random, state: str) -> None:
    at = slot.due_at + timedelta(minutes=dice.gauss(20, 35) if dice.random() < 0.95 else dice.uniform(200, 420))
    rows.drugs.append(slot.drug)
    rows.days.append(slot.day)
    rows.slots.append(slot.number)
    rows.states.append(kind_for(slot, at) if state == "taken" else state)
    rows.reasons.append(dice.choice(("forgot", "forgot", "side_effect", "travel")) if state == "missed" else None)
    rows.planned.append(slot.due_at)
    rows.taken.append(at)
    rows.recorded.append(at + timedelta(minutes=2))


def _extra(rows: Intakes, slots: tuple[Slot, ...]) -> None:
    """One dose too many, weeks ago."""
    slot = slots[len(slots) // 3]
    at = slot.due_at + timedelta(hours=1)
    for column, value in (
        (rows.drugs, slot.drug),
        (rows.days, slot.day),
        (rows.slots, None),
        (rows.states, "extra"),
        (rows.reasons, None),
        (rows.planned, None),
        (rows.taken, at),
        (rows.recorded, at + timedelta(minutes=2)),
    ):
        column.append(value)  # type: ignore[arg-type] # each column has its own type


async def _supply(con: asyncpg.Connection, who: Treated, known: Loaded, n: int) -> None:
    """Boxes for eight weeks from five weeks ago; some have been given less."""
    today = day_of(known.course.zones, known.row.now)
    first = max(adherence.counted_from(known), today - timedelta(days=34))
    days = SUPPLY_DAYS - (18 if n % 6 == 3 else 0)
    need: dict[tuple[str, float], int] = {}
    for slot in schedule(known.course, first, first + timedelta(days=days)):
        for units in slot.units:
            need[slot.drug, units.strength_mg] = need.get((slot.drug, units.strength_mg), 0) + units.count
    for (drug, strength), units_needed in need.items():
        given_id, by = uuid5(known.row.id, f"{drug}{strength}"), who.patient_id
        row = DispensingRow(given_id, drug, strength, "dispensed", units_needed, first, "patient", by, known.row.now)
        await stock.add(con, who.establishment_id, who.patient_id, known.row.id, row)
    await supplies.check(con, who.establishment_id, known, known.row.now)


async def _issue_box(owner: asyncpg.Pool, pool: asyncpg.Pool, rulebook: Rulebook, who: Treated, now: datetime) -> None:
    """A smart box, ten days ago."""
    await clock.set_to(owner, now - timedelta(days=10), frozen=True)
    async with establishment_tx(pool, who.establishment_id) as con:
        known = await courses.current(con, rulebook, who.establishment_id, who.patient_id)
        drug = adherence.main_drug(known)
        await smart_boxes.issue(con, rulebook, who.nurse, who.patient_id, NewBox(drug, "Pilulier connecté"))


async def _openings(con: asyncpg.Connection, who: Treated, known: Loaded, dice: random.Random) -> None:
    """Opened for most doses since then; where box and diary disagree, both are shown."""
    for box in await boxes.of_patient(con, who.establishment_id, who.patient_id):
        today = day_of(known.course.zones, known.row.now)
        since = day_of(known.course.zones, box.issued_at) + timedelta(days=1)
        slots = [s for s in schedule(known.course, since, today) if s.drug == box.drug and s.closes_at < known.row.now]
        times = [s.due_at + timedelta(minutes=dice.uniform(2, 40)) for s in slots if not s.held and dice.random() < 0.9]
        names = [f"opening-{n}" for n in range(len(times))]
        await boxes.keep_events(con, who.establishment_id, box, names, times)
