"""What a patient tells us at one moment, and what the chart remembers when it is judged."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Score = Annotated[int, Meta(ge=0, le=4)]
SymptomId = Annotated[str, Meta(min_length=1, max_length=64)]
MeasurementId = Annotated[str, Meta(min_length=1, max_length=64)]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Scores of one symptom: frequency, severity, interference, amount (0 to 4), presence (0 or 1).

    None means not asked, or that the patient would rather not say; it is never zero.
    """

    F: Score | None = None
    S: Score | None = None
    I: Score | None = None  # noqa: E741 - the letter of the field's own vocabulary
    A: Score | None = None
    P: Annotated[int, Meta(ge=0, le=1)] | None = None


class ReportDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A report as the phone sends it, before anybody has judged it."""

    answered_at: Annotated[datetime, Meta(tz=True)]
    questionnaire: Annotated[str, Meta(max_length=64)]
    answers: Annotated[dict[SymptomId, Answer], Meta(max_length=80)]
    measurements: Annotated[dict[MeasurementId, float], Meta(max_length=20)] = {}
    confirmed: Annotated[list[MeasurementId], Meta(max_length=20)] = []
    note: Annotated[str, Meta(max_length=2000)] | None = None
    replaces: UUID | None = None


class KeptContent(msgspec.Struct, frozen=True):
    """What is read back of a kept draft; whatever else the phone sent with it is passed over."""

    answers: dict[str, Answer]
    measurements: dict[str, float] = {}
    note: str | None = None


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the patient was before the treatment: weight in kg, composite grade of each symptom already there."""

    weight_kg: float | None = None
    symptoms: dict[str, int] = {}


class PastReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An earlier report; its age in days is counted from the report being judged."""

    days_ago: float
    answers: dict[str, Answer] = {}
    measurements: dict[str, float] = {}


class AdherenceFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Intakes counted over the last window; `doses_expected` leaves out doses on hold by a clinician, and silence.

    `days_not_begun`: days since the planned start while no first dose is known. `missed_reasons`: how often each reason was given.
    """

    window_days: int = 7
    doses_expected: int = 0
    doses_taken: int = 0
    extra_doses: int = 0
    rest_day_doses: int = 0
    doses_during_hold: int = 0
    consecutive_days_missed: int = 0
    patient_stopped: bool = False
    reports_missed_consecutive: int = 0
    days_not_begun: int = 0
    missed_reasons: dict[str, int] = {}


class Chart(msgspec.Struct, frozen=True):
    """All that triage may know of a patient beside today's report; `history` is newest first."""

    regimen: str
    cycle: int = 1
    day_of_cycle: int = 1
    baseline: Baseline = Baseline()
    history: tuple[PastReport, ...] = ()
    adherence: AdherenceFacts = AdherenceFacts()
