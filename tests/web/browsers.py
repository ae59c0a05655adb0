"""Who sits in front of which browser: a patient's phone, a desk in the clinic, and the errors that either would log.

phone = await room.phone()                    # 390 px wide, French, the house's clock
await phone.sign_in(code)                     # types it
await phone.answer({"chest_pain.S": 4})       # taps through every question, up to the summary
await phone.send()
desk = await room.desk()
await desk.sign_in("level2")                  # login, password and the six digits of the house's clock
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FloatRect,
    Locator,
    Page,
    Request,
    WebError,
    expect,
)

from tests.world import World

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PATIENCE = 15_000
"""Milliseconds to wait for something on a loaded machine."""

OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
REFUSED = "net::ERR_CONNECTION_REFUSED"

# A page lives in the house's time: the only thing of it that a test changes, so that "today" means the same to both.
CLOCK = """(() => {
  const Real = Date, shift = %d;
  globalThis.Date = class extends Real {
    constructor(...at) { at.length ? super(...at) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
})();"""

# Taps through the questionnaire from inside the page; gives up with the step's name when a question does not go on.
WALK = """async ({ answers, note, chosen, measurements, until }) => {
  const at = () => decodeURIComponent(location.hash.replace('#/report/', ''));
  const write = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  for (let step = at(); step !== until && step !== 'check'; step = at()) {
    const one = (id) => document.getElementById(id);
    if (step === 'more') chosen.forEach((symptom) => one(`more-${symptom}`).click());
    else if (step === 'note') write(one('note'), note);
    else if (!step.startsWith('measure.')) one(`choice-${answers[step] ?? 0}`).click();
    else if (measurements[step.slice(8)]) write(one('number'), measurements[step.slice(8)]);
    else if (!one('not-measured').checked) one('not-measured').click();
    await new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`${step} does not go on`)), 10_000);
      addEventListener('hashchange', () => (clearTimeout(late), setTimeout(done)), { once: true });
      document.querySelector('main form [type=submit]').click();
    });
  }
}"""

expect.set_options(timeout=PATIENCE)

DOCS = Path(__file__).resolve().parents[2] / "docs"


class Room:
    """All browsers of one test."""

    def __init__(self, browser: Browser, world: World) -> None:
        self.browser, self.world = browser, world
        self.screens: list[Screen] = []
        self.url = world.url.replace("127.0.0.1", "localhost")  # a secure context, as https would be

    async def phone(self, **options: Any) -> Phone:
        """A patient's phone, upright."""
        return await Phone.opened(self, **{"viewport": {"width": 390, "height": 844}, **options})

    async def desk(self, **options: Any) -> Desk:
        """A desk in the clinic."""
        return await Desk.opened(self, **{"viewport": {"width": 1280, "height": 800}, **options})

    async def close(self) -> None:
        """Put every browser away."""
        for screen in self.screens:
            await screen.context.close()

    def assert_quiet(self) -> None:
        """No page has logged an error, broken its own security policy or thrown, but for what was foreseen."""
        heard = [said for screen in self.screens for said in screen.unforeseen()]
        assert not heard, "\n".join(heard)


class Screen:
    """One page of one face in a browser of its own."""

    face: str

    def __init__(self, room: Room, context: BrowserContext, page: Page) -> None:
        self.room, self.world, self.context, self.page = room, room.world, context, page
        self.home = f"{room.url}/{self.face}/"
        self.said: list[tuple[str, str]] = []  # text, address
        self.requests: list[Request] = []  # the worker's too
        self.foreseen: list[tuple[str, str]] = [("status of 401", f"{room.url}/api/me")]  # nobody is signed in yet

    @classmethod
    async def opened(
        cls, room: Room, *, years_ahead: float = 0.0, script: str = "", path: str = "", **options: Any
    ) -> Self:
        """A new browser on this face. `years_ahead`: the device's clock is wrong; `script` runs before the page's own."""
        context = await room.browser.new_context(
            locale="fr-FR", timezone_id="Europe/Paris", reduced_motion="reduce", **options
        )
        context.set_default_timeout(PATIENCE)
        shift = (await room.world.now() - datetime.now(UTC)).total_seconds() + years_ahead * 365.25 * 86_400
        await context.add_init_script(CLOCK % (shift * 1000) + script)
        screen = cls(room, context, await context.new_page())
        context.on("console", screen._heard)
        context.on("weberror", screen._thrown)
        context.on("request", lambda request: screen.requests.append(request))  # a built-in cannot listen
        room.screens.append(screen)
        await screen.page.goto(screen.home + path)
        await expect(screen.title).to_be_visible()
        return screen

    # -- reading

    @property
    def title(self) -> Locator:
        """What this screen says it is."""
        return self.page.locator("main h1")

    @property
    def main(self) -> Locator:
        """Everything between the header and the footer."""
        return self.page.locator("main")

    def says(self, words: str | re.Pattern[str]) -> Locator:
        """The first place where the screen says so."""
        return self.main.get_by_text(words).first

    def where(self) -> str:
        """The part of the address after "#/"."""
        return self.page.url.partition("#/")[2]

    # -- doing

    async def press(self, name: str | re.Pattern[str]) -> None:
        """Press the button or follow the link that is called so."""
        await self.button(name).click()

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button or a link by its name."""
        one = self.page.get_by_role("button", name=name)
        return one.or_(self.page.get_by_role("link", name=name)).first

    async def go(self, path: str) -> None:
        """Another address of this face, as by a link."""
        await self.page.evaluate("to => { location.hash = to }", f"#/{path}")

    async def reload(self) -> None:
        """The browser's reload."""
        await self.page.reload()
        await expect(self.title).to_be_visible()

    async def under_worker(self) -> None:
        """Wait until the service worker has everything and answers for this page."""
        await poll(
            lambda: self.page.evaluate(
                "async () => { const r = await navigator.serviceWorker.getRegistration();"
                " return !!r?.active && r.active.state === 'activated' && !!navigator.serviceWorker.controller }"
            ),
            "the service worker does not answer for the page",
        )

    async def offline(self) -> None:
        """Take the network away from page and worker alike."""
        self.foresee(OFFLINE)
        await self.context.set_offline(True)

    async def online(self) -> None:
        """Give it back; the browser tells the page."""
        await self.context.set_offline(False)

    async def portrait(self, name: str, below: Locator | None = None) -> None:
        """With VIGIE_SCREENSHOTS=1: the README's picture of this window, down to the end of `below` if given."""
        if os.environ.get("VIGIE_SCREENSHOTS") != "1":
            return
        size = self.page.viewport_size
        assert size is not None
        box = await below.bounding_box() if below else None
        height = box["y"] + box["height"] + 16 if box else size["height"]
        await self.page.mouse.move(0, 0)
        clip = FloatRect(x=0, y=0, width=size["width"], height=min(height, size["height"]))
        await self.page.screenshot(path=DOCS / name, clip=clip)

    # -- errors

    def foresee(self, text: str, address: str = "/api/") -> None:
        """An error that this test provokes on purpose: part of its text and of its address."""
        self.foreseen.append((text, address))

    def unforeseen(self) -> list[str]:
        """What was logged and nobody foresaw."""
        return [
            f"{self.face}: {text} ({address})"
            for text, address in self.said
            if not any(words in text and part in address for words, part in self.foreseen)
        ]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append((message.text, message.location.get("url", "")))

    def _thrown(self, error: WebError) -> None:
        self.said.append((f"thrown: {error.error}", ""))


class Phone(Screen):
    """The patient's face."""

    face = "patient"

    async def sign_in(self, code: str) -> None:
        """Type the activation code."""
        await self.page.get_by_label("Votre code d’activation").fill(code)
        await self.press("Entrer")
        await expect(self.title).to_contain_text("Bonjour")
        await expect(self.button("Faire mon point")).to_be_visible()

    async def second_visit(self) -> None:
        """Everything that is needed offline is on the phone, and the page is opened again."""
        await self.under_worker()
        await self.reload()
        await expect(self.button(re.compile("mon point"))).to_be_visible()

    async def begin(self) -> None:
        """From the first screen to the first question."""
        await self.press(re.compile("(Faire|Reprendre) mon point"))
        await expect(self.page).to_have_url(re.compile("#/report/.+"))

    async def answer(
        self,
        answers: dict[str, int] | None = None,
        *,
        note: str = "",
        chosen: tuple[str, ...] = (),
        measurements: dict[str, str] | None = None,
        until: str = "check",
    ) -> None:
        """Through the questions up to the step `until`: 0 unless `answers` ({"chest_pain.S": 4}) says otherwise.

        The page taps for itself: 25 screens in a moment. `answer_by_hand` is how a person does it.
        """
        if not self.where().startswith("report/"):
            await self.begin()
        told = {"answers": answers or {}, "note": note, "chosen": chosen, "measurements": measurements or {}}
        await self.page.evaluate(WALK, {**told, "until": until})
        await expect(self.page).to_have_url(re.compile(f"#/report/{re.escape(until)}$"))
        await expect(self.title).to_be_visible()

    async def answer_by_hand(
        self,
        answers: dict[str, int],
        *,
        note: str = "",
        chosen: tuple[str, ...] = (),
        look: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Tap through all questions as a finger would; `look` is called at each, before it is answered."""
        if not self.where().startswith("report/"):
            await self.begin()
        while (step := self.where().removeprefix("report/")) != "check":
            if look:
                await look(step)
            await self._tap(step, answers, note, chosen)
            await self.press("Continuer")
            await expect(self.page).not_to_have_url(f"{self.home}#/report/{step}")
        await expect(self.title).to_be_visible()

    async def _tap(self, step: str, answers: dict[str, int], note: str, chosen: tuple[str, ...]) -> None:
        if step == "more":
            for symptom in chosen:
                await self.page.locator(f"#more-{symptom}").check()
        elif step == "note":
            await self.page.locator("#note").fill(note)
        elif step.startswith("measure."):
            await self.page.locator("#not-measured").check()
        else:
            await self.page.locator(f"#choice-{answers.get(step, 0)}").check()

    async def send(self) -> None:
        """From the summary to where the report stands."""
        await self.press("Envoyer")
        await expect(self.page).to_have_url(re.compile("#/result/.+"))

    def puts(self) -> list[str]:
        """The reports that left this phone, by address, once per attempt."""
        return [r.url for r in self.requests if r.method == "PUT"]


class Desk(Screen):
    """The clinic's face."""

    face = "clinic"

    async def sign_in(self, who: str, tenant: str = "A") -> None:
        """Type login, password and six digits."""
        typed = await self.world.credentials(who, tenant)
        await self.page.get_by_label("Identifiant").fill(typed["login"])
        await self.page.get_by_label("Mot de passe").fill(typed["password"])
        await self.page.get_by_label("Code à 6 chiffres").fill(typed["totp"])
        await self.press("Entrer")
        await expect(self.page.get_by_role("navigation")).to_be_visible()

    async def live(self) -> None:
        """Wait until the worklist hears news."""
        await expect(self.says("En direct")).to_be_visible()

    def row(self, name: str) -> Locator:
        """The worklist's line about this patient."""
        return self.main.get_by_role("listitem").filter(has_text=name)


async def poll(true: Callable[[], Awaitable[Any]], otherwise: str, seconds: float = PATIENCE / 1000) -> Any:
    """What `true()` gives once it is neither false nor empty; fails the test with `otherwise` when that takes too long.

    Not `page.wait_for_function`: that takes a pending promise for true.
    """
    end = time.monotonic() + seconds
    while not (found := await true()):
        assert time.monotonic() < end, f"after {seconds} s: {otherwise}"
        await asyncio.sleep(0.03)
    return found
