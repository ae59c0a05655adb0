"""Which mode and card are in force, who proposed, approved, froze and unfroze; and the cards themselves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Caller, Role


class ModeRow(Struct, frozen=True):
    """One decision; the newest is in force."""

    number: int
    mode: str
    card_sha256: str
    yellow_from: float | None
    orange_from: float | None
    yellow_budget: float | None
    orange_budget: float | None
    reason: str
    set_at: datetime
    challenger_sha256: str | None
    restores: int | None
    proposal_id: UUID | None
    set_by: str
    approved_by: list[str]


class ProposalRow(Struct, frozen=True):
    """A proposal to go live with a card, and the approvals it has so far."""

    id: UUID
    card_sha256: str
    yellow_from: float | None
    orange_from: float
    yellow_budget: float | None
    orange_budget: float
    reason: str
    proposed_at: datetime
    proposed_by: str | None
    approved_ids: list[UUID]
    approved_by: list[str]
    approved_roles: list[str]
    knowing: list[bool]


class FreezeRow(Struct, frozen=True):
    """Why and since when the rules speak alone."""

    id: UUID
    reason: str
    detail: str
    frozen_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


class CardRow(Struct, frozen=True):
    """A card that this site has learned, and what its newest comparison found (None: never compared; `criteria` is JSON)."""

    sha256: str
    parent_sha256: str
    made_at: datetime
    made_by: str
    passed: bool | None
    judged_at: datetime | None
    criteria: str | None


class NewMode(Struct, frozen=True):
    """A decision to write down."""

    mode: str
    card_sha256: str
    yellow_from: float | None
    orange_from: float | None
    yellow_budget: float | None
    orange_budget: float | None
    reason: str
    proposal_id: UUID | None = None
    challenger_sha256: str | None = None
    restores: int | None = None


MODES = """
select m.number, m.mode, m.card_sha256, m.yellow_from, m.orange_from, m.yellow_budget, m.orange_budget, m.reason, m.set_at,
       m.challenger_sha256, m.restores, m.proposal_id, s.name,
       coalesce((select array_agg(a.name order by ap.approved_at, a.name) from risk_approval ap
                 join staff a on (a.establishment_id, a.id) = (ap.establishment_id, ap.staff_id)
                 where (ap.establishment_id, ap.proposal_id) = (m.establishment_id, m.proposal_id)), '{}')
from risk_mode m join staff s on (s.establishment_id, s.id) = (m.establishment_id, m.set_by)
where m.establishment_id = $1 order by m.number desc limit 50
"""

# The key refuses the second of two decisions made at the same moment.
SET_MODE = """
insert into risk_mode (establishment_id, number, mode, card_sha256, yellow_from, orange_from, yellow_budget, orange_budget, reason,
                       set_at, set_by, proposal_id, challenger_sha256, restores)
select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, app_now(), $9, $10, $11, $12 from risk_mode where establishment_id = $1
returning number
"""

PROPOSE = """
insert into risk_proposal (establishment_id, id, card_sha256, yellow_from, orange_from, yellow_budget, orange_budget, reason, proposed_at,
                           proposed_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, app_now(), $9)
"""

# The newest, as long as no decision has been taken since: whoever lowers the model's voice ends a proposal too. Locked, so that two
# who approve at the same moment see each other.
OPEN_PROPOSAL = """
select p.id, p.card_sha256, p.yellow_from, p.orange_from, p.yellow_budget, p.orange_budget, p.reason, p.proposed_at,
       (select s.name from staff s where (s.establishment_id, s.id) = (p.establishment_id, p.proposed_by)),
       coalesce((select array_agg(a.staff_id order by a.staff_id) from risk_approval a
                 where (a.establishment_id, a.proposal_id) = (p.establishment_id, p.id)), '{}'),
       coalesce((select array_agg(s.name order by a.staff_id) from risk_approval a
                 join staff s on (s.establishment_id, s.id) = (a.establishment_id, a.staff_id)
                 where (a.establishment_id, a.proposal_id) = (p.establishment_id, p.id)), '{}'),
       coalesce((select array_agg(s.role order by a.staff_id) from risk_approval a
                 join staff s on (s.establishment_id, s.id) = (a.establishment_id, a.staff_id)
                 where (a.establishment_id, a.proposal_id) = (p.establishment_id, p.id)), '{}'),
       coalesce((select array_agg(a.knows_synthetic order by a.staff_id) from risk_approval a
                 where (a.establishment_id, a.proposal_id) = (p.establishment_id, p.id)), '{}')
from risk_proposal p
where p.establishment_id = $1 and p.proposed_at > app_now() - $2::interval
  and not exists (select from risk_mode m where m.establishment_id = $1 and m.set_at >= p.proposed_at)
order by p.proposed_at desc, p.id desc limit 1
"""

APPROVE = """
insert into risk_approval (establishment_id, proposal_id, staff_id, approved_at, knows_synthetic)
values ($1, $2, $3, app_now(), $4) on conflict do nothing returning staff_id
"""

ONE_DECISION_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('risk_mode ' || $1::uuid::text, 0))"

FREEZES = """
select f.id, f.reason, f.detail, f.frozen_at, f.ended_at,
       (select s.name from staff s where (s.establishment_id, s.id) = (f.establishment_id, f.ended_by)), f.end_reason
from risk_freeze f where f.establishment_id = $1 order by f.ended_at is not null, f.frozen_at desc limit 20
"""

FREEZE = """
insert into risk_freeze (establishment_id, id, reason, detail, frozen_at) values ($1, gen_random_uuid(), $2, $3, app_now())
on conflict do nothing returning id
"""

UNFREEZE = """
update risk_freeze set ended_at = app_now(), ended_by = $2, end_reason = $3 where establishment_id = $1 and ended_at is null returning id
"""

CARDS = """
select c.sha256, c.parent_sha256, c.made_at, s.name, g.passed, g.judged_at, g.criteria
from risk_card c
join staff s on (s.establishment_id, s.id) = (c.establishment_id, c.made_by)
left join lateral (select * from risk_gate g where (g.establishment_id, g.card_sha256) = (c.establishment_id, c.sha256)
                   order by g.judged_at desc limit 1) g on true
where c.establishment_id = $1 order by c.made_at desc
"""

KEEP_CARD = """
insert into risk_card (establishment_id, sha256, parent_sha256, document, made_at, made_by)
values ($1, $2, $3, $4, app_now(), $5) on conflict do nothing returning sha256
"""

KEEP_GATE = """
insert into risk_gate (establishment_id, id, card_sha256, champion_sha256, passed, criteria, judged_at, judged_by)
values ($1, $2, $3, $4, $5, $6, app_now(), $7)
"""

DOCUMENT = """
select document from risk_card where establishment_id = $1 and sha256 = $2
union all
select document from risk_edition where sha256 = $2
limit 1
"""

KEEP_EDITION = """
insert into risk_edition (sha256, document, first_used_at) values ($1, $2, app_now()) on conflict do nothing
"""

EVALUATOR = """
select a.id, a.person_id, a.role from account a
where a.login = $2 and a.establishment_id = $1 and a.kind = 'staff' and a.disabled_at is null
"""


async def modes(con: asyncpg.Connection, establishment_id: UUID) -> list[ModeRow]:
    """Decisions, the one in force first; empty when nobody has ever decided."""
    return [ModeRow(*row) for row in await con.fetch(MODES, establishment_id)]


async def set_mode(con: asyncpg.Connection, caller: Caller, new: NewMode) -> int:
    """Put a decision in force; its number."""
    number = await con.fetchval(
        SET_MODE,
        caller.establishment_id,
        new.mode,
        new.card_sha256,
        new.yellow_from,
        new.orange_from,
        new.yellow_budget,
        new.orange_budget,
        new.reason,
        caller.person_id,
        new.proposal_id,
        new.challenger_sha256,
        new.restores,
    )
    return int(number)


async def one_at_a_time(con: asyncpg.Connection, establishment_id: UUID) -> None:
    """Until the end of the transaction nobody else decides for this establishment."""
    await con.execute(ONE_DECISION_AT_A_TIME, establishment_id)


async def propose(
    con: asyncpg.Connection, establishment_id: UUID, proposal_id: UUID, new: NewMode, by: UUID | None
) -> None:
    """Write a proposal down."""
    await con.execute(
        PROPOSE,
        establishment_id,
        proposal_id,
        new.card_sha256,
        new.yellow_from,
        new.orange_from,
        new.yellow_budget,
        new.orange_budget,
        new.reason,
        by,
    )


async def open_proposal(con: asyncpg.Connection, establishment_id: UUID, lasts: object) -> ProposalRow | None:
    """The proposal that may be approved now; it lasts for a `timedelta`."""
    row = await con.fetchrow(OPEN_PROPOSAL, establishment_id, lasts)
    return row and ProposalRow(*row)


async def approve(con: asyncpg.Connection, caller: Caller, proposal_id: UUID, knows_synthetic: bool) -> bool:
    """Add the caller's approval; False when it is there already."""
    done = await con.fetchval(APPROVE, caller.establishment_id, proposal_id, caller.person_id, knows_synthetic)
    return done is not None


async def freezes(con: asyncpg.Connection, establishment_id: UUID) -> list[FreezeRow]:
    """The open freeze first, then the past ones."""
    return [FreezeRow(*row) for row in await con.fetch(FREEZES, establishment_id)]


async def freeze(con: asyncpg.Connection, establishment_id: UUID, reason: str, detail: str) -> UUID | None:
    """Let the rules speak alone; None when they do already."""
    made: UUID | None = await con.fetchval(FREEZE, establishment_id, reason, detail)
    return made


async def unfreeze(con: asyncpg.Connection, caller: Caller, reason: str) -> UUID | None:
    """Give the model its voice back; None when nothing was frozen."""
    ended: UUID | None = await con.fetchval(UNFREEZE, caller.establishment_id, caller.person_id, reason)
    return ended


async def cards(con: asyncpg.Connection, establishment_id: UUID) -> list[CardRow]:
    """What the site has learned, newest first."""
    return [CardRow(*row) for row in await con.fetch(CARDS, establishment_id)]


async def keep_card(con: asyncpg.Connection, by: Caller, sha256: str, parent_sha256: str, document: str) -> bool:
    """Lock a new card under its sha256; False when it is there already."""
    kept = await con.fetchval(KEEP_CARD, by.establishment_id, sha256, parent_sha256, document, by.person_id)
    return kept is not None


async def keep_gate(
    con: asyncpg.Connection, by: Caller, gate_id: UUID, sha256: str, champion: str, passed: bool, criteria: str
) -> None:
    """Write down what the comparison of a card with the one before it has found."""
    await con.execute(KEEP_GATE, by.establishment_id, gate_id, sha256, champion, passed, criteria, by.person_id)


async def document(con: asyncpg.Connection, establishment_id: UUID, sha256: str) -> str | None:
    """The very bytes of a card that is or was in use here."""
    found: str | None = await con.fetchval(DOCUMENT, establishment_id, sha256)
    return found


async def keep_edition(con: asyncpg.Connection, sha256: str, document: str) -> None:
    """Remember the card of a release."""
    await con.execute(KEEP_EDITION, sha256, document)


async def evaluator(con: asyncpg.Connection, establishment_id: UUID, login: str) -> Caller | None:
    """The professional of the establishment with this login, as the caller they would be."""
    row = await con.fetchrow(EVALUATOR, establishment_id, login)
    if row is None:
        return None
    return Caller(row["id"], row["id"], establishment_id, row["person_id"], Role(row["role"]), None, True)
