"""The rulebook as the clinic reads it: pages in words, versions that were in use, the last replay."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

import asyncpg
from msgspec import Struct, json

from app.db import rulebooks
from app.db.rulebooks import EditionLine, KeptReplay
from app.domain.compiled import document
from app.domain.pages import RulebookPages, pages
from app.domain.replay import Tally
from app.domain.rulebook import Rulebook
from app.domain.verdicts import TriageLevel


class LevelChange(Struct, frozen=True):
    """Alerts gained and lost at a level, and per 100 patient-weeks."""

    level: str
    gained: int
    lost: int
    gained_rate: float
    lost_rate: float


class RegimenChange(Struct, frozen=True):
    """Reports of a regimen that other rules would have judged more, or less, urgent."""

    regimen: str
    more_urgent: int
    less_urgent: int


class ReplaySummary(Struct, frozen=True):
    """Counts of a replay; no report is named."""

    levels: list[LevelChange]
    regimens: list[RegimenChange]


class ReplayPage(Struct, frozen=True):
    """The last replay of history."""

    at: datetime
    since: date
    version: str
    reports: int
    patient_weeks: float
    summary: ReplaySummary


class RulesPage(Struct, frozen=True):
    """Everything on the clinic's page of rules."""

    rulebook: RulebookPages
    used: list[EditionLine]
    last_replay: ReplayPage | None


async def rules_page(con: asyncpg.Connection, rulebook: Rulebook, now: datetime) -> RulesPage:
    """The rulebook in force today, in words."""
    kept = await rulebooks.last_replay(con)
    replay = kept and ReplayPage(
        kept.at,
        kept.since,
        kept.version,
        kept.reports,
        kept.patient_weeks,
        json.decode(kept.summary, type=ReplaySummary),
    )
    return RulesPage(pages(rulebook.on(now.date()), now.date()), await rulebooks.editions(con), replay or None)


async def remember_edition(con: asyncpg.Connection, rulebook: Rulebook) -> None:
    """Keep the compiled document of a rulebook that is about to judge."""
    await rulebooks.keep_edition(con, rulebook.version, rulebook.in_force_from, document(rulebook).decode())


async def publish_replay(con: asyncpg.Connection, rulebook: Rulebook, since: date, found: Tally, now: datetime) -> None:
    """Show a replay's counts on the page of rules."""
    levels = [
        LevelChange(
            level.value,
            found.gained.get(level, 0),
            found.lost.get(level, 0),
            found.per_100_patient_weeks(found.gained.get(level, 0)),
            found.per_100_patient_weeks(found.lost.get(level, 0)),
        )
        for level in (TriageLevel.RED, TriageLevel.ORANGE, TriageLevel.YELLOW)
    ]
    regimens = [RegimenChange(regimen, up, down) for regimen, (up, down) in found.by_regimen.items()]
    summary = json.encode(ReplaySummary(levels, regimens)).decode()
    kept = KeptReplay(now, since, rulebook.version, found.reports, found.patient_weeks, summary)
    await rulebooks.keep_replay(con, uuid4(), kept)
