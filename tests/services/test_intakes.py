"""A dose is told: counted once, judged at once, answered with what to do now; and somebody hears of it once for each state of things."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from app.domain.errors import ContentRefused, IntakeTooOld
from app.domain.triage import TriageLevel
from app.services import intakes
from app.services.intakes import Teller
from tests.cast import Cast
from tests.courses_cast import alerts, at, order, sweep, tell, told
from tests.rules.book import rulebook

# The seed's courses began fifty days before 24 November 2026, and its people are there from 09:00 UTC on: the 25th is C3D10.
DAY_10 = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)
REST_DAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
CAPECITABINE = "capecitabine"


async def test_a_dose_belongs_to_its_slot_and_counts_once(cast: Cast) -> None:
    await at(cast, DAY_10)
    receipt = await told(cast, cast.a.patient, drug=CAPECITABINE, kind="taken", at=DAY_10)
    assert (receipt.state, receipt.number, receipt.extra, receipt.now) == ("taken", 0, None, None)
    row = await cast.superuser.fetchrow(
        "select * from adherence_day where patient_id = $1 order by day desc", cast.a.patient.id
    )
    assert (row["taken"], row["on_time"], row["planned"], row["extra"]) == (1, 1, 2, 0)


async def test_the_same_content_under_one_id_gets_the_first_answer_and_another_one_a_human(cast: Cast) -> None:
    await at(cast, DAY_10)
    who, id_ = cast.a.patient, uuid7()
    first = await tell(cast, who, id_, drug=CAPECITABINE, kind="taken", at=DAY_10)
    again = await tell(cast, who, id_, drug=CAPECITABINE, kind="taken", at=DAY_10)
    assert first.receipt
    assert again.receipt
    assert again.receipt.duplicate
    assert again.receipt.recorded_at == first.receipt.recorded_at
    other = await tell(cast, who, id_, drug=CAPECITABINE, kind="missed", at=DAY_10)
    assert other.receipt is None
    (alert,) = await alerts(cast, who)
    assert alert["reasons"] == ["read_by_hand"]
    await tell(cast, who, id_, drug=CAPECITABINE, kind="missed", at=DAY_10)
    assert await cast.superuser.fetchval("select count(*) from intake_conflict") == 1


async def test_two_doses_on_rest_days_of_capecitabine_are_red_at_once(cast: Cast) -> None:
    await at(cast, REST_DAY)
    first = await told(cast, cast.a.patient, drug=CAPECITABINE, kind="taken", at=REST_DAY)
    assert (first.state, first.extra, first.level) == ("extra", "rest_day", TriageLevel.ORANGE)
    assert first.now is not None
    assert "appelez l'équipe" in first.now.fr
    later = REST_DAY + timedelta(hours=11)
    await at(cast, later)
    second = await told(cast, cast.a.patient, drug=CAPECITABINE, kind="taken", at=later)
    assert second.level is TriageLevel.RED
    (alert,) = await alerts(cast, cast.a.patient)
    assert (alert["level"], alert["recipient"], alert["reasons"]) == ("red", "oncologist", ["over_adherence"])
    assert alert["last_report_id"] is None


async def test_a_state_is_told_once_and_again_when_it_grows(cast: Cast) -> None:
    await at(cast, REST_DAY)
    await told(cast, cast.a.patient, drug=CAPECITABINE, kind="extra", at=REST_DAY)
    before = await cast.superuser.fetchval("select count(*) from chart_verdict")
    for hours in range(1, 4):
        await cast.superuser.execute("update adherence_state set look_at = app_now()")
        await at(cast, REST_DAY + timedelta(hours=hours))
        await sweep(cast)
    assert (
        await cast.superuser.fetchval("select count(*) from chart_verdict where patient_id = $1", cast.a.patient.id)
        == before
    )
    await told(cast, cast.a.patient, drug=CAPECITABINE, kind="extra", at=REST_DAY + timedelta(hours=2))
    assert (
        await cast.superuser.fetchval("select count(*) from chart_verdict where patient_id = $1", cast.a.patient.id)
        == before + 1
    )


@pytest.mark.parametrize(
    ("reason", "recipient"),
    [("ran_out", "level1"), ("cost", "level1"), ("side_effect", "level2"), ("forgot", "level2")],
)
async def test_missed_doses_go_to_whom_their_reason_concerns(cast: Cast, reason: str, recipient: str) -> None:
    who = cast.a.patient
    for day, hour, kind in ((25, 7, "taken"), (25, 19, "taken"), (26, 7, "taken"), (26, 19, "missed")):
        when = datetime(2026, 11, day, hour, 5, tzinfo=UTC)
        await at(cast, when)
        more = {"reason": reason} if kind == "missed" else {}
        receipt = await told(cast, who, drug=CAPECITABINE, kind=kind, at=when, **more)
    assert receipt.now is not None
    assert receipt.level is TriageLevel.YELLOW
    assert receipt.report_wished is (reason == "side_effect")
    (alert,) = await alerts(cast, who)
    assert (alert["level"], alert["recipient"], alert["reasons"]) == ("yellow", recipient, ["under_adherence_mild"])
    assert (await cast.superuser.fetchval("select count(*) from refill")) == (reason == "ran_out")


async def test_a_dose_during_a_hold_is_told_at_once(cast: Cast) -> None:
    await at(cast, DAY_10)
    await order(cast, cast.a.patient, "hold")
    later = DAY_10 + timedelta(hours=12)
    await at(cast, later)
    receipt = await told(
        cast, cast.a.patient, drug=CAPECITABINE, kind="taken", at=later, slot={"day": "2026-11-25", "number": 1}
    )
    assert (receipt.extra, receipt.level) == ("during_hold", TriageLevel.ORANGE)
    (alert,) = await alerts(cast, cast.a.patient)
    assert set(alert["reasons"]) == {"dose_during_hold", "over_adherence"}


async def test_an_intake_is_undone_within_ten_minutes_and_corrected_later(cast: Cast) -> None:
    await at(cast, DAY_10)
    who, id_ = cast.a.patient, uuid7()
    teller = Teller(who.establishment_id, who.id, "patient", who.id)
    await tell(cast, who, id_, drug=CAPECITABINE, kind="taken", at=DAY_10)
    await at(cast, DAY_10 + timedelta(minutes=10))
    async with cast.asking(cast.a, lock=who.id) as con:
        await intakes.undo(con, rulebook(), teller, id_)
    assert await cast.superuser.fetchval("select taken from adherence_day where patient_id = $1", who.id) == 0
    second = uuid7()
    await tell(cast, who, second, drug=CAPECITABINE, kind="taken", at=DAY_10)
    await at(cast, DAY_10 + timedelta(minutes=20, seconds=1))
    with pytest.raises(IntakeTooOld):
        async with cast.asking(cast.a, lock=who.id) as con:
            await intakes.undo(con, rulebook(), teller, second)
    slot = {"day": "2026-11-25", "number": 0}
    await told(cast, who, drug=CAPECITABINE, kind="missed", at=DAY_10, slot=slot, reason="forgot", replaces=str(second))
    row = await cast.superuser.fetchrow("select taken, missed from adherence_day where patient_id = $1", who.id)
    assert tuple(row) == (0, 1)


async def test_a_drug_of_another_treatment_is_refused_with_its_place(cast: Cast) -> None:
    await at(cast, DAY_10)
    with pytest.raises(ContentRefused) as refused:
        await tell(cast, cast.a.patient, drug="letrozole", kind="taken", at=DAY_10)
    assert refused.value.faults[0].path == "drug"


async def test_silence_is_unreported_and_never_missed_and_a_report_is_asked_for(cast: Cast) -> None:
    await at(cast, DAY_10)
    await told(cast, cast.a.patient, drug=CAPECITABINE, kind="taken", at=DAY_10)
    for day in range(26, 31):
        await at(cast, datetime(2026, 11, day, 3, 0, tzinfo=UTC))
        await sweep(cast)
    rows = await cast.superuser.fetch(
        "select * from adherence_day where patient_id = $1 order by day", cast.a.patient.id
    )
    # On the first day the patient was enrolled after the morning dose: nobody had asked for it.
    assert [(r["planned"], r["taken"], r["missed"], r["unreported"]) for r in rows[:3]] == [
        (1, 0, 0, 1),
        (2, 1, 0, 1),
        (2, 0, 0, 2),
    ]
    assert rows[-1]["planned"] == 0
    asked = "select count(*) from notice where kind = 'report_reminder' and person_id = $1"
    assert await cast.superuser.fetchval(asked, cast.a.patient.id) == 0, "every seven days in later cycles"
    for day in range(1, 12):
        await at(cast, datetime(2026, 12, day, 3, 0, tzinfo=UTC))
        await sweep(cast)
    assert await cast.superuser.fetchval(asked, cast.a.patient.id) > 0


async def test_missed_reports_raise_an_alert_once_for_each_state_and_a_report_begins_anew(cast: Cast) -> None:
    who = cast.a.patient
    await at(cast, DAY_10)
    await told(cast, who, drug=CAPECITABINE, kind="taken", at=DAY_10)
    judged = "select source, level, reasons from chart_verdict where patient_id = $1 order by judged_at"
    for days in range(1, 40):
        await at(cast, DAY_10 + timedelta(days=days))
        await sweep(cast)
    found = [tuple(row) for row in await cast.superuser.fetch(judged, who.id)]
    assert found == [
        ("missed_reports", "yellow", ["missed_reports_2"]),
        ("missed_reports", "orange", ["missed_reports_4"]),
    ]
    assert [(a["level"], a["recipient"]) for a in await alerts(cast, who)] == [("orange", "level2")]
    await cast.report(who, {}, answered_at=DAY_10 + timedelta(days=39))
    for days in range(40, 60):
        await at(cast, DAY_10 + timedelta(days=days))
        await sweep(cast)
    assert [row["reasons"] for row in await cast.superuser.fetch(judged, who.id)][2:] == [["missed_reports_2"]]
    assert len(await alerts(cast, who)) == 1, "one episode for each patient"
