"""Cohort files: a folder with reports.jsonl and, if there are any, events.csv, followup.csv, intakes.csv and manifest.json.

Strict where a mistake would change a figure: an unknown symptom, a score out of range or reports out of order are refused
with their line. An unknown regimen is kept (the model abstains on it); unknown keys are ignored and named once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta

from app.domain.reports import AdherenceFacts, Answer
from app.domain.rulebook import Rulebook
from app.learning import cohort as c

Flag = Annotated[int, Meta(ge=0, le=1)]


class Person(msgspec.Struct, frozen=True):
    """`patient` of a report: what is known on its day."""

    age: float | None = None
    sex: Literal["F", "M", "female", "male"] | None = None
    ecog: Annotated[int, Meta(ge=0, le=4)] | None = None
    comorbidities: Annotated[int, Meta(ge=0, le=100)] | None = None
    prior_grade3: Flag | bool | None = None
    prior_visit: Flag | bool | None = None


class Before(msgspec.Struct, frozen=True):
    """`baseline` of a report."""

    weight_kg: float | None = None
    symptoms: dict[str, Annotated[int, Meta(ge=0, le=3)]] = {}


class Line(msgspec.Struct, frozen=True):
    """One line of reports.jsonl."""

    patient_id: str
    report_id: str
    regimen: str
    level: Literal[1, 2]
    day: Annotated[int, Meta(ge=0, le=20_000)]
    cycle: Annotated[int, Meta(ge=1)]
    day_of_cycle: Annotated[int, Meta(ge=1)]
    enrolled: date
    submitted: date
    outcome_7d: Flag | None
    outcome_14d: Flag | None
    at_risk: Flag | bool
    scheduled: bool = True
    patient: Person = Person()
    baseline: Before = Before()
    answers: dict[str, Answer] = {}
    measurements: dict[str, float] = {}
    adherence: AdherenceFacts = AdherenceFacts()
    event_kind_14d: Literal["toxicity", "visit"] | None = None
    days_to_event: Annotated[int, Meta(ge=1, le=14)] | None = None


class CohortRefused(ValueError):
    """The files cannot be used; the message names file, line and what is wrong."""


class Read(msgspec.Struct, frozen=True):
    """A cohort, and what was passed over while reading it."""

    cohort: c.Cohort
    warnings: tuple[str, ...]


def read(folder: Path, rulebook: Rulebook) -> Read:
    """A cohort from its folder. Raises CohortRefused."""
    if not (folder / "reports.jsonl").is_file():
        raise CohortRefused(f"{folder} has no reports.jsonl")
    symptoms = tuple(sorted(s.id for s in rulebook.symptoms.values() if s.attributes))
    unknown: dict[str, None] = {}
    lines = list(_lines(folder / "reports.jsonl", frozenset(symptoms), unknown))
    if not lines:
        raise CohortRefused("reports.jsonl holds no report")
    manifest = _manifest(folder / "manifest.json")
    required = [s for s in rulebook.questions.core if s in symptoms]
    follow = _followup(folder / "followup.csv")
    ids = list(dict.fromkeys([*follow, *(line.patient_id for line in lines)]))
    place = {id_: i for i, id_ in enumerate(ids)}
    events = _events(folder / "events.csv", place)
    used = tuple(sorted({line.regimen for line in lines} | {f[0] for f in follow.values()}))
    levels = {line.regimen: line.level for line in lines}
    return Read(
        c.Cohort(
            symptoms=symptoms,
            regimens=used,
            levels=tuple(levels.get(r, 2) for r in used),
            patients=_patients(lines, ids, place, follow, used, symptoms),
            reports=_reports(lines, place, symptoms, required),
            events=events,
            intakes=None,
            manifest=manifest,
        ),
        tuple(_warnings(unknown, events is None)),
    )


def write(cohort: c.Cohort, folder: Path) -> int:
    """Write a cohort as files; the number of reports."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "reports.jsonl").open("wb") as out:
        for line in as_lines(cohort):
            out.write(msgspec.json.encode(line) + b"\n")
    people = cohort.patients
    with (folder / "followup.csv").open("w", newline="", encoding="utf-8") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["patient_id", "regimen", "enrolled", "last_day"])
        for i, id_ in enumerate(people.ids):
            rows.writerow([id_, cohort.regimens[people.regimen[i]], c.iso(people.enrolled[i]), int(people.last_day[i])])
    if cohort.events is not None:
        with (folder / "events.csv").open("w", newline="", encoding="utf-8") as text:
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(["patient_id", "day", "kind"])
            e = cohort.events
            for who, day, kind in zip(e.patient.tolist(), e.day.tolist(), e.kind.tolist(), strict=True):
                rows.writerow([people.ids[who], day, c.KINDS[kind]])
    if cohort.intakes is not None:
        _write_intakes(cohort, cohort.intakes, folder / "intakes.csv")
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(cohort.manifest), indent=2) + b"\n")
    return len(cohort.reports.day)


def as_lines(cohort: c.Cohort) -> Iterator[dict[str, Any]]:
    """Each report as one line of reports.jsonl."""
    r, people = cohort.reports, cohort.patients
    columns = [r.patient, r.day, r.cycle, r.day_of_cycle, r.scheduled, r.at_risk, r.outcome_7d, r.outcome_14d]
    numbers = zip(*(column.tolist() for column in [*columns, r.kind, r.days_to_event]), strict=True)
    for i, (who, day, cycle, day_of_cycle, scheduled, at_risk, y7, y14, kind, ahead) in enumerate(numbers):
        regimen = int(people.regimen[who])
        yield {
            "patient_id": people.ids[who],
            "report_id": f"{people.ids[who]}-{day:03d}",
            "regimen": cohort.regimens[regimen],
            "level": cohort.levels[regimen],
            "day": day,
            "cycle": cycle,
            "day_of_cycle": day_of_cycle,
            "enrolled": c.iso(people.enrolled[who]),
            "submitted": c.iso(people.enrolled[who] + day),
            "scheduled": scheduled,
            "patient": _person(people, who, r.prior[i].tolist()),
            "baseline": _baseline(cohort, who),
            "answers": answers_of(cohort, i),
            "measurements": measurements_of(cohort, i),
            "adherence": dict(zip(c.ADHERENCE, map(int, r.adherence[i].tolist()), strict=True))
            | {"patient_stopped": bool(r.adherence[i, c.ADHERENCE.index("patient_stopped")])},
            "at_risk": int(at_risk),
            "outcome_7d": None if y7 < 0 else y7,
            "outcome_14d": None if y14 < 0 else y14,
            "event_kind_14d": None if kind < 0 else c.KINDS[kind],
            "days_to_event": None if ahead < 0 else ahead,
        }


def answers_of(cohort: c.Cohort, row: int) -> dict[str, Answer]:
    """The answers of one report; what is not listed was not there."""
    scores = cohort.reports.scores[row]
    found = {}
    for i in np.flatnonzero((scores >= 0).any(axis=1)).tolist():
        given = {letter: score for letter, score in zip(c.LETTERS, scores[i].tolist(), strict=True) if score >= 0}
        found[cohort.symptoms[i]] = Answer(**given)
    return found


def measurements_of(cohort: c.Cohort, row: int) -> dict[str, float]:
    """The measurements of one report."""
    values = zip(c.MEASURED, cohort.reports.measured[row].tolist(), strict=True)
    return {name: value for name, value in values if value == value}


def _person(people: c.Patients, who: int, prior: list[int]) -> dict[str, Any]:
    found = {
        "age": int(people.age[who]) if people.age[who] == people.age[who] else None,
        "sex": {1: "F", 0: "M"}.get(int(people.woman[who])),
        "ecog": int(people.ecog[who]) if people.ecog[who] >= 0 else None,
        "comorbidities": int(people.comorbidities[who]) if people.comorbidities[who] >= 0 else None,
        "prior_grade3": prior[0] if prior[0] >= 0 else None,
        "prior_visit": prior[1] if prior[1] >= 0 else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _baseline(cohort: c.Cohort, who: int) -> dict[str, Any]:
    row, weight = cohort.patients.baseline[who].tolist(), float(cohort.patients.weight_kg[who])
    symptoms = {s: grade for s, grade in zip(cohort.symptoms, row, strict=True) if grade}
    return {"weight_kg": weight, "symptoms": symptoms} if weight == weight else {"symptoms": symptoms}


def _write_intakes(cohort: c.Cohort, intakes: c.Intakes, path: Path) -> None:
    heads = ("doses_planned", "doses_taken", "rest_day_doses", "doses_during_hold", "on_hold", "logged")
    parts = (intakes.planned, intakes.taken, intakes.rest, intakes.during_hold, intakes.on_hold, intakes.logged)
    with path.open("w", newline="", encoding="utf-8") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["patient_id", "day", *heads])
        for i, (id_, last) in enumerate(zip(cohort.patients.ids, cohort.patients.last_day.tolist(), strict=True)):
            own = np.column_stack([part[i, : last + 1] for part in parts]).astype(int).tolist()
            rows.writerows([id_, day, *row] for day, row in enumerate(own))


def _lines(path: Path, symptoms: frozenset[str], unknown: dict[str, None]) -> Iterator[Line]:
    fields = {"": frozenset(Line.__struct_fields__), "patient": frozenset(Person.__struct_fields__)}
    fields["baseline"] = frozenset(Before.__struct_fields__)
    fields["measurements"] = frozenset(c.MEASURED)
    finished: set[str] = set()
    before: Line | None = None
    with path.open("rb") as file:
        for number, content in enumerate(file, 1):
            if not content.strip():
                continue
            where = f"{path.name}, line {number}"
            try:
                plain = msgspec.json.decode(content)
                line = msgspec.convert(plain, Line)
            except (msgspec.DecodeError, UnicodeDecodeError) as why:
                raise CohortRefused(f"{where}: {why}") from None
            for part, known in fields.items():
                for key in plain.get(part, plain if part == "" else {}):
                    if key not in known:
                        unknown.setdefault(f"{part}.{key}" if part else key)
            for symptom in (*line.answers, *line.baseline.symptoms):
                if symptom not in symptoms:
                    raise CohortRefused(f"{where}: there is no symptom `{symptom}` in the rulebook")
            if before is not None and before.patient_id != line.patient_id:
                finished.add(before.patient_id)
            same = before is not None and before.patient_id == line.patient_id
            if line.patient_id in finished or (same and before is not None and line.day < before.day):
                raise CohortRefused(f"{where}: reports must be sorted by patient, then by day")
            if same and before is not None and (before.regimen, before.enrolled) != (line.regimen, line.enrolled):
                raise CohortRefused(f"{where}: patient {line.patient_id} changes regimen or enrolment date")
            before = line
            yield line


def _warnings(unknown: Iterable[str], no_events: bool) -> Iterator[str]:
    if names := sorted(unknown):
        yield f"ignored, because they are not part of the format: {', '.join(names)}"
    if no_events:
        yield "no events.csv: alerts and lead times are left out"


def _manifest(path: Path) -> dict[str, str | int | bool | float | list[str]]:
    if not path.is_file():
        return {"synthetic": False}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str | int | bool | float | list[str]])
    except msgspec.DecodeError as why:
        raise CohortRefused(f"{path.name}: {why}") from None


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(newline="", encoding="utf-8") as text:
        table = csv.DictReader(text)
        missing = [name for name in columns if name not in (table.fieldnames or [])]
        if missing:
            raise CohortRefused(f"{path.name}, line 1: no column {', '.join(missing)}")
        yield from enumerate(table, 2)


def _number(path: Path, line: int, value: str) -> int:
    if not re.fullmatch(r"-?\d{1,6}", value or ""):
        raise CohortRefused(f"{path.name}, line {line}: `{value}` is not a day")
    return int(value)


def _followup(path: Path) -> dict[str, tuple[str, date, int]]:
    found: dict[str, tuple[str, date, int]] = {}
    if not path.is_file():
        return found
    for line, row in _rows(path, ("patient_id", "regimen", "enrolled", "last_day")):
        try:
            enrolled = date.fromisoformat(row["enrolled"])
        except ValueError:
            raise CohortRefused(f"{path.name}, line {line}: `{row['enrolled']}` is not a date") from None
        found[row["patient_id"]] = (row["regimen"], enrolled, _number(path, line, row["last_day"]))
    return found


def _events(path: Path, place: dict[str, int]) -> c.Events | None:
    if not path.is_file():
        return None
    found = []
    for line, row in _rows(path, ("patient_id", "day", "kind")):
        if row["kind"] not in c.KINDS:
            raise CohortRefused(f"{path.name}, line {line}: the kind is toxicity or visit, not `{row['kind']}`")
        if row["patient_id"] not in place:
            raise CohortRefused(f"{path.name}, line {line}: no report or follow-up of patient `{row['patient_id']}`")
        found.append((place[row["patient_id"]], _number(path, line, row["day"]), c.KINDS.index(row["kind"])))
    table = np.array(sorted(found), np.int64).reshape(-1, 3)
    return c.Events(
        patient=table[:, 0].astype(np.int32), day=table[:, 1].astype(np.int32), kind=table[:, 2].astype(np.int8)
    )


def _patients(
    lines: list[Line],
    ids: list[str],
    place: dict[str, int],
    follow: dict[str, tuple[str, date, int]],
    regimens: tuple[str, ...],
    symptoms: tuple[str, ...],
) -> c.Patients:
    n = len(ids)
    first: dict[str, Line] = {}
    last = np.full(n, -1, np.int32)
    for line in lines:
        first.setdefault(line.patient_id, line)
        last[place[line.patient_id]] = max(last[place[line.patient_id]], line.day)
    for id_, (_, _, day) in follow.items():
        last[place[id_]] = day
    own = [first.get(id_) for id_ in ids]
    people = [line.patient if line else Person() for line in own]
    baseline = np.zeros((n, len(symptoms)), np.int8)
    for i, before in enumerate(own):
        for symptom, grade in (before.baseline.symptoms if before else {}).items():
            baseline[i, symptoms.index(symptom)] = grade
    regimen_of = [line.regimen if line else follow[id_][0] for id_, line in zip(ids, own, strict=True)]
    enrolled = [line.enrolled if line else follow[id_][1] for id_, line in zip(ids, own, strict=True)]
    sexes = {"F": 1, "female": 1, "M": 0, "male": 0}
    return c.Patients(
        ids=tuple(ids),
        regimen=np.array([regimens.index(r) for r in regimen_of], np.int32),
        enrolled=np.array([c.day_number(day) for day in enrolled], np.int64),
        age=np.array([np.nan if p.age is None else p.age for p in people], np.float32),
        woman=np.array([sexes.get(p.sex or "", -1) for p in people], np.int8),
        ecog=np.array([-1 if p.ecog is None else p.ecog for p in people], np.int8),
        comorbidities=np.array([-1 if p.comorbidities is None else p.comorbidities for p in people], np.int8),
        weight_kg=np.array([_or_nan(line.baseline.weight_kg if line else None) for line in own], np.float64),
        baseline=baseline,
        site=np.zeros(n, np.int16),
        last_day=last,
    )


def _reports(lines: list[Line], place: dict[str, int], symptoms: tuple[str, ...], required: list[str]) -> c.Reports:
    n, at = len(lines), {symptom: i for i, symptom in enumerate(symptoms)}
    scores = np.full((n, len(symptoms), len(c.LETTERS)), -1, np.int8)
    measured = np.full((n, len(c.MEASURED)), np.nan)
    answered = np.ones(n, np.float32)
    for row, line in enumerate(lines):
        for symptom, answer in line.answers.items():
            for k, letter in enumerate(c.LETTERS):
                score = getattr(answer, letter)
                if score is not None:
                    scores[row, at[symptom], k] = score
        declined = sum(line.answers.get(symptom) == Answer() for symptom in required)
        answered[row] = 1 - declined / max(len(required), 1)
        for k, name in enumerate(c.MEASURED):
            measured[row, k] = _or_nan(line.measurements.get(name))
    prior = [(_code(line.patient.prior_grade3), _code(line.patient.prior_visit)) for line in lines]
    kinds = {None: -1, "toxicity": 0, "visit": 1}
    return c.Reports(
        patient=np.array([place[line.patient_id] for line in lines], np.int32),
        day=np.array([line.day for line in lines], np.int32),
        cycle=np.array([line.cycle for line in lines], np.int32),
        day_of_cycle=np.array([line.day_of_cycle for line in lines], np.int32),
        scheduled=np.array([line.scheduled for line in lines], np.bool_),
        scores=scores,
        measured=measured,
        answered=answered,
        prior=np.array(prior, np.int8),
        adherence=np.array([[int(getattr(line.adherence, k)) for k in c.ADHERENCE] for line in lines], np.int16),
        at_risk=np.array([bool(line.at_risk) for line in lines], np.bool_),
        outcome_7d=np.array([_code(line.outcome_7d) for line in lines], np.int8),
        outcome_14d=np.array([_code(line.outcome_14d) for line in lines], np.int8),
        kind=np.array([kinds[line.event_kind_14d] for line in lines], np.int8),
        days_to_event=np.array([_code(line.days_to_event) for line in lines], np.int8),
    )


def _code(value: float | None) -> int:
    return -1 if value is None else int(value)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
