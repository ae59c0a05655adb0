"""Local time, in one place: weeks, opening hours and working days of an establishment.

Instants are UTC; only here do they become wall-clock time. Durations are added in UTC, never on local values: aware arithmetic in
Python is wall-clock arithmetic and would be an hour wrong on two nights a year.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from app.domain.texts import Text

MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=64)
def _french_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))


def holidays_around(at: datetime) -> list[date]:
    """French public holidays within four days of an instant: what any zone's turn of duty at that instant may depend on."""
    days = ((at + timedelta(days=n)).date() for n in range(-4, 5))
    return [day for day in days if day in _french_holidays(day.year)]


def holiday_name(day: date) -> Text | None:
    """What a French public holiday is called; None on other days."""
    if not is_holiday(day):
        return None
    return Text(*(holidays.country_holidays("FR", years=day.year, language=lang)[day] for lang in ("fr", "en_US")))


def is_holiday(day: date) -> bool:
    """Is this a French public holiday?"""
    return day in _french_holidays(day.year)


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of an instant where the person is."""
    return at.astimezone(ZoneInfo(zone)).date()


def local_midnight(at: datetime, zone: str) -> datetime:
    """When this instant's local day began (UTC)."""
    return datetime.combine(local_day(at, zone), time(), ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=1 << 16)
def when_shown(day: date, clock: time, zone: str) -> datetime:
    """The first instant (UTC) at which clocks of the zone show this time of this day, or a later one.

    A time that exists twice is the first one; a time that does not exist is the moment the clocks jump over it.
    """
    local, there = datetime.combine(day, clock), ZoneInfo(zone)
    at = local.replace(tzinfo=there).astimezone(UTC)
    if at.astimezone(there).replace(tzinfo=None) == local:
        return at
    early, late = local.replace(tzinfo=there, fold=1).astimezone(UTC), at
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        early, late = (middle, late) if middle.astimezone(there).replace(tzinfo=None) < local else (early, middle)
    return late.replace(microsecond=0)


class OpeningHours:
    """When an establishment works: triage.md section 1 (Monday to Friday, 08:00 to 18:00), without French public holidays."""

    def __init__(self, zone: str, opens: time, closes: time, weekdays: frozenset[int]) -> None:
        self.zone = ZoneInfo(zone)
        self.opens, self.closes, self.weekdays = opens, closes, weekdays

    def works_on(self, day: date) -> bool:
        """Is this a working day?"""
        return day.weekday() in self.weekdays and day not in _french_holidays(day.year)

    def is_open(self, at: datetime) -> bool:
        """Is somebody there at this instant?"""
        local = at.astimezone(self.zone)
        return self.works_on(local.date()) and self.opens <= local.time() < self.closes

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def next_open(self, at: datetime) -> datetime:
        """This instant if open, else the next opening (UTC)."""
        if self.is_open(at):
            return at
        day = at.astimezone(self.zone).date()
        while not self.works_on(day) or self._at(day, self.opens) < at:
            day += timedelta(days=1)
        return self._at(day, self.opens)

    def next_morning(self, at: datetime) -> datetime:
        """The next time the clock shows the opening hour, on any day of the week (UTC)."""
        day = at.astimezone(self.zone).date()
        morning = self._at(day, self.opens)
        return morning if morning >= at else self._at(day + timedelta(days=1), self.opens)

    def closing(self, at: datetime) -> datetime:
        """When this instant's local day ends for the establishment (UTC)."""
        return self._at(at.astimezone(self.zone).date(), self.closes)

    def at_clock(self, day_of: datetime, clock: str | None) -> datetime | None:
        """That instant's local day at "HH:MM" (UTC); None without a clock time."""
        return self._at(day_of.astimezone(self.zone).date(), time.fromisoformat(clock)) if clock else None

    def after_working_days(self, at: datetime, days: int) -> datetime:
        """The end of the n-th working day after the one that holds `at` (UTC)."""
        day = self.next_open(at).astimezone(self.zone).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.works_on(day)
        return self._at(day, self.closes)
