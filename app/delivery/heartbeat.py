"""The outgoing heartbeat: a watcher outside hears that the engine is alive, and raises the alarm when it hears nothing."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver

from app.delivery.addresses import PublicOnly

log = logging.getLogger("vigie.heartbeat")
PATIENCE = aiohttp.ClientTimeout(total=5, connect=3)


class Heartbeat:
    """`async with Heartbeat(url) as heart: await heart.beat()`. The address was checked by the configuration; it may hold a secret.

    Every address of its host must be public, or loopback for the hosts in `local` (demo and test). Redirects are not followed.
    """

    def __init__(
        self, url: str, local: frozenset[str] = frozenset(), *, inner_resolver: AbstractResolver | None = None
    ) -> None:
        self._url, self._local, self._inner = url, local, inner_resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = PublicOnly(self._inner or aiohttp.ThreadedResolver(), self._local)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, ttl_dns_cache=60),
            timeout=PATIENCE,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Vigie"},
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def beat(self) -> bool:
        """Say once that we are alive; whether it was heard. Raises nothing."""
        if self._session is None:
            raise RuntimeError("Heartbeat is used outside of its `async with`")
        try:
            async with self._session.post(self._url, allow_redirects=False) as answer:
                heard = 200 <= answer.status <= 299
        except (aiohttp.ClientError, OSError, TimeoutError) as why:
            log.warning("heartbeat not heard", extra={"error": type(why).__name__})
            return False
        if not heard:
            log.warning("heartbeat not heard", extra={"status": answer.status})
        return heard
