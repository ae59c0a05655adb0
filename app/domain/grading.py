"""Answers and measurements to grades 0 to 3 (section 2 of the clinical reference)."""

import hashlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

import msgspec

from app.domain.itemfiles import Assumed, Derived, GradeFrom, Tables
from app.domain.reports import Answer
from app.domain.verdicts import Grade


class Composite(msgspec.Struct, frozen=True):
    """The composite tables laid flat: a table's index is its scores read as digits in base 5."""

    flat: dict[str, tuple[int, ...]]

    def grade(self, attributes: str, answer: Answer) -> Grade:
        """Grade of one answer to an item with these attributes, in their order, e.g. "FSI".

        A leading score of 0 settles it: the rest is not asked. With an attribute missing, the table for those present
        is used and the grade is marked incomplete (our choice: the published algorithm gives none).
        """
        if attributes == "P":
            return _NOT_SAID if answer.P is None else _PRESENCE[answer.P]
        given, index = "", 0
        for letter in attributes:
            score = _SCORE[letter](answer)
            if score is None:
                continue
            if score == 0 and letter == attributes[0]:
                return _NONE
            given += letter
            index = index * 5 + score
        if not given:
            return _NOT_SAID
        return _GRADES[given == attributes][self.flat[given][index]]


_SCORE = {
    "F": lambda answer: answer.F,
    "S": lambda answer: answer.S,
    "I": lambda answer: answer.I,
    "A": lambda answer: answer.A,
}
_GRADES = tuple(tuple(Grade(grade, complete) for grade in range(4)) for complete in (False, True))
_NONE, _NOT_SAID = _GRADES[True][0], _GRADES[False][0]
_PRESENCE = _GRADES[True][:2]


Lookup = tuple[Callable[[Answer], object], dict[object, Grade]]


def lookup(composite: Composite, letters: str) -> Lookup:
    """Every possible answer to an item, graded in advance: at most 216 of them, and a report has many to grade."""
    table: dict[object, Grade] = {}
    tops = [2 if letter == "P" else 5 for letter in letters]
    for scores in itertools.product(*([None, *range(top)] for top in tops)):
        grade = composite.grade(letters, Answer(**dict(zip(letters, scores, strict=True))))
        table[scores if len(scores) > 1 else scores[0]] = grade
    return attrgetter(*letters), table


def composite(tables: Tables) -> Composite:
    """Lay the tables of the rulebook flat. Amount items use the interference table, as published."""
    flat: dict[str, tuple[int, ...]] = {}
    for name in tables.__struct_fields__:
        nested: Sequence[object] = getattr(tables, name)
        for _ in name[1:]:
            nested = list(itertools.chain.from_iterable(nested))  # type: ignore[arg-type] # as deep as its name is long
        flat[name] = tuple(nested)  # type: ignore[arg-type] # only numbers are left
    flat["A"] = flat["I"]
    return Composite(flat)


def canonical_sha256(tables: Composite) -> str:
    """Hash of the 215 lines "FSI 000 0" … "I 4 2", the form in which the published table was verified."""
    lines = []
    for name in ("FSI", "FS", "FI", "SI", "F", "S", "I"):
        scores = itertools.product(range(5), repeat=len(name))
        lines += [f"{name} {''.join(map(str, s))} {tables.flat[name][i]}\n" for i, s in enumerate(scores)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


GRADABLE = frozenset({"", "P", "A", "F", "S", "I", "FS", "FI", "SI", "FSI"})
"""Attributes of an item, in order, that can be graded; without any, the item is measured only."""


def measured_grade(rule: GradeFrom, value: float) -> int:
    """Grade that a measurement alone gives: the first row reached wins."""
    return next((row.grade for row in rule.rows if value >= row.at_least), 0)


def percent_of_baseline(formula: str, value: float, baseline: float) -> float:
    """Loss or gain in percent of the baseline, rounded to a millionth so that exactly 5 % is not 4.9999999 %."""
    change = baseline - value if formula == "loss_pct" else value - baseline
    millionths = 100 * change / baseline * 1e6 + 0.5
    return math.floor(millionths) / 1e6 if math.isfinite(millionths) else millionths


class Grader(msgspec.Struct, frozen=True):
    """All that turns one report into grades, prepared once per rulebook."""

    composite: Composite
    letters: dict[str, str]
    lookups: dict[str, Lookup]
    from_measurement: tuple[tuple[str, GradeFrom], ...]
    shown: tuple[tuple[str, GradeFrom], ...]
    assumed: tuple[tuple[str, Assumed], ...]
    derived: tuple[Derived, ...]

    def measured(
        self, answers: Mapping[str, Answer], measurements: Mapping[str, float], weight_kg: float | None
    ) -> dict[str, float]:
        """The measurements, what is computed from them, and what is assumed for lack of them."""
        measured = dict(measurements)
        for symptom, assumed in self.assumed:
            answer = answers.get(symptom)
            if answer is not None and answer.P == 1 and assumed.measurement not in measured:
                measured[assumed.measurement] = assumed.value
        for derived in self.derived:
            value = measured.get(derived.measurement)
            if value is not None and weight_kg:
                measured[derived.id] = percent_of_baseline(derived.formula, value, weight_kg)
        return measured

    def grades(self, answers: Mapping[str, Answer], measured: Mapping[str, float]) -> dict[str, Grade]:
        """Grade of each symptom answered or measured; a symptom that is not there is grade 0.

        The count leads, but the patient's own words are never worth more than one grade less.
        """
        lookups, grades = self.lookups, {}
        for symptom, answer in answers.items():
            if (found := lookups.get(symptom)) is not None:
                scores, table = found
                grades[symptom] = table[scores(answer)]
        for symptom, rule in self.from_measurement:
            value = measured.get(rule.measurement)
            if value is None:
                continue
            said = grades.get(symptom)
            counted = measured_grade(rule, value)
            if said is None or said.grade - 1 <= counted:
                grades[symptom] = _GRADES[said is None or said.complete][counted]
            else:
                grades[symptom] = _GRADES[said.complete][said.grade - 1]
        return grades

    def displayed(self, grades: dict[str, Grade], measured: Mapping[str, float]) -> dict[str, Grade]:
        """The same grades, with those that are only shown (fever by its height) in place of what rules use."""
        for symptom, rule in self.shown:
            value = measured.get(rule.measurement)
            if value is not None and (counted := measured_grade(rule, value)):
                grades[symptom] = _GRADES[True][counted]
        return grades
