"""Cards as a person reads them: what each learned from, and which of them may be put in force here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import risk_decisions
from app.domain.texts import Text
from app.scoring import proof
from app.scoring.card import Card
from app.scoring.score import MIN_PATIENTS
from app.services.risk_scoring import Models


class CardWords(Struct, frozen=True):
    """A card as a person reads it."""

    sha256: str
    model_id: str
    synthetic: bool
    outcome: Text
    patients: int
    reports: int
    events: int
    sites: int
    first_enrolled: str
    last_enrolled: str
    reviewed_on: date
    expires_on: date
    inputs: dict[str, Text]
    regimens: int
    rare_regimens: list[str]
    proved_monotone: bool
    parent: str
    fault: str | None


class Criterion(Struct, frozen=True):
    """One criterion of the comparison with the card before, as `vigie model challenge` printed it."""

    name: Text
    verdict: Literal["passed", "failed", "open"]
    found: Text


class _Kept(Struct, frozen=True):
    """The same as it is kept: in one language by earlier releases."""

    name: Text | str
    verdict: Literal["passed", "failed", "open"]
    found: Text | str


class KnownCard(Struct, frozen=True):
    """A card that may be put in force here. `release`: it came with this release; otherwise the site has learned it."""

    sha256: str
    release: bool
    in_force: bool
    synthetic: bool
    parent_sha256: str | None = None
    made_at: datetime | None = None
    made_by: str | None = None
    passed: bool | None = None
    judged_at: datetime | None = None
    criteria: list[Criterion] = []


def card_words(card: Card, fault: str | None) -> CardWords:
    """A card as a person reads it."""
    learned = card.trained_on
    return CardWords(
        sha256=card.sha256,
        model_id=card.model_id,
        synthetic=card.synthetic,
        outcome=card.outcome,
        patients=learned.patients,
        reports=learned.reports,
        events=learned.events,
        sites=learned.sites,
        first_enrolled=learned.first_enrolled,
        last_enrolled=learned.last_enrolled,
        reviewed_on=card.reviewed_on,
        expires_on=card.expires_on,
        inputs={feature.name: feature.title for feature in card.features},
        regimens=sum(r.patients >= MIN_PATIENTS for r in card.regimens),
        rare_regimens=[r.id for r in card.regimens if r.patients < MIN_PATIENTS],
        proved_monotone=not proof.violations(card),
        parent=learned.parent,
        fault=fault,
    )


async def known_cards(con: asyncpg.Connection, models: Models, here: UUID, in_force: str) -> list[KnownCard]:
    """Those that the site has learned, newest first, then the one of this release."""
    own = [
        KnownCard(
            card.sha256,
            release=False,
            in_force=card.sha256 == in_force,
            synthetic=await _synthetic(con, models, here, card.sha256),
            parent_sha256=card.parent_sha256,
            made_at=card.made_at,
            made_by=card.made_by,
            passed=card.passed,
            judged_at=card.judged_at,
            criteria=_criteria(card.criteria) if card.criteria else [],
        )
        for card in await risk_decisions.cards(con, here)
    ]
    if models.shipped is None:
        return own
    release = models.sha256
    return [
        *own,
        KnownCard(release, release=True, in_force=release == in_force, synthetic=models.shipped.card.synthetic),
    ]


def _criteria(kept: str) -> list[Criterion]:
    return [Criterion(_text(one.name), one.verdict, _text(one.found)) for one in json.decode(kept, type=list[_Kept])]


def _text(words: Text | str) -> Text:
    return Text(words, words) if isinstance(words, str) else words


async def _synthetic(con: asyncpg.Connection, models: Models, here: UUID, sha256: str) -> bool:
    """Whether a card has learned from invented patients; one that cannot be read counts as such."""
    model = await models.of(con, here, sha256)
    return model is None or model.card.synthetic
