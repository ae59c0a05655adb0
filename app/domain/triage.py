"""The judgement: answers, chart and rules to a verdict.

Every rule speaks and the worst level wins. The order is that of the clinical reference, section 10: grades, starting
level of each symptom, trend and baseline, whole-report rules, counts, level, recipient, reasons.
"""

from collections.abc import Mapping, Sequence

from app.domain.conditions import Facts
from app.domain.plausibility import Implausible, implausible, unknown
from app.domain.reports import AdherenceFacts, Answer, Chart, PastReport
from app.domain.rulebook import Rulebook
from app.domain.rules import Program
from app.domain.tally import Tally, count_symptoms, judge_symptoms
from app.domain.trend import Trend
from app.domain.verdicts import LEVELS, Fired, Grade, Recipient, TriageLevel, Verdict

__all__ = [
    "Fired",
    "Grade",
    "Implausible",
    "Recipient",
    "TriageLevel",
    "Verdict",
    "implausible",
    "judge_chart",
    "triage",
    "unknown",
]

_RED = TriageLevel.RED.rank


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
    tally = Tally()
    judge_symptoms(tally, facts, Trend(answers, chart, past, rulebook), program, rulebook)
    for item, effect in rulebook.safety.items():
        if item in facts.present:
            tally.add(effect.fired, effect.rank, effect.emergency, effect.hold)
    for rule in program.on_report:
        if rule.test(facts):
            effect = rule.effect
            tally.add(effect.fired, effect.rank, effect.emergency, effect.hold)
    count_symptoms(tally, rulebook)
    return _verdict(tally, facts, grader.displayed(grades, measured), program, rulebook, chart.adherence.missed_reasons)


def judge_chart(chart: Chart, rulebook: Rulebook) -> Verdict:
    """Judge a chart without a report: what intakes and reports that did not come say by themselves.

    The same order as a report, with nothing told today: only the reporting and adherence rules can speak, no symptom is raised,
    and there are no grades. A sweep, or an intake just logged, calls it; green means that nobody has to be told.
    """
    return triage({}, {}, chart, rulebook)


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
        "days_not_begun": facts.days_not_begun,
    }
    if facts.doses_expected > 0:
        intakes["taking_rate"] = facts.doses_taken / facts.doses_expected
    if past:
        intakes["last_report_worst_grade"] = max(past[0].values(), default=0)
    return intakes


def _verdict(
    tally: Tally,
    facts: Facts,
    grades: dict[str, Grade],
    program: Program,
    rulebook: Rulebook,
    missed_reasons: Mapping[str, int],
) -> Verdict:
    level = LEVELS[tally.best]
    emergency = tally.emergency and tally.best == _RED
    reasons = tuple(sorted(set(tally.reasons)))
    if not tally.best:
        reasons = ("baseline_stable",) if tally.calmed else ()
    hold = tally.hold or rulebook.outcome(level, emergency).hold or any(test(facts) for test in program.hold_on)
    return Verdict(
        level=level,
        emergency=emergency,
        recipient=_recipient(level, emergency, reasons, program, rulebook, missed_reasons),
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
    level: TriageLevel,
    emergency: bool,
    reasons: tuple[str, ...],
    program: Program,
    rulebook: Rulebook,
    missed_reasons: Mapping[str, int],
) -> Recipient:
    if level is TriageLevel.GREEN:
        return Recipient.NONE
    if level is TriageLevel.ORANGE:
        return Recipient.LEVEL2
    if level is TriageLevel.RED:
        return Recipient.EMERGENCY if emergency else Recipient.ONCOLOGIST
    coded = rulebook.by_reason
    told = [reason for reason, times in missed_reasons.items() if times]
    if not coded.rules.isdisjoint(reasons) and not coded.nursing.isdisjoint(told):
        return Recipient.LEVEL2
    supply = bool(told) and coded.administrative.issuperset(told)
    administrative = (rulebook.administrative_rules | (coded.rules if supply else frozenset())).issuperset(reasons)
    return Recipient.LEVEL1 if program.regimen.level == 1 or administrative else Recipient.LEVEL2
