"""What an oncologist signs about a course: start, hold, resume, dose change, stop, complete. Dated, and never overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

OrderKind = Literal["start", "hold", "resume", "dose_change", "stop", "complete"]


class CourseState(StrEnum):
    """Where a course stands."""

    PLANNED = "planned"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    STOPPED = "stopped"
    COMPLETED = "completed"


class CycleStart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cycle number `cycle` begins on this day, whatever the calendar said; the cycles after it follow."""

    cycle: Annotated[int, Meta(ge=1)]
    on: date


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One signed order. It holds from `at` on: what was planned before that instant stays as it was.

    `doses`: mg per intake by drug, from then on. `drugs`: which ones it concerns; empty: for a hold or a resume all but the
    partners (a corticosteroid is never stopped abruptly), for the others all. `next_cycle` shifts the calendar; nothing else does.
    """

    id: str
    kind: OrderKind
    at: datetime
    signed_by: str
    signed_at: datetime
    reason: str
    doses: dict[str, float] = {}
    drugs: tuple[str, ...] = ()
    next_cycle: CycleStart | None = None

    def concerns(self, drug: str, partner: bool) -> bool:
        """Whether the order is about this drug."""
        if self.drugs:
            return drug in self.drugs
        return not partner or self.kind not in ("hold", "resume")

    def shifts(self, drug: str) -> bool:
        """Whether the order moves the cycles of this drug; partners move with the regimen, also when a hold does not concern them."""
        return self.next_cycle is not None and (not self.drugs or drug in self.drugs)


_AFTER = {
    "start": CourseState.ACTIVE,
    "hold": CourseState.ON_HOLD,
    "resume": CourseState.ACTIVE,
    "stop": CourseState.STOPPED,
    "complete": CourseState.COMPLETED,
}
_ALLOWED: dict[CourseState, tuple[OrderKind, ...]] = {
    CourseState.PLANNED: ("start", "stop"),
    CourseState.ACTIVE: ("hold", "dose_change", "stop", "complete"),
    CourseState.ON_HOLD: ("resume", "dose_change", "stop", "complete"),
    CourseState.STOPPED: (),
    CourseState.COMPLETED: (),
}


def in_order(orders: Iterable[Order]) -> tuple[Order, ...]:
    """By the instant they hold from, then by signature."""
    return tuple(sorted(orders, key=lambda o: (o.at, o.signed_at, o.id)))


def state_at(orders: Iterable[Order], at: datetime) -> CourseState:
    """Where the course stands at an instant. A hold of some drugs only leaves it active."""
    state = CourseState.PLANNED
    for order in in_order(orders):
        if order.at > at:
            break
        partial = order.drugs and order.kind in ("hold", "resume", "stop", "complete")
        if order.kind in _ALLOWED[state] and not partial:
            state = _AFTER.get(order.kind, state)
    return state


def why_not(order: Order, orders: Sequence[Order]) -> str | None:
    """Why this order cannot follow those already signed, in words that say what to do; None when it can."""
    state = state_at(orders, order.at)
    if not order.reason.strip():
        return "an order needs a reason"
    if orders and order.at < max(o.at for o in orders):
        return "a later order is already signed: date this one after it, or sign a new one that corrects it"
    if order.drugs and order.kind in ("hold", "resume"):
        held = _held(orders, order.drugs)
        if order.kind == "resume" and not held:
            return f"{', '.join(order.drugs)}: not on hold, nothing to resume"
        return None if state in (CourseState.ACTIVE, CourseState.ON_HOLD) else f"the course is {state.value}"
    if order.kind not in _ALLOWED[state]:
        allowed = ", ".join(_ALLOWED[state]) or "a new course"
        return f"the course is {state.value}: {order.kind} cannot follow; what can: {allowed}"
    if order.kind == "dose_change" and not order.doses and order.next_cycle is None:
        return "a dose change says the new dose in mg per intake, or the day the next cycle begins"
    if order.next_cycle and order.next_cycle.on < order.at.date() - timedelta(days=1):
        return "a cycle begins today or later: what is past stays as it was"
    if any(mg <= 0 for mg in order.doses.values()):
        return "a dose is more than 0 mg; to give none, sign a hold"
    return None


def _held(orders: Iterable[Order], drugs: tuple[str, ...]) -> bool:
    held = False
    for order in in_order(orders):
        if order.kind in ("hold", "resume") and (not order.drugs or set(order.drugs) & set(drugs)):
            held = order.kind == "hold"
    return held
