"""The manager's indicators: how fast, how much, by whom. Counts and durations, and not one patient."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
from msgspec import Struct, structs

from app.db import events, indicators
from app.db.indicators import Share, Speed, Totals
from app.domain.civil import local_day, local_midnight
from app.domain.errors import ContentRefused, Fault
from app.domain.indicators import (
    LEAST_FOLLOW_UP,
    LONGEST_HANDLING,
    LONGEST_PERIOD_DAYS,
    WORKLOAD_ASSUMPTION,
    cell,
    rate,
)
from app.domain.people import Caller, Establishment
from app.domain.texts import Text

USUAL = timedelta(days=28)


class Indicators(Struct, frozen=True):
    """Of one establishment, from the beginning of `since` to the end of `until` in its own time."""

    since: date
    until: date
    by_level: list[Speed]
    by_hour: list[Speed]
    by_role: list[Speed]
    activity: list[Share]
    totals: Totals
    least_patient_weeks: float  # under so many no rate is given
    alerts_per_100_patient_weeks: float | None
    share_judged_useful: float | None
    minutes_per_patient_week: float | None
    workload_assumption: Text


async def page(
    con: asyncpg.Connection, place: Establishment, caller: Caller, now: datetime, since: date | None, until: date | None
) -> Indicators:
    """The indicators of a period, by default the last four weeks. Raises ContentRefused."""
    last = until or local_day(now, place.timezone)
    first = since or last - USUAL + timedelta(days=1)
    if not timedelta(0) <= last - first < timedelta(days=LONGEST_PERIOD_DAYS):
        raise ContentRefused(faults=(Fault("since", "Must not be after `until`, nor more than 400 days before it."),))
    here, zone = caller.establishment_id, place.timezone
    start = _midnight(first, zone)
    end = min(_midnight(last + timedelta(days=1), zone), now)
    end = max(start, end)
    totals = await indicators.totals(con, here, start, end, LONGEST_HANDLING)
    weeks = totals.patient_weeks
    await events.add(con, caller, "indicators_read")
    return Indicators(
        since=first,
        until=last,
        by_level=await indicators.by_level(con, here, start, end),
        by_hour=await indicators.by_hour(con, here, start, end),
        by_role=await indicators.by_role(con, here, start, end),
        activity=await indicators.activity(con, here, start, end),
        totals=totals,
        least_patient_weeks=LEAST_FOLLOW_UP,
        alerts_per_100_patient_weeks=rate(100 * totals.alerts, weeks),
        share_judged_useful=totals.judged_useful / totals.closed if totals.closed else None,
        minutes_per_patient_week=rate(totals.handling_minutes, weeks),
        workload_assumption=WORKLOAD_ASSUMPTION,
    )


def csv(found: Indicators) -> str:
    """The same as lines of section, key, measure and value."""
    lines = ["section,key,measure,value"]
    for section, rows in (("level", found.by_level), ("hour", found.by_hour), ("role", found.by_role)):
        for row in rows:
            lines += [
                f"{section},{cell(row.key)},{name},{cell(value)}"
                for name, value in structs.asdict(row).items()
                if name != "key"
            ]
    for share in found.activity:
        key = cell(f"{share.establishment} ({share.kind})")
        lines += [f"activity,{key},{name},{getattr(share, name)}" for name in ("acknowledged", "contacted", "closed")]
    whole = {
        **structs.asdict(found.totals),
        "least_patient_weeks": found.least_patient_weeks,
        "alerts_per_100_patient_weeks": found.alerts_per_100_patient_weeks,
        "share_judged_useful": found.share_judged_useful,
        "minutes_per_patient_week": found.minutes_per_patient_week,
    }
    lines += [f"total,{found.since}/{found.until},{name},{cell(value)}" for name, value in whole.items()]
    return "\r\n".join(lines) + "\r\n"


def _midnight(day: date, zone: str) -> datetime:
    """The beginning of a local day: asked of noon, which every day has."""
    noon = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 - given its zone in the same line below
    return local_midnight(noon.replace(tzinfo=ZoneInfo(zone)), zone)
