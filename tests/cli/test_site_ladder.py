"""The whole ladder at one establishment: years of simulated reports in its database, every step by command, and a gate that opens."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from uuid import UUID, uuid4

import msgspec
import numpy as np

from app.domain.verdicts import TriageLevel
from app.learning import cohort as c
from app.learning.alerts import threshold_for
from app.learning.evaluation import scored
from app.learning.files import as_lines
from app.learning.rules import rule_levels
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site
from app.scoring.card import Card, decode_card
from tests.rules.book import rulebook
from tests.world import START, World, vigie

PATIENTS = 460
BUDGET = 5.0  # alerts of the model per 100 patient-weeks
MIX = {"capecitabine_mono": 3.0, "regorafenib": 2.0, "abemaciclib": 2.0, "lenalidomide_dex": 2.0, "erlotinib": 2.0}
LONG_AGO = START.date() - timedelta(days=1150)  # the last to enrol has been followed to the end
PRIOR = """
model_id: small-prior
reviewed_on: 2026-11-24
seed: 5
sites: 8
patients: 400
train: 0.75
calibrate: 0.25
test: {seed: 6, sites: 2, patients: 100}
"""

PEOPLE = """
insert into patient (establishment_id, id, identity, identity_token, locale, timezone, created_at, left_at)
select $1, p, decode(repeat('00', 40), 'hex'), uuid_send(p), 'fr', 'Europe/Paris', came, went
from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) t (p, came, went)
"""
COURSES = """
insert into course (establishment_id, id, patient_id, regimen, started_on, state, baseline, created_at)
select $1, k, p, r, s::date, 'active', b::jsonb, s
from unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[]) t (k, p, r, s, b)
"""
REPORTS = """
insert into report (establishment_id, patient_id, id, course_id, received_at, told_at, author_kind, author_id, content, content_sha256,
                    cycle, day_of_cycle)
select $1, p, gen_random_uuid(), k, at, at, 'patient', p, w::jsonb, 'x', y, d
from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::int[], $7::int[]) t (p, k, at, w, y, d)
"""
OUTCOMES = """
insert into outcome_answer (establishment_id, patient_id, id, first_on, last_on, visit, visit_on, severe, severe_on, answered_at,
                            author_kind, author_id)
select $1, p, gen_random_uuid(), f, f + 13, v is not null, v, s is not null, s, now(), 'patient', p
from unnest($2::uuid[], $3::date[], $4::date[], $5::date[]) t (p, f, v, s)
"""
IN_SHADOW = """
insert into risk_score (establishment_id, patient_id, report_id, scored_at, mode, card_sha256, synthetic, total, total_late, p7, p14,
                        abstained_on, low_support, missing, rules_level, model_level, raised)
select establishment_id, patient_id, id, $3, 'shadow', $2, true, -3000, -3000, 0.05, 0.08, '', false, '{}', 'green', 'green', false
from report where establishment_id = $1 limit 1
"""


def lived() -> c.Cohort:
    """Patients of one site under usual care: about twice as many events as the shipped card has seen."""
    site = msgspec.structs.replace(default_site(rulebook(), parameters(), monitored=False), mix=MIX)
    return simulate(rulebook(), PATIENTS, 12, site=site)


async def put(world: World, here: UUID, cohort: c.Cohort) -> None:
    """A cohort as an establishment would have kept it: people, courses, reports, and the answer to every fortnight's question."""
    people = cohort.patients
    ids, courses = [uuid4() for _ in people.ids], [uuid4() for _ in people.ids]
    first = int(people.enrolled.min())
    began = [START - timedelta(days=1150) + timedelta(days=int(on) - first) for on in people.enrolled]
    lines = list(as_lines(cohort))
    bases = {line["patient_id"]: line["baseline"] for line in lines}
    whole = [msgspec.json.encode(bases.get(id_, {})).decode() for id_ in people.ids]
    went = [came + timedelta(days=int(last)) for came, last in zip(began, people.last_day, strict=True)]
    await world.rows(PEOPLE, here, ids, began, went)
    regimens = [cohort.regimens[i] for i in people.regimen]
    await world.rows(COURSES, here, courses, ids, regimens, began, whole)
    who = cohort.reports.patient.tolist()
    at = [began[i] + timedelta(days=int(day)) for i, day in zip(who, cohort.reports.day, strict=True)]
    content = [
        msgspec.json.encode({"answers": line["answers"], "measurements": line["measurements"]}).decode()
        for line in lines
    ]
    cycles, days = ([line[name] for line in lines] for name in ("cycle", "day_of_cycle"))
    await world.rows(REPORTS, here, [ids[i] for i in who], [courses[i] for i in who], at, content, cycles, days)
    assert cohort.events is not None
    asked: dict[tuple[int, int], list[int | None]] = {}
    for i in range(len(ids)):
        for number in range((int(people.last_day[i]) + 1) // 14):
            asked[i, number] = [None, None]
    for i, day, kind in zip(cohort.events.patient, cohort.events.day, cohort.events.kind, strict=True):
        if found := asked.get((int(i), int(day) // 14)):
            found[int(kind)] = int(day) if found[int(kind)] is None else found[int(kind)]
    rows = [
        (ids[i], began[i].date() + timedelta(days=14 * number), *(_on(began[i].date(), day) for day in reversed(days)))
        for (i, number), days in asked.items()
    ]
    await world.rows(OUTCOMES, here, *(list(column) for column in zip(*rows, strict=True)))


def _on(first: date, day: int | None) -> date | None:
    return None if day is None else first + timedelta(days=day)


def orange_from(card: Card, cohort: c.Cohort, until: date) -> float:
    """The probability above which the card raises as many reports of the newest patients as the budget has room for."""
    people = cohort.patients
    began = people.enrolled - people.enrolled.min()
    newest = cohort.part(began > (until - LONG_AGO).days)
    nobody = msgspec.structs.replace(
        newest.patients,
        age=np.full_like(newest.patients.age, np.nan),
        ecog=np.full_like(newest.patients.ecog, -1),
        comorbidities=np.full_like(newest.patients.comorbidities, -1),
    )  # as the platform knows them
    newest = msgspec.structs.replace(newest, patients=nobody)
    calm = rule_levels(newest, rulebook()) < TriageLevel.ORANGE.rank
    weeks = float((newest.patients.last_day + 1).sum()) / 7
    return threshold_for(np.nan_to_num(scored(newest, card).p7, nan=-1.0), calm, BUDGET * weeks / 100)


async def run(world: World, *arguments: str) -> CompletedProcess[str]:
    """One command, while the house is running."""
    return await asyncio.to_thread(vigie, "model", *arguments, env=world.env, seconds=600.0)


async def test_a_site_climbs_the_ladder_on_its_own_reports_and_a_better_card_passes_the_gate(
    fresh: World, tmp_path: Path
) -> None:
    here = UUID(str(fresh.seed.printed["establishments"][0]["id"]))
    cohort = lived()
    await put(fresh, here, cohort)
    by = ("--site", str(here), "--by", "oncologist@a.example")
    middle = LONG_AGO + timedelta(days=int(np.quantile(cohort.patients.enrolled - cohort.patients.enrolled.min(), 0.6)))
    until = ("--enrolled-until", middle.isoformat())
    (tmp_path / "prior.yaml").write_text(PRIOR, "utf-8")

    pooled = ("--step", "pooled", "--prior", str(tmp_path / "prior.yaml"))
    learned = await run(
        fresh, "recalibrate", *by, "--model-id", "site-pooled", "--out", str(tmp_path / "p.json"), *pooled, *until
    )
    assert learned.returncode == 0, learned.stderr + learned.stdout
    assert "a challenger: judge it" in learned.stderr
    card = decode_card((tmp_path / "p.json").read_bytes())
    assert card.trained_on.patients > 400, "the prior's patients and the site's"
    assert card.synthetic

    moved = await run(fresh, "recalibrate", *by, "--model-id", "site-moved", "--out", str(tmp_path / "m.json"), *until)
    assert moved.returncode == 0, moved.stderr + moved.stdout
    assert "intercept and slope: logit' =" in moved.stderr
    card = decode_card((tmp_path / "m.json").read_bytes())
    assert await fresh.value("select count(*) from risk_card where establishment_id = $1", here) == 2

    await fresh.rows(IN_SHADOW, here, card.sha256, START - timedelta(days=21))
    terms = ("--threshold", str(orange_from(card, cohort, middle)), "--budget", str(BUDGET))
    judged = await run(fresh, "challenge", *by, "--challenger", card.sha256, *terms)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "passed: it may be proposed" in judged.stdout
    (gate,) = await fresh.rows("select passed, criteria from risk_gate where establishment_id = $1", here)
    assert gate["passed"]
    found = {one["name"]["en"]: one["verdict"] for one in json.loads(gate["criteria"])}
    assert found.pop("two named people approve") == "open"
    assert set(found.values()) == {"passed"}
    assert await fresh.value("select count(*) from risk_mode") == 0, "nothing is heard by passing"
