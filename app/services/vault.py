"""Seals direct identifiers: AES-256-GCM under a key per establishment, itself wrapped by a master key from outside.

Alert routing needs none of this: losing the keys hides names, it never stops an alert.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct, json

from app.db import establishments
from app.domain.errors import NotFound
from app.domain.people import Establishment, Identity

NONCE = 12  # bytes, random; AES-GCM allows 2^32 messages per key, a hospital writes a few thousand


class SealBroken(Exception):
    """A sealed value cannot be opened: wrong key, or it was moved to another row."""


def wrap(master: dict[str, bytes], establishment_id: UUID, data_key: bytes) -> tuple[bytes, str]:
    """A data key under the first master key, and that key's id."""
    key_id, key = next(iter(master.items()))
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(
        nonce, data_key, _about("establishment", "data_key", establishment_id, establishment_id)
    ), key_id


class Safe(Struct, frozen=True):
    """One establishment with its key open; without the key it names nobody, and reports still come in."""

    establishment: Establishment
    key: bytes | None

    @property
    def data_key(self) -> bytes:
        """The establishment's own key. Raises SealBroken when its master key is not configured here."""
        if self.key is None:
            raise SealBroken(
                f"the data key of establishment {self.establishment.id}: its master key is missing or wrong"
            )
        return self.key

    def seal(self, table: str, column: str, row: UUID, value: bytes) -> bytes:
        """Encrypt a value for one place only."""
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self.data_key).encrypt(nonce, value, _about(table, column, row, self.establishment.id))

    def open(self, table: str, column: str, row: UUID, sealed: bytes) -> bytes:
        """Decrypt a value read from that place. Raises SealBroken."""
        try:
            return AESGCM(self.data_key).decrypt(
                sealed[:NONCE], sealed[NONCE:], _about(table, column, row, self.establishment.id)
            )
        except (InvalidTag, ValueError) as why:  # ValueError: not even as long as a nonce
            raise SealBroken(f"{table}.{column}") from why

    def seal_identity(self, patient_id: UUID, identity: Identity) -> bytes:
        """A patient's names, birth date and phone as one sealed blob."""
        return self.seal("patient", "identity", patient_id, json.encode(identity))

    def identity(self, patient_id: UUID, sealed: bytes) -> Identity:
        """Open it again."""
        return json.decode(self.open("patient", "identity", patient_id, sealed), type=Identity)

    def identity_token(self, identity: Identity) -> bytes:
        """The same for the same person whatever accents, case or hyphens were typed; meaningless without the key."""
        plain = unicodedata.normalize("NFKD", f"{identity.last_name}|{identity.first_name}").casefold()
        letters = "".join(c for c in plain if c.isalnum() or c == "|")
        return hmac.new(self.data_key, f"identity|{letters}|{identity.born_on}".encode(), hashlib.sha256).digest()


class Vault:
    """Opens and remembers establishments. Their rows hardly ever change; a process that must see a change is restarted."""

    def __init__(self, master: dict[str, bytes]) -> None:
        self._master = master
        self._safes: dict[UUID, Safe] = {}

    async def of(self, con: asyncpg.Connection, establishment_id: UUID) -> Safe:
        """The establishment with its key open, or without it when its master key is not configured here."""
        if (safe := self._safes.get(establishment_id)) is None:
            ring = await establishments.keyring(con, establishment_id)
            if ring is None:
                raise NotFound
            safe = self._safes[establishment_id] = self._opened(ring)
        return safe

    def _opened(self, ring: establishments.Keyring) -> Safe:
        e = ring.establishment
        about = _about("establishment", "data_key", e.id, e.id)
        try:
            key = AESGCM(self._master[ring.data_key_id]).decrypt(ring.data_key[:NONCE], ring.data_key[NONCE:], about)
        except (KeyError, InvalidTag):
            return Safe(e, None)
        return Safe(e, key)


def _about(table: str, column: str, row: UUID, establishment_id: UUID) -> bytes:
    return f"{table}|{column}|{row}|{establishment_id}".encode()
