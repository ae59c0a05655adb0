"""The model beside the rules on a real database: what shadow leaves untouched, what live may do, and what no fault of it can disturb."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from uuid_utils.compat import uuid7

from app.db import risk_decisions as risk_db
from app.db.door import establishment_tx
from app.domain.verdicts import TriageLevel
from app.scoring.card import encode_card, sealed
from app.services import worklists
from app.services.risk_scoring import Contributions, Models
from tests import risk_card
from tests.cast import Cast, Patient, Tenant
from tests.model_cast import FEVERISH, MODELS, go, live, scores, told
from tests.rules.book import rulebook
from tests.world import START

LEVELS = list(TriageLevel)


def strange(dice: random.Random) -> dict[str, Any]:
    """Answers and measurements of a report, mostly mild, sometimes bad."""
    book = rulebook()
    asked = dice.sample(sorted(s.id for s in book.symptoms.values() if s.attributes), dice.randint(0, 6))
    answers: dict[str, dict[str, int]] = {}
    for name in asked:
        worst = dice.choice((1, 1, 2, 2, 3, 4))
        answers[name] = {a: dice.randint(0, 1 if a == "P" else worst) for a in book.symptoms[name].attributes}
    measured = {"temperature_c": round(dice.uniform(36, 39.5), 1)} if dice.random() < 0.3 else {}
    return {"answers": answers, "measurements": measured}


async def visible(cast: Cast, tenant: Tenant) -> list[Any]:
    """Everything that is kept of an establishment beside the model's own table, without ids that differ anyway."""
    rows = []
    for query in (
        "select level, emergency, recipient, hold, reasons, detail, acknowledge_due_at, contact_due_at from verdict",
        "select state, level, emergency, recipient, reasons, reports, round, version, contact_due_at from alert",
        "select recipient, level, state, step from notification",
        "select verb, actor_kind, actor_kind, actor_kind from event",
    ):
        found = await cast.superuser.fetch(f"{query} where establishment_id = $1", tenant.id)
        rows.append(sorted((tuple(row) for row in found), key=repr))
    return rows


async def worklist(cast: Cast, tenant: Tenant) -> list[tuple[str, str]]:
    """Whom the nurse sees, in this order."""
    async with cast.asking(tenant) as con:
        safe = await cast.vault.of(con, tenant.id)
        found = await worklists.worklist(con, safe, rulebook(), tenant.nurse, START)
        return [(row.patient.name, row.level) for row in found.alerts]


async def test_shadow_stores_what_it_would_have_said_and_changes_nothing_else(cast: Cast) -> None:
    """A in shadow, B off: the same reports leave the same rows, answers and order behind."""
    off = (
        "insert into risk_mode (establishment_id, number, mode, card_sha256, reason, set_at, set_by)"
        " values ($1, 1, 'off', $2, 'x', $3, $4)"
    )
    await cast.superuser.execute(off, cast.b.id, MODELS.sha256, START, cast.b.staff["oncologist"].person_id)
    dice = random.Random(20261124)  # noqa: S311 - the same reports every time
    for minute in range(60):
        told_at, number, content = START + timedelta(minutes=minute), minute % 3, strange(dice)
        await go(cast, told_at)  # or every alert would have waited equally long
        answers = []
        for tenant in (cast.a, cast.b):
            done = await told(cast, tenant.patients[number], answered_at=told_at, **content)
            assert done.receipt is not None
            answers.append(msgspec.structs.replace(done.receipt, report_id=cast.a.id))
        assert answers[0] == answers[1]
    assert await visible(cast, cast.a) == await visible(cast, cast.b)
    strip = str.maketrans("", "", "AB")
    lists = [[(n.translate(strip), lv) for n, lv in await worklist(cast, tenant)] for tenant in (cast.a, cast.b)]
    assert lists[0] == lists[1]
    kept = await scores(cast)
    assert len(kept) == 60
    assert {row["establishment_id"] for row in kept} == {cast.a.id}, "off keeps nothing"
    assert {row["mode"] for row in kept} == {"shadow"}
    assert not any(row["raised"] for row in kept)


async def test_live_raises_and_never_lowers_over_two_thousand_reports(cast: Cast) -> None:
    """A live, B in shadow, the same thousand reports to each: A's level is the worse of B's and of what the model asks for."""
    await live(cast, cast.a, yellow=0.035, orange=0.06)
    dice = random.Random(7)  # noqa: S311 - the same reports every time
    seen: Counter[str] = Counter()
    for number in range(1000):
        told_at, content = START + timedelta(seconds=number), strange(dice)
        heard, alone = [
            (await told(cast, tenant.patients[number % 3], answered_at=told_at, **content)).receipt
            for tenant in (cast.a, cast.b)
        ]
        assert heard is not None
        assert alone is not None
        assert heard.level >= alone.level
        assert (heard.level is TriageLevel.RED) == (alone.level is TriageLevel.RED), "never red by the model"
        assert heard.hold == alone.hold
        seen[f"{alone.level} to {heard.level}"] += 1
    of_a = [row for row in await scores(cast) if row["establishment_id"] == cast.a.id]
    of_b = {row["patient_id"]: row for row in await scores(cast) if row["establishment_id"] == cast.b.id}
    assert len(of_a) == 1000
    assert of_b
    for row in of_a:
        rules, model = TriageLevel(row["rules_level"]), TriageLevel(row["model_level"])
        asked = "orange" if row["p7"] >= 0.06 else "yellow" if row["p7"] >= 0.035 else "green"
        assert model == asked
        assert row["raised"] == (model > rules)
        final = await cast.superuser.fetchval("select level from verdict where report_id = $1", row["report_id"])
        assert final == max(rules, model)
    assert seen["yellow to orange"] > 20, seen
    assert seen["green to yellow"] > 20, seen
    assert not any(
        LEVELS.index(TriageLevel(b)) > LEVELS.index(TriageLevel(a)) for b, a in (k.split(" to ") for k in seen)
    )


async def test_contributions_add_up_to_the_stored_totals_and_the_totals_to_the_probabilities(cast: Cast) -> None:
    dice = random.Random(3)  # noqa: S311 - the same reports every time
    for minute in range(40):
        await told(cast, cast.a.patient, answered_at=START + timedelta(minutes=minute), **strange(dice))
    kept = await scores(cast)
    assert len(kept) == 40
    for row in kept:
        said = msgspec.json.decode(row["contributions"], type=Contributions)
        for explained, total in ((said.seven, row["total"]), (said.late, row["total_late"])):
            assert explained.base + sum(c.points for c in explained.contributions) == explained.total == total
        assert row["p7"] == pytest.approx(1 / (1 + math.exp(-row["total"] / 1000)), abs=1e-15)
        assert row["p14"] >= row["p7"]


async def test_the_model_knows_age_and_history_and_says_what_is_missing(cast: Cast) -> None:
    await told(cast, cast.a.patient, FEVERISH)
    (row,) = await scores(cast)
    assert {"ecog", "comorbidities"} <= set(row["missing"]), "the platform has neither"
    assert not {"age", "prior_grade3", "prior_visit", "week"} & set(row["missing"])


@pytest.mark.parametrize("sealed", [b"", b"\x00", bytes(40)])
async def test_a_seal_that_cannot_be_opened_costs_the_age_and_not_the_score(cast: Cast, sealed: bytes) -> None:
    await cast.superuser.execute("update patient set identity = $1", sealed)
    await told(cast, cast.a.patient, FEVERISH)
    (row,) = await scores(cast)
    assert row["abstained"] is None
    assert "age" in row["missing"]


async def test_a_resent_report_is_scored_once(cast: Cast) -> None:
    report_id = uuid7()
    for _ in range(3):
        await told(cast, cast.a.patient, FEVERISH, report_id=report_id)
    assert len(await scores(cast)) == 1


BROKEN = {
    "no card at all": (b"", "card_lost"),
    "half a card": (risk_card.content()[:5000], "card_lost"),
    "one point changed": (risk_card.altered(), "card_altered"),
    "changed and sealed again": (risk_card.forged(), "self_test_failed"),
    "a grid that divides by nothing": (
        encode_card(
            sealed(
                msgspec.structs.replace(
                    risk_card.card(),
                    features=tuple(
                        msgspec.structs.replace(f, step=0.0) if f.name == "age" else f
                        for f in risk_card.card().features
                    ),
                )
            )
        ),
        "failed",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_with_a_broken_card_the_rules_answer_alone_and_say_why(cast: Cast, what: str) -> None:
    content, why = BROKEN[what]
    await live(cast, cast.a, yellow=0.001, orange=0.002, sha256=Models(content).sha256)
    done = await told(cast, cast.a.patient, {"nausea": {"F": 4, "S": 4}}, models=Models(content))
    calm = await told(cast, cast.a.patients[1], {}, models=Models(content))
    assert done.receipt is not None
    assert calm.receipt is not None
    assert (done.receipt.level, calm.receipt.level) == (TriageLevel.ORANGE, TriageLevel.GREEN)
    assert {(row["abstained"], row["raised"], row["p7"]) for row in await scores(cast)} == {(why, False, None)}


async def test_a_site_card_that_cannot_be_read_does_not_break_the_report(cast: Cast) -> None:
    """The database refuses in the middle of the report's own transaction: a savepoint holds it."""
    await live(cast, cast.a, sha256="f" * 64)
    await cast.superuser.execute("revoke select on risk_card from vigie_app")
    done = await told(cast, cast.a.patient, FEVERISH)
    assert done.receipt is not None
    assert [row["abstained"] for row in await scores(cast)] == ["card_lost"]


async def test_a_regimen_that_the_card_hardly_knows_gets_no_number(cast: Cast) -> None:
    await cast.superuser.execute(
        "update course set regimen = $1 where patient_id = $2", risk_card.RARE, cast.a.patient.id
    )
    await told(cast, cast.a.patient, FEVERISH)
    (row,) = await scores(cast)
    assert (row["abstained"], row["abstained_on"], row["p7"]) == ("regimen_rare", risk_card.RARE, None)


async def test_a_challenger_scores_beside_and_is_heard_by_nobody(cast: Cast) -> None:
    loud = risk_card.card(kind="site", intercept=3000)
    await live(cast, cast.a, yellow=0.9, orange=0.95)
    async with cast.asking(cast.a) as con:
        await risk_db.keep_card(con, cast.a.staff["oncologist"], loud.sha256, MODELS.sha256, encode_card(loud).decode())
    await cast.superuser.execute(
        "update risk_mode set challenger_sha256 = $2 where establishment_id = $1", cast.a.id, loud.sha256
    )
    done = await told(cast, cast.a.patient, {"insomnia": {"S": 1}})
    assert done.receipt is not None
    assert done.receipt.level < TriageLevel.ORANGE
    kept = {row["card_sha256"]: row for row in await scores(cast)}
    assert kept.keys() == {MODELS.sha256, loud.sha256}
    beside = kept[loud.sha256]
    assert (beside["mode"], beside["model_level"], beside["raised"], beside["synthetic"]) == (
        "shadow",
        "orange",
        False,
        False,
    )


async def statements(
    cast: Cast, who: Patient, models: Models | None, answers: dict[str, Any], minute: int
) -> list[str]:
    """What is sent to the database for one report, statement by statement. The pool gives out its last connection first."""
    sent: list[str] = []

    def hear(record: Any) -> None:
        sent.append(record.query.strip()[:60])

    async with cast.app.acquire() as con:
        inner = con._con  # the pool's proxy refuses to keep a listener beyond a loan, which is what is wanted here
        inner.add_query_logger(hear)
    try:
        await told(cast, who, answers, models=models, answered_at=START + timedelta(minutes=minute))
    finally:
        inner.remove_query_logger(hear)
    return sent


@pytest.mark.parametrize("answers", [{}, {"nausea": {"F": 4, "S": 4}}], ids=["green", "orange"])
async def test_scoring_takes_no_more_round_trips(cast: Cast, answers: dict[str, Any]) -> None:
    for _ in range(2):  # credentials, keys and the site's card are read once
        await told(cast, cast.a.patient, answers)
    await live(cast, cast.a)
    alone = await statements(cast, cast.a.patient, None, answers, 1)
    scored = await statements(cast, cast.a.patient, MODELS, answers, 2)
    assert len(scored) == len(alone) == 4, scored  # begin, chart, report, commit
    assert len(await scores(cast, cast.a.patient)) == 3


async def test_the_worklist_puts_the_higher_risk_first_within_a_level_when_live_and_only_then(cast: Cast) -> None:
    bad = {"nausea": {"F": 4, "S": 4}}
    await told(cast, cast.a.patients[0], bad, answered_at=START)
    await go(cast, START + timedelta(hours=2))
    worse = {**bad, "fatigue": {"S": 3, "I": 3}, "insomnia": {"S": 4, "I": 4}}
    await told(cast, cast.a.patients[1], worse, answered_at=START + timedelta(hours=2))
    first, second = cast.a.patients[0].name, cast.a.patients[1].name
    assert [name for name, _ in await worklist(cast, cast.a)] == [first, second], "in shadow: who waits longest"
    await live(cast, cast.a)
    for number, answers in ((0, bad), (1, worse)):
        await told(cast, cast.a.patients[number], answers, answered_at=START + timedelta(hours=2, minutes=1))
    await told(cast, cast.a.patients[2], {"diarrhoea": {"F": 4}}, answered_at=START + timedelta(hours=2))
    assert [name for name, _ in await worklist(cast, cast.a)] == [cast.a.patients[2].name, second, first], (
        "red stays first"
    )
    await cast.superuser.execute(
        "insert into risk_freeze values ($1, gen_random_uuid(), 'calibration', '{}', app_now())", cast.a.id
    )
    assert [name for name, _ in await worklist(cast, cast.a)] == [cast.a.patients[2].name, first, second], (
        "frozen: as before"
    )


async def test_frozen_scores_are_kept_and_not_heard(cast: Cast) -> None:
    await live(cast, cast.a, yellow=0.001, orange=0.002)
    await cast.superuser.execute(
        "insert into risk_freeze values ($1, gen_random_uuid(), 'calibration', '{}', app_now())", cast.a.id
    )
    done = await told(cast, cast.a.patient, {})
    assert done.receipt is not None
    assert done.receipt.level is TriageLevel.GREEN
    (row,) = await scores(cast)
    assert (row["mode"], row["model_level"], row["raised"]) == ("frozen", "orange", False)


async def test_no_establishment_sees_the_scores_of_another(cast: Cast) -> None:
    await told(cast, cast.a.patient, FEVERISH)
    async with establishment_tx(cast.app, cast.b.id) as con:
        for table in ("risk_score", "risk_mode", "risk_proposal", "risk_card", "risk_monitor", "outcome_answer"):
            assert await con.fetchval(f"select count(*) from {table}") == 0  # noqa: S608 - names from above
    async with cast.worker.acquire() as con:
        for table in ("risk_score", "risk_mode", "outcome_answer"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await con.fetchval(f"select count(*) from {table}")  # noqa: S608 - names from above


async def test_a_score_is_never_edited(cast: Cast) -> None:
    await told(cast, cast.a.patient, FEVERISH)
    for what in ("update risk_score set total = 0", "delete from risk_score", "update risk_mode set mode = 'off'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with establishment_tx(cast.app, cast.a.id) as con:
                await con.execute(what)


async def test_a_level_raised_by_the_model_calls_nursing_coordination(cast: Cast) -> None:
    await live(cast, cast.a, yellow=0.001, orange=0.002)
    done = await told(cast, cast.a.patient, {})
    assert done.receipt is not None
    assert done.receipt.level is TriageLevel.ORANGE
    alert = await cast.alert(cast.a.patient)
    assert (alert["level"], alert["recipient"], alert["reasons"], alert["hold"]) == (
        "orange",
        "level2",
        ["risk_model_synthetic"],
        False,
    )
