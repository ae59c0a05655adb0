"""What became of a patient after a report: the fortnights that are asked about, and the label that the model learns from.

An outcome is a new severe effect (confirmed CTCAE grade 3 or more) or an unplanned emergency visit or admission on day 1 to 7 (14)
after a report. It is complete only after the horizon and 14 days of grace (risk-model.md, section 9): before, both a yes and a no are
pending, or what is heard first (bad news) would make the model look too mild. Silence is never a no.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

HORIZONS = (7, 14)  # days
WINDOW_DAYS = 14
GRACE_DAYS = 14
SEVERE_GRADE = 3  # CTCAE
_DAY = timedelta(days=1)


class Label(StrEnum):
    """Whether it happened. `pending` may still become known; `unknown` will not."""

    YES = "yes"
    NO = "no"
    PENDING = "pending"
    UNKNOWN = "unknown"


class WindowState(StrEnum):
    """A fortnight is asked about once it is over, for as long as an answer still counts."""

    RUNNING = "running"
    DUE = "due"
    ANSWERED = "answered"
    EXPIRED = "expired"


class Window(Struct, frozen=True, order=True):
    """A fortnight of a patient's days, both ends included."""

    first_on: date
    last_on: date

    def state(self, today: date, answered: bool) -> WindowState:
        """What is to be done about it today."""
        if answered:
            return WindowState.ANSWERED
        if today <= self.last_on:
            return WindowState.RUNNING
        return WindowState.DUE if today <= self.last_on + timedelta(days=GRACE_DAYS) else WindowState.EXPIRED


class Happening(Struct, frozen=True):
    """Something severe: when it began, and until when a new one could not be told from it (None: that day only)."""

    kind: str  # `toxicity` or `visit`
    on: date
    until: date | None = None


class Known(Struct, frozen=True):
    """All that is known of what became of one patient: happenings, fortnights with an answer to both questions, the day they left."""

    happenings: tuple[Happening, ...] = ()
    answered: tuple[Window, ...] = ()
    left_on: date | None = None


def windows(reported_on: Iterable[date], today: date) -> list[Window]:
    """The fortnights that must be asked about, oldest first, up to the one that holds today.

    They follow each other from the day after the first report; one is left out when it is in no report's horizon of 14 days.
    """
    days = sorted(set(reported_on))
    if not days:
        return []
    wanted = set()
    for day in days:
        for reached in (day + _DAY, day + timedelta(days=HORIZONS[-1])):
            wanted.add((reached - days[0] - _DAY).days // WINDOW_DAYS)
    found = []
    for number in sorted(wanted):
        first = days[0] + _DAY + timedelta(days=number * WINDOW_DAYS)
        if first <= today:
            found.append(Window(first, first + timedelta(days=WINDOW_DAYS - 1)))
    return found


def at_risk(reported_on: date, happenings: Sequence[Happening]) -> bool:
    """False when something severe was already there on the day of the report: predicting that is no prediction."""
    return not any(h.on <= reported_on <= (h.until or h.on) for h in happenings)


def label(reported_on: date, horizon: int, today: date, known: Known) -> Label:
    """What came within `horizon` days of a report, as far as it can be said today."""
    if today <= reported_on + timedelta(days=horizon + GRACE_DAYS):
        return Label.PENDING
    first, last = reported_on + _DAY, reported_on + timedelta(days=horizon)
    if any(first <= h.on <= last for h in known.happenings):
        return Label.YES
    if known.left_on is not None and known.left_on <= last:
        return Label.UNKNOWN  # censored is not a no
    return Label.NO if _covered(first, last, known.answered) else Label.UNKNOWN


def first_event(reported_on: date, known: Known) -> tuple[str, int] | None:
    """Kind and day (1 to 14) of the first happening after a report."""
    after = sorted(
        ((h.on - reported_on).days, h.kind) for h in known.happenings if 1 <= (h.on - reported_on).days <= HORIZONS[-1]
    )
    return (after[0][1], after[0][0]) if after else None


def _covered(first: date, last: date, answered: Sequence[Window]) -> bool:
    """Whether every day lies in a fortnight that somebody has answered for."""
    day = first
    while day <= last:
        reach = max((w.last_on for w in answered if w.first_on <= day <= w.last_on), default=None)
        if reach is None:
            return False
        day = reach + _DAY
    return True
