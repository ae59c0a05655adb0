"""The ladder: what is due, who is called, and the end of it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from app.db.covers import cover_windows
from app.db.duties import everyone, on_duty
from app.domain.civil import holidays_around

Rung = tuple[UUID, UUID, int, int]
"""Establishment, alert, round and step."""

# What time it is, when anything is due: the next statement is large, and most seconds have no need of it.
IS_DUE = "select app_now() where exists (select from escalation where done_at is null and due_at <= app_now())"

# One step of the sweep: the lowest rung that is due of each of the gravest alerts, all in one statement ($1 alerts, $2 public
# holidays around now). The alert row is locked with its rung: an acknowledgement comes before or after, never between. Whoever is on
# duty is worked out once per establishment; a partner's people only where a rung names them and nobody of ours is there. A partner who
# is called becomes a guest here, may open this alert until their turn under the agreement ends, and both sides write it down.
CLIMB = rf"""
with locked as materialized (
    select e.establishment_id, e.alert_id, e.round, e.step, e.recipients, e.due_at, a.level, a.round as current_round, a.patient_id,
           a.agreements, a.state, app_now() as at
    from escalation e join alert a on (a.establishment_id, a.id) = (e.establishment_id, e.alert_id)
    where e.done_at is null and e.due_at <= app_now()
    order by array_position(array['red', 'orange', 'yellow'], a.level), e.due_at, e.step
    limit $1 for update of e, a skip locked
), due as materialized (
    select distinct on (establishment_id, alert_id) *,
           round = current_round and state in ('open', 'undeliverable') as live, cardinality(recipients) = 0 as ends
    from locked order by establishment_id, alert_id, round = current_round, round, step
), rung as materialized (
    select * from due where live and not ends
), here as materialized (
    select distinct establishment_id, at from rung
), ready as materialized (
    select h.establishment_id, w.* from here h cross join lateral (
        {on_duty(here="h.establishment_id", at="h.at", holidays="$2::date[]")} union all {everyone(here="h.establishment_id")}) w
), own as materialized (
    select distinct on (r.establishment_id, r.alert_id, w.staff_id) r.establishment_id, r.alert_id, w.staff_id, w.recipient, w.basis
    from rung r join ready w on w.establishment_id = r.establishment_id and w.recipient = any(r.recipients)
    order by r.establishment_id, r.alert_id, w.staff_id, w.recipient
), wanting as materialized (
    select r.* from rung r
    where cardinality(r.agreements) > 0 and exists (select from unnest(r.recipients) x where x like 'partner\_%')
      and not exists (select from own o where (o.establishment_id, o.alert_id) = (r.establishment_id, r.alert_id))
), window_of as materialized (
    {cover_windows(rows="(select distinct establishment_id, at from wanting)", holidays="$2::date[]")}
), there as materialized (
    select p.partner_id, w.* from (select distinct partner_id, at from window_of) p cross join lateral (
        {on_duty(here="p.partner_id", at="p.at", holidays="$2::date[]")}) w
), partner as materialized (
    select distinct on (r.establishment_id, r.alert_id, t.staff_id) r.establishment_id, r.alert_id, r.patient_id, t.staff_id,
           'partner_' || t.recipient as recipient, w.agreement_id, w.partner_id, r.at, w.until_at, gen_random_uuid() as cover_id
    from wanting r
    join window_of w on w.establishment_id = r.establishment_id and w.agreement_id = any(r.agreements)
    join there t on t.partner_id = w.partner_id and t.recipient = any(w.disciplines) and 'partner_' || t.recipient = any(r.recipients)
    order by r.establishment_id, r.alert_id, t.staff_id, w.until_at desc
), guest as (
    insert into staff (establishment_id, id, name, role, coordination_level, locale, home_establishment_id, created_at)
    select distinct on (p.establishment_id, s.id) p.establishment_id, s.id, s.name, s.role, s.coordination_level, s.locale,
           p.partner_id, p.at
    from partner p join staff s on s.establishment_id = p.partner_id and s.id = p.staff_id
    on conflict do nothing
), covered as (
    insert into cover (establishment_id, id, side, other_id, agreement_id, alert_id, staff_id, from_at, until_at)
    select p.establishment_id, p.cover_id, 'covered', p.partner_id, p.agreement_id, p.alert_id, p.staff_id, p.at, p.until_at
    from partner p
    union all
    select p.partner_id, p.cover_id, 'covering', p.establishment_id, p.agreement_id, p.alert_id, p.staff_id, p.at, p.until_at
    from partner p
), who as materialized (
    select establishment_id, alert_id, staff_id, recipient, basis, null::uuid as agreement_id from own
    union all
    select establishment_id, alert_id, staff_id, recipient, 'cover', agreement_id from partner
), called as materialized (
    select r.*, (r.establishment_id, r.alert_id) in (select establishment_id, alert_id from who) as found -- hashed once: not each by each
    from due r
), notified as (
    insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, basis, agreement_id, why, level, state,
                              token, run_after, created_at)
    select r.establishment_id, gen_random_uuid(), r.alert_id, r.round, r.step, w.staff_id, w.recipient, w.basis, w.agreement_id,
           coalesce((select k.cause from alert_round k
                     where (k.establishment_id, k.alert_id, k.round) = (r.establishment_id, r.alert_id, r.round)
                       and k.cause in ('forgotten', 'not_answered', 'cover_ended')), 'ladder'), r.level, 'pending',
           replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), r.at, r.at
    from rung r join who w on (w.establishment_id, w.alert_id) = (r.establishment_id, r.alert_id)
    on conflict do nothing
), opened as (
    insert into access (establishment_id, id, patient_id, staff_id, basis, from_at, until_at)
    select distinct on (r.establishment_id, r.patient_id, w.staff_id) r.establishment_id, gen_random_uuid(), r.patient_id, w.staff_id,
           case w.basis when 'cover' then 'cover' else 'on_call' end, r.at, coalesce(p.until_at, r.at + interval '24 hours')
    from rung r join who w on (w.establishment_id, w.alert_id) = (r.establishment_id, r.alert_id)
    left join partner p on (p.establishment_id, p.alert_id, p.staff_id) = (w.establishment_id, w.alert_id, w.staff_id)
    where not exists (select from access x
                      where (x.establishment_id, x.patient_id) = (r.establishment_id, r.patient_id)
                        and x.staff_id is not distinct from w.staff_id -- never by their index: they may have ten thousand patients
                        and (x.until_at is null or x.until_at >= coalesce(p.until_at, r.at + interval '1 minute'))
                      offset 0)
), done as (
    update escalation e set done_at = r.at,
        outcome = case when not r.live then 'superseded' when r.ends then 'undeliverable' when r.found then 'notified' else 'nobody' end
    from called r where (e.establishment_id, e.alert_id, e.round, e.step) = (r.establishment_id, r.alert_id, r.round, r.step)
), hurried as (
    update escalation e set due_at = least(e.due_at, r.at)
    from called r
    where r.live and not r.ends and not r.found and r.level in ('red', 'orange')
      and (e.establishment_id, e.alert_id, e.round) = (r.establishment_id, r.alert_id, r.round) and e.done_at is null
      and e.step = (select min(n.step) from escalation n
                    where (n.establishment_id, n.alert_id, n.round) = (r.establishment_id, r.alert_id, r.round) and n.step > r.step
                      and n.done_at is null)
), moved as (
    update alert a set version = a.version + 1, changed_at = r.at,
        escalated_to = case when r.ends then a.escalated_to else r.recipients[1] end,
        state = case when r.ends and a.state = 'open' then 'undeliverable' else a.state end
    from called r
    where r.live and (r.ends or r.step > 0) and (a.establishment_id, a.id) = (r.establishment_id, r.alert_id)
), lost as (
    update alert_round k set undeliverable_at = r.at
    from called r where r.live and r.ends and (k.establishment_id, k.alert_id, k.round) = (r.establishment_id, r.alert_id, r.round)
), told as (
    insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail)
    select r.establishment_id, gen_random_uuid(), r.at, 'system', null::uuid, 'alert_undeliverable', r.patient_id, r.alert_id, '{{}}'::jsonb
    from called r where r.live and r.ends
    union all
    select r.establishment_id, gen_random_uuid(), r.at, 'system', null::uuid, 'alert_escalated', r.patient_id, r.alert_id,
           jsonb_build_object('to', r.recipients[1])
    from called r where r.live and not r.ends and r.step > 0
    union all
    select p.establishment_id, gen_random_uuid(), p.at, 'system', null::uuid, 'cover_opened', p.patient_id, p.alert_id,
           jsonb_build_object('agreement', p.agreement_id, 'staff', p.staff_id)
    from partner p
    union all
    select p.partner_id, gen_random_uuid(), p.at, 'system', null::uuid, 'cover_opened', null, p.cover_id,
           jsonb_build_object('agreement', p.agreement_id, 'staff', p.staff_id)
    from partner p
)
select establishment_id from due union select partner_id from partner
"""  # noqa: S608 - constants only

# For each rung whose calls have all failed. Whoever calls this holds the alerts: two senders whose calls of one rung fail at the same
# moment would each still see the other's as pending, and neither would go on. Nothing is hurried past a later rung that still waits.
# And a hand-over whose call has reached nobody has not been asked: it lapses now.
NEXT_STEPS_NOW = """
with l as (
    select distinct x, a, r, s from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) u (x, a, r, s)
), unheard as (
    update hand_over h set answer_by = least(h.answer_by, app_now())
    from l join notification n on (n.establishment_id, n.alert_id, n.round, n.step) = (l.x, l.a, l.r, l.s)
    where n.why = 'handed_over' and n.state = 'failed'
      and (h.establishment_id, h.alert_id, h.to_id) = (n.establishment_id, n.alert_id, n.staff_id) and h.state = 'asked'
)
update escalation e set due_at = least(e.due_at, app_now())
from l
where (e.establishment_id, e.alert_id, e.round) = (l.x, l.a, l.r) and e.done_at is null
  and e.step = (select min(step) from escalation f
                where (f.establishment_id, f.alert_id, f.round) = (l.x, l.a, l.r) and f.step > l.s and f.done_at is null)
  and not exists (select from notification n where (n.establishment_id, n.alert_id, n.round) = (l.x, l.a, l.r) and n.step >= l.s
                  and n.waits)
"""


async def climb(con: asyncpg.Connection, batch: int) -> set[UUID]:
    """Take the lowest due rung of at most so many alerts, the gravest first; which have news. In a transaction of its own."""
    at = await con.fetchval(IS_DUE)
    return {row[0] for row in await con.fetch(CLIMB, batch, holidays_around(at))} if at is not None else set()


async def next_steps_now(con: asyncpg.Connection, rungs: Iterable[Rung]) -> None:
    """Every call of these rungs has failed: do not wait for the next one's time. The alerts must be held by this transaction."""
    if columns := [list(column) for column in zip(*rungs, strict=True)]:
        await con.execute(NEXT_STEPS_NOW, *columns)
