"""Alerts against events: how many a policy raises, how many events it sees coming within seven days, and how long before."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.learning.cohort import Cohort, Events

DAYS = 7
MONTH = 30.4375

Mask = NDArray[np.bool_]
F64 = NDArray[np.float64]


class Caught(msgspec.Struct, frozen=True):
    """Per event: whether an alert came in the seven days before, and how many days before at the earliest (0: none)."""

    seen: Mask
    lead: F64


class Follow(msgspec.Struct, frozen=True):
    """What alerts are counted over: the events while reports were possible, and each patient's months."""

    events: Events
    months: F64


def followed(cohort: Cohort) -> Follow:
    """Events and months up to the last day on which reports were made (`report_days` of the manifest), or of follow-up."""
    if cohort.events is None:
        raise ValueError("a cohort without events has no alerts to judge")
    stop = int(cohort.manifest.get("report_days", 0) or 0)  # type: ignore[arg-type] # whole in what we write
    last = cohort.patients.last_day.astype(np.float64)
    inside = np.ones(len(cohort.events.day), np.bool_)
    if stop:
        last = np.minimum(last, stop - 1)
        inside = cohort.events.day <= stop
    e = cohort.events
    return Follow(
        Events(patient=e.patient[inside], day=e.day[inside], kind=e.kind[inside]), np.maximum(last + 1, 0) / MONTH
    )


def caught(cohort: Cohort, events: Events, alerting: Mask) -> Caught:
    """Which events had an alerting report on one of the seven days before."""
    r = cohort.reports
    span = int(max(r.day.max(initial=0), events.day.max(initial=0))) + DAYS + 2
    keys = r.patient[alerting].astype(np.int64) * span + r.day[alerting]
    wanted = events.patient.astype(np.int64) * span + events.day
    first = np.searchsorted(keys, np.maximum(wanted - DAYS, events.patient.astype(np.int64) * span))
    found = np.append(keys, np.iinfo(np.int64).max)[first]
    seen = found < wanted
    return Caught(seen, np.where(seen, wanted - np.where(seen, found, wanted), 0).astype(np.float64))


def threshold_for(p: F64, eligible: Mask, alerts: float) -> float:
    """The probability at or above which about so many of the eligible reports lie; 1.01 when none may."""
    count = round(alerts)
    found = np.sort(p[eligible])[::-1]
    if count <= 0 or not len(found):
        return 1.01
    return float(found[min(count, len(found)) - 1])
