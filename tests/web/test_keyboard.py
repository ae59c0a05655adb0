"""Everything by keyboard alone: the questionnaire, its errors, and the clinic's closing of an alert."""

from __future__ import annotations

from playwright.async_api import expect

from tests.web.browsers import Phone, Room, Screen

FOCUS = """() => {
  const one = document.activeElement;
  // a box shows it on its label, a line of the worklist on the whole line
  const where = [one, one.closest('label'), one.closest('li')].filter(Boolean).map((place) => getComputedStyle(place));
  const seen = where.some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 3);
  return { id: one.id, words: (one.textContent ?? '').trim(), seen };
}"""


async def tab_to(screen: Screen, wanted: str) -> None:
    """Tab until the control with this id, or these words, has the focus, which must show."""
    for _ in range(60):
        await screen.page.keyboard.press("Tab")
        focus = await screen.page.evaluate(FOCUS)
        if wanted in (focus["id"], focus["words"]):
            assert focus["seen"], f"the focus on {wanted} cannot be seen"
            return
    raise AssertionError(f"Tab never reaches {wanted}")


async def answer_by_keyboard(phone: Phone, step: str, value: int) -> None:
    """One question: Tab to it, choose with the arrows or Space, Enter."""
    if step == "note":
        await tab_to(phone, "note")
        await phone.page.keyboard.type("Merci")
        await tab_to(phone, "Continuer")
        await phone.page.keyboard.press("Enter")
    elif step == "more":
        await tab_to(phone, "more-headache")
        await phone.page.keyboard.press("Space")
        await phone.page.keyboard.press("Enter")
    elif step.startswith("measure."):
        await tab_to(phone, "not-measured")
        await phone.page.keyboard.press("Space")
        await phone.page.keyboard.press("Enter")
    else:
        await tab_to(phone, "choice-0")
        await phone.page.keyboard.press("Space")
        for _ in range(value):
            await phone.page.keyboard.press("ArrowDown")
        await phone.page.keyboard.press("Enter")


async def test_the_whole_questionnaire_can_be_answered_and_sent_by_keyboard(room: Room):
    made, _ = await room.world.enrol("capecitabine_mono", first_name="Jeanne")
    phone = await room.phone()
    await tab_to(phone, "code")
    await phone.page.keyboard.type(made["activation"]["code"])
    await phone.page.keyboard.press("Enter")
    await expect(phone.title).to_be_focused()
    await expect(phone.button("Faire mon point")).to_be_visible()
    await tab_to(phone, "Faire mon point")
    await phone.page.keyboard.press("Enter")
    await expect(phone.page.locator("#choice-0")).to_be_visible()
    first = True
    while (step := phone.where().removeprefix("report/")) != "check":
        await expect(phone.title).to_be_focused()
        if first:  # going on without an answer leads to what is missing
            await tab_to(phone, "Continuer")
            await phone.page.keyboard.press("Enter")
            await expect(phone.main.get_by_role("alert")).to_be_focused()
            first = False
        await answer_by_keyboard(phone, step, 4 if step == "chest_pain.S" else 0)
        await expect(phone.page).not_to_have_url(f"{phone.home}#/report/{step}")
    await tab_to(phone, "Envoyer")
    await phone.page.keyboard.press("Enter")
    await expect(phone.title).to_have_text("Appelez le 15 ou le 112 maintenant")
    await expect(phone.title).to_be_focused()
    await tab_to(phone, "Appeler le 15")
    answers = await room.world.rows("select level from alert")
    assert [row["level"] for row in answers] == ["red"]


async def test_an_alert_can_be_taken_and_closed_by_keyboard(room: Room):
    desk = await room.desk()
    typed = await room.world.credentials("level2")
    for name in ("login", "password", "totp"):
        await tab_to(desk, name)
        await desk.page.keyboard.type(typed[name])
    await desk.page.keyboard.press("Enter")
    await desk.live()
    patient = await room.world.new_patient("capecitabine_mono")
    (await patient.report({"chest_pain": {"S": 4}})).ok(201)
    await expect(desk.row("Urgence vitale")).to_be_visible()
    await tab_to(desk, patient.me["name"])
    await desk.page.keyboard.press("Enter")
    await expect(desk.button("Je prends en charge")).to_be_visible()
    await tab_to(desk, "Je prends en charge")
    await desk.page.keyboard.press("Enter")
    await expect(desk.button("Clôturer")).to_be_visible()
    await tab_to(desk, "Clôturer")
    await desk.page.keyboard.press("Enter")
    for group in ("action-called_patient", "outcome-settled_at_home"):
        await tab_to(desk, group)
        await desk.page.keyboard.press("Space")
    await tab_to(desk, "Utile, clôturer")
    await desk.page.keyboard.press("Enter")
    await expect(desk.says("Alerte clôturée.")).to_be_visible()
    assert await room.world.value("select state from alert") == "closed"
