"""E-mail by SMTP: one neutral message to one address, and an honest word about what came of it.

A mail server's "250" means that it took the message, never that anybody read it: whoever calls waits for a person to open the alert.
"""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from email.utils import format_datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from msgspec import Struct

from app.delivery.limits import HOST_BUSY, LIMITS, Limits, Turns
from app.delivery.web_push import true_time
from app.domain.contacts import EMAIL
from app.domain.messages import Message
from app.domain.notifications import Outcome, OutcomeKind, again

Security = Literal["tls", "starttls", "none"]
PORTS: dict[str, tuple[Security, int]] = {
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
    "smtp": ("none", 25),
}
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SmtpServer(Struct, frozen=True):
    """Where mail leaves. `ca` is a file with the certificate of a private authority; None: those of the system."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str
    ca: str | None = None

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.security})"  # never the password


class SmtpError(ValueError):
    """The mail configuration cannot be used; the message says what to write instead, and repeats no password."""


def read_smtp(url: str, sender: str, ca: str | None = None, *, local: bool = False) -> SmtpServer:
    """A server from `smtps://user:password@host:465` or `smtp+starttls://…:587`. Raises SmtpError.

    `smtp://` without encryption is for a server on this machine and for profiles that hold no real patient (`local`).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SmtpError("VIGIE_SMTP_URL has no usable port: write smtp+starttls://user:password@host:587") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise SmtpError(
            "VIGIE_SMTP_URL must be smtps://user:password@host:465 or smtp+starttls://user:password@host:587"
            " (write special characters of the password as %40 and so on)"
        )
    security, usual = PORTS[parts.scheme]
    if security == "none" and not local and parts.hostname not in LOOPBACK:
        raise SmtpError("VIGIE_SMTP_URL sends in the clear: use smtps:// or smtp+starttls://")
    if EMAIL.fullmatch(sender) is None:
        raise SmtpError("VIGIE_MAIL_FROM must be the address that mail comes from, for example vigie@example.org")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return SmtpServer(parts.hostname, port or usual, security, user, password, sender, ca)


class Email:
    """The channel. One connection a message: in a storm messages are bundled long before they get here."""

    def __init__(self, server: SmtpServer, *, limits: Limits = LIMITS) -> None:
        self._server, self._limits = server, limits
        self._turns = Turns(limits)

    async def send(self, message: Message, address: str) -> Outcome:
        """Hand it to the mail server. Raises nothing that network, server or address can cause; takes at most turn plus total."""
        async with self._turns.one() as ours:
            if not ours:
                return HOST_BUSY
            try:
                async with asyncio.timeout(self._limits.total):
                    await self._hand_over(written(message, self._server.sender, address), address)
            except (SMTPException, OSError, TimeoutError, ValueError) as why:
                return outcome_of_smtp(why, message.attempt)
            return Outcome(kind=OutcomeKind.ACCEPTED, because="accepted", status=250)

    async def _hand_over(self, mail: EmailMessage, address: str) -> None:
        s = self._server
        client = aiosmtplib.SMTP(
            hostname=s.host,
            port=s.port,
            use_tls=s.security == "tls",
            start_tls=s.security == "starttls",
            tls_context=_context(s) if s.security != "none" else None,
            timeout=self._limits.total,
            local_hostname="vigie.invalid",  # our host's name is nobody's business
        )
        await client.connect(timeout=self._limits.connect)
        try:
            if s.user:
                await client.login(s.user, s.password)
            await client.send_message(mail, sender=s.sender, recipients=[address])
        finally:
            client.close()


def written(message: Message, sender: str, address: str) -> EmailMessage:
    """The message as mail. Its Message-ID is that of the message: where a crash sends it twice, mailboxes may show it once."""
    mail = EmailMessage(policy=CRLF)
    mail["From"] = f"Vigie <{sender}>"
    mail["To"] = address
    mail["Subject"] = message.title
    mail["Date"] = format_datetime(true_time())
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.locale
    mail.set_content(message.text(), cte="quoted-printable")
    return mail


def outcome_of_smtp(why: Exception, attempt: int) -> Outcome:
    """What a failure means. A refused address keeps its contact: the server may only be cross with us today."""
    match why:
        case SMTPRecipientsRefused():
            codes = [refused.code for refused in why.recipients]
            worst = min(codes) if codes else 0
            if 400 <= worst <= 499:
                return again(f"smtp_{worst}", attempt, worst)
            return Outcome(kind=OutcomeKind.GIVE_UP, because=f"smtp_{worst}", status=worst)
        case SMTPAuthenticationError() | SMTPSenderRefused() if why.code >= 500:
            return Outcome(kind=OutcomeKind.OUR_FAULT, because=f"smtp_{why.code}", status=why.code)
        case SMTPResponseException() if 400 <= why.code <= 499:
            return again(f"smtp_{why.code}", attempt, why.code)
        case SMTPResponseException() if why.code >= 500:
            return Outcome(kind=OutcomeKind.OUR_FAULT, because=f"smtp_{why.code}", status=why.code)
        case SMTPNotSupported():
            return Outcome(kind=OutcomeKind.OUR_FAULT, because="smtp_not_supported")
        case ssl.SSLError():
            return Outcome(kind=OutcomeKind.OUR_FAULT, because="tls_failed")
        case TimeoutError():  # also aiosmtplib's own
            return again("timed_out", attempt)
        case SMTPServerDisconnected():
            return again("connection_lost", attempt)
        case SMTPConnectError() | OSError():
            if isinstance(why.__cause__, ssl.SSLError):
                return Outcome(kind=OutcomeKind.OUR_FAULT, because="tls_failed")
            return again("not_connected", attempt)
        case ValueError():
            return Outcome(kind=OutcomeKind.OUR_FAULT, because="message_refused", attempted=False)
        case _:
            return again("smtp_failed", attempt)


def _context(server: SmtpServer) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=server.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
