"""What became of each planned administration, sorted into positions of the plan, and the doses that are nobody's slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from app.domain.calendars import Calendar, bits, dose_of, inside
from app.domain.intakes import Intake

_FULL = (90, 110)  # adherence.md section 1: 90 to 110 % of the planned mg is taken, below is partial


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the positions of a calendar, and the doses that are nobody's slot."""

    taken: int = 0
    on_time: int = 0
    partial: int = 0
    missed: int = 0
    vomited: int = 0
    extra: int = 0
    rest_day: int = 0
    during_hold: int = 0
    odd_days: int = 0
    amounts: dict[int, int] = {}
    extra_ug: int | None = 0
    reasons: dict[str, int] = {}


def answers(plan: Calendar, entries: Iterable[Intake]) -> Answers:
    """Sort effective entries into positions of the plan and into excess. What lies outside the days or is another drug's is left out."""
    taken = on_time = partial = missed = vomited = odd = 0
    loose = Counter[str]()
    amounts: dict[int, int] = {}
    reasons = Counter[str]()
    extra_ug: int | None = 0
    end = plan.days * plan.times
    window = timedelta(hours=plan.schedule.timing_window_h)
    for entry in entries:
        if entry.drug != plan.drug.inn:
            continue
        if entry.number is None:
            day = (entry.day - plan.first).days
            if 0 <= day < plan.days and entry.kind == "extra":
                loose[_excess(plan, day, entry.taken_at)] += 1
                odd |= 1 << (day * plan.times)
                extra_ug = _add(extra_ug, _ug(entry.mg, dose_of(plan.doses, day * plan.times)))
            continue
        position = plan.position(entry.day, entry.number)
        if not 0 <= position < end:
            continue
        bit = 1 << position
        if entry.kind == "missed":
            missed |= bit
            reasons[entry.reason or "other"] += 1
            continue
        if entry.kind == "vomited":
            vomited |= bit
        if entry.kind == "extra":
            loose[_excess(plan, position // plan.times, entry.taken_at)] += 1
            odd |= 1 << (position // plan.times * plan.times)
            continue
        planned_ug = dose_of(plan.doses, position)
        if entry.mg is not None and planned_ug:
            percent = Fraction(round(entry.mg * 1000) * 100, planned_ug)
            amounts[position] = round(entry.mg * 1000)
            if percent < _FULL[0]:
                partial |= bit
                continue
            if percent > _FULL[1]:
                loose["extra"] += max(1, round(percent / 100) - 1)
                odd |= 1 << (position // plan.times * plan.times)
        taken |= bit
        if entry.taken_at is None:
            on_time |= bit if entry.kind == "taken" else 0
        elif abs(entry.taken_at - plan.due(position)) <= window:
            on_time |= bit
    return Answers(
        taken=taken,
        on_time=on_time,
        partial=partial & ~taken,
        missed=missed & ~taken & ~partial,
        vomited=vomited,
        extra=loose["extra"],
        rest_day=loose["rest_day"],
        during_hold=loose["during_hold"],
        odd_days=odd,
        amounts=amounts,
        extra_ug=extra_ug,
        reasons=dict(reasons),
    )


def _excess(plan: Calendar, day: int, at: datetime | None) -> str:
    """What kind of extra dose: during a hold, twice on a planned day, or on a rest day."""
    span = bits(day * plan.times, (day + 1) * plan.times)
    if plan.held & span == span if at is None else inside(plan.holds, at):
        return "during_hold"
    return "extra" if plan.expected & span else "rest_day"


def _ug(mg: float | None, planned: int | None) -> int | None:
    return planned if mg is None else round(mg * 1000)


def _add(total: int | None, ug: int | None) -> int | None:
    return None if total is None or ug is None else total + ug
