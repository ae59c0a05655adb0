"""The plan to the dose: which intake is due when, of how much, and which one a tap belongs to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from app.domain.calendars import Calendar, calendar
from app.domain.courses import Course, day_of, due_at, hours_on, schedule_of
from app.domain.dosing import DoseUnreachable, Units, units
from app.domain.drugs import Drug
from app.domain.positions import dose_of, inside, members

ExtraKind = Literal["extra", "rest_day", "during_hold"]
SlotKey = tuple[str, date, int]


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One planned administration: all tablets of one drug at one time.

    `day` is the adherence day (03:00 to 02:59), `number` counts from 0 in it; with the drug they name the slot for good.
    `window_h`: hours each side in which it is on time. `mg` None: the dose is not prescribed yet. `held`: on clinician hold.
    """

    drug: str
    day: date
    number: int
    due_at: datetime
    cycle: int
    cycle_day: int
    window_h: int
    mg: float | None
    units: tuple[Units, ...] = ()
    held: bool = False

    @property
    def key(self) -> SlotKey:
        """What names the slot."""
        return (self.drug, self.day, self.number)

    @property
    def closes_at(self) -> datetime:
        """End of its window: unanswered after this, it is unreported."""
        return self.due_at + timedelta(hours=self.window_h)


class Extra(msgspec.Struct, frozen=True):
    """A dose that is nobody's slot: twice on a day, on a rest day, or while the team said to wait."""

    kind: ExtraKind
    day: date


class CyclePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature will set in motion: every intake of a cycle, doses that its boxes cannot make, boxes needed."""

    slots: tuple[Slot, ...]
    problems: tuple[str, ...]
    boxes: dict[str, tuple[Units, ...]]


def schedule(course: Course, since: date, until: date) -> tuple[Slot, ...]:
    """Every planned administration from one adherence day to another, both included, holds marked, by due time.

    Pure: the same course gives the same slots. Nothing is planned after a stop or the completion.
    """
    found: list[Slot] = []
    for drug in course.regimen.drugs:
        plan = calendar(course, drug, since, until)
        if plan is not None:
            found += [slot_at(plan, position) for position in members(plan.planned)]
    return tuple(sorted(found, key=lambda slot: (slot.due_at, slot.drug, slot.number)))


def slot_at(plan: Calendar, position: int) -> Slot:
    """The slot at a planned position."""
    day, number = plan.place(position)
    cycle, cycle_day = plan.cycle_day(position)
    ug = dose_of(plan.doses, position)
    return Slot(
        drug=plan.drug.inn,
        day=day,
        number=number,
        due_at=plan.due(position),
        cycle=cycle,
        cycle_day=cycle_day,
        window_h=plan.schedule.timing_window_h,
        mg=None if ug is None else ug / 1000,
        units=() if ug is None else _units(plan.drug, ug / 1000),
        held=bool(plan.held >> position & 1),
    )


def slot_of(
    course: Course, at: datetime, answered: Collection[SlotKey] = (), drug: str | None = None
) -> Slot | Extra | None:
    """Which slot of a drug a tap belongs to, or what kind of extra dose it is. Total, except None: the drug has no plan.

    The nearest slot of the adherence day whose half of the day it falls in; a slot already `answered` gives way to another one
    only inside that one's window, so that two doses in one morning are a double and not an early evening dose.
    """
    line = _drug(course, drug)
    day = day_of(course.zones, at)
    plan = calendar(course, line, day - timedelta(days=2), day + timedelta(days=1)) if line else None
    if plan is None or line is None:
        return None
    if inside(plan.holds, at):
        return Extra("during_hold", day)
    slots = [slot_at(plan, position) for position in members(plan.expected)]
    today = [slot for slot in slots if slot.day == day]
    near = sorted(slots, key=lambda slot: abs(slot.due_at - at))
    timely = [slot for slot in near if abs(slot.due_at - at) <= timedelta(hours=slot.window_h)]
    nearest = next((slot for slot in near if slot.day == day), None)
    free = [slot for slot in (*timely, *([nearest] if nearest else [])) if slot.key not in answered]
    if free:
        return free[0]
    return Extra("extra" if today else "rest_day", day)


def preview(course: Course, cycle: int = 1) -> CyclePreview:
    """The whole cycle as it would be planned, with every dose that the boxes cannot make told in words."""
    first = course.started_on
    slots: list[Slot] = []
    problems: list[str] = []
    boxes: dict[str, tuple[Units, ...]] = {}
    for drug in course.regimen.drugs:
        line = schedule_of(course, drug)
        size = line.cycle_days if line else 0
        reach = first + timedelta(days=size * (cycle + 1) + 366)
        mine = [slot for slot in _of(course, drug, first, reach) if slot.cycle == cycle]
        slots += mine
        problems += _problems(drug, {slot.mg for slot in mine})
        boxes[drug.inn] = _sum(mine)
    slots.sort(key=lambda slot: (slot.due_at, slot.drug))
    return CyclePreview(slots=tuple(slots), problems=tuple(problems), boxes=boxes)


def too_close(course: Course, slots: Sequence[Slot]) -> tuple[tuple[Slot, Slot], ...]:
    """Pairs of slots of a drug less than half its interval apart: a traveller must ask the team before the second one.

    What is on hold is not taken, so it is near nothing.
    """
    found = []
    last: dict[str, Slot] = {}
    intervals = {d.inn: line.interval_h for d in course.regimen.drugs if (line := schedule_of(course, d))}
    for slot in sorted((slot for slot in slots if not slot.held), key=lambda slot: slot.due_at):
        before = last.get(slot.drug)
        if before and slot.due_at - before.due_at < timedelta(hours=intervals.get(slot.drug, 0) / 2):
            found.append((before, slot))
        last[slot.drug] = slot
    return tuple(found)


def _of(course: Course, drug: Drug, since: date, until: date) -> list[Slot]:
    plan = calendar(course, drug, since, until)
    return [] if plan is None else [slot_at(plan, position) for position in members(plan.planned)]


def _drug(course: Course, name: str | None) -> Drug | None:
    return next((d for d in course.regimen.drugs if name in (None, d.inn)), None)


def _units(drug: Drug, mg: float) -> tuple[Units, ...]:
    try:
        return units(drug, mg)
    except DoseUnreachable:
        return ()  # told in words by `preview` and refused when the order is signed


def _problems(drug: Drug, doses: Collection[float | None]) -> list[str]:
    found = []
    for mg in doses:
        if mg is None:
            found.append(f"{drug.inn}: the dose is not prescribed: give it in mg per intake")
            continue
        try:
            units(drug, mg)
        except DoseUnreachable as error:
            found.append(str(error))
    return found


def _sum(slots: Sequence[Slot]) -> tuple[Units, ...]:
    total: dict[tuple[float, str], int] = {}
    for each in (each for slot in slots for each in slot.units):
        total[each.strength_mg, each.written] = total.get((each.strength_mg, each.written), 0) + each.count
    return tuple(Units(mg, count, written) for (mg, written), count in sorted(total.items(), reverse=True))


def clock_of(course: Course, drug: Drug, day: date, number: int) -> datetime | None:
    """When an intake of that day is due, planned or not; None without a calendar."""
    line = schedule_of(course, drug)
    if line is None or not 0 <= number < line.times_per_day:
        return None
    return due_at(course.zones, day, hours_on(course, drug, line, day)[number])
