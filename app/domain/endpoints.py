"""Push subscriptions as a browser hands them over, and which of them we accept to send to.

An endpoint is an address that a signed-in stranger chooses and that our server then calls. So it is read by one strict
pattern (no URL parser, hence no two parsers that disagree), its host must belong to a push service of a browser, and
its keys must be usable. The same check runs again before each sending: a row in a database is not a proof.
"""

import base64
import re

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from app.domain.errors import EndpointRefused, Fault

LONGEST_ENDPOINT = 2_048
"""Characters. Windows has the longest known ones, under 1,000."""

EXACT_HOSTS = frozenset(
    {
        "fcm.googleapis.com",  # Chrome, Edge on Android, Opera, Samsung Internet, Brave
        "jmt17.google.com",  # the same service for Chromium built without Google's keys, as Linux distributions do
    }
)
# android.googleapis.com is left out on purpose: it was Google Cloud Messaging, switched off in 2019, wanted an API key
# instead of VAPID, and no current browser hands it out.

PARENT_HOSTS = (
    ".push.services.mozilla.com",  # Firefox: updates.push.services.mozilla.com
    ".push.apple.com",  # Safari on macOS and iOS: web.push.apple.com
    ".notify.windows.com",  # Edge on Windows: wns2-par02p.notify.windows.com
)

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})+"
_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_REST = rf"/{_CHARACTER}*(?:\?(?:{_CHARACTER}|\?)*)?"
ENDPOINT = re.compile(rf"https://(?P<host>{_HOST})(?::443)?(?P<rest>{_REST})")
"""Lower case, no user, no fragment, no other port, ASCII: what a browser's own serialiser writes and nothing else."""

EXTRA_ORIGIN = re.compile(rf"https?://(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:]+\])(?::[1-9][0-9]{{0,4}})?")
BASE64URL = re.compile(r"(?P<data>[A-Za-z0-9_-]+)={0,2}")


class PushAddressRefused(EndpointRefused):
    """This is not the address of a push service that we know. Use an up-to-date Chrome, Edge, Firefox or Safari."""

    def __init__(self) -> None:
        super().__init__(faults=(Fault("endpoint", "not an https address of a browser's push service"),))


class PushKeyRefused(EndpointRefused):
    """The subscription's public key cannot be used. Turn notifications off and on again in this browser."""

    def __init__(self) -> None:
        super().__init__(faults=(Fault("keys.p256dh", "not a 65-byte point on the curve P-256, in base64url"),))


class PushSecretRefused(EndpointRefused):
    """The subscription's secret cannot be used. Turn notifications off and on again in this browser."""

    def __init__(self) -> None:
        super().__init__(faults=(Fault("keys.auth", "not 16 bytes, in base64url"),))


class Subscription(Struct, frozen=True):
    """One browser on one device that agreed to be notified. The keys are base64url without padding.

    `server_key` is our public VAPID key at the time of subscribing, if known: push services bind the two for ever, so
    after a change of key this browser must subscribe again before it can be reached.
    """

    endpoint: str
    p256dh: str
    auth: str
    server_key: str | None = None

    def __repr__(self) -> str:
        # Whoever has the endpoint can bother its owner: it must not reach a log by way of a traceback.
        return f"Subscription({origin_of(self.endpoint)}/…)"


def check_endpoint(
    endpoint: str, p256dh: str, auth: str, extra_origins: frozenset[str], server_key: str | None = None
) -> Subscription:
    """Read a subscription that a browser made, or raise an `EndpointRefused` (one of the three above).

    `extra_origins` ("http://127.0.0.1:9999") are allowed with any path: scripted push services of the demonstration
    and the tests. Production passes an empty set.
    """
    if len(endpoint) > LONGEST_ENDPOINT or not (_known(endpoint) or _extra(endpoint, extra_origins)):
        raise PushAddressRefused
    point = decoded(p256dh, longest=88)
    if point is None or len(point) != 65 or not _on_curve(point):
        raise PushKeyRefused
    secret = decoded(auth, longest=24)
    if secret is None or len(secret) != 16:
        raise PushSecretRefused
    return Subscription(endpoint, encoded(point), encoded(secret), server_key)


def check_extra_origin(origin: str) -> str:
    """The host of an extra origin from the configuration; ValueError tells how to write it."""
    match = EXTRA_ORIGIN.fullmatch(origin)
    if match is None:
        raise ValueError(f"{origin!r} is not an origin: write scheme, host and port only, as in http://127.0.0.1:9999")
    return match["host"].strip("[]")


def origin_of(endpoint: str) -> str:
    """Scheme and host of a checked endpoint, as VAPID names its audience (RFC 6454: the default port is left out)."""
    scheme, _, rest = endpoint.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}://{host.removesuffix(':443') if scheme == 'https' else host}"


def encoded(data: bytes) -> str:
    """Base64url without padding, the form of every key in Web Push."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str, longest: int) -> bytes | None:
    """Bytes of base64url text, padded or not, of at most `longest` characters; None for anything else."""
    if len(text) > longest:
        return None
    match = BASE64URL.fullmatch(text)
    if match is None or len(match["data"]) % 4 == 1:
        return None
    return base64.urlsafe_b64decode(match["data"] + "=" * (-len(match["data"]) % 4))


def _known(endpoint: str) -> bool:
    match = ENDPOINT.fullmatch(endpoint)
    if match is None:
        return False
    host = match["host"]
    if len(host) > 253 or any(label.startswith("xn--") for label in host.split(".")):
        return False
    return host in EXACT_HOSTS or host.endswith(PARENT_HOSTS)


def _extra(endpoint: str, extra_origins: frozenset[str]) -> bool:
    return any(
        endpoint.startswith(origin) and re.fullmatch(_REST, endpoint[len(origin) :]) is not None
        for origin in extra_origins
    )


def _on_curve(point: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True
