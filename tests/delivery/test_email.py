"""E-mail against a real mail server: encrypted, signed in, neutral, and each answer taken for what it means."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from app.delivery.email import Email, SmtpError, read_smtp
from app.delivery.limits import Limits
from app.domain import messages
from app.domain.messages import Message
from app.domain.notifications import OutcomeKind
from app.domain.verdicts import TriageLevel
from tests.mail_server import MailServer

FROM, TO = "vigie@hopital.example", "infirmiere@hopital.example"
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ALERT = UUID(int=7)


def call(attempt: int = 1) -> Message:
    """A call about one alert."""
    return messages.call(
        establishment_id=UUID(int=1),
        message_id=uuid4(),
        alert_id=ALERT,
        staff_id=UUID(int=3),
        token="t" * 64,
        level=TriageLevel.RED,
        locale="fr",
        count=1,
        created_at=AT,
        attempt=attempt,
        origin="https://vigie.example.org",
    )


def channel(server: MailServer, limits: Limits | None = None) -> Email:
    """The channel as the configuration makes it."""
    return Email(read_smtp(server.url, FROM, server.ca, local=True), limits=limits or Limits())


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_a_call_is_handed_over_whole_and_neutral(security: Literal["tls", "starttls", "none"]) -> None:
    async with MailServer(security, sign_in=security != "none") as server:
        message = call()
        outcome = await channel(server).send(message, TO)
        assert (outcome.kind, outcome.because) == (OutcomeKind.ACCEPTED, "accepted")
        mail = await server.next()
    assert mail["X-Envelope"] == f"{FROM} -> {TO}"
    assert mail["Subject"] == "Vigie : une alerte vous attend"
    assert mail["Message-ID"] == f"<{message.id}@hopital.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert f"https://vigie.example.org/clinic/#/alerts/{ALERT}" in text
    assert "rouge" not in text.casefold()
    assert "t" * 64 not in text, "the token of a call is for devices alone"


async def test_a_certificate_that_nobody_vouches_for_is_refused_and_said() -> None:
    for security in ("tls", "starttls"):
        async with MailServer(security) as server:  # type: ignore[arg-type] # a loop over two of its words
            outcome = await Email(read_smtp(server.url, FROM, None, local=True)).send(call(), TO)
            assert (outcome.kind, outcome.because) == (OutcomeKind.OUR_FAULT, "tls_failed")
            assert server.messages == []


async def test_nothing_is_sent_in_the_clear_where_encryption_was_asked_for() -> None:
    async with MailServer("none", sign_in=False) as server:
        asked = f"smtp+starttls://127.0.0.1:{server.port}"
        outcome = await Email(read_smtp(asked, FROM, server.ca)).send(call(), TO)
        assert outcome.kind is not OutcomeKind.ACCEPTED
        assert server.messages == []


async def test_a_wrong_password_is_our_fault() -> None:
    async with MailServer() as server:
        wrong = structs.replace(read_smtp(server.url, FROM, server.ca), password="wrong")
        outcome = await Email(wrong).send(call(), TO)
        assert (outcome.kind, outcome.status) == (OutcomeKind.OUR_FAULT, 535)


@pytest.mark.parametrize(
    ("command", "answer", "kind", "because"),
    [
        ("RCPT", "451 greylisted", OutcomeKind.RETRY, "smtp_451"),
        ("RCPT", "550 unknown", OutcomeKind.GIVE_UP, "smtp_550"),
        ("MAIL", "553 not your address", OutcomeKind.OUR_FAULT, "smtp_553"),
        ("MAIL", "452 full", OutcomeKind.RETRY, "smtp_452"),
        ("DATA", "451 later", OutcomeKind.RETRY, "smtp_451"),
        ("DATA", "554 looks like spam", OutcomeKind.OUR_FAULT, "smtp_554"),
    ],
)
async def test_each_refusal_means_what_the_table_says(
    command: Literal["MAIL", "RCPT", "DATA"], answer: str, kind: OutcomeKind, because: str
) -> None:
    async with MailServer() as server:
        server.script(command, answer)
        outcome = await channel(server).send(call(), TO)
        assert (outcome.kind, outcome.because) == (kind, because)
        assert (await channel(server).send(call(), TO)).kind is OutcomeKind.ACCEPTED


async def test_a_server_that_is_not_there_is_tried_again_with_growing_pauses_and_then_left() -> None:
    async with MailServer() as server:
        gone = channel(server)
    waits = [(await gone.send(call(attempt), TO)).retry_after for attempt in (1, 2, 3)]
    assert waits == [2.0, 5.0, 15.0]
    last = await gone.send(call(4), TO)
    assert (last.kind, last.because) == (OutcomeKind.GIVE_UP, "not_connected")


async def test_a_server_that_stalls_is_left_in_time() -> None:
    async with MailServer() as server:
        server.stalls = True
        began = time.monotonic()
        outcome = await channel(server, Limits(total=1.0)).send(call(), TO)
        assert (outcome.kind, outcome.because) == (OutcomeKind.RETRY, "timed_out")
        assert time.monotonic() - began < 10


async def test_a_slow_server_stops_nobody_for_longer_than_a_turn() -> None:
    async with MailServer() as server:
        server.stalls = True
        busy = channel(server, Limits(total=30.0, turn=0.2, per_host=0))
        outcome = await busy.send(call(), TO)
        assert (outcome.kind, outcome.because, outcome.attempted) == (OutcomeKind.RETRY, "host_busy", False)


@pytest.mark.parametrize(
    ("url", "sender", "words"),
    [
        ("smtp://mail.example.org", FROM, "sends in the clear"),
        ("https://mail.example.org", FROM, "must be smtps://"),
        ("smtps://mail.example.org:many", FROM, "no usable port"),
        ("smtps://mail.example.org", "vigie", "VIGIE_MAIL_FROM"),
        ("smtps://mail.example.org", "a@b.fr\r\nBcc: x@y.fr", "VIGIE_MAIL_FROM"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_in_words(url: str, sender: str, words: str) -> None:
    with pytest.raises(SmtpError, match=words):
        read_smtp(url, sender)


def test_the_password_is_never_shown() -> None:
    assert "geheim" not in repr(read_smtp("smtps://vigie:geheim@mail.example.org", FROM))


def test_a_call_is_wanted_for_four_hours() -> None:
    assert call().expires_at - AT == timedelta(hours=4)
