"""One patient's course: regimen, start, doses, own hours, where the patient is, and the signed orders."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from app.domain.civil import when_shown
from app.domain.drugs import Drug, Schedule
from app.domain.orders import Order
from app.domain.treatments import Regimen

DAY_BEGINS = time(
    3
)  # adherence.md section 2: a day runs from 03:00 to 02:59, so that a bedtime dose belongs to its evening
_DAY = timedelta(days=1)
_FIRST_HOUR = 8


class Zone(msgspec.Struct, frozen=True):
    """The patient's IANA zone from an instant on; `since` None: from the beginning."""

    name: str
    since: datetime | None = None


class Hours(msgspec.Struct, frozen=True):
    """The patient's own hours from a day on, one per intake of the day, in the order of a day that begins at 03:00."""

    times: tuple[time, ...]
    since: date | None = None


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """One patient's regimen from its start day.

    `regimen` already has the drugs of its partners (`treatments.combined`) and its calendar (`rescheduled`).
    `starts_with`: number of the first intake on day 1, counted from 0 (1 of two: evening start). `doses`: full dose in mg per
    intake as prescribed at the start, by drug; a fixed label dose need not be repeated. `zones` and each list of `hours`: oldest first.
    """

    regimen: Regimen
    started_on: date
    zones: tuple[Zone, ...]
    starts_with: int = 0
    doses: dict[str, float] = {}
    hours: dict[str, tuple[Hours, ...]] = {}
    orders: tuple[Order, ...] = ()
    ramp_up: bool = True


def schedule_of(course: Course, drug: Drug) -> Schedule | None:
    """The calendar of a drug: its own or that of the regimen."""
    return drug.schedule or course.regimen.schedule


def main_drugs(course: Course) -> tuple[Drug, ...]:
    """The drugs that the regimen is about, without partners."""
    return tuple(drug for drug in course.regimen.drugs if not drug.partner)


@lru_cache(maxsize=64)
def usual_hours(times_per_day: int, interval_h: int) -> tuple[time, ...]:
    """Hours before the patient has chosen: from 08:00 on, an interval apart (08:00; 08:00 and 20:00). Our choice (D)."""
    step = min(interval_h, 24 // times_per_day)
    return tuple(time((_FIRST_HOUR + n * step) % 24) for n in range(times_per_day))


def hours_on(course: Course, drug: Drug, schedule: Schedule, day: date) -> tuple[time, ...]:
    """The hours of a drug on a day: the latest chosen by then, if as many as there are intakes."""
    for chosen in reversed(course.hours.get(drug.inn, ())):
        if (chosen.since is None or chosen.since <= day) and len(chosen.times) == schedule.times_per_day:
            return chosen.times
    return usual_hours(schedule.times_per_day, schedule.interval_h)


def zone_at(zones: tuple[Zone, ...], at: datetime) -> str:
    """Where the patient is at an instant."""
    for zone in reversed(zones):
        if zone.since is None or zone.since <= at:
            return zone.name
    return zones[0].name


def day_of(zones: tuple[Zone, ...], at: datetime) -> date:
    """The adherence day of an instant: 00:40 still belongs to the evening before."""
    local = at.astimezone(ZoneInfo(zone_at(zones, at)))
    return local.date() if local.time() >= DAY_BEGINS else local.date() - _DAY


def due_at(zones: tuple[Zone, ...], day: date, clock: time) -> datetime:
    """When an intake planned at this hour of this adherence day is due (UTC): the first time that the patient's own clock shows it.

    A traveller's clock that jumps over it shows it at the moment of the jump; one that is set back does not bring it twice.
    """
    on = day + _DAY if clock < DAY_BEGINS else day
    at = when_shown(on, clock, zones[0].name)
    for before, zone in pairwise(zones):
        if zone.since is None or at < zone.since:
            return at
        at = max(when_shown(on, clock, zone.name), zone.since) if before.name != zone.name else at
    return at
