"""The DNS as a test wants it: an aiohttp resolver that answers from a list, given to the channel from outside."""

import asyncio
import socket

from aiohttp.abc import AbstractResolver, ResolveResult


class Names(AbstractResolver):
    """Answers after `seconds`, `push_test=[…]` for push.test; a name that is not listed does not exist."""

    def __init__(self, seconds: float = 0.0, **addresses: list[str]) -> None:
        self.seconds = seconds
        self.addresses = addresses
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As the system's resolver answers."""
        self.asked.append(host)
        await asyncio.sleep(self.seconds)
        if not (found := self.addresses.get(host.replace(".", "_"))):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing to close."""
