"""What dispensing tells: pill count, MPR and PDC. They show possession only, and are the upper limit of what was swallowed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

import msgspec

from app.domain.drugs import Schedule


class Fill(msgspec.Struct, frozen=True):
    """A dispensing: the day, and how many calendar days of the treatment it lasts (rest days included)."""

    on: date
    days: int


def days_supplied(schedule: Schedule, administrations: int) -> int:
    """Calendar days that so many administrations last from the first day of a cycle on.

    The supply of one cycle covers the whole cycle: 63 capsules of three weeks out of four last 84 days, not 63.
    """
    on_days = [day for first, last in schedule.on_days for day in range(first, last + 1)]
    whole, rest = divmod(administrations, len(on_days) * schedule.times_per_day)
    begun = rest // schedule.times_per_day
    return whole * schedule.cycle_days + (on_days[begun] - 1 if begun else 0)


def pill_count(dispensed: int, returned: int, expected: int) -> Fraction | None:
    """(dispensed − returned) / units expected; can exceed 1. None when none was expected."""
    return Fraction(dispensed - returned, expected) if expected > 0 else None


def medication_possession_ratio(fills: Iterable[Fill], since: date, until: date) -> Fraction | None:
    """MPR: days' supply dispensed in the period / days in the period, both ends included; can exceed 1."""
    days = (until - since).days + 1
    return Fraction(sum(fill.days for fill in fills if since <= fill.on <= until), days) if days > 0 else None


def proportion_of_days_covered(fills: Iterable[Fill], since: date, until: date) -> Fraction | None:
    """PDC: days of the period covered by supply / days in the period. What an early refill adds is used after what is left."""
    days = (until - since).days + 1
    if days <= 0:
        return None
    covered = 0
    ends = date.min
    for fill in sorted(fills, key=lambda fill: fill.on):
        begins = max(fill.on, ends)
        ends = begins + timedelta(days=fill.days)
        first, last = max(begins, since), min(ends, until + timedelta(days=1))
        covered += max(0, (last - first).days)
    return Fraction(covered, days)
