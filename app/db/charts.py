"""All that judging a report needs, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json, structs

from app.db.episodes import PARTS, open_alert
from app.db.sessions import teller
from app.db.standings import Standing, standing_of
from app.domain.alerts import OpenAlert
from app.domain.people import Author, Submitter
from app.domain.receipts import told_at
from app.domain.reports import AdherenceFacts, Answer, Baseline, PastReport
from app.domain.risk import Thresholds
from app.domain.risk_modes import Mode, Setting


class PatientChart(Struct, frozen=True):
    """The patient's course, earlier reports, open episode, and what is already kept under this report's id."""

    course_id: UUID | None
    regimen: str
    started_on: date
    timezone: str
    baseline: Baseline
    history: tuple[PastReport, ...]
    adherence: AdherenceFacts
    alert: OpenAlert | None
    kept_sha256: bytes | None
    standing: Standing
    now: datetime
    told_at: datetime
    identity: bytes
    prior_grade3: bool
    prior_visit: bool
    risk: Setting
    author: Author


# Who may submit and all that judging needs, in one round trip: $4 = the report it replaces, $5 = hashes of the cookies, of which one
# must be a live credential of this very patient or of a caregiver of theirs. History: newest first, what has been replaced or never
# judged left out. The open alert stays locked until the report is kept: an acknowledgement, a rung or a closing comes before or after,
# and is never undone.
LOAD_CHART = f"""
select c.id, coalesce(c.regimen, '') as regimen, coalesce(c.started_on, '2000-01-01'::date) as started_on, p.timezone,
       coalesce(c.baseline, '{{}}') as baseline,
       (select coalesce(json_agg(json_build_object('told_at', h.told_at, 'answers', h.content -> 'answers',
                                                   'measurements', coalesce(h.content -> 'measurements', '{{}}'))
                                 order by h.told_at desc), '[]')
        from (select r.told_at, r.content from report r
              where r.establishment_id = $1 and r.patient_id = $2 and not r.quarantined and r.id is distinct from $4
                and not exists (select from report n where n.establishment_id = $1 and n.patient_id = $2 and n.replaces = r.id)
              order by r.told_at desc limit 12) h) as history,
       coalesce((select facts from adherence_state s where s.establishment_id = $1 and s.course_id = c.id), '{{}}') as facts,
       t.at, p.id as patient_id,
       old.content_sha256,
       {PARTS["standing"]}, {PARTS["alert"]},
       p.identity,
       exists (select from alert g where g.establishment_id = $1 and g.patient_id = $2 and g.toxicity_grade >= 3)
         or exists (select from outcome_answer o where o.establishment_id = $1 and o.patient_id = $2 and o.severe) as prior_grade3,
       exists (select from alert g where g.establishment_id = $1 and g.patient_id = $2
               and (g.hospitalised or g.outcome = 'emergency_visit'))
         or exists (select from outcome_answer o where o.establishment_id = $1 and o.patient_id = $2 and o.visit) as prior_visit,
       rm.mode as risk_mode, rm.card_sha256, rm.challenger_sha256, rm.yellow_from, rm.orange_from,
       exists (select from risk_freeze f where f.establishment_id = $1 and f.ended_at is null) as risk_frozen,
       teller.kind as author_kind, teller.person_id as author_id
from (select app_now() as at) t
join patient p on p.establishment_id = $1 and p.id = $2
{teller("$5")}
{PARTS["standing_joins"]}
left join lateral (select id, regimen, started_on, baseline from course c
                   where c.establishment_id = $1 and c.patient_id = $2 order by c.created_at desc limit 1) c on true
left join lateral (select m.mode, m.card_sha256, m.challenger_sha256, m.yellow_from, m.orange_from from risk_mode m
                   where m.establishment_id = $1 order by m.number desc limit 1) rm on true
left join report old on old.establishment_id = $1 and old.patient_id = $2 and old.id = $3
left join lateral (select * from alert where establishment_id = $1 and patient_id = $2 and state <> 'closed' for update) al on true
"""  # noqa: S608 - constants only


class _Told(Struct, frozen=True):
    told_at: datetime
    answers: dict[str, Answer]
    measurements: dict[str, float]


_baseline = json.Decoder(Baseline)
_facts = json.Decoder(AdherenceFacts)
_history = json.Decoder(list[_Told])


class Asked(Struct, frozen=True):
    """For which report a chart is asked, and by whom."""

    who: Submitter
    report_id: UUID
    answered_at: datetime
    replaces: UUID | None


async def load(con: asyncpg.Connection, asked: Asked) -> PatientChart | None:
    """The chart as it stood when the report was told; None when the credential does not speak for this patient, or no longer."""
    row = await con.fetchrow(LOAD_CHART, *_arguments(asked))
    return None if row is None else _chart(row, asked.answered_at)


async def load_all(con: asyncpg.Connection, several: Sequence[Asked]) -> list[PatientChart | None]:
    """The same for different patients of one establishment, each by their own credential, in one round trip."""
    found = await con.fetchmany(LOAD_CHART, [_arguments(asked) for asked in several])
    rows = {row["patient_id"]: row for row in found}
    return [
        None if (row := rows.get(asked.who.patient_id)) is None else _chart(row, asked.answered_at) for asked in several
    ]


def _arguments(asked: Asked) -> tuple[object, ...]:
    who = asked.who
    return who.establishment_id, who.patient_id, asked.report_id, asked.replaces, who.token_hashes


def _chart(row: asyncpg.Record, answered_at: datetime) -> PatientChart:
    told = told_at(answered_at, row["at"])
    return PatientChart(
        course_id=row["id"],
        regimen=row["regimen"],
        started_on=row["started_on"],
        timezone=row["timezone"],
        baseline=_baseline.decode(row["baseline"]),
        history=_before(told, row["history"]),
        adherence=structs.replace(_facts.decode(row["facts"]), reports_missed_consecutive=0),  # one is here now
        alert=open_alert(row),
        kept_sha256=row["content_sha256"],
        standing=standing_of(row["standing"]),
        now=row["at"],
        told_at=told,
        identity=row["identity"],
        prior_grade3=row["prior_grade3"],
        prior_visit=row["prior_visit"],
        risk=_setting(row),
        author=Author(row["author_kind"], row["author_id"]),
    )


def _setting(row: asyncpg.Record) -> Setting:
    """What the establishment has decided about the model; without a decision the card of this release runs in shadow."""
    if row["risk_mode"] is None:
        return Setting(frozen=row["risk_frozen"])
    thresholds = Thresholds(row["yellow_from"], row["orange_from"])
    return Setting(Mode(row["risk_mode"]), row["card_sha256"], thresholds, row["risk_frozen"], row["challenger_sha256"])


def _before(told: datetime, history: str) -> tuple[PastReport, ...]:
    """What had been told before: a report may arrive days late, after newer ones."""
    past = (h for h in _history.decode(history) if h.told_at < told)
    return tuple(PastReport((told - h.told_at).total_seconds() / 86400, h.answers, h.measurements) for h in past)
