"""What a version of the simulator must show before it is accepted (specification, section 9)."""

from __future__ import annotations

import msgspec
import numpy as np

from app.domain.rulebook import Rulebook
from app.learning.cohort import Cohort
from app.learning.matrix import highest_scores
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site

SEEDS = 3
RANGES: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "patients with clinical grade 3 or worse in 6 months": ((0.25, 0.30), (0.33, 0.38)),
    "patients with an unplanned visit or admission": ((0.13, 0.17), (0.19, 0.24)),
    "relative dose intensity while on treatment": ((0.88, 0.95), (0.88, 0.95)),
    "at-risk reports before an event, 7 days": ((0.025, 0.035), (0.05, 0.07)),
    "at-risk reports before an event, 14 days": ((0.05, 0.065), (0.10, 0.13)),
    "7-day rate, highest answer 4 against 0 or 1": ((3.5, 8), (5, 12)),
    "reports whose highest answer is 3 or more": ((0.15, 0.30), (0.20, 0.35)),
}
"""Monitored, then usual care. Sources: CAPRI, PRO-TECT, Ontario (specification, section 11)."""


class Target(msgspec.Struct, frozen=True):
    """One target."""

    name: str
    care: str
    low: float
    high: float
    found: float

    @property
    def held(self) -> bool:
        """Inside the range."""
        return self.low <= self.found <= self.high

    @property
    def told(self) -> str:
        """In a line."""
        mark = "held  " if self.held else "MISSED"
        return f"{mark} {self.care:<11} {self.name}: {self.found:.3f} (wanted {self.low:g} to {self.high:g})"


def measure(rulebook: Rulebook, patients: int = 5000, seed: int = 1, seeds: int = SEEDS) -> list[Target]:
    """Mean over a few seeds, on complex treatments only: CAPRI left hormonal ones out."""
    found = []
    for care, monitored in (("monitored", True), ("usual care", False)):
        site = default_site(rulebook, parameters(), monitored=monitored, level=2)
        runs = [_figures(simulate(rulebook, patients, seed + i, site=site)) for i in range(seeds)]
        for name, ranges in RANGES.items():
            low, high = ranges[0 if monitored else 1]
            found.append(Target(name, care, low, high, float(np.mean([run[name] for run in runs]))))
    return found


def _figures(cohort: Cohort) -> dict[str, float]:
    r, e, n = cohort.reports, cohort.events, len(cohort.patients.ids)
    if e is None or cohort.intakes is None:
        raise ValueError("a simulated cohort has its events and intakes")
    stop = parameters().horizon.days
    inside = e.day < stop
    known7, known14 = (r.at_risk & (outcome >= 0) for outcome in (r.outcome_7d, r.outcome_14d))
    highest = highest_scores(cohort)
    top, low = (r.outcome_7d[known7 & group].mean() for group in (highest == 4, highest <= 1))
    days = np.arange(cohort.intakes.planned.shape[1])[None, :] <= cohort.patients.last_day[:, None]
    values = (
        len(np.unique(e.patient[inside & (e.kind == 0)])) / n,
        len(np.unique(e.patient[inside & (e.kind == 1)])) / n,
        float(cohort.intakes.dose[days].sum() / cohort.intakes.planned[days].sum()),
        float(r.outcome_7d[known7].mean()),
        float(r.outcome_14d[known14].mean()),
        float(top / low),
        float((highest >= 3).mean()),
    )
    return dict(zip(RANGES, values, strict=True))
