"""What has spoken so far in one judgement, symptom by symptom and then by counts."""

from collections.abc import Sequence

from app.domain.conditions import Facts
from app.domain.rulebook import Rulebook
from app.domain.rules import Program
from app.domain.trend import Trend, settle
from app.domain.verdicts import Fired


class Tally:
    """What has spoken so far."""

    __slots__ = ("best", "calmed", "emergency", "final", "fired", "hold", "reasons")

    def __init__(self) -> None:
        self.fired: list[Fired] = []
        self.best = 0
        self.reasons: list[str] = []
        self.emergency = False
        self.hold = False
        self.final: dict[str, int] = {}  # level of each symptom, as a rank
        self.calmed = False  # the baseline rule lowered something to green

    def add(self, fired: Fired, rank: int, emergency: bool = False, hold: bool = False) -> None:
        """A rule that speaks of the report."""
        self.fired.append(fired)
        self.hold = self.hold or hold
        self.emergency = self.emergency or emergency
        self.because(rank, (fired.id,))

    def because(self, rank: int, ids: Sequence[str]) -> None:
        """Remember these ids when they give the highest level so far, together with the others that give it."""
        if rank > self.best:
            self.best, self.reasons = rank, list(ids)
        elif rank == self.best and rank:
            self.reasons.extend(ids)


def judge_symptoms(tally: Tally, facts: Facts, trend: Trend, program: Program, rulebook: Rulebook) -> None:
    """Starting level of each symptom (base, measurement rule, overlay), then trend and baseline."""
    base = rulebook.base
    start: dict[str, int] = {}
    given: dict[str, list[str]] = {}
    for symptom, grade in facts.grades.items():
        if symptom in base:
            effect = base[symptom][grade - 1]
            start[symptom] = effect.rank
            given[symptom] = [effect.fired.id]
            if effect.rank:
                tally.fired.append(effect.fired)
                tally.emergency = tally.emergency or effect.emergency
    overlaid: set[str] = set()
    for rule in program.on_symptoms:
        if rule.test(facts):
            effect = rule.effect
            symptom = effect.fired.symptom or ""
            overlaid.add(symptom)
            tally.fired.append(effect.fired)
            tally.hold = tally.hold or effect.hold
            tally.emergency = tally.emergency or effect.emergency
            rank = start.get(symptom, 0)
            if effect.rank > rank:
                start[symptom], given[symptom] = effect.rank, [effect.fired.id]
            elif effect.rank == rank and rank:
                given[symptom].append(effect.fired.id)
    for symptom, rank in start.items():
        settled = settle(symptom, rank, facts.grades.get(symptom, 0), symptom in overlaid, trend)
        if settled is None:
            tally.final[symptom] = rank
            tally.because(rank, given.get(symptom, ()))
            continue
        tally.final[symptom] = settled.rank
        tally.fired.extend(settled.fired)
        tally.calmed = tally.calmed or (settled.lowered and settled.rank == 0)
        ids = (*(given[symptom] if settled.keeps_start else ()), *settled.because)
        tally.because(settled.rank, ids)


def count_symptoms(tally: Tally, rulebook: Rulebook) -> None:
    """Count on the final level of each symptom; what is not a symptom is not counted."""
    for count in rulebook.counts:
        value = count.value
        reached = value.reached.rank
        among = rulebook.high_risk if value.among == "high_risk" else None
        number = sum(1 for s, rank in tally.final.items() if rank >= reached and (among is None or s in among))
        if number >= value.at_least:
            tally.add(Fired(count.id, value.level), value.level.rank)
