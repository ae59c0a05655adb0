"""The plan of one drug over some days, as bits: one for each intake of each day, whatever it is for.

A number of Python is used as a set of positions: position = 24-hour day since the first one, times intakes per day, plus number of
the intake. Whole years are planned, held and counted by a few operations; `schedules` turns positions into slots for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec

from app.domain.courses import Course, day_of, due_at, hours_on, schedule_of
from app.domain.drugs import Drug, Schedule
from app.domain.orders import CycleStart, Order, in_order
from app.domain.positions import NEVER, Doses, Span, bits, by_day, members


class Calendar(msgspec.Struct, frozen=True):
    """One drug of one course from day `first` on, `days` long.

    `planned`: positions of the plan, holds included. `held`: every position, planned or not, inside a hold or after a stop.
    `doses`: from which position on which dose, in µg per intake (None: not yet prescribed). `protocol`: the same, as it was at the start.
    `begun`: day of the calendar on which the course starts; `ended`: first position after a stop or the completion. `epochs`: from
    which position on which cycle begins on which day.
    """

    course: Course
    drug: Drug
    schedule: Schedule
    first: date
    days: int
    times: int
    planned: int
    held: int
    holds: tuple[Span, ...]
    doses: Doses
    protocol: Doses
    begun: int
    ended: int
    epochs: tuple[tuple[int, tuple[CycleStart, ...]], ...]

    @property
    def expected(self) -> int:
        """Positions to be taken: planned and not on hold."""
        return self.planned & ~self.held

    def position(self, day: date, number: int) -> int:
        """Position of an intake; below 0 or beyond the last one when the day is outside."""
        return (day - self.first).days * self.times + number

    def place(self, position: int) -> tuple[date, int]:
        """Day and number of a position."""
        day, number = divmod(position, self.times)
        return self.first + timedelta(days=day), number

    def due(self, position: int) -> datetime:
        """When that intake is due (UTC)."""
        day, number = self.place(position)
        hours = hours_on(self.course, self.drug, self.schedule, day)
        return due_at(self.course.zones, day, hours[number])

    def before(self, at: datetime) -> int:
        """How many positions are due before an instant (0 to all)."""
        return min(max(_position(self.course, self.drug, self.schedule, self.first, at), 0), self.days * self.times)

    def cycle_day(self, position: int) -> tuple[int, int]:
        """Cycle, and day of the cycle."""
        anchors = next(a for since, a in reversed(self.epochs) if since <= position)
        day, _ = self.place(position - _offset(self.course, self.times))
        start = next((a for a in reversed(anchors) if a.on <= day), anchors[0])
        number = (day - start.on).days // self.schedule.cycle_days
        later = [a.cycle for a in anchors if a.cycle > start.cycle]
        number = min(number, later[0] - start.cycle - 1) if later else number
        begins = start.on + timedelta(days=number * self.schedule.cycle_days)
        return start.cycle + number, (self.place(position)[0] - begins).days + 1


def calendar(course: Course, drug: Drug, first: date, last: date) -> Calendar | None:
    """The plan of a drug from `first` to `last`, both included; None when the regimen has no calendar or the days are none."""
    schedule = schedule_of(course, drug)
    if schedule is None or last < first:
        return None
    times, days = schedule.times_per_day, (last - first).days + 1
    end = days * times
    signed = in_order(course.orders)
    orders = tuple(o for o in signed if o.concerns(drug.inn, drug.partner))

    def at(instant: datetime) -> int:
        return _position(course, drug, schedule, first, instant)

    stopped = next((o for o in orders if o.kind in ("stop", "complete")), None)
    ended = min(max(at(stopped.at), 0), end) if stopped else end
    epochs = _epochs(course, tuple(o for o in signed if o.shifts(drug.inn)), at)
    planned = 0
    for (since, anchors), (until, _) in zip(epochs, (*epochs[1:], (NEVER, ())), strict=True):
        if since < end and until > 0:
            planned |= _planned(anchors, schedule, course, first, last) & bits(max(since, 0), min(until, end))
    holds = tuple(_holds(orders))
    held = 0
    for begin, finish in holds:
        held |= bits(max(min(at(begin), end), 0), max(min(at(finish), end), 0) if finish else end)
    protocol = _protocol(course, drug, schedule, first, signed)
    changes = [(at(o.at), _ug(o.doses[drug.inn])) for o in signed if drug.inn in o.doses and o.kind != "start"]
    return Calendar(
        course=course,
        drug=drug,
        schedule=schedule,
        first=first,
        days=days,
        times=times,
        planned=planned & bits(0, ended),
        held=held,
        holds=holds,
        doses=(*(p for p in protocol if not changes or p[0] < changes[0][0]), *changes),
        protocol=protocol,
        begun=min(max((course.started_on - first).days, 0), days),
        ended=ended,
        epochs=epochs,
    )


def covered(calendar: Calendar) -> int:
    """How many days of the calendar lie inside a cycle, from the start of the course to its end."""
    days = range(calendar.begun, min(calendar.days, -(-calendar.ended // calendar.times)))
    if calendar.schedule.continuous or (len(calendar.epochs) == 1 and len(calendar.epochs[0][1]) == 1):
        return len(days)
    size = calendar.schedule.cycle_days
    return sum(1 for day in days if calendar.cycle_day(day * calendar.times + calendar.times - 1)[1] <= size)


def _offset(course: Course, times: int) -> int:
    return min(course.starts_with, times - 1)


def _position(course: Course, drug: Drug, schedule: Schedule, first: date, at: datetime) -> int:
    """How many positions are due before an instant, counted from `first` (below 0: so many before it)."""
    times = schedule.times_per_day
    day = day_of(course.zones, at) - timedelta(days=1)
    position = (day - first).days * times
    while True:
        for number, clock in enumerate(hours_on(course, drug, schedule, day)):
            if due_at(course.zones, day, clock) >= at:
                return position + number
        day += timedelta(days=1)
        position += times


def _epochs(
    course: Course, orders: tuple[Order, ...], at: Callable[[datetime], int]
) -> tuple[tuple[int, tuple[CycleStart, ...]], ...]:
    """From which position on which cycle begins when: an order that shifts cycles leaves what was planned before it."""
    anchors: tuple[CycleStart, ...] = (CycleStart(1, course.started_on),)
    epochs = [(-NEVER, anchors)]
    for order in orders:
        if order.next_cycle is not None:
            following = order.next_cycle
            kept = tuple(a for a in anchors if a.cycle < following.cycle and a.on < following.on)
            anchors = (*kept, following)
            epochs.append((at(order.at), anchors))
    return tuple(epochs)


def _planned(anchors: tuple[CycleStart, ...], schedule: Schedule, course: Course, first: date, last: date) -> int:
    """Positions of the cycles that begin as the anchors say.

    A continuous drug has no days between its cycles: putting off a cycle renumbers them, and only a hold interrupts it.
    """
    times, size = schedule.times_per_day, schedule.cycle_days
    offset = _offset(course, times)
    if schedule.continuous:
        days = (last - first).days + 1
        return bits(max((anchors[0].on - first).days * times + offset, 0), days * times)
    pattern = _pattern(schedule.on_days, times, offset)
    planned = 0
    for i, anchor in enumerate(anchors):
        following = anchors[i + 1] if i + 1 < len(anchors) else None
        begin = (anchor.on - first).days
        number = max(0, -begin // size - 1)
        cycle, span = anchor.cycle + number, 0
        start = begin + number * size
        limit = (following.on - first).days if following else (last - first).days + 2
        while start < limit and start <= (last - first).days and (following is None or cycle < following.cycle):
            shift = start * times
            span = pattern << shift if shift >= 0 else pattern >> -shift
            planned |= span & ((1 << max(limit * times + offset, 0)) - 1)
            start, cycle = start + size, cycle + 1
    return planned


@lru_cache(maxsize=256)
def _pattern(on_days: tuple[tuple[int, int], ...], times: int, offset: int) -> int:
    """One cycle; with an evening start each block of days is as long, and later by `offset` intakes."""
    pattern = 0
    for first, last in on_days:
        pattern |= bits((first - 1) * times + offset, last * times + offset)
    return pattern


def _holds(orders: tuple[Order, ...]) -> Iterator[Span]:
    since: datetime | None = None
    for order in orders:
        if order.kind == "hold" and since is None:
            since = order.at
        elif order.kind == "resume" and since is not None:
            yield since, order.at
            since = None
        elif order.kind in ("stop", "complete"):
            if order.kind == "stop":  # no dose is wanted any more: taking one is like taking one during a hold
                yield since or order.at, None
            elif since is not None:
                yield since, order.at
            return
    if since is not None:
        yield since, None


def _ug(mg: float) -> int:
    return round(mg * 1000)


def _protocol(course: Course, drug: Drug, schedule: Schedule, first: date, orders: tuple[Order, ...]) -> Doses:
    """Doses as prescribed at the start. Steps of a ramp-up last so many planned days not on hold: no step is skipped."""
    start = next((o.doses for o in orders if o.kind == "start" and drug.inn in o.doses), course.doses)
    mg = start.get(drug.inn, drug.dose.mg)
    full = None if mg is None else _ug(mg)
    ramp = drug.dose.ramp_up
    if ramp is None or full is None or not course.ramp_up:
        return ((-NEVER, full),)
    total = ramp.days_per_step * (len(ramp.mg) - 1)
    plain = msgspec.structs.replace(drug, dose=msgspec.structs.replace(drug.dose, ramp_up=None))
    reach, begin = 2 * total, (course.started_on - first).days * schedule.times_per_day
    while True:
        whole = calendar(course, plain, course.started_on, course.started_on + timedelta(days=reach))
        days = [] if whole is None else list(members(by_day(whole.expected, whole.times, whole.days)))
        if len(days) > total or reach > 3660 or whole is None or whole.ended < whole.days * whole.times:
            break
        reach *= 2
    steps: list[tuple[int, int | None]] = [(-NEVER, min(_ug(ramp.mg[0]), full))]
    for step, each in enumerate(ramp.mg[1:], 1):
        if step * ramp.days_per_step < len(days):
            steps.append((begin + days[step * ramp.days_per_step], min(_ug(each), full)))
    return tuple(steps)
