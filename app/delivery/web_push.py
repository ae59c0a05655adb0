"""Web Push (RFC 8030): one encrypted message to one browser, and an honest word about what came of it.

pywebpush encrypts; we send. Its own sender has a time to live of 0, waits for ever and follows redirects.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, cast
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from pywebpush import WebPusher
from yarl import URL

from app.delivery.addresses import PrivateAddressError, PublicOnly
from app.delivery.limits import HOST_BUSY, LIMITS, Limits, Turns
from app.delivery.vapid import Vapid
from app.domain.endpoints import Subscription, check_endpoint, check_extra_origin, origin_of
from app.domain.errors import EndpointRefused
from app.domain.notifications import (
    LONGEST_PAYLOAD,
    Outcome,
    OutcomeKind,
    PushMessage,
    again,
    outcome_of,
    time_to_live,
    unsendable,
)

PADDED_SIZES = (2_048, LONGEST_PAYLOAD)
"""Bytes. All messages look alike on the wire, so that size tells nothing. Every message of ours fits the first size;
the second is for a text that grew, since a visible difference is better than silence. Not the largest for all: Firefox
on Android answers 413 above 3,070 encrypted bytes."""


def true_time() -> datetime:
    """The computer's own clock. Push services compare with theirs, so a test's movable clock must not reach them."""
    return datetime.now(UTC)


class WebPush:
    """The channel: `async with WebPush(vapid) as push: await push.send(message, subscription, now)`.

    One HTTP client for the life of the process. `inner_resolver` is who really asks the DNS (the system by default). `old_keys` sign for
    the browsers that have not subscribed again since the key was changed.
    """

    def __init__(
        self,
        vapid: Vapid,
        extra_origins: frozenset[str] = frozenset(),
        *,
        limits: Limits = LIMITS,
        inner_resolver: AbstractResolver | None = None,
        clock: Callable[[], datetime] = true_time,
        old_keys: tuple[Vapid, ...] = (),
    ) -> None:
        self._vapid = vapid
        self._signers = {signer.public_key: signer for signer in (*old_keys, vapid)}
        self._extra_origins = extra_origins
        self._local = frozenset(check_extra_origin(origin) for origin in extra_origins)
        self._limits = limits
        self._inner_resolver = inner_resolver
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._resolver: PublicOnly | None = None
        # A host's turns vanish with its last message: invented names under a known domain take no memory.
        self._turns: WeakValueDictionary[str, Turns] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        self._resolver = PublicOnly(self._inner_resolver or aiohttp.ThreadedResolver(), self._local)
        self._session = aiohttp.ClientSession(
            # No limit over all hosts: the turns below are the limit, and waiting here would let one host stop others.
            connector=aiohttp.TCPConnector(resolver=self._resolver, limit=0, ttl_dns_cache=60),
            timeout=aiohttp.ClientTimeout(total=self._limits.total, connect=self._limits.connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding"),
            headers={"User-Agent": "Vigie"},
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        if self._resolver is not None:
            await self._resolver.close()

    async def send(self, message: PushMessage, subscription: Subscription, now: datetime) -> Outcome:
        """Hand one message to the browser's push service. `now` is the house's time, against which messages expire.

        Raises nothing that the network, the push service or the subscription can cause. Takes at most `turn` plus
        `total` seconds.
        """
        if (why_not := unsendable(message, now)) is not None:
            return why_not
        try:
            check_endpoint(subscription.endpoint, subscription.p256dh, subscription.auth, self._extra_origins)
        except EndpointRefused:
            return Outcome(kind=OutcomeKind.REFUSED, because="endpoint_refused", attempted=False)
        signer = self._signers.get(subscription.server_key or self._vapid.public_key)
        if signer is None:
            return Outcome(kind=OutcomeKind.OUR_FAULT, because="subscribed_with_another_key", attempted=False)

        origin = origin_of(subscription.endpoint)
        turns = self._turns.setdefault(origin, Turns(self._limits))
        async with turns.one() as ours:
            return await self._post(message, subscription, signer, origin, now) if ours else HOST_BUSY

    async def _post(
        self, message: PushMessage, subscription: Subscription, signer: Vapid, origin: str, now: datetime
    ) -> Outcome:
        if self._session is None:
            raise RuntimeError("WebPush is used outside of its `async with`")
        headers = {
            "Authorization": signer.header(origin, self._clock()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(time_to_live(message, now)),
            "Topic": message.topic,
            "Urgency": message.urgency.value,
        }
        try:
            async with self._session.post(
                URL(subscription.endpoint, encoded=True),  # as it was checked, not as yarl would rewrite it
                data=encrypt(message.payload, subscription),
                headers=headers,
                allow_redirects=False,
            ) as answer:
                # The body is never read. A short one arrives with the headers and the connection is used again; a
                # long or endless one costs only its connection.
                return outcome_of(answer.status, answer.headers.get("Retry-After"), message.attempt, self._clock())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _outcome_of_failure(error, message.attempt)


def encrypt(payload: bytes, subscription: Subscription) -> bytes:
    """The body of the request: `payload` padded to a constant size, encrypted for one browser (RFC 8291).

    The padding is white space after the JSON text, which every parser skips; pywebpush offers no other.
    """
    size = next(size for size in PADDED_SIZES if len(payload) <= size)
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    return cast(bytes, pusher.encode(payload.ljust(size), "aes128gcm")["body"])


def _outcome_of_failure(error: Exception, attempt: int) -> Outcome:
    """What no answer means. After a time-out the message may still arrive: its topic makes a second one harmless."""
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=PrivateAddressError()):
            return Outcome(kind=OutcomeKind.REFUSED, because="address_not_public")
        case aiohttp.ClientConnectorDNSError():
            return again("name_not_found", attempt)
        case aiohttp.ClientSSLError():
            return again("tls_failed", attempt)
        case TimeoutError():
            return again("timed_out", attempt)
        case aiohttp.ClientConnectorError():
            return again("not_connected", attempt)
        case _:
            return again("connection_lost", attempt)
