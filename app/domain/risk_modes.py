"""How far the model may speak at one establishment: off, shadow or live; thresholds from an alert budget; who may decide.

Limits: risk-model.md, sections 7 and 9 (two weeks in shadow, two named people, the rules' level when frozen).
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from math import floor
from typing import TypeVar

import msgspec
from msgspec import Struct

from app.domain.people import Caller, Role
from app.domain.risk import Risk, Thresholds, combine, suggested
from app.domain.texts import Text
from app.domain.verdicts import Fired, Recipient, TriageLevel, Verdict

Row = TypeVar("Row")

SHADOW_FOR = timedelta(days=14)
PROPOSAL_FOR = timedelta(days=14)  # an approval speaks of data that its approver has seen: not of last year's
APPROVERS = 2
RAISED_REPORTS = 10
"""So many of a site's own reports must lie above a threshold: with fewer, chance sets the alert rate, not the budget.

Ours, to be confirmed: the rate that ten reports show has a 95 % interval of about half to twice itself (Poisson 4.8 to 18.4)."""

MODEL = "risk_model"
SYNTHETIC_MODEL = "risk_model_synthetic"
MODEL_REASONS = {
    MODEL: Text(
        "Modèle de risque : le niveau vient du modèle, pas d'une règle",
        "Risk model: the level comes from the model, not from a rule",
    ),
    SYNTHETIC_MODEL: Text(
        "Modèle de risque synthétique (appris sur des patients inventés) : le niveau vient du modèle, pas d'une règle",
        "Synthetic risk model (it has learned from invented patients): the level comes from the model, not from a rule",
    ),
}


class Mode(StrEnum):
    """In shadow everything is stored, and only those who evaluate see it."""

    OFF = "off"
    SHADOW = "shadow"
    LIVE = "live"


class Setting(Struct, frozen=True):
    """What is in force at an establishment. `card_sha256` None: the card of this release; a challenger is scored and never heard."""

    mode: Mode = Mode.SHADOW
    card_sha256: str | None = None
    thresholds: Thresholds = Thresholds()
    frozen: bool = False
    challenger_sha256: str | None = None

    @property
    def challenger(self) -> "Setting | None":
        """The card that is tried beside the one in force: always in shadow."""
        if self.challenger_sha256 is None:
            return None
        return Setting(Mode.SHADOW, self.challenger_sha256, self.thresholds)

    @property
    def speaks(self) -> bool:
        """Whether the model may change a level now."""
        return self.mode is Mode.LIVE and not self.frozen


class Shadowed(Struct, frozen=True):
    """A report that was scored and judged by the rules."""

    p7: float
    rules_level: TriageLevel


class Budget(Struct, frozen=True):
    """How many more reports per 100 patient-weeks the model may raise to orange, and from green to yellow (None: never)."""

    orange: float
    yellow: float | None = None


class Raising(Struct, frozen=True):
    """Thresholds, and what they would have raised on the data that they come from. None where the budget allows not one report."""

    thresholds: Thresholds
    to_orange: int
    to_yellow: int
    reports: int
    patient_weeks: float


def thresholds_for(budget: Budget, reports: Sequence[Shadowed], patient_weeks: float) -> Raising:
    """The lowest thresholds that keep within the budget on these reports. Equal risks stay together, on the quiet side."""
    below_orange = [r.p7 for r in reports if r.rules_level < TriageLevel.ORANGE]
    orange, to_orange = _highest(below_orange, budget.orange, patient_weeks)
    yellow, to_yellow = None, 0
    if budget.yellow is not None:
        calm = [r.p7 for r in reports if r.rules_level is TriageLevel.GREEN and (orange is None or r.p7 < orange)]
        yellow, to_yellow = _highest(calm, budget.yellow, patient_weeks)
    return Raising(Thresholds(yellow, orange), to_orange, to_yellow, len(reports), patient_weeks)


def raised(verdict: Verdict, risk: Risk, setting: Setting, simple: bool) -> Verdict:
    """The verdict with the model's voice in it: never lower, never red, no word on holding a dose. `simple`: regimen of level 1.

    In shadow, off or frozen it is the rules' verdict, untouched.
    """
    if not setting.speaks:
        return verdict
    level = combine(verdict.level, risk, setting.thresholds)
    if level <= verdict.level:
        return verdict
    reason = SYNTHETIC_MODEL if risk.synthetic else MODEL
    nurses = level is TriageLevel.ORANGE or not simple
    return msgspec.structs.replace(
        verdict,
        level=level,
        recipient=Recipient.LEVEL2 if nurses else Recipient.LEVEL1,
        reasons=(reason,),
        fired=(*verdict.fired, Fired(reason, level)),
    )


def would_ask(risk: Risk | None, setting: Setting) -> TriageLevel:
    """The level that the model asks for by itself, whether or not it is heard."""
    return suggested(risk, setting.thresholds)


def order(rows: Sequence[Row], within: Callable[[Row], object], risk: Callable[[Row], int | None]) -> list[Row]:
    """Rows that stand together (`within`: acknowledged, level, emergency) with the highest risk first; without one, as they came, last.

    Never across a level: rows of one group stay in the places of their group.
    """
    ordered: list[Row] = []
    for _, group in groupby(rows, within):
        members = list(group)
        known = [row for row in members if risk(row) is not None]
        ordered += sorted(known, key=lambda row: -(risk(row) or 0))
        ordered += [row for row in members if risk(row) is None]
    return ordered


def evaluates(caller: Caller) -> bool:
    """Who sees what the model does in shadow: oncologists, who answer for levels, and auditors, who treat nobody.

    Coordinators do not: whoever acts on reports must not be swayed by a number that nobody has validated.
    """
    return caller.role in (Role.ONCOLOGIST, Role.AUDITOR)


def decides(caller: Caller) -> bool:
    """Who may lower the model's voice, or give it back after a freeze: a clinician."""
    return caller.role is Role.ONCOLOGIST


def missing_for_live(since: datetime | None, now: datetime, raising: Raising) -> list[str]:
    """Codes of what still forbids `live` with these thresholds; empty when two approvals are enough."""
    missing = []
    if since is None or now - since < SHADOW_FOR:
        missing.append("shadow_too_short")
    if raising.thresholds.orange is None or raising.to_orange < RAISED_REPORTS:
        missing.append("too_few_reports")
    return missing


def agreed(approvers: Collection[Role], knowing: Collection[bool], synthetic: bool) -> bool:
    """Whether these approvals are enough: two people, one of them a clinician, and both knowing when the card is synthetic."""
    return len(approvers) >= APPROVERS and Role.ONCOLOGIST in approvers and (not synthetic or all(knowing))


def _highest(risks: Sequence[float], rate: float, patient_weeks: float) -> tuple[float | None, int]:
    """The threshold that the `rate` (per 100 patient-weeks) highest of these risks reach, and how many do."""
    allowed = max(0, floor(rate * patient_weeks / 100 + 1e-9))
    ordered = sorted(risks, reverse=True)
    if allowed >= len(ordered):
        return (ordered[-1], len(ordered)) if ordered and allowed else (None, 0)
    while allowed and ordered[allowed] == ordered[allowed - 1]:
        allowed -= 1
    return (ordered[allowed - 1], allowed) if allowed else (None, 0)


__all__ = [
    "MODEL_REASONS",
    "Budget",
    "Mode",
    "Raising",
    "Setting",
    "Shadowed",
    "agreed",
    "decides",
    "evaluates",
    "missing_for_live",
    "order",
    "raised",
    "thresholds_for",
    "would_ask",
]
