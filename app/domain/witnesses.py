"""Reports made from conditions: the smallest one on which a rule speaks, and all those that matter to it."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from app.domain.cases import Given
from app.domain.conditions import Condition, Traits, leaves, settled
from app.domain.reports import AdherenceFacts, Answer, Baseline, PastReport
from app.domain.rulebook import Rulebook

Kind = Literal["grade", "m", "present", "reference", "cycle", "day", "fact"]
_WEIGHT = 80.0  # kg, the starting weight of every made-up patient
_DOSES = 20  # expected doses of every made-up patient


class Variable(msgspec.Struct, frozen=True, order=True):
    """Something a condition looks at, e.g. the grade of cough."""

    kind: Kind
    name: str


Point = Mapping[Variable, float]


class Space:
    """The values worth trying for each variable: grades 0 to 3, and both sides of every limit in the rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._answers = {s: _cheapest(rulebook, s) for s in rulebook.symptoms}
        self._limits: dict[tuple[str, str], set[float]] = {}
        for condition in _all_conditions(rulebook):
            for c in leaves(condition):
                for kind, word in (("m", c.m), ("fact", c.fact)):
                    if word:
                        self._limits.setdefault((kind, word[0]), set()).add(float(word[2]))

    def values(self, variable: Variable) -> list[float]:
        """In rising order."""
        if variable.kind in ("grade", "reference"):
            return [float(g) for g in sorted({0, *self._answers[variable.name]})]
        if variable.kind == "present":
            return [0, 1]
        if variable.kind == "cycle":
            return [1, 2]
        if variable.kind == "day":
            return [1, 35, 36]
        limits = self._limits.get((variable.kind, variable.name), set())
        step = self._step(variable)
        around = {round(limit + move, 4) for limit in limits for move in (-step, 0.0, step)}
        if variable.kind == "fact":
            around = {v for v in around if v >= 0} | {0.0}
            if variable.name == "taking_rate":
                around = {round(v * _DOSES) / _DOSES for v in around if v <= 1} | {1.0}
            if variable.name == "patient_stopped":
                around = {0.0, 1.0}
            if variable.name == "last_report_worst_grade":
                around = {0.0, 1.0, 2.0, 3.0}
        return sorted(around)

    def _step(self, variable: Variable) -> float:
        if variable.kind == "fact":
            return 1 / _DOSES if variable.name == "taking_rate" else 1.0
        known = self.rulebook.measurements.get(variable.name)
        return known.step if known else 0.1

    def report(self, regimen: str, point: Point) -> Given:
        """A report and chart in which the variables have these values, and nothing else happens."""
        answers: dict[str, Answer] = {}
        measurements: dict[str, float] = {}
        reference: dict[str, int] = {}
        facts: dict[str, float] = {}
        cycle, day = 3, 10
        for variable, value in point.items():
            match variable.kind:
                case "grade":
                    answer, measured = self._answers[variable.name].get(int(value), (None, {}))
                    if answer is not None:
                        answers[variable.name] = answer
                    measurements.update(measured)
                case "m":
                    measurements.update(self._measured(variable.name, value))
                case "present":
                    answers[variable.name] = Answer(P=int(value))
                case "reference":
                    reference[variable.name] = int(value)
                case "cycle":
                    cycle = int(value)
                case "day":
                    day = int(value)
                case "fact":
                    facts[variable.name] = value
        return Given(
            regimen=regimen,
            cycle=cycle,
            day_of_cycle=day,
            baseline=Baseline(_WEIGHT, reference),
            history=self._history(facts),
            answers=answers,
            measurements=measurements,
            adherence=_adherence(facts),
        )

    def _measured(self, id_: str, value: float) -> dict[str, float]:
        for derived in self.rulebook.derived:
            if derived.id == id_:
                change = value if derived.formula == "gain_pct" else -value
                return {derived.measurement: round(_WEIGHT * (1 + change / 100), 4)}
        return {id_: value}

    def _history(self, facts: Mapping[str, float]) -> tuple[PastReport, ...]:
        """None, so that "new or worse" looks at the baseline; unless the last report itself matters."""
        if "last_report_worst_grade" not in facts:
            return ()
        grade = int(facts["last_report_worst_grade"])
        for symptom, answers in self._answers.items():
            if {1, 2, 3} <= set(answers) and (answer := answers[grade][0] if grade else Answer(F=0, S=0)):
                return (PastReport(30, {symptom: answer}),)
        return ()

    def witnesses(self, condition: Condition) -> Iterator[Given]:
        """Reports on which the condition holds, the smallest first, on every regimen that allows it."""
        for part in _alternatives(condition):
            point = self._satisfying([c for c in part if not _about_regimen(c)])
            if point is None:
                continue
            for regimen in _regimens(self.rulebook, [c for c in part if _about_regimen(c)]):
                yield self.report(regimen, point)

    def _satisfying(self, parts: list[Condition]) -> Point | None:
        chosen: dict[Variable, float] = {}
        for variable in sorted({v for c in parts for v in variables(c)}):
            if variable.kind == "reference":
                chosen[variable] = 0
                continue
            tests = [c for c in parts if variable in variables(c)]
            fits = (v for v in self.values(variable) if all(_satisfied(c, v) for c in tests))
            value = next(fits, None)
            if value is None:
                return None
            chosen[variable] = value
        return chosen

    def points(self, condition: Condition) -> Iterator[Point]:
        """Every combination of values of the variables that the condition looks at."""
        mine = sorted({v for c in leaves(condition) for v in variables(c)})
        for values in itertools.product(*(self.values(v) for v in mine)):
            yield dict(zip(mine, values, strict=True))


def variables(c: Condition) -> list[Variable]:
    """What one condition without `all` or `any` looks at; nothing when it is about the regimen."""
    if c.grade:
        return [Variable("grade", c.grade[0])]
    if c.new_or_worse:
        return [Variable("grade", c.new_or_worse), Variable("reference", c.new_or_worse)]
    if c.m:
        return [Variable("m", c.m[0])]
    if c.present:
        return [Variable("present", c.present)]
    if c.fact:
        return [Variable("fact", c.fact[0])]
    if c.cycle:
        return [Variable("cycle", "")]
    return [Variable("day", "")] if c.day else []


def regimens_of_interest(rulebook: Rulebook, condition: Condition) -> list[str]:
    """One regimen for each way in which the regimen's properties can settle the condition."""
    about = [c for c in leaves(condition) if _about_regimen(c)]
    found: dict[tuple[bool, ...], str] = {}
    for id_ in rulebook.regimens:
        found.setdefault(tuple(settled(c, _traits(rulebook, id_)) for c in about), id_)
    return list(found.values())


def _traits(rulebook: Rulebook, id_: str) -> Traits:
    regimen = rulebook.regimen(id_)
    return Traits(regimen.flags, regimen.level, regimen.over_adherence_class)


def _about_regimen(c: Condition) -> bool:
    return c.flag is not None or c.regimen_level is not None or c.over_adherence_class is not None


def _regimens(rulebook: Rulebook, about: list[Condition]) -> Iterator[str]:
    return (id_ for id_ in rulebook.regimens if all(settled(c, _traits(rulebook, id_)) for c in about))


def _satisfied(c: Condition, value: float) -> bool:
    if c.new_or_worse:
        return value >= 1
    if c.present:
        return value == 1
    word = c.grade or c.m or c.fact or (("", *c.cycle) if c.cycle else None) or (("", *c.day) if c.day else None)
    if word is None:
        return True
    _, op, limit = word
    return {
        ">=": value >= limit,
        ">": value > limit,
        "<=": value <= limit,
        "<": value < limit,
        "==": value == limit,
    }[op]


def _alternatives(condition: Condition) -> Iterator[list[Condition]]:
    """The ways in which a condition can hold, each a list of conditions without `all` or `any`."""
    if condition.all:
        for parts in itertools.product(*(list(_alternatives(part)) for part in condition.all)):
            yield [c for part in parts for c in part]
    elif condition.any:
        for part in condition.any:
            yield from _alternatives(part)
    else:
        yield [condition]


def _all_conditions(rulebook: Rulebook) -> Iterator[Condition]:
    yield from (v.when for rule in rulebook.rules.values() for v in rule.values if v.when)


def _cheapest(rulebook: Rulebook, symptom: str) -> dict[int, tuple[Answer | None, dict[str, float]]]:
    """For each grade that can be reached, the smallest answer that gives it, or else the measurement."""
    found: dict[int, tuple[Answer | None, dict[str, float]]] = {}
    letters = "".join(rulebook.symptoms[symptom].attributes)
    tops = [range(2) if letter == "P" else range(5) for letter in letters]
    for scores in sorted(itertools.product(*tops), key=sum) if letters else ():
        answer = Answer(**dict(zip(letters, scores, strict=True)))
        found.setdefault(rulebook.grader.composite.grade(letters, answer).grade, (answer, {}))
    rule = rulebook.symptoms[symptom].grade_from
    for row in rule.rows if rule and not rule.shown_only else ():
        if row.grade not in found:
            # a hair above a limit that is written as such (30.0001) is still a value a patient can enter
            found[row.grade] = (Answer(P=1) if letters == "P" else None, _entered(rulebook, rule, row.at_least))
    return found


def _entered(rulebook: Rulebook, rule: object, at_least: float) -> dict[str, float]:
    measurement = getattr(rule, "measurement", "")
    for derived in rulebook.derived:
        if derived.id == measurement:
            change = at_least if derived.formula == "gain_pct" else -at_least
            return {derived.measurement: round(_WEIGHT * (1 + change / 100), 4)}
    return {measurement: at_least}


def _adherence(facts: Mapping[str, float]) -> AdherenceFacts:
    return AdherenceFacts(
        doses_expected=_DOSES if "taking_rate" in facts else 0,
        doses_taken=round(facts.get("taking_rate", 0) * _DOSES),
        extra_doses=int(max(0, facts.get("total_extra", 0) - facts.get("doses_during_hold", 0))),
        doses_during_hold=int(facts.get("doses_during_hold", 0)),
        consecutive_days_missed=int(facts.get("consecutive_days_missed", 0)),
        patient_stopped=bool(facts.get("patient_stopped", 0)),
        reports_missed_consecutive=int(facts.get("reports_missed_consecutive", 0)),
        days_not_begun=int(facts.get("days_not_begun", 0)),
    )
