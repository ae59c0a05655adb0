"""What the model says of one report, and how far it may speak: it raises a level, never lowers one, never alone to red."""

from typing import Literal

import msgspec

from app.domain.verdicts import TriageLevel

Abstention = Literal[
    "regimen_unknown",
    "regimen_rare",
    "too_few_items",
    "implausible_value",
    "card_expired",
    "card_altered",
    "self_test_failed",
]


class Risk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Probability of a new grade 3 or worse toxicity, or an unplanned visit or admission, within 7 and 14 days.

    `total` and `total_late` are the sums of the card in thousandths of a logit (late: day 8 to 14 given none by day 7);
    with the card of that sha256 they give the probabilities back to the last digit. No number when it `abstained`; then
    `detail` says what made it abstain, never a value. `low_support` labels an unusual report and suppresses nothing.
    """

    model_id: str
    card_sha256: str
    synthetic: bool
    abstained: Abstention | None = None
    detail: str = ""
    p7: float | None = None
    p14: float | None = None
    total: int | None = None
    total_late: int | None = None
    low_support: bool = False


class Thresholds(msgspec.Struct, frozen=True):
    """Probabilities within 7 days from which the model asks for yellow and for orange; None: never.

    Set from a site's own alert budget on its own reports in shadow, and kept with the model.
    """

    yellow: float | None = None
    orange: float | None = None

    def __post_init__(self) -> None:
        for value in (self.yellow, self.orange):
            if value is not None and not 0 < value <= 1:
                raise ValueError(f"a threshold is a probability above 0 and at most 1, not {value}")
        if self.yellow is not None and self.orange is not None and self.yellow > self.orange:
            raise ValueError("the threshold of yellow cannot be above that of orange")


def suggested(risk: Risk | None, thresholds: Thresholds) -> TriageLevel:
    """The level the model alone asks for: green, yellow or orange; green when it abstained or there is none."""
    if risk is None or risk.p7 is None:
        return TriageLevel.GREEN
    if thresholds.orange is not None and risk.p7 >= thresholds.orange:
        return TriageLevel.ORANGE
    if thresholds.yellow is not None and risk.p7 >= thresholds.yellow:
        return TriageLevel.YELLOW
    return TriageLevel.GREEN


def combine(rule_level: TriageLevel, risk: Risk | None, thresholds: Thresholds) -> TriageLevel:
    """The worse of what the rules and the model say."""
    return max(rule_level, suggested(risk, thresholds))
