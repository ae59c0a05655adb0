"""Who decided what about the model, what waits for a second name, and when the rules spoke alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from app.db.risk_decisions import FreezeRow, ModeRow, ProposalRow
from app.domain.people import Caller


class Decision(Struct, frozen=True):
    """Who decided what, when and why."""

    number: int
    mode: str
    card_sha256: str
    challenger_sha256: str | None
    yellow_from: float | None
    orange_from: float | None
    yellow_budget: float | None
    orange_budget: float | None
    reason: str
    set_at: datetime
    set_by: str
    approved_by: list[str]
    restores: int | None


class Proposal(Struct, frozen=True):
    """What waits for a second name."""

    id: UUID
    card_sha256: str
    yellow_from: float | None
    orange_from: float
    yellow_budget: float | None
    orange_budget: float
    reason: str
    proposed_at: datetime
    proposed_by: str | None
    approved_by: list[str]
    approved_by_me: bool


class Freeze(Struct, frozen=True):
    """Why and when the rules spoke alone."""

    reason: str
    frozen_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


def decision(row: ModeRow) -> Decision:
    """A decision as it is shown."""
    return Decision(
        row.number,
        row.mode,
        row.card_sha256,
        row.challenger_sha256,
        row.yellow_from,
        row.orange_from,
        row.yellow_budget,
        row.orange_budget,
        row.reason,
        row.set_at,
        row.set_by,
        row.approved_by,
        row.restores,
    )


def proposal_for(row: ProposalRow, caller: Caller) -> Proposal:
    """An open proposal as this caller sees it."""
    return Proposal(
        row.id,
        row.card_sha256,
        row.yellow_from,
        row.orange_from,
        row.yellow_budget,
        row.orange_budget,
        row.reason,
        row.proposed_at,
        row.proposed_by,
        row.approved_by,
        caller.person_id in row.approved_ids,
    )


def freeze(row: FreezeRow) -> Freeze:
    """A freeze as it is shown."""
    return Freeze(row.reason, row.frozen_at, row.ended_at, row.ended_by, row.end_reason)
