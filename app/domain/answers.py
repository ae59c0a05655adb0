"""What became of each planned administration, sorted into positions of the plan, and the doses that are nobody's slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from app.domain.calendars import Calendar
from app.domain.intakes import Intake
from app.domain.positions import bits, dose_of, inside

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
    """Sort effective entries into positions of the plan and into excess. What lies outside the days or is another drug's is left out.

    Two sources that tell of an extra dose of the same day and kind tell of one; the one that tells of more of them counts.
    """
    taken = on_time = partial = missed = vomited = 0
    loose = _Loose()
    amounts: dict[int, int] = {}
    reasons = Counter[str]()
    end = plan.days * plan.times
    window = timedelta(hours=plan.schedule.timing_window_h)
    name = plan.drug.inn
    for entry in entries:
        if entry.drug != name:
            continue
        position = plan.position(entry.day, entry.number or 0)
        if not 0 <= position < end:
            continue
        if entry.number is None or entry.kind == "extra":
            if entry.kind == "extra":
                kind = _excess(plan, position // plan.times, entry.taken_at)
                loose.add(position // plan.times, kind, entry.source, 1, _ug(entry.mg, dose_of(plan.doses, position)))
            continue
        bit = 1 << position
        if entry.kind == "missed":
            missed |= bit
            if plan.expected & bit:
                reasons[entry.reason or "other"] += 1
            continue
        if entry.kind == "vomited":
            vomited |= bit
        if entry.mg is not None and (planned_ug := dose_of(plan.doses, position)):
            amounts[position] = round(entry.mg * 1000)
            percent = Fraction(amounts[position] * 100, planned_ug)
            if percent < _FULL[0]:
                partial |= bit
                continue
            if percent > _FULL[1]:
                loose.add(position // plan.times, "extra", entry.source, max(1, round(percent / 100) - 1), 0)
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
        extra=loose.number("extra"),
        rest_day=loose.number("rest_day"),
        during_hold=loose.number("during_hold"),
        odd_days=sum(1 << (day * plan.times) for day in loose.days()),
        amounts=amounts,
        extra_ug=loose.ug(),
        reasons=dict(reasons),
    )


class _Loose:
    """Extra doses by day and kind, then by source: number, and amount in µg (None: unknown)."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, str], dict[str, tuple[int, int | None]]] = {}

    def add(self, day: int, kind: str, source: str, number: int, ug: int | None) -> None:
        """So many extra doses of a day, told by a source."""
        told = self._told.setdefault((day, kind), {})
        before, amount = told.get(source, (0, 0))
        told[source] = (before + number, None if amount is None or ug is None else amount + ug)

    def number(self, kind: str) -> int:
        """Of a kind, each day by the source that tells most."""
        return sum(max(n for n, _ in told.values()) for (_, each), told in self._told.items() if each == kind)

    def days(self) -> set[int]:
        """Days with any."""
        return {day for day, _ in self._told}

    def ug(self) -> int | None:
        """Their amount; None when a dose is not prescribed."""
        amounts = [max(told.values(), key=lambda each: each[0])[1] for told in self._told.values()]
        return None if None in amounts else sum(a for a in amounts if a is not None)


def _excess(plan: Calendar, day: int, at: datetime | None) -> str:
    """What kind of extra dose: during a hold, twice on a planned day, or on a rest day."""
    span = bits(day * plan.times, (day + 1) * plan.times)
    if plan.held & span == span if at is None else inside(plan.holds, at):
        return "during_hold"
    return "extra" if plan.expected & span else "rest_day"


def _ug(mg: float | None, planned: int | None) -> int | None:
    return planned if mg is None else round(mg * 1000)
