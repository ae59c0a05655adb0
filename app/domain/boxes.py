"""Smart pill boxes: openings to presumed intakes, and where box, diary and later reports disagree. None is believed alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from app.domain.adherence import NOTHING, Counts, count
from app.domain.answers import answers
from app.domain.calendars import calendar
from app.domain.courses import Course, day_of
from app.domain.drugs import Drug
from app.domain.intakes import Intake, IntakeSource, effective, kind_for
from app.domain.positions import Span, bits, inside
from app.domain.schedules import Extra, Slot, SlotKey, slot_of

MERGE = timedelta(minutes=15)  # adherence.md section 3: openings closer than this are one event (D)
DayValue = Literal["none", "fewer", "exact", "more"]
NotUsed = Literal["hospital", "travel", "lent", "out_of_order", "battery", "pocket_doses", "refill", "other"]


class NotMonitored(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which openings mean nothing (refill, pocket doses, hospital, battery): it leaves numerator and denominator."""

    since: datetime
    until: datetime | None = None
    why: NotUsed = "other"

    @property
    def span(self) -> Span:
        """From `since` to `until`, open when it still lasts."""
        return (self.since, self.until)


class BoxDay(msgspec.Struct, frozen=True):
    """Openings of a day beside the number planned; `monitored` False: part of the day does not count."""

    day: date
    openings: int
    planned: int
    value: DayValue
    monitored: bool = True


class Difference(msgspec.Struct, frozen=True):
    """One administration of which the sources say different things; `used` is what the rate takes, the others are kept."""

    key: SlotKey
    told: tuple[tuple[IntakeSource, str], ...]
    used: str


def events(openings: Iterable[datetime], periods: Iterable[NotMonitored] = ()) -> tuple[datetime, ...]:
    """Openings as events: what is not monitored is left out, what follows the one before by less than 15 minutes is the same."""
    spans = [period.span for period in periods]
    found: list[datetime] = []
    last: datetime | None = None
    for at in sorted(openings):
        if inside(spans, at):
            continue
        if last is None or at - last >= MERGE:
            found.append(at)
        last = at
    return tuple(found)


def box_intakes(
    course: Course, drug: Drug, openings: Iterable[datetime], periods: Iterable[NotMonitored] = (), device: str = ""
) -> tuple[Intake, ...]:
    """Presumed intakes: each event bound to its slot, or extra. The id is made of device, drug and instant: the same again is the same."""
    found: list[Intake] = []
    answered: set[SlotKey] = set()
    for at in events(openings, periods):
        where = slot_of(course, at, answered, drug.inn)
        if where is None:
            continue
        common = {
            "id": f"{device}:{drug.inn}:{at.isoformat()}",
            "drug": drug.inn,
            "recorded_at": at,
            "taken_at": at,
            "source": "box",
            "author_kind": "device",
            "author": device,
        }
        if isinstance(where, Extra):
            found.append(Intake(day=where.day, number=None, kind="extra", **common))  # type: ignore[arg-type] # the names and types of Intake
        else:
            answered.add(where.key)
            kind = kind_for(where, at)
            found.append(Intake(day=where.day, number=where.number, kind=kind, **common))  # type: ignore[arg-type] # as above
    return tuple(found)


def box_days(
    course: Course,
    drug: Drug,
    openings: Iterable[datetime],
    since: date,
    until: date,
    periods: Iterable[NotMonitored] = (),
) -> tuple[BoxDay, ...]:
    """Day by day, openings compared with the number planned."""
    periods = tuple(periods)
    plan = calendar(course, drug, since, until)
    if plan is None:
        return ()
    opened = [day_of(course.zones, at) for at in events(openings, periods)]
    blind = _blind(plan_dues := [plan.due(p) for p in range(plan.days * plan.times)], periods)
    found = []
    for n in range(len(plan_dues) // plan.times):
        day, span = since + timedelta(days=n), bits(n * plan.times, (n + 1) * plan.times)
        planned, seen = (plan.expected & span).bit_count(), opened.count(day)
        value: DayValue = "none" if not seen else "fewer" if seen < planned else "exact" if seen == planned else "more"
        if not seen and not planned:
            value = "exact"
        found.append(BoxDay(day, seen, planned, value, monitored=not blind & span))
    return tuple(found)


def box_counts(
    course: Course,
    drug: Drug,
    openings: Iterable[datetime],
    since: date,
    until: date,
    now: datetime,
    periods: Iterable[NotMonitored] = (),
) -> Counts:
    """Counts by the box alone; administrations due in a time that is not monitored are neither expected nor taken."""
    periods = tuple(periods)
    plan = calendar(course, drug, since, until)
    if plan is None:
        return NOTHING
    blind = _blind([plan.due(p) for p in range(plan.days * plan.times)], periods)
    seen = msgspec.structs.replace(plan, planned=plan.planned & ~blind)
    return count(seen, answers(seen, box_intakes(course, drug, openings, periods)), now)


def differences(
    entries: Iterable[Intake],
    slots: Sequence[Slot] = (),
    periods: Iterable[NotMonitored] = (),
    boxed: Iterable[str] = (),
    now: datetime | None = None,
) -> tuple[Difference, ...]:
    """Administrations of which box, app and later reports say different things, oldest first.

    For the drugs that lie in a box (`boxed`), a dose told as taken while the monitored box stayed shut is one of them, given the `slots`.
    """
    kept = tuple(entries)
    used = {e.key: _said(e) for e in effective(kept) if e.key}
    told: dict[SlotKey, dict[IntakeSource, str]] = {}
    for source in ("box", "app", "report"):
        for entry in effective(e for e in kept if e.source == source):
            if entry.key:
                told.setdefault(entry.key, {})[entry.source] = _said(entry)
    spans, watched = [p.span for p in periods], set(boxed)
    for slot in slots:
        shut = slot.drug in watched and "box" not in told.get(slot.key, {}) and not inside(spans, slot.due_at)
        if shut and slot.key in told and (now is None or slot.closes_at < now):
            told[slot.key]["box"] = "not_opened"
    found = [
        Difference(key, tuple(sorted(said.items())), used[key])
        for key, said in told.items()
        if len(set(said.values())) > 1
    ]
    return tuple(sorted(found, key=lambda difference: (difference.key[1], difference.key[2], difference.key[0])))


def _said(entry: Intake) -> str:
    """Taken at whatever hour is one thing; what disagrees is whether."""
    return "taken" if entry.kind in ("taken", "late", "vomited") else entry.kind


def _blind(dues: Sequence[datetime], periods: Sequence[NotMonitored]) -> int:
    spans = [period.span for period in periods]
    return sum(1 << position for position, due in enumerate(dues) if inside(spans, due)) if spans else 0
