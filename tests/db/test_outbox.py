"""The outbox: each call is held by one sender at a time, waits for its receipt, and is given up in time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest_asyncio

from app.db import alerts, clock, outbox
from app.db.outbox import LEASE_SECONDS, RECEIPT_SECONDS, Notification
from tests.cast import Cast

CHEST_PAIN = {"chest_pain": {"S": 3}}
LOOSE = {"unheard_of": {"P": 1}}  # orange, read by hand


@pytest_asyncio.fixture
async def called(cast: Cast) -> Cast:
    """A red of tenant A: nurse and oncologist on duty are to be called."""
    await cast.report(cast.a.patient, CHEST_PAIN)
    return cast


async def lease(cast: Cast, batch: int = 32) -> list[Notification]:
    async with cast.worker.acquire() as con:
        return await outbox.lease(con, batch)


async def later(cast: Cast, **how: float) -> None:
    await clock.advance(cast.owner, timedelta(**how).total_seconds())


async def state(cast: Cast, n: Notification) -> str:
    return str(await cast.superuser.fetchval("select state from notification where id = $1", n.id))


async def receipt(cast: Cast, n: Notification, what: str = "received") -> bool:
    async with cast.asking(cast.a) as con:
        return await outbox.receipt(con, cast.a.id, n.token, what) is not None


async def accepted(cast: Cast) -> list[Notification]:
    """All calls, handed to the push service."""
    leased = await lease(cast)
    async with cast.worker.acquire() as con:
        for n in leased:
            await outbox.accepted(con, n, "web_push")
    return leased


async def test_those_on_duty_are_called_once_each(called: Cast) -> None:
    leased = await lease(called)
    on_duty = {called.a.staff[name].person_id for name in ("level2", "oncologist")}
    assert {n.staff_id for n in leased} == on_duty
    assert len(leased) == len(on_duty)
    assert {n.establishment_id for n in leased} == {called.a.id}


async def test_what_one_sender_holds_no_other_one_gets_until_its_lease_lapses(called: Cast) -> None:
    first = await lease(called)
    assert await lease(called) == []
    await later(called, seconds=LEASE_SECONDS - 1)
    assert await lease(called) == []
    await later(called, seconds=2)
    again = await lease(called)
    assert {n.id for n in again} == {n.id for n in first}
    assert {n.attempts for n in again} == {2}


async def test_two_senders_at_once_never_hold_the_same_call(cast: Cast) -> None:
    for patient in cast.a.patients:
        await cast.report(patient, CHEST_PAIN)
    batches = await asyncio.gather(*(lease(cast, 1) for _ in range(12)))
    batches += [await lease(cast)]  # whoever was being decided about meanwhile was left alone
    held = [n.id for batch in batches for n in batch]
    assert len(held) == len(set(held)) == 6


async def test_red_leaves_before_orange(cast: Cast) -> None:
    await cast.report(cast.a.patients[1], LOOSE)
    await later(cast, seconds=5)
    await cast.report(cast.a.patients[0], CHEST_PAIN)
    assert [n.level for n in await lease(cast)] == ["red", "red", "orange"]


async def test_what_has_been_acknowledged_is_not_sent_any_more(called: Cast) -> None:
    alert = await called.alert(called.a.patient)
    async with called.asking(called.a) as con:
        assert await alerts.acknowledge(con, called.a.nurse, alert["id"], alert["version"])
    assert await lease(called) == []


async def test_a_call_without_a_receipt_is_given_up_after_a_minute(called: Cast) -> None:
    sent = await accepted(called)
    await later(called, seconds=RECEIPT_SECONDS - 1)
    async with called.worker.acquire() as con:
        assert await outbox.unreceipted(con) == []
    await later(called, seconds=2)
    async with called.worker.acquire() as con:
        lost = await outbox.unreceipted(con)
        assert len(lost) == len(sent)
        assert {(one.level, one.step) for one in lost} == {("red", 0)}
        assert await outbox.unreceipted(con) == []
    assert {await state(called, n) for n in sent} == {"failed"}


async def test_a_call_that_was_shown_is_not_given_up(called: Cast) -> None:
    sent = await accepted(called)
    assert all([await receipt(called, n) for n in sent])
    await later(called, hours=5)
    async with called.worker.acquire() as con:
        assert await outbox.unreceipted(con) == []
    assert {await state(called, n) for n in sent} == {"received"}


async def test_a_late_receipt_still_counts(called: Cast) -> None:
    sent = await accepted(called)
    await later(called, seconds=RECEIPT_SECONDS + 1)
    async with called.worker.acquire() as con:
        await outbox.unreceipted(con)
    assert await receipt(called, sent[0])
    assert await state(called, sent[0]) == "received"


async def test_opened_stays_opened_in_whatever_order_receipts_come(called: Cast) -> None:
    one, other = await accepted(called)
    for what in ("opened", "received"):
        assert await receipt(called, one, what)
    for what in ("received", "opened"):
        assert await receipt(called, other, what)
    assert [await state(called, n) for n in (one, other)] == ["opened", "opened"]


async def test_a_receipt_with_a_wrong_token_or_in_another_establishment_changes_nothing(called: Cast) -> None:
    sent = (await accepted(called))[0]
    async with called.asking(called.a) as con:
        assert await outbox.receipt(con, called.a.id, "x" * 64, "opened") is None
    async with called.asking(called.b) as con:
        assert await outbox.receipt(con, called.a.id, sent.token, "opened") is None
        assert await outbox.receipt(con, called.b.id, sent.token, "opened") is None
    assert await state(called, sent) == "accepted"


async def test_a_retry_waits_as_long_as_it_was_told(called: Cast) -> None:
    first, second = await lease(called)
    async with called.worker.acquire() as con:
        await outbox.retry(con, first, 5, counts=True)
        await outbox.retry(con, second, 5, counts=False)
    await later(called, seconds=4)
    assert await lease(called) == []
    await later(called, seconds=2)
    again = {n.id: n.attempts for n in await lease(called)}
    assert again == {first.id: 2, second.id: 1}, "what never left this machine was no attempt"


async def test_a_failed_call_is_named_once(called: Cast) -> None:
    sent = (await lease(called))[0]
    async with called.worker.acquire() as con:
        (lost,) = await outbox.failed(con, sent, "no_device")
        assert (lost.alert_id, lost.level, lost.step, lost.now) == (sent.alert_id, "red", 0, True)
        assert await outbox.failed(con, sent, "no_device") == []


async def test_whoever_was_heard_of_two_minutes_ago_is_at_a_screen(called: Cast) -> None:
    sent = next(n for n in await lease(called) if n.staff_id == called.a.nurse.person_id)
    async with called.worker.acquire() as con:
        assert not await outbox.at_a_screen(con, sent.establishment_id, sent.staff_id)
        await called.superuser.execute(
            "insert into session (token_hash, id, account_id, purpose, device, created_at, last_seen_at, expires_at)"
            " select 'x', gen_random_uuid(), id, 'full', 'x', app_now(), app_now(), app_now() + interval '1 hour'"
            " from account where person_id = $1",
            called.a.nurse.person_id,
        )
        await later(called, seconds=119)
        assert await outbox.at_a_screen(con, sent.establishment_id, sent.staff_id)
        await later(called, seconds=2)
        assert not await outbox.at_a_screen(con, sent.establishment_id, sent.staff_id)


async def test_tokens_cannot_be_guessed(called: Cast) -> None:
    tokens = {n.token for n in await lease(called)}
    assert len(tokens) == 2
    assert all(len(token) == 64 for token in tokens)
