"""What ordering the worklist by the model changes: with so much time a day, which events are seen coming, and how early."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.learning import alerts, metrics
from app.learning.cohort import Cohort
from app.learning.metrics import Interval

SHARES = (0.1, 0.2, 0.3, 0.5)


class Order(msgspec.Struct, frozen=True):
    """One capacity: the share of each day's reports that somebody has time for; events seen without and with the model."""

    share: float
    without: Interval
    with_model: Interval
    gain: Interval
    lead_without: float
    lead_with: float
    earlier: float
    later: float


def compare(
    cohort: Cohort, rule_levels: NDArray[np.int8], p7: NDArray[np.float64], *, seed: int = 1, rounds: int = 200
) -> tuple[Order, ...]:
    """The reports of each day on one list, by triage level; within a level by arrival, or by the model. Levels are never crossed.

    One coordination serves all the patients of the cohort: with a list per small site there would be nothing to order.

    Who is not reached that day is not reached (the next day has its own list), in both orders alike.
    """
    r, people = cohort.reports, cohort.patients
    follow = alerts.followed(cohort)
    today = people.enrolled[r.patient] + r.day
    arrival = np.random.Generator(np.random.PCG64(seed)).permutation(len(today))
    day_list = np.unique(today, return_inverse=True)[1]
    level = -rule_levels.astype(np.int64)
    by_arrival = _position(day_list, np.lexsort((arrival, level, day_list)))
    by_model = _position(day_list, np.lexsort((arrival, -np.nan_to_num(p7, nan=-1.0), level, day_list)))
    length = np.bincount(day_list)[day_list]
    found = []
    for share in SHARES:
        room = np.ceil(share * length)
        before = alerts.caught(cohort, follow.events, by_arrival < room)
        after = alerts.caught(cohort, follow.events, by_model < room)
        patient = follow.events.patient
        ahead = after.lead - before.lead
        found.append(
            Order(
                share,
                _mean(patient, before.seen.astype(np.float64), seed, rounds),
                _mean(patient, after.seen.astype(np.float64), seed, rounds),
                _mean(patient, after.seen.astype(np.float64) - before.seen, seed, rounds),
                float(before.lead.mean()),
                float(after.lead.mean()),
                float((ahead > 0).mean()),
                float((ahead < 0).mean()),
            )
        )
    return tuple(found)


def table(orders: tuple[Order, ...]) -> str:
    """The comparison as a Markdown table."""
    lines = [
        "| reports looked at | events seen, by level and arrival | by level and model | gain, points | seen earlier | seen later |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {100 * o.share:.0f} % of the day's list | {100 * (o.without.value or 0):.1f} % | "
        f"{100 * (o.with_model.value or 0):.1f} % | {100 * (o.gain.value or 0):+.1f} "
        f"({100 * (o.gain.low or 0):+.1f} to {100 * (o.gain.high or 0):+.1f}) | {100 * o.earlier:.1f} % | "
        f"{100 * o.later:.1f} % |"
        for o in orders
    ]
    return "\n".join(lines)


def _position(day_list: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank of each report in its own list."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(day_list))])[:-1]
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order)) - starts[day_list[order]]
    return position


def _mean(patient: NDArray[np.int32], value: NDArray[np.float64], seed: int, rounds: int) -> Interval:
    return metrics.bootstrap(patient, lambda w: float((w * value).sum() / w.sum()), float(value.mean()), seed, rounds)
