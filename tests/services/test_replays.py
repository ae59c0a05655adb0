"""Other rules over stored history: what they would have changed, and that nothing is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from app.db import sessions
from app.db.door import connect_pool, establishment_tx
from app.domain.people import Submitter
from app.domain.reports import Answer, ReportDraft
from app.domain.rulebook import Rulebook, decode
from app.domain.triage import TriageLevel
from app.services import rulebook_pages, rulebooks, seed
from app.services.replays import explain_stored, replay
from app.services.reports import submit_report
from app.services.sign_in import new_token, token_hash
from app.services.vault import Vault
from tests.conftest import ConnectArgs

RULES = Path(__file__).resolve().parents[2] / "rules"
HAND_FOOT = "symptoms/hand_foot_syndrome.yaml"


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return rulebooks.read(RULES)


@pytest.fixture(scope="module")
async def pools(module_database: ConnectArgs) -> AsyncIterator[tuple[asyncpg.Pool, asyncpg.Pool]]:
    owner, app = (
        await connect_pool(module_database, "vigie_owner", size=2),
        await connect_pool(module_database, "vigie_app", size=2),
    )
    yield owner, app
    await app.close()
    await owner.close()


@pytest.fixture(scope="module")
async def told(pools: tuple[asyncpg.Pool, asyncpg.Pool], rulebook: Rulebook) -> list[TriageLevel]:
    """A patient on letrozole who has told of sore hands three times, each time worse."""
    owner, app = pools
    master = {"test": bytes(32)}
    vault = Vault(master)
    place = (await seed.seed(owner, app, vault, master, rulebook)).establishments[0]
    patient = next(p for p in place.patients if p.regimen == "letrozole")
    token = token_hash(new_token(place.id, patient.id))
    levels = []
    async with establishment_tx(app, place.id) as con:
        account = await con.fetchval("select id from account where person_id = $1", patient.id)
        await sessions.add(con, token, uuid7(), account, "device", "test", timedelta(days=1))
        safe = await vault.of(con, place.id)
    for days, score in ((6, 1), (4, 2), (2, 3)):
        at = datetime.now(UTC) - timedelta(days=days)
        draft = ReportDraft(at, "test", {"hand_foot_syndrome": Answer(S=score)})
        async with establishment_tx(app, place.id) as con:
            done = await submit_report(con, safe, rulebook, Submitter(place.id, patient.id, [token]), uuid7(), draft)
        assert done.receipt
        levels.append(done.receipt.level)
    return levels


async def counted(owner: asyncpg.Pool) -> list[int]:
    """How many rows everything that a replay must not touch has."""
    tables = ("report", "verdict", "alert", "notification", "escalation", "event")
    async with owner.acquire() as con:
        places = await con.fetch("select id from establishment")
    rows = []
    for place in places:
        async with establishment_tx(owner, place["id"]) as con:
            rows += [int(await con.fetchval(f"select count(*) from {t}")) for t in tables]  # noqa: S608 - names above
    return rows


async def test_the_same_rules_change_nothing(
    pools: tuple[asyncpg.Pool, asyncpg.Pool], told: list[TriageLevel], rulebook: Rulebook
) -> None:
    assert told == [TriageLevel.GREEN, TriageLevel.YELLOW, TriageLevel.ORANGE]
    before = await counted(pools[0])
    found = await replay(pools[0], rulebook, (datetime.now(UTC) - timedelta(days=30)).date())
    assert found.reports == 3
    assert found.changed == ()
    assert await counted(pools[0]) == before


async def test_a_stricter_rule_shows_the_alerts_it_would_have_gained(
    pools: tuple[asyncpg.Pool, asyncpg.Pool], told: list[TriageLevel]
) -> None:
    files = rulebooks.read_files(RULES)
    plain = files[HAND_FOOT].decode()
    assert "grade_1: green, grade_2: yellow, grade_3: orange" in plain
    files[HAND_FOOT] = plain.replace("grade_1: green", "grade_1: yellow").encode()
    found = await replay(pools[0], decode(files), (datetime.now(UTC) - timedelta(days=30)).date())
    assert [(c.before, c.after) for c in found.changed] == [(TriageLevel.GREEN, TriageLevel.YELLOW)]
    assert found.gained == {TriageLevel.YELLOW: 1}
    assert found.by_regimen == {"letrozole": (1, 0)}


async def test_reports_before_the_day_are_history_and_not_judged_again(
    pools: tuple[asyncpg.Pool, asyncpg.Pool], told: list[TriageLevel], rulebook: Rulebook
) -> None:
    found = await replay(pools[0], rulebook, (datetime.now(UTC) - timedelta(days=3)).date())
    assert found.reports == 1
    assert found.changed == ()


async def test_a_published_replay_is_what_the_page_of_rules_shows(
    pools: tuple[asyncpg.Pool, asyncpg.Pool], told: list[TriageLevel], rulebook: Rulebook
) -> None:
    owner, app = pools
    since, now = (datetime.now(UTC) - timedelta(days=30)).date(), datetime.now(UTC)
    async with owner.acquire() as con:
        await rulebook_pages.publish_replay(con, rulebook, since, await replay(owner, rulebook, since), now)
    async with app.acquire() as con:
        await rulebook_pages.remember_edition(con, rulebook)
        page = await rulebook_pages.rules_page(con, rulebook, now)
    assert page.last_replay is not None
    assert (page.last_replay.since, page.last_replay.reports) == (since, 3)
    assert [used.version for used in page.used] == [rulebook.version]
    assert len(page.rulebook.rules) == len(rulebook.rules)
    assert all(v.when or not rule.values for rule in page.rulebook.rules for v in rule.values)


async def test_a_stored_report_is_explained_step_by_step(
    pools: tuple[asyncpg.Pool, asyncpg.Pool], told: list[TriageLevel], rulebook: Rulebook
) -> None:
    owner, _ = pools
    async with owner.acquire() as con:
        places = [row["id"] for row in await con.fetch("select id from establishment")]
    ids = []
    for place in places:
        async with establishment_tx(owner, place) as con:
            ids += [row["id"] for row in await con.fetch("select id from report order by told_at")]
    last = await explain_stored(owner, rulebook, ids[-1], "fr")
    assert any("Niveau orange" in line for line in last)
    assert any("hand_foot_syndrome_g3" in line for line in last)
    assert await explain_stored(owner, rulebook, uuid7(), "fr") == []
