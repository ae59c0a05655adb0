"""Which push subscriptions are believed: those of browsers, with usable keys, and nothing that only looks like them."""

import base64
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from app.domain.endpoints import (
    PushAddressRefused,
    PushKeyRefused,
    PushSecretRefused,
    Subscription,
    check_endpoint,
    check_extra_origin,
    encoded,
    origin_of,
)
from app.domain.errors import EndpointRefused

POINT = (
    ec.derive_private_key(7, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)
KEY, SECRET = encoded(POINT), encoded(bytes(range(16)))
NOBODY: frozenset[str] = frozenset()
DEMO = frozenset({"http://127.0.0.1:9999"})
FCM = "https://fcm.googleapis.com/fcm/send/e:APA91"


@pytest.mark.parametrize(
    "endpoint",
    [
        FCM,
        "https://fcm.googleapis.com:443/wp/e:APA91",
        "https://jmt17.google.com/fcm/send/e:APA91",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk_-x",
        "https://autopush.prod.push.services.mozilla.com/wpush/v2/gA",
        "https://web.push.apple.com/QGzY-_9",
        "https://api.push.apple.com/3/device/9",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAC%2fx%3d%3d",
    ],
)
def test_the_push_services_of_browsers_are_accepted(endpoint: str) -> None:
    assert check_endpoint(endpoint, KEY, SECRET, NOBODY) == Subscription(endpoint, KEY, SECRET)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "fcm.googleapis.com/x",
        "https://fcm.googleapis.com",  # no path: there is no such subscription
        "http://fcm.googleapis.com/x",
        "HTTPS://fcm.googleapis.com/x",
        "https://FCM.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:/x",
        "https://fcm.googleapis.com:0443/x",
        "https://user@fcm.googleapis.com/x",
        "https://user:secret@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@10.0.0.1/x",
        "https://10.0.0.1/x?@fcm.googleapis.com/",
        "https://10.0.0.1#.push.apple.com/",
        "https://10.0.0.1\\.push.apple.com/",
        "https://fcm.googleapis.com/x#part",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com.example.org/x",
        "https://evilfcm.googleapis.com/x",
        "https://x.fcm.googleapis.com/x",
        "https://android.googleapis.com/gcm/send/x",  # switched off in 2019
        "https://push.services.mozilla.com/x",  # the parent itself gives no subscriptions
        "https://.push.services.mozilla.com/x",
        "https://a..push.services.mozilla.com/x",
        "https://-a.push.services.mozilla.com/x",
        "https://a_b.push.services.mozilla.com/x",
        "https://evilpush.services.mozilla.com/x",
        "https://push.apple.com.evil.example/x",
        "https://evilnotify.windows.com/x",
        "https://xn--80ak6aa92e.push.apple.com/x",
        "https://fcm。googleapis。com/x",
        "https://ｆｃｍ.googleapis.com/x",
        "https://fcm.googleapis.com/é",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/a\r\nX-Injected: 1",
        "https://fcm.googleapis.com/x\n",
        "https://fcm.googleapis.com/%zz",
        "https://fcm.googleapis.com/%",
        "\thttps://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/x",
        "http://127.0.0.1:9999/push/x",
        "https://" + "a." * 130 + "push.apple.com/x",
        "https://fcm.googleapis.com/" + "x" * 2_022,
    ],
)
def test_everything_else_is_refused(endpoint: str) -> None:
    with pytest.raises(PushAddressRefused) as refused:
        check_endpoint(endpoint, KEY, SECRET, NOBODY)
    assert refused.value.code == "endpoint_refused"
    assert [fault.path for fault in refused.value.faults] == ["endpoint"]
    assert endpoint == "" or endpoint not in refused.value.detail


def test_the_longest_endpoint_still_passes() -> None:
    check_endpoint("https://fcm.googleapis.com/" + "x" * 2_021, KEY, SECRET, NOBODY)


@pytest.mark.parametrize("path", ["/push/x", "/", "/a?b=c"])
def test_an_extra_origin_is_allowed_with_any_path(path: str) -> None:
    check_endpoint(f"http://127.0.0.1:9999{path}", KEY, SECRET, DEMO)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:9999",
        "http://127.0.0.1:99990/x",
        "http://127.0.0.1:9998/x",
        "https://127.0.0.1:9999/x",
        "http://127.0.0.1:9999@10.0.0.1/x",
        "http://127.0.0.1:9999.example.org/x",
        "http://127.0.0.1:9999/x#y",
        "http://127.0.0.1:9999/x\r\ny: z",
    ],
)
def test_an_extra_origin_opens_nothing_else(endpoint: str) -> None:
    with pytest.raises(PushAddressRefused):
        check_endpoint(endpoint, KEY, SECRET, DEMO)


def test_keys_are_accepted_with_and_without_padding_and_kept_without() -> None:
    padded = check_endpoint(
        FCM, base64.urlsafe_b64encode(POINT).decode(), base64.urlsafe_b64encode(bytes(range(16))).decode(), NOBODY
    )
    assert padded == check_endpoint(FCM, KEY, SECRET, NOBODY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "A",
        "=",
        encoded(POINT[:-1]),
        encoded(POINT + b"\0"),
        encoded(b"\x04" + bytes(64)),
        encoded(b"\x04" + b"\xff" * 64),
        encoded(POINT[:-1] + bytes([POINT[-1] ^ 1])),  # one bit beside the curve
        encoded(b"\x06" + POINT[1:]),  # the hybrid form, which some libraries take
        encoded(b"\x07" + POINT[1:]),
        encoded(bytes([2 + POINT[-1] % 2]) + POINT[1:33]),  # compressed
        encoded(b"\x00"),  # the point at infinity
        KEY + "\n",
        KEY[:-1] + "é",
        KEY + "===",
        base64.b64encode(b"\x04" + b"\xfb" * 64).decode(),
        "A" * 100_000,
    ],
)
def test_a_key_that_is_no_point_on_the_curve_is_refused(key: str) -> None:
    with pytest.raises(PushKeyRefused):
        check_endpoint(FCM, key, SECRET, NOBODY)


@pytest.mark.parametrize(
    "secret", ["", "AA", encoded(bytes(15)), encoded(bytes(17)), SECRET + "\n", "A" * 21, "é" * 22]
)
def test_a_secret_that_is_not_sixteen_bytes_is_refused(secret: str) -> None:
    with pytest.raises(PushSecretRefused):
        check_endpoint(FCM, KEY, secret, NOBODY)


PIECES = st.sampled_from(
    [
        "https://",
        "http://",
        "fcm.googleapis.com",
        ".push.apple.com",
        "127.0.0.1:9999",
        "@",
        ":443",
        "/",
        "#",
        "?",
        "%",
        "[",
        "]",
    ]
)
ENDPOINTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=3))).map("".join))


@given(endpoint=ENDPOINTS, key=st.one_of(st.just(KEY), st.text()), secret=st.one_of(st.just(SECRET), st.text()))
def test_whatever_comes_is_accepted_or_refused_by_name(endpoint: str, key: str, secret: str) -> None:
    with suppress(EndpointRefused):
        subscription = check_endpoint(endpoint, key, secret, DEMO)
        assert origin_of(subscription.endpoint).endswith((".googleapis.com", ".push.apple.com", "127.0.0.1:9999"))


@given(point=st.binary(min_size=64, max_size=64))
def test_random_bytes_are_hardly_ever_a_key_and_never_a_crash(point: bytes) -> None:
    with pytest.raises(PushKeyRefused):
        check_endpoint(FCM, encoded(b"\x04" + point), SECRET, NOBODY)


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        (FCM, "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/x", "https://fcm.googleapis.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=a/b", "https://wns2-par02p.notify.windows.com"),
        ("http://127.0.0.1:9999/push/x", "http://127.0.0.1:9999"),
        ("http://127.0.0.1:443/push/x", "http://127.0.0.1:443"),
    ],
)
def test_the_origin_is_what_vapid_calls_the_audience(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin


@pytest.mark.parametrize(
    ("origin", "host"),
    [("http://127.0.0.1:9999", "127.0.0.1"), ("https://push.test", "push.test"), ("http://[::1]:80", "::1")],
)
def test_an_extra_origin_is_scheme_host_and_port(origin: str, host: str) -> None:
    assert check_extra_origin(origin) == host


@pytest.mark.parametrize("origin", ["", "127.0.0.1:9999", "http://127.0.0.1:9999/", "http://a@b", "ftp://a", "http://"])
def test_an_extra_origin_written_otherwise_is_explained(origin: str) -> None:
    with pytest.raises(ValueError, match="write scheme, host and port only"):
        check_extra_origin(origin)


def test_the_endpoint_and_its_keys_do_not_show_in_a_traceback() -> None:
    shown = repr(check_endpoint(FCM, KEY, SECRET, NOBODY))
    assert "fcm.googleapis.com" in shown
    assert not any(part in shown for part in ("APA91", KEY, SECRET))
