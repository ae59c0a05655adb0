"""What lies at home: units left, until when they last given the plan, and when to think of the next box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import msgspec

from app.domain.calendars import Calendar, calendar
from app.domain.courses import Course, day_of
from app.domain.dosing import DoseUnreachable, Units, units
from app.domain.drugs import Drug
from app.domain.intakes import Intake, effective
from app.domain.positions import bits, dose_of, members

LEAD_DAYS = 7  # our choice (D): an appointment, a prescription and a pharmacy's order fit in a week
_HORIZON = 400  # days looked ahead; a supply that lasts longer has no gap yet


class Dispensed(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one strength handed out on a day, or what was counted at home; `units` below 0: brought back."""

    drug: str
    on: date
    strength_mg: float
    units: int


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """`left`: units known to be left. `gap_on`: first day on which a planned dose cannot be made, None within the horizon.

    What nobody answered for is supposed taken here, so that the reminder comes rather too early. `days_left`: days fully covered
    from today on. `remind_on`: when to ask the administrative coordination for the next box.
    """

    left: tuple[Units, ...]
    days_left: int | None
    gap_on: date | None
    remind_on: date | None


def stock(
    course: Course,
    drug: Drug,
    dispensed: Iterable[Dispensed],
    entries: Iterable[Intake],
    now: datetime,
    lead_days: int = LEAD_DAYS,
) -> Stock | None:
    """The supply of one drug at `now`; None when nothing was ever dispensed or its tablets are not in the rulebook."""
    got = [d for d in dispensed if d.drug == drug.inn]
    if not got or not drug.strengths_mg:
        return None
    today, begun = day_of(course.zones, now), min(d.on for d in got)
    plan = calendar(course, drug, begun, today + timedelta(days=_HORIZON))
    if plan is None:
        return None
    have = Counter[float]()
    for each in got:
        have[each.strength_mg] += each.units
    known, supposed = _used(plan, drug, have, effective(entries), now)
    left = Counter({mg: have[mg] - known[mg] for mg in have})
    written = dict(zip(drug.strengths_mg, drug.written, strict=True)) if drug.written else {}
    gap = _gap(plan, drug, {mg: left[mg] - supposed[mg] for mg in have}, now)
    return Stock(
        left=tuple(Units(mg, left[mg], written.get(mg, f"{mg:g} mg")) for mg in sorted(left, reverse=True)),
        days_left=None if gap is None else max(0, (gap - today).days),
        gap_on=gap,
        remind_on=None if gap is None else max(begun, gap - timedelta(days=lead_days)),
    )


def _used(
    plan: Calendar, drug: Drug, have: Mapping[float, int], counted: Iterable[Intake], now: datetime
) -> tuple[Counter[float], Counter[float]]:
    """Units known to be swallowed, and those of slots that passed without an answer."""
    known, supposed, answered = Counter[float](), Counter[float](), 0
    for entry in counted:
        if entry.drug != drug.inn:
            continue
        position = plan.position(entry.day, entry.number or 0)
        answered |= 1 << position if position >= 0 and entry.number is not None else 0
        if entry.kind == "missed" or position < 0:
            continue
        ug = dose_of(plan.doses, position)
        mg = entry.mg if entry.mg is not None else None if ug is None else ug / 1000
        for strength, count in _made(drug, have, mg).items():
            known[strength] += count
    for position in members(plan.expected & bits(0, plan.before(now)) & ~answered):
        ug = dose_of(plan.doses, position)
        for strength, count in _made(drug, have, None if ug is None else ug / 1000).items():
            supposed[strength] += count
    return known, supposed


def _gap(plan: Calendar, drug: Drug, left: dict[float, int], now: datetime) -> date | None:
    """The day of the first dose from now on that what is left cannot make."""
    for position in members(plan.expected & ~bits(0, plan.before(now))):
        ug = dose_of(plan.doses, position)
        for strength, count in _made(drug, left, None if ug is None else ug / 1000).items():
            left[strength] = left.get(strength, 0) - count
            if left[strength] < 0:
                return plan.place(position)[0]
    return None


def _made(drug: Drug, have: Mapping[float, int], mg: float | None) -> dict[float, int]:
    """Units of each strength for a dose, of the strengths at home if they make it, else of all."""
    if mg is None:
        return {}
    at_home = tuple(s for s in drug.strengths_mg if s in have)
    for strengths in (at_home, drug.strengths_mg):
        try:
            of = msgspec.structs.replace(drug, strengths_mg=strengths, written=())
            return {each.strength_mg: each.count for each in units(of, mg)}
        except DoseUnreachable:
            continue
    return {}
