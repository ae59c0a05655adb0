"""Patients: enrolling them, handing them a code, and what a page shows of one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct, json

from app.db import accounts, alerts, events, patients, reports
from app.db.alerts import AlertLine
from app.db.patients import PatientRow
from app.domain.civil import local_day
from app.domain.errors import NotFound, PatientKnown
from app.domain.people import Caller, Identity, Role
from app.domain.questionnaire import Questionnaire, interval_days, questionnaire
from app.domain.receipts import Receipt
from app.domain.reports import Answer, Baseline, KeptContent, PastReport
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.treatments import CycleDay, position
from app.services import adherence, courses, reminders
from app.services.caregivers import AuthorName, authors
from app.services.courses import Prescription
from app.services.reports import detail_of, receipt_of
from app.services.sign_in import ACTIVATION, issue_code
from app.services.vault import Safe

PAGE_REPORTS = 12
INTAKE_DAYS = 14


class Activation(Struct, frozen=True):
    """The one-time code a patient types into the app, and when it ends."""

    code: str
    expires_at: datetime


class Enrolment(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is enrolled, on which regimen, from which day."""

    identity: Identity
    locale: str
    regimen: str
    started_on: date
    weight_kg: float | None
    prescription: Prescription = Prescription()


class PatientLine(Struct, frozen=True):
    """A patient in the list."""

    id: UUID
    name: str
    born_on: date
    regimen: Text | None
    cycle: int
    day_of_cycle: int
    last_report_at: datetime | None
    last_level: str | None
    open_alert: UUID | None


class PatientFile(Struct, frozen=True):
    """Who the patient is."""

    id: UUID
    name: str
    born_on: date
    phone: str
    locale: str


class RegimenLine(Struct, frozen=True):
    """A regimen's name."""

    id: str
    title: Text


class CourseLine(Struct, frozen=True):
    """The patient's treatment and where they are in it."""

    regimen: RegimenLine
    started_on: date
    cycle: int
    day_of_cycle: int
    state: str


class PastReportLine(Struct, frozen=True):
    """One report as a clinician reads it. `late`: it arrived more than an hour after it was told. `told_by`: a caregiver who told it."""

    id: UUID
    received_at: datetime
    answered_at: datetime
    late: bool
    level: str
    emergency: bool
    read_by_hand: bool
    grades: dict[str, int]
    measurements: dict[str, float]
    note: str | None
    answers: dict[str, Answer]
    told_by: AuthorName | None


class IntakeCount(Struct, frozen=True):
    """Intakes recorded in the last days."""

    days: int
    taken: int
    missed: int
    other: int


class MeasurementName(Struct, frozen=True):
    """What a measurement is called."""

    title: Text
    unit: str


class PatientPage(Struct, frozen=True):
    """One patient: treatment, reports, intakes, episodes."""

    patient: PatientFile
    course: CourseLine | None
    reports: list[PastReportLine]
    symptom_titles: dict[str, Text]
    measurement_titles: dict[str, MeasurementName]
    intakes: IntakeCount
    alerts: list[AlertLine]


class OwnReport(Struct, frozen=True):
    """A report as its patient sees it again."""

    id: UUID
    received_at: datetime
    answered_at: datetime
    level: str
    emergency: bool
    answers: dict[str, Answer]
    measurements: dict[str, float]
    receipt: Receipt


class Followed(Struct, frozen=True):
    """The open episode, in what a patient may know of it."""

    state: str
    since: datetime
    contact_due_at: datetime


class HomeEstablishment(Struct, frozen=True):
    """Who to phone."""

    name: str
    phone: str


class Home(Struct, frozen=True):
    """The first screen. `hold`: the last verdict said to take nothing more until the team has called, and it has not settled that."""

    first_name: str
    regimen: RegimenLine | None
    cycle: int
    day_of_cycle: int
    course_state: str | None
    next_report_on: date
    report_due: bool
    last_report: Receipt | None
    followed: Followed | None
    hold: bool
    establishment: HomeEstablishment


_content = json.Decoder(KeptContent)
_LATE = timedelta(hours=1)


async def enrol(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, who: Enrolment
) -> tuple[UUID, Activation]:
    """Enrol a patient, with their course, access for the coordination, and a first code. Raises ContentRefused, PatientKnown."""
    courses.check_prescription(rulebook, who.regimen, who.prescription)
    patient_id, account_id = uuid4(), uuid4()
    token = safe.identity_token(who.identity)
    sealed = safe.seal_identity(patient_id, who.identity)
    here = caller.establishment_id
    if not await patients.add(con, here, patient_id, sealed, token, who.locale, safe.establishment.timezone):
        raise PatientKnown
    await patients.grant_access(con, here, patient_id, role=Role.COORDINATOR)
    await patients.grant_access(con, here, patient_id, role=Role.ONCOLOGIST)
    baseline = Baseline(weight_kg=who.weight_kg)
    zone = safe.establishment.timezone
    await courses.begin(
        con, rulebook, caller, patient_id, who.regimen, who.started_on, baseline, who.prescription, zone
    )
    known = await courses.current(con, rulebook, here, patient_id)
    await adherence.watch_from_tomorrow(con, here, known)
    await reminders.rewrite(con, here, known, known.row.now)
    await accounts.add(con, account_id, here, patient_id, Role.PATIENT, None, None)
    await events.add(con, caller, "patient_enrolled", patient_id=patient_id)
    return patient_id, Activation(*await issue_code(con, account_id, "activation", ACTIVATION))


async def new_code(con: asyncpg.Connection, caller: Caller, patient_id: UUID) -> Activation:
    """A fresh activation code for a patient's (new) phone; older unused ones end. Raises NotFound."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    account_id = await accounts.of_person(con, caller.establishment_id, patient_id)
    if account_id is None:
        raise NotFound
    await events.add(con, caller, "activation_issued", patient_id=patient_id)
    return Activation(*await issue_code(con, account_id, "activation", ACTIVATION))


async def list_patients(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, now: datetime
) -> list[PatientLine]:
    """Every patient the caller may see, by name."""
    lines = []
    for row in await patients.of_caller(con, caller):
        who, day = safe.identity(row.id, row.identity), _day(row, rulebook, now)
        title = rulebook.regimen(row.regimen).title if row.regimen else None
        lines.append(
            PatientLine(
                row.id,
                who.name,
                who.born_on,
                title,
                day.cycle,
                day.day,
                row.last_report_at,
                row.last_level,
                row.open_alert,
            )
        )
    await events.add(con, caller, "patients_listed")
    return sorted(lines, key=lambda line: line.name.casefold())


async def page(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, patient_id: UUID, now: datetime
) -> PatientPage:
    """One patient's file. Raises NotFound for who is not the caller's to see."""
    row = await patients.one(con, caller, patient_id)
    if row is None:
        raise NotFound
    await events.add(con, caller, "patient_read", patient_id=patient_id)
    past = await past_reports(con, safe, patient_id)
    who = safe.identity(row.id, row.identity)
    return PatientPage(
        patient=PatientFile(row.id, who.name, who.born_on, who.phone, row.locale),
        course=course_line(row.regimen, row.started_on, row.course_state, rulebook, local_day(now, row.timezone)),
        reports=past,
        symptom_titles=symptom_titles(past, rulebook),
        measurement_titles=measurement_titles(rulebook),
        intakes=await intake_count(con, caller.establishment_id, patient_id, local_day(now, row.timezone)),
        alerts=await alerts.of_patient(con, caller.establishment_id, patient_id),
    )


async def home(con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, now: datetime) -> Home:
    """What the patient sees first. A caregiver is not shown what came of earlier reports, which are the patient's. Raises NotFound."""
    row = await patients.own(con, caller)
    if row is None:
        raise NotFound
    here, day = caller.establishment_id, _day(row, rulebook, now)
    last = await reports.latest(con, here, caller.patient_id, 1)
    followed = await alerts.followed(con, here, caller.patient_id)
    receipt = receipt_of(last[0], rulebook, duplicate=False) if last else None
    today = local_day(now, row.timezone)
    wait = interval_days(rulebook.regimen(row.regimen or ""), day.cycle, rulebook)
    next_on = local_day(last[0].told_at, row.timezone) + timedelta(days=wait) if last else today
    return Home(
        first_name=safe.identity(row.id, row.identity).first_name,
        regimen=RegimenLine(row.regimen, rulebook.regimen(row.regimen).title) if row.regimen else None,
        cycle=day.cycle,
        day_of_cycle=day.day,
        course_state=row.course_state,
        next_report_on=max(next_on, today),
        report_due=next_on <= today,
        last_report=receipt if caller.is_patient else None,
        followed=Followed(*followed) if followed and caller.is_patient else None,
        hold=receipt is not None and receipt.hold and (receipt.contact_due_at is None or followed is not None),
        establishment=HomeEstablishment(safe.establishment.name, safe.establishment.phone),
    )


async def own_reports(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller) -> list[OwnReport]:
    """The patient's last reports, newest first."""
    lines = []
    for kept in await reports.latest(con, caller.establishment_id, caller.person_id, 50):
        content = _content.decode(kept.content)
        lines.append(
            OwnReport(
                kept.report_id,
                kept.received_at,
                kept.told_at,
                kept.level,
                kept.emergency,
                content.answers,
                content.measurements,
                receipt_of(kept, rulebook, duplicate=False),
            )
        )
    return lines


async def past_reports(con: asyncpg.Connection, safe: Safe, patient_id: UUID) -> list[PastReportLine]:
    """The last reports as a clinician reads them, newest first."""
    lines, here = [], safe.establishment.id
    past = await reports.latest(con, here, patient_id, PAGE_REPORTS)
    tellers = await authors(con, safe, here, ((kept.author_kind, kept.author_id) for kept in past))
    for kept in past:
        content = _content.decode(kept.content)
        lines.append(
            PastReportLine(
                id=kept.report_id,
                received_at=kept.received_at,
                answered_at=kept.told_at,
                late=kept.received_at - kept.told_at > _LATE,
                level=kept.level,
                emergency=kept.emergency,
                read_by_hand=kept.quarantined,
                grades={symptom: grade.grade for symptom, grade in detail_of(kept).grades.items() if grade.grade > 0},
                measurements=content.measurements,
                note=content.note,
                answers=content.answers,
                told_by=tellers.get(kept.author_id),
            )
        )
    return lines


async def intake_count(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, today: date) -> IntakeCount:
    """What was recorded of the last fortnight's doses."""
    counted = await patients.intake_counts(con, establishment_id, patient_id, today - timedelta(days=INTAKE_DAYS))
    return IntakeCount(INTAKE_DAYS, *counted)


def course_line(
    regimen: str | None, started_on: date | None, state: str | None, rulebook: Rulebook, today: date
) -> CourseLine | None:
    """A course in words; None when none is recorded."""
    if regimen is None or started_on is None or state is None:
        return None
    known = rulebook.regimen(regimen)
    day = position(known, started_on, today)
    return CourseLine(RegimenLine(regimen, known.title), started_on, day.cycle, day.day, state)


def symptom_titles(past: list[PastReportLine], rulebook: Rulebook) -> dict[str, Text]:
    """Names of every symptom these reports speak of."""
    ids = {symptom for report in past for symptom in (*report.answers, *report.grades)}
    return {id_: rulebook.symptoms[id_].title for id_ in sorted(ids) if id_ in rulebook.symptoms}


def measurement_titles(rulebook: Rulebook) -> dict[str, MeasurementName]:
    """Names and units of all measurements."""
    return {id_: MeasurementName(m.title, m.unit) for id_, m in rulebook.measurements.items()}


def _day(row: PatientRow, rulebook: Rulebook, now: datetime) -> CycleDay:
    if row.regimen is None or row.started_on is None:
        return CycleDay(0, 0)
    return position(rulebook.regimen(row.regimen), row.started_on, local_day(now, row.timezone))


async def own_questionnaire(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, now: datetime
) -> Questionnaire:
    """What the calling patient, or the caregiver for them, is asked: by regimen, cycle day, and whatever was there in the last report."""
    row = await patients.own(con, caller)
    last = await reports.latest(con, caller.establishment_id, caller.patient_id, 1)
    content = _content.decode(last[0].content) if last else None
    past = PastReport(0, content.answers, content.measurements) if content else None
    if row is None:
        raise NotFound
    on = _day(row, rulebook, now) if row.started_on else None
    return questionnaire(rulebook.regimen(row.regimen or ""), rulebook, past, on)
