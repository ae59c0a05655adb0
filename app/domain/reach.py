"""The ways in which a person can be reached, in which order they are tried, and which of them prove that somebody was reached."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from app.domain.verdicts import TriageLevel


class Channel(StrEnum):
    """How a message travels."""

    WEB_PUSH = "web_push"
    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    SCREEN = "screen"  # no message at all: a page of this person is open and shows it


DEFAULT_ORDER = (Channel.WEB_PUSH, Channel.SMS, Channel.VOICE, Channel.EMAIL)
"""For who has chosen nothing: what wakes somebody first."""


class Device(Struct, frozen=True):
    """A browser that may be woken."""

    id: UUID
    endpoint: str
    p256dh: str
    auth: str
    server_key: str | None


class Contact(Struct, frozen=True):
    """An address or number that its owner has proved to be theirs."""

    id: UUID
    channel: Channel
    address: str

    def __repr__(self) -> str:
        return f"Contact({self.channel})"  # an address must not reach a log by way of a traceback


class Reach(Struct, frozen=True):
    """Everything by which one person can be reached, in the order they want."""

    order: tuple[Channel, ...]
    devices: tuple[Device, ...]
    contacts: tuple[Contact, ...]

    def targets(self, channel: Channel) -> tuple[Device, ...] | tuple[Contact, ...]:
        """Where a message on this channel goes."""
        if channel is Channel.WEB_PUSH:
            return self.devices
        return tuple(contact for contact in self.contacts if contact.channel is channel)

    def only(self, target_id: UUID) -> Reach:
        """The same person, reached by one device or contact alone."""
        return Reach(
            self.order,
            tuple(device for device in self.devices if device.id == target_id),
            tuple(contact for contact in self.contacts if contact.id == target_id),
        )


def order_of(chosen: Sequence[str] | None) -> tuple[Channel, ...]:
    """The person's own order, or the default one. What they left out is not used."""
    return tuple(Channel(channel) for channel in chosen) if chosen else DEFAULT_ORDER


def next_channel(reach: Reach, configured: Collection[Channel], tried: Collection[str]) -> Channel | None:
    """The first way that is left: wanted, configured in this house, not tried yet, and leading somewhere. None when none is left."""
    return next(
        (c for c in reach.order if c not in tried and c in configured and reach.targets(c)),
        None,
    )


def holds_the_ladder(channel: Channel, level: TriageLevel) -> bool:
    """Whether the next rung may wait for an answer on this channel.

    A push and a screen answer by themselves. Mail and telephone only say that they took the message: a red goes on to the next person at
    the same moment, an orange gives it the sixty seconds that a push has.
    """
    return channel in (Channel.WEB_PUSH, Channel.SCREEN) or level is not TriageLevel.RED
