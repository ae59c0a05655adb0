"""The bearer token of a smart box: it names its establishment, and 256 random bits prove it."""

from __future__ import annotations

import base64
import secrets
from uuid import UUID

PREFIX = "vbx_"  # so that a leaked one is recognised for what it is


def new_box_token(establishment_id: UUID) -> str:
    """A token to put into a device once; only its hash is kept."""
    return PREFIX + base64.urlsafe_b64encode(establishment_id.bytes + secrets.token_bytes(32)).decode().rstrip("=")


def box_claim(token: str) -> UUID | None:
    """The establishment that a token names; worth nothing until its hash has been found there."""
    if not token.startswith(PREFIX):
        return None
    try:
        text = token.removeprefix(PREFIX)
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return UUID(bytes=raw[:16]) if len(raw) == 48 else None
