"""What one patient is asked: the core, what the drug points at, and what was there last time, within three minutes."""

import math
from collections.abc import Callable, Iterable, Iterator

import msgspec

from app.domain.conditions import Traits, leaves, settled, timely
from app.domain.itemfiles import SymptomFile
from app.domain.reports import PastReport
from app.domain.rulebook import Rulebook
from app.domain.rulefiles import Attribute
from app.domain.texts import Text
from app.domain.treatments import CycleDay, Regimen


class Question(msgspec.Struct, frozen=True):
    """One question on one attribute of a symptom."""

    attribute: Attribute
    question: Text


class Item(msgspec.Struct, frozen=True):
    """A symptom to ask about. A 0 to the first question skips the others and the measurement."""

    id: str
    title: Text
    help: Text | None
    attributes: tuple[Question, ...]
    measurement: str | None


class MeasurementItem(msgspec.Struct, frozen=True):
    """A measurement to enter; outside `min` to `max` the patient is asked to confirm or correct."""

    id: str
    title: Text
    question: Text
    unit: str
    min: float
    max: float
    step: float


class Questionnaire(msgspec.Struct, frozen=True):
    """Everything the phone needs to ask. `more` is the "anything else?" list; `minutes` supposes all is present."""

    version: str
    regimen: str
    title: Text
    minutes: int
    scales: dict[str, tuple[Text, ...]]
    items: tuple[Item, ...]
    more: tuple[Item, ...]
    safety: tuple[Item, ...]
    measurements: tuple[MeasurementItem, ...]


def questionnaire(
    regimen: Regimen, rulebook: Rulebook, last: PastReport | None = None, on: CycleDay | None = None
) -> Questionnaire:
    """The questionnaire of a regimen at a point of its cycles (`on`; without it, at any point).

    Whatever was grade 1 or more in the `last` report is asked again.
    """
    questions = rulebook.questions
    safety = sorted((s for s in rulebook.symptoms.values() if s.kind == "safety_item"), key=_gravity(rulebook))
    budget = questions.max_minutes * 60 / questions.seconds_per_tap
    taps = float(len(safety))
    chosen: list[str] = []
    for id_, needed in _wanted(regimen, rulebook, last, on):
        symptom = rulebook.symptoms.get(id_)
        if symptom is None or not symptom.attributes or id_ in chosen:
            continue
        cost = _taps(symptom)
        if needed or taps + cost <= budget:
            chosen.append(id_)
            taps += cost
    others = [s for s in rulebook.symptoms.values() if s.kind != "safety_item" and s.attributes and s.id not in chosen]
    asked = [*(rulebook.symptoms[id_] for id_ in chosen), *others]
    return Questionnaire(
        version=rulebook.version,
        regimen=regimen.id,
        title=questions.title,
        minutes=math.ceil(taps * questions.seconds_per_tap / 60),
        scales={name: getattr(questions.scales, name) for name in questions.scales.__struct_fields__},
        items=tuple(_item(rulebook.symptoms[id_]) for id_ in chosen),
        more=tuple(_item(s) for s in sorted(others, key=lambda s: s.title.fr)),
        safety=tuple(_item(s) for s in safety),
        measurements=tuple(_measurements(asked, regimen, rulebook)),
    )


def interval_days(regimen: Regimen, cycle: int, rulebook: Rulebook) -> int:
    """Days between two reports: closer together in the first cycles of a complex treatment."""
    cadence = rulebook.questions.cadence
    if regimen.level == 1:
        return cadence.level_1
    return cadence.level_2_first_cycles if cycle <= cadence.first_cycles else cadence.level_2_later


def _wanted(
    regimen: Regimen, rulebook: Rulebook, last: PastReport | None, on: CycleDay | None
) -> Iterator[tuple[str, bool]]:
    """Symptoms in order of importance; True: asked whatever the time it takes."""
    yield from ((id_, True) for id_ in rulebook.questions.core)
    if last is not None:
        grades = rulebook.grader.grades(last.answers, last.measurements)
        yield from ((id_, True) for id_, grade in grades.items() if grade.grade)
    yield from ((id_, True) for id_ in _timely(regimen, rulebook, on))
    for flag, ids in rulebook.questions.by_flag.items():
        if _at_risk(regimen, flag):
            yield from ((id_, True) for id_ in ids)
    frequent = sorted(regimen.incidence.items(), key=lambda item: -(item[1].any_grade or 0))
    yield from ((id_, False) for id_, _ in frequent)


def _timely(regimen: Regimen, rulebook: Rulebook, on: CycleDay | None) -> Iterator[str]:
    """Symptoms of rules that speak only at some time of the treatment, while that time lasts: tumour lysis, early toxicity."""
    traits = Traits(regimen.flags, regimen.level, regimen.over_adherence_class)
    for value in (value for rule in rulebook.rules.values() for value in rule.values):
        parts = list(leaves(value.when)) if value.when else []
        timed = any(part.cycle or part.day for part in parts)
        now = on is None or all(timely(part, on.cycle, on.day) for part in parts)
        if timed and now and all(settled(part, traits) for part in parts if part.flag is not None):
            yield from (part.grade[0] for part in parts if part.grade)


def _gravity(rulebook: Rulebook) -> Callable[[SymptomFile], tuple[int, str]]:
    """The gravest question first."""
    effects = rulebook.safety
    return lambda s: (-(effects[s.id].rank * 2 + effects[s.id].emergency) if s.id in effects else 0, s.id)


def _at_risk(regimen: Regimen, flag: str) -> bool:
    return regimen.flags.get(flag, False) not in (False, "low")


def _taps(symptom: SymptomFile) -> int:
    return len(symptom.attributes) + (symptom.measurement is not None)


def _item(symptom: SymptomFile) -> Item:
    questions = tuple(Question(a, symptom.questions[a]) for a in symptom.attributes)
    return Item(symptom.id, symptom.title, symptom.help, questions, symptom.measurement)


def _measurements(asked: Iterable[SymptomFile], regimen: Regimen, rulebook: Rulebook) -> Iterator[MeasurementItem]:
    """Those that go with a symptom, those that the drug calls for, and those that everybody may enter."""
    wanted = list(rulebook.questions.always_measured)
    for flag, ids in rulebook.questions.by_flag.items():
        if _at_risk(regimen, flag):
            wanted.extend(ids)
    wanted.extend(s.measurement for s in asked if s.measurement)
    for id_ in dict.fromkeys(wanted):
        if measurement := rulebook.measurements.get(id_):
            low, high = measurement.plausible
            yield MeasurementItem(
                id_, measurement.title, measurement.question, measurement.unit, low, high, measurement.step
            )
