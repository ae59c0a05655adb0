"""The weekly look: once a week, on complete outcomes, and when it must the rules speak alone until a clinician takes it on."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import asyncpg

from app.domain.verdicts import TriageLevel
from app.domain.watching import Watch
from app.jobs.risk import RiskWatch
from app.services import risk_decisions, risk_watch
from app.services.risk_scoring import Models
from tests import risk_card
from tests.cast import Cast
from tests.model_cast import BECAUSE, MODELS, go, live, scores, told
from tests.world import START

LATER = START + timedelta(days=28)  # a Tuesday; outcomes of the first week's reports are complete

MANY = """
with told as (
    insert into report (establishment_id, patient_id, id, received_at, told_at, author_kind, author_id, content, content_sha256,
                        cycle, day_of_cycle)
    select $1, $2, gen_random_uuid(), $3::timestamptz - n * interval '1 minute', $3::timestamptz - n * interval '1 minute', 'patient', $2,
           '{}', 'x', 1, 1
    from generate_series(1, $4::int) n returning establishment_id, patient_id, id, received_at
)
insert into risk_score (establishment_id, patient_id, report_id, scored_at, mode, card_sha256, synthetic, total, total_late, p7, p14,
                        abstained, abstained_on, low_support, missing, rules_level, model_level, raised)
select establishment_id, patient_id, id, received_at, 'live', $5, true, -2200, -2500, $6, $6, null, '', false, '{ecog}', 'green', 'green',
       false
from told
"""


async def happened(cast: Cast, visit: bool) -> None:
    """What became of the first patient in the fortnight after START."""
    await cast.superuser.execute(
        "insert into outcome_answer values ($1, $2, $3, $4, $4::date + 13, $5, case when $5 then $4::date + 2 end, false, null,"
        " app_now(), 'patient', $2)",
        cast.a.id,
        cast.a.patient.id,
        uuid4(),
        START.date() + timedelta(days=1),
        visit,
    )


async def look(cast: Cast) -> Watch | None:
    """The look at A that is due now."""
    async with cast.asking(cast.a) as con:
        return await risk_watch.look(con, MODELS, cast.a.id, LATER)


async def many(cast: Cast, count: int, p7: float) -> None:
    """So many reports of the first patient on the day of START, each with this risk."""
    await go(cast, LATER)
    args = cast.a.id, cast.a.patient.id, START, count, MODELS.sha256, p7
    await cast.superuser.execute(MANY, *args)


async def test_too_many_events_freeze_the_model_until_a_clinician_takes_it_on(cast: Cast) -> None:
    await live(cast, cast.a, yellow=0.001, orange=0.002)
    await many(cast, 40, 0.05)
    await happened(cast, visit=True)
    seen = await look(cast)
    assert seen is not None
    of = seen.calibration
    assert (of.reports, of.observed, round(of.expected, 6)) == (40, 40, 2.0)
    (row,) = await cast.superuser.fetch("select reason, ended_at from risk_freeze")
    assert tuple(row) == ("calibration", None)
    done = await told(cast, cast.a.patients[1], {}, answered_at=LATER)
    assert done.receipt is not None
    assert done.receipt.level is TriageLevel.GREEN, "the rules alone"
    async with cast.asking(cast.a) as con:
        await risk_decisions.unfreeze(con, cast.a.staff["oncologist"], BECAUSE)
    done = await told(cast, cast.a.patients[1], {}, answered_at=LATER + timedelta(minutes=1))
    assert done.receipt is not None
    assert done.receipt.level is TriageLevel.ORANGE
    freeze = await cast.superuser.fetchrow("select ended_by, end_reason from risk_freeze")
    assert tuple(freeze) == (cast.a.staff["oncologist"].person_id, BECAUSE)
    verbs = {row[0] for row in await cast.superuser.fetch("select verb from event where verb like 'risk%'")}
    assert verbs == {"risk_frozen", "risk_unfrozen"}


async def test_as_many_events_as_expected_freeze_nothing(cast: Cast) -> None:
    await many(cast, 40, 0.05)
    await happened(cast, visit=False)
    seen = await look(cast)
    assert seen is not None
    assert (seen.calibration.observed, seen.calibration.reports) == (0, 40)
    assert await cast.superuser.fetchval("select count(*) from risk_freeze") == 0


async def test_while_outcomes_are_incomplete_nothing_is_said_of_calibration(cast: Cast) -> None:
    await many(cast, 40, 0.05)
    await happened(cast, visit=True)
    async with cast.asking(cast.a) as con:
        seen = await risk_watch.look(con, MODELS, cast.a.id, START + timedelta(days=14))
    assert seen is not None
    assert seen.calibration.reports == 0


async def test_one_look_a_week_however_many_workers(cast: Cast) -> None:
    await many(cast, 3, 0.05)
    assert await look(cast) is not None
    assert await look(cast) is None
    assert await cast.superuser.fetchval("select count(*) from risk_monitor") == 1


async def test_the_sweep_looks_at_every_establishment_through_the_applications_door(cast: Cast) -> None:
    await go(cast, LATER)
    await told(cast, cast.a.patient, {}, answered_at=LATER)
    await told(cast, cast.b.patient, {}, answered_at=LATER)
    await RiskWatch(cast.app, MODELS).watch_risk()
    rows = await cast.superuser.fetch("select establishment_id from risk_monitor")
    assert {row[0] for row in rows} == {cast.a.id, cast.b.id}


async def test_a_site_that_switched_it_off_is_not_looked_at(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        off = risk_decisions.Decide("off", BECAUSE)
        await risk_decisions.decide(con, MODELS, cast.a.staff["oncologist"], off, START)
    assert await look(cast) is None


async def test_missing_inputs_are_counted_and_abstentions_freeze(cast: Cast) -> None:
    await go(cast, LATER - timedelta(days=3))
    for number in range(12):
        at = LATER - timedelta(days=3) + timedelta(minutes=number)
        declined = {item: {} for item in ("nausea", "vomiting", "diarrhoea", "fatigue", "pain", "fever", "mouth_sores")}
        await told(cast, cast.a.patient, declined if number < 6 else {}, answered_at=at)
    kept: list[asyncpg.Record] = await scores(cast)
    seen = await look(cast)
    assert seen is not None
    assert seen.missing["ecog"] == 1.0
    assert seen.abstained == {"too_few_items": sum(row["abstained"] == "too_few_items" for row in kept)}
    assert seen.abstained["too_few_items"] == 6
    assert await cast.superuser.fetchval("select reason from risk_freeze") == "abstention"


async def test_a_broken_card_and_a_freeze_are_said_to_who_runs_the_house(cast: Cast) -> None:
    await go(cast, LATER)
    await RiskWatch(cast.app, Models(risk_card.altered())).watch_risk()
    await many(cast, 40, 0.05)
    await happened(cast, visit=True)
    await cast.superuser.execute("delete from risk_monitor")
    assert await look(cast) is not None
    rows = await cast.superuser.fetch(
        "select kind, establishment_id from technical_alert where ended_at is null order by kind, establishment_id"
    )
    assert [row["kind"] for row in rows] == ["risk_card", "risk_card", "risk_frozen"]
    told_to = await cast.superuser.fetch(
        "select distinct s.role from notice n join staff s on (s.establishment_id, s.id) = (n.establishment_id, n.person_id)"
    )
    assert {row[0] for row in told_to} <= {"manager", "administrator"}
    assert told_to
