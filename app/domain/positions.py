"""Numbers of Python as sets of positions, one bit each: how a plan of years is counted in a few operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

Span = tuple[datetime, datetime | None]
Doses = tuple[tuple[int, int | None], ...]  # from which position on, µg per intake (None: not yet prescribed)
NEVER = 1 << 40  # beyond any position


@lru_cache(maxsize=4096)
def bits(since: int, until: int) -> int:
    """Positions from `since` on and before `until`."""
    return ((1 << until) - 1) ^ ((1 << since) - 1) if until > since else 0


@lru_cache(maxsize=1024)
def every(times: int, days: int) -> int:
    """The first position of each day."""
    return sum(1 << (day * times) for day in range(days))


def by_day(positions: int, times: int, days: int) -> int:
    """Days (one bit each at the day's first position) with at least one of the positions."""
    folded = positions
    for number in range(1, times):
        folded |= positions >> number
    return folded & every(times, days)


def members(positions: int) -> Iterator[int]:
    """The positions one by one, the smallest first."""
    while positions:
        lowest = positions & -positions
        yield lowest.bit_length() - 1
        positions ^= lowest


def dose_of(segments: Doses, position: int) -> int | None:
    """The dose at a position, in µg."""
    found = segments[0][1]
    for since, ug in segments:
        if since > position:
            break
        found = ug
    return found


def amount(segments: Doses, positions: int) -> int | None:
    """Sum of the doses of these positions in µg; None when one of them has no prescribed dose."""
    total = 0
    for i, (since, ug) in enumerate(segments):
        until = segments[i + 1][0] if i + 1 < len(segments) else NEVER
        here = positions >> max(since, 0)
        if until < NEVER:
            here &= (1 << max(until - max(since, 0), 0)) - 1
        if here:
            if ug is None:
                return None
            total += ug * here.bit_count()
    return total


def inside(spans: Iterable[Span], at: datetime) -> bool:
    """Whether an instant lies in one of the spans (begin included, end not)."""
    return any(since <= at and (until is None or at < until) for since, until in spans)
