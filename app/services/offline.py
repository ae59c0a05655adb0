"""What the phone keeps so that it can judge a report with no network: the rules of its regimen, and its own chart."""

from __future__ import annotations

from datetime import date, datetime

import asyncpg
from msgspec import Struct, json

from app.db import patients, reports
from app.domain.compiled import CompiledRulebook, compiled
from app.domain.errors import NotFound
from app.domain.people import Caller
from app.domain.reports import Answer, Baseline, KeptContent
from app.domain.rulebook import Rulebook

HISTORY = 6  # the rules look two reports back; the phone adds its own unsent ones


class ToldReport(Struct, frozen=True):
    """An earlier report of the patient's own."""

    told_at: datetime
    answers: dict[str, Answer]
    measurements: dict[str, float] = {}


class OfflineChart(Struct, frozen=True):
    """What the phone needs to know where in the treatment a day falls, and what was there before. `cycle_days` 0: no cycles."""

    regimen: str
    started_on: date | None
    cycle_days: int
    timezone: str
    baseline: Baseline
    history: list[ToldReport]


class OfflineRulebook(Struct, frozen=True):
    """Rules and chart for the device; the server's verdict replaces the phone's."""

    rulebook: CompiledRulebook
    chart: OfflineChart


_content = json.Decoder(KeptContent)


async def offline_rulebook(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller) -> OfflineRulebook:
    """The rules that the calling patient's phone may judge by, and the patient's own chart.

    A caregiver's phone is not given what was told before: it judges by what it is told now. Raises NotFound.
    """
    row = await patients.own(con, caller)
    if row is None:
        raise NotFound
    regimen = row.regimen or ""
    schedule = rulebook.regimen(regimen).schedule
    past = await reports.latest(con, caller.establishment_id, caller.person_id, HISTORY) if caller.is_patient else []
    told = [(kept.told_at, _content.decode(kept.content)) for kept in past if not kept.quarantined]
    return OfflineRulebook(
        compiled(rulebook, regimen),
        OfflineChart(
            regimen=regimen,
            started_on=row.started_on,
            cycle_days=schedule.cycle_days if schedule else 0,
            timezone=row.timezone,
            baseline=await patients.baseline(con, caller),
            history=[ToldReport(at, c.answers, c.measurements) for at, c in told],
        ),
    )
