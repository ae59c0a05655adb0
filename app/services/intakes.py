"""An intake comes in: kept once, counted, judged, and answered at once with what to do now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct, json
from msgspec.structs import replace

from app.db import intakes, patients
from app.db.door import savepoint
from app.db.intakes import Kept
from app.domain.alerts import READ_BY_HAND, Cause
from app.domain.courses import day_of
from app.domain.drugs import MissedReason
from app.domain.errors import ContentRefused, Fault, IntakeTooOld, IntakeUnknown, NotFound, Refusal, SignInNeeded
from app.domain.intakes import UNDO, kind_for, what_to_do
from app.domain.people import AuthorKind, Caller, Submitter
from app.domain.receipts import told_at
from app.domain.rulebook import Rulebook
from app.domain.schedules import Extra, Slot, clock_of, schedule, slot_of
from app.domain.texts import Text
from app.domain.triage import Fired, Recipient, TriageLevel, Verdict
from app.services import adherence, courses, episodes, supplies
from app.services import reminders as reminding
from app.services.courses import DrugId, Loaded
from app.services.plans import drug_texts

MOST_AT_ONCE = 200  # of a phone that was long without network


class SlotName(Struct, frozen=True, forbid_unknown_fields=True):
    """A slot of the plan: adherence day, and number of the intake in it."""

    day: date
    number: Annotated[int, Meta(ge=0, le=23)]


class IntakeDraft(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What became of a dose, as the phone sends it. `at`: when it was taken, or noticed to be missed.

    Without `slot` the server finds the one it belongs to; a dose that belongs to none is extra. `mg`: when not as planned.
    """

    drug: DrugId
    kind: Literal["taken", "missed", "vomited", "extra"]
    at: Annotated[datetime, Meta(tz=True)]
    slot: SlotName | None = None
    reason: MissedReason | None = None
    mg: Annotated[float, Meta(gt=0, le=5000)] | None = None
    replaces: UUID | None = None


class NamedDraft(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a phone's queue."""

    id: UUID
    intake: IntakeDraft


class IntakeReceipt(Struct, frozen=True):
    """The answer: how it counts, what to do now by the regimen's own rule, and what happens next.

    `extra`: why it is nobody's slot. `level`, `headline`, `next`: only when somebody will look at it. `report_wished`: a side effect was
    the reason, and the team hears of it by a report only.
    """

    id: UUID
    recorded_at: datetime
    duplicate: bool
    state: str
    drug: str
    day: date
    number: int | None
    extra: str | None
    now: Text | None
    level: TriageLevel | None
    headline: Text | None
    next: Text | None
    undo_until: datetime
    report_wished: bool


class Submission(Struct, frozen=True):
    """The answer to the phone, and whether a worklist has changed. No receipt: another content is kept under this id."""

    receipt: IntakeReceipt | None
    alerted: bool


class QueueLine(Struct, frozen=True):
    """What became of one entry of a queue: `kept`, `duplicate`, `differs`, or `refused` with a problem's code."""

    id: UUID
    outcome: Literal["kept", "duplicate", "differs", "refused"]
    code: str | None
    receipt: IntakeReceipt | None


class Teller(Struct, frozen=True):
    """Who tells of a patient's dose."""

    establishment_id: UUID
    patient_id: UUID
    kind: AuthorKind
    author_id: UUID


_receipt = json.Decoder(IntakeReceipt)


async def proven(con: asyncpg.Connection, who: Submitter) -> Teller:
    """Who speaks for the patient by these cookies; the device's credential is enough. Raises SignInNeeded."""
    opening = await intakes.opening(con, who.establishment_id, who.patient_id, who.token_hashes)
    if opening is None:
        raise SignInNeeded
    return Teller(who.establishment_id, who.patient_id, opening.author.kind, opening.author.id)


async def assisting(con: asyncpg.Connection, caller: Caller, patient_id: UUID) -> Teller:
    """A professional who tells it for their patient, under their own name. Raises NotFound."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    return Teller(caller.establishment_id, patient_id, "staff", caller.person_id)


async def submit(
    con: asyncpg.Connection, rulebook: Rulebook, who: Teller, intake_id: UUID, draft: IntakeDraft
) -> Submission:
    """Keep one intake, count its day, judge the course: one transaction, which holds the patient's lock.

    The same id with the same content gets the first answer again. Raises NoCourse, ContentRefused.
    """
    known = await courses.current(con, rulebook, who.establishment_id, who.patient_id)
    return await _submit(con, rulebook, who, known, intake_id, draft)


async def submit_queue(
    con: asyncpg.Connection, rulebook: Rulebook, who: Teller, queue: Sequence[NamedDraft]
) -> tuple[list[QueueLine], bool]:
    """A phone's queue, in its order: what cannot be kept is told by its code and holds up nothing. Also whether a worklist has changed."""
    lines, alerted = [], False
    known = await courses.current(con, rulebook, who.establishment_id, who.patient_id)
    for each in queue:
        try:
            async with savepoint(con):
                done = await _submit(con, rulebook, who, known, each.id, each.intake)
        except Refusal as why:
            lines.append(QueueLine(each.id, "refused", why.code, None))
            continue
        alerted |= done.alerted
        outcome: Literal["kept", "duplicate", "differs"] = (
            "differs" if done.receipt is None else "duplicate" if done.receipt.duplicate else "kept"
        )
        lines.append(QueueLine(each.id, outcome, None, done.receipt))
    return lines, alerted


async def _submit(
    con: asyncpg.Connection, rulebook: Rulebook, who: Teller, known: Loaded, intake_id: UUID, draft: IntakeDraft
) -> Submission:
    content = json.encode(draft, order="sorted")
    sha256 = hashlib.sha256(content).digest()
    here, now = who.establishment_id, known.row.now
    held = await intakes.held(con, here, who.patient_id, intake_id)
    if held is not None:
        if held.content_sha256 == sha256 and held.answer is not None:
            return Submission(replace(_receipt.decode(held.answer), duplicate=True), alerted=False)
        return Submission(None, await _differs(con, rulebook, who, intake_id, sha256, content.decode()))
    kept, extra = await _bound(con, here, known, draft, now)
    kept = replace(
        kept,
        id=intake_id,
        author_kind=who.kind,
        author_id=who.author_id,
        content=content.decode(),
        content_sha256=sha256,
    )
    replaced = await intakes.held(con, here, who.patient_id, draft.replaces) if draft.replaces else None
    await intakes.add(con, here, who.patient_id, kept)
    if kept.state in ("taken", "late", "extra"):
        await intakes.resumed(con, here, known.row.id, kept.taken_at)
    for day in {kept.slot_on, replaced.slot_on if replaced else kept.slot_on}:
        await adherence.recount(con, here, known, day, day, now)
    await _settle_reminder(con, here, known, kept)
    if draft.reason == "ran_out":  # told now, not when the count of boxes would say so
        await supplies.wanted(con, here, known, kept.slot_on, now)
    look = await adherence.look_again(con, rulebook, here, known, now)
    receipt = _answered(rulebook, known, kept, extra, look.verdict if look.alert_id else None, draft, now)
    await intakes.answered(con, here, who.patient_id, intake_id, json.encode(receipt).decode())
    return Submission(receipt, alerted=look.alert_id is not None)


async def _bound(
    con: asyncpg.Connection, here: UUID, known: Loaded, draft: IntakeDraft, now: datetime
) -> tuple[Kept, str | None]:
    """The slot that a dose belongs to, or what kind of extra it is. Raises ContentRefused."""
    course, row = known.course, known.row
    drug = next((d for d in course.regimen.drugs if d.inn == draft.drug), None)
    if drug is None:
        raise ContentRefused(faults=(Fault("drug", "Not a drug of this treatment. See GET /api/plan."),))
    if draft.reason is not None and draft.kind != "missed":
        raise ContentRefused(faults=(Fault("reason", "Only a missed dose has a reason."),))
    at = told_at(draft.at, now)
    slot, extra = None, None
    if draft.kind == "extra":
        extra = _excess(known, draft.drug, at)
    elif draft.slot is not None:
        slot = _named(known, drug.inn, draft.slot)
    else:
        entries = await adherence.told(
            con, here, known, day_of(course.zones, at) - timedelta(days=2), day_of(course.zones, at)
        )
        found = slot_of(course, at, {e.key for e in entries if e.key}, draft.drug)
        slot, extra = (found, None) if isinstance(found, Slot) else (None, found.kind if found else "extra")
        if slot is None and draft.kind in ("missed", "vomited"):
            raise ContentRefused(faults=(Fault("slot", "No dose was planned then. Say which one of GET /api/plan."),))
    planned_at = slot.due_at if slot else None
    day, number = (slot.day, slot.number) if slot else (day_of(course.zones, at), None)
    if (
        slot is None and draft.slot is not None
    ):  # told for an intake that the plan no longer has: a stop, an earlier plan on the phone
        day, number, planned_at = (
            draft.slot.day,
            draft.slot.number,
            clock_of(course, drug, draft.slot.day, draft.slot.number),
        )
    state = draft.kind
    if state == "taken":
        state = kind_for(slot, at) if slot else "taken" if number is not None else "extra"  # type: ignore[assignment] # late too
    return (
        Kept(
            id=row.id,
            course_id=row.id,
            drug=draft.drug,
            slot_on=day,
            slot=number,
            state=state,
            reason=draft.reason,
            mg=draft.mg,
            planned_at=planned_at,
            taken_at=at,
            author_kind="patient",
            author_id=row.patient_id,
            content="{}",
            content_sha256=b"",
            replaces=draft.replaces,
        ),
        extra or ("during_hold" if slot and slot.held and draft.kind != "missed" else None),
    )


def _named(known: Loaded, drug: str, name: SlotName) -> Slot | None:
    """The slot of this name, if it is (still) planned. Raises ContentRefused for a number that no day has."""
    line = next(d for d in known.course.regimen.drugs if d.inn == drug)
    if clock_of(known.course, line, name.day, name.number) is None:
        raise ContentRefused(faults=(Fault("slot.number", "This drug has fewer intakes a day. See GET /api/plan."),))
    slots = schedule(known.course, name.day, name.day)
    return next((s for s in slots if s.key == (drug, name.day, name.number)), None)


def _excess(known: Loaded, drug: str, at: datetime) -> str:
    """What a dose too many is: `slot_of` with every slot of the day taken says it."""
    day = day_of(known.course.zones, at)
    around = schedule(known.course, day - timedelta(days=2), day + timedelta(days=1))
    found = slot_of(known.course, at, {s.key for s in around}, drug)
    return found.kind if isinstance(found, Extra) else "extra"


async def _settle_reminder(con: asyncpg.Connection, here: UUID, known: Loaded, kept: Kept) -> None:
    """Who has told is not asked again, and a reminder under way is called back."""
    if kept.slot is None:
        return
    slots = schedule(known.course, kept.slot_on, kept.slot_on)
    slot = next((s for s in slots if s.key == (kept.drug, kept.slot_on, kept.slot)), None)
    if slot is not None:
        entries = await adherence.told(con, here, known, kept.slot_on, kept.slot_on)
        await reminding.answered(con, here, known, slot, {e.key for e in entries if e.key})


def _answered(
    rulebook: Rulebook,
    known: Loaded,
    kept: Kept,
    extra: str | None,
    verdict: Verdict | None,
    draft: IntakeDraft,
    now: datetime,
) -> IntakeReceipt:
    texts = drug_texts(known, rulebook).get(kept.drug)
    kind = "extra" if extra else draft.kind
    outcome = rulebook.on(now.date()).outcome(verdict.level, verdict.emergency) if verdict else None
    return IntakeReceipt(
        id=kept.id,
        recorded_at=now,
        duplicate=False,
        state=kept.state,
        drug=kept.drug,
        day=kept.slot_on,
        number=kept.slot,
        extra=extra,
        now=what_to_do(texts, kind) if texts and kind != "taken" else None,
        level=verdict.level if verdict else None,
        headline=outcome.headline if outcome else None,
        next=outcome.next if outcome else None,
        undo_until=now + UNDO,
        report_wished=draft.reason == "side_effect",
    )


async def _differs(
    con: asyncpg.Connection, rulebook: Rulebook, who: Teller, intake_id: UUID, sha256: bytes, content: str
) -> bool:
    """Keep the second content for a human, once; like a report that differs, it is read by hand. True when somebody is told."""
    if not await intakes.keep_conflict(con, who.establishment_id, who.patient_id, intake_id, sha256, content):
        return False
    verdict = Verdict(
        level=TriageLevel.ORANGE,
        emergency=False,
        recipient=Recipient.LEVEL2,
        reasons=(READ_BY_HAND,),
        fired=(Fired(READ_BY_HAND, TriageLevel.ORANGE),),
        grades={},
        hold=False,
        advice=(),
        rulebook_version=rulebook.version,
    )
    raised = await episodes.judge_chart(
        con, rulebook, who.establishment_id, who.patient_id, verdict, Cause.READ_BY_HAND
    )
    return raised.alert_id is not None


async def undo(con: asyncpg.Connection, rulebook: Rulebook, who: Teller, intake_id: UUID) -> bool:
    """Take an intake back within ten minutes. An alert it has raised stays: somebody looks. Raises IntakeUnknown, IntakeTooOld, NoCourse.

    Whether a worklist has changed.
    """
    here = who.establishment_id
    held = await intakes.held(con, here, who.patient_id, intake_id)
    if held is None:
        raise IntakeUnknown  # not NotFound, which the submitters' door takes for an unknown patient
    if held.undone_at is not None:
        return False
    if not await intakes.undo(con, here, who.patient_id, intake_id, who.author_id, UNDO):
        raise IntakeTooOld
    known = await courses.current(con, rulebook, here, who.patient_id)
    await adherence.recount(con, here, known, held.slot_on, held.slot_on, known.row.now)
    look = await adherence.look_again(con, rulebook, here, known, known.row.now)
    await reminding.rewrite(con, here, known, known.row.now)
    return look.alert_id is not None
