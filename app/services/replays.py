"""Other rules over stored history: which alerts they would have gained and lost. Nothing is written, nobody is notified."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

import asyncpg
from msgspec import json

from app.db import history
from app.db.door import establishment_tx
from app.db.history import StoredReport
from app.domain.explain import explain
from app.domain.phrases import Language
from app.domain.replay import Replayed, Tally, tally
from app.domain.reports import Baseline, Chart, KeptContent, PastReport
from app.domain.rulebook import Rulebook
from app.domain.triage import triage
from app.domain.verdicts import TriageLevel

BEFORE = timedelta(days=30)  # history that the first judged reports look back on; the rules look back 21 days
HISTORY = 6


_content = json.Decoder(KeptContent)
_baseline = json.Decoder(Baseline)


async def replay(owner: asyncpg.Pool, rulebook: Rulebook, since: date) -> Tally:
    """Judge every stored report since a day with `rulebook`, as it would have been judged then. `owner` sees one tenant at a time."""
    async with owner.acquire() as con:
        everywhere = await history.all_establishments(con)
    judged: list[Replayed] = []
    weeks = 0.0
    for establishment_id in everywhere:
        async with establishment_tx(owner, establishment_id) as con:
            judged += [each async for each in _judged(con, establishment_id, rulebook, since)]
            weeks += await history.followed_weeks(con, establishment_id, since)
    return tally(judged, weeks)


async def explain_stored(owner: asyncpg.Pool, rulebook: Rulebook, report_id: UUID, language: Language) -> list[str]:
    """Why a stored report got its level, each step in words, by the rules of `rulebook`. Empty when nobody knows it."""
    async with owner.acquire() as con:
        everywhere = await history.all_establishments(con)
    for establishment_id in everywhere:
        async with establishment_tx(owner, establishment_id) as con:
            told = await history.told_on(con, establishment_id, report_id)
            if told is None:
                continue
            past: list[tuple[StoredReport, KeptContent]] = []
            async for report in history.stored_reports(con, establishment_id, told.told_on - BEFORE):
                if report.patient_id != told.patient_id:
                    continue
                content = _content.decode(report.content)
                if report.id == report_id:
                    edition = rulebook.on(told.told_on)
                    chart = _chart(report, past)
                    verdict = triage(content.answers, content.measurements, chart, edition)
                    return explain(verdict, content.answers, content.measurements, chart, edition, language)
                past.insert(0, (report, content))
    return []


async def _judged(
    con: asyncpg.Connection, establishment_id: UUID, rulebook: Rulebook, since: date
) -> AsyncIterator[Replayed]:
    patient: UUID | None = None
    past: list[tuple[StoredReport, KeptContent]] = []
    async for report in history.stored_reports(con, establishment_id, since - BEFORE):
        if report.patient_id != patient:
            patient, past = report.patient_id, []
        content = _content.decode(report.content)
        if report.told_at.date() >= since and not report.quarantined:
            yield _again(report, content, past, rulebook)
        if not report.quarantined:
            past.insert(0, (report, content))


def _again(
    report: StoredReport, content: KeptContent, past: list[tuple[StoredReport, KeptContent]], rulebook: Rulebook
) -> Replayed:
    after = triage(content.answers, content.measurements, _chart(report, past), rulebook)
    before = TriageLevel(report.level)
    return Replayed(str(report.id), report.regimen, before, after.level, tuple(report.reasons), after.reasons)


def _chart(report: StoredReport, past: list[tuple[StoredReport, KeptContent]]) -> Chart:
    earlier = tuple(
        PastReport((report.told_at - then.told_at).total_seconds() / 86400, said.answers, said.measurements)
        for then, said in islice(past, HISTORY)
    )
    return Chart(report.regimen, report.cycle, report.day_of_cycle, _baseline.decode(report.baseline), earlier)
