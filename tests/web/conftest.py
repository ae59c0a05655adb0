"""A real Chromium on real pages: built once, one browser per run, one context (a phone, a desk) per person in a test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from app.db.cluster import Cluster
from app.web.build import build
from tests.web.browsers import FLAGS, Room
from tests.world import Seed, World, assert_quiet, fresh, seeded

__all__ = ["fresh", "seeded"]


@pytest.fixture(scope="session", autouse=True)
def pages() -> None:
    """Both faces as their sources are now, before any `serve` reads them."""
    build(say=lambda _: None)


@pytest_asyncio.fixture(scope="session")
async def chromium(pages: None) -> AsyncIterator[Browser]:
    """The one browser of the run: Debian's, nothing is downloaded."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail(
            "There is no `chromium` on PATH: the browser tests cannot run without it."
            " On Debian: apt-get install --no-install-recommends chromium fonts-liberation",
            pytrace=False,
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session")
async def world(pages: None, cluster: Cluster, seeded: Seed) -> AsyncIterator[World]:
    """One `serve` and one `work` for the whole folder: each test empties them, and browsers are slow enough."""
    async with World.of(cluster, seeded) as world:
        yield world
        await world.stop()
        assert_quiet(world)


@pytest_asyncio.fixture
async def room(chromium: Browser, fresh: World) -> AsyncIterator[Room]:
    """Phones and desks over an emptied world. At the end no page may have logged an error that nobody foresaw."""
    room = Room(chromium, fresh)
    try:
        yield room
    finally:
        await room.close()
    room.assert_quiet()
