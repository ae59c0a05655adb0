"""Opening hours of an establishment: its own, or as the rulebook in force says."""

from __future__ import annotations

from datetime import time
from functools import lru_cache

from app.db.standings import Hours
from app.domain.civil import OpeningHours
from app.domain.rulebook import Rulebook

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def opening_hours(rulebook: Rulebook, zone: str, own: Hours | None = None) -> OpeningHours:
    """The calendar that delays run in, on this establishment's wall clock; `own` where it has chosen other hours."""
    if own is not None:
        return OpeningHours(zone, own.opens, own.closes, frozenset(own.weekdays))
    h = rulebook.opening_hours
    return _hours(zone, h.opens, h.closes, frozenset(_DAYS.index(d) for d in h.days))


@lru_cache(maxsize=64)
def _hours(zone: str, opens: str, closes: str, weekdays: frozenset[int]) -> OpeningHours:
    return OpeningHours(zone, time.fromisoformat(opens), time.fromisoformat(closes), weekdays)
