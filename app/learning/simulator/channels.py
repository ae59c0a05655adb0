"""What each regimen does: per channel of toxicity, how often, how soon, and in which shape. From the rulebook's incidences."""

from __future__ import annotations

from statistics import NormalDist

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.domain.treatments import Regimen
from app.learning.simulator.parameters import Parameters

F32 = NDArray[np.float32]
SHAPES = ("A", "C", "U", "S", "E")
_NORMAL = NormalDist()


class Drugs(msgspec.Struct, frozen=True):
    """Arrays with a row per regimen and a column per channel; `named` has a column per symptom of the loads."""

    ids: tuple[str, ...]
    channels: tuple[str, ...]
    symptoms: tuple[str, ...]
    level: NDArray[np.int64]
    cycle_days: NDArray[np.int64]
    times: NDArray[np.int64]
    on_day: NDArray[np.bool_]
    rest_start: NDArray[np.bool_]
    duty: F32
    a1: F32
    a3: F32
    onset: F32
    shape: NDArray[np.int64]
    peak: F32
    named: F32


def drugs(rulebook: Rulebook, p: Parameters, severe: float = 1.0) -> Drugs:
    """Thresholds of the latent normal so that the label's incidences hold before any dose is changed."""
    regimens = [r for r in sorted(rulebook.regimens.values(), key=lambda r: r.id) if r.schedule]
    names = tuple(p.channels)
    shape = (len(regimens), len(names))
    a1, a3 = np.full(shape, 9.0, np.float32), np.full(shape, 12.0, np.float32)
    onset, peak = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    kinds = np.zeros(shape, np.int64)
    longest = max(_schedule(r)[0] for r in regimens)
    on_day, rest_start = (np.zeros((len(regimens), longest + 1), np.bool_) for _ in range(2))
    for i, regimen in enumerate(regimens):
        cycle_days, days = _schedule(regimen)
        on_day[i, sorted(days)] = True
        rest_start[i, [d for d in range(1, cycle_days + 1) if d not in days and {d - 1, d - 2} & days]] = True
        for k, name in enumerate(names):
            own = p.overrides.get(regimen.id, {}).get(name)
            onset[i, k], kind, peak[i, k] = own or (p.channels[name].onset, p.channels[name].shape, 0.0)
            kinds[i, k] = SHAPES.index(kind)
            if odds := _incidence(regimen, name, p):
                a1[i, k] = _NORMAL.inv_cdf(1 - odds[0])
                a3[i, k] = _NORMAL.inv_cdf(1 - max(min(odds[1] * severe, 0.9 * odds[0]), 0.001))
    symptoms = tuple(p.loads)
    return Drugs(
        ids=tuple(r.id for r in regimens),
        channels=names,
        symptoms=symptoms,
        level=np.array([r.level for r in regimens]),
        cycle_days=np.array([_schedule(r)[0] for r in regimens]),
        times=np.array([r.schedule.times_per_day if r.schedule else 1 for r in regimens]),
        on_day=on_day,
        rest_start=rest_start,
        duty=np.array([len(_schedule(r)[1]) / _schedule(r)[0] for r in regimens], np.float32),
        a1=a1,
        a3=a3,
        onset=onset,
        shape=kinds,
        peak=peak,
        named=np.array([[_named(r, s, p) for s in symptoms] for r in regimens], np.float32),
    )


def _schedule(regimen: Regimen) -> tuple[int, set[int]]:
    if regimen.schedule is None:
        return 28, set(range(1, 29))
    days = {d for first, last in regimen.schedule.on_days for d in range(first, last + 1)}
    return regimen.schedule.cycle_days, days


def _incidence(regimen: Regimen, channel: str, p: Parameters) -> tuple[float, float] | None:
    """Probabilities of any grade and of grade 3 or more: the most frequent of the effects that feed the channel."""
    known = p.channels[channel]
    if known.only_with_flag and not regimen.flags.get(known.only_with_flag):
        return None
    found = [regimen.incidence[name] for name in known.sources if name in regimen.incidence]
    if not found:
        return None
    any_, severe = (
        max((getattr(i, which) for i in found if getattr(i, which) is not None), default=None)
        for which in ("any_grade", "severe")
    )
    if any_ is None:
        any_ = min(80.0, (severe or 0) * p.severity["null_any_times"])
    if severe is None:
        severe = any_ / p.severity["null_severe_over"]
    return min(max(any_, 0.2), 97) / 100, severe / 100


def _named(regimen: Regimen, symptom: str, p: Parameters) -> float:
    return 1.0 if symptom in regimen.incidence else p.named_only_by_regimen.get(symptom, 1.0)
