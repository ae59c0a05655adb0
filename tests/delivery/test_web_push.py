"""Real sends over loopback to a push service that decrypts, and everything that can go wrong on the way."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from aiohttp.abc import AbstractResolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.delivery.limits import LIMITS, Limits
from app.delivery.vapid import Vapid, make_vapid_keys
from app.delivery.web_push import PADDED_SIZES, WebPush
from app.domain.endpoints import Subscription, check_endpoint
from app.domain.notifications import Outcome, OutcomeKind, PushMessage, Urgency
from tests.delivery.names import Names
from tests.push_service import ALL, Phone, PushService, Step

NOW = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)
"""The house's clock stands years ahead of the true one in these tests: push services must not notice."""

PRIVATE, PUBLIC = make_vapid_keys()
QUICK = Limits(connect=0.4, total=0.5, turn=0.1, per_host=2)


@pytest_asyncio.fixture
async def push() -> AsyncIterator[PushService]:
    """A push service that accepts until told otherwise."""
    async with PushService() as service:
        yield service


def channel(*services: PushService, limits: Limits = LIMITS, names: AbstractResolver | None = None) -> WebPush:
    """The channel as main would build it, with these services as extra origins."""
    vapid = Vapid(PRIVATE, "mailto:vigie@example.org")
    return WebPush(vapid, frozenset(s.origin for s in services), limits=limits, inner_resolver=names)


def subscription_of(phone: Phone, server_key: str | None = PUBLIC) -> Subscription:
    """The row that the backend keeps of a phone's subscription."""
    origin = phone.endpoint.partition("/push/")[0]
    return check_endpoint(phone.endpoint, phone.p256dh, phone.auth, frozenset({origin}), server_key)


def message(title: str = "Nouvelle alerte", **changes: object) -> PushMessage:
    """An urgent message that is good for an hour."""
    payload = json.dumps({"web_push": 8030, "notification": {"title": title}}, ensure_ascii=False).encode()
    usual = PushMessage(payload=payload, urgency=Urgency.HIGH, topic="alert-7", expires_at=NOW + timedelta(hours=1))
    return msgspec.structs.replace(usual, **changes)


async def test_what_was_sent_is_what_the_phone_decrypts(push: PushService) -> None:
    phone = push.subscribe(server_key=PUBLIC)
    async with channel(push) as web_push:
        outcome = await web_push.send(message("Nouvelle alerte à 37,2 °C ≥ 🙂"), subscription_of(phone), NOW)
    assert outcome == Outcome(kind=OutcomeKind.ACCEPTED, because="accepted", status=201)
    [arrived] = push.messages
    assert arrived.subscription == phone.id
    assert arrived.json == {"web_push": 8030, "notification": {"title": "Nouvelle alerte à 37,2 °C ≥ 🙂"}}


async def test_the_headers_say_how_long_how_urgent_and_about_what(push: PushService) -> None:
    phone = push.subscribe()
    async with channel(push) as web_push:
        await web_push.send(message(), subscription_of(phone), NOW)
        await web_push.send(
            message(urgency=Urgency.NORMAL, expires_at=NOW + timedelta(minutes=5)), subscription_of(phone), NOW
        )
    first, second = (arrived.headers for arrived in push.messages)
    assert (first["ttl"], first["urgency"], first["topic"]) == ("3600", "high", "alert-7")
    assert (second["ttl"], second["urgency"]) == ("300", "normal")
    assert first["content-encoding"] == "aes128gcm"
    assert first["content-type"] == "application/octet-stream"
    assert "cookie" not in first


@pytest.mark.parametrize("length", [2, 100, 2_047, 2_048])
async def test_all_messages_have_one_size(push: PushService, length: int) -> None:
    payload = b'"' + b"x" * (length - 2) + b'"'
    async with channel(push) as web_push:
        await web_push.send(message(payload=payload), subscription_of(push.subscribe()), NOW)
    [arrived] = push.messages
    assert (arrived.size, arrived.padded_size) == (PADDED_SIZES[0] + 103, PADDED_SIZES[0])
    assert arrived.size <= 3_070  # what Firefox on Android takes
    assert arrived.text == payload.decode()


async def test_the_longest_text_makes_the_largest_body_that_every_service_takes(push: PushService) -> None:
    phone = subscription_of(push.subscribe())
    async with channel(push) as web_push:
        accepted = await web_push.send(message(payload=b'"' + b"x" * 3_991 + b'"'), phone, NOW)
        refused = await web_push.send(message(payload=b'"' + b"x" * 3_992 + b'"'), phone, NOW)
    assert accepted.kind is OutcomeKind.ACCEPTED
    assert refused.kind is OutcomeKind.OUR_FAULT
    assert [arrived.size for arrived in push.requests] == [4_096]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, OutcomeKind.ACCEPTED),
        (202, OutcomeKind.ACCEPTED),
        (204, OutcomeKind.ACCEPTED),
        (404, OutcomeKind.GONE),
        (410, OutcomeKind.GONE),
        (400, OutcomeKind.OUR_FAULT),
        (401, OutcomeKind.OUR_FAULT),
        (403, OutcomeKind.OUR_FAULT),
        (413, OutcomeKind.OUR_FAULT),
        (301, OutcomeKind.REFUSED),
        (307, OutcomeKind.REFUSED),
        (308, OutcomeKind.REFUSED),
        (429, OutcomeKind.RETRY),
        (500, OutcomeKind.RETRY),
        (503, OutcomeKind.RETRY),
    ],
)
async def test_each_answer_has_its_outcome(push: PushService, status: int, kind: OutcomeKind) -> None:
    phone = push.subscribe()
    push.script(phone.id, Step(status=status))
    async with channel(push) as web_push:
        outcome = await web_push.send(message(), subscription_of(phone), NOW)
    assert (outcome.kind, outcome.status, outcome.attempted) == (kind, status, True)


async def test_a_phone_that_was_removed_is_gone_and_an_unknown_one_too(push: PushService) -> None:
    removed, unknown = push.subscribe(), push.subscribe()
    removed.removed = True
    del push.phones[unknown.id]
    async with channel(push) as web_push:
        outcomes = [await web_push.send(message(), subscription_of(phone), NOW) for phone in (removed, unknown)]
    assert [(outcome.kind, outcome.status) for outcome in outcomes] == [
        (OutcomeKind.GONE, 410),
        (OutcomeKind.GONE, 404),
    ]


async def test_a_service_that_is_overloaded_is_given_the_time_it_asks_for(push: PushService) -> None:
    phone = push.subscribe()
    date = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    push.script(
        phone.id,
        Step(status=429, headers={"Retry-After": "17"}),
        Step(status=503, headers={"Retry-After": date}),
        Step(status=429),
    )
    async with channel(push) as web_push:
        outcomes = [await web_push.send(message(), subscription_of(phone), NOW) for _ in range(3)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.RETRY] * 3
    assert outcomes[0].retry_after == 17
    assert outcomes[1].retry_after == pytest.approx(89, abs=2)  # by the true clock, not by the house's
    assert outcomes[2].retry_after == 2


async def test_a_redirect_is_not_followed(push: PushService) -> None:
    phone = push.subscribe()
    async with PushService() as elsewhere:
        bait = elsewhere.subscribe()
        for status in (301, 302, 303, 307, 308):
            push.script(phone.id, Step(status=status, headers={"Location": bait.endpoint}))
            async with channel(push, elsewhere) as web_push:
                outcome = await web_push.send(message(), subscription_of(phone), NOW)
            assert outcome.kind is OutcomeKind.REFUSED
        assert elsewhere.requests == []
        assert elsewhere.other_paths == []
    assert push.other_paths == []


@pytest.mark.parametrize(("do", "because"), [("stall", "timed_out"), ("reset", "connection_lost")])
async def test_silence_and_resets_are_tried_again(push: PushService, do: str, because: str) -> None:
    phone = push.subscribe()
    push.script(phone.id, Step(do="stall" if do == "stall" else "reset"), for_ever=True)
    async with channel(push, limits=QUICK) as web_push:
        outcomes = [
            await web_push.send(message(attempt=attempt), subscription_of(phone), NOW) for attempt in (1, 2, 3, 4)
        ]
    assert [outcome.retry_after for outcome in outcomes] == [2, 5, 15, None]
    assert outcomes[3].kind is OutcomeKind.GIVE_UP
    assert {outcome.because for outcome in outcomes} == {because}


async def test_a_service_that_is_not_there_is_tried_again(push: PushService) -> None:
    async with PushService() as closed:
        phone = subscription_of(closed.subscribe())
    async with channel(closed) as web_push:
        outcome = await web_push.send(message(), phone, NOW)
    assert (outcome.kind, outcome.because) == (OutcomeKind.RETRY, "not_connected")


async def test_a_name_that_does_not_exist_is_tried_again() -> None:
    service = PushService(name="push.test")
    async with service, channel(service, names=Names()) as web_push:
        outcome = await web_push.send(message(), subscription_of(service.subscribe()), NOW)
    assert (outcome.kind, outcome.because) == (OutcomeKind.RETRY, "name_not_found")
    assert service.requests == []


async def test_a_name_server_that_does_not_answer_is_not_waited_for() -> None:
    service, limits = PushService(name="push.test"), Limits(connect=0.3, total=10)
    async with service, channel(service, names=Names(seconds=30), limits=limits) as web_push:
        began = time.monotonic()
        outcome = await web_push.send(message(), subscription_of(service.subscribe()), NOW)
        assert time.monotonic() - began < 2
    assert (outcome.kind, outcome.because) == (OutcomeKind.RETRY, "timed_out")


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    service = PushService(name="push.test", tls=self_signed("push.test", tmp_path))
    async with service, channel(service, names=Names(push_test=["127.0.0.1"])) as web_push:
        outcome = await web_push.send(message(), subscription_of(service.subscribe()), NOW)
    assert (outcome.kind, outcome.because) == (OutcomeKind.RETRY, "tls_failed")
    assert service.requests == []


def self_signed(host: str, folder: Path) -> ssl.SSLContext:
    """A TLS server's side with a certificate that it signed itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_an_endless_answer_is_not_read(push: PushService) -> None:
    phone = push.subscribe()
    push.script(phone.id, Step(do="flood", status=201), Step(do="flood", status=410))
    async with channel(push) as web_push:
        began = time.monotonic()
        outcomes = [await web_push.send(message(), subscription_of(phone), NOW) for _ in range(2)]
        took = time.monotonic() - began
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED, OutcomeKind.GONE]
    assert took < 3


async def test_what_is_resolved_is_what_is_connected_to() -> None:
    service, names = PushService(name="push.test"), Names(push_test=["127.0.0.1"])
    async with service, channel(service, names=names) as web_push:
        outcome = await web_push.send(message(), subscription_of(service.subscribe()), NOW)
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert names.asked == ["push.test"]
    assert service.messages[0].headers["host"] == service.origin.removeprefix("http://")


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:10.0.0.1"], ["169.254.169.254"]]
)
async def test_a_known_host_that_resolves_to_a_private_address_is_refused(
    push: PushService, addresses: list[str]
) -> None:
    phone = push.subscribe()
    fcm = Subscription("https://fcm.googleapis.com/fcm/send/x", phone.p256dh, phone.auth)
    async with channel(push, names=Names(fcm_googleapis_com=addresses)) as web_push:
        outcome = await web_push.send(message(), fcm, NOW)
    assert (outcome.kind, outcome.because) == (OutcomeKind.REFUSED, "address_not_public")


async def test_an_endpoint_that_reached_the_database_some_other_way_is_refused(push: PushService) -> None:
    phone = push.subscribe()
    async with channel() as production:
        outcome = await production.send(message(), subscription_of(phone), NOW)
        bad_keys = Subscription("https://fcm.googleapis.com/x", phone.p256dh, "AA")
        also = await production.send(message(), bad_keys, NOW)
    assert (outcome.kind, outcome.because, outcome.attempted) == (OutcomeKind.REFUSED, "endpoint_refused", False)
    assert also == outcome
    assert push.requests == []


async def test_claims_do_not_leak_from_one_push_service_to_the_next(push: PushService) -> None:
    async with PushService() as other, channel(push, other) as web_push:
        for _ in range(3):
            for service in (push, other):
                outcome = await web_push.send(message(), subscription_of(service.subscribe(PUBLIC)), NOW)
                assert outcome.kind is OutcomeKind.ACCEPTED
        first, second = ({a.headers["authorization"] for a in service.messages} for service in (push, other))
        assert (len(first), len(second), len(first & second)) == (1, 1, 0)  # signed once for each


async def test_a_subscription_of_another_key_waits_for_its_browser_to_subscribe_again(push: PushService) -> None:
    old_key = make_vapid_keys()[1]
    phone = push.subscribe(server_key=old_key)
    async with channel(push) as web_push:
        known = await web_push.send(message(), subscription_of(phone, server_key=old_key), NOW)
        unknown = await web_push.send(message(), subscription_of(phone, server_key=None), NOW)
    assert (known.kind, known.because) == (OutcomeKind.OUR_FAULT, "subscribed_with_another_key")
    assert (unknown.kind, unknown.status) == (OutcomeKind.OUR_FAULT, 403)
    assert len(push.requests) == 1


async def test_an_expired_message_wakes_nobody(push: PushService) -> None:
    async with channel(push) as web_push:
        outcome = await web_push.send(message(expires_at=NOW), subscription_of(push.subscribe()), NOW)
    assert (outcome.kind, outcome.because) == (OutcomeKind.GIVE_UP, "expired")
    assert push.requests == []


async def test_a_slow_host_delays_no_other_and_gives_its_workers_back(push: PushService) -> None:
    limits = Limits(connect=1, total=1.6, turn=0.2, per_host=2)
    async with PushService() as slow, channel(push, slow, limits=limits) as web_push:
        slow.script(ALL, Step(do="stall"), for_ever=True)
        crowd = [
            asyncio.create_task(web_push.send(message(), subscription_of(slow.subscribe()), NOW)) for _ in range(6)
        ]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        fast = await web_push.send(message(), subscription_of(push.subscribe()), NOW)
        took = time.monotonic() - began
        done, waiting = await asyncio.wait(crowd, timeout=0.6)
        assert fast.kind is OutcomeKind.ACCEPTED
        assert took < 0.5
        assert [task.result().because for task in done] == ["host_busy"] * 4
        assert all(not task.result().attempted and task.result().kind is OutcomeKind.RETRY for task in done)
        assert [outcome.because for outcome in await asyncio.gather(*waiting)] == ["timed_out"] * 2
        assert len(slow.requests) == 2
        again = await web_push.send(message(), subscription_of(slow.subscribe()), NOW)
        assert again.because == "timed_out"  # turns were given back


async def test_a_turn_is_given_back_by_a_send_that_was_cancelled(push: PushService) -> None:
    limits = Limits(connect=1, total=5, turn=0.2, per_host=1)
    phone = push.subscribe()
    push.script(phone.id, Step(do="stall"))
    async with channel(push, limits=limits) as web_push:
        task = asyncio.create_task(web_push.send(message(), subscription_of(phone), NOW))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        outcome = await web_push.send(message(), subscription_of(phone), NOW)
    assert outcome.kind is OutcomeKind.ACCEPTED


async def test_connections_are_used_again(push: PushService) -> None:
    async with channel(push) as web_push:
        for _ in range(5):
            await web_push.send(message(), subscription_of(push.subscribe()), NOW)
    assert len(push.messages) == 5
    assert push.connections == 1


async def test_a_proxy_in_the_environment_is_not_used(push: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    async with PushService() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        async with channel(push) as web_push:
            outcome = await web_push.send(message(), subscription_of(push.subscribe()), NOW)
        assert outcome.kind is OutcomeKind.ACCEPTED
        assert proxy.other_paths == []
        assert proxy.requests == []
