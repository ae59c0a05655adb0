"""What became of a dose, as told by somebody or noticed by a box: entries that are only added, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from app.domain.drugs import MissedReason
from app.domain.schedules import Slot, SlotKey
from app.domain.texts import Text
from app.domain.treatments import IntakeTexts

IntakeKind = Literal["taken", "late", "missed", "vomited", "extra", "undone"]
IntakeSource = Literal["box", "app", "report"]
AuthorKind = Literal["patient", "caregiver", "staff", "device"]

UNDO = timedelta(minutes=10)  # so long an entry can be taken back; after that it is corrected by a new one
_RANK: dict[str, int] = {"report": 0, "app": 1, "box": 2}


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `number` None: an extra dose, of the adherence day `day`. `mg`: amount really taken, None when as planned.

    `replaces` names an earlier entry that no longer counts; kind `undone` only takes it back. `source`: a box noticed it, the
    person logged it, or told it later in a report. `taken_at` None: the hour was not told.
    """

    id: str
    drug: str
    day: date
    number: int | None
    kind: IntakeKind
    recorded_at: datetime
    taken_at: datetime | None = None
    reason: MissedReason | None = None
    mg: float | None = None
    source: IntakeSource = "app"
    author_kind: AuthorKind = "patient"
    author: str = ""
    replaces: str | None = None

    @property
    def key(self) -> SlotKey | None:
        """The slot it answers."""
        return None if self.number is None else (self.drug, self.day, self.number)


def effective(entries: Iterable[Intake]) -> tuple[Intake, ...]:
    """The entries that count: nothing replaced or undone, one answer for each slot, and every extra dose.

    Undoing a correction brings back what it corrected.
    Of several answers for a slot the box wins over the app, the app over what was told later; then the latest. All are kept.
    """
    kept = list(entries)
    undone = {entry.replaces for entry in kept if entry.kind == "undone"}
    gone = undone | {entry.replaces for entry in kept if entry.id not in undone}
    by_slot: dict[SlotKey, Intake] = {}
    extras = []
    for entry in sorted(kept, key=lambda e: (e.recorded_at, e.id)):
        if entry.id in gone or entry.kind == "undone":
            continue
        key = entry.key
        if key is None:
            extras.append(entry)
        elif key not in by_slot or _RANK[entry.source] >= _RANK[by_slot[key].source]:
            by_slot[key] = entry
    return (*by_slot.values(), *extras)


def kind_for(slot: Slot, taken_at: datetime) -> Literal["taken", "late"]:
    """How an intake is called: `late` outside the slot's timing window, on either side."""
    return "taken" if abs(taken_at - slot.due_at) <= timedelta(hours=slot.window_h) else "late"


def unreported(slots: Sequence[Slot], entries: Iterable[Intake], now: datetime) -> tuple[Slot, ...]:
    """Slots, not on hold, whose window has passed without any answer. They are not missed: nobody has said so."""
    answered = {entry.key for entry in effective(entries)}
    return tuple(s for s in slots if not s.held and s.closes_at < now and s.key not in answered)


def what_to_do(texts: IntakeTexts, kind: IntakeKind) -> Text | None:
    """What the regimen's own text says to do now about a missed, late, vomited or extra dose; None when nothing went wrong."""
    return {
        "missed": texts.missed_dose,
        "late": texts.missed_dose,
        "vomited": texts.vomited_dose,
        "extra": texts.double_dose,
    }.get(kind)
