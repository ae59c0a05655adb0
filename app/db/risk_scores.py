"""What the model said of reports: written with them, read by those who evaluate."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class ScoreRow(Struct, frozen=True):
    """One stored score; column by column as `risk_score` has it, without whose it is."""

    mode: str
    card_sha256: str
    synthetic: bool
    total: int | None
    total_late: int | None
    p7: float | None
    p14: float | None
    contributions: object
    abstained: str | None
    abstained_on: str
    low_support: bool
    missing: tuple[str, ...]
    rules_level: str
    model_level: str
    raised: bool
    yellow_from: float | None
    orange_from: float | None


class ScoreLine(Struct, frozen=True):
    """A stored score for those who evaluate: whose it is stays out."""

    scored_at: datetime
    regimen: str | None
    cycle: int
    day_of_cycle: int
    mode: str
    card_sha256: str
    synthetic: bool
    total: int | None
    total_late: int | None
    p7: float | None
    p14: float | None
    contributions: str | None
    abstained: str | None
    abstained_on: str
    low_support: bool
    missing: list[str]
    rules_level: str
    model_level: str
    raised: bool


class ShadowRow(Struct, frozen=True):
    """What thresholds and monitors need of a score, with whose report it is and the patient's day of it."""

    patient_id: UUID
    report_id: UUID
    reported_on: date
    scored_at: datetime
    card_sha256: str
    p7: float | None
    abstained: str | None
    missing: list[str]
    rules_level: str
    model_level: str
    raised: bool


class LiveScore(Struct, frozen=True):
    """The newest live score of a patient, for the order of the worklist."""

    patient_id: UUID
    total: int


# The part of a statement (named parameters, see statements.py) that keeps what the model said together with the report: `:score` is a
# JSON list of ScoreRow, or null. One parameter, so that a report with a score takes no more round trips than one without.
PARTS = {
    "scored": """
insert into risk_score (establishment_id, patient_id, report_id, scored_at, mode, card_sha256, synthetic, total, total_late, p7, p14,
                        contributions, abstained, abstained_on, low_support, missing, rules_level, model_level, raised, yellow_from,
                        orange_from)
select :here, :patient, :report, :at, s.mode, s.card_sha256, s.synthetic, s.total, s.total_late, s.p7, s.p14, s.contributions, s.abstained,
       s.abstained_on, s.low_support, s.missing, s.rules_level, s.model_level, s.raised, s.yellow_from, s.orange_from
from told, jsonb_to_recordset(:score::jsonb) s (mode text, card_sha256 text, synthetic boolean, total integer, total_late integer,
     p7 double precision, p14 double precision, contributions jsonb, abstained text, abstained_on text, low_support boolean,
     missing text[], rules_level text, model_level text, raised boolean, yellow_from double precision, orange_from double precision)
"""
}

_LINE = """
select s.scored_at, c.regimen, r.cycle, r.day_of_cycle, s.mode, s.card_sha256, s.synthetic, s.total, s.total_late, s.p7, s.p14,
       s.contributions, s.abstained, s.abstained_on, s.low_support, s.missing, s.rules_level, s.model_level, s.raised
from risk_score s
join report r on (r.establishment_id, r.patient_id, r.id) = (s.establishment_id, s.patient_id, s.report_id)
left join course c on (c.establishment_id, c.id) = (r.establishment_id, r.course_id)
where s.establishment_id = $1
"""

# Newest first; a page goes on before the last instant of the one before.
SCORES = f"{_LINE} and s.card_sha256 = $4 and ($2::timestamptz is null or s.scored_at < $2) order by s.scored_at desc limit $3"

# The newest report of an episode whose level is the model's; a challenger's score never is.
RAISED = f"""
{_LINE} and s.patient_id = $2 and s.raised and s.scored_at >= $3 and ($4::timestamptz is null or s.scored_at <= $4)
order by s.scored_at desc limit 1
"""

# Corrections replace what they correct, here as for the rules.
SHADOW = """
select s.patient_id, s.report_id, (r.told_at at time zone p.timezone)::date, s.scored_at, s.card_sha256, s.p7, s.abstained, s.missing,
       s.rules_level, s.model_level, s.raised
from risk_score s
join report r on (r.establishment_id, r.patient_id, r.id) = (s.establishment_id, s.patient_id, s.report_id)
join patient p on (p.establishment_id, p.id) = (s.establishment_id, s.patient_id)
where s.establishment_id = $1 and s.scored_at >= $2 and s.scored_at < $3 and s.card_sha256 = $4
  and not exists (select from report n where n.establishment_id = r.establishment_id and n.patient_id = r.patient_id and n.replaces = r.id)
order by r.told_at, s.report_id
"""

FIRST_SCORE = "select min(scored_at) from risk_score where establishment_id = $1 and card_sha256 = $2"

# Only while the model speaks here: in shadow, off and frozen nobody is put before anybody else by it.
LIVE_SCORES = """
select distinct on (s.patient_id) s.patient_id, s.total
from alert al
join risk_score s on (s.establishment_id, s.patient_id) = (al.establishment_id, al.patient_id)
where al.establishment_id = $1 and al.state <> 'closed' and s.mode = 'live' and s.total is not null
  and 'live' = (select m.mode from risk_mode m where m.establishment_id = $1 order by m.number desc limit 1)
  and not exists (select from risk_freeze f where f.establishment_id = $1 and f.ended_at is null)
order by s.patient_id, s.scored_at desc
"""


async def page(
    con: asyncpg.Connection, establishment_id: UUID, card_sha256: str, before: datetime | None, count: int
) -> list[ScoreLine]:
    """What one card said, newest first."""
    return [ScoreLine(*row) for row in await con.fetch(SCORES, establishment_id, before, count, card_sha256)]


async def that_raised(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, opened_at: datetime, closed_at: datetime | None
) -> ScoreLine | None:
    """What the model said of the newest report of an episode whose level is the model's; None when none is."""
    row = await con.fetchrow(RAISED, establishment_id, patient_id, opened_at, closed_at)
    return row and ScoreLine(*row)


async def between(
    con: asyncpg.Connection, establishment_id: UUID, card_sha256: str, since: datetime, until: datetime
) -> list[ShadowRow]:
    """Every score of one card in a period, in the order in which patients told."""
    return [ShadowRow(*row) for row in await con.fetch(SHADOW, establishment_id, since, until, card_sha256)]


async def first_of(con: asyncpg.Connection, establishment_id: UUID, card_sha256: str) -> datetime | None:
    """Since when a card has been scoring here."""
    first: datetime | None = await con.fetchval(FIRST_SCORE, establishment_id, card_sha256)
    return first


async def live(con: asyncpg.Connection, establishment_id: UUID) -> dict[UUID, int]:
    """The newest live total of each patient with an open alert; empty unless the model speaks here."""
    return {row[0]: row[1] for row in await con.fetch(LIVE_SCORES, establishment_id)}
