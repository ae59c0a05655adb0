"""The grammar of the files under rules/: one Struct per kind of file, strict, nothing unknown.

Values are dated: `values` and `levels` are lists whose entries have a `from` day; on a given day the entries with the
latest `from` that is not in the future are in force. Nothing is overwritten: a change is a new entry with a new date.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.domain.conditions import Condition
from app.domain.texts import Text
from app.domain.verdicts import TriageLevel

Id = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=64)]
Attribute = Literal["F", "S", "I", "A", "P"]
SymptomClass = Literal["high_risk", "standard", "comfort", "safety_item"]
Family = Literal[
    "symptom", "safety", "measurement", "overlay", "combination", "count", "trend", "reporting", "adherence"
]
BaseLevel = Literal["green", "yellow", "orange", "red", "emergency"]  # emergency: red, and the patient calls 15 or 112
Evidence = Literal["U", "C", "P", "S", "L", "G", "D"]  # explained in rules/README.md
Checked = Literal["V", "P", "B"]  # seen in a source, partly, background knowledge still to be verified


class Sourced(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a clinical statement comes from, who answers for it, and until when it holds unreviewed."""

    source: Annotated[str, Meta(min_length=3)]
    evidence: tuple[Evidence, ...]
    owner: Annotated[str, Meta(min_length=2)]
    review_by: date


class Dated(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something in force from a day on."""

    since: date = msgspec.field(name="from")


class RuleValue(Dated, frozen=True, kw_only=True, omit_defaults=True):
    """When a rule speaks and what it asks for. With `symptom` it raises that symptom, else the whole report."""

    when: Condition | None = None
    level: TriageLevel | None = None
    symptom: Id | None = None
    recipient: Literal["emergency"] | None = None
    hold: bool = False
    withdrawn: bool = False

    def __post_init__(self) -> None:
        if not self.withdrawn and (self.when is None or self.level is None):
            raise ValueError("a value needs `when` and `level` (or `withdrawn: true`)")
        if self.recipient is not None and self.level is not TriageLevel.RED:
            raise ValueError("`recipient: emergency` goes with `level: red` only")


class RuleEntry(Sourced, frozen=True, kw_only=True):
    """One clinical rule; its id is the reason that people and logs see."""

    id: Id
    title: Text
    values: Annotated[tuple[RuleValue, ...], Meta(min_length=1)]


class RulesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """overlays/, combinations/, reporting/, adherence/: a list of rules on one subject."""

    rules: tuple[RuleEntry, ...]


class CountValue(Dated, frozen=True, kw_only=True):
    """Speaks when at least so many different symptoms have reached a level."""

    at_least: Annotated[int, Meta(ge=2)]
    among: Literal["high_risk", "any"]
    reached: TriageLevel
    level: TriageLevel


class CountEntry(Sourced, frozen=True, kw_only=True):
    """A rule that counts symptoms, judged after everything else."""

    id: Id
    title: Text
    values: Annotated[tuple[CountValue, ...], Meta(min_length=1)]


class CountsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """counts/: rules that count symptoms."""

    rules: tuple[CountEntry, ...]


class TrendValue(Dated, frozen=True, kw_only=True):
    """Limits of the rules that compare with earlier reports and with the time before the treatment."""

    new_or_worse_within_days: float
    worsening_points: int
    worsening_within_days: float
    worsening_never_above: TriageLevel
    worsening_comfort_never_above: TriageLevel
    persistence_grade: int
    persistence_within_days: float
    persistence_level: TriageLevel
    persistence_high_within_days: float
    persistence_high_level: TriageLevel


class TrendTitle(Sourced, frozen=True, kw_only=True):
    """One of the four rules of the trend."""

    id: Literal["worsening_2_points", "persistence", "persistence_high", "baseline_stable"]
    title: Text


class TrendFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """trend/: comparison with earlier reports and with the baseline."""

    rules: tuple[TrendTitle, TrendTitle, TrendTitle, TrendTitle]
    values: Annotated[tuple[TrendValue, ...], Meta(min_length=1)]


class AdviceEntry(Sourced, frozen=True, kw_only=True):
    """What the patient can do. Shown in `order` when `when` holds and `unless` does not."""

    id: Id
    title: Text
    body: Text
    order: int
    since: date = msgspec.field(name="from")
    when: Condition | None = None
    unless: Condition | None = None
    only_with: Literal["hold", "emergency"] | None = None
    in_emergency: bool = False


class AdviceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """advice/: self-care advice on one subject."""

    advice: tuple[AdviceEntry, ...]


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What follows from a triage level: delays from the moment the report is received, and what the patient reads."""

    title: Text
    headline: Text
    next: Text
    calendar: Literal["always", "opening_hours", "working_days", "none"]
    acknowledge_minutes: int | None = None
    contact_minutes: int | None = None
    acknowledge_working_days: int | None = None
    contact_working_days: int | None = None
    otherwise_by: str | None = None
    hard_limit_minutes: int | None = None
    hold: bool = False


class OpeningHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Opening hours that delays run in, local time."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    opens: str
    closes: str


class ByReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who hears of doses not taken, by the reason given: `rules` are those concerned when their level is yellow.

    One `nursing` reason (toxicity) is enough for the nursing coordination; `administrative` ones alone (supply, appointment) go to
    the administrative one; any other reason changes nothing.
    """

    rules: frozenset[Id] = frozenset()
    nursing: frozenset[str] = frozenset()
    administrative: frozenset[str] = frozenset()


class LevelsValue(Dated, frozen=True, kw_only=True):
    """The five outcomes."""

    green: Outcome
    yellow: Outcome
    orange: Outcome
    red: Outcome
    red_emergency: Outcome
    opening_hours: OpeningHours
    administrative_rules: tuple[Id, ...]
    by_reason: ByReason = ByReason()


class LevelsFile(Sourced, frozen=True, kw_only=True):
    """escalation/levels.yaml: who must act, within what delay, and what the patient is told."""

    values: Annotated[tuple[LevelsValue, ...], Meta(min_length=1)]


class RulebookFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """rulebook.yaml: the name of the whole, and whether clinicians have signed it."""

    title: Text
    status: Literal["awaiting_signature", "signed"]
    statement: Text
    signed_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.status == "signed") is not bool(self.signed_by):
            raise ValueError("`status: signed` goes with at least one name in `signed_by`, and only with it")
