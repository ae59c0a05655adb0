"""`vigie check --send-test`: what the operator does after writing the mail settings."""

from __future__ import annotations

import asyncio

import pytest

from app import check_cli, config
from app.config import new_keys
from tests.mail_server import MailServer


async def test_a_test_is_handed_over_or_the_reason_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with MailServer("starttls") as mail:
        env = {
            **new_keys(),
            "VIGIE_PROFILE": "test",
            "VIGIE_DATA": str(tmp_path_factory.mktemp("data")),
            "VIGIE_SMTP_URL": mail.url,
            "VIGIE_SMTP_CA": mail.ca,
            "VIGIE_MAIL_FROM": "vigie@hopital.example",
        }
        settings = config.read(env)
        assert await check_cli.send_test(settings, "exploitant@hopital.example") == []
        assert (await mail.next())["Subject"] == "Vigie : essai"
        mail.script("RCPT", "550 unknown")
        (told,) = await check_cli.send_test(settings, "exploitant@hopital.example")
        assert "smtp_550" in told
        assert "geh" not in told
        (no_sms,) = await check_cli.send_test(settings, "+33612345678")
        assert "not_configured" in no_sms
        (wrong,) = await check_cli.send_test(settings, "x@y")
        assert "Not an e-mail address" in wrong
    await asyncio.sleep(0)
