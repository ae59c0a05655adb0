"""A push service on loopback that does what it is told: makes subscriptions, checks, decrypts and keeps what arrives.

It is a real HTTP server and knows nothing of Vigie's code; decryption is `http_ece`, signatures are `cryptography`.
As a real one, it refuses a request without a valid VAPID header (401, 403), TTL (400) or aes128gcm body of at most
4,096 bytes (400, 413), a subscription that it does not know (404) and one that was removed (410).

In a test:

    async with PushService() as push:
        phone = push.subscribe()            # what the browser would send to POST /api/devices: phone.as_json()
        push.script(phone.id, Step(status=429, headers={"Retry-After": "3"}), Step(do="stall"))
        ...                                 # the next two requests meet these steps, later ones are accepted
        await push.arrived(1)               # wait until one message was accepted
        push.messages[0].json               # its decrypted text; .headers, .at, .size too
        push.requests                       # every request, accepted or not, with what was wrong with it

As a program, for browser stories and for testing from outside:

    python -m tests.push_service --port 9999 --subscriptions 2

prints one line of JSON {"origin", "subscriptions": [{"id", "endpoint", "keys": {"p256dh", "auth"}}]} and serves,
besides the endpoints themselves (POST /push/{id}), a control API in JSON:

    POST /subscriptions {"count": 1, "server_key": null}   201 {"subscriptions": […]}; with a server_key (public VAPID
                                                           key, base64url) any other key gets 403, as with a browser
    GET  /subscriptions                                    all of them
    DELETE /subscriptions/{id}                             the phone is gone: 410 from now on
    POST /script {"subscription": id or "*", "steps": [{"do": "answer", "status": 410, "headers": {}, "delay": 0}],
                  "for_ever": false}                       replaces the script; no steps = accept again
         do: "answer" | "stall" (no answer ever) | "reset" (TCP reset) | "flood" (status, then an endless body)
    GET  /messages?subscription=id&after=number            accepted messages, oldest first; `number` counts from 1
    GET  /requests                                         every request with "answered" and "problem"
    DELETE /messages                                       forget messages and requests, keep subscriptions

Start Vigie with this origin as an extra push origin (demo and test profiles only).
"""

import argparse
import asyncio
import base64
import binascii
import json
import re
import secrets
import socket
import ssl
import struct
import time
from collections import deque
from typing import Any, Literal, Self

import http_ece
import msgspec
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

ALL = "*"
LONGEST_BODY = 4_096
DAY = 86_400


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """What one request meets. `delay` is in seconds, before whatever follows."""

    do: Literal["answer", "stall", "reset", "flood"] = "answer"
    status: int = 201
    headers: dict[str, str] = {}
    delay: float = 0.0


class Phone(Struct):
    """One subscription with the secrets that only the browser would have."""

    id: str
    endpoint: str
    key: ec.EllipticCurvePrivateKey
    secret: bytes
    server_key: str | None = None
    removed: bool = False

    @property
    def p256dh(self) -> str:
        """The public key, base64url."""
        return _encoded(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        """The 16-byte secret, base64url."""
        return _encoded(self.secret)

    def as_json(self) -> dict[str, object]:
        """As `PushSubscription.toJSON()` gives it, and the id by which to script it."""
        return {"id": self.id, "endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


class Arrival(Struct, kw_only=True):
    """One request to an endpoint. `at` is seconds since 1970; `answered` None: no answer; `text`, `json`: decrypted."""

    number: int
    subscription: str
    at: float
    headers: dict[str, str]
    size: int
    answered: int | None = None
    problem: str | None = None
    text: str | None = None
    json: Any = None
    padded_size: int | None = None


class ProblemError(Exception):
    """What a push service would not accept, and with which status it says so."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class PushService:
    """See the module's text."""

    def __init__(
        self, port: int = 0, host: str = "127.0.0.1", name: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._port = port
        self._tls = tls
        self._host = host
        self._name = name or host
        self.origin = ""
        self.phones: dict[str, Phone] = {}
        self.requests: list[Arrival] = []
        self._peers: set[object] = set()
        self.other_paths: list[str] = []  # what was asked for besides the known paths: redirects that were followed
        self._scripts: dict[str, tuple[deque[Step], bool]] = {}
        self._closing = asyncio.Event()
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1_000_000)
        app.add_routes(
            [
                web.post("/push/{id}", self._push),
                web.post("/subscriptions", self._post_subscriptions),
                web.get("/subscriptions", self._get_subscriptions),
                web.delete("/subscriptions/{id}", self._delete_subscription),
                web.post("/script", self._post_script),
                web.get("/messages", self._get_messages),
                web.get("/requests", self._get_requests),
                web.delete("/messages", self._delete_messages),
                web.route("*", "/{other:.*}", self._other),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, ssl_context=self._tls).start()
        self._port = self._runner.addresses[0][1]
        self.origin = f"{'https' if self._tls else 'http'}://{self._name}:{self._port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def connections(self) -> int:
        """How many TCP connections carried a push."""
        return len(self._peers)

    @property
    def messages(self) -> list[Arrival]:
        """What was decrypted and accepted, oldest first."""
        return [arrival for arrival in self.requests if _accepted(arrival)]

    def subscribe(self, server_key: str | None = None) -> Phone:
        """A new phone; with `server_key` only that VAPID key may send to it."""
        name = secrets.token_urlsafe(24)
        key = ec.generate_private_key(ec.SECP256R1())
        phone = Phone(name, f"{self.origin}/push/{name}", key, secrets.token_bytes(16), server_key)
        self.phones[name] = phone
        return phone

    def script(self, subscription: str, *steps: Step, for_ever: bool = False) -> None:
        """What the next requests for this subscription (or "*": for all) meet; `for_ever` repeats the last step."""
        self._scripts[subscription] = (deque(steps), for_ever)

    async def arrived(self, count: int = 1, seconds: float = 10.0) -> list[Arrival]:
        """Wait until `count` messages were accepted; raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def _push(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._peers.add(request.transport.get_extra_info("peername") if request.transport else None)
        arrival = Arrival(
            number=len(self.requests) + 1,
            subscription=request.match_info["id"],
            at=time.time(),
            headers={name.lower(): value for name, value in request.headers.items()},
            size=len(body),
        )
        self.requests.append(arrival)
        try:
            self._check(arrival, body)
        except ProblemError as problem:
            arrival.problem, arrival.answered = str(problem), problem.status
            return web.json_response({"problem": str(problem)}, status=problem.status)
        response = await self._play(self._next_step(arrival.subscription), request, arrival)
        async with self._changed:
            self._changed.notify_all()
        return response

    async def _play(self, step: Step, request: web.Request, arrival: Arrival) -> web.StreamResponse:
        await asyncio.sleep(step.delay)
        if step.do == "stall":
            await self._closing.wait()
        if step.do in ("stall", "reset"):
            _reset(request)
            return web.Response(status=500)  # goes nowhere: the connection is gone
        arrival.answered = step.status
        if step.do == "flood":
            return await self._flood(step, request)
        headers = {"Location": arrival_location(self.origin, arrival), **step.headers}
        return web.Response(status=step.status, headers=headers)

    async def _flood(self, step: Step, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=step.status, headers=step.headers)
        await response.prepare(request)
        try:
            while not self._closing.is_set():
                await response.write(b"x" * 65_536)
        except ConnectionError:
            pass  # the sender had enough, which is what the test wants
        return response

    def _next_step(self, subscription: str) -> Step:
        for name in (subscription, ALL):
            steps, for_ever = self._scripts.get(name, (deque(), False))
            if steps:
                return steps[0] if for_ever and len(steps) == 1 else steps.popleft()
        return Step()

    def _check(self, arrival: Arrival, body: bytes) -> None:
        phone = self.phones.get(arrival.subscription)
        if phone is None:
            raise ProblemError(404, "no such subscription")
        if phone.removed:
            raise ProblemError(410, "the subscription was removed")
        headers = arrival.headers
        check_vapid(headers.get("authorization"), self.origin, phone.server_key, arrival.at)
        if re.fullmatch(r"[0-9]{1,9}", headers.get("ttl", "")) is None:
            raise ProblemError(400, "TTL is missing or not a number of seconds")
        if headers.get("urgency", "normal") not in ("very-low", "low", "normal", "high"):
            raise ProblemError(400, "Urgency is none of very-low, low, normal, high")
        if re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("topic", "none")) is None:
            raise ProblemError(400, "Topic is longer than 32 characters or not url-safe")
        if headers.get("content-encoding") != "aes128gcm":
            raise ProblemError(400, "Content-Encoding is not aes128gcm")
        if len(body) > LONGEST_BODY:
            raise ProblemError(413, "the body is longer than 4,096 bytes")
        try:
            plain = http_ece.decrypt(body, private_key=phone.key, auth_secret=phone.secret, version="aes128gcm")
        except (http_ece.ECEException, ValueError, IndexError, TypeError, struct.error) as error:
            raise ProblemError(400, f"the body cannot be decrypted: {error}") from error
        self._keep(arrival, plain)

    def _keep(self, arrival: Arrival, plain: bytes) -> None:
        try:
            text = plain.decode("utf-8")
            arrival.json = json.loads(text)
        except ValueError as error:
            raise ProblemError(400, f"the decrypted text is not JSON in UTF-8: {error}") from error
        arrival.padded_size = len(plain)
        arrival.text = text.rstrip(" ")

    async def _post_subscriptions(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.text() or "{}")
        made = [self.subscribe(asked.get("server_key")) for _ in range(int(asked.get("count", 1)))]
        return web.json_response({"subscriptions": [phone.as_json() for phone in made]}, status=201)

    async def _get_subscriptions(self, _: web.Request) -> web.Response:
        return web.json_response({"subscriptions": [phone.as_json() for phone in self.phones.values()]})

    async def _delete_subscription(self, request: web.Request) -> web.Response:
        phone = self.phones.get(request.match_info["id"])
        if phone is None:
            raise web.HTTPNotFound
        phone.removed = True
        return web.Response(status=204)

    async def _post_script(self, request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read(), type=_Script)
        except msgspec.ValidationError as error:
            return web.json_response({"problem": str(error)}, status=422)
        self.script(asked.subscription, *asked.steps, for_ever=asked.for_ever)
        return web.Response(status=204)

    async def _get_messages(self, request: web.Request) -> web.Response:
        wanted, after = request.query.get("subscription"), int(request.query.get("after", "0"))
        found = [a for a in self.messages if a.number > after and wanted in (None, a.subscription)]
        return _json({"messages": found})

    async def _get_requests(self, _: web.Request) -> web.Response:
        return _json({"requests": self.requests, "other_paths": self.other_paths})

    async def _delete_messages(self, _: web.Request) -> web.Response:
        self.requests.clear()
        self.other_paths.clear()
        return web.Response(status=204)

    async def _other(self, request: web.Request) -> web.Response:
        self.other_paths.append(f"{request.method} {request.path}")
        return web.Response(status=404)


class _Script(Struct, forbid_unknown_fields=True):
    subscription: str
    steps: list[Step]
    for_ever: bool = False


def check_vapid(header: str | None, origin: str, server_key: str | None, at: float) -> None:
    """Raise a ProblemError unless this Authorization header is VAPID for `origin`, well signed and of a sane age."""
    match = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", header or "", re.ASCII)
    if match is None:
        raise ProblemError(401, "there is no VAPID Authorization header")
    head, claims, signature, key = match.groups()
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(key))
        raw = _decoded(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        point.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        kind, said = json.loads(_decoded(head)), json.loads(_decoded(claims))
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise ProblemError(403, "the VAPID signature is not valid") from error
    if len(raw) != 64 or kind.get("alg") != "ES256":
        raise ProblemError(403, "the VAPID token is not ES256")
    if said.get("aud") != origin:
        raise ProblemError(403, f"the VAPID audience is {said.get('aud')!r} and not {origin!r}")
    if not isinstance(said.get("exp"), int) or not at < said["exp"] <= at + DAY:
        raise ProblemError(403, "the VAPID token has expired or ends in more than 24 hours")
    if re.match(r"mailto:.|https://.", said.get("sub", "")) is None:
        raise ProblemError(403, "the VAPID token has no contact")
    if server_key is not None and server_key != key:
        raise ProblemError(403, "the subscription was made with another VAPID key")


def arrival_location(origin: str, arrival: Arrival) -> str:
    """Where a real service says that the message can be managed; for 3xx, where a careless sender would go."""
    return f"{origin}/message/{arrival.number}"


def _accepted(arrival: Arrival) -> bool:
    return arrival.problem is None and arrival.answered is not None and 200 <= arrival.answered <= 299


def _reset(request: web.Request) -> None:
    """Close with RST: what a router that lost its tables does."""
    if request.transport is not None:
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def _serve(port: int, count: int) -> None:
    async with PushService(port) as push:
        phones = [push.subscribe().as_json() for _ in range(count)]
        print(json.dumps({"origin": push.origin, "subscriptions": phones}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A scripted push service on 127.0.0.1 (see the module's text).")
    parser.add_argument("--port", type=int, default=9999, help="0 takes a free one")
    parser.add_argument("--subscriptions", type=int, default=1, help="how many to make at the start")
    options = parser.parse_args()
    try:
        asyncio.run(_serve(options.port, options.subscriptions))
    except KeyboardInterrupt:
        print("stopped", flush=True)
