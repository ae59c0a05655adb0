"""What triage says of one report."""

from enum import StrEnum

import msgspec


class TriageLevel(StrEnum):
    """How soon somebody must look; later members are more urgent, and comparisons follow that order."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for green to 3 for red."""
        return _RANK[self.value]

    def __lt__(self, other: str) -> bool:
        return self.rank < _RANK[other]

    def __le__(self, other: str) -> bool:
        return self.rank <= _RANK[other]

    def __gt__(self, other: str) -> bool:
        return self.rank > _RANK[other]

    def __ge__(self, other: str) -> bool:
        return self.rank >= _RANK[other]


_RANK = {level.value: rank for rank, level in enumerate(TriageLevel)}
LEVELS = tuple(TriageLevel)


class Recipient(StrEnum):
    """Who must act: `level1` is the administrative coordination, `level2` the nursing coordination."""

    NONE = "none"
    LEVEL1 = "level1"
    LEVEL2 = "level2"
    ONCOLOGIST = "oncologist"
    EMERGENCY = "emergency"


class Grade(msgspec.Struct, frozen=True):
    """Grade 0 to 3 of one symptom; not complete when an attribute of the item was left unanswered."""

    grade: int
    complete: bool = True


class Fired(msgspec.Struct, frozen=True):
    """A rule that spoke, the level it asked for, and the symptom it speaks of (None: the whole report)."""

    id: str
    level: TriageLevel
    symptom: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """The judgement of one report.

    `reasons` are the ids that produced the final level, sorted; `fired` is every rule that spoke, whatever its level.
    """

    level: TriageLevel
    emergency: bool
    recipient: Recipient
    reasons: tuple[str, ...]
    fired: tuple[Fired, ...]
    grades: dict[str, Grade]
    hold: bool
    advice: tuple[str, ...]
    rulebook_version: str
