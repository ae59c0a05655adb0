"""VAPID (RFC 8292): how a push service knows that a message comes from the server the browser subscribed to.

Our own few lines instead of pywebpush's: it writes `aud` into the claims it is handed, so the next push service gets
the audience of the one before and answers 403, and it first tries a key given as text as the name of a file.

There is one current key. A subscription is bound for ever to the key it was made with, so the row keeps that public
key; after a change the browser compares `/api/push-key` with its own and subscribes again. Until it has, the old key
goes on signing for it; without the old key we know without asking that this device cannot be reached.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.domain.endpoints import decoded, encoded

LIFETIME = timedelta(hours=12)
"""Services refuse claims that end in more than 24 hours; half of that leaves room for a clock that is wrong."""

REUSE = timedelta(hours=1)
"""Apple asks not to sign anew more often than once an hour, and signing is a good part of the cost of a message."""

MOST_ORIGINS = 256
"""Signed headers kept: anyone may invent names under a push service's domain, and memory must not grow with them."""

_DOMAIN = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
CONTACT = re.compile(rf"mailto:[A-Za-z0-9._%+-]+@{_DOMAIN}|https://{_DOMAIN}(?:/[!-~]*)?")


class VapidError(ValueError):
    """The VAPID key or contact in the configuration cannot be used; the message says what to write instead."""


class Vapid:
    """Signs for one key pair, and keeps each push service's header for up to an hour."""

    def __init__(self, private_key: str, contact: str) -> None:
        if trouble := vapid_trouble(private_key, contact):
            raise VapidError(trouble)
        self._key = _read(private_key)
        self._contact = contact
        self._headers: dict[str, tuple[datetime, str]] = {}
        self.public_key = public_key(private_key)

    def header(self, origin: str, now: datetime) -> str:
        """The Authorization header for the push service at `origin`. `now` is the true time, which the service has."""
        kept = self._headers.get(origin)
        if kept is not None and timedelta(0) <= now - kept[0] < REUSE:
            return kept[1]
        header = f"vapid t={self._token(origin, now)}, k={self.public_key}"
        if len(self._headers) >= MOST_ORIGINS:
            self._headers.clear()
        self._headers[origin] = (now, header)
        return header

    def _token(self, origin: str, now: datetime) -> str:
        claims = {"aud": origin, "exp": int((now + LIFETIME).timestamp()), "sub": self._contact}
        signed = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode("ascii"), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def make_vapid_keys() -> tuple[str, str]:
    """A new pair (private, public), both base64url; the private one belongs into the configuration and nowhere else."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = encoded(key.private_numbers().private_value.to_bytes(32, "big"))
    return private, public_key(private)


def public_key(private_key: str) -> str:
    """The public key of a private one, as `PushManager.subscribe` wants it: 65 bytes in base64url."""
    point = _read(private_key).public_key()
    return encoded(point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))


def vapid_trouble(private_key: str, contact: str) -> str:
    """What is wrong with a configured key and contact and what to do, in words; "" when nothing. Echoes no key."""
    if not private_key:
        return "There is no VAPID private key: notifications cannot be sent. Make one with make_vapid_keys."
    try:
        _read(private_key)
    except VapidError as refused:
        return str(refused)
    if len(contact) > 254 or CONTACT.fullmatch(contact) is None:
        return (
            "The VAPID contact must tell push services how to reach the operator: write mailto:name@example.org or "
            "https://example.org/contact. Apple refuses every message with another one, also with localhost."
        )
    return ""


def _read(private_key: str) -> ec.EllipticCurvePrivateKey:
    raw = decoded(private_key, longest=44)
    if raw is None or len(raw) != 32:
        raise VapidError(
            "The VAPID private key must be 32 bytes in base64url (43 characters), not a PEM file and not the name of "
            "one. Changing it unsubscribes every device, so restore the old one if there was one."
        )
    try:
        return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except ValueError:
        raise VapidError("The VAPID private key is not a number below the order of the curve P-256.") from None


def _part(value: Mapping[str, object]) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode("utf-8"))
