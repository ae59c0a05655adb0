"""A cohort from a site, a number of patients and a seed. No Python loop over patients; one generator per purpose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.learning import cohort as c
from app.learning.simulator import population
from app.learning.simulator.body import Body, Ints, Mask
from app.learning.simulator.care import Care
from app.learning.simulator.channels import Drugs, drugs
from app.learning.simulator.diary import Diary
from app.learning.simulator.intakes import adherence_facts
from app.learning.simulator.parameters import Parameters, parameters, parameters_sha256
from app.learning.simulator.sites import Site, random_site

PURPOSES = ("population", "toxicity", "course", "events", "care", "intake", "reports", "measurements")


def simulate_site(
    rulebook: Rulebook, site: Site, patients: int, seed: int | Sequence[int], *, name: str = "s01", number: int = 0
) -> c.Cohort:
    """Patients of one site, followed day by day. The same arguments give the same cohort."""
    p = parameters()
    children = np.random.SeedSequence(seed).spawn(len(PURPOSES))
    dice = {purpose: np.random.Generator(np.random.PCG64(s)) for purpose, s in zip(PURPOSES, children, strict=True)}
    table = drugs(rulebook, p, site.severe)
    people = population.draw(patients, site, table, p, dice)
    course = _Course(rulebook, site, table, people, p, dice)
    for day in range(p.horizon.days + p.horizon.tail):
        course.step(day)
    return course.cohort(name, number)


def simulate(
    rulebook: Rulebook,
    patients: int,
    seed: int,
    *,
    sites: int = 0,
    site: Site | None = None,
    drift_day: int | None = None,
) -> c.Cohort:
    """So many patients over so many randomised sites; 0 sites: the one that is given."""
    p = parameters()
    if sites == 0:
        if site is None:
            raise ValueError("either a number of randomised sites, or a site")
        drawn = [site]
    else:
        dice = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1])))
        drawn = [random_site(rulebook, p, dice, drift_day) for _ in range(sites)]
    share = [patients // len(drawn) + (i < patients % len(drawn)) for i in range(len(drawn))]
    parts = [
        simulate_site(rulebook, one, n, [seed, 2, i], name=f"s{i + 1:02d}", number=i)
        for i, (one, n) in enumerate(zip(drawn, share, strict=True))
        if n
    ]
    whole = parts[0] if len(parts) == 1 else c.together(parts)
    whole.manifest.update(seed=seed, sites=len(drawn), patients=patients)
    return whole


class _Course:
    """The run of one site."""

    def __init__(
        self,
        rulebook: Rulebook,
        site: Site,
        table: Drugs,
        people: population.Patients,
        p: Parameters,
        dice: dict[str, np.random.Generator],
    ) -> None:
        n, days = len(people.regimen), p.horizon.days + p.horizon.tail
        self.rulebook, self.site, self.table, self.people, self.p = rulebook, site, table, people, p
        self.symptoms = asked_symptoms(rulebook)
        self.body = Body(people, site, table, p, dice)
        self.care = Care(self.body, days, dice)
        self.diary = Diary(self.body, rulebook, self.symptoms, dice)
        self.notices = dice["care"]
        self.onsets, self.visits = (np.zeros((n, days), np.bool_) for _ in range(2))
        self.last_day = np.full(n, days - 1)
        self.prior = np.zeros((n, 2), np.int8)
        self.rows: dict[str, list[NDArray[np.generic]]] = {}

    def step(self, day: int) -> None:
        """One day: doses, body, events, reports, care."""
        body, people = self.body, self.people
        length = self.table.cycle_days[people.regimen]
        cycle, day_of_cycle = day // length + 1, day % length + 1
        body.grow(day, day_of_cycle, self.care.take(day, day_of_cycle))
        onset, visit, stopped = body.happen(day)
        self.onsets[:, day], self.visits[:, day] = onset, visit
        alerted = np.zeros(len(cycle), np.bool_)
        if day < self.p.horizon.days:
            who, due = self.diary.ask(day, cycle)
            if len(who):
                self._report(day, cycle, day_of_cycle, who, due, alerted)
        self.care.look(day_of_cycle, visit, alerted)
        self.prior[:, 0] |= onset
        self.prior[:, 1] |= visit
        self.last_day[stopped] = day
        body.following &= ~stopped

    def _report(self, day: int, cycle: Ints, day_of_cycle: Ints, who: Ints, due: Mask, alerted: Mask) -> None:
        scores = self.diary.answer(who, day)
        measured = self.diary.measure(who, scores)
        if self.site.monitored:
            hot = np.nan_to_num(measured[:, c.MEASURED.index("temperature_c")]) >= 38.0
            worrying = (scores.max(axis=(1, 2)) >= 3) | hot
            alerted[who] = worrying & (self.notices.random(len(who)) < self.p.care["notices_alert"])
        self._keep(
            patient=who.astype(np.int32),
            day=np.full(len(who), day, np.int32),
            cycle=cycle[who].astype(np.int32),
            day_of_cycle=day_of_cycle[who].astype(np.int32),
            scheduled=due[who],
            scores=scores,
            measured=measured,
            prior=self.prior[who].copy(),
            silent=self.diary.silent_before[who].astype(np.int16),
            at_risk=~self.body.running[who],
        )

    def _keep(self, **columns: NDArray[np.generic]) -> None:
        for name, values in columns.items():
            self.rows.setdefault(name, []).append(values)

    def cohort(self, name: str, number: int) -> c.Cohort:
        """The columns, sorted by patient then day, with their labels."""
        found = {key: np.concatenate(parts) for key, parts in self.rows.items()}
        order = np.lexsort((found["day"], found["patient"]))
        found = {key: values[order] for key, values in found.items()}
        outcome, kind, ahead = self._labels(found["patient"], found["day"])
        silent = found.pop("silent")
        facts = adherence_facts(self.care, self.table, self.people.regimen, found["patient"], found["day"], silent)
        reports = c.Reports(
            **found,
            answered=np.ones(len(order), np.float32),
            adherence=facts,
            outcome_7d=outcome[0],
            outcome_14d=outcome[1],
            kind=kind,
            days_to_event=ahead,
        )
        when, what = [], []
        for code, happened in enumerate((self.onsets, self.visits)):
            patient, day = np.nonzero(happened)
            when.append(np.column_stack([patient, day]))
            what.append(np.full(len(patient), code, np.int8))
        pairs, kinds = np.concatenate(when), np.concatenate(what)
        sort = np.lexsort((kinds, pairs[:, 1], pairs[:, 0]))
        events = c.Events(
            patient=pairs[sort, 0].astype(np.int32), day=pairs[sort, 1].astype(np.int32), kind=kinds[sort]
        )
        return c.Cohort(
            symptoms=self.symptoms,
            regimens=self.table.ids,
            levels=tuple(self.table.level.tolist()),
            patients=self._patients(name, number),
            reports=reports,
            events=events,
            intakes=self._intakes(),
            manifest={
                "synthetic": True,
                "report_days": self.p.horizon.days,
                "note": "invented patients: no evidence of clinical performance",
                "parameters_sha256": parameters_sha256(),
                "rulebook": self.rulebook.version,
            },
        )

    def _labels(self, patient: Ints, day: Ints) -> tuple[tuple[c.I8, c.I8], c.I8, c.I8]:
        """Outcomes within 7 and 14 days (-1: follow-up ended first), kind of the first event, and in how many days."""
        happened = self.onsets | self.visits
        n, days = happened.shape
        ahead = np.full((n, days + 1), 10_000, np.int32)
        for d in range(days - 1, -1, -1):
            ahead[:, d] = np.where(happened[:, d], d, ahead[:, d + 1])
        following = ahead[patient, day + 1]
        wait = following - day
        outcomes = [
            np.where(wait <= h, 1, np.where(self.last_day[patient] >= day + h, 0, -1)).astype(np.int8) for h in (7, 14)
        ]
        near = wait <= 14
        on = np.minimum(following, days - 1)
        kind = np.where(near, self.visits[patient, on].astype(np.int8), -1).astype(np.int8)
        return (outcomes[0], outcomes[1]), kind, np.where(near, wait, -1).astype(np.int8)

    def _patients(self, name: str, number: int) -> c.Patients:
        people = self.people
        first = c.day_number(self.p.horizon.first_enrolment)
        return c.Patients(
            ids=tuple(f"{name}-p{i + 1:05d}" for i in range(len(people.regimen))),
            regimen=people.regimen.astype(np.int32),
            enrolled=people.enrolled + first,
            age=np.floor(people.age),
            woman=people.woman.astype(np.int8),
            ecog=people.ecog.astype(np.int8),
            comorbidities=np.minimum(people.comorbidities, 30).astype(np.int8),
            weight_kg=people.weight.astype(np.float64).round(1),
            baseline=np.clip(np.rint(self.diary.baseline), 0, 3).astype(np.int8),
            site=np.full(len(people.regimen), number, np.int16),
            last_day=self.last_day.astype(np.int32),
        )

    def _intakes(self) -> c.Intakes:
        care = self.care
        return c.Intakes(
            planned=care.planned,
            taken=care.taken,
            rest=care.rest_taken,
            during_hold=care.hold_taken,
            on_hold=care.on_hold,
            logged=care.logged,
            dose=care.strength,
        )


def asked_symptoms(rulebook: Rulebook) -> tuple[str, ...]:
    """Every symptom with questions, sorted; safety items among them, which the simulator never answers."""
    return tuple(sorted(s.id for s in rulebook.symptoms.values() if s.attributes))
