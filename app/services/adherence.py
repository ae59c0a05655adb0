"""Adherence of one course: its days counted, its facts judged, and somebody told once for each state of things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct, json
from msgspec.structs import replace

from app.db import adherence, boxes, days, intakes, orders
from app.db.adherence import StateRow
from app.db.boxes import PauseRow
from app.db.days import DayRow
from app.db.intakes import IntakeRow
from app.domain.adherence import count, window
from app.domain.alerts import Cause
from app.domain.answers import answers
from app.domain.boxes import MERGE, NotMonitored, box_intakes
from app.domain.calendars import calendar
from app.domain.civil import local_day
from app.domain.courses import day_of
from app.domain.facts import PatientStop, facts, reports_missed
from app.domain.intakes import Intake, effective
from app.domain.intensity import intensity_of
from app.domain.orders import CourseState, state_at
from app.domain.positions import bits
from app.domain.reports import AdherenceFacts, Chart, KeptContent, PastReport
from app.domain.rulebook import Rulebook
from app.domain.treatments import position
from app.domain.triage import TriageLevel, Verdict, judge_chart
from app.services import episodes
from app.services.courses import Loaded, begins_at

SETTLING = 2  # days back that a daily look counts again: the window of a weekly drug ends half a day after its own day


class Look(Struct, frozen=True):
    """What a look at a course found. `verdict` only when somebody was told of something new."""

    facts: AdherenceFacts
    verdict: Verdict | None
    alert_id: UUID | None


_content = json.Decoder(KeptContent)
_raised = json.Decoder(dict[str, tuple[int, int]])


def entry(row: IntakeRow, main: str) -> Intake:
    """An intake as the domain counts it; those of a release that knew no drugs are of the main one."""
    return Intake(
        id=str(row.id),
        drug=row.drug or main,
        day=row.slot_on,
        number=row.slot,
        kind=row.state,  # type: ignore[arg-type] # the column's check has the same words
        recorded_at=row.recorded_at,
        taken_at=row.taken_at,
        reason=row.reason,  # type: ignore[arg-type] # checked when it came in
        mg=row.mg,
        author_kind=row.author_kind,  # type: ignore[arg-type] # the column's check has the same words
        author=str(row.author_id),
        replaces=str(row.replaces) if row.replaces else None,
    )


def main_drug(known: Loaded) -> str:
    """The drug that the regimen is about."""
    return next((d.inn for d in known.course.regimen.drugs if not d.partner), "")


async def told(con: asyncpg.Connection, establishment_id: UUID, known: Loaded, first: date, last: date) -> list[Intake]:
    """What people told of these days, and what boxes noticed."""
    row, main = known.row, main_drug(known)
    rows = await intakes.of_course(con, establishment_id, row.patient_id, row.id, first, last)
    return [entry(each, main) for each in rows] + await noticed(con, establishment_id, known, first, last)


async def noticed(
    con: asyncpg.Connection, establishment_id: UUID, known: Loaded, first: date, last: date
) -> list[Intake]:
    """Presumed intakes of these days by smart boxes; none without a box.

    An opening just before is looked at too: it may be the same.
    """
    row = known.row
    begin, end = begins_at(first, row.timezone) - MERGE, begins_at(last + timedelta(days=1), row.timezone)
    opened = await boxes.openings(con, establishment_id, row.patient_id, row.id, begin, end)
    if not opened:
        return []
    pauses = await boxes.pauses(con, establishment_id, row.patient_id)
    found: list[Intake] = []
    for box_id in {o.box_id for o in opened}:
        mine = [o for o in opened if o.box_id == box_id]
        drug = next((d for d in known.course.regimen.drugs if d.inn == mine[0].drug), None)
        if drug is not None:
            spans = [unmonitored(p) for p in pauses if p.box_id == box_id]
            presumed = box_intakes(known.course, drug, [o.opened_at for o in mine], spans, str(box_id))
            found += [each for each in presumed if first <= each.day <= last]
    return found


def unmonitored(pause: PauseRow) -> NotMonitored:
    """A pause as the domain counts it."""
    return NotMonitored(since=pause.from_at, until=pause.until_at, why=pause.reason)  # type: ignore[arg-type] # the column's check


async def watch(con: asyncpg.Connection, establishment_id: UUID, known: Loaded, now: datetime) -> None:
    """From now on this course is looked at, or no longer."""
    row = known.row
    await adherence.watch(con, establishment_id, row.id, row.patient_id, None if known.ended else now)


async def watch_from_tomorrow(con: asyncpg.Connection, establishment_id: UUID, known: Loaded) -> None:
    """A course that has just been recorded: nothing can have been told of it yet."""
    row = known.row
    await adherence.watch(con, establishment_id, row.id, row.patient_id, next_look(known, row.now))


def next_look(known: Loaded, now: datetime) -> datetime:
    """When the next adherence day begins where the patient is: then the day before is whole."""
    today = day_of(known.course.zones, now)
    return begins_at(max(today + timedelta(days=1), known.row.started_on), known.row.timezone).astimezone(UTC)


async def recount(
    con: asyncpg.Connection, establishment_id: UUID, known: Loaded, first: date, last: date, now: datetime
) -> None:
    """Count these adherence days anew: from the day on which the patient could first be asked, to today at most."""
    first = max(first, counted_from(known))
    last = min(last, day_of(known.course.zones, now))
    if first > last:
        return
    entries = await told(con, establishment_id, known, first, last)
    await days.write(
        con, establishment_id, known.row.id, known.row.patient_id, count_days(known, entries, first, last, now)
    )


def counted_from(known: Loaded) -> date:
    """The first day that counts: of the course, or of being followed. What nobody was asked is not unreported."""
    return max(known.course.started_on, day_of(known.course.zones, known.row.created_at))


def count_days(known: Loaded, entries: Sequence[Intake], first: date, last: date, now: datetime) -> list[DayRow]:
    """One row for each drug and day, the same numbers that a measure over that day gives."""
    by_day: dict[date, list[Intake]] = defaultdict(list)
    for each in effective(entries):
        by_day[each.day].append(each)
    rows = []
    for drug in known.course.regimen.drugs:
        day = first
        while day <= last:
            plan = calendar(known.course, drug, day, day)
            if plan is not None:
                found = answers(plan, by_day[day])
                # What was due before anybody was enrolled counts only if it was told all the same.
                unasked = bits(0, plan.before(known.row.created_at)) & ~(found.taken | found.partial | found.missed)
                plan = replace(plan, planned=plan.planned & ~unasked)
                c, mg = count(plan, found, now), intensity_of(plan, found)
                cycle, day_of_cycle = plan.cycle_day(plan.times - 1)
                rows.append(
                    DayRow(
                        drug=drug.inn,
                        day=day,
                        cycle=cycle,
                        day_of_cycle=day_of_cycle,
                        planned=c.planned,
                        held=c.held,
                        expected=c.expected,
                        taken=c.taken,
                        partial=c.partial,
                        on_time=c.on_time,
                        missed=c.missed,
                        vomited=c.vomited,
                        unreported=c.unreported,
                        extra=c.extra,
                        rest_day=c.rest_day,
                        during_hold=c.during_hold,
                        correct=bool(c.correct_days),
                        planned_ug=mg.planned_ug if mg else None,
                        prescribed_ug=mg.prescribed_ug if mg else None,
                        delivered_ug=mg.delivered_ug if mg else None,
                        protocol_days=mg.protocol_days if mg else 0,
                        elapsed_days=mg.elapsed_days if mg else 0,
                    )
                )
            day += timedelta(days=1)
    return rows


async def look(
    con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, known: Loaded, state: StateRow, now: datetime
) -> Look:
    """Judge the course as it stands, tell somebody what is new, and say when to look again.

    In a transaction that holds the patient's lock and the course's state.
    """
    row, stands = known.row, state_at(known.course.orders, now)
    if stands != row.state:  # an order was signed ahead, and its time has come
        await orders.set_state(con, establishment_id, row.id, stands)
    if known.ended or stands in (CourseState.STOPPED, CourseState.COMPLETED):
        await adherence.looked(con, establishment_id, row.id, None, state.facts, "{}")
        return Look(AdherenceFacts(), None, None)
    book = rulebook.on(now.date())
    last = await adherence.last_report(con, establishment_id, row.patient_id)
    found = await current_facts(con, book, establishment_id, known, now, last[0] if last else None)
    where = position(known.regimen, row.started_on, local_day(now, row.timezone))
    verdict = judge_chart(Chart(row.regimen, where.cycle, where.day, history=_past(last, now), adherence=found), book)
    raised, is_new = news(verdict, found, _raised.decode(state.raised))
    alert_id = None
    if is_new:
        source = (
            Cause.MISSED_REPORTS if all(r.startswith("missed_reports") for r in verdict.reasons) else Cause.ADHERENCE
        )
        alert_id = (await episodes.judge_chart(con, book, establishment_id, row.patient_id, verdict, source)).alert_id
    again = next_look(known, now)
    await adherence.looked(
        con, establishment_id, row.id, again, json.encode(found).decode(), json.encode(raised).decode()
    )
    return Look(found, verdict if is_new else None, alert_id)


def news(
    verdict: Verdict, found: AdherenceFacts, known: dict[str, tuple[int, int]]
) -> tuple[dict[str, tuple[int, int]], bool]:
    """What is the case now, by rule, and whether anything of it was not told before: a rule, a higher level, one more dose too many.

    What no longer holds is forgotten, so that it is told again when it comes back.
    """
    excess = found.extra_doses + found.rest_day_doses + found.doses_during_hold
    counts = {"over_adherence": excess, "dose_during_hold": found.doses_during_hold}
    now: dict[str, tuple[int, int]] = {}
    for fired in verdict.fired:
        if fired.level > TriageLevel.GREEN:
            rank, _ = now.get(fired.id, (0, 0))
            now[fired.id] = max(rank, fired.level.rank), counts.get(fired.id, 0)
    is_new = any(id_ not in known or rank > known[id_][0] or many > known[id_][1] for id_, (rank, many) in now.items())
    return now, is_new


def _past(last: tuple[datetime, str] | None, now: datetime) -> tuple[PastReport, ...]:
    if last is None:
        return ()
    content = _content.decode(last[1])
    return (PastReport((now - last[0]).total_seconds() / 86400, content.answers, content.measurements),)


async def current_facts(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    establishment_id: UUID,
    known: Loaded,
    now: datetime,
    last_report_at: datetime | None,
) -> AdherenceFacts:
    """What the rules may know of this course now, from what people told and from what boxes noticed.

    Nobody is expected to have told anything before they were enrolled.
    """
    row, course = known.row, known.course
    first, last = window(course, now)
    entries = await told(con, establishment_id, known, first, last + timedelta(days=1))
    if not any(e.kind != "missed" for e in entries):
        begun = await intakes.begun_before(con, establishment_id, row.id, first)
        entries += [entry(begun, main_drug(known))] if begun else []
    stops = [
        PatientStop(at=s.at, reason=s.reason, resumed_at=s.resumed_at)  # type: ignore[arg-type] # checked when it came in
        for s in await intakes.stops(con, establishment_id, row.id)
    ]
    today = local_day(now, row.timezone)
    since = local_day(max(row.created_at, last_report_at or row.created_at), row.timezone)
    found = facts(
        course, entries, now, stops=stops, reports_missed_consecutive=reports_missed(course, since, today, rulebook)
    )
    followed = (today - local_day(row.created_at, row.timezone)).days
    return replace(found, days_not_begun=min(found.days_not_begun, max(followed, 0)))


async def look_again(
    con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, known: Loaded, now: datetime
) -> Look:
    """The same after an intake or an order, whenever the next look would have been."""
    state = await adherence.hold(con, establishment_id, known.row.id)
    if state is None:
        await watch(con, establishment_id, known, now)
        state = await adherence.hold(con, establishment_id, known.row.id)
    assert state is not None  # noqa: S101 - just written
    return await look(con, rulebook, establishment_id, known, state, now)


def uncounted(known: Loaded, state: StateRow | None) -> date:
    """The first day that may have changed since the last daily look, by nothing but the passing of its windows."""
    counted_on = state.counted_on if state else None
    return counted_on - timedelta(days=SETTLING) if counted_on else counted_from(known)


async def daily_look(
    con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, known: Loaded, state: StateRow, now: datetime
) -> Look:
    """Count what has happened since the last look, then judge."""
    today = day_of(known.course.zones, now)
    await recount(con, establishment_id, known, uncounted(known, state), today, now)
    await adherence.counted(con, establishment_id, known.row.id, today)
    return await look(con, rulebook, establishment_id, known, state, now)
