"""All the channels that this house has, behind one `send`."""

from __future__ import annotations

from datetime import datetime

from app.delivery.email import Email
from app.delivery.phone import Phone
from app.delivery.web_push import WebPush
from app.domain.endpoints import Subscription
from app.domain.messages import Message
from app.domain.notifications import Outcome, OutcomeKind
from app.domain.reach import Channel, Contact, Device


class Ways:
    """Web push always, the others where they are configured."""

    def __init__(
        self, push: WebPush, email: Email | None = None, sms: Phone | None = None, voice: Phone | None = None
    ) -> None:
        self._push, self._email = push, email
        self._phones = {
            channel: phone for channel, phone in ((Channel.SMS, sms), (Channel.VOICE, voice)) if phone is not None
        }
        self.configured = frozenset(
            {Channel.WEB_PUSH, *self._phones, *({Channel.EMAIL} if email is not None else set())}
        )

    async def send(self, message: Message, target: Device | Contact, now: datetime) -> Outcome:
        """One attempt, one way. `now` is the house's time, against which messages expire. Raises nothing."""
        if isinstance(target, Device):
            subscription = Subscription(target.endpoint, target.p256dh, target.auth, target.server_key)
            return await self._push.send(message.push(), subscription, now)
        if message.expires_at <= now:
            return Outcome(kind=OutcomeKind.GIVE_UP, because="expired", attempted=False)
        if target.channel is Channel.EMAIL and self._email is not None:
            return await self._email.send(message, target.address)
        if (phone := self._phones.get(target.channel)) is not None:
            return await phone.send(message, target.address)
        return Outcome(kind=OutcomeKind.GIVE_UP, because="not_configured", attempted=False)
