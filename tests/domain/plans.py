"""Courses made up at random, and the plan worked out slowly, intake by intake, from the label alone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from app.domain.courses import Course, Hours, Zone, due_at, hours_on, schedule_of
from app.domain.drugs import Drug
from app.domain.orders import CycleStart, Order, in_order
from tests.rules.book import rulebook

# hours change at 01:00, 02:00, 03:00 or midnight, by half an hour or two, in either hemisphere, or never
ZONES = (
    "Europe/Paris", "Europe/Lisbon", "Europe/Athens", "America/New_York", "America/Havana", "America/Santiago", "Asia/Beirut",
    "Africa/Cairo", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Chatham", "Antarctica/Troll", "Asia/Kathmandu",
    "Asia/Tokyo", "Indian/Reunion", "Pacific/Noumea", "Pacific/Tahiti", "UTC",
)  # fmt: skip
START = date(2025, 1, 1)
REGIMENS = sorted(rulebook().regimens)


def order(n: int, kind: str, at: datetime, **more: object) -> Order:
    return Order(id=str(n), kind=kind, at=at, signed_by="dr", signed_at=at, reason="a reason", **more)  # type: ignore[arg-type] # kinds as drawn


@st.composite
def courses(draw: st.DrawFn, regimen: str, shifts: bool = True, travels: bool = False) -> Course:
    """Any start, zone and own hours, and any sequence of orders over two years."""
    book = rulebook().regimen(regimen)
    started_on = START + timedelta(days=draw(st.integers(0, 400)))
    names = draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=4 if travels else 1))
    at = datetime.combine(started_on, time(), UTC)
    zones = [Zone(names[0])]
    for name in names[1:]:
        at += timedelta(hours=draw(st.integers(30, 4000)))
        zones.append(Zone(name, at))
    hours = {}
    for drug in book.drugs:
        line = drug.schedule or book.schedule
        if line and draw(st.booleans()):
            minutes = sorted(
                draw(st.sets(st.integers(180, 1619), min_size=line.times_per_day, max_size=line.times_per_day))
            )
            hours[drug.inn] = (Hours(tuple(time(m // 60 % 24, m % 60) for m in minutes)),)
    orders = []
    at = datetime.combine(started_on, time(), UTC)
    cycle, held = 1, False
    for n in range(draw(st.integers(0, 8))):
        at += timedelta(minutes=draw(st.integers(1, 200_000)))
        kind = draw(st.sampled_from(("resume", "dose_change") if held else ("hold", "dose_change", "hold", "stop")))
        more: dict[str, object] = {}
        if kind == "dose_change":
            more["doses"] = {book.drugs[0].inn: float(draw(st.integers(1, 20)) * 10)}
        if shifts and kind != "stop" and draw(st.booleans()):
            cycle += draw(st.integers(1, 2))
            more["next_cycle"] = CycleStart(cycle, at.date() + timedelta(days=draw(st.integers(0, 40))))
        held = {"hold": True, "resume": False}.get(kind, held)
        orders.append(order(n, kind, at, **more))
        if kind == "stop":
            break
    return Course(
        regimen=book,
        started_on=started_on,
        zones=tuple(zones),
        starts_with=draw(st.integers(0, 1)) if book.schedule and book.schedule.times_per_day > 1 else 0,
        doses={drug.inn: 100.0 for drug in book.drugs if drug.dose.mg is None},
        hours=hours,
        orders=tuple(orders),
    )


def slowly(course: Course, drug: Drug, since: date, until: date) -> Iterator[tuple[date, int, bool]]:
    """Day, number and whether on hold of every planned intake: one day after the other, as a pharmacist would fill in a calendar."""
    line = schedule_of(course, drug)
    if line is None:
        return
    times = line.times_per_day
    skipped = min(course.starts_with, times - 1)
    every = in_order(course.orders)
    orders = [o for o in every if o.concerns(drug.inn, drug.partner)]
    for n in range((until - since).days + 1):
        day = since + timedelta(days=n)
        for number, clock in enumerate(hours_on(course, drug, line, day)):
            due = due_at(course.zones, day, clock)
            signed = [o for o in orders if o.at <= due]
            if any(o.kind in ("stop", "complete") for o in signed):
                return
            explicit = {1: course.started_on}
            for each in every:
                if each.next_cycle and each.at <= due:
                    begins = each.next_cycle
                    explicit = {c: d for c, d in explicit.items() if c < begins.cycle and d < begins.on}
                    explicit[begins.cycle] = begins.on
            going = line.continuous and (day, number) >= (min(explicit.values()), skipped)
            if going or _wanted(explicit, line.cycle_days, line.on_days, times, skipped, day, number):
                holds = [o.kind for o in signed if o.kind in ("hold", "resume")]
                yield day, number, bool(holds) and holds[-1] == "hold"


def _wanted(
    explicit: dict[int, date],
    size: int,
    on_days: tuple[tuple[int, int], ...],
    times: int,
    skipped: int,
    day: date,
    number: int,
) -> bool:
    cycle, begins = min(explicit), explicit[min(explicit)]
    here = (day, number)
    while True:
        later = [(c, d) for c, d in explicit.items() if c > cycle]
        following, starts = min(later) if later else (None, None)
        natural = begins + timedelta(days=size)
        if starts is not None and here >= (starts, skipped):
            cycle, begins = following or 0, starts
        elif here >= (natural, skipped) and (following is None or cycle + 1 < following):
            cycle, begins = cycle + 1, natural
        else:
            break
    place = (day - begins).days * times + number - skipped
    return any((first - 1) * times <= place < last * times for first, last in on_days)


def shown(at: datetime, zone: str) -> time:
    """What the clock on the wall shows."""
    return at.astimezone(ZoneInfo(zone)).time()
