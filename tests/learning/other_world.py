"""Invented patients of another making: nothing of the product's simulator is used, so that a model is not only judged by its own maker.

Different on purpose: symptoms are states that jump up and down by daily chances (not smooth severities with an onset curve and a
latent normal), answers are misread by whole steps (not by normal noise), infections last log-normal times, events follow a
complementary log-log hazard with a gamma frailty, when in its cycle a regimen weighs most is drawn, patients are followed for four months
and report every fifth day. Shared are facts alone: which symptoms a label names for a regimen and how often (any grade). At first these
were drawn too; letrozole became as hard as regorafenib, which is not another making but a falsehood. Nothing else was changed after a
look, and nothing is to be tuned: what a model loses here is the point.

    .venv/bin/python -m tests.learning.other_world FOLDER     (then: vigie model goals --other FOLDER)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.domain.treatments import Regimen
from app.learning import cohort as c
from app.learning.files import write

DAYS, TAIL = 120, 15
PATIENTS, SEED = 4000, 977
F64 = NDArray[np.float64]
B8 = NDArray[np.bool_]


class World:
    """Everybody, day by day."""

    def __init__(self, rulebook: Rulebook, patients: int, seed: int) -> None:
        dice = self.dice = np.random.default_rng(seed)
        n = self.n = patients
        self.symptoms = tuple(sorted(s.id for s in rulebook.symptoms.values() if s.attributes))
        self.asked = np.array([[a in rulebook.symptoms[s].attributes for a in c.LETTERS] for s in self.symptoms])
        self.asked[[rulebook.symptoms[s].kind == "safety_item" for s in self.symptoms]] = False
        known = {id_: regimen.schedule for id_, regimen in sorted(rulebook.regimens.items()) if regimen.schedule}
        self.regimens = tuple(known)
        self.levels = tuple(rulebook.regimens[id_].level for id_ in self.regimens)
        lengths = np.array([schedule.cycle_days for schedule in known.values()])
        strength = np.array([[_told(rulebook.regimens[id_], s) for s in self.symptoms] for id_ in self.regimens])
        self.regimen = dice.integers(0, len(self.regimens), n)
        self.length = lengths[self.regimen]
        self.peak = dice.uniform(0, 1, len(self.regimens))[self.regimen]
        self.swing = dice.uniform(0, 0.9, len(self.regimens))[self.regimen]
        self.risk_of = strength[self.regimen]
        self.age = np.clip(dice.normal(64, 12, n), 25, 90)
        self.ecog = dice.choice(4, n, p=[0.35, 0.4, 0.2, 0.05])
        self.ills = dice.poisson(0.9, n)
        self.frailty = dice.gamma(2.0, 0.5, n) * np.exp(0.25 * (self.ecog - 1))
        self.decline = dice.exponential(0.004, n)
        self.state = np.zeros((n, len(self.symptoms)))
        self.ill_until, self.ill_by = np.zeros(n), np.zeros(n)
        self.running_until = np.full(n, -1)
        self.last_day = np.full(n, DAYS + TAIL - 1)
        self.weight = dice.normal(72, 14, n).clip(42, 130)
        self.lost = np.zeros(n)
        self.prior = np.zeros((n, 2), np.int8)
        self.events: list[tuple[int, int, int]] = []
        self.happened = np.zeros((n, DAYS + TAIL), np.bool_)
        self.visited = np.zeros((n, DAYS + TAIL), np.bool_)
        self.rows: list[dict[str, NDArray[np.generic]]] = []

    def live(self, day: int) -> None:
        """States jump, infections come and go, events happen."""
        dice, n = self.dice, self.n
        wave = 1 + self.swing * np.cos(2 * np.pi * ((day % self.length) / self.length - self.peak))
        up = 0.012 * self.risk_of * (self.frailty * wave)[:, None] + 0.002 * np.minimum(self.decline * day, 3)[:, None]
        roll = dice.random(self.state.shape)
        rises, falls = roll < up, roll > 1 - 0.05 * (self.state > 0)
        self.state = np.clip(self.state + rises - falls, 0, 4)
        begins = dice.random(n) < 0.0011 * self.frailty
        self.ill_until = np.where(begins, day + np.exp(dice.normal(1.6, 0.5, n)), self.ill_until)
        self.ill_by = np.where(begins, dice.uniform(0.8, 2.6, n), self.ill_by)
        self.ill = np.where(day < self.ill_until, self.ill_by, 0.0)
        self.lost = np.clip(self.lost + 0.03 * (self.state[:, self._at("nausea")] - 0.8) / 2, -1, 15)
        worst, burden = self.state.max(axis=1), (self.state >= 2).sum(axis=1)
        log_rate = -6.5 + 0.35 * worst + 0.15 * burden + 0.9 * self.ill + 0.5 * self.decline * day
        chance = 1 - np.exp(-self.frailty * np.exp(log_rate))  # complementary log-log
        free = (day > self.running_until) & (day <= self.last_day)
        hit = free & (dice.random(n) < chance)
        visit = hit & (dice.random(n) < 0.4)
        for who in np.flatnonzero(hit):
            self.events.append((int(who), day, int(visit[who])))
        self.happened[:, day], self.visited[:, day] = hit, visit
        self.prior[hit & ~visit, 0] = 1
        self.prior[visit, 1] = 1
        self.running_until = np.where(hit, day + dice.integers(4, 10, n), self.running_until)
        recovering = day == self.running_until
        self.state = np.where(recovering[:, None], np.minimum(self.state, 1), self.state)
        self.last_day = np.where(free & (dice.random(n) < 0.0015), day, self.last_day)

    def tell(self, day: int) -> None:
        """Every fifth day, and less often the more ill they are."""
        dice = self.dice
        due = (day + np.arange(self.n)) % 5 == 0
        sends = dice.random(self.n) < 0.85 - 0.06 * self.state.max(axis=1)
        who = np.flatnonzero(due & sends & (day <= self.last_day))
        if not len(who):
            return
        slips = dice.choice([-1, 0, 1], (len(who), len(self.symptoms), len(c.LETTERS)), p=[0.12, 0.78, 0.10])
        felt = self.state[who][:, :, None] + (self.state[who] > 0)[:, :, None] * slips
        felt[:, self._at("chills")] += self.ill[who][:, None]
        felt[:, self._at("fatigue")] += np.minimum(self.decline[who] * day, 2)[:, None]
        scores = np.clip(np.rint(felt), 0, 4).astype(np.int8)
        scores[:, :, c.LETTERS.index("P")] = felt.mean(axis=2) >= 1.5
        scores = np.where(self.asked[None, :, :] & (scores.max(axis=2, keepdims=True) > 0), scores, -1).astype(np.int8)
        measured = np.full((len(who), len(c.MEASURED)), np.nan)
        warm = 36.7 + dice.laplace(0, 0.2, len(who)) + 0.7 * self.ill[who]
        kg = self.weight[who] * (1 - self.lost[who] / 100) + dice.normal(0, 0.4, len(who))
        for name, value, share in (("temperature_c", warm, 0.6), ("weight_kg", kg, 0.4)):
            measured[:, c.MEASURED.index(name)] = np.where(dice.random(len(who)) < share, value.round(1), np.nan)
        self.rows.append(
            {
                "patient": who.astype(np.int32),
                "day": np.full(len(who), day, np.int32),
                "cycle": (day // self.length[who] + 1).astype(np.int32),
                "day_of_cycle": (day % self.length[who] + 1).astype(np.int32),
                "scores": scores,
                "measured": measured,
                "prior": self.prior[who].copy(),
                "at_risk": self.running_until[who] < day,
            }
        )

    def cohort(self) -> c.Cohort:
        """What was told and what became of it."""
        found = {name: np.concatenate([row[name] for row in self.rows]) for name in self.rows[0]}
        order = np.lexsort((found["day"], found["patient"]))
        found = {name: values[order] for name, values in found.items()}
        who, day = found["patient"], found["day"]
        days = self.happened.shape[1]
        next_on = np.full((self.n, days + 1), 9999, np.int32)
        for d in range(days - 1, -1, -1):
            next_on[:, d] = np.where(self.happened[:, d], d, next_on[:, d + 1])
        wait = next_on[who, day + 1] - day
        outcomes = [np.where(wait <= h, 1, np.where(self.last_day[who] >= day + h, 0, -1)) for h in (7, 14)]
        near, on = wait <= 14, np.minimum(next_on[who, day + 1], days - 1)
        adherence = np.zeros((len(who), len(c.ADHERENCE)), np.int16)
        reports = c.Reports(
            **found,
            scheduled=np.ones(len(who), np.bool_),
            answered=np.ones(len(who), np.float32),
            adherence=adherence,
            outcome_7d=outcomes[0].astype(np.int8),
            outcome_14d=outcomes[1].astype(np.int8),
            kind=np.where(near, self.visited[who, on], -1).astype(np.int8),
            days_to_event=np.where(near, wait, -1).astype(np.int8),
        )
        events = sorted(self.events)
        return c.Cohort(
            symptoms=self.symptoms,
            regimens=self.regimens,
            levels=self.levels,
            patients=c.Patients(
                ids=tuple(f"other-{i:05d}" for i in range(self.n)),
                regimen=self.regimen.astype(np.int32),
                enrolled=(19_800 + self.dice.integers(0, 500, self.n)).astype(np.int64),
                age=np.floor(self.age).astype(np.float32),
                woman=self.dice.integers(0, 2, self.n).astype(np.int8),
                ecog=self.ecog.astype(np.int8),
                comorbidities=self.ills.astype(np.int8),
                weight_kg=self.weight.round(1),
                baseline=np.zeros((self.n, len(self.symptoms)), np.int8),
                site=np.zeros(self.n, np.int16),
                last_day=self.last_day.astype(np.int32),
            ),
            reports=reports,
            events=c.Events(
                patient=np.array([e[0] for e in events], np.int32),
                day=np.array([e[1] for e in events], np.int32),
                kind=np.array([e[2] for e in events], np.int8),
            ),
            intakes=None,
            manifest={
                "synthetic": True,
                "report_days": DAYS,
                "generator": "tests/learning/other_world.py",
                "seed": SEED,
            },
        )

    def _at(self, symptom: str) -> int:
        return self.symptoms.index(symptom)


def _told(regimen: Regimen, symptom: str) -> float:
    """How much a regimen drives a symptom: thrice the share of patients that its label gives; little where it is silent."""
    found = regimen.incidence.get(symptom)
    if found is None:
        return 0.12
    return 3 * (found.any_grade or 20) / 100


def other_patients(rulebook: Rulebook, patients: int = PATIENTS, seed: int = SEED) -> c.Cohort:
    """A cohort of the other making."""
    world = World(rulebook, patients, seed)
    for day in range(DAYS + TAIL):
        world.live(day)
        if day < DAYS:
            world.tell(day)
    return world.cohort()


if __name__ == "__main__":
    from tests.rules.book import rulebook as book

    print(write(other_patients(book()), Path(sys.argv[1])), "reports of invented patients")
