"""Who lets the model speak, and who silences it. Up takes two named people and a reason; down takes one clinician and no permission."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct, json

from app.db import events, history, risk_decisions, risk_scores
from app.db.risk_decisions import ModeRow, NewMode, ProposalRow
from app.domain.errors import (
    ContentRefused,
    Fault,
    NotForYou,
    NothingToRollBack,
    NotReadyForLive,
    ProposalGone,
)
from app.domain.people import Caller, Role
from app.domain.risk_modes import (
    PROPOSAL_FOR,
    Budget,
    Mode,
    Raising,
    Shadowed,
    agreed,
    decides,
    missing_for_live,
    thresholds_for,
)
from app.domain.verdicts import TriageLevel
from app.scoring.score import Model
from app.services.risk_scoring import Models

LOOK_BACK = timedelta(weeks=13)  # thresholds come from the last quarter: older reports were told to another team
Why = Annotated[str, Meta(min_length=20, max_length=2000)]

_MISSING = {
    "shadow_too_short": "This card has scored in shadow here for less than two weeks.",
    "too_few_reports": "Fewer than ten reports of this site would have been raised within this budget: chance would set the alert rate.",
    "card_unusable": "This card cannot be read, fails its self-test or has expired.",
    "gate_failed": "This card has not passed the comparison with the card before it (`vigie model challenge`).",
    "frozen": "The model is frozen here. A clinician must end that first.",
}


class ProposeLive(Struct, frozen=True, forbid_unknown_fields=True):
    """Let the model raise levels, within an alert budget: more reports per 100 patient-weeks, to orange and from green to yellow."""

    card_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    orange_budget: Annotated[float, Meta(gt=0, le=100)]
    reason: Why
    yellow_budget: Annotated[float, Meta(gt=0, le=100)] | None = None
    knows_synthetic: bool = False


class Decide(Struct, frozen=True, forbid_unknown_fields=True):
    """Silence the model, or let it run in shadow, with this card (null: the one of this release) and a challenger beside it."""

    mode: Literal["off", "shadow"]
    reason: Why
    card_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None


async def propose(
    con: asyncpg.Connection, models: Models, here: UUID, by: Caller | None, wanted: ProposeLive, now: datetime
) -> UUID:
    """Write a proposal down; its author, when there is one, approves it with that. `by` None: the operator, who approves nothing.

    Raises NotReadyForLive, ContentRefused.
    """
    await risk_decisions.one_at_a_time(con, here)
    model = await _usable(con, models, here, wanted.card_sha256, now)
    raising = await raising_for(con, here, wanted.card_sha256, Budget(wanted.orange_budget, wanted.yellow_budget), now)
    missing = missing_for_live(await risk_scores.first_of(con, here, wanted.card_sha256), now, raising)
    missing += await _gate(con, here, wanted.card_sha256)
    if any(freeze.ended_at is None for freeze in await risk_decisions.freezes(con, here)):
        missing.append("frozen")
    if missing:
        raise _not_ready(missing)
    if by and model.card.synthetic and not wanted.knows_synthetic:
        raise _unknowing()
    proposal_id, limits = uuid4(), raising.thresholds
    new = NewMode(
        Mode.LIVE,
        wanted.card_sha256,
        limits.yellow,
        limits.orange,
        wanted.yellow_budget if limits.yellow is not None else None,
        wanted.orange_budget,
        wanted.reason,
    )
    await risk_decisions.propose(con, here, proposal_id, new, by.person_id if by else None)
    detail = json.encode({"card": wanted.card_sha256}).decode()
    if by is None:
        await events.add_by_system(con, here, "risk_proposed", proposal_id, detail)
    else:
        await events.add(con, by, "risk_proposed", subject_id=proposal_id, detail=detail)
        await risk_decisions.approve(con, by, proposal_id, wanted.knows_synthetic)
    return proposal_id


async def approve(
    con: asyncpg.Connection, models: Models, caller: Caller, proposal_id: UUID, knows_synthetic: bool, now: datetime
) -> bool:
    """Add the caller's name to a proposal; True when it is in force with that. Raises ProposalGone, NotReadyForLive, ContentRefused."""
    here = caller.establishment_id
    await risk_decisions.one_at_a_time(con, here)
    proposal = await _open(con, here, proposal_id)
    model = await _usable(con, models, here, proposal.card_sha256, now)
    if model.card.synthetic and not knows_synthetic:
        raise _unknowing()
    if not await risk_decisions.approve(con, caller, proposal_id, knows_synthetic):
        return False
    await events.add(con, caller, "risk_approved", subject_id=proposal_id)
    proposal = await _open(con, here, proposal_id)
    if not agreed([Role(role) for role in proposal.approved_roles], proposal.knowing, model.card.synthetic):
        return False
    new = NewMode(
        Mode.LIVE,
        proposal.card_sha256,
        proposal.yellow_from,
        proposal.orange_from,
        proposal.yellow_budget,
        proposal.orange_budget,
        proposal.reason,
        proposal_id,
    )
    await _put(con, caller, new)
    return True


async def decide(con: asyncpg.Connection, models: Models, caller: Caller, wanted: Decide, now: datetime) -> None:
    """Off or shadow: one clinician is enough. Raises NotForYou, NotReadyForLive."""
    _clinician(caller)
    here = caller.establishment_id
    await risk_decisions.one_at_a_time(con, here)
    sha256 = wanted.card_sha256 or models.sha256
    if wanted.mode == "shadow" and wanted.card_sha256:
        await _usable(con, models, here, sha256, now)
    await _put(con, caller, NewMode(wanted.mode, sha256, None, None, None, None, wanted.reason))


async def try_beside(
    con: asyncpg.Connection, models: Models, caller: Caller, card_sha256: str | None, reason: str, now: datetime
) -> None:
    """Let another card score beside the one in force, heard by nobody; None ends that. Raises NotForYou, NotReadyForLive."""
    _clinician(caller)
    here = caller.establishment_id
    await risk_decisions.one_at_a_time(con, here)
    if card_sha256:
        await _usable(con, models, here, card_sha256, now)
    now_in_force = (await risk_decisions.modes(con, here))[:1]
    same = _again(now_in_force[0]) if now_in_force else NewMode(Mode.SHADOW, models.sha256, None, None, None, None, "")
    await _put(con, caller, _with(same, reason=reason, challenger_sha256=card_sha256))


async def roll_back(con: asyncpg.Connection, models: Models, caller: Caller, reason: str) -> ModeRow | None:
    """Bring back the decision before the one in force; what it was (None: the beginning, shadow with the card of this release).

    It never gives the model more voice than it has: from shadow or off there is no way back to live. Raises NotForYou,
    NothingToRollBack.
    """
    _clinician(caller)
    here = caller.establishment_id
    await risk_decisions.one_at_a_time(con, here)
    rows = await risk_decisions.modes(con, here)
    if not rows:
        raise NothingToRollBack
    current = rows[0]
    before = earlier(rows)
    if before is None:
        if (current.mode, current.card_sha256) == (Mode.SHADOW, models.sha256) or current.mode == Mode.OFF:
            raise NothingToRollBack
        await _put(con, caller, NewMode(Mode.SHADOW, models.sha256, None, None, None, None, reason))
        return None
    await _put(con, caller, _with(_again(before), reason=reason, restores=before.number, challenger_sha256=None))
    return before


def earlier(rows: list[ModeRow]) -> ModeRow | None:
    """The newest decision before the one in force that differs from it and is no louder; `rows` newest first."""
    current = rows[0]
    limit = current.restores or current.number
    what = (current.mode, current.card_sha256, current.yellow_from, current.orange_from)
    for row in rows[1:]:
        if row.number >= limit or (row.mode, row.card_sha256, row.yellow_from, row.orange_from) == what:
            continue
        if row.mode == Mode.LIVE and current.mode != Mode.LIVE:
            continue
        if row.mode == Mode.SHADOW and current.mode == Mode.OFF:
            continue
        return row
    return None


async def unfreeze(con: asyncpg.Connection, caller: Caller, reason: str) -> None:
    """A clinician has looked and takes it on: the model speaks again where it did. Raises NotForYou, NothingToRollBack."""
    _clinician(caller)
    ended = await risk_decisions.unfreeze(con, caller, reason)
    if ended is None:
        raise NothingToRollBack("Nothing is frozen here.")
    await events.add(con, caller, "risk_unfrozen", subject_id=ended)


async def raising_for(con: asyncpg.Connection, here: UUID, card_sha256: str, budget: Budget, now: datetime) -> Raising:
    """Thresholds that keep a card within a budget, on the site's own scores of the last quarter."""
    since = now - LOOK_BACK
    first = await risk_scores.first_of(con, here, card_sha256)
    if first is None:
        return thresholds_for(budget, (), 0.0)
    since = max(since, first)
    rows = await risk_scores.between(con, here, card_sha256, since, now)
    scored = [Shadowed(row.p7, TriageLevel(row.rules_level)) for row in rows if row.p7 is not None]
    return thresholds_for(budget, scored, await history.followed_weeks(con, here, since.date()))


async def _put(con: asyncpg.Connection, caller: Caller, new: NewMode) -> None:
    number = await risk_decisions.set_mode(con, caller, new)
    detail = json.encode({"mode": new.mode, "card": new.card_sha256, "number": str(number)}).decode()
    await events.add(con, caller, "risk_mode_set", detail=detail)


async def _open(con: asyncpg.Connection, here: UUID, proposal_id: UUID) -> ProposalRow:
    proposal = await risk_decisions.open_proposal(con, here, PROPOSAL_FOR)
    if proposal is None or proposal.id != proposal_id:
        raise ProposalGone
    return proposal


async def _usable(con: asyncpg.Connection, models: Models, here: UUID, sha256: str, now: datetime) -> Model:
    model = await models.of(con, here, sha256)
    if model is None or model.fault or now.date() > model.card.expires_on:
        raise _not_ready(["card_unusable"])
    return model


async def _gate(con: asyncpg.Connection, here: UUID, sha256: str) -> list[str]:
    """A card that the site has learned must have beaten the one before it."""
    for card in await risk_decisions.cards(con, here):
        if card.sha256 == sha256:
            return [] if card.passed else ["gate_failed"]
    return []


def _again(row: ModeRow) -> NewMode:
    return NewMode(
        row.mode,
        row.card_sha256,
        row.yellow_from,
        row.orange_from,
        row.yellow_budget,
        row.orange_budget,
        row.reason,
        row.proposal_id,
    )


def _with(new: NewMode, *, reason: str, challenger_sha256: str | None, restores: int | None = None) -> NewMode:
    return NewMode(
        new.mode,
        new.card_sha256,
        new.yellow_from,
        new.orange_from,
        new.yellow_budget,
        new.orange_budget,
        reason,
        new.proposal_id,
        challenger_sha256,
        restores,
    )


def _clinician(caller: Caller) -> None:
    if not decides(caller):
        raise NotForYou


def _not_ready(codes: list[str]) -> NotReadyForLive:
    return NotReadyForLive(faults=tuple(Fault(code, _MISSING[code]) for code in codes))


def _unknowing() -> ContentRefused:
    words = "This card has learned from invented patients only: whoever lets it speak must say that they know."
    return ContentRefused(faults=(Fault("knows_synthetic", words),))


__all__ = [
    "Decide",
    "ProposeLive",
    "approve",
    "decide",
    "earlier",
    "propose",
    "raising_for",
    "roll_back",
    "try_beside",
    "unfreeze",
]
