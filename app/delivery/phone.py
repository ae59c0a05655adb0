"""SMS and voice: an interface, since each house has its own gateway, and an adaptor that writes to a file, for tests and demonstration.

A gateway of your own is one class in your own package:

    class Gateway:                                        # house_gateway.py, on the Python path
        def __init__(self, setting: str) -> None: ...     # what stands after the colon of the variable, e.g. an address and a key's file
        async def send(self, number: str, words: str, message_id: str) -> Outcome: ...

    VIGIE_SMS_ADAPTOR=house_gateway.Gateway:https://gateway.example.org

`number` is E.164, `words` are at most 160 characters and neutral, `message_id` is the same when a message is sent again after a crash: a
gateway that drops repeated ids makes that harmless. `send` raises nothing, takes less than ten seconds (it is cut off then), and answers
with an `Outcome`: ACCEPTED, RETRY with `retry_after`, GIVE_UP (this number cannot be reached), OUR_FAULT (wrong key, no credit).
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from msgspec import json

from app.delivery.limits import HOST_BUSY, LIMITS, Limits, Turns
from app.domain.messages import Message
from app.domain.notifications import Outcome, OutcomeKind, again

LONGEST = 160
"""Characters: one SMS. A second part may come an hour later."""


class Adaptor(Protocol):
    """A gateway, see above."""

    async def send(self, number: str, words: str, message_id: str) -> Outcome:
        """Send `words` to `number`."""


class AdaptorError(ValueError):
    """The adaptor that the configuration names cannot be used; the message says why."""


class FileAdaptor:
    """Appends each message to a file as one JSON line: {"to", "words", "id"}. A file that cannot be written to is our fault."""

    def __init__(self, setting: str) -> None:
        self._path = Path(setting)

    async def send(self, number: str, words: str, message_id: str) -> Outcome:
        """Write one line."""
        line = json.encode({"to": number, "words": words, "id": message_id}) + b"\n"
        try:
            await asyncio.to_thread(self._append, line)
        except OSError:
            return Outcome(kind=OutcomeKind.OUR_FAULT, because="file_not_written")
        return Outcome(kind=OutcomeKind.ACCEPTED, because="accepted")

    def _append(self, line: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(line)


class Phone:
    """The channel: any adaptor, with the limits that every channel has."""

    def __init__(self, adaptor: Adaptor, *, limits: Limits = LIMITS) -> None:
        self._adaptor, self._limits = adaptor, limits
        self._turns = Turns(limits)

    async def send(self, message: Message, number: str) -> Outcome:
        """Hand it to the gateway; whatever an adaptor raises is a failure of this attempt and of nothing else."""
        async with self._turns.one() as ours:
            if not ours:
                return HOST_BUSY
            try:
                async with asyncio.timeout(self._limits.total):
                    return await self._adaptor.send(number, message.short()[:LONGEST], str(message.id))
            except TimeoutError:
                return again("timed_out", message.attempt)
            except Exception:  # not ours: a gateway's code must not end the sender
                return again("adaptor_failed", message.attempt)


def load_adaptor(setting: str, *, local: bool) -> Adaptor:
    """`file:PATH` (demo and test), or `package.module.Class:setting`. Raises AdaptorError."""
    name, _, rest = setting.partition(":")
    if name == "file":
        if not local:
            raise AdaptorError("file: is for demo and test only: it would write messages down instead of sending them")
        return FileAdaptor(rest)
    module, _, made_by = name.rpartition(".")
    try:
        factory = cast(Callable[[str], Adaptor], getattr(importlib.import_module(module), made_by))
        return factory(rest)
    except (ImportError, AttributeError, ValueError, TypeError) as why:
        raise AdaptorError(
            f"{name!r} cannot be used as an adaptor ({type(why).__name__}): see app/delivery/phone.py"
        ) from why
