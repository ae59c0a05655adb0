"""One symptom against earlier reports and against the time before the treatment.

All raising effects start from the same level (base, measurement rule, overlay) and the highest wins: steps are never
added together. The baseline rule is the only one that lowers, and never a red.
"""

from collections.abc import Mapping, Sequence

from app.domain.reports import Answer, Chart
from app.domain.rulebook import Rulebook
from app.domain.verdicts import LEVELS, Fired, TriageLevel

_YELLOW, _RED = TriageLevel.YELLOW.rank, TriageLevel.RED.rank
_NO_ANSWER = Answer()


class Trend:
    """What a symptom is compared with."""

    __slots__ = (
        "answers",
        "baseline",
        "cap",
        "comfort_cap",
        "last",
        "limits",
        "past",
        "persists",
        "persists_high",
        "rulebook",
    )

    def __init__(
        self, answers: Mapping[str, Answer], chart: Chart, past: Sequence[dict[str, int]], rulebook: Rulebook
    ) -> None:
        history, limits = chart.history, rulebook.trend
        self.answers = answers
        self.baseline = chart.baseline.symptoms
        self.limits = limits
        self.cap = limits.worsening_never_above.rank
        self.comfort_cap = limits.worsening_comfort_never_above.rank
        self.rulebook = rulebook
        self.past = past
        recent = bool(history) and history[0].days_ago <= limits.worsening_within_days
        self.last = history[0].answers if recent else None
        oldest = max(history[0].days_ago, history[1].days_ago) if len(history) > 1 else None
        self.persists = oldest is not None and oldest <= limits.persistence_within_days
        self.persists_high = oldest is not None and oldest <= limits.persistence_high_within_days


class Settled:
    """Final level of a symptom as a rank, the rules of the trend that spoke, and which ids gave that level."""

    __slots__ = ("because", "fired", "keeps_start", "lowered", "rank")

    def __init__(self, rank: int) -> None:
        self.rank = rank
        self.fired: list[Fired] = []
        self.because: list[str] = []
        self.keeps_start = True
        self.lowered = False


def settle(symptom: str, start: int, grade: int, overlaid: bool, trend: Trend) -> Settled | None:
    """Apply worsening, persistence and baseline to the starting level of one symptom; None when nothing changes it."""
    if not grade:
        return None
    limits = trend.limits
    comfort = symptom in trend.rulebook.comfort
    worsened = _worsened(symptom, trend)
    raising: list[tuple[int, str]] = []
    if worsened and start < (trend.comfort_cap if comfort else trend.cap):
        raising.append((start + 1, "worsening_2_points"))
    if trend.persists_high and symptom in trend.rulebook.high_risk and _persisted(symptom, grade, trend):
        raising.append((limits.persistence_high_level.rank, "persistence_high"))
    stable = symptom in trend.rulebook.adjustable and trend.baseline.get(symptom, 0) >= grade
    if stable and not worsened and not overlaid and not raising:
        return _calmed(symptom, start) if 0 < start < _RED else None
    if start == _YELLOW and not comfort and trend.persists and _persisted(symptom, grade, trend):
        raising.append((limits.persistence_level.rank, "persistence"))
    return _raised(symptom, start, raising) if raising else None


def _calmed(symptom: str, start: int) -> Settled:
    settled = Settled(start - 1)
    settled.keeps_start, settled.lowered = False, True
    settled.because.append("baseline_stable")
    settled.fired.append(Fired("baseline_stable", LEVELS[start - 1], symptom))
    return settled


def _raised(symptom: str, start: int, raising: list[tuple[int, str]]) -> Settled:
    settled = Settled(max(start, *(rank for rank, _ in raising)))
    settled.keeps_start = settled.rank == start
    settled.because = [id_ for rank, id_ in raising if rank == settled.rank]
    settled.fired = [Fired(id_, LEVELS[rank], symptom) for rank, id_ in raising]
    return settled


def _worsened(symptom: str, trend: Trend) -> bool:
    """A raw score rose by two points since the last recent report; what was not asked then counts as 0."""
    today = trend.answers.get(symptom)
    if trend.last is None or today is None:
        return False
    before = trend.last.get(symptom, _NO_ANSWER)
    points = trend.limits.worsening_points
    asked = trend.rulebook.symptoms[symptom].attributes
    for attribute in ("F", "S", "I"):
        score = getattr(today, attribute)
        if score is not None and attribute in asked and score - (getattr(before, attribute) or 0) >= points:
            return True
    return False


def _persisted(symptom: str, grade: int, trend: Trend) -> bool:
    """Grade reached today and in each of the two most recent earlier reports."""
    reached = trend.limits.persistence_grade
    return grade >= reached and all(past.get(symptom, 0) >= reached for past in trend.past)
