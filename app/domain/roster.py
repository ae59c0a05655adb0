"""Who is on duty at an instant, who covers, and where nobody will be: one establishment, no clock.

app/db/duties.py and app/db/covers.py say the same in SQL for the moment of a call; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.domain.civil import OpeningHours, is_holiday
from app.domain.policies import Coverage, Discipline

WEEK = 7 * 1440
DISCIPLINES: tuple[Discipline, ...] = ("level1", "level2", "oncologist")
AHEAD = timedelta(days=14)  # how far holes are looked for; reliability.md, "Who"


class Turn(Struct, frozen=True):
    """A weekly turn: minutes of the local week, end excluded, never past the end of the week."""

    staff_id: UUID
    recipient: Discipline
    from_minute: int
    to_minute: int
    from_on: date | None = None
    until_on: date | None = None
    holidays: Literal["worked", "off", "only"] = "worked"

    def holds(self, wall: datetime) -> bool:
        """Whether the person is there at this local time. A turn belongs to the day on which it begins; a longer one to each day."""
        gone = minute_of(wall) - self.from_minute
        if not 0 <= gone < self.to_minute - self.from_minute:
            return False
        longer = self.to_minute - self.from_minute > 1440
        day = (wall - timedelta(minutes=0 if longer else gone)).date()
        if (self.from_on and day < self.from_on) or (self.until_on and day > self.until_on):
            return False
        return self.holidays == "worked" or (self.holidays == "only") == is_holiday(day)


class Change(Struct, frozen=True):
    """What differs from the weekly turns: away, or on duty besides."""

    kind: Literal["absence", "extra"]
    staff_id: UUID
    recipient: Discipline | None
    from_at: datetime
    to_at: datetime

    def holds(self, at: datetime) -> bool:
        """Whether it is so at this instant."""
        return self.from_at <= at < self.to_at


class Cover(Struct, frozen=True):
    """When a partner covers under an agreement, on the wall where the patients are. Hours may pass the end of the week.

    They belong to the day on which they begin; longer ones than a day to each of their days.
    """

    partner_id: UUID
    disciplines: tuple[str, ...]
    from_minutes: tuple[int, ...]
    to_minutes: tuple[int, ...]
    holidays: Literal["as_usual", "all_day", "only"]
    from_on: date
    until_on: date

    def until(self, at: datetime, zone: str) -> datetime | None:
        """When the turn that holds now ends, at the latest a day from now; None when none holds."""
        place = ZoneInfo(zone)
        wall = at.astimezone(place).replace(tzinfo=None, second=0, microsecond=0)
        ends = [end for end, day in self._turns(wall) if self.from_on <= day <= self.until_on]
        if not ends:
            return None
        return min(max(end.replace(tzinfo=place).astimezone(UTC) for end in ends), at + timedelta(days=1))

    @property
    def _over(self) -> datetime:
        return datetime.combine(self.until_on + timedelta(days=1), time())

    def _turns(self, wall: datetime) -> Iterator[tuple[datetime, date]]:
        """The turns that hold at this local time: when each ends, and the day it belongs to."""
        for start, stop in zip(self.from_minutes, self.to_minutes, strict=True):
            gone = (minute_of(wall) - start) % WEEK
            longer = stop - start > 1440
            day = (wall - timedelta(minutes=0 if longer else gone)).date()
            if gone < stop - start and (self.holidays != "only" or is_holiday(day)):
                end = wall + timedelta(minutes=stop - start - gone)
                yield min(end, self._over) if longer else end, day
        if self.holidays == "all_day" and is_holiday(wall.date()):
            yield datetime.combine(wall.date() + timedelta(days=1), time()), wall.date()


class Hole(Struct, frozen=True):
    """Nobody of this discipline is there from one instant to another."""

    recipient: Discipline
    from_at: datetime
    to_at: datetime


class Shift(Struct, frozen=True):
    """One person on duty from one instant to another."""

    staff_id: UUID
    recipient: Discipline
    from_at: datetime
    to_at: datetime


Covered = Callable[[Discipline, datetime], bool]


class Roster(Struct, frozen=True):
    """Everything that says who is on duty at one establishment. Who is disabled is left out of it."""

    zone: str
    turns: tuple[Turn, ...]
    changes: tuple[Change, ...]

    def on_duty(self, at: datetime) -> frozenset[tuple[UUID, Discipline]]:
        """Who is there, and as what. Whoever is away is away from everything."""
        wall = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        away = {c.staff_id for c in self.changes if c.kind == "absence" and c.holds(at)}
        usual = {(t.staff_id, t.recipient) for t in self.turns if t.holds(wall)}
        extra = {(c.staff_id, c.recipient) for c in self.changes if c.kind == "extra" and c.recipient and c.holds(at)}
        return frozenset(who for who in usual | extra if who[0] not in away)

    def shifts(self, start: datetime, end: datetime) -> list[Shift]:
        """Who is on duty from when to when, for a page."""
        found: list[Shift] = []
        begun: dict[tuple[UUID, Discipline], datetime] = {}
        for at in (*self._moments(start, end, ()), end):
            there = self.on_duty(at) if at < end else frozenset()
            gone = [who for who in begun if who not in there]
            found += [Shift(*who, begun.pop(who), at) for who in gone]
            for who in there:
                begun.setdefault(who, at)
        return sorted(found, key=lambda s: (s.from_at, s.recipient, s.staff_id))

    def holes(
        self, start: datetime, end: datetime, need: Coverage, hours: OpeningHours, covered: Covered
    ) -> list[Hole]:
        """Where somebody must be on duty and nobody is, neither ours nor a partner's."""
        found: list[Hole] = []
        clocks = (hours.opens.hour * 60 + hours.opens.minute, hours.closes.hour * 60 + hours.closes.minute)
        open_since: dict[Discipline, datetime] = {}
        for at in (*self._moments(start, end, clocks), end):
            there = {recipient for _, recipient in self.on_duty(at)}
            for discipline in DISCIPLINES:
                wanted = at < end and (getattr(need, discipline) == "always" or hours.is_open(at))
                empty = wanted and discipline not in there and not covered(discipline, at)
                if empty:
                    open_since.setdefault(discipline, at)
                elif discipline in open_since:
                    found.append(Hole(discipline, open_since.pop(discipline), at))
        return sorted(found, key=lambda h: (h.from_at, h.recipient))

    def _moments(self, start: datetime, end: datetime, clocks: Sequence[int]) -> list[datetime]:
        """Every instant at which something may change, from `start` on."""
        place = ZoneInfo(self.zone)
        minutes = {m for t in self.turns for m in (t.from_minute % 1440, t.to_minute % 1440)} | {0} | set(clocks)
        moments = {start}
        day = start.astimezone(place).date() - timedelta(days=1)
        while day <= end.astimezone(place).date():
            for minute in minutes:
                clock = datetime.combine(day, time(minute // 60, minute % 60))
                moments |= {clock.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)}
            day += timedelta(days=1)
        moments |= {at for change in self.changes for at in (change.from_at, change.to_at)}
        hour = start.replace(minute=0, second=0, microsecond=0)
        moments |= {hour + timedelta(hours=n) for n in range(int((end - start) / timedelta(hours=1)) + 1)}
        return sorted(at for at in moments if start <= at < end)


def minute_of(wall: datetime) -> int:
    """Minutes since Monday 00:00 of a local time without zone."""
    return wall.weekday() * 1440 + wall.hour * 60 + wall.minute
