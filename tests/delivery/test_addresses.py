"""Which addresses a push service may have."""

import pytest

from app.delivery.addresses import PrivateAddressError, PublicOnly, is_loopback, is_public
from tests.delivery.names import Names

PUBLIC = ["8.8.8.8", "142.250.74.10", "::ffff:8.8.8.8", "2a00:1450:4007:80c::200a", "64:ff9b::808:808"]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - refused here, bound by nobody
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2a00:1450:4007:80c::200a%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "",
    "localhost",
    "8.8.8.8.",
    "010.1.2.3",
    "2130706433",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_hosts_on_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_nothing_else_is(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("address", "yes"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("8.8.8.8", False),
        ("x", False),
    ],
)
def test_loopback_is_this_machine(address: str, yes: bool) -> None:
    assert is_loopback(address) is yes


@pytest.mark.parametrize("bad", ["10.0.0.1", "::1", "::ffff:192.168.0.1"])
async def test_one_private_address_among_public_ones_spoils_the_name(bad: str) -> None:
    for addresses in (["8.8.8.8", bad], [bad, "8.8.8.8"]):
        with pytest.raises(PrivateAddressError):
            await PublicOnly(Names(push_test=addresses)).resolve("push.test", 443)


async def test_public_addresses_pass_unchanged() -> None:
    names = Names(push_test=["8.8.8.8", "2a00:1450:4007:80c::200a"])
    answers = await PublicOnly(names).resolve("push.test", 443)
    assert [answer["host"] for answer in answers] == ["8.8.8.8", "2a00:1450:4007:80c::200a"]
    assert names.asked == ["push.test"]


async def test_a_local_host_may_be_this_machine_but_not_its_neighbour() -> None:
    local = frozenset({"push.test"})
    await PublicOnly(Names(push_test=["127.0.0.1", "::1"]), local).resolve("push.test")
    with pytest.raises(PrivateAddressError):
        await PublicOnly(Names(push_test=["10.0.0.1"]), local).resolve("push.test")
    with pytest.raises(PrivateAddressError):
        await PublicOnly(Names(other_test=["127.0.0.1"]), local).resolve("other.test")
