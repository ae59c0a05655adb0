"""A new release: its worker waits, the person is asked, and the old files go once they agree."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

from tests.web.browsers import Room, Screen, poll

ASKED = "Une nouvelle version est prête."
OLD_LETTERS, NEW_LETTERS = "0123456789abcdef", "123456789abcdef0"


class Release:
    """In front of `serve`: hands everything on, and once there is a new release, another version of each sw.js."""

    def __init__(self, room: Room) -> None:
        self.behind, self.http = room.url, room.world.http
        self.version: str | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """What `serve` answers, but for the worker's script."""
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "accept-encoding")}
        headers["Accept-Encoding"] = "identity"
        asked = self.http.request(
            request.method,
            self.behind + request.path_qs,
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        )
        async with asked as got:
            body = await got.read()
            if request.path.endswith("/sw.js") and self.version:
                assert self.version.encode() in body
                body = body.replace(self.version.encode(), new(self.version).encode())
            kept = [(k, v) for k, v in got.headers.items() if k.lower() not in ("content-length", "transfer-encoding")]
            return web.Response(status=got.status, body=body, headers=kept)


def new(version: str) -> str:
    """What follows this version."""
    return version.translate(str.maketrans(OLD_LETTERS, NEW_LETTERS))


@pytest_asyncio.fixture
async def release(room: Room) -> AsyncIterator[Release]:
    """Every browser that the test opens goes through it."""
    here = Release(room)
    runner = web.AppRunner(_app(here), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    room.url = f"http://localhost:{runner.addresses[0][1]}"
    yield here
    await room.close()
    await runner.cleanup()


def _app(release: Release) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", release.answer)
    return app


async def shells(screen: Screen) -> list[str]:
    """The caches that this browser keeps."""
    return sorted(await screen.page.evaluate("async () => await caches.keys()"))


async def publish(release: Release, screen: Screen) -> str:
    """From now on there is another sw.js, and the browser has looked. Returns the name of its shell."""
    (old,) = await shells(screen)
    release.version = old.rpartition("-")[2]
    await screen.page.evaluate("async () => { await (await navigator.serviceWorker.ready).update() }")

    async def waiting() -> bool:
        return await screen.page.evaluate("async () => !!(await navigator.serviceWorker.getRegistration()).waiting")

    await poll(waiting, "the new worker does not wait")
    return f"shell-{screen.face}-{new(release.version)}"


@pytest.mark.parametrize("face", ["patient", "clinic"])
async def test_a_new_version_waits_until_it_is_accepted_and_then_the_old_one_is_gone(
    room: Room, release: Release, face: str
):
    screen: Screen = await (room.phone() if face == "patient" else room.desk())
    await screen.under_worker()
    (old,) = await shells(screen)
    await expect(screen.main.get_by_text(ASKED)).to_have_count(0)
    fresh = await publish(release, screen)
    await expect(screen.says(ASKED)).to_be_visible()
    assert await shells(screen) == sorted([old, fresh])
    await screen.reload()
    await expect(screen.says(ASKED)).to_be_visible()  # it waits as long as it must
    async with screen.page.expect_event("load"):  # the page starts again by itself
        await screen.press("Mettre à jour")

    async def only_the_new_one() -> bool:
        return await shells(screen) == [fresh]

    await poll(only_the_new_one, "the old shell is still there")
    await expect(screen.title).to_be_visible()
    await expect(screen.main.get_by_text(ASKED)).to_have_count(0)


async def test_nobody_is_asked_in_the_middle_of_a_questionnaire_and_no_answer_is_lost_by_the_update(
    room: Room, release: Release
):
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne")
    phone = await room.phone()
    await phone.sign_in(made["activation"]["code"])
    await phone.under_worker()
    await phone.answer({"fatigue.S": 2}, until="vomiting.F")
    place = phone.where()
    await publish(release, phone)
    await expect(phone.main.get_by_text(ASKED)).to_have_count(0)
    assert phone.where() == place
    await phone.press("Arrêter pour l’instant")
    await phone.press("Mettre à jour")
    await expect(phone.button("Reprendre mon point")).to_be_visible()
    await phone.begin()
    assert phone.where() == place
