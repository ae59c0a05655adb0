"""One-time codes that a person types: twelve letters and digits that cannot be mistaken for each other."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

from msgspec import Struct

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: I, L, O and U are read as 1, 1, 0 and V
LENGTH = 12
SELECTOR = 4  # the first characters find the code, the rest prove it: five wrong proofs end it
_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


class OneTimeCode(Struct, frozen=True):
    """What is typed, and the two parts of it that are kept (the second only hashed)."""

    typed: str
    selector: str
    secret_hash: bytes


def new_code() -> OneTimeCode:
    """Draw a code; shown as XXXX-XXXX-XXXX."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    selector, secret = letters[:SELECTOR], letters[SELECTOR:]
    return OneTimeCode(f"{selector}-{secret[:4]}-{secret[4:]}", selector, proof(secret))


def new_link_token() -> OneTimeCode:
    """A long code for a link that nobody types."""
    selector, secret = secrets.token_urlsafe(9), secrets.token_urlsafe(24)
    return OneTimeCode(f"{selector}.{secret}", selector, proof(secret))


def parts(typed: str) -> tuple[str, str] | None:
    """Selector and secret of what somebody typed (case, spaces and dashes do not matter); None when it cannot be a code."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    letters = "".join(c for c in plain if c.isalnum()).translate(_MISTAKEN)
    if len(letters) != LENGTH or not set(letters) <= set(ALPHABET):
        return None
    return letters[:SELECTOR], letters[SELECTOR:]


def link_parts(token: str) -> tuple[str, str] | None:
    """Selector and secret of a link token."""
    selector, dot, secret = token.partition(".")
    return (selector, secret) if dot and selector and secret and len(token) <= 100 else None


def proof(secret: str) -> bytes:
    """What is kept of the secret part."""
    return hashlib.sha256(secret.encode()).digest()
