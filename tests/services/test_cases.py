"""What is done with a case that somebody has, and what time does to it: on a real database, with a clock to move."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec import structs

from app.db import clock
from app.db.door import establishment_tx
from app.domain.alerts import Action, Cause, Outcome, PauseReason, RefusalReason
from app.domain.errors import AlertChanged, AlertNotAcknowledged, ContentRefused, NotYours
from app.domain.mutes import MuteReason
from app.domain.people import Caller
from app.domain.triage import Fired, Recipient, TriageLevel, Verdict
from app.services import alert_pages, alerts, cases, episodes, escalation, timers, worklists
from app.services.alerts import CloseAlert
from app.services.cases import Contact, HandOver, MuteSymptom, Pause, Refusal
from tests.cast import Cast, Patient
from tests.rules.book import rulebook

CHEST_PAIN = {"chest_pain": {"S": 3}}
TIRED = {"fatigue": {"S": 2, "I": 2}}
NAUSEA = {"nausea": {"F": 2, "S": 2}}
WORSE_NAUSEA = {"nausea": {"F": 4, "S": 4}}


async def later(cast: Cast, **how: float) -> None:
    """The clock goes on, and the sweeps look until nothing is due."""
    await clock.advance(cast.owner, timedelta(**how).total_seconds())
    for _ in range(8):
        async with cast.worker.acquire() as con, con.transaction():
            news = await timers.pass_time(con, rulebook())
        async with cast.worker.acquire() as con, con.transaction():
            news |= await escalation.climb(con)
        if not news:
            return


async def now(cast: Cast) -> datetime:
    return (await clock.read(cast.owner))[0]


async def taken(cast: Cast, told: dict[str, dict[str, int]], patient: Patient | None = None) -> UUID:
    """An alert that the nurse on duty has acknowledged."""
    await cast.report(patient or cast.a.patient, told)
    alert = await cast.alert(patient or cast.a.patient)
    async with cast.asking(cast.a) as con:
        await alerts.acknowledge(con, rulebook(), cast.a.nurse, alert["id"], alert["version"])
    return UUID(str(alert["id"]))


async def look(cast: Cast, alert_id: UUID) -> asyncpg.Record:
    return await cast.superuser.fetchrow("select * from alert where id = $1", alert_id)


async def verbs(cast: Cast, alert_id: UUID) -> list[str]:
    rows = await cast.superuser.fetch("select verb from event where subject_id = $1 order by at", alert_id)
    return [row["verb"] for row in rows]


async def calls(cast: Cast, alert_id: UUID, why: str) -> list[UUID]:
    rows = await cast.superuser.fetch(
        "select staff_id from notification where alert_id = $1 and why = $2", alert_id, why
    )
    return [row["staff_id"] for row in rows]


async def do(cast: Cast, who: Caller, act: Any, alert_id: UUID, *more: Any) -> None:
    async with cast.asking(cast.a) as con:
        await act(con, rulebook(), who, alert_id, *more)


async def offer(cast: Cast, alert_id: UUID, to: Caller) -> int:
    """The nurse offers the case; the version after it."""
    version = (await look(cast, alert_id))["version"]
    await do(cast, cast.a.nurse, cases.hand_over, alert_id, HandOver(version, to.person_id), await now(cast))
    return int(version) + 1


@pytest.mark.parametrize(("told", "hours"), [(CHEST_PAIN, 4), (WORSE_NAUSEA, 24)])
async def test_f13_what_was_acknowledged_and_then_forgotten_is_called_again(
    cast: Cast, told: dict[str, dict[str, int]], hours: int
) -> None:
    alert_id = await taken(cast, told)
    await later(cast, hours=hours - 0.1)
    assert (await look(cast, alert_id))["state"] == "acknowledged"
    await later(cast, hours=0.2)
    alert = await look(cast, alert_id)
    assert (alert["state"], alert["round"], alert["acknowledged_by"]) == ("open", 2, None)
    assert alert["owner_id"] == cast.a.nurse.person_id, "and it still has an owner"
    assert await calls(cast, alert_id, "forgotten")
    assert "alert_called_again" in await verbs(cast, alert_id)


async def test_speaking_to_the_patient_starts_the_time_anew_and_meets_the_delay(cast: Cast) -> None:
    alert_id = await taken(cast, CHEST_PAIN)
    await later(cast, hours=3)
    assert await calls(cast, alert_id, "contact_overdue") == [cast.a.nurse.person_id], (
        "within the hour; she is called once"
    )
    version = (await look(cast, alert_id))["version"]
    await do(cast, cast.a.nurse, cases.record_contact, alert_id, Contact(version), await now(cast))
    await later(cast, hours=3.9)
    assert (await look(cast, alert_id))["state"] == "acknowledged"
    row = await cast.superuser.fetchrow(
        "select contacted_at, acknowledged_at from alert_round where alert_id = $1", alert_id
    )
    assert row["contacted_at"] > row["acknowledged_at"]


async def test_a_contact_before_the_alert_or_in_the_future_is_refused(cast: Cast) -> None:
    alert_id = await taken(cast, CHEST_PAIN)
    for at in (await now(cast) - timedelta(days=1), await now(cast) + timedelta(minutes=1)):
        with pytest.raises(ContentRefused):
            await do(cast, cast.a.nurse, cases.record_contact, alert_id, Contact(2, at), await now(cast))


async def test_a_hand_over_that_is_accepted_moves_the_case(cast: Cast) -> None:
    alert_id, second = await taken(cast, CHEST_PAIN), cast.a.staff["level2.second"]
    version = await offer(cast, alert_id, second)
    assert await calls(cast, alert_id, "handed_over") == [second.person_id]
    assert (await look(cast, alert_id))["owner_id"] == cast.a.nurse.person_id, "the giver keeps it meanwhile"
    await do(cast, second, cases.accept, alert_id, version)
    assert (await look(cast, alert_id))["owner_id"] == second.person_id
    assert {"hand_over_asked", "hand_over_accepted"} <= set(await verbs(cast, alert_id))


async def test_a_hand_over_that_is_refused_leaves_the_case_with_its_giver_who_is_called(cast: Cast) -> None:
    alert_id, second = await taken(cast, CHEST_PAIN), cast.a.staff["level2.second"]
    version = await offer(cast, alert_id, second)
    async with cast.asking(cast.a) as con:
        await cases.refuse(con, second, alert_id, Refusal(version, RefusalReason.OFF_DUTY))
    alert = await look(cast, alert_id)
    assert (alert["owner_id"], alert["state"]) == (cast.a.nurse.person_id, "acknowledged")
    assert await calls(cast, alert_id, "hand_over_refused") == [cast.a.nurse.person_id]
    assert await cast.superuser.fetchval("select reason from hand_over") == "off_duty"
    await offer(cast, alert_id, cast.a.staff["oncologist"])


async def test_a_hand_over_that_nobody_answers_is_escalated(cast: Cast) -> None:
    alert_id = await taken(cast, CHEST_PAIN)
    await offer(cast, alert_id, cast.a.staff["level2.second"])
    await later(cast, minutes=31)
    alert = await look(cast, alert_id)
    assert (alert["state"], alert["round"], alert["owner_id"]) == ("open", 2, cast.a.nurse.person_id)
    assert await cast.superuser.fetchval("select state from hand_over") == "lapsed"
    assert await calls(cast, alert_id, "not_answered")


async def test_only_the_owner_gives_and_only_who_was_asked_answers(cast: Cast) -> None:
    alert_id, second, third = await taken(cast, CHEST_PAIN), cast.a.staff["level2.second"], cast.a.staff["oncologist"]
    with pytest.raises(NotYours):
        await do(cast, second, cases.hand_over, alert_id, HandOver(2, third.person_id), await now(cast))
    version = await offer(cast, alert_id, second)
    with pytest.raises(NotYours):
        await do(cast, third, cases.accept, alert_id, version)
    for nobody in (cast.b.nurse, cast.a.staff["manager"], cast.a.nurse):
        with pytest.raises(ContentRefused):
            await do(
                cast, cast.a.nurse, cases.hand_over, alert_id, HandOver(version, nobody.person_id), await now(cast)
            )
    await do(cast, third, cases.take_over, alert_id, version)
    assert (await look(cast, alert_id))["owner_id"] == third.person_id
    assert await cast.superuser.fetchval("select state from hand_over") == "overtaken"


async def test_an_acceptance_and_its_deadline_at_the_same_moment_are_one_or_the_other(cast: Cast) -> None:
    """The sweep locks the alert, and only then reads what is true of it: an acceptance in between is seen."""
    alert_id, second = await taken(cast, CHEST_PAIN), cast.a.staff["level2.second"]
    version = await offer(cast, alert_id, second)
    await cast.superuser.execute("update hand_over set answer_by = app_now() + interval '1 second'")
    async with establishment_tx(cast.app, cast.a.id) as con:
        await cases.accept(con, rulebook(), second, alert_id, version)
        await clock.advance(cast.owner, 5)

        async def sweep() -> None:
            async with cast.worker.acquire() as other, other.transaction():
                await timers.pass_time(other, rulebook())

        meanwhile = asyncio.create_task(sweep())
        await asyncio.wait({meanwhile}, timeout=0.3)
    await meanwhile
    await later(cast, seconds=1)
    alert = await look(cast, alert_id)
    assert (alert["state"], alert["round"], alert["owner_id"]) == ("acknowledged", 1, second.person_id)
    assert await cast.superuser.fetchval("select state from hand_over") == "accepted"


async def paused(cast: Cast, told: dict[str, dict[str, int]], hours: float) -> UUID:
    alert_id = await taken(cast, told)
    wanted = Pause(2, PauseReason.WAITING_FOR_RESULTS, await now(cast) + timedelta(hours=hours))
    await do(cast, cast.a.nurse, cases.pause, alert_id, wanted, await now(cast))
    return alert_id


async def test_a_pause_ends_by_itself_and_its_owner_is_called(cast: Cast) -> None:
    alert_id = await paused(cast, WORSE_NAUSEA, 6)
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        (row,) = (await worklists.worklist(con, safe, rulebook(), cast.a.nurse, await now(cast))).alerts
    assert row.paused is not None
    assert row.paused.reason == "waiting_for_results"
    await later(cast, hours=6.1)
    alert = await look(cast, alert_id)
    assert (alert["paused_until"], alert["state"]) == (None, "acknowledged")
    assert await calls(cast, alert_id, "pause_ended") == [cast.a.nurse.person_id]


async def test_something_worse_ends_a_pause_at_once(cast: Cast) -> None:
    alert_id = await paused(cast, NAUSEA, 6)
    await cast.report(cast.a.patient, CHEST_PAIN)
    alert = await look(cast, alert_id)
    assert (alert["state"], alert["paused_until"], alert["level"]) == ("open", None, "red")


async def test_a_red_is_paused_only_after_the_patient_was_spoken_to_and_nothing_for_ever(cast: Cast) -> None:
    alert_id, at = await taken(cast, CHEST_PAIN), await now(cast)
    soon = Pause(2, PauseReason.WAITING_FOR_DOCTOR, at + timedelta(hours=1))
    with pytest.raises(ContentRefused):
        await do(cast, cast.a.nurse, cases.pause, alert_id, soon, at)
    await do(cast, cast.a.nurse, cases.record_contact, alert_id, Contact(2), at)
    for until in (at + timedelta(hours=5), at - timedelta(minutes=1)):
        with pytest.raises(ContentRefused):
            await do(cast, cast.a.nurse, cases.pause, alert_id, structs.replace(soon, version=3, until=until), at)
    await do(cast, cast.a.nurse, cases.pause, alert_id, structs.replace(soon, version=3), at)


async def test_nothing_is_done_with_an_alert_that_nobody_has(cast: Cast) -> None:
    await cast.report(cast.a.patient, CHEST_PAIN)
    alert_id, at = (await cast.alert(cast.a.patient))["id"], await now(cast)
    wanted = Pause(1, PauseReason.WAITING_FOR_RESULTS, at + timedelta(hours=1))
    with pytest.raises(AlertNotAcknowledged):
        await do(cast, cast.a.nurse, cases.pause, alert_id, wanted, at)


async def test_what_was_seen_at_an_older_version_is_refused_and_half_of_it_is_not_kept(cast: Cast) -> None:
    alert_id, second = await taken(cast, CHEST_PAIN), cast.a.staff["level2.second"]
    await offer(cast, alert_id, second)
    with pytest.raises(AlertChanged):
        await do(cast, second, cases.accept, alert_id, 2)
    assert await cast.superuser.fetchval("select state from hand_over") == "asked"
    with pytest.raises(AlertChanged):
        await do(cast, cast.a.nurse, cases.record_contact, alert_id, Contact(2), await now(cast))


async def muted(cast: Cast) -> UUID:
    """The nurse knows of the nausea, has closed the alert and follows it."""
    alert_id, at = await taken(cast, NAUSEA), await now(cast)
    wanted = MuteSymptom(2, "nausea", MuteReason.KNOWN_AND_FOLLOWED, at + timedelta(days=3))
    await do(cast, cast.a.nurse, cases.mute, alert_id, wanted, at)
    ending = CloseAlert(3, Action.CALLED_PATIENT, Outcome.SETTLED_AT_HOME, None, False, False, "useful")
    await do(cast, cast.a.nurse, alerts.close, alert_id, ending)
    return alert_id


async def open_alerts(cast: Cast) -> int:
    return int(await cast.superuser.fetchval("select count(*) from alert where state <> 'closed'"))


async def test_a_muted_symptom_calls_nobody_promises_nothing_and_is_counted(cast: Cast) -> None:
    alert_id = await muted(cast)
    submission = await cast.report(cast.a.patient, NAUSEA)
    assert await open_alerts(cast) == 0
    assert submission.receipt is not None
    assert (submission.receipt.level, submission.receipt.contact_due_at) == ("yellow", None)
    assert "connaît" in submission.receipt.headline.fr, "the patient is told the truth: nobody will call"
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        page = await alert_pages.page(con, safe, rulebook(), cast.a.nurse, alert_id, await now(cast))
    assert [(m.symptom, m.silent_reports) for m in page.mutes] == [("nausea", 1)]
    assert "symptom_muted" in await verbs(cast, alert_id)


async def test_a_report_that_two_mutes_cover_is_counted_once(cast: Cast) -> None:
    both = {**NAUSEA, **TIRED}
    alert_id, at = await taken(cast, both), await now(cast)
    for version, symptom in ((2, "nausea"), (3, "fatigue"), (4, "nausea")):
        await clock.advance(cast.owner, 1)
        wanted = MuteSymptom(version, symptom, MuteReason.KNOWN_AND_FOLLOWED, at + timedelta(days=3))
        await do(cast, cast.a.nurse, cases.mute, alert_id, wanted, await now(cast))
    ending = CloseAlert(5, Action.CALLED_PATIENT, Outcome.SETTLED_AT_HOME, None, False, False, "useful")
    await do(cast, cast.a.nurse, alerts.close, alert_id, ending)
    for answers in (both, NAUSEA, TIRED):
        await cast.report(cast.a.patient, answers)
    assert await open_alerts(cast) == 0
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        page = await alert_pages.page(con, safe, rulebook(), cast.a.nurse, alert_id, await now(cast))
    counts = [(m.symptom, m.silent_reports) for m in page.mutes]
    assert sum(count for _, count in counts) == 3, counts
    assert counts[0] == ("nausea", 0), "the one made last counts, of two that know the same"
    assert ("fatigue", 0) not in counts, "a report of tiredness alone is counted with its own mute"


async def test_a_mute_never_hides_worsening(cast: Cast) -> None:
    await muted(cast)
    await cast.report(cast.a.patient, WORSE_NAUSEA)
    assert await open_alerts(cast) == 1


async def test_another_symptom_beside_a_muted_one_is_heard(cast: Cast) -> None:
    await muted(cast)
    await cast.report(cast.a.patient, {**NAUSEA, **TIRED})
    assert await open_alerts(cast) == 1


async def test_a_mute_expires_and_can_be_ended(cast: Cast) -> None:
    alert_id = await muted(cast)
    mute_id = await cast.superuser.fetchval("select id from mute")
    async with cast.asking(cast.a) as con:
        await cases.end_mute(con, cast.a.nurse, alert_id, mute_id)
    await cast.report(cast.a.patient, NAUSEA, answered_at=await now(cast))
    assert await open_alerts(cast) == 1


async def test_what_is_red_or_a_safety_item_is_never_muted(cast: Cast) -> None:
    alert_id, at = await taken(cast, CHEST_PAIN), await now(cast)
    for symptom in ("chest_pain", "contact_requested", "nausea", "unheard_of"):
        wanted = MuteSymptom(2, symptom, MuteReason.EXPECTED_EFFECT, at + timedelta(days=1))
        with pytest.raises(ContentRefused):
            await do(cast, cast.a.nurse, cases.mute, alert_id, wanted, at)


STOPPED = Verdict(
    TriageLevel.ORANGE,
    False,
    Recipient.LEVEL2,
    ("consecutive_days_missed_3",),
    (Fired("consecutive_days_missed_3", TriageLevel.ORANGE),),
    {},
    False,
    (),
    "2026-01-01.x",
)


async def judge(cast: Cast, verdict: Verdict, cause: Cause = Cause.ADHERENCE) -> episodes.Raised:
    async with cast.asking(cast.a, lock=cast.a.patient.id) as con:
        return await episodes.judge_chart(con, rulebook(), cast.a.id, cast.a.patient.id, verdict, cause)


async def test_a_verdict_without_a_report_opens_an_episode_and_calls(cast: Cast) -> None:
    raised = await judge(cast, STOPPED)
    alert = await cast.alert(cast.a.patient)
    assert (raised.called, raised.alert_id) == (True, alert["id"])
    assert (alert["reports"], alert["last_report_id"], alert["policy"]) == (0, None, "standard.2026-01-01")
    assert await calls(cast, alert["id"], "ladder") == [cast.a.nurse.person_id]
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        page = await alert_pages.page(con, safe, rulebook(), cast.a.nurse, alert["id"], await now(cast))
    assert page.verdict is not None
    assert (page.verdict.source, [r.id for r in page.verdict.reasons]) == ("adherence", ["consecutive_days_missed_3"])
    assert page.notifications[0].called_because.cause == "adherence"
    assert page.notifications[0].called_because.rules == ["consecutive_days_missed_3"]


async def test_the_same_verdict_again_changes_nothing_and_a_worse_one_raises(cast: Cast) -> None:
    await judge(cast, STOPPED)
    version = (await cast.alert(cast.a.patient))["version"]
    again = await judge(cast, STOPPED)
    assert (again.alert_id, again.called) == (None, False)
    assert (await cast.alert(cast.a.patient))["version"] == version
    await cast.report(cast.a.patient, CHEST_PAIN)
    alert = await cast.alert(cast.a.patient)
    assert (alert["level"], alert["round"], alert["reports"]) == ("red", 2, 1)
    assert await cast.superuser.fetchval("select count(*) from chart_verdict") == 2
