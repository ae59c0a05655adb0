"""The rulebook proved, not only tested: over what the rules look at, exhaustively.

The level of a report is the highest of its symptoms, rules and counts, so each is enumerated over its own inputs with
the whole engine: all answers of one symptom against all pasts that matter, all pairs of symptoms on all regimens, all
values of each rule's own variables, all measurements step by step away from normal.
"""

import itertools
from collections.abc import Iterator

import msgspec

from app.domain.cases import Given
from app.domain.conditions import leaves
from app.domain.grading import measured_grade
from app.domain.reports import Answer, Baseline, PastReport
from app.domain.rulebook import Rulebook
from app.domain.verdicts import LEVELS, Recipient, TriageLevel, Verdict
from app.domain.witnesses import Point, Space, Variable, regimens_of_interest, variables

PLAIN = "unknown_regimen"


class Flaw(msgspec.Struct, frozen=True):
    """Something the rulebook may not do, with the reports that show it."""

    claim: str
    what: str
    reports: tuple[Given, ...] = ()


class Witness(msgspec.Struct, frozen=True):
    """A report in which a rule is one of the reasons of the final level."""

    rule: str
    report: Given


class Proved(msgspec.Struct, frozen=True):
    """What was found for one claim, over how many reports."""

    claim: str
    reports: int
    flaws: tuple[Flaw, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    justified: tuple[str, ...] = ()


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


def urgency(verdict: Verdict) -> int:
    """Level as a number, an emergency above any other red."""
    return verdict.level.rank * 2 + verdict.emergency


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


def grades_are_monotone(rulebook: Rulebook) -> Proved:
    """A higher score never lowers a composite grade, a higher measurement never lowers the grade it gives."""
    claim = "a worse answer or measurement never lowers a grade"
    flaws, number, justified = [], 0, []
    for letters, cells in rulebook.grader.composite.flat.items():
        for index, grade in enumerate(cells):
            number += 1
            for place in range(len(letters)):
                step = 5**place
                if index // step % 5 < 4 and cells[index + step] < grade:
                    flaws.append(Flaw(claim, f"table {letters}: cell {index + step} is below cell {index}"))
    for symptom, rule in rulebook.grader.from_measurement:
        values = sorted({0.0, *(row.at_least for row in rule.rows)})
        grades = [measured_grade(rule, value) for value in values]
        number += len(values)
        if grades != sorted(grades):
            flaws.append(Flaw(claim, f"{symptom}: {rule.measurement} {values} gives {grades}"))
        if rulebook.grader.letters.get(symptom):
            words = f"{symptom}: a {rule.measurement} that contradicts the words takes at most one grade off them"
            justified.append(words)
    justified += [
        f"{id_}: measured {a.measurement} replaces the {a.value:g} assumed" for id_, a in rulebook.grader.assumed
    ]
    return Proved(claim, number, tuple(flaws), (), tuple(justified))


def symptoms_are_monotone(rulebook: Rulebook) -> Proved:
    """All answers of each symptom, against all pasts and baselines that matter, on every kind of regimen for it."""
    claim = "a worse answer never lowers the level, whatever the past"
    flaws: list[Flaw] = []
    number = 0
    for symptom, letters in rulebook.grader.letters.items():
        tops = [2 if letter == "P" else 5 for letter in letters]
        grid = list(itertools.product(*map(range, tops)))
        regimens, pasts = _regimens_that_differ_on(symptom, rulebook), list(_pasts(symptom, letters))
        for regimen, past, state in itertools.product(regimens, pasts, range(4)):
            chart = {"regimen": regimen, "history": past, "baseline": Baseline(80, {symptom: state})}
            seen: dict[tuple[int, ...], tuple[int, Given]] = {}
            for scores in grid:
                number += 1
                answers = {symptom: Answer(**dict(zip(letters, scores, strict=True)))}
                report = Given(answers=answers, **chart)  # type: ignore[arg-type]
                seen[scores] = (urgency(report.verdict(rulebook)), report)
            flaws += _falls(claim, seen, symptom)
    return Proved(claim, number, tuple(flaws), (), ("baseline_stable: a symptom as it was before the treatment",))


def _regimens_that_differ_on(symptom: str, rulebook: Rulebook) -> list[str]:
    """One regimen for each set of rules that speak of this symptom."""
    kinds: dict[tuple[str, ...], str] = {}
    for id_ in rulebook.regimens:
        rules = rulebook.program(id_).on_symptoms
        kinds.setdefault(tuple(r.effect.fired.id for r in rules if r.effect.fired.symptom == symptom), id_)
    return list(kinds.values())


def _pasts(symptom: str, letters: str) -> Iterator[tuple[PastReport, ...]]:
    low, high = (Answer(**dict.fromkeys(letters, score)) for score in (1, 1 if letters == "P" else 3))
    yield ()
    for days in (3, 15):
        yield (PastReport(days),)
        yield (PastReport(days, {symptom: low}),)
        yield (PastReport(days, {symptom: high}),)
    for first, second in ((3, 6), (10, 20), (10, 22)):
        yield (PastReport(first, {symptom: high}), PastReport(second, {symptom: high}))
        yield (PastReport(first, {symptom: low}), PastReport(second, {symptom: high}))


def _falls(claim: str, seen: dict[tuple[int, ...], tuple[int, Given]], name: str) -> Iterator[Flaw]:
    for scores, (before, report) in seen.items():
        for place in range(len(scores)):
            worse = (*scores[:place], scores[place] + 1, *scores[place + 1 :])
            if worse in seen and seen[worse][0] < before:
                yield Flaw(claim, f"{name}: {scores} is more urgent than {worse}", (report, seen[worse][1]))


def pairs_are_monotone(rulebook: Rulebook, space: Space) -> Proved:
    """All pairs of symptoms at all grades, on every kind of regimen: counts, combinations and overlays included."""
    claim = "a worse symptom never lowers the level beside another one"
    flaws: list[Flaw] = []
    number = 0
    for regimen in _kinds_of_regimen(rulebook):
        for first, second in itertools.combinations(rulebook.base, 2):
            one, two = Variable("grade", first), Variable("grade", second)
            seen: dict[tuple[int, ...], tuple[int, Given]] = {}
            for a, b in itertools.product(space.values(one), space.values(two)):
                number += 1
                report = space.report(regimen, {one: a, two: b})
                seen[(int(a), int(b))] = (urgency(report.verdict(rulebook)), report)
            flaws += _falls(claim, seen, f"{regimen}, {first} and {second}")
    return Proved(claim, number, tuple(flaws))


def _kinds_of_regimen(rulebook: Rulebook) -> list[str]:
    kinds: dict[object, str] = {}
    for id_, regimen in rulebook.regimens.items():
        kinds.setdefault((tuple(regimen.flags.items()), regimen.level), id_)
    return list(kinds.values())


def rules_are_monotone(rulebook: Rulebook, space: Space) -> Proved:
    """Every combination of what each rule looks at: no grade, yes, extra dose or missed report lowers the level."""
    claim = "nothing worse lowers the level, over each rule's own inputs"
    flaws: list[Flaw] = []
    number = 0
    for rule in rulebook.rules.values():
        for value in rule.values:
            if value.when is None:
                continue
            for regimen in regimens_of_interest(rulebook, value.when):
                seen: dict[tuple[tuple[Variable, float], ...], tuple[int, Given]] = {}
                for point in space.points(value.when):
                    number += 1
                    report = space.report(regimen, point)
                    verdict = report.verdict(rulebook)
                    seen[tuple(point.items())] = (urgency(verdict), report)
                    if (verdict.recipient is Recipient.NONE) != (verdict.level is TriageLevel.GREEN):
                        flaws.append(Flaw(claim, f"{rule.id}: {verdict.level} goes to {verdict.recipient}", (report,)))
                flaws += _rule_falls(claim, rule.id, seen, space)
    return Proved(claim, number, tuple(flaws))


_WORSE_DOWN = {"taking_rate"}


def _rule_falls(
    claim: str, id_: str, seen: dict[tuple[tuple[Variable, float], ...], tuple[int, Given]], space: Space
) -> Iterator[Flaw]:
    for key, (before, report) in seen.items():
        point = dict(key)
        for variable, value in key:
            if variable.kind not in ("grade", "present", "fact"):
                continue
            values = space.values(variable)
            place = values.index(value) + (-1 if variable.name in _WORSE_DOWN else 1)
            if not 0 <= place < len(values):
                continue
            worse = tuple({**point, variable: values[place]}.items())
            if worse in seen and seen[worse][0] < before:
                what = f"{id_}: {variable.name} {value:g} is more urgent than {values[place]:g}"
                yield Flaw(claim, what, (report, seen[worse][1]))


def measurements_are_monotone(rulebook: Rulebook, space: Space) -> Proved:
    """Each measurement step by step away from normal, alone and beside every grade of what its rules look at."""
    claim = "a measurement further from normal never lowers the level"
    flaws: list[Flaw] = []
    number = 0
    for id_ in sorted({v.name for v in _measured_variables(rulebook)}):
        variable = Variable("m", id_)
        values = space.values(variable)
        for regimen, beside in itertools.product(rulebook.regimens, _beside(rulebook, variable, space)):
            reports = [space.report(regimen, {**beside, variable: value}) for value in values]
            levels = [urgency(report.verdict(rulebook)) for report in reports]
            number += len(reports)
            calm = levels.index(min(levels))
            for i in range(len(levels) - 1):
                falls = levels[i + 1] < levels[i] if i >= calm else levels[i] < levels[i + 1]
                if falls:
                    words = f"{regimen}: {id_} {values[i]:g} then {values[i + 1]:g} turns back"
                    flaws.append(Flaw(claim, words, (reports[i], reports[i + 1])))
    return Proved(claim, number, tuple(flaws))


def _measured_variables(rulebook: Rulebook) -> Iterator[Variable]:
    for rule in rulebook.rules.values():
        for value in rule.values:
            if value.when:
                yield from (v for c in leaves(value.when) for v in variables(c) if v.kind == "m")


def _beside(rulebook: Rulebook, variable: Variable, space: Space) -> list[Point]:
    """Nothing, and each value of each grade or yes that a rule on this measurement looks at too."""
    others: dict[tuple[Variable, float], Point] = {}
    for rule in rulebook.rules.values():
        for value in rule.values:
            mine = [v for c in leaves(value.when) for v in variables(c)] if value.when else []
            if variable not in mine:
                continue
            for other in mine:
                if other.kind in ("grade", "present"):
                    others.update({(other, n): {other: n} for n in space.values(other)})
    return [{}, *others.values()]
