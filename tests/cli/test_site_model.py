"""`vigie model … --site`: an evaluator learns from the site's own reports, by name, and nothing is heard without two people."""

from __future__ import annotations

import asyncio
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from app.scoring.card import decode_card
from tests.world import START, World

# Ninety patients on the first patient's regimen who began ten weeks ago, each with five reports; half were in hospital after two of them.
HISTORY = """
with here as (select e.id, c.regimen from establishment e
              join course c on c.establishment_id = e.id where e.name like '%% A' and c.regimen = 'capecitabine_mono' limit 1),
people as (
    insert into patient (establishment_id, id, identity, identity_token, locale, timezone, created_at)
    select here.id, gen_random_uuid(), decode(repeat('00', 40), 'hex'), gen_random_uuid()::text::bytea, 'fr', 'Europe/Paris',
           $1::timestamptz - interval '70 days'
    from here, generate_series(1, 90) returning establishment_id, id
), numbered as (select p.*, row_number() over () as n from people p),
courses as (
    insert into course (establishment_id, id, patient_id, regimen, started_on, state, baseline, created_at)
    select n.establishment_id, gen_random_uuid(), n.id, here.regimen, $1::date - 70 + (n.n / 9)::int, 'active', '{"weight_kg": 70}',
           $1::timestamptz - interval '70 days'
    from numbered n, here returning establishment_id, id, patient_id, started_on
), told as (
    insert into report (establishment_id, patient_id, id, course_id, received_at, told_at, author_kind, author_id, content,
                        content_sha256, cycle, day_of_cycle)
    select c.establishment_id, c.patient_id, gen_random_uuid(), c.id, (c.started_on + k)::timestamptz, (c.started_on + k)::timestamptz,
           'patient', c.patient_id, '{"answers": {"fatigue": {"S": 1}, "nausea": {"F": 1, "S": 1}}, "measurements": {}}', 'x', 1, k
    from courses c, generate_series(1, 9, 2) k returning 1
)
insert into outcome_answer (establishment_id, patient_id, id, first_on, last_on, visit, visit_on, severe, severe_on, answered_at,
                            author_kind, author_id)
select c.establishment_id, c.patient_id, gen_random_uuid(), c.started_on + 2 + 14 * w, c.started_on + 15 + 14 * w, w = 0 and n.n % 2 = 0,
       case when w = 0 and n.n % 2 = 0 then c.started_on + 8 end, false, null, $1, 'patient', c.patient_id
from courses c join numbered n on n.id = c.patient_id, generate_series(0, 1) w
"""


async def run(world: World, *arguments: str) -> CompletedProcess[str]:
    """One command, while the house is running."""
    return await asyncio.to_thread(world.vigie, "model", *arguments)


def site(world: World) -> str:
    """The id of establishment A."""
    return str(world.seed.printed["establishments"][0]["id"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("evaluate", "--site", "{site}"), "--by LOGIN"),
        (("evaluate",), "either --data FOLDER or --site ID"),
        (("evaluate", "--site", "{site}", "--by", "level2@a.example"), "does not evaluate the model"),
        (("evaluate", "--site", "{site}", "--by", "oncologist@b.example"), "does not evaluate the model"),
        (("evaluate", "--site", "00000000-0000-4000-8000-000000000000", "--by", "x"), "does not evaluate the model"),
        (("rollback", "--site", "{site}", "--by", "auditor@a.example", "--reason", "x" * 20), "no clinician"),
        (("rollback", "--site", "{site}", "--by", "oncologist@a.example", "--reason", "x" * 20), "no earlier decision"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(fresh: World, arguments: tuple[str, ...], said: str) -> None:
    done = await run(fresh, *(part.replace("{site}", site(fresh)) for part in arguments))
    assert done.returncode == 1
    assert said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


async def test_an_evaluator_learns_compares_and_proposes_and_nothing_is_heard(fresh: World, tmp_path: Path) -> None:
    here = site(fresh)
    await fresh.rows(HISTORY, START)
    by = ("--site", here, "--by", "oncologist@a.example")
    judged = await run(fresh, "evaluate", *by, "--out", str(tmp_path / "report.html"))
    assert judged.returncode == 0, judged.stderr
    assert "450 reports of 90 courses, pseudonymised" in judged.stdout
    assert (tmp_path / "report.html").stat().st_size > 10_000

    kept = tmp_path / "card.json"
    until = ("--enrolled-until", str(START.date().replace(month=9, day=21)))
    learned = await run(fresh, "recalibrate", *by, "--model-id", "site-a-1", "--out", str(kept), *until)
    assert learned.returncode == 0, learned.stderr + learned.stdout
    card = decode_card(kept.read_bytes())
    assert card.synthetic, "what has learned from an invented house says so for ever"
    assert await fresh.value("select sha256 from risk_card") == card.sha256
    again = await run(fresh, "recalibrate", *by, "--model-id", "site-a-1", *until)
    assert "kept at the site already" in again.stderr

    compared = await run(fresh, "challenge", *by, "--challenger", card.sha256)
    assert compared.returncode == 1, compared.stdout
    assert "two weeks in shadow: 0 days" in compared.stdout
    assert "passed  newest patients, never used for fitting" in compared.stdout
    assert await fresh.value("select passed from risk_gate") is False

    terms = ("--card", card.sha256, "--orange-budget", "5", "--reason", "Our own patients, recalibrated in autumn.")
    refused = await run(fresh, "promote", "--site", here, *terms)
    assert refused.returncode == 1
    assert "less than two weeks" in refused.stderr
    assert "has not passed the comparison" in refused.stderr
    assert await fresh.value("select count(*) from risk_mode") == 0
    done = await fresh.rows(
        "select verb, count(*) from event where verb like 'cohort%' or verb like 'risk%' group by 1"
    )
    assert {row[0]: row[1] for row in done} == {"cohort_exported": 4, "risk_card_learned": 1, "risk_card_judged": 1}
    who = await fresh.value(
        "select s.name from event e join staff s on s.id = e.actor_id where e.verb = 'risk_card_judged'"
    )
    assert who == "oncologist A"
