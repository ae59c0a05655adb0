"""What becomes of a report that triage cannot judge, and of reports in an odd order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from uuid_utils.compat import uuid7

from app.db import clock
from app.domain.errors import SignInNeeded
from app.domain.people import Submitter
from app.domain.reports import ReportDraft
from app.domain.triage import TriageLevel
from app.services import reports
from app.services.reports import submit_report
from tests.cast import Cast
from tests.rules.book import rulebook
from tests.world import START

CHEST_PAIN = {"chest_pain": {"S": 3}}
TIRED = {"fatigue": {"S": 3, "I": 2}}
HOUR = timedelta(hours=1)


def poisoned(*_: Any) -> None:
    """Triage as it must never be: the one fault that is planted here."""
    raise RuntimeError("triage is broken, and fever 39.7 must not be in a log")


async def test_f06_a_report_on_which_triage_breaks_is_kept_and_read_by_hand(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reports, "triage", poisoned)
    done = await cast.report(cast.a.patient, CHEST_PAIN)
    assert done.receipt is not None
    assert (done.receipt.level, done.receipt.read_by_hand, done.alerted) == (TriageLevel.ORANGE, True, True)
    alert = await cast.alert(cast.a.patient)
    assert (alert["level"], alert["read_by_hand"], alert["recipient"], alert["reasons"]) == (
        "orange",
        True,
        "level2",
        ["read_by_hand"],
    )
    kept = await cast.superuser.fetchrow(
        "select content, quarantined from report where patient_id = $1", cast.a.patient.id
    )
    assert kept["quarantined"]
    assert msgspec.json.decode(kept["content"])["answers"] == CHEST_PAIN
    assert await cast.superuser.fetchval("select count(*) from notification") == 1
    assert "39.7" not in caplog.text, "a log line holds no clinical word"
    monkeypatch.undo()
    assert (await cast.report(cast.a.patients[1], CHEST_PAIN)).receipt.level is TriageLevel.RED  # type: ignore[union-attr] # there is one
    again = await cast.report(cast.a.patient, CHEST_PAIN)
    assert again.receipt is not None
    assert again.receipt.level is TriageLevel.RED, "and so does the same patient's next one"


async def test_a_report_that_was_not_judged_is_no_history(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "triage", poisoned)
    await cast.report(cast.a.patient, {"fatigue": {"S": 4, "I": 4}}, answered_at=START)
    monkeypatch.undo()
    seen: list[Any] = []

    def watching(answers: Any, measurements: Any, chart: Any, book: Any) -> Any:
        seen.append(chart)
        return reports_triage(answers, measurements, chart, book)

    reports_triage = reports.triage
    monkeypatch.setattr(reports, "triage", watching)
    await cast.report(cast.a.patient, TIRED, answered_at=START + HOUR)
    assert seen[0].history == ()


async def chart_for(cast: Cast, monkeypatch: pytest.MonkeyPatch, **told: Any) -> Any:
    """What triage was given to know."""
    seen: list[Any] = []
    honest = reports.triage

    def watching(answers: Any, measurements: Any, chart: Any, book: Any) -> Any:
        seen.append(chart)
        return honest(answers, measurements, chart, book)

    with monkeypatch.context() as patched:
        patched.setattr(reports, "triage", watching)
        await cast.report(cast.a.patient, TIRED, **told)
    return seen[0]


async def test_history_is_what_had_been_told_before_newest_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in (1, 4, 2):
        await cast.report(cast.a.patient, {"nausea": {"F": days, "S": 1}}, answered_at=START - timedelta(days=days))
    chart = await chart_for(cast, monkeypatch, answered_at=START)
    assert [past.days_ago for past in chart.history] == [1, 2, 4]
    late = await chart_for(cast, monkeypatch, answered_at=START - timedelta(days=3))
    assert [past.days_ago for past in late.history] == [1], "a late report is not compared with what came after it"


async def test_what_was_replaced_is_no_history(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = uuid7()
    await cast.report(cast.a.patient, CHEST_PAIN, report_id=wrong, answered_at=START - HOUR)
    chart = await chart_for(cast, monkeypatch, answered_at=START, replaces=str(wrong))
    assert chart.history == ()
    after = await chart_for(cast, monkeypatch, answered_at=START + HOUR)
    assert [set(past.answers) for past in after.history] == [{"fatigue"}]


async def test_the_chart_knows_regimen_cycle_and_weight(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = await chart_for(cast, monkeypatch, answered_at=START)
    assert (chart.regimen, chart.cycle, chart.day_of_cycle, chart.baseline.weight_kg) == (
        "capecitabine_mono",
        3,
        9,
        70.0,
    )


async def test_the_first_answer_is_given_again_word_for_word(cast: Cast) -> None:
    for told in (CHEST_PAIN, TIRED, {}, {"unheard_of": {"P": 1}}):  # the later ones join the red of the first
        report_id = uuid7()
        first = (await cast.report(cast.a.patient, told, report_id=report_id)).receipt
        await clock.advance(cast.owner, 600)
        again = (await cast.report(cast.a.patient, told, report_id=report_id)).receipt
        assert first is not None
        assert again == msgspec.structs.replace(first, duplicate=True)


async def test_another_content_under_a_known_id_is_read_by_a_human(cast: Cast) -> None:
    report_id = uuid7()
    await cast.report(cast.a.patient, {}, report_id=report_id)
    second = await cast.report(cast.a.patient, {"fatigue": {"S": 1}}, report_id=report_id)
    assert second.receipt is None
    assert (await cast.alert(cast.a.patient))["read_by_hand"]


async def test_a_credential_opens_no_other_patients_chart(cast: Cast) -> None:
    await cast.report(cast.a.patient, {})
    stolen = await cast._credential(cast.a.patient)
    draft = msgspec.convert({"answered_at": START, "questionnaire": "t", "answers": {}}, ReportDraft)
    for victim in (cast.a.patients[1], cast.b.patient):
        who = Submitter(victim.establishment_id, victim.id, [stolen])
        tenant = cast.a if victim.establishment_id == cast.a.id else cast.b
        async with cast.asking(tenant) as con:
            safe = await cast.vault.of(con, tenant.id)
            with pytest.raises(SignInNeeded):
                await submit_report(con, safe, rulebook(), who, uuid7(), draft)
    assert await cast.superuser.fetchval("select count(*) from report") == 1
