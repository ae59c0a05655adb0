"""What every screen must keep: readable by all, in both lights, at 320 px, with doubled letters, under a thumb.

With VIGIE_LOOK=<folder> each inspected screen also leaves its pictures there, for a person to look at.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from playwright.async_api import Page, expect

from tests.web.browsers import Screen

AXE = Path(__file__).resolve().parents[2] / "app/web/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = os.environ.get("VIGIE_LOOK")

ASK_AXE = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] });
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}"""

# A link that was just pressed leaves the screen before it in place for a moment, and the next one may still have to be fetched: the same
# heading a quarter of a second later is the heading of the screen that was asked for.
STANDS = """async () => {
  const heading = document.querySelector('h1');
  await new Promise((then) => setTimeout(then, 250));
  return heading !== null && heading === document.querySelector('h1');
}"""

# What sticks out to the right, so that a failure names it. Things for screen readers only are clipped away on purpose.
STICKS_OUT = """() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= innerWidth) return [];
  const out = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
  return out.slice(0, 4).map((one) => `${one.tagName.toLowerCase()}.${one.className} "${one.textContent.trim().slice(0, 40)}"`);
}"""

# A finger needs 44 px, a mouse 24. A box or radio counts with its label; a link inside a sentence is exempt (WCAG 2.5.8).
FINGER, MOUSE = 44, 24
TOO_SMALL = """(least) => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  .map((one) => (one.matches('input[type=radio], input[type=checkbox]') ? one.closest('label') ?? one : one))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches('.skip'))
  .filter((one) => !(one.tagName === 'A' && getComputedStyle(one).display === 'inline'))
  .map((one) => ({ one, box: one.getBoundingClientRect() }))
  .filter(({ box }) => box.width < least - 0.1 || box.height < least - 0.1)
  .map(({ one, box }) => `${one.textContent.trim() || one.id}: ${Math.round(box.width)} x ${Math.round(box.height)}`)"""


async def faults(screen: Screen, name: str) -> list[str]:
    """Everything that is wrong with the screen as it is now, in words; the window is put back afterwards."""
    page = screen.page
    await expect(page.locator("h1")).to_be_visible()
    await page.wait_for_function(STANDS)
    before = page.viewport_size
    found = []
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(axe())
    for light in ("light", "dark"):
        await page.emulate_media(color_scheme=light)
        await picture(page, f"{name}-{light}")
        found += [f"{light}: {fault}" for fault in await page.evaluate(ASK_AXE, RULES)]
    await page.emulate_media(color_scheme="light")
    pointer = FINGER if screen.face == "patient" else MOUSE
    found += [f"target {fault}" for fault in await page.evaluate(TOO_SMALL, pointer)]
    if screen.face == "clinic":  # nurses have phones too
        await page.set_viewport_size({"width": 390, "height": 844})
        await picture(page, f"{name}-phone")
        if LOOK:
            await page.emulate_media(color_scheme="dark")
            await picture(page, f"{name}-phone-dark")
            await page.emulate_media(color_scheme="light")
        found += [f"390 px: target {fault}" for fault in await page.evaluate(TOO_SMALL, FINGER)]
        found += [f"390 px: sticks out: {fault}" for fault in await page.evaluate(STICKS_OUT)]
    await page.set_viewport_size({"width": 320, "height": 700})
    await picture(page, f"{name}-320")
    found += [f"320 px: sticks out: {fault}" for fault in await page.evaluate(STICKS_OUT)]
    await page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    found += [f"320 px and doubled letters: sticks out: {fault}" for fault in await page.evaluate(STICKS_OUT)]
    await page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    assert before is not None
    await page.set_viewport_size(before)
    return [f"{screen.face}, {name}: {fault}" for fault in found]


async def picture(page: Page, name: str) -> None:
    """A picture of the whole page, when somebody wants to look."""
    if LOOK:
        await page.screenshot(path=Path(LOOK) / f"{name}.png", full_page=True)


@cache
def axe() -> str:
    """axe-core, as npm brought it. Evaluated, not added as a script: the page's security policy would stop that."""
    return AXE.read_text("utf-8")
