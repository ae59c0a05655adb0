"""The tests of the API share one world of real processes (tests/world.py); each begins with it emptied."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from app.db.cluster import Cluster
from tests.world import START, Seed, World, assert_quiet, fresh, seeded

__all__ = ["fresh", "seeded", "world"]


@pytest_asyncio.fixture(scope="package")
async def world(cluster: Cluster, seeded: Seed) -> AsyncIterator[World]:
    """One `serve` and one `work` for the whole folder. At the end nobody may have logged an error: not one 5xx."""
    async with World.of(cluster, seeded) as world:
        yield world
        await world.stop()
        assert_quiet(world)


@pytest_asyncio.fixture
async def calm(world: World) -> World:
    """The same world, not emptied: wrong tries and used digits are forgotten, the clock goes back. Faster than `fresh`."""
    await world.rows("truncate throttle")
    await world.rows("update account set totp_last_step = 0")
    world._steps.clear()
    await world.clock.set(START)
    return world
