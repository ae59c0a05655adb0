"""A report comes in: kept whole, judged, and somebody is told if somebody must look."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json, structs
from uuid_utils.compat import uuid7

from app.db import charts, reports
from app.db.cases import SilentReport
from app.db.charts import Asked, PatientChart
from app.db.episodes import ChartJudged
from app.db.reports import Judged, Kept, Opened, Written
from app.domain import receipts
from app.domain.alerts import READ_BY_HAND, join
from app.domain.civil import local_day
from app.domain.errors import Fault, NotFound, SignInNeeded, ValueImplausible
from app.domain.mutes import silences
from app.domain.people import Submitter
from app.domain.receipts import Receipt
from app.domain.reports import Chart, ReportDraft
from app.domain.rulebook import Rulebook
from app.domain.treatments import position
from app.domain.triage import Fired, Grade, Recipient, TriageLevel, Verdict, implausible, triage, unknown
from app.services.calendars import opening_hours
from app.services.episodes import Detail, cause_of, plan, policy_of, promise
from app.services.risk_scoring import Assessed, Case, Models, assess, encode_rows
from app.services.vault import Safe

log = logging.getLogger("vigie.reports")


class Submission(Struct, frozen=True):
    """The answer to the phone, and whether a worklist has changed. No receipt: another content is kept under this id."""

    receipt: Receipt | None
    alerted: bool


class Sent(Struct, frozen=True):
    """A report as it came in, and what identifies its content."""

    who: Submitter
    report_id: UUID
    draft: ReportDraft
    content: str
    sha256: bytes

    @property
    def asked(self) -> Asked:
        """What to load for it."""
        return Asked(self.who, self.report_id, self.draft.answered_at, self.draft.replaces)


class Bench(Struct, frozen=True):
    """What reports are judged by; without `models` the rules judge alone, and nothing is scored."""

    safe: Safe
    rulebook: Rulebook
    models: Models | None


class JudgedReport(Struct, frozen=True):
    """What to write of a report, and what its phone is answered once that is kept."""

    written: Written
    submission: Submission


_detail = json.Decoder(Detail)


def sent(who: Submitter, report_id: UUID, draft: ReportDraft) -> Sent:
    """A report with its canonical content: the same whatever order its phone wrote it in."""
    content = json.encode(draft, order="sorted")
    return Sent(who, report_id, draft, content.decode(), hashlib.sha256(content).digest())


async def submit_report(
    con: asyncpg.Connection,
    safe: Safe,
    rulebook: Rulebook,
    who: Submitter,
    report_id: UUID,
    draft: ReportDraft,
    models: Models | None = None,
) -> Submission:
    """Keep the report, judge it, open or join an episode if someone must look, and queue who hears of it: one transaction.

    The same id with the same content gets the first answer again. Without `models` the rules judge alone, and nothing is scored.
    Raises SignInNeeded, ValueImplausible.
    """
    one = sent(who, report_id, draft)
    chart = await charts.load(con, one.asked)
    if chart is None:
        raise SignInNeeded
    bench = Bench(safe, rulebook.on(chart.now.date()), models)
    if chart.kept_sha256 == one.sha256:
        return Submission(await _first_answer(con, bench.rulebook, who, report_id), alerted=False)
    if chart.kept_sha256 is None:
        _refuse_implausible(draft, bench.rulebook)
        judged = await judge_report(con, bench, one, chart)
        await reports.write(con, judged.written)
        return judged.submission
    if not await reports.keep_conflict(con, who.establishment_id, who.patient_id, report_id, one.sha256, one.content):
        return Submission(None, alerted=False)
    # Whatever went wrong on that phone, a nurse reads what it said the second time.
    judged = await judge_report(con, bench, structs.replace(one, report_id=uuid7()), chart, by_hand=True)
    await reports.write(con, judged.written)
    return Submission(None, alerted=judged.submission.alerted)


async def submit_together(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, several: Sequence[Sent], models: Models | None
) -> list[Submission | None]:
    """Submit reports of different patients of one establishment in as many round trips as one alone takes.

    Only what is as usual: first copies of plausible reports from good credentials. None for each of the others, of which nothing is
    written: they are for `submit_report`, whose transaction is their own.
    """
    found = await charts.load_all(con, [one.asked for one in several])
    judged: list[JudgedReport | None] = []
    for one, chart in zip(several, found, strict=True):
        if chart is None or chart.kept_sha256 is not None:
            judged.append(None)
            continue
        bench = Bench(safe, rulebook.on(chart.now.date()), models)
        usual = not implausible(one.draft.measurements, one.draft.confirmed, bench.rulebook)
        judged.append(await judge_report(con, bench, one, chart) if usual else None)
    await reports.write_all(con, [each.written for each in judged if each])
    return [each.submission if each else None for each in judged]


async def judge_report(
    con: asyncpg.Connection, bench: Bench, one: Sent, chart: PatientChart, *, by_hand: bool = False
) -> JudgedReport:
    """Judge a report by its chart; writes nothing (`con` is for reading a risk card that was never met before)."""
    rulebook, draft, now, told = bench.rulebook, one.draft, chart.now, chart.told_at
    day = position(rulebook.regimen(chart.regimen), chart.started_on, local_day(told, chart.timezone))
    facts = Chart(chart.regimen, day.cycle, day.day, chart.baseline, chart.history, chart.adherence)
    verdict = _judge(draft, facts, rulebook, by_hand=by_hand)
    assessed = Assessed(verdict, ())
    if bench.models is not None:
        case = Case(one.who.patient_id, chart, facts, draft, verdict)
        assessed = await assess(con, bench.models, bench.safe, rulebook, case)
    verdict, score = assessed.verdict, encode_rows(assessed.rows)
    kept = Kept(
        establishment_id=one.who.establishment_id,
        patient_id=one.who.patient_id,
        id=one.report_id,
        course_id=chart.course_id,
        received_at=now,
        told_at=told,
        author_kind=chart.author.kind,
        author_id=chart.author.id,
        content=one.content,
        content_sha256=one.sha256,
        replaces=draft.replaces,
        cycle=day.cycle,
        day_of_cycle=day.day,
        quarantined=READ_BY_HAND in verdict.reasons,
    )
    detail = json.encode(Detail(verdict.grades, verdict.fired, verdict.advice)).decode()
    standing, muted = chart.standing, silences(chart.standing.mutes, verdict, now)
    policy = policy_of(rulebook, standing, now).key
    episode = join(chart.alert, verdict, uuid7(), one.report_id, told, now, policy=policy, muted=muted)
    opened = promised = None
    if episode is not None:  # else green, or nothing that the nurse does not know: it cannot differ
        hours = opening_hours(rulebook, bench.safe.establishment.timezone, standing.hours)
        planned = plan(rulebook, episode, standing, chart.regimen, hours, now, cause_of(verdict))
        opened = Opened(episode, planned.due, planned.calls)
        # A report that joins may be milder than its episode: what this patient is promised is its own.
        promised = None if muted else promise(rulebook, verdict, now, hours)
    contact = promised.contact_at if promised else None
    receipt = _receipt(rulebook, verdict, one.report_id, now, contact, muted=muted)
    return JudgedReport(
        Written(kept, verdict, uuid7(), detail, promised, muted, score, opened),
        Submission(receipt, alerted=opened is not None),
    )


def _judge(draft: ReportDraft, facts: Chart, rulebook: Rulebook, *, by_hand: bool) -> Verdict:
    """Rules always answer. What they cannot judge, or what came in a way it never should, a human reads."""
    try:
        verdict = triage(draft.answers, draft.measurements, facts, rulebook)
        strange = unknown(draft.answers, draft.measurements, rulebook)
    except Exception as why:
        log.error("triage failed", extra={"error": type(why).__name__})
        return _by_hand(rulebook, {}, (), hold=False)
    if (strange or by_hand) and verdict.level < TriageLevel.ORANGE:
        return _by_hand(rulebook, verdict.grades, verdict.fired, hold=verdict.hold)
    return verdict


def _by_hand(rulebook: Rulebook, grades: dict[str, Grade], fired: tuple[Fired, ...], *, hold: bool) -> Verdict:
    return Verdict(
        level=TriageLevel.ORANGE,
        emergency=False,
        recipient=Recipient.LEVEL2,
        reasons=(READ_BY_HAND,),
        fired=(*fired, Fired(READ_BY_HAND, TriageLevel.ORANGE)),
        grades=grades,
        hold=hold,
        advice=(),
        rulebook_version=rulebook.version,
    )


def _refuse_implausible(draft: ReportDraft, rulebook: Rulebook) -> None:
    found = implausible(draft.measurements, draft.confirmed, rulebook)
    if found:
        faults = tuple(
            Fault(
                f"measurements.{i.measurement}",
                f"Outside {i.low:g} to {i.high:g}. Correct it, or add it to `confirmed`.",
            )
            for i in found
        )
        raise ValueImplausible(faults=faults)


def _receipt(
    rulebook: Rulebook,
    verdict: Verdict,
    report_id: UUID,
    received_at: datetime,
    contact_at: datetime | None,
    *,
    muted: bool,
) -> Receipt:
    words = receipts.words(rulebook, verdict.level, verdict.emergency, muted=muted)
    return Receipt(
        report_id=report_id,
        received_at=received_at,
        duplicate=False,
        level=verdict.level,
        emergency=verdict.emergency,
        hold=verdict.hold,
        read_by_hand=READ_BY_HAND in verdict.reasons,
        headline=words.headline,
        next=words.next,
        contact_due_at=contact_at,
        advice=receipts.advice(rulebook, verdict.advice),
        rulebook_version=verdict.rulebook_version,
    )


async def _first_answer(con: asyncpg.Connection, rulebook: Rulebook, who: Submitter, report_id: UUID) -> Receipt:
    kept = await reports.judged(con, who.establishment_id, who.patient_id, report_id)
    if kept is None:
        raise NotFound
    return receipt_of(kept, rulebook, duplicate=True)


def receipt_of(kept: Judged, rulebook: Rulebook, *, duplicate: bool) -> Receipt:
    """What was answered, read back; the words are those of the rulebook in force now."""
    words = receipts.words(rulebook, kept.level, kept.emergency, muted=kept.muted)
    return Receipt(
        report_id=kept.report_id,
        received_at=kept.received_at,
        duplicate=duplicate,
        level=kept.level,
        emergency=kept.emergency,
        hold=kept.hold,
        read_by_hand=kept.quarantined,
        headline=words.headline,
        next=words.next,
        contact_due_at=kept.contact_due_at,
        advice=receipts.advice(rulebook, detail_of(kept).advice),
        rulebook_version=kept.rulebook,
    )


def detail_of(kept: Judged | ChartJudged | SilentReport) -> Detail:
    """Grades, everything that fired, and advice of a kept report."""
    return _detail.decode(kept.detail)
