"""The model as those who evaluate read it: the card in words, who decided what, what it does or would have done, and how it fares."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import alerts, history, risk_decisions, risk_monitors, risk_scores
from app.db.risk_decisions import FreezeRow, ModeRow, ProposalRow
from app.db.risk_scores import ScoreLine, ShadowRow
from app.domain.errors import NotFound
from app.domain.outcomes import HORIZONS, Known, Label, label
from app.domain.people import Caller
from app.domain.risk_modes import PROPOSAL_FOR, Mode, decides
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.verdicts import TriageLevel
from app.domain.watching import Calibration, Watch, calibration
from app.scoring import proof, words
from app.scoring.card import Card
from app.scoring.score import MIN_PATIENTS, Explanation
from app.services import outcomes
from app.services.risk_decisions import LOOK_BACK, earlier
from app.services.risk_scoring import CARD_LOST, FAILED, Contributions, Models
from app.services.risk_watch import scored

WEEKS = 26
PAGE = 30
_REASONS = words.REASONS | {
    FAILED: Text("Le calcul a échoué : les règles seules.", "The calculation failed: the rules alone."),
    CARD_LOST: Text(
        "La carte du modèle ne peut pas être lue : les règles seules.",
        "The model's card cannot be read: the rules alone.",
    ),
}


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

    name: str
    verdict: str
    found: str


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
_watch = json.Decoder(Watch)


async def model_page(con: asyncpg.Connection, models: Models, caller: Caller, now: datetime) -> ModelPage:
    """The model at the caller's establishment."""
    here = caller.establishment_id
    modes = await risk_decisions.modes(con, here)
    current = modes[0] if modes else None
    sha256 = current.card_sha256 if current else models.sha256
    model = await models.of(con, here, sha256)
    freezes = [_freeze(row) for row in await risk_decisions.freezes(con, here)]
    frozen = next((freeze for freeze in freezes if freeze.ended_at is None), None)
    proposal = await risk_decisions.open_proposal(con, here, PROPOSAL_FOR)
    return ModelPage(
        now=now,
        mode=Mode(current.mode) if current else Mode.SHADOW,
        decided=_decision(current) if current else None,
        card=card_words(model.card, model.fault) if model else None,
        release_fault=models.fault,
        abstentions=dict(_REASONS),
        frozen=frozen,
        shadow=await _shadow(con, here, sha256, now),
        weeks=[
            Week(row.week_on, row.card_sha256, _watch.decode(row.watch))
            for row in await risk_monitors.latest(con, here, WEEKS)
        ],
        cards=await _cards(con, models, here, sha256),
        decisions=[_decision(row) for row in modes],
        freezes=freezes,
        proposal=_proposal(proposal, caller) if proposal else None,
        may=MayModel(
            decide=decides(caller),
            approve=proposal is not None and caller.person_id not in proposal.approved_ids,
            roll_back=decides(caller) and bool(modes) and (earlier(modes) is not None or modes[0].mode == Mode.LIVE),
            unfreeze=decides(caller) and frozen is not None,
        ),
    )


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
        abstained=_REASONS.get(line.abstained, Text(line.abstained, line.abstained)) if line.abstained else None,
        low_support=line.low_support,
        missing=len(line.missing),
        rules_level=TriageLevel(line.rules_level),
        model_level=TriageLevel(line.model_level),
        raised=line.raised,
    )


def explained(card: Card, told: Explanation) -> list[Text]:
    """The lines of an explanation in both languages, the sum last."""
    french, english = (words.say_explanation(card, told, language) for language in ("fr", "en"))
    count = (
        len(told.contributions) + 2
    )  # the typical patient first, the sum last; the general notes are on the page once
    return [Text(fr, en) for fr, en in zip(french[:count], english[:count], strict=True)]


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


async def _cards(con: asyncpg.Connection, models: Models, here: UUID, in_force: str) -> list[KnownCard]:
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
            criteria=json.decode(card.criteria, type=list[Criterion]) if card.criteria else [],
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


async def _synthetic(con: asyncpg.Connection, models: Models, here: UUID, sha256: str) -> bool:
    """Whether a card has learned from invented patients; one that cannot be read counts as such."""
    model = await models.of(con, here, sha256)
    return model is None or model.card.synthetic


def _decision(row: ModeRow) -> Decision:
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


def _proposal(row: ProposalRow, caller: Caller) -> Proposal:
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


def _freeze(row: FreezeRow) -> Freeze:
    return Freeze(row.reason, row.frozen_at, row.ended_at, row.ended_by, row.end_reason)
