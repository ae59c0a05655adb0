"""The rulebook proved, not only tested: over what the rules look at, exhaustively.

The level of a report is the highest of its symptoms, rules and counts, so each is enumerated over its own inputs with
the whole engine: all answers of one symptom against all pasts that matter, all pairs of symptoms on all regimens, all
values of each rule's own variables, all measurements step by step away from normal.
"""

import itertools
from collections.abc import Iterator

import msgspec

from app.domain.cases import Given
from app.domain.claims import Flaw, Proved, Witness
from app.domain.monotone import (
    grades_are_monotone,
    measurements_are_monotone,
    pairs_are_monotone,
    rules_are_monotone,
    symptoms_are_monotone,
)
from app.domain.reports import Answer, Baseline, PastReport
from app.domain.rulebook import Rulebook
from app.domain.verdicts import LEVELS, TriageLevel
from app.domain.witnesses import Space, Variable

PLAIN = "unknown_regimen"


def prove(rulebook: Rulebook) -> Iterator[Proved]:
    """Every claim in turn; a rulebook without flaws is proved."""
    space = Space(rulebook)
    yield outcomes_are_total(rulebook)
    yield every_rule_matters(rulebook, space)
    yield no_contradiction(rulebook)
    yield grades_are_monotone(rulebook)
    yield symptoms_are_monotone(rulebook)
    yield pairs_are_monotone(rulebook, space)
    yield rules_are_monotone(rulebook, space)
    yield measurements_are_monotone(rulebook, space)


def outcomes_are_total(rulebook: Rulebook) -> Proved:
    """Each level has words for the patient, and each but green has delays in which somebody must act."""
    claim = "every level has a recipient and delays"
    flaws = []
    for name in [*LEVELS, "red_emergency"]:
        outcome = rulebook.levels[name]
        acknowledged = outcome.acknowledge_minutes or outcome.acknowledge_working_days
        contacted = outcome.contact_minutes or outcome.contact_working_days
        if name != TriageLevel.GREEN and not (acknowledged and contacted):
            flaws.append(Flaw(claim, f"{name} has no delay to acknowledge or to contact"))
        if name == TriageLevel.GREEN and (acknowledged or contacted):
            flaws.append(Flaw(claim, "green has delays although nobody has to act"))
    order = [rulebook.levels[name].contact_minutes for name in ("red_emergency", "red", "orange")]
    if None not in order and order != sorted(order, key=lambda minutes: minutes or 0):
        flaws.append(Flaw(claim, f"a more urgent level may wait longer: {order} minutes to contact"))
    return Proved(claim, len(rulebook.levels), tuple(flaws))


def every_rule_matters(rulebook: Rulebook, space: Space) -> Proved:
    """No rule is dead, none is entirely shadowed: each has a report in which it is a reason of the final level."""
    claim = "no rule is dead or entirely shadowed"
    flaws, witnesses, justified = [], [], []
    tried = 0
    for id_ in rulebook.rules:
        spoke = None
        for report in _candidates(id_, rulebook, space):
            tried += 1
            verdict = report.verdict(rulebook)
            if id_ in verdict.reasons:
                witnesses.append(Witness(id_, report))
                break
            if any(fired.id == id_ for fired in verdict.fired):
                spoke = report
        else:
            if silent := _silent_by_design(id_, rulebook):
                justified.append(f"{id_}: {silent}")
            elif spoke:
                flaws.append(Flaw(claim, f"{id_} speaks but never decides: other rules are always higher", (spoke,)))
            else:
                flaws.append(Flaw(claim, f"{id_} never speaks"))
    flaws += _dead_values(rulebook, space, claim)
    return Proved(claim, tried, tuple(flaws), tuple(witnesses), tuple(justified))


def _dead_values(rulebook: Rulebook, space: Space, claim: str) -> Iterator[Flaw]:
    for rule in rulebook.rules.values():
        for value in rule.values:
            if value.when is None:
                continue
            heard = (
                any((f.id, f.level, f.symptom) == (rule.id, value.level, value.symptom) for f in v.fired)
                for v in (report.verdict(rulebook) for report in space.witnesses(value.when))
            )
            if not any(heard):
                on = f" on {value.symptom}" if value.symptom else ""
                yield Flaw(claim, f"{rule.id}{on} ({value.level}) never speaks")


def _candidates(id_: str, rulebook: Rulebook, space: Space) -> Iterator[Given]:
    rule = rulebook.rules[id_]
    if rule.values:
        for value in rule.values:
            if value.when:
                yield from space.witnesses(value.when)
    elif rule.family == "safety":
        yield Given(regimen=PLAIN, answers={id_: Answer(P=1)})
    elif rule.family == "symptom" and rule.symptom:
        grade = int(id_[-1])
        for regimen in (PLAIN, *rulebook.regimens):
            yield space.report(regimen, {Variable("grade", rule.symptom): grade})
    elif rule.family == "count":
        yield from _counted(id_, rulebook, space)
    else:
        yield from _with_a_past(rulebook, space)


def _counted(id_: str, rulebook: Rulebook, space: Space) -> Iterator[Given]:
    number = next(c.value.at_least for c in rulebook.counts if c.id == id_)
    for grade in (2, 3, 1):
        for ids in itertools.islice(itertools.combinations(rulebook.base, number), 3000):
            yield space.report(PLAIN, {Variable("grade", s): grade for s in ids})


def _with_a_past(rulebook: Rulebook, space: Space) -> Iterator[Given]:
    for symptom, grade in itertools.product(rulebook.base, (1, 2, 3)):
        today = space.report(PLAIN, {Variable("grade", symptom): grade})
        for past in (PastReport(3), PastReport(3, today.answers)):
            for state in ({}, {symptom: grade}):
                history = (past, msgspec.structs.replace(past, days_ago=6))
                yield msgspec.structs.replace(today, history=history, baseline=Baseline(80, state))


def _silent_by_design(id_: str, rulebook: Rulebook) -> str | None:
    rule = rulebook.rules[id_]
    if rule.family != "symptom" or not rule.symptom:
        return None
    effect = rulebook.base[rule.symptom][int(id_[-1]) - 1]
    if not effect.rank:
        return "green alone: it is graded, and gives no reason"
    symptom = rulebook.symptoms[rule.symptom]
    if symptom.attributes == ("P",) and not symptom.grade_from:
        return "a yes/no question: grade 1 is the highest it reaches"
    return None


def no_contradiction(rulebook: Rulebook) -> Proved:
    """No two rules say different things of the same condition."""
    claim = "no rule contradicts another"
    seen: dict[tuple[bytes, str | None], tuple[str, TriageLevel | None]] = {}
    flaws = []
    number = 0
    for rule in rulebook.rules.values():
        for value in rule.values:
            number += 1
            key = (msgspec.json.encode(value.when), value.symptom)
            other, level = seen.setdefault(key, (rule.id, value.level))
            if level != value.level:
                flaws.append(Flaw(claim, f"{other} ({level}) and {rule.id} ({value.level}) have the same condition"))
    return Proved(claim, number, tuple(flaws))
