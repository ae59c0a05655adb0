"""An address counts once the code that came to it was typed: in a browser, with the letter of a real mail server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import expect

from app.db.cluster import Cluster
from tests.mail_server import MailServer
from tests.web.browsers import Room
from tests.web.inspection import faults
from tests.world import Seed, World, assert_quiet

ADDRESS = "nurse@hopital.example"
BAD_NAUSEA = {"nausea": {"F": 4, "S": 4}}


@pytest_asyncio.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    """The hospital's mail server."""
    async with MailServer("starttls") as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def world(pages: None, cluster: Cluster, seeded: Seed, mail: MailServer) -> AsyncIterator[World]:
    """A world that can send mail."""
    async with World.of(cluster, seeded, **mail.settings) as world:
        yield world
        await world.stop()
        assert_quiet(world)


async def test_a_nurse_confirms_her_address_by_the_code_that_was_mailed_and_is_called_there(
    room: Room, mail: MailServer
) -> None:
    desk = await room.desk(viewport={"width": 390, "height": 844})
    desk.foresee("status of 4", "/verify")
    await desk.sign_in("level2")
    await desk.go("reach")
    await expect(desk.title).to_be_visible()
    found = await faults(desk, "reach-none")
    await desk.press("Ajouter et recevoir un code")
    await expect(desk.says("Écrivez l’adresse ou le numéro.")).to_be_visible()
    await desk.page.get_by_label("Adresse e-mail professionnelle").fill(ADDRESS)
    await desk.press("Ajouter et recevoir un code")
    await expect(desk.says("À confirmer : cette adresse ne sert pas encore.")).to_be_visible()
    code = await mail.code()
    found += await faults(desk, "reach-unverified")

    box = desk.page.get_by_label(f"Code reçu sur {ADDRESS}")
    await desk.press("Confirmer")
    await expect(desk.says("Entrez les 6 chiffres du code.")).to_be_visible()
    await box.fill("000000" if code != "000000" else "111111")
    await desk.press("Confirmer")
    await expect(desk.says(re.compile("Ce code n’est pas le bon"))).to_be_visible()
    await expect(desk.says("À confirmer : cette adresse ne sert pas encore.")).to_be_visible()
    found += await faults(desk, "reach-wrong-code")

    await desk.press("Recevoir un autre code")
    await expect(desk.says("Un nouveau code a été envoyé.")).to_be_visible()
    code = await mail.code()
    await box.fill(f"{code[:3]} {code[3:]}")
    await desk.press("Confirmer")
    await expect(desk.says("Adresse confirmée : elle sert dès maintenant.")).to_be_visible()
    await expect(desk.says("À confirmer")).to_be_hidden()
    await expect(desk.main.get_by_role("listitem").filter(has_text="E-mail").first).to_be_visible()
    found += await faults(desk, "reach-verified")
    assert not found, "\n".join(found)

    await desk.context.close()
    room.screens.remove(desk)
    patient = await room.world.new_patient()
    await room.world.leave_screens()
    (await patient.report(BAD_NAUSEA)).ok(201)
    letter = await mail.next()
    assert (letter["To"], letter["Subject"]) == (ADDRESS, "Vigie : une alerte vous attend")
