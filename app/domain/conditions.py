"""The language in which a rule says when it speaks, and its compilation to plain functions.

The words are those of the clinical reference (section 4), plus `fact` for intakes and missed reports, and
`regimen_level` and `over_adherence_class`, which are properties of the regimen like its flags.
"""

import operator
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from app.domain.treatments import FlagValue, OverAdherenceClass

Op = Literal[">=", ">", "<=", "<", "=="]
FactName = Literal[
    "taking_rate",
    "consecutive_days_missed",
    "patient_stopped",
    "total_extra",
    "doses_during_hold",
    "reports_missed_consecutive",
    "days_not_begun",
    "last_report_worst_grade",
]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exactly one of these words, e.g. `{grade: [diarrhoea, ">=", 2]}`."""

    grade: tuple[str, Op, int] | None = None
    present: str | None = None
    m: tuple[str, Op, float] | None = None
    flag: str | tuple[str, ...] | None = None
    new_or_worse: str | None = None
    cycle: tuple[Op, int] | None = None
    day: tuple[Op, int] | None = None
    fact: tuple[FactName, Op, float] | None = None
    regimen_level: int | None = None
    over_adherence_class: tuple[OverAdherenceClass, ...] | None = None
    all: tuple["Condition", ...] | None = None
    any: tuple["Condition", ...] | None = None

    def __post_init__(self) -> None:
        if len(given := self.words()) != 1:
            raise ValueError(f"a condition says exactly one thing, this one says {' and '.join(given) or 'nothing'}")
        if self.all == () or self.any == ():
            raise ValueError("`all` and `any` need at least one condition inside")

    def words(self) -> list[str]:
        """The names of the words that are filled in."""
        return [name for name in self.__struct_fields__ if getattr(self, name) is not None]


class Facts:
    """What conditions look at. `reference` holds the grades that `new_or_worse` compares with."""

    __slots__ = ("cycle", "day", "grades", "intakes", "measured", "present", "reference")

    def __init__(
        self,
        grades: dict[str, int],
        measured: dict[str, float],
        present: set[str],
        reference: dict[str, int],
        cycle: int,
        day: int,
        intakes: dict[str, float],
    ) -> None:
        self.grades = grades
        self.measured = measured
        self.present = present
        self.reference = reference
        self.cycle = cycle
        self.day = day
        self.intakes = intakes


class Traits(msgspec.Struct, frozen=True):
    """What conditions may ask about a regimen: known in advance, so it is settled when rules are compiled."""

    flags: dict[str, FlagValue]
    level: int
    over_adherence_class: str


Test = Callable[[Facts], bool]


def compile_condition(condition: Condition, traits: Traits) -> Test | bool:
    """A function over facts for one regimen, or True/False when the regimen alone settles it."""
    c = condition
    if c.grade is not None:
        symptom, op, n = c.grade
        compare = _COMPARE[op]
        return lambda facts: compare(facts.grades.get(symptom, 0), n)
    if c.present is not None:
        item = c.present
        return lambda facts: item in facts.present
    if c.m is not None:
        return _measured(*c.m)
    if c.new_or_worse is not None:
        worse = c.new_or_worse
        return lambda facts: facts.grades.get(worse, 0) > facts.reference.get(worse, 0)
    if c.cycle is not None:
        compare_cycle, cycle = _COMPARE[c.cycle[0]], c.cycle[1]
        return lambda facts: compare_cycle(facts.cycle, cycle)
    if c.day is not None:
        compare_day, day = _COMPARE[c.day[0]], c.day[1]
        return lambda facts: compare_day(facts.day, day)
    if c.fact is not None:
        return _intake(*c.fact)
    if c.all is not None:
        return _all([compile_condition(part, traits) for part in c.all])
    if c.any is not None:
        return _any([compile_condition(part, traits) for part in c.any])
    return settled(c, traits)


def settled(c: Condition, traits: Traits) -> bool:
    """What the regimen alone answers: `flag`, `regimen_level` or `over_adherence_class`."""
    if c.flag is not None:
        name, *values = (c.flag,) if isinstance(c.flag, str) else c.flag
        value = traits.flags.get(name, False)
        return value in values if values else value is True
    if c.regimen_level is not None:
        return traits.level == c.regimen_level
    return traits.over_adherence_class in (c.over_adherence_class or ())


def timely(c: Condition, cycle: int, day: int) -> bool:
    """Whether a `cycle` or `day` condition holds at this point of the treatment; true for any other condition."""
    if c.cycle is not None:
        return _COMPARE[c.cycle[0]](cycle, c.cycle[1])
    return c.day is None or _COMPARE[c.day[0]](day, c.day[1])


def _measured(measurement: str, op: str, limit: float) -> Test:
    compare = _COMPARE[op]

    def test(facts: Facts) -> bool:
        value = facts.measured.get(measurement)
        return value is not None and compare(value, limit)

    return test


def _intake(name: str, op: str, limit: float) -> Test:
    compare = _COMPARE[op]

    def test(facts: Facts) -> bool:
        value = facts.intakes.get(name)
        return value is not None and compare(value, limit)

    return test


def _all(parts: list[Test | bool]) -> Test | bool:
    if any(part is False for part in parts):
        return False
    tests = tuple(part for part in parts if not isinstance(part, bool))
    if len(tests) == 0:
        return True
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) and second(facts)

    def test(facts: Facts) -> bool:
        for each in tests:  # noqa: SIM110 - a loop costs half of `all()` over a generator
            if not each(facts):
                return False
        return True

    return test


def _any(parts: list[Test | bool]) -> Test | bool:
    if any(part is True for part in parts):
        return True
    tests = tuple(part for part in parts if not isinstance(part, bool))
    if len(tests) == 0:
        return False
    if len(tests) == 1:
        return tests[0]

    def test(facts: Facts) -> bool:
        for each in tests:  # noqa: SIM110 - a loop costs half of `any()` over a generator
            if each(facts):
                return True
        return False

    return test


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every condition inside, without the `all` and `any` around them."""
    inside = condition.all or condition.any
    if inside is None:
        yield condition
        return
    for part in inside:
        yield from leaves(part)
