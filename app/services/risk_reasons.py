"""Stored scores as those who evaluate read them: each with its reasons in words, and whose report it is left out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import alerts, risk_decisions, risk_scores
from app.db.risk_scores import ScoreLine
from app.domain.errors import NotFound
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.verdicts import TriageLevel
from app.scoring import words
from app.scoring.card import Card
from app.scoring.score import Explanation
from app.services.risk_scoring import CARD_LOST, FAILED, Contributions, Models

PAGE = 30
ABSTENTIONS = words.REASONS | {
    FAILED: Text("Le calcul a échoué : les règles seules.", "The calculation failed: the rules alone."),
    CARD_LOST: Text(
        "La carte du modèle ne peut pas être lue : les règles seules.",
        "The model's card cannot be read: the rules alone.",
    ),
}


class ScoreWords(Struct, frozen=True):
    """One score with its reasons; the numbers in brackets add up to the totals. Whose report it is stays out."""

    at: datetime
    regimen: Text
    cycle: int
    day_of_cycle: int
    mode: str
    synthetic: bool
    p7: float | None
    p14: float | None
    total: int | None
    total_late: int | None
    seven: list[Text]
    later: list[Text]
    abstained: Text | None
    low_support: bool
    missing: int
    rules_level: TriageLevel
    model_level: TriageLevel
    raised: bool


class ScorePage(Struct, frozen=True):
    """Scores, newest first; `before` asks for the next ones."""

    card_sha256: str
    scores: list[ScoreWords]
    before: datetime | None


_contributions = json.Decoder(Contributions)


async def scores(
    con: asyncpg.Connection,
    models: Models,
    rulebook: Rulebook,
    caller: Caller,
    before: datetime | None,
    card_sha256: str | None,
) -> ScorePage:
    """What the card in force (or another one) said of each report, newest first."""
    here = caller.establishment_id
    if card_sha256 is None:
        modes = await risk_decisions.modes(con, here)
        card_sha256 = modes[0].card_sha256 if modes else models.sha256
    model = await models.of(con, here, card_sha256)
    lines = await risk_scores.page(con, here, card_sha256, before, PAGE)
    card = model.card if model else None
    return ScorePage(
        card_sha256,
        [score_words(line, card, rulebook) for line in lines],
        lines[-1].scored_at if len(lines) == PAGE else None,
    )


async def of_alert(
    con: asyncpg.Connection, models: Models, rulebook: Rulebook, caller: Caller, alert_id: UUID
) -> ScoreWords | None:
    """What the model said where the level of an alert is its own; None wherever it was not heard. Raises NotFound."""
    row = await alerts.one(con, caller, alert_id)
    if row is None:
        raise NotFound
    line = await risk_scores.that_raised(con, caller.establishment_id, row.patient_id, row.opened_at, row.closed_at)
    if line is None:
        return None
    model = await models.of(con, caller.establishment_id, line.card_sha256)
    return score_words(line, model.card if model else None, rulebook)


def score_words(line: ScoreLine, card: Card | None, rulebook: Rulebook) -> ScoreWords:
    """A stored score in words."""
    told = _contributions.decode(line.contributions) if line.contributions and card else None
    title = rulebook.regimen(line.regimen).title if line.regimen else Text("Pas de traitement", "No treatment")
    return ScoreWords(
        at=line.scored_at,
        regimen=title,
        cycle=line.cycle,
        day_of_cycle=line.day_of_cycle,
        mode=line.mode,
        synthetic=line.synthetic,
        p7=line.p7,
        p14=line.p14,
        total=line.total,
        total_late=line.total_late,
        seven=explained(card, told.seven) if told and card else [],
        later=explained(card, told.late) if told and card else [],
        abstained=ABSTENTIONS.get(line.abstained, Text(line.abstained, line.abstained)) if line.abstained else None,
        low_support=line.low_support,
        missing=len(line.missing),
        rules_level=TriageLevel(line.rules_level),
        model_level=TriageLevel(line.model_level),
        raised=line.raised,
    )


def explained(card: Card, told: Explanation) -> list[Text]:
    """The lines of an explanation in both languages, the sum last."""
    french, english = (words.say_sum(card, told, language) for language in ("fr", "en"))
    return [Text(fr, en) for fr, en in zip(french, english, strict=True)]
