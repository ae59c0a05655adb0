"""The model as those who evaluate read it: the card in words, who decided what, what it does or would have done, and how it fares."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import history, risk_decisions, risk_monitors, risk_scores
from app.db.risk_scores import ShadowRow
from app.domain.outcomes import HORIZONS, Known, Label, label
from app.domain.people import Caller
from app.domain.risk_modes import PROPOSAL_FOR, Mode, decides
from app.domain.texts import Text
from app.domain.verdicts import TriageLevel
from app.domain.watching import Calibration, Watch, calibration
from app.services import outcomes
from app.services.risk_card_words import CardWords, KnownCard, card_words, known_cards
from app.services.risk_decisions import LOOK_BACK, earlier
from app.services.risk_history import Decision, Freeze, Proposal, decision, freeze, proposal_for
from app.services.risk_reasons import ABSTENTIONS
from app.services.risk_scoring import Models
from app.services.risk_watch import scored

WEEKS = 26


class Shadow(Struct, frozen=True):
    """What the card in force said in the last quarter, and what became of it."""

    since: date
    patient_weeks: float
    reports: int
    scored: int
    would_raise_to_orange: int
    would_raise_to_yellow: int
    raised: int
    abstained: dict[str, int]
    outcomes: dict[str, int]
    calibration: Calibration


class Week(Struct, frozen=True):
    """One weekly look."""

    week_on: date
    card_sha256: str
    watch: Watch


class MayModel(Struct, frozen=True):
    """What the caller may do now."""

    decide: bool
    approve: bool
    roll_back: bool
    unfreeze: bool


class ModelPage(Struct, frozen=True):
    """Everything on the page of the model."""

    now: datetime
    mode: Mode
    decided: Decision | None
    card: CardWords | None
    release_fault: str | None
    abstentions: dict[str, Text]
    frozen: Freeze | None
    shadow: Shadow
    weeks: list[Week]
    cards: list[KnownCard]
    decisions: list[Decision]
    freezes: list[Freeze]
    proposal: Proposal | None
    may: MayModel


_watch = json.Decoder(Watch)


async def model_page(con: asyncpg.Connection, models: Models, caller: Caller, now: datetime) -> ModelPage:
    """The model at the caller's establishment."""
    here = caller.establishment_id
    modes = await risk_decisions.modes(con, here)
    current = modes[0] if modes else None
    sha256 = current.card_sha256 if current else models.sha256
    model = await models.of(con, here, sha256)
    freezes = [freeze(row) for row in await risk_decisions.freezes(con, here)]
    frozen = next((one for one in freezes if one.ended_at is None), None)
    proposal = await risk_decisions.open_proposal(con, here, PROPOSAL_FOR)
    return ModelPage(
        now=now,
        mode=Mode(current.mode) if current else Mode.SHADOW,
        decided=decision(current) if current else None,
        card=card_words(model.card, model.fault) if model else None,
        release_fault=models.fault,
        abstentions=dict(ABSTENTIONS),
        frozen=frozen,
        shadow=await _shadow(con, here, sha256, now),
        weeks=[
            Week(row.week_on, row.card_sha256, _watch.decode(row.watch))
            for row in await risk_monitors.latest(con, here, WEEKS)
        ],
        cards=await known_cards(con, models, here, sha256),
        decisions=[decision(row) for row in modes],
        freezes=freezes,
        proposal=proposal_for(proposal, caller) if proposal else None,
        may=MayModel(
            decide=decides(caller),
            approve=proposal is not None and caller.person_id not in proposal.approved_ids,
            roll_back=decides(caller) and bool(modes) and (earlier(modes) is not None or modes[0].mode == Mode.LIVE),
            unfreeze=decides(caller) and frozen is not None,
        ),
    )


async def _shadow(con: asyncpg.Connection, here: UUID, sha256: str, now: datetime) -> Shadow:
    since = now - LOOK_BACK
    if first := await risk_scores.first_of(con, here, sha256):
        since = max(since, first)
    rows = await risk_scores.between(con, here, sha256, since, now + timedelta(seconds=1))
    known = await outcomes.known_of_all(con, here)
    today = now.date()
    became = [label(row.reported_on, HORIZONS[0], today, known.get(row.patient_id, Known())) for row in rows]
    return Shadow(
        since=since.date(),
        patient_weeks=max(0.0, await history.followed_weeks(con, here, since.date())) if first else 0.0,
        reports=len(rows),
        scored=sum(row.p7 is not None for row in rows),
        would_raise_to_orange=sum(_would(row, TriageLevel.ORANGE) for row in rows),
        would_raise_to_yellow=sum(_would(row, TriageLevel.YELLOW) for row in rows),
        raised=sum(row.raised for row in rows),
        abstained=dict(Counter(row.abstained for row in rows if row.abstained)),
        outcomes={one.value: became.count(one) for one in Label},
        calibration=calibration(scored(row, known.get(row.patient_id, Known()), today) for row in rows),
    )


def _would(row: ShadowRow, level: TriageLevel) -> bool:
    return row.model_level == level and level > TriageLevel(row.rules_level)
