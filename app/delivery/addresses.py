"""Which IP addresses we connect to when a stranger chose the host name: public ones, and nothing behind our own door.

aiohttp asks a resolver once per connection and connects to what it returned, so what is checked here is what is
connected to; a name whose answer changes a moment later gains nothing.
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

NOT_REALLY_GLOBAL_V4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; Python before 3.11.10 calls most of them global
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, withdrawn
)
GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
NOT_REALLY_GLOBAL_V6 = (
    IPv6Network("2001::/23"),  # protocol assignments, among them Teredo, which carries any IPv4 address
    IPv6Network("2002::/16"),  # 6to4: carries any IPv4 address, also 127.0.0.1
    IPv6Network("3fff::/20"),  # documentation, unknown to Python 3.11
)
NAT64 = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 reaches IPv4 hosts: as good as the IPv4 address in its last 32 bits."""


class PrivateAddressError(OSError):
    """The name of a push service leads to an address that is not on the public Internet."""


def is_public(address: str) -> bool:
    """Whether this is the address of one host on the public Internet; False also for what is no address at all."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return _public_v6(ip) if isinstance(ip, IPv6Address) else _public_v4(ip)


def is_loopback(address: str) -> bool:
    """Whether this address is this machine itself."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback


class PublicOnly(AbstractResolver):
    """A resolver that answers only when all addresses of a name are public, or loopback for the hosts in `local`.

    All, not some: a name with one public and one private address is an attack or a mistake, never a push service.
    """

    def __init__(self, inner: AbstractResolver, local: frozenset[str] = frozenset()) -> None:
        self._inner = inner
        self._local = local

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of `host`; raises PrivateAddressError, or the OSError of the inner resolver."""
        answers = await self._inner.resolve(host, port, family)
        for answer in answers:
            if not (is_public(answer["host"]) or (host in self._local and is_loopback(answer["host"]))):
                raise PrivateAddressError
        return answers

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def _public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in NOT_REALLY_GLOBAL_V4)


def _public_v6(ip: IPv6Address) -> bool:
    if ip.ipv4_mapped is not None:
        return _public_v4(ip.ipv4_mapped)
    if ip in NAT64:
        return _public_v4(IPv4Address(int(ip) & 0xFFFF_FFFF))
    if ip.scope_id is not None or ip not in GLOBAL_UNICAST_V6 or not ip.is_global:
        return False
    return not any(ip in network for network in NOT_REALLY_GLOBAL_V6)
