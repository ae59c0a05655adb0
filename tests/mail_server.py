"""A real SMTP server for tests: TLS or STARTTLS with a certificate of its own, sign-in, and answers that a test can script.

async with MailServer("starttls") as mail:
    mail.url                                  # smtp+starttls://vigie:geheim@127.0.0.1:…
    mail.ca                                   # file with the certificate to trust
    mail.script("RCPT", "451 later")          # the next answer to this command
    message = await mail.next()               # the next message that was accepted, parsed
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import tempfile
import warnings
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.world import until

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # aiosmtpd 1.4 still mentions what Python will remove
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "vigie", "geh:eim@"


class MailServer:
    """See the module's text."""

    def __init__(self, security: Literal["tls", "starttls", "none"] = "starttls", *, sign_in: bool = True) -> None:
        self.security, self.sign_in = security, sign_in
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.sessions = 0
        self._scripts: dict[str, list[str]] = {}
        self._stall = asyncio.Event()
        self._given = 0
        self.stalls = False
        self._connections: list[SMTP] = []

    async def __aenter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="vigie-mail-")
        self.ca = str(Path(self._folder.name, "ca.pem"))
        context = _certificate(Path(self._folder.name))
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            self.sessions += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it does not know that the whole connection is encrypted
                made = SMTP(
                    self,
                    loop=loop,
                    tls_context=context if self.security == "starttls" else None,
                    require_starttls=self.security == "starttls",
                    auth_required=self.sign_in,
                    auth_require_tls=self.security == "starttls",
                    authenticator=self._authenticate,
                    hostname="mail.example",
                    enable_SMTPUTF8=False,
                )
            self._connections.append(made)
            return made

        self._server = await loop.create_server(
            protocol, "127.0.0.1", 0, ssl=context if self.security == "tls" else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stall.set()
        self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abort()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 2)
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """As the configuration wants it."""
        scheme = {"tls": "smtps", "starttls": "smtp+starttls", "none": "smtp"}[self.security]
        who = "vigie:geh%3Aeim%40@" if self.sign_in else ""
        return f"{scheme}://{who}127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a world needs to send its mail here."""
        return {"VIGIE_SMTP_URL": self.url, "VIGIE_SMTP_CA": self.ca, "VIGIE_MAIL_FROM": "vigie@hopital.example"}

    def script(self, command: Literal["MAIL", "RCPT", "DATA"], *answers: str) -> None:
        """The next answers to this command; afterwards all is well again."""
        self._scripts.setdefault(command, []).extend(answers)

    async def next(self, seconds: float = 60.0) -> EmailMessage:
        """The next message that was not given out yet; fails the test when none comes."""
        await until(lambda: len(self.messages) > self._given, seconds, "no mail has arrived")
        self._given += 1
        return self.messages[self._given - 1]

    async def code(self) -> str:
        """The six digits that the next message asks to be typed."""
        text = (await self.next()).get_content()
        found = re.findall(r"\b[0-9]{6}\b", text)
        assert len(found) == 1, text
        return str(found[0])

    # -- what aiosmtpd calls

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if refused := self._scripted("MAIL"):
            return refused
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.stalls:
            await self._stall.wait()
        if refused := self._scripted("RCPT"):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if refused := self._scripted("DATA"):
            return refused
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        parsed = message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        parsed["X-Envelope"] = f"{envelope.mail_from} -> {', '.join(envelope.rcpt_tos)}"
        self.messages.append(parsed)
        return "250 OK"

    def _scripted(self, command: str) -> str:
        waiting = self._scripts.get(command)
        return waiting.pop(0) if waiting else ""

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=right)


def _certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context
