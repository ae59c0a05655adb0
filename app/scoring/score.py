"""What a card says of a report: look up whole numbers, add them, or abstain and say why."""

from __future__ import annotations

from datetime import date
from math import exp, log

import msgspec

from app.domain.risk import Abstention, Risk
from app.scoring.card import Card, Points, Table, Vector, decode_card, fingerprint
from app.scoring.features import Features

MIN_PATIENTS = 30
"""Fewer patients of a regimen in training: no number (risk model notes, section 7)."""
MIN_ANSWERED = 0.8
"""A smaller share of the required items: no number (same)."""


class Contribution(msgspec.Struct, frozen=True):
    """What one input adds, in thousandths of a logit, compared with a typical patient; `level` -1 is a missing value.

    The block of regimen and cycle day is one contribution named `treatment_phase`, its level is the phase.
    """

    name: str
    level: int
    points: int


class Explanation(msgspec.Struct, frozen=True):
    """`base` and all `contributions` add up to `total`, exactly. The biggest first; those of 0 are left out."""

    base: int
    contributions: tuple[Contribution, ...]
    total: int


class Model:
    """A card made ready. `fault` says why it must not be used: it was altered, or it fails its own test vectors."""

    __slots__ = ("card", "fault", "index", "points", "points_late", "rarity")

    def __init__(self, card: Card) -> None:
        self.card = card
        self.points, self.points_late = card.table.points, card.late.points
        self.rarity = tuple(_rarities(counts) for counts in card.support)
        self.index = {regimen.id: regimen for regimen in card.regimens}
        self.fault: Abstention | None = None
        if fingerprint(card) != card.sha256:
            self.fault = "card_altered"
        elif not all(self._holds(vector) for vector in card.vectors) or not card.vectors:
            self.fault = "self_test_failed"

    def totals(self, row: int, phase: int, levels: tuple[int, ...]) -> tuple[int, int]:
        """Sums of the two tables: within 7 days, and from day 8 to 14 given none before."""
        table, late = self.card.table, self.card.late
        total, total_late = table.intercept + table.block[row][phase], late.intercept + late.block[row][phase]
        for level, points, points_late in zip(levels, self.points, self.points_late, strict=True):
            total += points[level]
            total_late += points_late[level]
        return total, total_late

    def _holds(self, vector: Vector) -> bool:
        return self.totals(vector.row, vector.phase, vector.levels) == (vector.total, vector.total_late)


def load(content: bytes) -> Model:
    """A model from the bytes of its card, tested by the card's own vectors.

    Raises CardRefused when the bytes are no card. An altered card loads and abstains on everything: rules go on without it.
    """
    return Model(decode_card(content))


def score(model: Model, report: Features, today: date) -> Risk:
    """The risk of one report, or why there is none."""
    card = model.card
    reason, detail = _abstains(model, report, today)
    if reason:
        return Risk(
            model_id=card.model_id, card_sha256=card.sha256, synthetic=card.synthetic, abstained=reason, detail=detail
        )
    total, total_late = model.totals(report.row, report.phase, report.levels)
    p7 = probability(total)
    return Risk(
        model_id=card.model_id,
        card_sha256=card.sha256,
        synthetic=card.synthetic,
        p7=p7,
        p14=chained(p7, probability(total_late)),
        total=total,
        total_late=total_late,
        low_support=rarity(model, report) > card.novelty_limit,
    )


def probability(total: int) -> float:
    """Thousandths of a logit to a probability."""
    return 1 / (1 + exp(-total / 1000)) if total >= 0 else 1 - 1 / (1 + exp(total / 1000))


def chained(p7: float, q: float) -> float:
    """Probability within 14 days, from that within 7 and that of day 8 to 14 given none before: never the smaller one."""
    return max(p7, 1 - (1 - p7) * (1 - q))


def rarity(model: Model, report: Features) -> int:
    """How unusual a report is: the sum of -1000 log(frequency) of its levels in training. A label, never a reason to be silent."""
    return sum(table[level] for level, table in zip(report.levels, model.rarity, strict=True))


def explain(model: Model, report: Features, *, late: bool = False) -> Explanation:
    """What the total is made of; `late` explains day 8 to 14. Associations seen in training, not causes."""
    card = model.card
    table = card.late if late else card.table
    base = typical_total(card, table)
    found = [Contribution("treatment_phase", report.phase, table.block[report.row][report.phase] - table.base_block)]
    for feature, level, typical, points in zip(card.features, report.levels, card.reference, table.points, strict=True):
        found.append(Contribution(feature.name, level, points[level] - points[typical]))
    spoken = sorted((c for c in found if c.points), key=lambda c: (-abs(c.points), c.name))
    return Explanation(base, tuple(spoken), base + sum(c.points for c in spoken))


def typical_total(card: Card, table: Table) -> int:
    """The sum of a typical patient, which contributions are compared with."""
    points = (row[level] for row, level in zip(table.points, card.reference, strict=True))
    return table.intercept + table.base_block + sum(points)


def _abstains(model: Model, report: Features, today: date) -> tuple[Abstention | None, str]:
    if model.fault:
        return model.fault, ""
    if today > model.card.expires_on:
        return "card_expired", model.card.expires_on.isoformat()
    known = model.index.get(report.regimen)
    if known is None:
        return "regimen_unknown", report.regimen
    if known.patients < MIN_PATIENTS:
        return "regimen_rare", report.regimen
    if report.implausible:
        return "implausible_value", report.implausible
    if report.answered < MIN_ANSWERED:
        return "too_few_items", ""
    return None, ""


def _rarities(counts: Points) -> tuple[int, ...]:
    total = sum(counts) + len(counts)
    return tuple(round(-1000 * log((count + 1) / total)) for count in counts)
