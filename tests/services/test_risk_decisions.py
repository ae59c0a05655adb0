"""Who lets the model speak: two named people, on the site's own data, knowing what the card has learned from; and who silences it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from app.db import risk_decisions as risk_db
from app.domain.errors import ContentRefused, NotForYou, NothingToRollBack, NotReadyForLive, ProposalGone
from app.domain.people import Caller
from app.domain.verdicts import TriageLevel
from app.scoring.card import encode_card
from app.services import risk_decisions, risk_page, risk_reasons
from app.services.risk_decisions import Decide, ProposeLive
from app.services.risk_page import ModelPage
from tests import risk_card
from tests.cast import Cast
from tests.model_cast import BECAUSE, MODELS, go, live, shadow_weeks, told
from tests.rules.book import rulebook
from tests.world import START

WIDE = ProposeLive(MODELS.sha256, 100, BECAUSE, 100, knows_synthetic=True)


MILD = {name: {"S": 1} for name in ("fatigue", "insomnia", "dry_skin", "taste_change", "anxiety")}


async def propose(cast: Cast, by: Caller, wanted: ProposeLive = WIDE) -> UUID:
    """What somebody of A proposes."""
    async with cast.asking(cast.a) as con:
        return await risk_decisions.propose(con, MODELS, by.establishment_id, by, wanted, START)


async def approve(cast: Cast, by: Caller, proposal: UUID, *, knows: bool = True) -> bool:
    """Somebody of A puts their name under it."""
    async with cast.asking(cast.a) as con:
        return await risk_decisions.approve(con, MODELS, by, proposal, knows, START)


async def page(cast: Cast, by: Caller) -> ModelPage:
    """The page of the model."""
    async with cast.asking(cast.a) as con:
        return await risk_page.model_page(con, MODELS, by, START)


async def test_two_named_people_bring_a_synthetic_card_live_with_its_thresholds(cast: Cast) -> None:
    await shadow_weeks(cast, cast.a)
    first, second = cast.a.staff["oncologist"], cast.a.staff["oncologist.second"]
    proposal = await propose(cast, first)
    assert (await page(cast, first)).mode == "shadow", "one name changes nothing"
    assert not await approve(cast, first, proposal), "the same name twice is one name"
    calm = await told(cast, cast.a.patient, MILD, answered_at=START)
    assert calm.receipt is not None
    before = calm.receipt.level
    assert await approve(cast, second, proposal)
    seen = await page(cast, first)
    assert seen.mode == "live"
    assert seen.decided is not None
    assert seen.decided.approved_by == ["oncologist A", "oncologist.second A"]
    assert (seen.decided.orange_budget, seen.decided.yellow_budget) == (100, 100)
    heard = await told(cast, cast.a.patient, MILD, answered_at=START)
    assert heard.receipt is not None
    assert heard.receipt.level > before
    verbs = [
        row["verb"] for row in await cast.superuser.fetch("select verb from event where verb like 'risk%' order by at")
    ]
    assert sorted(verbs) == ["risk_approved", "risk_mode_set", "risk_proposed"]


async def test_nobody_approves_a_synthetic_card_without_saying_that_they_know(cast: Cast) -> None:
    await shadow_weeks(cast, cast.a)
    unknowing = msgspec.structs.replace(WIDE, knows_synthetic=False)
    with pytest.raises(ContentRefused):
        await propose(cast, cast.a.staff["oncologist"], unknowing)
    proposal = await propose(cast, cast.a.staff["oncologist"])
    with pytest.raises(ContentRefused):
        await approve(cast, cast.a.staff["oncologist.second"], proposal, knows=False)
    assert (await page(cast, cast.a.staff["oncologist"])).mode == "shadow"


async def test_without_two_weeks_in_shadow_or_enough_reports_nobody_may_even_propose(cast: Cast) -> None:
    with pytest.raises(NotReadyForLive) as refused:
        await propose(cast, cast.a.staff["oncologist"])
    assert [fault.path for fault in refused.value.faults] == ["shadow_too_short", "too_few_reports"]
    await shadow_weeks(cast, cast.a)
    narrow = msgspec.structs.replace(WIDE, orange_budget=0.5)
    with pytest.raises(NotReadyForLive) as refused:
        await propose(cast, cast.a.staff["oncologist"], narrow)
    assert [fault.path for fault in refused.value.faults] == ["too_few_reports"]


async def test_an_operator_proposes_and_approves_nothing(cast: Cast) -> None:
    await shadow_weeks(cast, cast.a)
    async with cast.asking(cast.a) as con:
        proposal = await risk_decisions.propose(con, MODELS, cast.a.id, None, WIDE, START)
    assert not await approve(cast, cast.a.staff["auditor"], proposal)
    assert await approve(cast, cast.a.staff["oncologist"], proposal), "an auditor and a clinician are two people"


async def test_a_card_learned_here_needs_the_gate(cast: Cast) -> None:
    own = risk_card.card(kind="site")
    async with cast.asking(cast.a) as con:
        by = cast.a.staff["oncologist"]
        await risk_db.keep_card(con, by, own.sha256, MODELS.sha256, encode_card(own).decode())
        await risk_db.keep_gate(con, by, uuid4(), own.sha256, MODELS.sha256, False, "[]")
    wanted = msgspec.structs.replace(WIDE, card_sha256=own.sha256)
    with pytest.raises(NotReadyForLive) as refused:
        await propose(cast, cast.a.staff["oncologist"], wanted)
    assert "gate_failed" in [fault.path for fault in refused.value.faults]


async def test_what_the_gate_found_is_read_in_both_languages_and_what_it_once_said_in_one_still_is(cast: Cast) -> None:
    own = risk_card.card(kind="site")
    now = (
        '{"name": {"fr": "meilleure perte logarithmique", "en": "log loss better"}, "verdict": "passed",'
        ' "found": {"fr": "-0,01", "en": "-0.01"}}'
    )
    then = '{"name": "slope 0.8 to 1.25", "verdict": "failed", "found": "2.10"}'
    async with cast.asking(cast.a) as con:
        by = cast.a.staff["oncologist"]
        await risk_db.keep_card(con, by, own.sha256, MODELS.sha256, encode_card(own).decode())
        await risk_db.keep_gate(con, by, uuid4(), own.sha256, MODELS.sha256, False, f"[{now}, {then}]")
    (card, _) = (await page(cast, by)).cards
    assert [(c.name.fr, c.name.en, c.verdict, c.found.fr, c.found.en) for c in card.criteria] == [
        ("meilleure perte logarithmique", "log loss better", "passed", "-0,01", "-0.01"),
        ("slope 0.8 to 1.25", "slope 0.8 to 1.25", "failed", "2.10", "2.10"),
    ]


async def test_a_proposal_ends_with_any_other_decision_and_after_two_weeks(cast: Cast) -> None:
    await shadow_weeks(cast, cast.a)
    first, second = cast.a.staff["oncologist"], cast.a.staff["oncologist.second"]
    proposal = await propose(cast, first)
    async with cast.asking(cast.a) as con:
        await risk_decisions.decide(con, MODELS, second, Decide("off", BECAUSE), START)
    with pytest.raises(ProposalGone):
        await approve(cast, second, proposal)
    await go(cast, START + timedelta(seconds=1))
    late = await propose(cast, first)
    await go(cast, START + timedelta(days=14, seconds=2))
    with pytest.raises(ProposalGone):
        await approve(cast, second, late)
    with pytest.raises(ProposalGone):
        await approve(cast, second, uuid4())


async def test_one_clinician_silences_it_and_rollback_never_gives_it_more_voice(cast: Cast) -> None:
    first = cast.a.staff["oncologist"]
    await live(cast, cast.a, yellow=0.3, orange=0.4)
    await live(cast, cast.a, yellow=0.1, orange=0.2)
    async with cast.asking(cast.a) as con:
        brought_back = await risk_decisions.roll_back(con, MODELS, first, BECAUSE)
        assert brought_back is not None
        assert (brought_back.number, brought_back.orange_from) == (1, 0.4)
        assert await risk_decisions.roll_back(con, MODELS, first, BECAUSE) is None, (
            "before the first live there was shadow"
        )
        with pytest.raises(NothingToRollBack):
            await risk_decisions.roll_back(con, MODELS, first, BECAUSE)
    seen = await page(cast, first)
    assert seen.mode == "shadow"
    assert [d.mode for d in seen.decisions] == ["shadow", "live", "live", "live"]
    assert [d.restores for d in seen.decisions] == [None, 1, None, None]


async def test_an_auditor_evaluates_and_decides_nothing(cast: Cast) -> None:
    auditor = cast.a.staff["auditor"]
    async with cast.asking(cast.a) as con:
        for call in (
            risk_decisions.decide(con, MODELS, auditor, Decide("off", BECAUSE), START),
            risk_decisions.roll_back(con, MODELS, auditor, BECAUSE),
            risk_decisions.unfreeze(con, auditor, BECAUSE),
            risk_decisions.try_beside(con, MODELS, auditor, None, BECAUSE, START),
        ):
            with pytest.raises(NotForYou):
                await call
    seen = await page(cast, auditor)
    assert (seen.may.decide, seen.may.roll_back, seen.may.unfreeze) == (False, False, False)


async def test_an_expired_card_comes_no_further(cast: Cast) -> None:
    await shadow_weeks(cast, cast.a)
    proposal = await propose(cast, cast.a.staff["oncologist"])
    second, late = cast.a.staff["oncologist.second"], START + timedelta(days=400)
    async with cast.asking(cast.a) as con:
        with pytest.raises(NotReadyForLive):
            await risk_decisions.approve(con, MODELS, second, proposal, True, late)


async def test_the_page_says_what_the_card_is_and_what_it_would_have_done(cast: Cast) -> None:
    await shadow_weeks(cast, cast.a, weeks=1)
    await told(cast, cast.a.patient, {"fatigue": {"S": 3, "I": 3}}, answered_at=START)
    seen = await page(cast, cast.a.staff["auditor"])
    assert seen.card is not None
    assert (seen.card.synthetic, seen.card.proved_monotone, seen.card.rare_regimens) == (True, True, [risk_card.RARE])
    assert seen.shadow.reports == seen.shadow.scored == 16
    assert seen.shadow.outcomes["pending"] == 16
    async with cast.asking(cast.a) as con:
        listed = await risk_reasons.scores(con, MODELS, rulebook(), cast.a.staff["auditor"], None, None)
    newest = listed.scores[0]
    assert newest.rules_level >= TriageLevel.YELLOW
    numbers = [int(line.fr.rpartition("(")[2].rstrip(")")) for line in newest.seven]
    assert sum(numbers[:-1]) == numbers[-1] == newest.total, "the lines in words add up to the last digit"
    assert not any(patient.name in str(listed) for patient in cast.a.patients)
