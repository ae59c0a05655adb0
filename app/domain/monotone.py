"""Nothing worse is ever judged calmer, by enumeration."""

import itertools
from collections.abc import Iterator

from app.domain.cases import Given
from app.domain.claims import Flaw, Proved
from app.domain.conditions import leaves
from app.domain.grading import measured_grade
from app.domain.reports import Answer, Baseline, PastReport
from app.domain.rulebook import Rulebook
from app.domain.verdicts import Recipient, TriageLevel, Verdict
from app.domain.witnesses import Point, Space, Variable, regimens_of_interest, variables


def urgency(verdict: Verdict) -> int:
    """Level as a number, an emergency above any other red."""
    return verdict.level.rank * 2 + verdict.emergency


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
                report = Given(answers=answers, **chart)  # type: ignore[arg-type] # names and values come from the space of reports
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
