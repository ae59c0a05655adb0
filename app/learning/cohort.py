"""Reports with outcomes as columns: what the simulator makes, cohort files hold, and training and evaluation read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

LETTERS = "FSIAP"
MEASURED = (
    "temperature_c",
    "weight_kg",
    "systolic",
    "diastolic",
    "heart_rate",
    "spo2_pct",
    "glucose_mmol_l",
    "stools_over_baseline",
    "vomiting_episodes_24h",
    "days_without_stool_over_usual",
    "rash_bsa_pct",
)
ADHERENCE = (
    "window_days",
    "doses_expected",
    "doses_taken",
    "extra_doses",
    "rest_day_doses",
    "doses_during_hold",
    "consecutive_days_missed",
    "patient_stopped",
    "reports_missed_consecutive",
)
KINDS = ("toxicity", "visit")
EPOCH = date(1970, 1, 1)

I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


T = TypeVar("T", bound=msgspec.Struct)


class Patients(msgspec.Struct, frozen=True, kw_only=True):
    """An entry per patient. `enrolled` in days since 1970; unknown: NaN, or -1."""

    ids: tuple[str, ...]
    regimen: I32
    enrolled: I64
    age: F32
    woman: I8
    ecog: I8
    comorbidities: I8
    weight_kg: F64
    baseline: I8
    site: I16
    last_day: I32


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """An entry per report, sorted by patient then day. `scores` and outcomes: -1 is not asked, not known.

    `answered` is the share of the required items that has an answer; `prior` holds grade 3 and visit on record.
    """

    patient: I32
    day: I32
    cycle: I32
    day_of_cycle: I32
    scheduled: NDArray[np.bool_]
    scores: I8
    measured: F64
    answered: F32
    prior: I8
    adherence: I16
    at_risk: NDArray[np.bool_]
    outcome_7d: I8
    outcome_14d: I8
    kind: I8
    days_to_event: I8


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened: a new grade 3 episode or an unplanned visit, each on its day."""

    patient: I32
    day: I32
    kind: I8


class Intakes(msgspec.Struct, frozen=True, kw_only=True):
    """Doses of each day of each patient (rows: patients, columns: days); `dose` counts what was taken in full first doses."""

    planned: I8
    taken: I8
    rest: I8
    during_hold: I8
    on_hold: NDArray[np.bool_]
    logged: NDArray[np.bool_]
    dose: F32


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a cohort. `manifest` says what it is; `synthetic` in it is never dropped."""

    symptoms: tuple[str, ...]
    regimens: tuple[str, ...]
    levels: tuple[int, ...]
    patients: Patients
    reports: Reports
    events: Events | None
    intakes: Intakes | None
    manifest: dict[str, str | int | bool | float | list[str]]

    @property
    def synthetic(self) -> bool:
        """Made by the simulator."""
        return bool(self.manifest.get("synthetic"))

    def part(self, keep: NDArray[np.bool_]) -> Cohort:
        """Only these patients (a flag per patient), whole."""
        new = np.cumsum(keep) - 1
        rows = keep[self.reports.patient]
        reports = _taken(self.reports, rows, patient=new[self.reports.patient[rows]].astype(np.int32))
        events = self.events
        if events is not None:
            kept = keep[events.patient]
            events = _taken(events, kept, patient=new[events.patient[kept]].astype(np.int32))
        ids = tuple(id_ for id_, wanted in zip(self.patients.ids, keep.tolist(), strict=True) if wanted)
        patients = _taken(self.patients, keep, ids=ids)
        intakes = None if self.intakes is None else _taken(self.intakes, keep)
        return msgspec.structs.replace(self, patients=patients, reports=reports, events=events, intakes=intakes)


def together(cohorts: Sequence[Cohort]) -> Cohort:
    """Cohorts of one set of symptoms and regimens as one; intakes are left behind."""
    first = cohorts[0]
    starts = np.cumsum([0, *(len(c.patients.ids) for c in cohorts)])
    reports = [
        msgspec.structs.replace(c.reports, patient=(c.reports.patient + start).astype(np.int32))
        for c, start in zip(cohorts, starts, strict=False)
    ]
    events = [
        msgspec.structs.replace(c.events, patient=(c.events.patient + start).astype(np.int32))
        for c, start in zip(cohorts, starts, strict=False)
        if c.events is not None
    ]
    patients = _joined([c.patients for c in cohorts], ids=tuple(id_ for c in cohorts for id_ in c.patients.ids))
    return msgspec.structs.replace(
        first,
        patients=patients,
        reports=_joined(reports),
        events=_joined(events) if len(events) == len(cohorts) else None,
        intakes=None,
    )


def aligned(cohorts: Sequence[Cohort]) -> list[Cohort]:
    """The same cohorts with one common list of regimens; their symptoms must already be the same."""
    if any(c.symptoms != cohorts[0].symptoms for c in cohorts):
        raise ValueError("cohorts of different rulebooks cannot be put together")
    levels = {id_: level for c in cohorts for id_, level in zip(c.regimens, c.levels, strict=True)}
    names = tuple(sorted(levels))
    found = []
    for c in cohorts:
        place = np.array([names.index(id_) for id_ in c.regimens], np.int32)
        patients = msgspec.structs.replace(c.patients, regimen=place[c.patients.regimen])
        found.append(
            msgspec.structs.replace(
                c, regimens=names, levels=tuple(levels[n] for n in names), patients=patients, manifest=dict(c.manifest)
            )
        )
    return found


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def iso(number: int) -> str:
    """The ISO date of a day number."""
    return (EPOCH + timedelta(days=int(number))).isoformat()


def _taken(part: T, keep: NDArray[np.bool_], **own: object) -> T:
    columns = {name: getattr(part, name)[keep] for name in part.__struct_fields__ if name not in own}
    return type(part)(**columns, **own)


def _joined(parts: Sequence[T], **own: object) -> T:
    names = [name for name in parts[0].__struct_fields__ if name not in own]
    return type(parts[0])(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names}, **own)
