"""The model beside the rules while a report is judged. Whatever goes wrong here, the rules' verdict stands and the report is kept."""

from __future__ import annotations

import logging
from datetime import date
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import risk_decisions
from app.db.charts import PatientChart
from app.db.risk_scores import ScoreRow
from app.domain.reports import Chart, ReportDraft
from app.domain.risk import Risk
from app.domain.risk_modes import Mode, Setting, raised, would_ask
from app.domain.rulebook import Rulebook
from app.domain.verdicts import TriageLevel, Verdict
from app.scoring.card import CardRefused
from app.scoring.features import MISSING, Features, Person, features
from app.scoring.score import Explanation, Model, explain, load, score
from app.services.vault import Safe, SealBroken

log = logging.getLogger("vigie.risk")

FAILED = "failed"  # the program, not the card
CARD_LOST = "card_lost"  # the card in force cannot be read
_NO_SHA = ""


class Contributions(Struct, frozen=True):
    """What both totals are made of; each adds up exactly."""

    seven: Explanation
    late: Explanation


class Models:
    """The card of this release, read once, and the cards of sites, read when first met. A broken one is remembered as broken."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.shipped, self.fault = _ready(content)
        self._known: dict[tuple[UUID, str], Model | None] = {}

    @property
    def sha256(self) -> str:
        """Of the card of this release; empty when it cannot be read."""
        return self.shipped.card.sha256 if self.shipped else _NO_SHA

    async def of(self, con: asyncpg.Connection, establishment_id: UUID, sha256: str | None) -> Model | None:
        """The model with this card (None: of this release); None when it cannot be read. Never breaks the transaction."""
        if sha256 is None or (self.shipped and sha256 == self.sha256):
            return self.shipped
        key = establishment_id, sha256
        if key not in self._known:
            document = await _document(con, establishment_id, sha256)
            if document is None:
                return None  # perhaps only the database's mood: asked again next time
            self._known[key], _ = _ready(document.encode())
        return self._known[key]


class Assessed(Struct, frozen=True):
    """The verdict that stands, and what is kept of the models beside it (nothing when the model is off)."""

    verdict: Verdict
    rows: tuple[ScoreRow, ...]


class Case(Struct, frozen=True):
    """A report as both rules and model look at it, and what the rules said."""

    patient_id: UUID
    chart: PatientChart
    facts: Chart
    draft: ReportDraft
    verdict: Verdict


async def assess(con: asyncpg.Connection, models: Models, safe: Safe, rulebook: Rulebook, case: Case) -> Assessed:
    """Score a report, and raise its level if the establishment lets the model speak. Raises nothing, lowers nothing."""
    setting = case.chart.risk
    if setting.mode is Mode.OFF:
        return Assessed(case.verdict, ())
    final, row = await _said(con, models, safe, rulebook, case, setting)
    rows = [row]
    if setting.challenger and setting.challenger.card_sha256 != row.card_sha256:
        rows.append((await _said(con, models, safe, rulebook, case, setting.challenger))[1])
    return Assessed(final, tuple(rows))


async def _said(
    con: asyncpg.Connection, models: Models, safe: Safe, rulebook: Rulebook, case: Case, setting: Setting
) -> tuple[Verdict, ScoreRow]:
    """The verdict after one card has been asked, and what it said."""
    verdict, chart = case.verdict, case.chart
    model = await models.of(con, safe.establishment.id, setting.card_sha256)
    if model is None:
        if setting.card_sha256:  # of the card of the release the start has said so
            log.error("the risk card in force cannot be read: rules alone")
        return verdict, _abstained(setting, setting.card_sha256 or models.sha256, verdict, CARD_LOST)
    try:
        found = features(
            model.card, case.draft.answers, case.draft.measurements, case.facts, _person(safe, case.patient_id, chart)
        )
        risk = score(model, found, chart.now.date())
        final = raised(verdict, risk, setting, rulebook.regimen(chart.regimen).level == 1)
        return final, _row(setting, model, found, risk, verdict, final)
    except Exception as why:
        log.error("risk scoring failed", extra={"error": type(why).__name__})
        return verdict, _abstained(setting, model.card.sha256, verdict, FAILED, model.card.synthetic)


def contributions(model: Model, found: Features) -> Contributions:
    """Both explanations of one report."""
    return Contributions(explain(model, found), explain(model, found, late=True))


def person(born_on: date | None, today: date, prior_grade3: bool, prior_visit: bool) -> Person:
    """What the platform knows of a patient. It has no ECOG and no list of illnesses: the card has points for not knowing."""
    age = (
        None
        if born_on is None
        else today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    )
    return Person(age=age, prior_grade3=prior_grade3, prior_visit=prior_visit)


def _person(safe: Safe, patient_id: UUID, chart: PatientChart) -> Person:
    try:
        born_on = safe.identity(patient_id, chart.identity).born_on
    except SealBroken:
        born_on = None  # without its key the house names nobody, and goes on
    return person(born_on, chart.now.date(), chart.prior_grade3, chart.prior_visit)


def _row(setting: Setting, model: Model, found: Features, risk: Risk, rules: Verdict, final: Verdict) -> ScoreRow:
    missing = tuple(
        feature.name for feature, level in zip(model.card.features, found.levels, strict=True) if level == MISSING
    )
    return ScoreRow(
        mode=_stored(setting),
        card_sha256=risk.card_sha256,
        synthetic=risk.synthetic,
        total=risk.total,
        total_late=risk.total_late,
        p7=risk.p7,
        p14=risk.p14,
        contributions=None if risk.abstained else contributions(model, found),
        abstained=risk.abstained,
        abstained_on=risk.detail,
        low_support=risk.low_support,
        missing=missing,
        rules_level=rules.level,
        model_level=would_ask(risk, setting),
        raised=final.level > rules.level,
        yellow_from=setting.thresholds.yellow,
        orange_from=setting.thresholds.orange,
    )


def _abstained(setting: Setting, sha256: str, rules: Verdict, why: str, synthetic: bool = True) -> ScoreRow:
    return ScoreRow(
        mode=_stored(setting),
        card_sha256=sha256,
        synthetic=synthetic,
        total=None,
        total_late=None,
        p7=None,
        p14=None,
        contributions=None,
        abstained=why,
        abstained_on="",
        low_support=False,
        missing=(),
        rules_level=rules.level,
        model_level=TriageLevel.GREEN,
        raised=False,
        yellow_from=setting.thresholds.yellow,
        orange_from=setting.thresholds.orange,
    )


def _stored(setting: Setting) -> str:
    return "frozen" if setting.mode is Mode.LIVE and setting.frozen else setting.mode.value


def _ready(content: bytes) -> tuple[Model | None, str | None]:
    """A model, and what is wrong with it: a card that is no card gives none, an altered one gives one that abstains."""
    try:
        model = load(content)
    except CardRefused as why:
        return None, str(why)
    except Exception as why:  # points that are no numbers, a table of another length: whatever is in a file
        return None, type(why).__name__
    return model, model.fault


async def _document(con: asyncpg.Connection, establishment_id: UUID, sha256: str) -> str | None:
    """A card from the database, under a savepoint: the report that is being kept must not feel it."""
    await con.execute("savepoint card")
    try:
        found = await risk_decisions.document(con, establishment_id, sha256)
    except asyncpg.PostgresError as why:
        await con.execute("rollback to savepoint card")
        log.error("a risk card cannot be read", extra={"error": type(why).__name__})
        return None
    await con.execute("release savepoint card")
    return found


def encode_rows(rows: tuple[ScoreRow, ...]) -> str | None:
    """As the statement that keeps a report takes them."""
    return json.encode(rows).decode() if rows else None
