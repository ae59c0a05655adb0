"""The judgement: answers, chart and rules to a verdict.

Every rule speaks and the worst level wins. The order is that of the clinical reference, section 10: grades, starting
level of each symptom, trend and baseline, whole-report rules, counts, level, recipient, reasons.
"""

from collections.abc import Mapping, Sequence

import msgspec

from app.domain.conditions import Facts
from app.domain.reports import AdherenceFacts, Answer, Chart, PastReport
from app.domain.rulebook import Rulebook
from app.domain.rules import Program
from app.domain.trend import Trend, settle
from app.domain.verdicts import LEVELS, Fired, Grade, Recipient, TriageLevel, Verdict

__all__ = ["Fired", "Grade", "Implausible", "Recipient", "TriageLevel", "Verdict", "implausible", "triage", "unknown"]

_RED = TriageLevel.RED.rank


class Implausible(msgspec.Struct, frozen=True):
    """A measurement out of its plausible range, both bounds included in the range."""

    measurement: str
    value: float
    low: float
    high: float


def implausible(measurements: Mapping[str, float], confirmed: Sequence[str], rulebook: Rulebook) -> list[Implausible]:
    """Measurements to send back to the patient: out of range, and not confirmed as right."""
    found = []
    for id_, value in measurements.items():
        known = rulebook.measurements.get(id_)
        if known is not None and id_ not in confirmed and not known.plausible[0] <= value <= known.plausible[1]:
            found.append(Implausible(id_, value, *known.plausible))
    return found


def unknown(answers: Mapping[str, Answer], measurements: Mapping[str, float], rulebook: Rulebook) -> list[str]:
    """Paths of answers and measurements that this rulebook does not know, and that triage would therefore not see."""
    paths = [f"measurements.{id_}" for id_ in measurements if id_ not in rulebook.measurements]
    for id_, answer in answers.items():
        symptom = rulebook.symptoms.get(id_)
        if symptom is None:
            paths.append(f"answers.{id_}")
        else:
            given = (a for a in ("F", "S", "I", "A", "P") if getattr(answer, a) is not None)
            paths += [f"answers.{id_}.{a}" for a in given if a not in symptom.attributes]
    return paths


def triage(
    answers: Mapping[str, Answer], measurements: Mapping[str, float], chart: Chart, rulebook: Rulebook
) -> Verdict:
    """Judge one report. Total: whatever the answers, there is one verdict and no exception."""
    program, grader = rulebook.program(chart.regimen), rulebook.grader
    weight = chart.baseline.weight_kg
    measured = grader.measured(answers, measurements, weight)
    grades = grader.grades(answers, measured)
    past = tuple(_past_grades(report, weight, rulebook) for report in chart.history[:2])
    facts = Facts(
        {symptom: grade.grade for symptom, grade in grades.items() if grade.grade},
        measured,
        {item for item, answer in answers.items() if answer.P == 1},
        _reference(chart, past, rulebook),
        chart.cycle,
        chart.day_of_cycle,
        _intakes(chart.adherence, past),
    )
    tally = _Tally()
    _judge_symptoms(tally, facts, Trend(answers, chart, past, rulebook), program, rulebook)
    for item, effect in rulebook.safety.items():
        if item in facts.present:
            tally.add(effect.fired, effect.rank, effect.emergency, effect.hold)
    for rule in program.on_report:
        if rule.test(facts):
            effect = rule.effect
            tally.add(effect.fired, effect.rank, effect.emergency, effect.hold)
    _count_symptoms(tally, rulebook)
    return _verdict(tally, facts, grader.displayed(grades, measured), program, rulebook)


class _Tally:
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


def _past_grades(report: PastReport, weight_kg: float | None, rulebook: Rulebook) -> dict[str, int]:
    grader = rulebook.grader
    grades = grader.grades(report.answers, grader.measured(report.answers, report.measurements, weight_kg))
    return {symptom: grade.grade for symptom, grade in grades.items()}


def _reference(chart: Chart, past: Sequence[dict[str, int]], rulebook: Rulebook) -> dict[str, int]:
    """Grades that "new or worse" compares with: the last report if it is recent enough, else the baseline."""
    if past and chart.history[0].days_ago <= rulebook.trend.new_or_worse_within_days:
        return past[0]
    return chart.baseline.symptoms


def _intakes(facts: AdherenceFacts, past: Sequence[dict[str, int]]) -> dict[str, float]:
    intakes: dict[str, float] = {
        "consecutive_days_missed": facts.consecutive_days_missed,
        "patient_stopped": int(facts.patient_stopped),
        "total_extra": facts.extra_doses + facts.rest_day_doses + facts.doses_during_hold,
        "doses_during_hold": facts.doses_during_hold,
        "reports_missed_consecutive": facts.reports_missed_consecutive,
    }
    if facts.doses_expected > 0:
        intakes["taking_rate"] = facts.doses_taken / facts.doses_expected
    if past:
        intakes["last_report_worst_grade"] = max(past[0].values(), default=0)
    return intakes


def _judge_symptoms(tally: _Tally, facts: Facts, trend: Trend, program: Program, rulebook: Rulebook) -> None:
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


def _count_symptoms(tally: _Tally, rulebook: Rulebook) -> None:
    """Count on the final level of each symptom; what is not a symptom is not counted."""
    for count in rulebook.counts:
        value = count.value
        reached = value.reached.rank
        among = rulebook.high_risk if value.among == "high_risk" else None
        number = sum(1 for s, rank in tally.final.items() if rank >= reached and (among is None or s in among))
        if number >= value.at_least:
            tally.add(Fired(count.id, value.level), value.level.rank)


def _verdict(tally: _Tally, facts: Facts, grades: dict[str, Grade], program: Program, rulebook: Rulebook) -> Verdict:
    level = LEVELS[tally.best]
    emergency = tally.emergency and tally.best == _RED
    reasons = tuple(sorted(set(tally.reasons)))
    if not tally.best:
        reasons = ("baseline_stable",) if tally.calmed else ()
    hold = tally.hold or rulebook.outcome(level, emergency).hold or any(test(facts) for test in program.hold_on)
    return Verdict(
        level=level,
        emergency=emergency,
        recipient=_recipient(level, emergency, reasons, program, rulebook),
        reasons=reasons,
        fired=tuple(tally.fired),
        grades=grades,
        hold=hold,
        advice=tuple(
            entry.id
            for entry, when, unless in program.advice
            if (entry.in_emergency or not emergency)
            and (entry.only_with is None or (hold if entry.only_with == "hold" else emergency))
            and when(facts)
            and not unless(facts)
        ),
        rulebook_version=rulebook.version,
    )


def _recipient(
    level: TriageLevel, emergency: bool, reasons: tuple[str, ...], program: Program, rulebook: Rulebook
) -> Recipient:
    if level is TriageLevel.GREEN:
        return Recipient.NONE
    if level is TriageLevel.ORANGE:
        return Recipient.LEVEL2
    if level is TriageLevel.RED:
        return Recipient.EMERGENCY if emergency else Recipient.ONCOLOGIST
    administrative = rulebook.administrative_rules.issuperset(reasons)
    return Recipient.LEVEL1 if program.regimen.level == 1 or administrative else Recipient.LEVEL2
