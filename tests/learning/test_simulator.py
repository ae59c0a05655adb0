"""Invented patients: the same for the same seed, as ill as the studies say, and labelled as invented."""

from __future__ import annotations

import numpy as np

from app.learning import cohort as c
from app.learning.simulator.parameters import parameters, parameters_sha256
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site
from app.learning.simulator.targets import measure
from app.learning.training import data_sha256
from tests.learning.cast import many, one_site
from tests.rules.book import rulebook


def test_the_same_seed_gives_the_same_patients_and_another_seed_gives_others() -> None:
    first, again, other = (simulate(rulebook(), 60, seed, sites=2) for seed in (5, 5, 6))
    assert data_sha256(first) == data_sha256(again)
    assert data_sha256(first) != data_sha256(other)


def test_every_target_of_the_specification_is_met() -> None:
    missed = [target.told for target in measure(rulebook(), 5000, 1, seeds=2) if not target.held]
    assert missed == []


def test_all_that_is_simulated_says_so_and_says_by_which_parameters() -> None:
    assert many().synthetic
    assert many().manifest["parameters_sha256"] == parameters_sha256()


def test_every_regimen_of_the_rulebook_with_a_calendar_is_treated() -> None:
    used = {many().regimens[i] for i in np.unique(many().patients.regimen)}
    assert used == {r.id for r in rulebook().regimens.values() if r.schedule}


def test_labels_are_what_the_events_say_and_a_follow_up_that_ends_first_is_not_a_no() -> None:
    found = one_site()
    events: dict[int, list[int]] = {}
    assert found.events is not None
    for who, day in zip(found.events.patient.tolist(), found.events.day.tolist(), strict=True):
        events.setdefault(who, []).append(day)
    r = found.reports
    unknown = 0
    for i in range(0, len(r.day), 7):
        who, day = int(r.patient[i]), int(r.day[i])
        for days, outcome in ((7, r.outcome_7d), (14, r.outcome_14d)):
            happened = any(day < e <= day + days for e in events.get(who, []))
            ended = found.patients.last_day[who] < day + days
            assert outcome[i] == (1 if happened else -1 if ended else 0)
            unknown += outcome[i] == -1
    assert unknown > 0


def test_nobody_reports_after_the_treatment_ended_or_while_the_answers_make_no_sense() -> None:
    found = one_site()
    r = found.reports
    assert (r.day <= found.patients.last_day[r.patient]).all()
    assert (np.diff(r.patient) >= 0).all()
    for i, symptom in enumerate(found.symptoms):
        letters = rulebook().symptoms[symptom].attributes
        asked = [c.LETTERS.index(letter) for letter in letters]
        others = [k for k in range(len(c.LETTERS)) if k not in asked]
        assert (r.scores[:, i, others] == -1).all()
        there = r.scores[:, i, asked[0]] > 0
        assert (r.scores[there][:, i, asked] >= 0).all()


def test_the_very_ill_fall_silent_more_often() -> None:
    found = one_site()
    r = found.reports
    silent = r.adherence[:, c.ADHERENCE.index("reports_missed_consecutive")] > 0
    worst = r.scores.max(axis=(1, 2))
    assert silent[worst >= 3].mean() > silent[worst <= 1].mean()


def test_after_a_drift_patients_answer_higher_and_are_admitted_more() -> None:
    site = default_site(rulebook(), parameters())
    changed = type(site)(**{f: getattr(site, f) for f in site.__struct_fields__} | {"drift_day": 0})
    before, after = (simulate(rulebook(), 1500, 3, site=s) for s in (site, changed))
    assert after.reports.scores.clip(0).mean() > before.reports.scores.clip(0).mean() * 1.05
    assert before.events is not None
    assert after.events is not None
    assert (after.events.kind == 1).sum() > 1.1 * (before.events.kind == 1).sum()
