"""`serve` is killed while phones send: nothing that was acknowledged is lost, nothing is there twice (N1, F01, F02)."""

from __future__ import annotations

import asyncio
import random

from tests.faults.sizes import SIZES, as_time_allows, measured
from tests.faults.stream import Phones, Sent
from tests.world import World

CYCLES = SIZES.server_kills


async def test_f01_n1_no_acknowledged_report_is_lost_when_the_server_is_killed(fresh: World) -> None:
    dice = random.Random(20261122)  # noqa: S311 - the same moments each time
    phones = Phones([await fresh.new_patient() for _ in range(4)])
    duplicates = done = 0
    for done in as_time_allows(CYCLES):  # noqa: B007 - how far it went is told below
        stop = asyncio.Event()
        streaming = asyncio.create_task(phones.stream(stop))
        await asyncio.sleep(dice.uniform(0.05, 0.5))
        await fresh.serve.kill()
        stop.set()
        await streaming
        fresh.serve.start()
        await fresh.live()
        await phones.send_the_rest()
        again: Sent = dice.choice(phones.sent)
        answer = await again.send()
        assert answer is not None
        assert answer.status == 200
        duplicates += answer.json["duplicate"]
    assert duplicates == done
    assert len(phones.sent) > 10 * done
    await phones.assert_kept_once(fresh)
    measured("N1", f"0 in {CYCLES} cycles", f"0 of {len(phones.sent)} reports, {done} cycles", well=done == CYCLES)
